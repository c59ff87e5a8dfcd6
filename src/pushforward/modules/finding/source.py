"""Where factors come from: a network pushed at several inputs, or tensors the caller has."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from pushforward import structure
from pushforward.errors import BadInput, NotFinite
from pushforward.kinds import is_dense
from pushforward.linear import Chart, Inputs, SketchedInputs
from pushforward.modules.finding.rows import Rows, longest, unit_rows
from pushforward.net import Neurons, Push, push
from pushforward.points import read
from pushforward.rng import Seed, generator, integers, normal, sample
from pushforward.shards import each, sharing

# Inputs at which activations are compared to see which neurons are copies
COPIED = 64
# Of inputs that make a shard
SHARD = 4


class Source(NamedTuple):
    """n factors (a, r), each computed when asked for, and what the wiring says about the neurons.

    `layer` and `channel` are (a,); a factor given as a tensor is one layer of a channels.
    `points` are the numbers of the inputs in X. `sketched`: of how many random mixtures factors consist, 0 if they are
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

    @property
    def neurons(self) -> int:
        """How many neurons there are."""
        return len(self.layer)


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
    if not all(torch.isfinite(F).all() for F in factors):
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
    n = structure.length(X)
    draws = generator(seed)
    chosen = sample(n, points, seed=draws).tolist()
    sketch = SketchedInputs(inputs, directions, seed=int(integers(2**31, (), seed=draws)))
    at = lambda i: push(net, sketch, structure.item(X, i))  # noqa: E731
    net.programs.announce(2 * len(chosen) if sharing() else len(chosen))  # every rank traces, or none
    first = at(chosen[0])
    mixed = inputs.chart(structure.item(X, chosen[0])).rank > directions
    cache: dict[int, Tensor] = {chosen[0]: first.factor}
    room = memory // max(1, first.factor.numel() * first.factor.element_size())

    def factor(i: int) -> Tensor:
        F = cache[i] if i in cache else at(i).factor
        if len(cache) < room:
            cache[i] = F
        return _float(F)

    def near(i: int) -> tuple[Chart, Tensor]:
        return sketch.chart(structure.item(X, chosen[i])), factor(chosen[i])

    table = net.table
    few = structure.take(X, sample(n, COPIED, seed=0))  # the first ones need not be like the rest
    return Source(
        [lambda i=i: factor(i) for i in chosen],
        table.layer,
        table.channel,
        net.layers,
        tuple(chosen),
        directions if mixed else 0,
        lambda: _values(net, few),
        near,
        first.factor.shape[1],
    )


@torch.no_grad()
def _values(net: Neurons, X: object) -> Tensor:
    return net(X).cpu()


def _checked(net: Neurons, inputs: object, X: object) -> tuple[Inputs, object]:
    """What says what near an input means, and the inputs as a batch, of which the network has seen several."""
    if not isinstance(inputs, Inputs):
        raise BadInput(
            f"`find_modules(net, inputs, X)`: inputs is {type(inputs).__name__}; it says what near an input means: "
            "`pf.Gaussian.fit(X)`, `pf.Gaussian.isotropic(shape)` or your own with a `chart` method."
        )
    if X is None:
        raise BadInput("`find_modules(net, inputs, X)`: give the inputs X to average over, a batch (n, ...).")
    X = net.cast(read(X, "`find_modules(net, inputs, X)`"))
    if structure.length(X) == 0:
        raise BadInput("`find_modules(net, inputs, X)`: X is empty; one input or more is needed.")
    if not net.bound:
        net.see(X)
    return inputs, X


def _float(F: Tensor) -> Tensor:
    return F.detach().float() if F.element_size() < 4 or not F.is_floating_point() else F.detach()


def rows_of(src: Source, neurons: Tensor, *, divided: bool = False) -> tuple[Rows, Tensor]:
    """Unit rows of some neurons at all inputs, and the longest row of each layer (layers,) at any of them.

    Both on the CPU: the neurons are few, and clustering happens there. `divided`: see `each`.
    """

    def some_of(i: int) -> dict[str, Tensor]:
        F = src.factors[i]()
        length, some = F.norm(dim=1), neurons.to(F.device)
        most = longest(length, src.layer.to(F.device))
        return {"rows": F[some].cpu(), "length": length[some].cpu(), "longest": most.cpu()}

    parts = each("pushing", len(src.factors), some_of, size=SHARD, divided=divided, show=src.progress)
    F, length, most = (torch.stack([part[name] for part in parts]) for name in ("rows", "length", "longest"))
    layer, most = src.layer[neurons], most.amax(0)
    U, alive = unit_rows(F, length, most[layer])
    return Rows(U, alive, layer, src.channel[neurons], src.sketched), most
