"""`recorded`: verbs that write what they find into the folder of a run, and read it there when asked again."""

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from time import perf_counter
from typing import ParamSpec, TypedDict, TypeVar, cast

from pushforward import manifest
from pushforward.codec import Json
from pushforward.ranks import ALONE, ranks
from pushforward.runs.folder import Run, key_of
from pushforward.training import follows_from

P = ParamSpec("P")
R = TypeVar("R")
Folder = str | os.PathLike[str]
"""The path of a run's folder."""


def recorded(verb: Callable[P, R]) -> Callable[P, R]:
    """The same verb, which with `run=` writes its result into that folder, or reads it if it is there already.

    A result is known again by all that it follows from: the network's weights and code, inputs, data, options, seed and
    versions. Fields that only refer to a network or to data are None in what is read.
    """

    @wraps(verb)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        place = kwargs.pop("run", None)
        if place is None:
            return verb(*args, **kwargs)
        path = manifest.possible(cast(Folder, place))
        of = follows_from(verb, args, kwargs, option="run", place=place)
        run = Run(path) if manifest.is_run(path) else None
        names = () if run is None else run.named(key_of(verb.__name__, of))
        together = ranks() if kwargs.get("shards") is not None else ALONE
        there = all(together.gather(b"there" if names else b""))
        if run is not None and names and there:
            read = tuple(run[name] for name in names)
            return cast(R, read if run.manifest["results"][names[0]]["part"][1] else read[0])
        began = perf_counter()
        result = verb(*args, **kwargs)
        if together.first:
            _add(path, result, {"call": verb.__name__, "of": of, "seconds": perf_counter() - began})
        return result

    return call


class _Told(TypedDict):
    call: str
    of: dict[str, Json]
    seconds: float


def _add(path: Path, result: object, told: _Told) -> None:
    """Write what a verb gave into the run, which is made when there is something to put into it."""
    run = Run.at(path)
    if not isinstance(result, tuple):
        run.add(result, **told)
        return
    for i, one in enumerate(cast("tuple[object, ...]", result)):
        run.add(one, **told, part=(i, len(cast("tuple[object, ...]", result))))
