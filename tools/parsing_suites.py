"""Prints the two published parsing suites of the fediverse as JSON: ``{"pasture": {...}, "funfedi": {...}}``.

They depend on old releases of libraries that this server needs new, so they live in an environment of their own
(``make venv`` creates it beside the other) and this file is run by its Python: it imports nothing of the server.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def pasture() -> dict[str, Any]:
    """Parts of a Note, by name and number."""
    from fediverse_pasture_inputs import available

    return {
        f"{name}-{number}": example
        for name, data in sorted(available.items())
        for number, example in enumerate(data.examples)
    }


def funfedi() -> dict[str, Any]:
    """[activity, object], by suite, part and case."""
    import funfedi_parsing_test_cases as suites
    from funfedi_parsing_test_cases.testing import default_env

    return {
        f"{suite.name}-{part}-{case.name}": case.maker.activity_and_object(default_env)
        for suite in (suites.activity_suite, suites.event_suite, suites.notes_suite, suites.poll_suite)
        for part, cases in suite.tests.items()
        for case in cases
    }


if __name__ == "__main__":
    json.dump({"pasture": pasture(), "funfedi": funfedi()}, sys.stdout)
