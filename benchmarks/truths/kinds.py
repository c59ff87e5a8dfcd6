"""The kinds of planted networks by name: each a function of a seed alone."""

from collections.abc import Callable
from functools import partial

from truths.blocks import transformers
from truths.convolutions import convolutions
from truths.experts import experts
from truths.mlps import among, halves, hierarchy, leaky, mixed_depths, shared_inputs, sizes
from truths.truth import Truth

WIDTHS = (6, 12, 24, 64, 150, 400)
LEAKS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
RESTS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9)
BESIDE = (0.5, 0.6, 0.7, 0.8, 0.9)
"""Modules in 50 … 10 % of the neurons, beside a dense network."""

KINDS: dict[str, Callable[[int], Truth]] = {
    "sizes": sizes,
    "sizes, leak 0.2": partial(sizes, leak=0.2),
    **{f"leak {leak:g}": partial(leaky, leak=leak) for leak in LEAKS},
    **{f"width {width}": partial(halves, width=width, act="tanh") for width in WIDTHS},
    **{f"width {width}, dead units": partial(halves, width=width, dead=5 * width) for width in WIDTHS[:4]},
    **{f"rest {rest:.0%} reading": partial(among, rest=rest) for rest in RESTS},
    **{f"rest {rest:.0%} beside": partial(among, rest=rest, beside=True) for rest in BESIDE},
    "hierarchy": hierarchy,
    "depths": mixed_depths,
    **{f"{share:.0%} of inputs common": partial(shared_inputs, share=share) for share in (0.25, 0.5, 0.75)},
    **{f"{share:.0%} of inputs with neighbours": partial(shared_inputs, share=share, common=False) for share in (0.25, 0.5)},
    "convolutions": convolutions,
    "convolutions, positions": partial(convolutions, unit="position"),
    "convolutions, leak 0.2": partial(convolutions, leak=0.2),
    "transformers": transformers,
    "transformers, positions": partial(transformers, unit="position"),
    "transformers, leak 0.2": partial(transformers, leak=0.2),
    "experts, hard": partial(experts, hard=True),
    "experts, soft": partial(experts, hard=False),
}  # fmt: skip
