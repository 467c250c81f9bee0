"""Every command: its words, its options, its function. The parser, the help and the documentation test read this."""

from __future__ import annotations

from pathlib import Path

from fedserver.cli import (
    announcements,
    backup,
    certificates,
    doctor,
    domain_lists,
    domains,
    emojis,
    feeds,
    hashes,
    init,
    migrate,
    moderation,
    people,
    policy,
    provenance,
    provenance_trust,
    provenance_verify,
    queues,
    relays,
    rules,
    serve,
    signing_keys,
    tokens,
    users,
)
from fedserver.cli.command import Command, Option
from fedserver.cli.command import value as _value
from fedserver.domain.moderation.hashes import CATEGORIES, KINDS
from fedserver.domain.moderation.lists import FORMATS
from fedserver.domain.policy.document import MODES
from fedserver.services.ledger import SOURCES
from fedserver.services.starters import STARTERS
from fedserver.services.users import ROLES

_NAME = Option("NAME", "the name of the account")
_ID = Option("ID", "a number of the list; all without it", {"nargs": "?"})
_DOMAIN = Option("NAME", "the domain of a server; its subdomains are included")
_RELAY = Option("URL", "the address of the relay's inbox")
_CATEGORY = Option("--category", "the heading under which apps show it", {"metavar": "NAME"})
_POLICY = Option("FILE", "a policy document in TOML, - for standard input, or the name of one that ships")
_NOTE = Option("--note", "why, for everybody to read", {"metavar": "TEXT", "default": ""})
_POLICY_URL = Option("URL", "the address of another community's policy, such as https://example.org/policy")
_PASSWORD = Option("--password-stdin", "read the password from standard input", {"action": "store_true"})


_DRY_RUN = Option("--dry-run", "only show what it would meet", {"action": "store_true"})
_LIST_NAME = Option("URL", "the address of a list, or the name of a file that was imported")
_LIST = (
    Option("--mode", "how far it goes", {"choices": MODES, "default": MODES[0]}),
    _value("--priority", "N", "where two disagree the higher one holds", type=int, default=0),
    _value("--exclude", "DOMAIN", "a domain that is not taken over; may be repeated", action="append"),
    Option("--at-once", "new entries do not wait to be confirmed", {"action": "store_true"}),
    _value("--most-follows", "N", "more follows than this end only once confirmed", type=int, default=10),
)

COMMANDS: tuple[Command, ...] = (
    Command(
        ("init",),
        "make the settings, the keys, the database and the owner",
        (
            _value("--domain", "DOMAIN", "the part of handles after @; it can never change"),
            _value("--base-url", "URL", "where the pages are, if not at https://DOMAIN"),
            _value("--listen", "HOST:PORT", "where to listen; 127.0.0.1:8787 by default"),
            _value("--data-dir", "DIR", "database, media and keys; relative to the settings file"),
            Option("--policy", "the policy document to begin with", {"choices": STARTERS}),
            _value("--owner", "NAME", "the name of the first account"),
            _value("--owner-email", "E", "the owner's e-mail address"),
            Option("--password-stdin", "read the owner's password from standard input", {"action": "store_true"}),
        ),
        init.run,
    ),
    Command(("serve",), "run the node: web and worker in one process", (), serve.run),
    Command(
        ("web",),
        "run the web side alone (PostgreSQL)",
        (_value("--workers", "N", "how many processes share the port", type=int, default=1),),
        serve.run_web,
    ),
    Command(("worker",), "run jobs and deliveries alone (PostgreSQL)", (), serve.run_worker),
    Command(
        ("migrate",),
        "bring the schema up to date, or copy a stopped node to another database",
        (_value("--to", "URL", "the address of the database to copy to"),),
        migrate.run,
    ),
    Command(("doctor",), "find what is wrong, and say how to mend it", (), doctor.run),
    Command(
        ("backup",),
        "write a backup; the node may run",
        (
            Option("DEST", "a folder that is empty or not there yet", {"type": Path}),
            Option("--with-key", "put the master key into it", {"action": "store_true"}),
        ),
        backup.run,
    ),
    Command(
        ("restore",),
        "put a backup into an empty data directory",
        (Option("SRC", "the folder of a backup", {"type": Path}),),
        backup.restore,
    ),
    Command(
        ("user", "create"),
        "make a user",
        (
            _NAME,
            _value("--email", "E", "the e-mail address", required=True),
            Option("--role", "what the user may do", {"choices": ROLES[::-1], "default": "user"}),
            _PASSWORD,
        ),
        users.create,
    ),
    Command(("user", "list"), "list the users", (), users.show),
    Command(
        ("user", "suspend"),
        "hide an account and sign it out",
        (_NAME, _value("--reason", "TEXT", "why, for the audit log")),
        users.suspend,
    ),
    Command(("user", "unsuspend"), "show an account again", (_NAME,), users.unsuspend),
    Command(("user", "delete"), "delete an account for good", (_NAME,), users.delete),
    Command(
        ("user", "reset-password"),
        "print a one-time link, or set the password",
        (_NAME, _PASSWORD),
        users.reset_password,
    ),
    Command(("user", "remove-2fa"), "remove the second factors of somebody who lost them", (_NAME,), users.remove_2fa),
    Command(
        ("token", "create"),
        "print an access token",
        (_NAME, _value("--scopes", "SCOPES", 'such as "read write follow push"', required=True)),
        tokens.create,
    ),
    Command(("keys", "list"), "list the signing keys", (), signing_keys.show),
    Command(
        ("keys", "rotate"),
        "make new signing keys",
        (Option("NAME", "one account; all without it", {"nargs": "?"}),),
        signing_keys.rotate,
    ),
    Command(
        ("keys", "reseal"),
        "seal the signing keys with another master key",
        (
            _value(
                "--new-master-key-file", "F", "the other master key; made where there is none", required=True, type=Path
            ),
        ),
        signing_keys.reseal,
    ),
    Command(("job", "list"), "list the jobs that were given up", (), queues.show_jobs),
    Command(("job", "retry"), "run jobs again that were given up", (_ID,), queues.retry_jobs),
    Command(("delivery", "list"), "list the deliveries that were given up", (), queues.show_deliveries),
    Command(("delivery", "retry"), "try deliveries again that were given up", (_ID,), queues.retry_deliveries),
    Command(("domain", "list"), "list the policies towards other servers", (), domains.show),
    Command(
        ("domain", "block"),
        "limit or suspend a server",
        (
            _DOMAIN,
            Option(
                "--severity",
                "limit: kept out of public timelines; suspend: nothing in, nothing out; none: what the flags say",
                {"choices": ("none", "limit", "suspend"), "default": "suspend"},
            ),
            Option("--no-media", "take no media from there", {"action": "store_true"}),
            Option("--no-reports", "take no reports from there", {"action": "store_true"}),
            Option("--no-trends", "nothing of it trends", {"action": "store_true"}),
            Option("--obfuscate", "show the name in part only", {"action": "store_true"}),
            _value("--comment", "TEXT", "why, for everybody to read", default=""),
            _value("--note", "TEXT", "why, for moderators", default=""),
            _DRY_RUN,
        ),
        domains.block,
    ),
    Command(("domain", "allow"), "let a server in (mode allowlist)", (_DOMAIN,), domains.allow),
    Command(("domain", "unblock"), "take the policy towards a server back", (_DOMAIN,), domains.unblock),
    Command(
        ("domain", "import"),
        "take a file of domains as a list",
        (
            Option("FILE", "CSV of Mastodon, JSON or a name a line; - for standard input"),
            _value("--name", "NAME", "what the list is called; the name of the file without it"),
            *_LIST,
            Option("--shrink", "believe it, however much shorter it is", {"action": "store_true"}),
        ),
        domain_lists.take_file,
    ),
    Command(
        ("domain", "export"),
        "print the policies that hold here as a list",
        (Option("--format", "how", {"choices": FORMATS, "default": FORMATS[0]}),),
        domain_lists.export,
    ),
    Command(
        ("domain", "subscribe"),
        "follow a list of domains, or change how",
        (Option("URL", "the address of the list"), *_LIST),
        domain_lists.subscribe,
    ),
    Command(("domain", "unsubscribe"), "follow a list no longer", (_LIST_NAME,), domain_lists.unsubscribe),
    Command(("domain", "subscriptions"), "show the lists that are followed", (), domain_lists.subscriptions),
    Command(
        ("domain", "confirm"),
        "take every entry of a list that waits",
        (_LIST_NAME, _DRY_RUN),
        domain_lists.confirm,
    ),
    Command(("hashes", "list"), "list the hashes of media that may not be shown, by list", (), hashes.show),
    Command(
        ("hashes", "import"),
        "add hashes of media that may not be shown",
        (
            Option("FILE", "CSV, JSON or a hash a line; - for standard input"),
            _value("--name", "NAME", "what the list is called; the name of the file without it"),
            Option("--kind", "where the file does not say", {"choices": KINDS, "default": KINDS[0]}),
            Option("--category", "where the file does not say", {"choices": CATEGORIES, "default": CATEGORIES[-1]}),
            _value("--distance", "N", "PDQ: how many bits of 256 may differ, at most 31", type=int, default=31),
        ),
        hashes.take_file,
    ),
    Command(
        ("hashes", "drop"),
        "forget a list of hashes",
        (Option("NAME", "the name of the list"),),
        hashes.drop,
    ),
    Command(("relay", "list"), "list the relays that this node takes part in", (), relays.show),
    Command(("relay", "join"), "ask a relay to pass public posts on", (_RELAY,), relays.join),
    Command(("relay", "leave"), "take part in a relay no longer", (_RELAY,), relays.leave),
    Command(("emoji", "list"), "list this node's custom emoji", (), emojis.show),
    Command(
        ("emoji", "add"),
        "add a custom emoji, or give one another picture",
        (
            Option("SHORTCODE", "what people type between colons"),
            Option("FILE", "a picture of at most 256 KiB", {"type": Path}),
            _CATEGORY,
        ),
        emojis.add,
    ),
    Command(
        ("emoji", "import"),
        "add every picture of a folder as a custom emoji",
        (Option("FOLDER", "pictures that are named like their shortcodes", {"type": Path}), _CATEGORY),
        emojis.add_folder,
    ),
    Command(
        ("emoji", "remove"),
        "remove a custom emoji",
        (Option("SHORTCODE", "what people typed between colons"),),
        emojis.remove,
    ),
    Command(
        ("provenance", "verify"),
        "check a post of any server: its proof, its media, what they say of their making",
        (Option("URL", "the address of the post"), Option("--json", "for programs", {"action": "store_true"})),
        provenance_verify.run,
    ),
    Command(
        ("provenance", "inspect"),
        "tell what a file says about how it was made",
        (
            Option("FILE", "a picture, a film or a sound", {"type": Path}),
            Option("--json", "for scripts", {"action": "store_true"}),
        ),
        provenance.inspect,
    ),
    Command(("provenance", "trust", "show"), "list the trusted signers of manifests", (), provenance_trust.show),
    Command(("provenance", "trust", "refresh"), "fetch the lists of trusted signers", (), provenance_trust.refresh),
    Command(
        ("provenance", "certificate"),
        "show, make, bring or remove what signs media that this node had to change",
        (
            Option(
                "ACTION",
                "what to do; show without it",
                {"nargs": "?", "choices": certificates.ACTIONS, "default": "show"},
            ),
            _value("--chain", "FILE", "import: the certificates in PEM, the signer's own first", type=Path),
            _value("--key", "FILE", "import: its key in PEM, without a password", type=Path),
        ),
        certificates.run,
    ),
    Command(("announcement", "list"), "list the announcements", (), announcements.show),
    Command(
        ("announcement", "create"),
        "announce something to the people of this node",
        (
            Option("TEXT", "the text; mentions, hashtags and links become links"),
            _value("--starts-at", "TIME", "when what it tells of begins, such as 2026-12-24T18:00Z"),
            _value("--ends-at", "TIME", "when it is over; then the announcement is no longer shown"),
            Option("--all-day", "the two are days, not moments", {"action": "store_true"}),
            _value("--publish-at", "TIME", "when it is first shown; at once without it"),
        ),
        announcements.create,
    ),
    Command(
        ("announcement", "delete"),
        "remove an announcement",
        (Option("ID", "its id, as the list shows it", {"type": int}),),
        announcements.delete,
    ),
    Command(("policy", "check"), "read a policy document, and say what is wrong with it", (_POLICY,), policy.check),
    Command(
        ("policy", "show"),
        "print the policy that is in force",
        (
            _value("--version", "N", "another version", type=int),
            Option("--format", "signed: as other servers get it", {"choices": policy.FORMATS, "default": "toml"}),
        ),
        policy.show,
    ),
    Command(
        ("policy", "diff"),
        "show what differs between two policy documents",
        (
            Option("OLD", "a file or the number of a version; alone: what it differs in from the one in force"),
            Option("NEW", "a file or the number of a version", {"nargs": "?"}),
        ),
        policy.diff,
    ),
    Command(("policy", "sign"), "sign the next version, without putting it in force", (_POLICY, _NOTE), policy.sign),
    Command(("policy", "publish"), "put a policy document in force", (_POLICY, _NOTE), policy.publish),
    Command(
        ("policy", "undo"),
        "take back what a version of the policy led to, or one decision",
        (
            Option("VERSION", "the number of the version", {"nargs": "?", "type": int}),
            _value("--decision", "ID", "one decision of the ledger instead", type=int),
            _value("--because", "TEXT", "why; whoever was hit reads it", default=""),
        ),
        moderation.undo,
    ),
    Command(
        ("moderation", "log"),
        "list the decisions of the ledger, the newest first",
        (
            _value("--limit", "N", "how many", type=int, default=50),
            _value("--rule", "ID", "of one rule only"),
            Option("--source", "decided by", {"choices": SOURCES}),
            Option("--state", "standing or undone ones only", {"choices": ("standing", "undone")}),
        ),
        moderation.log,
    ),
    Command(
        ("moderation", "audit"),
        "list what moderators, admins and commands did, the newest first",
        (_value("--limit", "N", "how many", type=int, default=50),),
        moderation.audit_log,
    ),
    Command(
        ("policy", "preview"),
        "show what a feed of a policy document would show today, beside the one in force",
        (_POLICY, _value("--feed", "NAME", "the feed; the default one without it")),
        feeds.preview,
    ),
    Command(
        ("policy", "replay"),
        "recompute the order of a feed from what was kept with it, and compare",
        (Option("SNAPSHOT", "the id of the order, as /api/v1/statuses/ID/why names it", {"type": int}),),
        feeds.replay,
    ),
    Command(
        ("policy", "subscribe"),
        "take another community's policy into account, or change how",
        (
            _POLICY_URL,
            Option("--mode", "how far it goes", {"choices": MODES, "default": MODES[0]}),
            _value("--priority", "N", "where two disagree the higher one holds", type=int, default=0),
            _value("--exclude", "ID", "a rule or norm that is not taken over; may be repeated", action="append"),
        ),
        policy.subscribe,
    ),
    Command(("policy", "unsubscribe"), "take it into account no longer", (_POLICY_URL,), policy.unsubscribe),
    Command(
        ("feeds", "rebuild"), "count anew what people did with posts, which feeds are ordered by", (), feeds.rebuild
    ),
    Command(("policy", "subscriptions"), "list the policies that are subscribed to", (), policy.subscriptions),
    *rules.COMMANDS,
    *people.COMMANDS,
)
