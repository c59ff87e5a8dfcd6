"""`ModularityPenalty`: the term that makes a network more modular, for any training loop."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.linear import Inputs, structure
from pushforward.modules.cluster import communities
from pushforward.modules.modularity.correlation import living, pairs, squared, unit
from pushforward.modules.modularity.count import Shape, chance, count
from pushforward.modules.modularity.factors import Factors, evaluating
from pushforward.modules.modularity.graph import Graph, crossing
from pushforward.modules.modularity.measure import FEWEST, check
from pushforward.modules.modularity.units import Units, units
from pushforward.net import Neurons
from pushforward.rng import Seed, generator, integers, sample

SETTLED = 64
"""Inputs at which modules are looked for when they settle."""
LARGEST = 1000
"""Neurons among which they are looked for."""


@dataclass
class ModularityPenalty:
    r"""What to add to a loss so that a network becomes more modular: strength · (1 − Z), later `hold` · leakage.

    At first modules have to form: Z is the share of pairs of neurons near zero, as in `modularity`. Its chance level
    Z₀ hardly moves with the weights and is left out. Called on a batch, once a step, it looks at `points` of its
    inputs, at about `neurons` neurons and at `directions` columns of F (all if there are not more: choose the rank of
    `inputs` so). It does so every `every` steps, that many times as strong, and is 0 in between. Strength grows from
    0 in the first `warmup` steps.

    From step `settle` on the modules that have formed are kept: the communities of the graph of mean squared
    correlations at the batch of that step, more and smaller ones the higher the `resolution`. What is penalised then is
    the share of squared correlation that crosses them, and a module may use its directions as it likes. With
    `settle=None` modules stay free to the end.

    In your own loop:

        net = pf.Neurons(model)
        penalty = pf.ModularityPenalty(net, pf.Gaussian.fit(X, rank=32), strength=3.0, seed=0)
        for x, y in batches:
            loss = cross_entropy(model(x), y) + penalty(x)
            optimiser.zero_grad(); loss.backward(); optimiser.step()

    The model may be in train mode: the penalty sees it as in eval mode, and leaves it as it was. `state()` and
    `restore()` are for checkpoints. Raises `BadInput`, `NotFinite` and `NotDifferentiable`; where derivatives cannot be
    differentiated again it warns, naming the operation, and uses differences.

    >>> from pushforward.inputs import Gaussian
    >>> net = Neurons(torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2)))
    >>> penalty = ModularityPenalty(net, Gaussian.isotropic((3,)), strength=1.0, seed=0, warmup=0, every=1)
    >>> penalty(torch.ones(16, 3)).requires_grad
    True
    """

    net: Neurons
    inputs: Inputs
    strength: float
    seed: Seed
    warmup: int = 500
    settle: int | None = None
    hold: float = 1.0
    resolution: float = 2.0
    every: int = 2
    points: int = 4
    neurons: int = 128
    directions: int = 32
    gamma: float = 0.7
    step: int = field(default=0, init=False)
    """How many times it was called."""
    near: float = field(default=float("nan"), init=False)
    """Z, or the share that does not cross, when it was last computed."""
    partition: Tensor | None = field(default=None, init=False)
    """The module of each neuron (a,), −1 for none, once settled."""
    chance: float | None = field(default=None, init=False)
    """The mean squared correlation at the first inputs, which `gamma` is relative to."""
    _factors: Factors = field(init=False, repr=False)
    _draws: torch.Generator = field(init=False, repr=False)

    def __post_init__(self):
        check(
            self.net, self.inputs, gamma=self.gamma, points=self.points, neurons=self.neurons,
            directions=self.directions, every=self.every,
        )  # fmt: skip
        if not (self.strength >= 0 and self.warmup >= 0 and self.hold >= 0):
            raise BadInput(
                f"`ModularityPenalty(strength={self.strength}, warmup={self.warmup}, hold={self.hold})`: none can be "
                "negative."
            )
        self._factors = Factors(self.net, self.inputs, self.directions)
        seed = int(integers(2**31, (), seed=self.seed)) if isinstance(self.seed, torch.Generator) else self.seed
        self._draws = generator(seed)

    def __call__(self, x: Any) -> Tensor:
        """The penalty at this step, for a batch x (n, ...) of inputs: a scalar to add to the loss."""
        step, settled = self.step, self.settle is not None and self.step >= self.settle
        self.step += 1
        now = self.hold if settled else self.strength * min(1.0, step / self.warmup if self.warmup else 1.0)
        if step % self.every or not now or not self.strength:
            return next(iter(structure.moving(x).values())).new_zeros(())
        if settled and self.partition is None:
            self.partition = self._communities(x)
        return now * self.every * (1 - self.share(x))

    def share(self, x: Any) -> Tensor:
        """Z, or once settled the share of squared correlation within modules, at `points` random inputs of a batch."""
        x = structure.tensors(x)
        some = sample(structure.length(x), self.points, seed=self._draws)
        F, sketched = self._factors.at(structure.rebuild(x, lambda _, t: t[some.to(t.device)]), seed=self._draws)
        compared = units(self.net.table, self.neurons, seed=self._draws)
        F = F[:, compared.neuron.to(F.device)]
        alive = living(F, compared.layer.to(F.device))
        enough = alive.sum(1) >= FEWEST
        if not enough.any():
            raise BadInput(
                f"fewer than {FEWEST} neurons move at {len(F)} inputs of the batch: the network has died, or "
                "`layers=` leaves too few. Lower `strength=` or the learning rate."
            )
        U = unit(F) * alive[:, :, None]
        if self.partition is None:
            found = self._near(U @ U.transpose(1, 2), compared, alive, F.shape[2] if sketched else 0)
        else:
            found = 1 - crossing(U, self.partition[compared.neuron].to(U.device))
        share = found[enough].mean()
        self.near = float(share.detach())
        return share

    def _near(self, cosine: Tensor, compared: Units, alive: Tensor, sketched: int) -> Tensor:
        """Z at each input (n,); what is near is fixed by the first inputs."""
        if self.chance is None:
            R = squared(cosine.detach(), sketched)
            self.chance = float(chance(R, pairs(R, compared.compared.to(R.device), alive.to(R))).mean())
        shape = Shape(self.gamma, len(self.net.table), sketched, self.chance)
        return count(cosine, compared, alive, shape, held=True)[0].share()

    def _communities(self, x: Any) -> Tensor:
        """The modules of all neurons (a,) as they are at up to `SETTLED` inputs of a batch; −1 for dead ones.

        Of a network with more than `LARGEST` neurons a sample is looked at, the others are in none.
        """
        x = structure.tensors(x)
        with torch.no_grad(), evaluating(self.net.model):
            self.net.expect(structure.item(x, 0))
            compared = units(self.net.table, LARGEST, seed=self._draws)
            graph = Graph(len(compared.neuron))
            for i in range(min(SETTLED, structure.length(x))):
                F, _ = self._factors.at(structure.batch(structure.item(x, i)), seed=self._draws)
                graph.add(F[0, compared.neuron.to(F.device)], compared.layer)
        labels = torch.full((len(self.net),), -1)
        labels[compared.neuron] = communities(graph.mean(), self.resolution)
        return labels

    def state(self) -> dict[str, Tensor]:
        """What a checkpoint has to hold: how many steps, and the random numbers to come."""
        held = {"step": torch.tensor(self.step), "draws": self._draws.get_state()}
        if self.chance is not None:
            held["chance"] = torch.tensor(self.chance, dtype=torch.float64)
        return held if self.partition is None else held | {"partition": self.partition}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state` gave."""
        self.step, self.partition = int(state["step"]), state.get("partition")
        self.chance = float(state["chance"]) if "chance" in state else None
        self._draws.set_state(state["draws"])
