"""What a page may ask for: bodies of requests, checked field by field before anything is computed."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeVar, cast, get_args, get_origin, get_type_hints, is_typeddict

from pushforward.page import FrameAsked, InputAsked, LesionAsked, PushAsked, SetAsked, WalkAsked

T = TypeVar("T", WalkAsked, FrameAsked, LesionAsked, PushAsked)
PAGE = re.compile(r"[A-Za-z0-9_-]{1,64}")
# The largest whole number that JavaScript counts with
LARGEST = 2**53 - 1
# What is more than anybody asks for: sets that stay, neurons of one set, letters of a prompt, σ of a walk
SETS, NEURONS, LETTERS, FARTHEST = 64, 10**6, 10_000, 10.0


class Refused(Exception):
    """A request that is answered by words: what was asked, what is needed; with a status of 400 or more."""

    def __init__(self, text: str, status: int = 400):
        super().__init__(text)
        self.status = status


class Limits(NamedTuple):
    """How many inputs, neurons and modules there are; None where that is not known yet."""

    inputs: int | None = None
    neurons: int | None = None
    modules: int | None = None


def decoded(body: bytes) -> object:
    """A body as JSON. Raises `Refused` for anything else, for NaN and for infinities."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_not_finite)
    except (ValueError, RecursionError) as reason:
        text = (str(reason).splitlines() or [""])[0][:200]
        raise Refused(f"the body is no JSON ({text}); send an object in UTF-8.") from reason


def _not_finite(name: str) -> object:
    raise ValueError(f"{name} is no number of JSON")


def checked(kind: type[T], value: object, limits: Limits) -> T:
    """A body of the given kind. Raises `Refused` for missing, unknown and impossible fields."""
    asked = _of_type(kind, value, "the body")
    stamp, page = asked["stamp"], asked["page"]
    _between("stamp", stamp, 0, LARGEST)
    if not PAGE.fullmatch(page):
        raise Refused("`page` is 1 … 64 letters, digits, - or _; choose one at random for every tab.")
    for name, part in asked.items():
        if name in ("moves", "set"):
            _check_set(name, cast(SetAsked, part), limits)
        elif name == "fixed":
            _check_sets(cast(list[SetAsked], part), limits)
        elif name == "input":
            _check_input(cast(InputAsked, part), limits)
        elif name == "distance" and not 0 < cast(float, part) <= FARTHEST:
            raise Refused(f"`distance` is {part!r}; more than 0 and at most {FARTHEST:g} σ is needed.")
        elif name == "walk" and not PAGE.fullmatch(cast(str, part)):
            raise Refused("`walk` is no name of a walk; give that of a `Walk` which was sent.")
    return asked


def _check_sets(sets: list[SetAsked], limits: Limits) -> None:
    if not 1 <= len(sets) <= SETS:
        raise Refused(f"`fixed` holds {len(sets)} sets; 1 … {SETS} that stay are needed.")
    for i, part in enumerate(sets):
        _check_set(f"fixed[{i}]", part, limits)


def _check_set(name: str, which: SetAsked, limits: Limits) -> None:
    _one_of(name, which, "module", "layer", "neurons")
    if "module" in which:
        _between(f"{name}.module", which["module"], 0, _last(limits.modules))
    if "layer" in which and not 1 <= len(which["layer"]) <= LETTERS:
        raise Refused(f"`{name}.layer` has {len(which['layer'])} letters; give the name of a layer.")
    if "neurons" in which:
        if not 1 <= len(which["neurons"]) <= NEURONS:
            raise Refused(f"`{name}.neurons` holds {len(which['neurons'])} numbers; 1 … {NEURONS} are needed.")
        for number in (min(which["neurons"]), max(which["neurons"])):
            _between(f"{name}.neurons", number, 0, _last(limits.neurons))


def _check_input(which: InputAsked, limits: Limits) -> None:
    _one_of("input", which, "index", "text")
    if "index" in which:
        _between("input.index", which["index"], 0, _last(limits.inputs))
    if "text" in which and not 1 <= len(which["text"]) <= LETTERS:
        raise Refused(f"`input.text` has {len(which['text'])} letters; 1 … {LETTERS} are needed.")


def _last(count: int | None) -> int:
    return LARGEST if count is None else count - 1


def _between(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        needed = f"choose {low} … {high}" if high >= low else "there are none to choose from"
        raise Refused(f"`{name}` is {str(value)[:40]}; {needed}.")


def _one_of(name: str, value: Mapping[str, object], *names: str) -> None:
    if len(value) != 1:
        raise Refused(f"`{name}` has {len(value)} of the fields {', '.join(names)}; exactly one is needed.")


def _of_type(kind: Any, value: object, name: str) -> Any:
    """The value, if it is of a plain type: a number, a string, a list, one of some words or a `TypedDict`."""
    if is_typeddict(kind):
        return _of_fields(kind, value, name)
    if get_origin(kind) is list:
        if not isinstance(value, list):
            raise _wrong(name, value, "a list")
        inner = get_args(kind)[0]
        return [_of_type(inner, part, f"{name}[{i}]") for i, part in enumerate(value)]
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise _wrong(name, value, f"one of {', '.join(map(repr, get_args(kind)))}")
        return value
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        if not abs(value) <= LARGEST:
            raise _wrong(name, value, "a finite number")
        return float(value)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _wrong(name, value, {int: "a whole number", str: "a string", float: "a number"}[kind])
    return value


def _of_fields(kind: Any, value: object, name: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _wrong(name, value, "an object")
    fields = get_type_hints(kind)
    unknown, missing = sorted(set(value) - set(fields)), sorted(kind.__required_keys__ - set(value))
    if unknown or missing:
        said = f"lacks {', '.join(missing)}" if missing else f"has an unknown field {unknown[0][:40]!r}"
        raise Refused(f"{name} {said}; its fields are {', '.join(fields)}.")
    inside = "" if name == "the body" else f"{name}."
    return {key: _of_type(fields[key], part, f"{inside}{key}") for key, part in value.items()}


def _wrong(name: str, value: object, needed: str) -> Refused:
    what = "not finite" if isinstance(value, float) and not math.isfinite(value) else f"a {type(value).__name__}"
    quoted = name if name == "the body" else f"`{name}`"
    return Refused(f"{quoted} is {what}; {needed} is needed.")
