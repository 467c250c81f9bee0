"""``doctor``: finds mistakes and says how to mend it. Changes nothing; fails where something is wrong."""

from __future__ import annotations

from argparse import Namespace

from fedserver.cli import checks, node, reach
from fedserver.cli.checks import Check
from fedserver.cli.console import CommandFailed, result

CHECKS: tuple[Check, ...] = (
    checks.settings_file,
    checks.user,
    checks.names,
    checks.proxy,
    checks.folders,
    checks.master_key,
    checks.database,
    checks.media,
    checks.trust_lists,
    checks.mail,
    checks.ca_file,
    reach.port,
    reach.webfinger,
)


def run(arguments: Namespace) -> None:
    """One line a finding, and below it what to do."""
    config = node.settings(arguments.config)
    errors = 0
    for check in CHECKS:
        for finding in check(config):
            errors += finding.level == "error"
            result(f"{finding.level:8} {finding.text}")
            if finding.mend:
                result(f"{'':8} -> {finding.mend}")
    if errors:
        raise CommandFailed("One error was found." if errors == 1 else f"{errors} errors were found.")
