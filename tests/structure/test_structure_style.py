"""The house rules that a linter does not know."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

from structure_tree import MIGRATIONS, PACKAGES, name_of, python_files, text_files, tree_of

MAX_FILE = 420
MAX_FUNCTION = 60

# Put together from parts, so that this file does not find itself.
UNFINISHED = re.compile(rf"\b({'|'.join(('TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'))})\b")
_HOMES = ("ro" + "ot", r"ho" + r"me/[a-z]\w*", r"Us" + r"ers/\w+", "work/(?:main|shared)")
MACHINE_PATHS = re.compile(rf"(?<![\w.:/-])/(?:{'|'.join(_HOMES)})(?:/|\b)")


def _functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_files_are_short() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in python_files(*PACKAGES, "tools")}
    long = {name: length for name, length in lengths.items() if length > MAX_FILE}
    assert not [name for name in long if not name.startswith(MIGRATIONS)], long


def test_functions_are_short() -> None:
    long = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in python_files(*PACKAGES, "tools")
        if not name_of(path).startswith(MIGRATIONS)
        for node in _functions(path)
        if (node.end_lineno or 0) - node.lineno + 1 > MAX_FUNCTION
    ]
    assert not long


def test_nothing_is_left_for_later() -> None:
    found = [
        f"{name_of(path)}: {match[0]}"
        for path in text_files()
        if path.name != "LICENSE"
        for match in UNFINISHED.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    found = [
        f"{name_of(path)}: {match[0]}"
        for path in text_files()
        for match in MACHINE_PATHS.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_the_patterns_find_what_they_look_for() -> None:
    assert UNFINISHED.search("# TO" + "DO: later") and not UNFINISHED.search("mastodon")
    for path in ("/ro" + "ot/x", "'/ho" + "me/ann/x'", "/wo" + "rk/main"):
        assert MACHINE_PATHS.search(f"see {path} there"), path
    assert not MACHINE_PATHS.search("https://a.test/ho" + "me/ann /homes /api/v1/timelines/home")


def test_every_folder_says_in_which_order_to_read_it() -> None:
    silent = []
    for path in python_files(*PACKAGES):
        folder = path.parent
        if name_of(path).startswith(MIGRATIONS):
            continue
        if not (folder / "__init__.py").exists():
            silent.append(f"{name_of(folder)} has no __init__.py")
        elif path.name == "__init__.py":
            doc = (ast.get_docstring(tree_of(path)) or "").lower()
            several = sum(1 for other in folder.iterdir() if other.suffix == ".py" or other.is_dir()) > 2
            if not doc or (several and "reading order" not in " ".join(doc.split())):
                silent.append(name_of(path))
    assert not silent


def test_every_public_name_of_the_libraries_is_explained() -> None:
    silent = []
    for path in python_files("protocol", "keys"):
        tree = tree_of(path)
        if not ast.get_docstring(tree) and tree.body:
            silent.append(name_of(path))
        owners: list[ast.Module | ast.ClassDef] = [tree, *(n for n in tree.body if isinstance(n, ast.ClassDef))]
        for owner in owners:
            if isinstance(owner, ast.ClassDef) and owner.name.startswith("_"):
                continue
            silent += [
                f"{name_of(path)}:{node.lineno} {node.name}"
                for node in owner.body
                if isinstance(node, ast.FunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and not ast.get_docstring(node)
            ]
    assert not silent


def test_annotations_are_never_evaluated() -> None:
    missing = [
        name_of(path)
        for path in python_files(*PACKAGES, "tests", "tools")
        if any(not isinstance(node, ast.Expr) for node in tree_of(path).body)
        and "from __future__ import annotations" not in path.read_text(encoding="utf-8")
    ]
    assert not missing


def test_no_two_test_files_share_a_name() -> None:
    """pytest puts each folder on the path, so that equal names would hide each other."""
    names = Counter(path.name for path in python_files("tests") if path.name not in ("conftest.py", "__init__.py"))
    assert not {name: count for name, count in names.items() if count > 1}
