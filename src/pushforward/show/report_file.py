"""`report`: one self-contained HTML file about one or more studies."""

from collections.abc import Sequence
from pathlib import Path

from pushforward.arguments import checked
from pushforward.disk import replacement, writable
from pushforward.errors import BadInput
from pushforward.modules import Modules
from pushforward.page.studies import ContrastStudy, GeneratorStudy, ModularityStudy, ModulesStudy, versions

Reportable = ModulesStudy | GeneratorStudy | ContrastStudy | ModularityStudy | Modules


@checked
def report(study: Reportable | Sequence[Reportable], path: str | Path) -> Path:
    """Write one or more studies to one HTML file that needs no network, no server and no JavaScript; its path.

    Everything is inside: figures, numbers, and how to get them again. `Modules` alone make a shorter report; a list may
    mix studies of networks, of generators and of contrasts. A file that is there already is replaced only when the new
    one is whole.
    Raises `UnreadableFile` if the folder is missing or `path` is a folder, `BadInput` if there is nothing to report.

    >>> report([], "report.html")
    Traceback (most recent call last):
    pushforward.errors.BadInput: `report([], ...)`: there is no study; give at least one `ModulesStudy` or `Modules`.
    """
    from pushforward.show.html_page import PARTS, as_html

    items = list(study) if isinstance(study, Sequence) else [study]
    studies = [
        ModulesStudy(title="Modules", modules=s, versions=versions()) if isinstance(s, Modules) else s for s in items
    ]
    if not studies:
        raise BadInput("`report([], ...)`: there is no study; give at least one `ModulesStudy` or `Modules`.")
    for s in studies:
        if type(s) not in PARTS:
            kinds = ", ".join(f"a `{kind.__name__}`" for kind in PARTS)
            raise BadInput(f"`report(...)`: {type(s).__name__} was given; {kinds}, `Modules`, or a list is needed.")
    writable(path)
    return write(path, as_html(studies))


def write(path: str | Path, text: str) -> Path:
    """Write a text file whole or not at all."""
    return write_bytes(path, text.encode())


def write_bytes(path: str | Path, content: bytes) -> Path:
    """Write a file whole or not at all."""
    with replacement(path) as draft:
        draft.write_bytes(content)
    return Path(path)
