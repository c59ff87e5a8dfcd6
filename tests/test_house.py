"""What ARCHITECTURE.md says of the house, checked against the code."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

import pushforward

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "pushforward"
ROOMS = sorted(path.parent for path in SOURCE.rglob("__init__.py") if path.parent != SOURCE)
LONGEST = dict.fromkeys(("src", "scripts", "docs", "examples", "tests", "benchmarks"), 320)
"""Lines of a file."""
PYTHON = sorted(path for room in LONGEST for path in (ROOT / room).rglob("*.py"))
LONGEST_FUNCTION = 40
LONG_FUNCTIONS = 5
"""So many functions may be longer, docstrings not counted."""
NAMESAKES = {"manifold"}
"""`datasets.manifold` makes the points of one, and does not hide the room."""
OUTSIDE = {"__init__", "__main__", "renamed"}
"""Modules of the front door, which every room may be imported by."""


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def door(room: Path) -> list[str]:
    """The names that a room exports."""
    for node in tree(room / "__init__.py").body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            return list(ast.literal_eval(node.value))
    return []


def inside(room: Path) -> set[str]:
    """The names of the modules and rooms directly inside a room."""
    return {path.stem for path in room.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    first, lines = function.body[0], (function.end_lineno or 0) - function.lineno + 1
    doc = ast.get_docstring(function) is not None
    return lines - ((first.end_lineno or 0) - first.lineno + 1) * doc


def functions(node: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [part for part in ast.walk(node) if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]


def contracts() -> list[dict]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]


def layers(contract: dict) -> list[str]:
    """All names in the layers of a contract, from top to bottom."""
    return [name.strip() for layer in contract["layers"] for name in layer.split("|")]


def name_of(room: Path) -> str:
    return str(room.relative_to(SOURCE))


def test_no_file_is_long():
    lines = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in PYTHON}
    assert {str(path): long for path, long in lines.items() if long > LONGEST[path.parts[0]]} == {}


def test_hardly_a_function_is_long():
    long = [
        f"{path.relative_to(SOURCE)}:{function.lineno} {function.name}: {length(function)} lines"
        for path in sorted(SOURCE.rglob("*.py"))
        for function in functions(tree(path))
        if length(function) > LONGEST_FUNCTION
    ]
    assert len(long) <= LONG_FUNCTIONS, "\n".join(long)


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_a_room_has_a_door(room):
    body = tree(room / "__init__.py").body
    assert ast.get_docstring(tree(room / "__init__.py"))
    assert door(room), f"{name_of(room)}/__init__.py has no `__all__`"
    assert len(set(door(room))) == len(door(room))
    if name_of(room) != "cli":  # whose door is its only function
        plain = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Expr, ast.If)
        others = [getattr(node, "name", type(node).__name__) for node in body if not isinstance(node, plain)]
        assert set(others) <= {"__getattr__", "__dir__"}


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_no_exported_name_hides_a_module_of_the_room(room):
    assert set(door(room)) & inside(room) == set()


def test_no_public_name_hides_a_module():
    assert set(pushforward.PUBLIC) & inside(SOURCE) == set()
    assert set(pushforward.NAMESPACES) <= inside(SOURCE)


def test_no_room_bears_the_name_of_a_function():
    names = {name for room in ROOMS for name in door(room)} | set(pushforward.PUBLIC)
    assert (names & {room.name for room in ROOMS}) - NAMESAKES == set()


def test_every_room_and_module_has_its_layer():
    listed = {name.removeprefix("pushforward.") for name in layers(contracts()[0])}
    assert listed <= inside(SOURCE)
    assert inside(SOURCE) - listed == OUTSIDE


@pytest.mark.parametrize("contract", [one for one in contracts() if "containers" in one], ids=lambda one: one["name"])
def test_every_room_inside_a_room_has_its_layer(contract):
    for container in contract["containers"]:
        room = SOURCE / container.removeprefix("pushforward.")
        assert set(layers(contract)) == {path.name for path in ROOMS if path.parent == room}


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "docs/extending.md", "docs/decisions.md"])
def test_what_is_said_of_the_house_names_only_what_exists(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    named = {path for path in re.findall(r"`([\w./-]+)`", text) if path.endswith(("/", ".py", ".md", ".toml"))}
    there = [f"/{path.relative_to(ROOT)}" for room in LONGEST for path in [ROOT / room, *(ROOT / room).rglob("*")]]
    there += [f"/{path.name}" for path in ROOT.iterdir()]
    assert {path for path in named if not any(one.endswith(f"/{path.rstrip('/')}") for one in there)} == set()


def test_the_architecture_is_one_page_with_every_room():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert len(text.split()) <= 800
    top = [room.name for room in ROOMS if room.parent == SOURCE]
    assert [name for name in top if not re.search(rf"`(pushforward\.)?{name}\b", text)] == []


def test_contributing_is_one_screen():
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) <= 45
