"""`surveyed`: verbs whose work is shared among ranks, and gone on with after a kill."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

import torch

from pushforward.ranks import ranks
from pushforward.shards.crew import Crew
from pushforward.shards.settings import Folder, Shards
from pushforward.shards.work import together
from pushforward.training import follows_from

P = ParamSpec("P")
R = TypeVar("R")


def surveyed(verb: Callable[P, R]) -> Callable[P, R]:
    """The same verb, which with `shards=` shares its work among the ranks of the process group.

    Finished shards are kept in that folder, and read when the same is asked again, by however many ranks. A shard is
    known by all that it follows from; one of other work is refused by name. The number of threads is part of that, as
    results are to be equal to the bit.
    """

    @wraps(verb)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        place = kwargs.pop("shards", None)
        if place is None:
            return verb(*args, **kwargs)
        shards = place if isinstance(place, Shards) else Shards(cast(Folder, place))
        of = follows_from(verb, args, kwargs, option="shards", place=shards.folder)
        of = {"verb": verb.__name__, "threads": torch.get_num_threads()} | of  # sums of products depend on the threads
        crew = Crew(ranks(), shards.folder, of, part=shards.part, of=shards.of)
        with together(crew):
            return verb(*args, **kwargs)

    return call
