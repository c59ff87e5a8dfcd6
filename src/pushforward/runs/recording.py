"""`recorded`: verbs that write what they find into the folder of a run, and read it there when asked again."""

import inspect
import os
from collections.abc import Callable, Mapping
from functools import wraps
from time import perf_counter
from typing import ParamSpec, TypeVar, cast

import torch

from pushforward import manifest
from pushforward.codec import Json
from pushforward.errors import BadInput, Unidentifiable
from pushforward.runs.folder import Run, key_of, refused
from pushforward.training import identity

P = ParamSpec("P")
R = TypeVar("R")
Folder = str | os.PathLike[str]
"""The path of a run's folder."""
# What changes nothing about a result
IDLE = ("run", "progress", "checkpoint")


def recorded(verb: Callable[P, R]) -> Callable[P, R]:
    """The same verb, which with `run=` writes its result into that folder, or reads it if it is there already.

    A result is known again by all that it follows from: the network's weights and code, inputs, data, options, seed and
    versions. Fields that only refer to a network or to data are None in what is read.
    """
    signature = inspect.signature(verb)

    @wraps(verb)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        place = kwargs.pop("run", None)
        if place is None:
            return verb(*args, **kwargs)
        path = manifest.possible(cast(Folder, place))
        of = _follows_from(verb.__name__, signature, args, kwargs, place)
        run = Run(path) if manifest.is_run(path) else None
        names = () if run is None else run.named(key_of(verb.__name__, of))
        if run is not None and names:
            read = tuple(run[name] for name in names)
            return cast(R, read if run.manifest["results"][names[0]]["part"][1] else read[0])
        began = perf_counter()
        result = verb(*args, **kwargs)
        run = Run.at(path)  # made when there is something to put into it
        told = {"call": verb.__name__, "of": of, "seconds": perf_counter() - began}
        if not isinstance(result, tuple):
            run.add(result, **told)
            return result
        for i, one in enumerate(cast("tuple[object, ...]", result)):
            run.add(one, **told, part=(i, len(result)))
        return result

    return call


def _follows_from(
    verb: str, signature: inspect.Signature, args: tuple[object, ...], kwargs: Mapping[str, object], place: object
) -> dict[str, Json]:
    """All that a call follows from, by name. Raises `BadInput` for what cannot be told from others."""
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as reason:
        raise BadInput(f"`{verb}(...)`: {reason}.") from reason
    bound.apply_defaults()
    parts = {name: value for name, value in bound.arguments.items() if name not in IDLE}
    if isinstance(parts.get("seed"), torch.Generator):
        raise BadInput(
            f"`{verb}(seed=torch.Generator(), run={str(place)!r})`: reading a result would leave the generator as it "
            "is, and what is drawn later would be other numbers. Give a whole number as the seed."
        )
    try:
        return identity(**parts)
    except Unidentifiable as reason:
        raise refused(reason, place) from reason
