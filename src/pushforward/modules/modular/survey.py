"""What is known of the neurons of a network from all inputs together: copies, idle ones, and the modules they form."""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor

from pushforward.modules.finding import communities
from pushforward.modules.modular.count import Kin, Pairs, chance, living
from pushforward.modules.modular.graph import Graph
from pushforward.modules.modular.units import Units
from pushforward.net import Table

# Of two copies the ratio of lengths scatters by less than this over inputs: of the same function it is rounding. Of 20
# tanh neurons that read one input with weights and biases of their own, 6 % of pairs scatter less, the median by 0.5
PROPORTION = 0.05
# A neuron is idle if the output sees this share of what it sees of the average neuron: the hundredth of an amplitude
IDLE = 1e-4
# A module is all of it, or the neurons which have these shares of what they have in common with their own: others may
# mix modules, and are none
CORE = (0.5, 0.7, 0.85)
# The layer that says what a network is for
OUTPUT = "output"


class Survey(NamedTuple):
    """Which neurons (m,) of the network are compared, `busy` (m,) if the output sees them, and what else is known.

    `kin`: their copies. `graph`: their mean squared correlations. `labels` (m,): the communities of it, −1 for none;
    `partitions` (p, m): the same, and without the neurons that have more than some shares in common with others.
    """

    compared: Units
    busy: Tensor
    kin: Kin
    graph: Graph
    labels: Tensor
    partitions: Tensor

    @property
    def idle(self) -> float:
        """The share of the neurons that the output does not see."""
        return float((~self.busy).double().mean())


@torch.no_grad()
def survey(table: Table, compared: Units, rows: Iterable[Tensor]) -> Survey:
    """What the factors F (a, K) at some inputs say of the neurons that are compared; nothing is differentiated."""
    rows = [F.detach() for F in rows]
    busy = _busy(table, compared, rows)
    graph, layer = Graph(len(compared.neuron)), compared.layer.to(busy.device)
    lengths = torch.zeros(len(rows), len(busy), dtype=torch.float64, device=busy.device)
    for F, length in zip(rows, lengths, strict=True):
        part = F[compared.neuron.to(F.device)]
        graph.add(part, compared.layer, busy)
        length.copy_(part.norm(dim=1) * living(part[None], layer)[0])
    own = layer[:, None] == layer
    kin = Kin(own, own & in_proportion(lengths))
    labels = communities(graph.mean(), 1.0)
    partitions = torch.stack([labels, *(torch.where(inside(graph.mean(), labels) >= s, labels, -1) for s in CORE)])
    return Survey(compared, busy, kin, graph, labels.to(busy.device), partitions.to(busy.device))


def inside(R: Tensor, labels: Tensor) -> Tensor:
    """The share (m,) of what each neuron has in common with others that it has with its own module."""
    same = (labels[:, None] == labels) & (labels >= 0)
    return (R * same).sum(1) / R.sum(1).clamp_min(1e-12)


def in_proportion(lengths: Tensor) -> Tensor:
    """Which pairs of neurons (m, m) have lengths (n, m) in one proportion at all n inputs, and are 0 at the same.

    >>> in_proportion(torch.tensor([[1.0, 2.0, 1.0], [3.0, 6.0, 1.0]]))[0].tolist()
    [True, True, False]
    """
    alive = (lengths > 0).double()
    logs = torch.where(lengths > 0, lengths.double(), 1).log()
    both = (alive.T @ alive).clamp_min(1)
    mean = (logs.T @ alive - alive.T @ logs) / both  # of log(length i / length j), where both are alive
    square = (logs.square().T @ alive + alive.T @ logs.square() - 2 * logs.T @ logs) / both
    together = (alive.T @ (1 - alive) + (1 - alive).T @ alive) == 0
    return (square - mean.square() < PROPORTION**2) & together


def _busy(table: Table, compared: Units, rows: list[Tensor]) -> Tensor:
    """Which neurons (m,) work with a direction that moves the output at some input; all where it is not recorded."""
    device = rows[0].device
    busy = torch.ones(len(compared.neuron), dtype=torch.bool, device=device)
    if table[-1].name != OUTPUT or len(table) == 1:
        return busy
    seen = torch.zeros(len(busy), dtype=torch.float64, device=device)
    for F in rows:
        part, output = F[compared.neuron.to(device)].double(), F[table[-1].start : table[-1].stop].double()
        length = part.norm(dim=1).clamp_min(torch.finfo(F.dtype).tiny)
        output = output / output.norm().clamp_min(torch.finfo(F.dtype).tiny)
        seen += ((part @ output.T).norm(dim=1) / length).square()
    return (seen > IDLE * seen.mean()) | (compared.layer.to(device) == len(table) - 1)


def explained(R: Tensor, weights: Pairs, labels: Tensor, gamma: float) -> Tensor:
    r"""How many pairs near zero the modules account for, beyond chance: a scalar in [0, 1), as `modularity` counts.

    If neurons had nothing else in common than their modules, the cosines of two modules would be normal, with the mean
    square $\bar R_{bc}$ that is measured, and $z(\bar R_{bc})$ of them near zero. The result is
    $(\langle z(\bar R_{bc}) \rangle - z(\bar R)) / (1 - z(\bar R))$ over all pairs as they count. R is (m, m), `labels`
    (m,) are modules, −1 for none: such neurons are one more.
    """
    weight = weights.weight
    member = torch.nn.functional.one_hot(labels + 1, int(labels.max()) + 2).to(R)
    total = member.T @ weight @ member
    mean, all_ = (member.T @ (weight * R) @ member) / total.clamp_min(1e-12), chance(R, weights)[0, 0]
    near = gamma**2 * all_
    one = expected(all_, near)
    within = (total * expected(mean, near)).sum() / total.sum().clamp_min(1e-12)
    return ((within - one) / (1 - one)).clamp_min(0)


def expected(R: Tensor, near: Tensor) -> Tensor:
    r"""The mean of $\gamma^2 / (\gamma^2 + R x^2)$ for normal x, where `near` is $\gamma^2$.

    It is $\sqrt{\pi/2}\, a\, \mathrm{erfcx}(a / \sqrt 2)$ with $a = \gamma / \sqrt R$.

    >>> round(float(expected(torch.tensor(1.0), torch.tensor(0.16))), 3)
    0.374
    """
    a = (near.clamp_min(1e-12) / R.clamp_min(1e-12)).sqrt().clamp_max(1e4)
    return (torch.pi / 2) ** 0.5 * a * torch.special.erfcx(a / 2**0.5)
