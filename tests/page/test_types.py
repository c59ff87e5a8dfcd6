"""What is made from other files, and committed: the front end's types, and the front end itself."""

import hashlib
import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FRONT = ROOT / "frontend"
PAGE = ROOT / "src" / "pushforward" / "page"
SETTINGS = ("build.mjs", "package.json", "package-lock.json", "tsconfig.json")
LARGEST = 250_000


@pytest.fixture(scope="module")
def make_types() -> dict:
    return runpy.run_path(str(ROOT / "scripts" / "make_types.py"))


def test_the_types_of_the_front_end_are_those_of_the_schema(make_types):
    committed = (FRONT / "src" / "schema.d.ts").read_text(encoding="utf-8")
    assert make_types["types"]() == committed, "run `python scripts/make_types.py && make ui`"


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        (list[list[float]], "number[][]"),
        (list[int | None], "(number | null)[]"),
        (tuple[str, float], "[string, number]"),
        (list[tuple[str, int]], "[string, number][]"),
        (dict[str, bool], "Record<string, boolean>"),
    ],
)
def test_types_are_translated(make_types, hint, text):
    assert make_types["typescript"](hint) == text


def test_a_type_without_translation_is_refused(make_types):
    with pytest.raises(TypeError, match="there is no TypeScript: add it"):
        make_types["typescript"](set[int])


def sources() -> str:
    """The hash that `build.mjs` makes of all that goes into the front end."""
    files = [str(path.relative_to(FRONT).as_posix()) for path in (FRONT / "src").rglob("*") if path.is_file()]
    digest = hashlib.sha256()
    for name in sorted([*files, *SETTINGS]):
        digest.update(f"{name}\n".encode())
        digest.update((FRONT / name).read_bytes())
    return digest.hexdigest()


@pytest.mark.parametrize("name", ["app.js", "app.css"])
def test_the_front_end_was_built_from_these_sources(name):
    head = (PAGE / name).read_text(encoding="utf-8").partition("\n")[0]
    said = re.search(r"sha256-(\w+)", head)
    assert said, f"{name} does not say what it was built from: run `make ui`"
    assert said[1] == sources(), f"{name} is older than its sources: run `make ui`"


def test_the_front_end_is_small_and_fit_to_be_put_inside_a_page():
    code = (PAGE / "app.js").read_text(encoding="utf-8")
    assert len(code.encode()) <= LARGEST
    assert "</script" not in code
    assert not re.search(r"\beval\(|new Function\(|https?://(?!www\.w3\.org)", code)


def test_files_of_the_front_end_are_short():
    long = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in (FRONT / "src").rglob("*.ts*")}
    assert {name: lines for name, lines in long.items() if lines > 320 and name != "schema.d.ts"} == {}
