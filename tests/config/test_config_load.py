from __future__ import annotations

import dataclasses
import ipaddress
import pickle
from pathlib import Path

import pytest

from fedserver.config import Config, ConfigError, HostPort, Rate, example, load, values
from fedserver.config.model import SECTIONS, settings_of
from fedserver.config.setting import REQUIRED

MINIMAL = '[server]\ndomain = "example.org"\n'
PROJECT = Path(__file__).resolve().parents[2]

# Section -> keys, as the interface that other tools rely on has them.
INTERFACE = {
    "server": "domain base_url listen data_dir trusted_proxies",
    "database": "url",
    "keys": "master_key_file master_key",
    "network": "allow_http allow_addresses allow_ports hosts ca_file",
    "federation": "authorized_fetch mode",
    "registration": "mode",
    "media": "dir max_image_bytes max_image_pixels max_video_bytes quota_per_account remote_cache_days"
    " remote_cache_bytes",
    "mail": "url from",
    "log": "level format",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def _load(file: Path, text: str, **environ: str) -> Config:
    file.write_text(text, encoding="utf-8")
    return load(file, environ)


def test_every_key_of_the_interface_is_there_under_its_name() -> None:
    for section, keys in INTERFACE.items():
        # others may join them
        assert list(settings_of(SECTIONS[section]))[: len(keys.split())] == keys.split()


def test_a_domain_is_enough_and_everything_starts_at_the_file(file: Path) -> None:
    config = _load(file, MINIMAL)
    base = file.parent
    assert config.server.base_url == "https://example.org"
    assert config.server.listen == HostPort("127.0.0.1", 8787)
    assert config.server.data_dir == base / "data"
    assert config.database.url == f"sqlite:///{base}/data/fedserver.db"
    assert config.keys.master_key_file == base / "data" / "master.key"
    assert config.media.dir == base / "data" / "media"
    assert config.limits.max_characters == 5000
    assert config.limits.max_media_attachments == 10
    assert (config.media.max_image_bytes, config.media.max_image_pixels) == (40_000_000, 50_000_000)
    assert config.media.max_video_bytes == 100_000_000
    assert config.mail.url is None and config.keys.master_key is None
    assert config.file == file


def test_a_relative_config_path_starts_at_the_working_directory(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(MINIMAL)
    monkeypatch.chdir(file.parent)
    assert load(Path("config.toml"), {}).server.data_dir == file.parent / "data"


def test_a_full_file(file: Path) -> None:
    config = _load(
        file,
        """
        [server]
        domain = "Éxample.org:8443"
        base_url = "HTTPS://Social.Example.org:443/"
        listen = "[::]:80"
        data_dir = "/srv/fed"
        trusted_proxies = ["10.0.0.0/8", "::1"]
        [database]
        url = "postgres://fed:secret@db/fed"
        [network]
        allow_addresses = ["127.0.0.0/8"]
        allow_ports = [8443]
        hosts = { "B.test" = "127.0.0.1:9000", "c.test" = "::1", "d.test" = "[::1]:81" }
        ca_file = "ca.pem"
        [mail]
        url = "smtps://me:pw@mail.test:465"
        from = "Example <no-reply@example.org>"
        [media]
        max_image_bytes = "1 MiB"
        [limits]
        throttle_login = "10/1h"
        throttle_follows = "off"
        """,
    )
    assert config.server.domain == "xn--xample-9ua.org:8443"
    assert config.server.base_url == "https://social.example.org"
    assert config.server.listen == HostPort("::", 80)
    assert config.server.data_dir == Path("/srv/fed")
    assert config.server.trusted_proxies == (
        ipaddress.ip_network("10.0.0.0/8"),
        ipaddress.ip_network("::1/128"),
    )
    assert config.database.url == "postgresql://fed:secret@db/fed" and not config.database.sqlite
    assert config.network.hosts == {
        "b.test": HostPort("127.0.0.1", 9000),
        "c.test": HostPort("::1", None),
        "d.test": HostPort("::1", 81),
    }
    assert config.network.ca_file == file.parent / "ca.pem"
    assert config.mail.sender == "Example <no-reply@example.org>"
    assert config.media.max_image_bytes == 2**20
    assert config.limits.throttle_login == Rate(10, 3600)
    assert not config.limits.throttle_follows.limited


def test_the_environment_wins_and_takes_lists_and_tables_as_toml(file: Path) -> None:
    config = _load(
        file,
        MINIMAL + 'listen = "127.0.0.1:1"\n',
        FEDSERVER_SERVER__LISTEN="0.0.0.0:2",
        FEDSERVER_SERVER__DOMAIN="other.test",
        FEDSERVER_SERVER__TRUSTED_PROXIES='["10.0.0.1"]',
        FEDSERVER_NETWORK__ALLOW_HTTP="true",
        FEDSERVER_NETWORK__HOSTS='{ "b.test" = "127.0.0.1:99" }',
        FEDSERVER_MAIL__FROM="a@b.test",
        FEDSERVER_MAIL__URL="smtp://localhost",
        FEDSERVER_LIMITS__MAX_CHARACTERS="12",
        FEDSERVER_MEDIA__MAX_IMAGE_BYTES="2000",
        FEDSERVER_KEYS__MASTER_KEY="k3y",
        PATH="/bin",
    )
    assert config.server.listen.port == 2 and config.server.base_url == "https://other.test"
    assert config.network.allow_http is True
    assert config.network.hosts["b.test"].port == 99
    assert config.limits.max_characters == 12
    assert config.media.max_image_bytes == 2000
    assert config.keys.master_key == "k3y"


def test_the_environment_alone_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = load(None, {"FEDSERVER_SERVER__DOMAIN": "example.org"})
    assert config.server.data_dir == tmp_path / "data" and config.file is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "[server] domain is missing"),
        ("[sever]\n", "unknown section [sever]; did you mean [server]?"),
        ('domain = "x"\n', "unknown section [domain]"),
        ("server = 3\n", "[server] must be a section"),
        (MINIMAL + 'base_ur = "x"\n', "[server] unknown key base_ur; did you mean base_url?"),
        (MINIMAL + "[mail]\nsender = 'a@b'\n", "[mail] unknown key sender"),
        (MINIMAL + "listen = 8787\n", "[server] listen: must be a text, not a number"),
        (MINIMAL + 'listen = "8787"\n', '[server] listen: must be "host:port"'),
        (MINIMAL + 'listen = "h:0"\n', "no valid port"),
        (MINIMAL + 'listen = "h:65536"\n', "no valid port"),
        (MINIMAL + 'data_dir = ""\n', "[server] data_dir: must be a text that is not empty"),
        (MINIMAL + 'trusted_proxies = "10.0.0.1"\n', "must be a list, not a text"),
        (MINIMAL + "trusted_proxies = [1]\n", "must be a list of networks"),
        (MINIMAL + 'trusted_proxies = ["10.0.0.1/8"]\n', "host bits set"),
        (MINIMAL + 'base_url = "ftp://a.test"\n', "must start with https://"),
        (MINIMAL + 'base_url = "https://a.test/path"\n', "no path"),
        (MINIMAL + 'base_url = "https://a.test?x"\n', "no path, query"),
        (MINIMAL + 'base_url = "https://u@a.test"\n', "user name"),
        (MINIMAL + 'base_url = "https://a b.test"\n', "not a host name"),
        (MINIMAL + 'base_url = "a.test"\n', "must start with https://"),
        ('[server]\ndomain = "https://a.test"\n', "[server] domain:"),
        ('[server]\ndomain = "a.test/x"\n', "[server] domain:"),
        ('[server]\ndomain = "127.1"\n', "[server] domain:"),
        ('[server]\ndomain = "@a.test"\n', "[server] domain:"),
        (MINIMAL + '[database]\nurl = "mysql://x"\n', "must start with sqlite:///"),
        (MINIMAL + '[database]\nurl = "sqlite://x"\n', "must name a file"),
        (MINIMAL + '[database]\nurl = "sqlite:///:memory:"\n', "must name a file"),
        (MINIMAL + '[keys]\nmaster_key = "x"\n', "does not belong in a file: set FEDSERVER_KEYS__MASTER_KEY"),
        (MINIMAL + "[network]\nallow_http = 1\n", "must be true or false, not a number"),
        (MINIMAL + "[network]\nallow_ports = [true]\n", "must be a whole number"),
        (MINIMAL + "[network]\nallow_ports = [70000]\n", "must be from 1 to 65535"),
        (MINIMAL + '[network]\nhosts = { "a.test" = "b.test" }\n', '"a.test" must be an "ip" or "ip:port"'),
        (MINIMAL + '[network]\nhosts = { "a.test" = 1 }\n', '"a.test" must be an "ip"'),
        (MINIMAL + '[network]\nhosts = { "a b" = "::1" }\n', "not a host name"),
        (MINIMAL + '[network]\nhosts = { "a.test" = "::1", "A.test" = "::1" }\n', "names a.test twice"),
        (MINIMAL + '[federation]\nmode = "shut"\n', "must be one of 'open', 'allowlist', not 'shut'"),
        (MINIMAL + "[registration]\nmode = true\n", "must be one of"),
        (MINIMAL + '[media]\nmax_image_bytes = "40 pounds"\n', "must be a number of bytes"),
        (MINIMAL + "[media]\nmax_image_bytes = -1\n", "must be from 0"),
        (MINIMAL + "[media]\nmax_image_bytes = 1.5\n", "must be a whole number"),
        (MINIMAL + '[mail]\nurl = "smtp://a"\n', "[mail] needs both url and from"),
        (MINIMAL + '[mail]\nurl = "http://a"\nfrom = "a@b"\n', "must be smtp://"),
        (MINIMAL + '[mail]\nurl = "smtp://a"\nfrom = "nobody"\n', "must be an e-mail address"),
        (MINIMAL + '[limits]\nthrottle_login = "fast"\n', 'must be a text such as "300/5m"'),
        (MINIMAL + "[limits]\nthrottle_login = 5\n", 'must be a text such as "300/5m"'),
        (MINIMAL + "[limits]\nmin_poll_seconds = 9999999\n", "min_poll_seconds is more than"),
        (MINIMAL + '[log]\nlevel = "INFO"\n', "must be one of"),
        ("[server\n", "is not TOML"),
    ],
)
def test_what_is_not_understood_names_file_section_and_key(file: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _load(file, text)
    assert str(caught.value).startswith(str(file))
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("FEDSERVER_SERVER__DOMIAN", "x", "did you mean FEDSERVER_SERVER__DOMAIN?"),
        ("FEDSERVER_X", "", "unknown variable FEDSERVER_X"),
        ("fedserver_server__domain", "x", "unknown variable fedserver_server__domain"),
        ("FEDSERVER_NETWORK__ALLOW_HTTP", "yes", "is not a TOML value"),
        ("FEDSERVER_NETWORK__ALLOW_HTTP", "1", "must be true or false"),
        ("FEDSERVER_NETWORK__ALLOW_PORTS", "[1]\nother = 2", "is not one TOML value"),
        ("FEDSERVER_LIMITS__MAX_CHARACTERS", '"5"', "must be a whole number, not a text"),
        ("FEDSERVER_SERVER__LISTEN", "", "must be a text that is not empty"),
    ],
)
def test_the_environment_is_checked_as_the_file_is(file: Path, variable: str, value: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _load(file, MINIMAL, **{variable: value})
    assert str(caught.value).startswith("environment: ")
    assert variable in str(caught.value) and expected in str(caught.value)


def test_a_missing_or_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file; `fedserver init` makes one"):
        load(tmp_path / "none.toml", {})
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path, {})
    (tmp_path / "latin.toml").write_bytes(b'[server]\ndomain = "\xe9"')
    with pytest.raises(ConfigError, match="is not TOML"):
        load(tmp_path / "latin.toml", {})


def test_a_systemd_credential_is_found_unless_a_file_is_named(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir()
    without = _load(file, MINIMAL, CREDENTIALS_DIRECTORY=str(folder))
    assert without.keys.master_key_file == tmp_path / "data" / "master.key"
    (folder / "fedserver.master_key").write_text("x")
    config = _load(file, MINIMAL, CREDENTIALS_DIRECTORY=str(folder))
    assert config.keys.master_key_file == folder / "fedserver.master_key"
    named = _load(file, MINIMAL + '[keys]\nmaster_key_file = "k"\n', CREDENTIALS_DIRECTORY=str(folder))
    assert named.keys.master_key_file == tmp_path / "k"


def test_settings_are_frozen_travel_to_other_processes_and_print_no_secret(file: Path) -> None:
    text = (
        MINIMAL + '[database]\nurl = "postgresql://a:hunter2@b/c"\n[mail]\nurl = "smtp://a:hunter2@b"\nfrom = "a@b"\n'
    )
    config = _load(file, text, FEDSERVER_KEYS__MASTER_KEY="hunter2")
    assert pickle.loads(pickle.dumps(config)) == config
    assert "hunter2" not in repr(config)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.server.domain = "x"  # type: ignore[misc]


def test_rates_and_addresses_read_back_as_they_are_written() -> None:
    for rate in (Rate(300, 300), Rate(1, 1), Rate(5, 86400), Rate(7, 90), Rate(0, 1)):
        assert values.rate(str(rate), Path()) == rate
    assert str(HostPort("::1", 80)) == "[::1]:80"
    assert str(HostPort("a.test", None)) == "a.test"


def test_the_example_file_is_the_generated_one_and_loads(tmp_path: Path) -> None:
    text = (PROJECT / "config.example.toml").read_text(encoding="utf-8")
    assert text == example(), "run `make example`"
    file = tmp_path / "config.toml"
    assert _load(file, text).server.domain == "example.org"


def test_every_line_of_the_example_is_valid_when_it_is_taken_into_use(tmp_path: Path) -> None:
    lines = example().splitlines()
    head = lines.index("[server]")
    used = [line.removeprefix("# ") if line.startswith("# ") and " = " in line else line for line in lines[head:]]
    config = _load(tmp_path / "config.toml", "\n".join(used))
    assert config.server.base_url == "https://social.example.org"
    plain = _load(tmp_path / "config.toml", MINIMAL)
    for section in ("network", "federation", "registration", "media", "limits", "log", "keys", "database"):
        if section != "network":
            assert getattr(config, section) == getattr(plain, section), section


def test_every_setting_says_what_it_means() -> None:
    for kind in SECTIONS.values():
        assert kind.__doc__
        for key, (_, about) in settings_of(kind).items():
            assert about.doc.endswith("."), key
            assert about.default is not REQUIRED or about.shown is not None, key
