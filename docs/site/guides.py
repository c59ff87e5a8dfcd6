"""Links of the guides: to files beside `docs/`, and from `pf.name` to the reference."""

import re
from pathlib import Path

from sphinx.application import Sphinx

from reference import addresses

PROJECT = ("ARCHITECTURE", "BENCHMARKS", "CHANGELOG", "CONTRIBUTING", "SECURITY")
"""Files beside `docs/` that are pages of the site."""
CODE = re.compile(r"(^```.*?^```$|^    .*$)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(\.\./(\w+)\.md")
NAME = re.compile(r"(?<![`\[])`pf\.([\w.]+)((?:\([^`<>]*\))?)`(?!`)")
INNER = re.compile(r"\]\((?:docs/)?([\w-]+)\.md")


def edited(text: str) -> str:
    """The text of a guide with links as they are on the site."""
    links = addresses()

    def named(match: re.Match[str]) -> str:
        name = match[1]
        to = links.get(name)
        return (
            f"{{py:obj}}`{match[0][1:-1]} <{to}>`" if to and ("." in name or to == f"pushforward.{name}") else match[0]
        )

    parts = CODE.split(text)
    for index in range(0, len(parts), 2):
        part = LINK.sub(lambda match: f"](project/{match[1].lower()}.md", parts[index])
        parts[index] = NAME.sub(named, part)
    return "".join(parts)


def beside(name: str, root: Path) -> str:
    """A file of the repository's root as a page of the folder `project/`."""
    text = (root / f"{name}.md").read_text(encoding="utf-8")
    there = {one.lower() for one in PROJECT}

    def link(match: re.Match[str]) -> str:
        return f"]({match[1].lower()}.md" if match[1].lower() in there else f"](../{match[1]}.md"

    text = re.sub(r"\[([^\]]+)\]\(LICENSE\)", r"\1", text)  # which is no page
    return INNER.sub(link, text).replace("](docs/img/", "](../img/")


def read(app: Sphinx, page: str, content: list[str]) -> None:
    """Sphinx asks for the text of every page."""
    if page.startswith("project/"):
        content[0] = beside(page.removeprefix("project/").upper(), Path(app.srcdir).parent)
    elif "/" not in page:
        content[0] = edited(content[0])


def stubs(app: Sphinx) -> None:
    """Files by which Sphinx knows that there are such pages."""
    folder = Path(app.srcdir) / "project"
    folder.mkdir(exist_ok=True)
    for name in PROJECT:
        (folder / f"{name.lower()}.md").touch()


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("builder-inited", stubs)
    app.connect("source-read", read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
