"""Where factors come from: a network pushed at several inputs, or tensors the caller has."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, overload

import torch
from torch import Tensor

from pushforward.errors import BadInput, NotFinite
from pushforward.kinds import is_dense
from pushforward.linear import Chart, Inputs, SketchedInputs
from pushforward.modules.finding.rows import Rows, in_range, longest, unit_rows
from pushforward.net import Neurons, Push, push
from pushforward.points import Batch, Stock, stock
from pushforward.rng import Seed, generator, integers, normal, sample
from pushforward.shards import each, sharing

# Inputs at which activations are compared to see which neurons are copies
COPIED = 64
# Sets are looked for at so many inputs at the most: their number costs time and memory, and says hardly more beyond
SEARCHED = 1024
# Inputs of a shard; of more than so many shards each is larger
SHARD, SHARDS = 4, 1024
# Rows of a factor that are looked at together, where something of its size would be made
CHUNK = 65536
# Inputs at which a network is run to see which layers it has
SEEN = 64


class Source(NamedTuple):
    """n factors (a, r), each computed when asked for, and what the wiring says about the neurons.

    `layer` and `channel` are (a,); a factor given as a tensor is one layer of a channels.
    Sets are looked for at the factors `searched`, by default at all; `points` are the numbers of their inputs in X.
    `sketched`: of how many random mixtures factors consist, 0 if they are
    none. `activity()` gives activations (n, a) at some inputs, where there is a network. Where there are derivatives,
    `near(i)` is the chart of input i with its factor, and `columns` how many directions are pushed.
    """

    factors: Sequence[Callable[[], Tensor]]
    layer: Tensor
    channel: Tensor
    names: tuple[str, ...]
    points: tuple[int, ...]
    sketched: int = 0
    activity: Callable[[], Tensor] | None = None
    near: Callable[[int], tuple[Chart, Tensor]] | None = None
    columns: int = 0
    progress: bool = False
    searched: tuple[int, ...] = ()

    @property
    def neurons(self) -> int:
        """How many neurons there are."""
        return len(self.layer)

    @property
    def looked(self) -> Sequence[int]:
        """The numbers of the factors at which sets are looked for."""
        return self.searched or range(len(self.factors))

    @property
    def shard(self) -> int:
        """How many inputs make a shard."""
        return max(SHARD, -(-len(self.factors) // SHARDS))


def source(net: object, inputs: object, X: object, *, points: int, directions: int, memory: int, seed: Seed) -> Source:
    """Factors at up to `points` of the inputs X, drawn at random; or the factors in `net`.

    More than `directions` columns are sketched by random mixtures, the same ones at all inputs.

    Raises `BadInput`.
    """
    if isinstance(net, Neurons):
        return _of_network(net, inputs, X, points=points, directions=directions, memory=memory, seed=seed)
    parts: list[object] = list(net) if isinstance(net, list | tuple) else [net]
    factors = [F.factor if isinstance(F, Push) else F for F in parts if isinstance(F, Push | Tensor)]
    if not factors or len(factors) < len(parts):
        raise BadInput(
            f"`find_modules(net, ...)`: {type(net).__name__} was given; a `pf.Neurons` with inputs and X, or a factor "
            "(a, r), a list of them, or what `pf.push` returns, is needed."
        )
    factors = [part for F in factors for part in (F if F.ndim == 3 else [F])]
    if inputs is not None or X is not None:
        raise BadInput("`find_modules(F)` of factors takes no inputs and no X: they are in F already.")
    if any(F.ndim != 2 or F.shape != factors[0].shape for F in factors):
        raise BadInput(
            f"the factors have shapes {[tuple(F.shape) for F in factors]}; one common shape (a, r) is needed."
        )
    if not all(is_dense(F) for F in factors):
        raise BadInput("`find_modules(F)`: dense tensors of real numbers are needed. Give `F.to_dense()`.")
    if not all(torch.isfinite(rows).all() for F in factors for rows in F.split(CHUNK)):
        raise NotFinite("a factor holds NaN or infinity.")
    a, r = factors[0].shape
    S = normal((r, directions), seed=seed) / directions**0.5 if r > directions else None
    return Source(
        [lambda F=F: _float(F if S is None else F @ S.to(F)) for F in factors],
        torch.zeros(a, dtype=torch.long),
        torch.arange(a),
        ("factor",),
        (),
        0 if S is None else directions,
    )


def _of_network(
    net: Neurons, inputs: object, X: object, *, points: int, directions: int, memory: int, seed: Seed
) -> Source:
    inputs, X = _checked(net, inputs, X)
    draws = generator(seed)
    chosen = sample(X.count, points, seed=draws)
    sketch = SketchedInputs(inputs, directions, seed=int(integers(2**31, (), seed=draws)))
    few = min(len(chosen), SEARCHED)
    searched = [i * len(chosen) // few for i in range(few)]
    again = frozenset(searched)  # these alone are asked for twice
    at = lambda i: push(net, sketch, X.item(int(chosen[i])))  # noqa: E731
    net.programs.announce(2 * len(chosen) if sharing() else len(chosen))  # every rank traces, or none
    first = at(0)
    mixed = inputs.chart(X.item(int(chosen[0]))).rank > directions
    cache: dict[int, Tensor] = {0: first.factor}
    room = memory // max(1, first.factor.numel() * first.factor.element_size())

    def factor(i: int) -> Tensor:
        F = cache[i] if i in cache else at(i).factor
        if i in again and len(cache) < room:
            cache[i] = F
        return _float(F)

    def near(i: int) -> tuple[Chart, Tensor]:
        return sketch.chart(X.item(int(chosen[i]))), factor(i)

    table = net.table
    some = X.take(sample(X.count, COPIED, seed=0))  # the first ones need not be like the rest
    return Source(
        _Factors(len(chosen), factor),
        table.layer,
        table.channel,
        net.layers,
        tuple(chosen[searched].tolist()),
        directions if mixed else 0,
        lambda: _values(net, some),
        near,
        first.factor.shape[1],
        searched=tuple(searched) if few < len(chosen) else (),
    )


@dataclass(frozen=True)
class _Factors(Sequence[Callable[[], Tensor]]):
    """As many factors as one likes: each is made where it is asked for."""

    size: int
    factor: Callable[[int], Tensor]

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, i: int) -> Callable[[], Tensor]: ...
    @overload
    def __getitem__(self, i: slice) -> list[Callable[[], Tensor]]: ...
    def __getitem__(self, i: int | slice) -> Callable[[], Tensor] | list[Callable[[], Tensor]]:
        if isinstance(i, slice):
            return [self[j] for j in range(*i.indices(self.size))]
        return partial(self.factor, i)


def some_of(X: Stock) -> Batch:
    """Inputs at which a network is run to see which layers it has: the first, and others from all over X."""
    return X.take([0, *range(1, X.count, max(1, X.count // SEEN))[:SEEN]])


@torch.no_grad()
def _values(net: Neurons, X: object) -> Tensor:
    return net(X).cpu()


def _checked(net: Neurons, inputs: object, X: object) -> tuple[Inputs, Stock]:
    """What says what near an input means, and the inputs, of which the network has seen several."""
    if not isinstance(inputs, Inputs):
        raise BadInput(
            f"`find_modules(net, inputs, X)`: inputs is {type(inputs).__name__}; it says what near an input means: "
            "`pf.Gaussian.fit(X)`, `pf.Gaussian.isotropic(shape)` or your own with a `chart` method."
        )
    if X is None:
        raise BadInput("`find_modules(net, inputs, X)`: give the inputs X to average over, a batch (n, ...).")
    X = stock(X, "`find_modules(net, inputs, X)`").through(net.cast)
    if not net.bound:
        net.see(some_of(X))
    return inputs, X


def _float(F: Tensor) -> Tensor:
    return F.detach().float() if F.element_size() < 4 or not F.is_floating_point() else F.detach()


def brought_in_range(src: Source) -> Source:
    """The same with layers of very large or small numbers scaled; see `in_range`. The first factor says by how much."""
    if (scale := in_range(src.factors[0](), src.layer)) is None:
        return src
    return src._replace(factors=_Factors(len(src.factors), lambda i: src.factors[i]() * scale[:, None]))


def rows_of(src: Source, neurons: Tensor, *, divided: bool = False) -> tuple[Rows, Tensor]:
    """Unit rows of some neurons at the inputs where sets are looked for, and the longest of each layer (layers,).

    Both on the CPU: the neurons are few, and clustering happens there. `divided`: see `each`.
    """

    def rows(i: int) -> dict[str, Tensor]:
        F = src.factors[src.looked[i]]()
        length, some = F.norm(dim=1), neurons.to(F.device)
        most = longest(length, src.layer.to(F.device))
        return {"rows": F[some].cpu(), "length": length[some].cpu(), "longest": most.cpu()}

    parts = each("pushing", len(src.looked), rows, size=SHARD, divided=divided, show=src.progress)
    F, length, most = (torch.stack([part[name] for part in parts]) for name in ("rows", "length", "longest"))
    layer, most = src.layer[neurons], most.amax(0)
    U, alive = unit_rows(F, length, most[layer])
    return Rows(U, alive, layer, src.channel[neurons], src.sketched), most
