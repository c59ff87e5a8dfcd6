"""The front end's types, made from `pushforward/page/schema.py` and `messages.py`: `python scripts/make_types.py`."""

import inspect
from pathlib import Path
from types import NoneType, UnionType
from typing import Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from pushforward.page import messages, schema

TARGET = Path(__file__).parents[1] / "frontend" / "src" / "schema.d.ts"
PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", NoneType: "null", object: "unknown"}
HEAD = "// Made from src/pushforward/page/schema.py by scripts/make_types.py. Do not edit.\n"


def typescript(hint: object) -> str:
    """A Python type as TypeScript writes it.

    >>> typescript(dict[str, list[int | None]])
    'Record<string, (number | null)[]>'
    """
    if isinstance(hint, type) and hint in PLAIN:
        return PLAIN[hint]
    if is_typeddict(hint):
        return hint.__name__
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " | ".join(f'"{part}"' if isinstance(part, str) else str(part).lower() for part in parts)
    names = [typescript(part) for part in parts]
    if origin in (Union, UnionType):
        return " | ".join(names)
    if origin is list:
        return f"({names[0]})[]" if " " in names[0] and names[0][0] not in "[{" else f"{names[0]}[]"
    if origin is tuple:
        return f"[{', '.join(names)}]"
    if origin is dict:
        return f"Record<{names[0]}, {names[1]}>"
    raise TypeError(f"schema.py uses {hint!r}, for which there is no TypeScript: add it to {__file__}.")


def interface(model: type) -> str:
    """One `TypedDict` as an interface, with its docstring as a comment."""
    lines = [*_comment(model), f"export interface {model.__name__} {{"]
    for key, hint in get_type_hints(model, include_extras=True).items():
        optional = get_origin(hint) is NotRequired
        lines.append(f"  {key}{'?' * optional}: {typescript(get_args(hint)[0] if optional else hint)};")
    return "\n".join([*lines, "}", ""])


def types() -> str:
    """The whole file."""
    models = [
        value for file in (schema, messages) for value in vars(file).values()
        if is_typeddict(value) and value.__module__ == file.__name__
    ]  # fmt: skip
    return "\n".join([HEAD, *(interface(model) for model in models)])


def _comment(model: type) -> list[str]:
    text = (inspect.getdoc(model) or "").replace("*/", "* /").splitlines()
    if len(text) == 1:
        return [f"/** {text[0]} */"]
    return ["/**", *(f" * {line}".rstrip() for line in text), " */"]


if __name__ == "__main__":
    TARGET.write_text(types(), encoding="utf-8")
    print(f"wrote {TARGET}")
