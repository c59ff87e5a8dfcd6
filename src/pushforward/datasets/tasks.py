"""Learning tasks with parts that a network can treat apart: batches, a loss, and what is right in each part."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, cross_entropy, one_hot

from pushforward.arguments import checked
from pushforward.datasets.digit_images import Split, digits
from pushforward.errors import BadInput
from pushforward.kinds import Share
from pushforward.rng import Seed, generator, integers, normal, permutation, uniform

Draw = Callable[[int, torch.Generator], tuple[Tensor, Tensor]]
CLASSES = 10


@dataclass(frozen=True, eq=False, repr=False)
class Task:
    """What to learn: `draw(n, draws)` gives n inputs and targets, `loss(outputs, targets)` a scalar.

    `scores(outputs, targets)` says, for each of the `parts`, how well it is done: the share of right answers or of
    explained variance. `shape` is that of one input, `outputs` how many numbers the network has to give.

    >>> import pushforward as pf
    >>> from pushforward.rng import generator
    >>> task = pf.datasets.formulas()
    >>> x, y = task.draw(100, generator(0))
    >>> task.scores(y, y)
    {'sum of squares': 1.0, 'product': 1.0}
    """

    name: str
    draw: Draw
    loss: Callable[[Tensor, Tensor], Tensor]
    scores: Callable[[Tensor, Tensor], dict[str, float]]
    parts: tuple[str, ...]
    shape: tuple[int, ...]
    outputs: int

    def __repr__(self) -> str:
        return f"Task({self.name}: {self.shape} to {self.outputs} numbers, parts {', '.join(self.parts)})"


@checked
def digit_pairs(first: tuple[Tensor, Tensor] | None = None, second: tuple[Tensor, Tensor] | None = None) -> Task:
    """Two pictures side by side, each 14 × 14, ten logits for each.

    Images (n, 28, 28) or (n, 1, 28, 28) in [0, 1] and labels (n,) of the left and of the right picture; by default
    `digits("train")`. Without `second`, the same kind on both sides.

    >>> task = digit_pairs()
    >>> x, y = task.draw(5, generator(0))
    >>> x.shape, y.shape
    (torch.Size([5, 1, 14, 28]), torch.Size([5, 2]))
    """
    left, right = _small(first), _small(second if second is not None else first)

    def draw(n: int, draws: torch.Generator) -> tuple[Tensor, Tensor]:
        i, j = integers(len(left[0]), (n,), seed=draws), integers(len(right[0]), (n,), seed=draws)
        return torch.cat([left[0][i], right[0][j]], 3), torch.stack([left[1][i], right[1][j]], 1)

    return _heads("digit pairs" if second is None else "digit | fashion", draw, ("left", "right"), (1, 14, 28))


@checked
def stacked_digits(source: tuple[Tensor, Tensor] | None = None) -> Task:
    """Two digits in two channels, 14 × 14; the answer is their sum modulo 10.

    >>> import pushforward as pf
    >>> from pushforward.rng import generator
    >>> x, y = pf.datasets.stacked_digits().draw(5, generator(0))
    >>> x.shape, y.shape
    (torch.Size([5, 2, 14, 14]), torch.Size([5, 1]))

    Source: Filan et al. (2021).
    """
    images, labels = _small(source)

    def draw(n: int, draws: torch.Generator) -> tuple[Tensor, Tensor]:
        i, j = integers(len(images), (2, n), seed=draws)
        return torch.cat([images[i], images[j]], 1), ((labels[i] + labels[j]) % CLASSES)[:, None]

    return _heads("stacked digits", draw, ("sum",), (2, 14, 14))


@checked
def modular_addition(modulus: int = 31, *, split: Split = "all", seed: Seed, share: Share = 0.8) -> Task:
    """Two numbers below `modulus`, each one-hot; the answer is their sum modulo it.

    "train" draws from the random share `share` of all pairs, "test" from the others.

    >>> import pushforward as pf
    >>> from pushforward.rng import generator
    >>> x, y = pf.datasets.modular_addition(7, seed=0).draw(5, generator(0))
    >>> x[:, :7].argmax(1), x[:, 7:].argmax(1), y[:, 0]
    (tensor([4, 5, 0, 6, 5]), tensor([3, 1, 5, 3, 4]), tensor([0, 6, 5, 2, 2]))
    """
    if modulus < 2:
        raise BadInput(f"`modular_addition({modulus})`: a modulus of at least 2 is needed.")
    order = permutation(modulus**2, seed=seed)
    cut = round(share * len(order))
    known = {"all": order, "train": order[:cut], "test": order[cut:]}[split]

    def draw(n: int, draws: torch.Generator) -> tuple[Tensor, Tensor]:
        pair = known[integers(len(known), (n,), seed=draws)]
        a, b = pair // modulus, pair % modulus
        return torch.cat([one_hot(a, modulus), one_hot(b, modulus)], 1).float(), ((a + b) % modulus)[:, None]

    return _heads("modular addition", draw, ("sum",), (2 * modulus,), classes=modulus)


@checked
def formulas(kind: str = "independent") -> Task:
    r"""Four uniform numbers in [−1, 1] and formulas of them.

    "independent": $x_1^2 + x_2^2$ and $x_3 x_4$; "composed": $\sqrt{(x_1 - x_2)^2 + (x_3 - x_4)^2}$.

    >>> import pushforward as pf
    >>> from pushforward.rng import generator
    >>> x, y = pf.datasets.formulas("composed").draw(5, generator(0))
    >>> x.shape, y.shape
    (torch.Size([5, 4]), torch.Size([5, 1]))

    Source: after Liu, Gan, Tegmark (2023).
    """
    if kind not in ("independent", "composed"):
        raise BadInput(f"`formulas({kind!r})`: choose 'independent' or 'composed'.")

    def draw(n: int, draws: torch.Generator) -> tuple[Tensor, Tensor]:
        x = 2 * uniform((n, 4), seed=draws) - 1
        a, b, c, d = x.T
        if kind == "composed":
            return x, ((a - b).square() + (c - d).square()).sqrt()[:, None]
        return x, torch.stack([a.square() + b.square(), c * d], 1)

    parts = ("distance",) if kind == "composed" else ("sum of squares", "product")
    return _numbers(f"{kind} formulas", draw, parts, (4,))


@checked
def shared_vectors(*, seed: Seed, size: int = 8) -> Task:
    """Vectors of a shared and two private parts; each of two targets needs the shared part and its own.

    The targets are random smooth functions (one hidden layer of 16), the same for the same seed.

    >>> import pushforward as pf
    >>> from pushforward.rng import generator
    >>> x, y = pf.datasets.shared_vectors(seed=0).draw(5, generator(0))
    >>> x.shape, y.shape
    (torch.Size([5, 24]), torch.Size([5, 2]))
    """
    draws = generator(seed)
    W, v = normal((2, 16, 2 * size), seed=draws) / (2 * size) ** 0.5 * 2, normal((2, 16), seed=draws) / 4

    def draw(n: int, draws: torch.Generator) -> tuple[Tensor, Tensor]:
        x = normal((n, 3 * size), seed=draws)
        own = (x[:, : 2 * size], torch.cat([x[:, :size], x[:, 2 * size :]], 1))
        return x, torch.stack([(part @ W[i].T).tanh() @ v[i] for i, part in enumerate(own)], 1)

    return _numbers("shared and private vectors", draw, ("first", "second"), (3 * size,))


def _heads(name: str, draw: Draw, parts: tuple[str, ...], shape: tuple[int, ...], classes: int = CLASSES) -> Task:
    """A task of `classes` logits for each part."""

    def logits(outputs: Tensor) -> Tensor:
        return outputs.unflatten(1, (len(parts), classes))

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        return cross_entropy(logits(outputs).flatten(0, 1), targets.flatten()) * len(parts)

    def scores(outputs: Tensor, targets: Tensor) -> dict[str, float]:
        right = (logits(outputs).argmax(2) == targets).double().mean(0)
        return dict(zip(parts, right.tolist(), strict=True))

    return Task(name, draw, loss, scores, parts, shape, classes * len(parts))


def _numbers(name: str, draw: Draw, parts: tuple[str, ...], shape: tuple[int, ...]) -> Task:
    """A task of one number for each part."""

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        return (outputs - targets).square().mean()

    def scores(outputs: Tensor, targets: Tensor) -> dict[str, float]:
        explained = 1 - (outputs - targets).square().mean(0) / targets.var(0)
        return dict(zip(parts, explained.tolist(), strict=True))

    return Task(name, draw, loss, scores, parts, shape, len(parts))


def _small(source: tuple[Tensor, Tensor] | None) -> tuple[Tensor, Tensor]:
    """Images (n 1 14 14) and labels."""
    images, labels = (digits("train").images, digits("train").labels) if source is None else source
    if images.shape[-2:] != (28, 28) or images.ndim not in (3, 4):
        raise BadInput(f"images {tuple(images.shape)} were given; (n, 28, 28) or (n, 1, 28, 28) is needed.")
    return avg_pool2d(images.reshape(-1, 1, 28, 28), 2), labels.long()
