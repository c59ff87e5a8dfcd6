"""Planted MLPs: modules of unequal sizes, with leaks, narrow, among neurons in none, in groups, of several depths."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.rng import Seed, generator, normal, permutation, rotation
from truths.plans import acts, shown, shuffle, stack, weights
from truths.truth import NONE, Truth

POINTS = 256
"""Inputs that come with a truth."""


def planted_mlp(
    name: str, sizes: Sequence[int], *, dim: int = 32, depth: int = 3, leak: float = 0.0, rest: int = 0,
    dead: int = 0, beside: bool = False, groups: Tensor | None = None, act: str = "relu", seed: Seed,
) -> Truth:  # fmt: skip
    """An MLP of `depth` hidden layers, in each of which module m has `sizes[m]` neurons, in random order.

    Input directions are divided in equal parts and rotated. `rest` neurons a layer are in none and read everything
    (if `beside`, the input and one another only), `dead` ones are constant.
    """
    draws, m = generator(seed), len(sizes)
    source = torch.arange(dim) * m // dim
    Q, X = rotation(dim, seed=draws), normal((POINTS, dim), seed=draws)
    labels = [shuffle(sizes, rest=rest, dead=dead, seed=draws) for _ in range(depth)]
    layers = []
    for i, target in enumerate(labels):
        W = weights(target, source, leak=leak, groups=groups, beside=beside and i > 0, seed=draws)
        layers.append(W if i else W @ Q.T)
        source = target
    truth = shown(labels)
    group = None if groups is None else torch.where(truth < 0, NONE, groups[truth.clamp_min(0)])
    return Truth(
        name=name,
        model=stack(layers, X, act=act, seed=draws),
        labels=truth,
        X=X,
        layers=acts(depth),
        exact=truth if leak == 0 else group,
        groups=group,
    )


def sizes(
    seed: int, *, ratio: Sequence[int] = (1, 2, 4, 8, 16), least: int = 6, leak: float = 0.0, act: str = "relu"
) -> Truth:
    """Modules of which each has `ratio[m]` times `least` neurons a layer."""
    name = f"sizes {':'.join(map(str, ratio))}" + f", leak {leak:g}" * (leak > 0)
    return planted_mlp(name, [least * r for r in ratio], dim=8 * len(ratio), leak=leak, act=act, seed=seed)


def leaky(seed: int, *, leak: float, modules: int = 4, width: int = 20, depth: int = 3, act: str = "gelu") -> Truth:
    """Equal modules of which each neuron reads the others with `leak` times the norm that it reads its own with."""
    if not 0 <= leak <= 1:
        raise BadInput(f"`leaky(leak={leak})`: the norm of weights from others, as a share, is needed. Use 0 to 1.")
    return planted_mlp(f"leak {leak:g}", [width] * modules, dim=8 * modules, depth=depth, leak=leak, act=act, seed=seed)


def halves(seed: int, *, width: int, dead: int = 0, depth: int = 3, act: str = "relu") -> Truth:
    """Two halves of layers of `width` neurons, beside `dead` constant ones a layer, which have label −1."""
    if width < 2 or width % 2:
        raise BadInput(f"`halves(width={width})`: two equal halves are needed. Use an even number.")
    name = f"halves, width {width}" + f" and {dead} dead" * (dead > 0)
    return planted_mlp(name, [width // 2] * 2, dim=16, depth=depth, dead=dead, act=act, seed=seed)


def among(
    seed: int,
    *,
    rest: float,
    beside: bool = False,
    modules: int = 4,
    width: int = 160,
    leak: float = 0.0,
    act: str = "relu",
) -> Truth:
    """Equal modules in the share 1 − `rest` of each layer; the others are in none.

    Those read all modules and one another, or, if `beside`, are a dense network of their own on the whole input.
    """
    if not 0 <= rest < 1:
        raise BadInput(f"`among(rest={rest})`: a share of neurons in none is needed. Use 0 or more, and less than 1.")
    inside = max(modules, round((1 - rest) * width))
    parts = [inside // modules + (m < inside % modules) for m in range(modules)]
    name = f"{rest:.0%} in none, {'beside' if beside else 'reading'} the modules" + f", leak {leak:g}" * (leak > 0)
    return planted_mlp(name, parts, dim=8 * modules, rest=width - inside, beside=beside, leak=leak, act=act, seed=seed)


def hierarchy(
    seed: int, *, groups: int = 2, modules: int = 3, leak: float = 0.3, width: int = 24, act: str = "relu"
) -> Truth:
    """`groups` groups of `modules` modules; only modules of a group leak into one another. `labels` are the modules."""
    group = torch.arange(groups).repeat_interleave(modules)
    total = groups * modules
    name = f"{groups} x {modules} hierarchy, leak {leak:g}"
    return planted_mlp(name, [width] * total, dim=6 * total, leak=leak, groups=group, act=act, seed=seed)


def shared_inputs(
    seed: int, *, share: float = 0.5, common: bool = True, modules: int = 4, width: int = 24, act: str = "relu"
) -> Truth:
    """Modules that read `share` of their 8 input directions with others; later layers are apart.

    What is shared is one set of directions for all modules if `common`, else each module's with the one before it.
    """
    if not 0 <= share <= 1:
        raise BadInput(f"`shared_inputs(share={share})`: a share of the directions is needed. Use 0 to 1.")
    draws, both = generator(seed), round(8 * share)
    first = torch.arange(8 - both).repeat(modules, 1) + (8 - both) * torch.arange(modules)[:, None]
    dim = (8 - both) * modules + (both if common else 0)
    if common:
        reads = torch.cat([first, torch.arange(dim - both, dim).repeat(modules, 1)], 1)
    else:
        dim = max(dim, 8)
        reads = (torch.arange(8).repeat(modules, 1) + (8 - both) * torch.arange(modules)[:, None]) % dim
    mask = torch.zeros(modules, dim, dtype=torch.bool).scatter_(1, reads, value=True)
    X, labels = normal((POINTS, dim), seed=draws), [shuffle([width] * modules, seed=draws) for _ in range(3)]
    own = weights(labels[0], torch.zeros(dim, dtype=torch.long), own=mask[labels[0]], seed=draws)
    layers = [own @ rotation(dim, seed=draws).T]
    layers += [weights(b, a, seed=draws) for a, b in pairwise(labels)]
    truth = shown(labels)
    return Truth(
        name=f"{share:.0%} of inputs shared by {'all' if common else 'neighbours'}",
        model=stack(layers, X, act=act, seed=draws),
        labels=truth,
        X=X,
        layers=acts(3),
        exact=truth if share == 0 else None,
    )


def mixed_depths(seed: int, *, modules: int = 4, depth: int = 4, dim: int = 8) -> Truth:
    """Modules that work in 1 … `depth` layers, early or late, and hand on what they have in the others (ReLU).

    Before its first working layer a module carries its `dim` input directions as ReLU(±x); after its last, its
    activations unchanged. So neurons of one module may be copies of one another across layers.
    """
    draws, width = generator(seed), 2 * dim
    d = modules * dim
    works = torch.zeros(depth, modules, dtype=torch.bool)
    for m in range(modules):
        many = 1 + m % depth
        start = int(permutation(depth - many + 1, seed=draws)[0])
        works[start : start + many, m] = True
    labels = [shuffle([width] * modules, seed=draws) for _ in range(depth)]
    source, X = torch.arange(d) // dim, normal((POINTS, d), seed=draws)
    layers, still = [], []
    for i, target in enumerate(labels):
        W = weights(target, source, seed=draws) * 2**0.5
        carry = ~works[i][target]
        W[carry] = (_same_rank(target, source) if i else _signed(target, source))[carry]
        layers.append(W if i else W @ rotation(d, seed=draws).T)
        still.append(carry)
        source = target
    truth = shown(labels)
    return Truth(
        name=f"depths 1 to {depth}",
        X=X,
        model=stack(layers, X, still=still, seed=draws),
        labels=truth,
        layers=acts(depth),
        exact=truth,
    )


def _rank(labels: Tensor) -> Tensor:
    """How many neurons of the same module stand before each.  -> (width,)"""
    return ((labels[:, None] == labels) & (torch.arange(len(labels)) < torch.arange(len(labels))[:, None])).sum(1)


def _same_rank(target: Tensor, source: Tensor) -> Tensor:
    """Weights that hand the k-th neuron of each module to the k-th of the next layer."""
    return ((target[:, None] == source) & (_rank(target)[:, None] == _rank(source))).float()


def _signed(target: Tensor, source: Tensor) -> Tensor:
    """Weights that give the neurons 2k and 2k + 1 of each module plus and minus its k-th input direction."""
    sign = 1 - 2 * (_rank(target) % 2)
    return ((target[:, None] == source) & (_rank(target)[:, None] // 2 == _rank(source))) * sign[:, None].float()
