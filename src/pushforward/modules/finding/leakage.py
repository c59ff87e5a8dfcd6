"""How much of the squared correlation of a network lies outside its modules."""

from typing import NamedTuple

import torch
from torch import Tensor


class Leakage(NamedTuple):
    """Shares of the squared correlation of pairs of different neurons that lie in no module.

    `modules`: among the neurons in modules; `all`: among all that move, those in none included; `chance`: of pairs of
    neurons in modules, if modules of these sizes were drawn at random.
    """

    modules: float
    all: float
    chance: float


def leakage(R: Tensor, labels: Tensor, layer: Tensor, sizes: Tensor, alive: Tensor) -> Leakage:
    """From overlaps R (s, s) of sampled neurons with their `labels`, −1 for none, and their `layer` (s,).

    `sizes` (l,): how many neurons each layer has. Layers of which few were sampled count as much as they would if all
    had been. Nothing is a neuron's overlap with itself.
    """
    counts = torch.bincount(layer[alive], minlength=len(sizes)).double()
    pairs = torch.outer(counts, counts) - torch.diag(counts)
    whole = torch.outer(sizes, sizes) - torch.diag(sizes)
    weight = (whole.double() / pairs.clamp_min(1))[layer][:, layer] * torch.outer(alive, alive)
    mass = (R.double() * weight).fill_diagonal_(0)
    inside, same = labels >= 0, (labels[:, None] == labels) & (labels >= 0)[:, None]
    within, total = float(mass[same].sum()), float(mass.sum())
    among = float(mass[inside][:, inside].sum())
    count = torch.bincount(labels[inside & alive]).double() if (inside & alive).any() else torch.zeros(1).double()
    n = float(count.sum())
    return Leakage(
        1 - within / among if among > 0 else 0.0,
        1 - within / total if total > 0 else 0.0,
        1 - float((count * (count - 1)).sum()) / (n * (n - 1)) if n > 1 else 0.0,
    )


def worst_leak(R: Tensor, labels: Tensor) -> float:
    """The largest leak between two blocks: their mean overlap over the geometric mean of that within them.

    >>> R = torch.full((4, 4), 0.25).fill_diagonal_(0)
    >>> R[0, 1] = R[1, 0] = R[2, 3] = R[3, 2] = 0.5
    >>> worst_leak(R, torch.tensor([0, 0, 1, 1]))
    0.5
    """
    member = torch.nn.functional.one_hot(labels + 1)[:, 1:].T.to(R)
    if len(member) < 2:
        return 0.0
    sizes, sums = member.sum(1), member @ R @ member.T
    within = sums.diagonal() / (sizes * (sizes - 1)).clamp_min(1)
    leak = sums / torch.outer(sizes, sizes) / torch.outer(within, within).clamp_min(1e-24).sqrt()
    return float(leak.fill_diagonal_(0).max())
