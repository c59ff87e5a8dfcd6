"""What a call of a verb follows from, by the names of its parameters."""

import inspect
from collections.abc import Callable, Mapping

import torch

from pushforward.codec import Json
from pushforward.errors import BadInput, Unidentifiable
from pushforward.training.digests import identity

# What changes nothing about a result
IDLE = ("run", "shards", "progress", "checkpoint")


def follows_from(
    verb: Callable[..., object], args: tuple[object, ...], kwargs: Mapping[str, object], *, option: str, place: object
) -> dict[str, Json]:
    """All that the result of a call follows from. Raises `BadInput` for what cannot be told from others.

    `option` and its value `place` are what asks for it.
    """
    asked = f"{option}={str(place)!r}"
    try:
        bound = inspect.signature(verb).bind(*args, **kwargs)
    except TypeError as reason:
        raise BadInput(f"`{verb.__name__}(...)`: {reason}.") from reason
    bound.apply_defaults()
    parts = {name: value for name, value in bound.arguments.items() if name not in IDLE}
    if isinstance(parts.get("seed"), torch.Generator):
        raise BadInput(
            f"`{verb.__name__}(seed=torch.Generator(), {asked})`: reading a result would leave the generator as it "
            "is, and what is drawn later would be other numbers. Give a whole number as the seed."
        )
    try:
        return identity(**parts)
    except Unidentifiable as reason:
        raise Unidentifiable(str(reason).replace("`checkpoint=`", f"`{asked}`")) from reason
