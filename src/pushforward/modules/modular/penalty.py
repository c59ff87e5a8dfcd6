"""`ModularityPenalty`: the term that makes a network more modular, for any training loop."""

from dataclasses import dataclass, field
from typing import Annotated, NamedTuple

import torch
from torch import Tensor

from pushforward import structure
from pushforward.arguments import check_fields, checked
from pushforward.errors import BadInput
from pushforward.kinds import Least, Size
from pushforward.linear import Inputs
from pushforward.modules.finding import squared
from pushforward.modules.modular.count import Shape, chance, count, living, pairs, unit
from pushforward.modules.modular.factors import Factors
from pushforward.modules.modular.graph import crossing
from pushforward.modules.modular.partition import own_halves, own_modules
from pushforward.modules.modular.score import FEWEST, check
from pushforward.modules.modular.units import Units, units
from pushforward.net import Neurons
from pushforward.renamed import renamed
from pushforward.rng import Seed, generator, integers, sample

Steps = Annotated[int, Least(0)]


class UnitRows(NamedTuple):
    """Unit rows (n, m, K) at some inputs, of which neurons, and which are alive; K, or 0 if columns are no mixtures."""

    U: Tensor
    units: Units
    alive: Tensor
    sketched: int


@renamed(start="plain", modules="count")
@dataclass
class ModularityPenalty:
    r"""What to add to a loss so that a network becomes more modular: strength · (1 − Z), later strength · hold · leak.

    At first modules have to form: Z is the share of pairs of neurons near zero, which `modularity` starts from. Its
    chance level Z₀ hardly moves with the weights and is left out. Called on a batch, once a step, it takes `points` of
    its inputs, about `neurons` neurons and `directions` columns of F (all if there are not more: choose the rank of
    `inputs` so). It does so every `every` steps, that many times as strong, and is 0 in between. It starts at step
    `plain`, and its strength grows from 0 in the `warmup` steps after that.

    A network that has learnt something has parts already. At step `halve` it is cut in two where its neurons have least
    to do with each other, and from then on what crosses that cut costs strength · hold, too: modules form
    within the halves.

    From step `settle` on the modules that have formed stay: the communities of the graph of mean squared
    correlations at the batch of that step, more and smaller ones the higher the `resolution`; with `count` that many
    parts of much the same weight instead, which is surer where modules are faint, as of channels. What is penalised
    then is the share of squared correlation that crosses them, and a module may use its directions as it likes. With
    `settle=None` modules stay free to the end.

    In your own loop:

        net = pf.Neurons(model)
        penalty = pf.modular.ModularityPenalty(net, pf.Gaussian.fit(X, rank=32), strength=3.0, seed=0)
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
    strength: Size
    seed: Seed
    warmup: Steps = 500
    plain: Steps = 0
    halve: Steps | None = None
    settle: Steps | None = None
    hold: Size = 0.2
    resolution: Size = 3.0
    count: Annotated[int, Least(2)] | None = None
    every: int = 4
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
    halves: Tensor | None = field(default=None, init=False)
    """On which side of the cut in two each neuron is (a,), −1 for none, once it is made."""
    chance: float | None = field(default=None, init=False)
    """The mean squared correlation at the first inputs, which `gamma` is relative to."""
    _factors: Factors = field(init=False, repr=False)
    _draws: torch.Generator = field(init=False, repr=False)

    def __post_init__(self):
        check_fields(self)
        check(
            self.net, self.inputs, gamma=self.gamma, points=self.points, neurons=self.neurons,
            directions=self.directions, every=self.every,
        )  # fmt: skip
        self._factors = Factors(self.net, self.inputs, self.directions)
        seed = int(integers(2**31, (), seed=self.seed)) if isinstance(self.seed, torch.Generator) else self.seed
        self._draws = generator(seed)

    def __call__(self, x: object) -> Tensor:
        """The penalty at this step, for a batch x (n, ...) of inputs: a scalar to add to the loss."""
        step, self.step = self.step, self.step + 1
        grown = min(1.0, (step - self.plain) / self.warmup if self.warmup else 1.0)
        settled = self.settle is not None and step >= self.settle
        now = self.strength * (self.hold if settled else grown)
        if step % self.every or step < self.plain or not now:
            return next(iter(structure.moving(x).values())).new_zeros(())
        self._settle(x, step)
        rows = self._look(x)
        cost = now * (1 - self._within(rows))
        if self.halves is not None:
            cost = cost + self.strength * self.hold * _leak(rows, self.halves).mean()
        return self.every * cost

    def share(self, x: object) -> Tensor:
        """Z, or once settled the share of squared correlation within modules, at `points` random inputs of a batch."""
        return self._within(self._look(x))

    def _settle(self, x: object, step: int) -> None:
        """Find the halves and the modules when it is time to."""
        if self.halves is None and self.halve is not None and step >= self.halve:
            self.halves = own_halves(self._factors, x, seed=self._draws)
        if self.partition is None and self.settle is not None and step >= self.settle:
            self.partition = own_modules(self._factors, x, self.resolution, self.count, seed=self._draws)

    def _look(self, x: object) -> UnitRows:
        """The rows at `points` random inputs of a batch, where enough neurons move."""
        x = self.net.cast(structure.tensors(x))
        if not structure.length(x):
            raise BadInput("`penalty(x)`: the batch is empty; at least one input is needed.")
        some = sample(structure.length(x), self.points, seed=self._draws)
        F, sketched = self._factors.at(structure.rebuild(x, lambda _, t: t[some.to(t.device)]), seed=self._draws)
        compared = units(self.net.table, self.neurons, seed=self._draws)
        F = F[:, compared.neuron.to(F.device)]
        alive = living(F, compared.layer.to(F.device))
        enough = alive.sum(1) >= FEWEST
        if not enough.any():
            raise BadInput(
                f"fewer than {FEWEST} neurons respond to {len(F)} inputs of the batch: the network has died, or "
                "`layers=` leaves too few. Lower `strength=` or the learning rate."
            )
        F, alive = F[enough], alive[enough]
        return UnitRows(unit(F) * alive[:, :, None], compared, alive, F.shape[2] if sketched else 0)

    def _within(self, rows: UnitRows) -> Tensor:
        share = (self._near(rows) if self.partition is None else 1 - _leak(rows, self.partition)).mean()
        self.near = float(share.detach())
        return share

    def _near(self, rows: UnitRows) -> Tensor:
        """Z at each input (n,); what is near is fixed by the first inputs."""
        cosine = rows.U @ rows.U.transpose(1, 2)
        if self.chance is None:
            R = squared(cosine.detach(), rows.sketched)
            self.chance = float(chance(R, pairs(R, rows.units.compared.to(R.device), rows.alive.to(R))).mean())
        shape = Shape(self.gamma, len(self.net.table), rows.sketched, self.chance)
        return count(cosine, rows.units, rows.alive, shape, detach=True)[0].share()

    def state(self) -> dict[str, Tensor]:
        """What belongs into a checkpoint: how many steps, and the random numbers to come."""
        state = {"step": torch.tensor(self.step), "draws": self._draws.get_state()}
        if self.chance is not None:
            state["chance"] = torch.tensor(self.chance, dtype=torch.float64)
        groups = {"partition": self.partition, "halves": self.halves}
        return state | {name: labels for name, labels in groups.items() if labels is not None}

    @checked
    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from a `state()`."""
        if not {"step", "draws"} <= state.keys():
            raise BadInput(f"`penalty.restore(state)`: a `penalty.state()` is needed, not one of {', '.join(state)}.")
        self.step, self.partition, self.halves = int(state["step"]), state.get("partition"), state.get("halves")
        self.chance = float(state["chance"]) if "chance" in state else None
        self._draws.set_state(state["draws"])


def _leak(rows: UnitRows, labels: Tensor) -> Tensor:
    """The share of squared correlation that crosses a partition of all neurons, at each input (n,)."""
    return crossing(rows.U, labels[rows.units.neuron].to(rows.U.device))
