"""Writes the reference, one page for each namespace, from signatures and docstrings."""

import inspect
import re
import typing
from functools import cache
from pathlib import Path

from public import Public, aids, helpers, line_of, members, methods, verbs
from sphinx.application import Sphinx

import pushforward as pf

PAGES = {
    "results": "Results",
    "geometry": "Geometry",
    "modular": "Modularity",
    "settings": "Settings",
    "studies": "Studies",
    "latents": "Latents",
    "datasets": "Data sets",
    "extend": "What you can extend",
    "errors": "Errors and warnings",
}
KEPT = re.compile(r"\b(torch|pathlib)\.(?:_C\.|_local\.)?(Generator|Path)\b")
"""Foreign classes with the names of ours."""
DROPPED = re.compile(r"\b(?:[a-z_]\w*\.)+(?=[A-Z])|\bpushforward\.[\w.]+\.")


def shown(annotation: object) -> str:
    """An annotation in few words: without modules, with `Tensor` for what is one."""
    if annotation is inspect.Parameter.empty:
        return ""
    if isinstance(annotation, str):
        text = annotation
    elif isinstance(annotation, type) and not typing.get_args(annotation):
        text = annotation.__name__
    else:
        text = str(annotation).replace("NoneType", "None").replace("ForwardRef", "")
    text = re.sub(r"(?:typing\.)?Annotated\[([^,\[\]]+), [^\[\]]*\]", r"\1", re.sub(r"\('(\w+)'\)", r"\1", text))
    return DROPPED.sub("", KEPT.sub(r"\1@\2", text)).replace("@", ".").replace("~", "")


def default(value: object) -> str:
    """A default as one would write it."""
    if callable(value) and hasattr(value, "__name__"):
        return value.__name__
    text = re.sub(r"<([\w.]+)[^>]*>", r"...", repr(value))
    return text if len(text) < 60 else "..."


def signature(value: object, *, bound: bool = False) -> str:
    """The arguments of a call, without those that Python fills in."""
    try:
        found = inspect.signature(value)
    except (TypeError, ValueError):
        return "()"
    parameters = [one for one in found.parameters.values() if not (bound and one.name in ("self", "cls"))]
    parts, marked = [], False
    for one in parameters:
        star = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
        if one.kind is one.VAR_POSITIONAL:
            marked = True
        if one.kind is one.KEYWORD_ONLY and not marked:
            parts.append("*")
            marked = True
        kind = f": {shown(one.annotation)}" if shown(one.annotation) else ""
        given = "" if one.default is one.empty else f" = {default(one.default)}"
        parts.append(f"{star}{one.name}{kind}{given}")
    back = shown(found.return_annotation) if not inspect.isclass(value) else ""
    return f"({', '.join(parts)})" + (f" -> {back}" if back and back != "None" else "")


def prose(text: str, links: dict[str, str]) -> str:
    """A docstring as Markdown: examples fenced, names of public objects linked."""
    blocks = re.split(r"\n{2,}", inspect.cleandoc(text))
    return "\n\n".join(example(one) if one.lstrip().startswith(">>>") else linked(one, links) for one in blocks)


def example(block: str) -> str:
    """An example that runs; what directives are for doctest alone is left out."""
    code = re.sub(r"  # doctest: .*$", "", inspect.cleandoc(block), flags=re.MULTILINE)
    return f"```python\n{code}\n```"


def linked(text: str, links: dict[str, str]) -> str:
    """Names in backticks lead to where they are described; a lone star is one."""
    text = re.sub(r"(?<=[ (,])\*(?=\w+[,)])", r"\\*", text)

    def link(match: re.Match[str]) -> str:
        name = match[1].removeprefix("pf.").removesuffix("()")
        told = match[1].startswith("pf.") or "." in name or name[0].isupper()  # else it may be an argument
        return f"{{py:obj}}`{match[1]} <{links[name]}>`" if told and name in links else match[0]

    return re.sub(r"(?<!`)`([A-Za-z_][\w.]*(?:\(\))?)`(?!`)", link, text)


def directive(kind: str, head: str, body: str, option: str = "", *, depth: int = 3) -> str:
    """A described object; directives inside it have shorter fences."""
    fence = ":" * depth
    return f"{fence}{{py:{kind}}} {head}\n{option}\n{body}\n{fence}\n"


def described(one: Public, links: dict[str, str]) -> str:
    """A public object: signature, docstring, and its methods if it is a class."""
    module, name = f":module: {one.address.rpartition('.')[0]}\n", one.name
    text = prose(one.value.__doc__ or "", links)
    if not inspect.isclass(one.value):
        return directive("function", name + signature(one.value), text, module)
    kind = "exception" if issubclass(one.value, Exception) else "class"
    parts = [text, *(method(name, label, value, links) for label, value in methods(one.value))]
    call = "" if kind == "exception" else signature(one.value)
    return directive(kind, name + call, "\n".join(parts), module, depth=5)


def method(owner: str, name: str, value: object, links: dict[str, str]) -> str:
    """A method or property of a class."""
    if isinstance(value, property):
        kind = shown(inspect.signature(value.fget).return_annotation) if value.fget else ""
        option = f":type: {kind}\n" if kind else ""
        return directive("property", f"{owner}.{name}", prose(value.__doc__ or "", links), option, depth=4)
    option = {classmethod: ":classmethod:\n", staticmethod: ":staticmethod:\n"}.get(type(value), "")
    plain = value.__func__ if isinstance(value, classmethod | staticmethod) else value
    head = f"{owner}.{name}{signature(plain, bound=not isinstance(value, staticmethod))}"
    return directive("method", head, prose(plain.__doc__ or "", links), option, depth=4)


def table(objects: list[Public]) -> str:
    """What is on a page, one line each."""
    rows = [f"| {{py:obj}}`{one.name} <{home(one)}>` | {first(one.value)} |" for one in objects]
    return "\n".join(["| name | what it is |", "|---|---|", *rows])


def first(value: object) -> str:
    """The first sentence, fit for a cell of a table."""
    sentence = re.split(r"(?<=[.:])\s(?=[A-Z`])|\n", line_of(value))[0]
    return linked(sentence.removesuffix(":"), {}).replace("|", "\\|")


def page(title: str, intro: str, objects: list[Public], links: dict[str, str]) -> str:
    """A page of the reference."""
    here = [one for one in objects if home(one) == one.address]
    return "\n\n".join([f"# {title}", intro, table(objects), *(described(one, links) for one in here)])


@cache
def homes() -> dict[int, str]:
    """Where each object is described that has two addresses: as a verb, and not where it is to be extended."""
    spaces = sorted(pf.NAMESPACES, key=lambda space: space == "extend")
    ordered = [*verbs(), *(one for space in spaces for one in members(space))]
    return {id(one.value): one.address for one in reversed(ordered)}


def home(one: Public) -> str:
    """Where an object is described."""
    return homes().get(id(one.value), one.address)


def addresses() -> dict[str, str]:
    """Where names lead: `Modules`, `results.Modules` and `pf.results.Modules` to the same place."""
    links: dict[str, str] = {}
    for space in pf.NAMESPACES:
        for one in members(space):
            links[one.address.removeprefix("pushforward.")] = home(one)
            links.setdefault(one.name, home(one))
    for one in [*aids(), *verbs()]:
        links[one.address.removeprefix("pushforward.")] = one.address
        links[one.name] = one.address
    return links


def intro_of(space: str, links: dict[str, str]) -> str:
    """What the docstring of a namespace says before its example."""
    text = inspect.cleandoc(getattr(pf, space).__doc__ or "").split(">>>")[0]
    return f"`pf.{space}`. {linked(text, links)}"


def write(folder: Path) -> None:
    """All pages; a page that has not changed is left alone."""
    folder.mkdir(exist_ok=True)
    links = addresses()
    texts = {
        "verbs": page(
            "Verbs and what they work on",
            "The names of `pf` itself. All others are in namespaces, which have pages of their own.",
            verbs(),
            links,
        )
    }
    texts |= {space: page(PAGES[space], intro_of(space, links), members(space), links) for space in pf.NAMESPACES}
    texts["results"] += "\n\n" + shared(links)
    more = [f"## {title}\n\n" + "\n\n".join(described(one, links) for one in some) for title, some in helpers().items()]
    texts["helpers"] = "\n\n".join(["# Helpers", "What the guides use beside the public names.", *more])
    for name, text in texts.items():
        file = folder / f"{name}.md"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


def shared(links: dict[str, str]) -> str:
    """What all results have in common."""
    from pushforward.result import Result

    return "## What all results share\n\n" + described(Public("pushforward.result.Result", Result), links)


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("builder-inited", lambda app: write(Path(app.srcdir) / "reference"))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
