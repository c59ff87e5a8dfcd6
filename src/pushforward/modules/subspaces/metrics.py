"""The metrics that the rest of a network pulls back to one of its layers, one at each input."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from pushforward import structure
from pushforward.errors import BadInput, NotFinite, UnknownLayer
from pushforward.kinds import is_dense
from pushforward.net import Neurons, Way, differentiable_kernels, verified_way
from pushforward.points import read
from pushforward.rng import Seed, generator, integers, sample

# A layer with more units than this is looked at in as many directions, those that matter most for what comes after.
WIDEST = 64
# Inputs from which these directions are read.
PILOT = 64
# Numbers that one pass holds, at most.
MEMORY = 2**26


class Metrics(NamedTuple):
    """`H` (n, r, r), $J^T J$ at n points, in the coordinates of `basis` (k, r), whose columns are orthonormal.

    `kept`: the share of the trace of all metrics that lies in the basis. `hidden` (n, k): what the layer puts out.
    """

    H: Tensor
    basis: Tensor
    kept: float
    hidden: Tensor | None = None


def of_factors(F: Tensor) -> Metrics:
    """The metrics of factors (n, a, k): a rows of derivatives by the k units of a layer, at each of n inputs."""
    if F.ndim != 3 or not F.is_floating_point() or not is_dense(F) or 0 in F.shape:
        raise BadInput(
            f"`find_subspaces(F)`: {structure.describe(F)} was given; factors (n, a, k) are needed: at each of n "
            "inputs the derivatives of a numbers by the k units of a layer."
        )
    if not torch.isfinite(F).all():
        raise NotFinite("`find_subspaces(F)`: the factors hold NaN or infinity. Look at the inputs they were made at.")
    F = F.detach().cpu().double()
    basis, kept = _leading(F[:: -(-len(F) // PILOT)])
    return Metrics(torch.cat([_gram(part @ basis) for part in F.split(_few(F[0].numel()))]), basis, kept)


def of_layer(net: Neurons | nn.Module, X: object, layer: str, *, points: int, seed: Seed) -> Metrics:
    """The metrics of what comes after a layer, at up to `points` of the inputs X, evenly spaced.

    A layer of more than one position (n, t, k) or (n, k, h, w) is looked at in one of them, drawn for each input.
    Raises `BadInput`, and what `pf.push` raises.
    """
    after = _after(net, layer)
    X = after.cast(read(X, "`find_subspaces(net, X)`"))
    if isinstance(X, dict) and {"embedding", "original"} <= X.keys():
        raise BadInput(
            "`find_subspaces(net, X)`: X is what `net.embed` gives; the network starts from the `layer` here. Give the "
            "inputs that the model itself takes."
        )
    if (n := structure.length(X)) < 8:
        raise BadInput(f"`find_subspaces(net, X)`: {n} inputs were given; at least 8 are needed, better some hundreds.")
    draws = generator(seed)
    chosen = torch.linspace(0, n - 1, min(n, points)).round().long()
    layered = Layered(after, _part(X, chosen), layer, seed=draws)
    few = sample(len(chosen), PILOT, seed=draws)
    basis, kept = _leading(layered.factors(few, torch.eye(layered.units, dtype=torch.float64)))
    parts = torch.arange(len(chosen)).split(_few(len(after) * basis.shape[1]))
    H = torch.cat([_gram(layered.factors(rows, basis)) for rows in parts])
    return Metrics(H, basis, kept, layered.values())


class Layered:
    """A network from one of its layers on, at a batch of inputs."""

    def __init__(self, net: Neurons, X: object, layer: str, *, seed: Seed):
        self.net, self.layer = net, layer
        self.batch = _embedded(net, X, layer)
        hidden = self.batch["embedding"]
        assert isinstance(hidden, Tensor)
        self.hidden, self.axis = hidden, 1 if hidden.ndim in (2, 4) else hidden.ndim - 1
        self.units = hidden.shape[self.axis]
        self.places = hidden[0].numel() // self.units
        self.place = integers(self.places, (len(hidden),), seed=seed)
        net.expect(structure.item(self.batch, 0))
        self.way: Way = verified_way(net, structure.item(self.batch, 0))
        self.later = [one for one, row in enumerate(net.table) if row.name.split("#")[0] != layer]
        if not self.later:
            raise BadInput(f"`find_subspaces(layer={layer!r})`: no neuron comes after it. Choose more `layers=`.")

    def factors(self, rows: Tensor, directions: Tensor) -> Tensor:
        """The derivatives of all later neurons (n, a, r) along r directions (k, r) of the layer."""
        batch = _part(self.batch, rows)
        hidden = batch["embedding"]
        tangents = self._tangents(rows, directions).to(hidden)

        def after(h: Tensor) -> tuple[Tensor, ...]:
            values = self.net.record({**batch, "embedding": h.clone()})
            return tuple(values[one] for one in self.later)

        with torch.no_grad(), differentiable_kernels():
            parts = self.way.push(after, (hidden,), (tangents,))
        F = torch.cat([part.flatten(2) for part in parts], 2).permute(1, 2, 0).cpu().double()  # (r n a) -> (n a r)
        if not torch.isfinite(F).all():
            raise NotFinite(
                f"the derivatives by layer {self.layer!r} are NaN or infinite at an input. Look at the scale of X."
            )
        return F

    def values(self) -> Tensor:
        """What the layer puts out at the one place of each input (n, k)."""
        flat = self.hidden.movedim(self.axis, -1).reshape(len(self.hidden), self.places, self.units)
        return flat[torch.arange(len(flat)), self.place].cpu().double()

    def _tangents(self, rows: Tensor, directions: Tensor) -> Tensor:
        """Every direction, at the one place of each input.  (k r) -> (r n ...)"""
        r, n = directions.shape[1], len(rows)
        flat = directions.new_zeros(r, n, self.places, self.units)
        flat[:, torch.arange(n), self.place[rows]] = directions.T[:, None]
        shape = list(self.hidden.shape[1:])
        del shape[self.axis - 1]
        return flat.reshape(r, n, *shape, self.units).movedim(-1, self.axis + 1)


def _after(net: Neurons | nn.Module, layer: str) -> Neurons:
    """The same neurons, or the output alone of a plain module, as functions of a layer."""
    if isinstance(net, nn.Module):
        net = Neurons(net, layers="output")
    if not isinstance(net, Neurons):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise BadInput(
            f"`find_subspaces(net, X)`: a `pf.Neurons`, a `torch.nn.Module` or factors (n, a, k) are needed, not "
            f"{type(net).__name__}."
        )
    names = [name for name, _ in net.model.named_modules() if name]
    if layer not in names:
        raise UnknownLayer(
            f"`find_subspaces(layer={layer!r})`: the model has no such module. Modules: {', '.join(names)}."
        )
    return Neurons(
        net.model, net.patterns, "channel" if net.unit == "channel" else "position", start=layer, stop=net.stop
    )


def _embedded(net: Neurons, X: object, layer: str) -> dict[str, object]:
    try:
        batch = net.embed(X)
    except AttributeError as reason:
        raise BadInput(
            f"`find_subspaces(layer={layer!r})`: its output is not one tensor. Choose a module inside or after it."
        ) from reason
    hidden = batch["embedding"]
    if not isinstance(hidden, Tensor) or not hidden.is_floating_point() or hidden.ndim not in (2, 3, 4):
        raise BadInput(
            f"`find_subspaces(layer={layer!r})`: its output is {structure.describe(hidden)}; floating-point numbers "
            "(n, k), (n, positions, k) or (n, k, height, width) are needed. Choose another layer."
        )
    return batch


def _leading(F: Tensor) -> tuple[Tensor, float]:
    """The directions (k, r) that matter most on average, and their share."""
    k = F.shape[2]
    if k <= WIDEST:
        return torch.eye(k, dtype=F.dtype), 1.0
    S, Q = torch.linalg.eigh(_gram(F).mean(0))
    return Q[:, -WIDEST:], float(S[-WIDEST:].sum() / S.sum().clamp_min(1e-300))


def _gram(F: Tensor) -> Tensor:
    return F.mT @ F


def _few(numbers: int) -> int:
    return max(1, MEMORY // max(1, numbers))


def _part(X: dict[str, object] | object, rows: Tensor) -> dict:
    return structure.rebuild(X, lambda _, t: t[rows.to(t.device)])
