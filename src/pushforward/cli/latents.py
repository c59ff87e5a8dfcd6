"""Latents by name, as they are typed: `atlas:16x12`, `sphere:2`, `circle*interval`, `circle+circle`."""

import re
from collections.abc import Callable
from typing import NamedTuple

from pushforward import latents
from pushforward.errors import BadInput
from pushforward.latents import Latent


class Kind(NamedTuple):
    """How a latent is typed, how many whole numbers it takes, and what makes it."""

    typed: str
    numbers: int
    make: Callable[..., Latent]


PLAIN: dict[str, Callable[[], Latent]] = {
    "interval": latents.Interval,
    "circle": latents.Circle,
    "annulus": latents.Annulus,
    "moebius": latents.Moebius,
    "klein": latents.Klein,
    "projective-plane": latents.ProjectivePlane,
    "figure-eight": latents.FigureEight,
}
KINDS = {
    kind.typed.partition(":")[0]: kind
    for kind in (
        Kind("atlas:CHARTSxDIM", 2, latents.Atlas),
        Kind("cube:DIM", 1, latents.Cube),
        Kind("gaussian:DIM", 1, latents.Gaussian),
        Kind("sphere:DIM", 1, latents.Sphere),
        Kind("torus:DIM", 1, latents.Torus),
        *(Kind(typed, 0, make) for typed, make in PLAIN.items()),
    )
}


def parse_latent(text: str) -> Latent:
    """The latent that was typed: `*` makes products and `+` disjoint unions of them. Raises `BadInput`.

    >>> parse_latent("atlas:16x12"), parse_latent("circle*interval").dim, parse_latent("sphere:2+sphere:2").pieces
    (Atlas(charts=16, dim=12), 2, 2)
    """
    parts = [_product(part, text) for part in text.replace(" ", "").lower().split("+")]
    return parts[0] if len(parts) == 1 else latents.Disjoint(parts)


def _product(text: str, whole: str) -> Latent:
    factors = [_one(factor, whole) for factor in text.split("*")]
    return factors[0] if len(factors) == 1 else latents.Product(factors)


def _one(text: str, whole: str) -> Latent:
    name, colon, rest = text.partition(":")
    kind = KINDS.get(name.replace("_", "-"))
    if kind is None:
        raise BadInput(
            f"`--latent {whole}`: there is no latent {name!r}. There are {', '.join(k.typed for k in KINDS.values())}; "
            "`a*b` is a product, `a+b` a disjoint union."
        )
    numbers = re.split("[x×,]", rest) if colon else []
    if len(numbers) != kind.numbers or not all(re.fullmatch("[0-9]{1,6}", number) for number in numbers):
        example = kind.typed.replace("CHARTSxDIM", "16x12").replace("DIM", "3")
        cure = f"write whole numbers as in `{example}`" if kind.numbers else f"it takes none, write `{kind.typed}`"
        raise BadInput(f"`--latent {whole}`: the numbers of {text!r} are wrong: {cure}.")
    return kind.make(*map(int, numbers))
