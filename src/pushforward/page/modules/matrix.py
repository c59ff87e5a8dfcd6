"""The pane of the matrix, and that of all neurons."""

import torch
from torch import Tensor

from pushforward.modules import Modules
from pushforward.page.arrays import digits, packed, shares
from pushforward.page.modules.words import shown_as_modules
from pushforward.page.schema import MatrixPane, NeuronsPane


def matrix_pane(m: Modules) -> MatrixPane:
    """The squared correlations of the neurons looked at; the scale ends at the largest of two different ones."""
    off = ~torch.eye(len(m.overlap), dtype=torch.bool)
    pairs = m.overlap[off].double()
    high = max(float(pairs.max()), 1e-6) if len(pairs) else 1.0
    return MatrixPane(
        neurons=packed(m.sample, "i32"),
        values=shares(m.overlap.clone().fill_diagonal_(high), high),
        scale=digits(high),
        mean=digits(float(pairs.mean())) if len(pairs) else 0.0,
        order=packed(m.order_of(m.sample), "i32"),
        module=packed(m.labels[m.sample], "i16"),
        families=packed(m.families, "i16") if m.families.numel() else None,
    )


def neurons_pane(m: Modules) -> NeuronsPane:
    """The module of every neuron, its share in it, and the set with the next most of it.

    Of a neuron in no module the share is 0, and the set that has most of it is the next. Where nothing is shown as
    modules there are no sets.
    """
    rest = m.shares.double().clone() if shown_as_modules(m) else torch.zeros(len(m.labels), 0, dtype=torch.float64)
    own = torch.zeros(len(m.labels), dtype=torch.float64)
    there = (m.labels >= 0).nonzero()[:, 0]
    if rest.shape[1]:
        own[there] = rest[there, m.labels[there]]
        rest[there, m.labels[there]] = -1
    second, most = _next(rest)
    return NeuronsPane(
        module=packed(m.labels, "i16"),
        share=shares(own),
        second=packed(second, "i16"),
        second_share=shares(most),
        dead=packed(m.dead, "u8"),
    )


def _next(rest: Tensor) -> tuple[Tensor, Tensor]:
    """The set with most of each neuron (a,), −1 if none has any of it, and how much that is."""
    if not rest.shape[1]:
        return torch.full((len(rest),), -1), torch.zeros(len(rest))
    most, second = rest.max(1)
    return torch.where(most > 0, second, -1), most.clamp_min(0)
