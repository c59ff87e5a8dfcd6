"""Every Python block of README.md and docs/ runs as it is copied, from top to bottom of its page.

What a block prints is what the page says: a ```text block right below it is compared, `...` stands for anything.
A block below `<!-- slow -->` runs only with the slow tests, and nothing that is quick depends on it.
"""

import doctest
import re
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"^(?P<slow><!-- slow -->\n)?^```python\n(?P<code>.*?)^```$(?:\s*^```text\n(?P<output>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
LOOSE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


LONG = {
    "contrast.md", "generators.md", "geometry.md", "modularity.md", "report.md", "surveys.md", "topology-in-one-run.md",
    "when-is-it-true.md",
}  # fmt: skip
"""Pages whose quick blocks take several seconds together: they run with the slow tests."""


class Block(NamedTuple):
    """Code as it is on the page, the line before it, what it prints if the page says so."""

    code: str
    line: int
    output: str | None
    slow: bool


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(one["code"], text.count("\n", 0, one.start("code")), one["output"], bool(one["slow"]))
        for one in BLOCK.finditer(text)
    ]


def run(page: Path, *, slow: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """The blocks in order, in one namespace, each with the line numbers of the page."""
    names = {"__name__": "__main__"}
    for block in blocks(page):
        if block.slow and not slow:
            continue
        capsys.readouterr()
        exec(compile("\n" * block.line + block.code, str(page), "exec"), names)
        plt.close("all")
        printed = capsys.readouterr().out
        if block.output is not None:
            message = f"{page.name}, line {block.line}: printed\n{printed}"
            assert doctest.OutputChecker().check_output(block.output, printed, LOOSE), message


def name_of(page: Path) -> str:
    return page.name


def is_slow(page: Path) -> bool:
    return page.name in LONG or any(block.slow for block in blocks(page))


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page) and page.name not in LONG], ids=name_of)
def test_blocks_run_as_copied(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run(page, slow=False, capsys=capsys)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("page", [page for page in PAGES if is_slow(page)], ids=name_of)
def test_slow_blocks_run_as_copied(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run(page, slow=True, capsys=capsys)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_code_is_fenced_with_its_language(page):
    text = page.read_text(encoding="utf-8")
    fences = re.findall(r"^```(.*)$", text, re.MULTILINE)
    assert set(fences[::2]) <= {"python", "text", "bash"}
    assert set(fences[1::2]) <= {""}
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert not re.search(r"^    .*\b(pf\.|pushforward |import |print\()", prose, re.MULTILINE)


def test_a_block_knows_its_line_its_output_and_whether_it_is_slow(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("Text\n\n<!-- slow -->\n```python\nprint(1)\n```\n\n```text\n1\n```\n\n```python\n2\n```\n")
    assert blocks(page) == [Block("print(1)\n", 4, "1\n", True), Block("2\n", 12, None, False)]
