"""The lines for the proxy in front of a node, ready to paste."""

from __future__ import annotations

from fedserver.config import Config
from protocol.hosts import split_port

_CADDY = """\
# Caddy (Caddyfile)
{web} {{
    reverse_proxy {listen}
}}
"""
# Other servers ask the handles' domain who @name is: it answers with the web domain.
_CADDY_HANDLES = """\
{domain} {{
    redir /.well-known/webfinger* https://{web}{{uri}} permanent
    redir /.well-known/host-meta* https://{web}{{uri}} permanent
    redir /.well-known/nodeinfo* https://{web}{{uri}} permanent
}}
"""
_NGINX = """\
# nginx (inside http {{ }}; certificates as usual)
server {{
    listen 443 ssl;
    server_name {web};
    client_max_body_size {megabytes}m;
    location / {{
        proxy_pass http://{listen};
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $http_connection;
        proxy_buffering off;
        proxy_request_buffering off;
        proxy_read_timeout 1h;
    }}
}}
"""
_NGINX_HANDLES = """\
server {{
    listen 443 ssl;
    server_name {domain};
    location ~ ^/\\.well-known/(webfinger|host-meta|nodeinfo) {{
        return 301 https://{web}$request_uri;
    }}
}}
"""


def proxy_lines(config: Config) -> str:
    """What to paste for Caddy and for nginx, and the setting that goes with it."""
    server = config.server
    web = server.base_url.split("://", 1)[1]
    values = {
        "web": split_port(web)[0],
        "domain": split_port(server.domain)[0],
        "listen": str(server.listen),
        "megabytes": max(config.media.max_image_bytes, config.media.max_video_bytes) // 1_000_000 + 1,
    }
    split = values["web"] != values["domain"]
    parts = [_CADDY, *([_CADDY_HANDLES] if split else []), _NGINX, *([_NGINX_HANDLES] if split else [])]
    lines = "\n".join(part.format(**values) for part in parts)
    if not server.trusted_proxies:
        lines += '\nAnd in [server] of the settings:  trusted_proxies = ["127.0.0.1", "::1"]\n'
    return lines
