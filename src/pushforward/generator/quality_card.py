"""How good a generator is: does it cover the data, stay on it, invent rather than repeat, and invert?"""

from collections.abc import Callable
from typing import Annotated, Protocol, runtime_checkable

import torch
from torch import Tensor

from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.generator.result import Quality
from pushforward.kinds import Least
from pushforward.latents import Latent
from pushforward.points import nearest, read, real_points
from pushforward.rng import Seed, generator, sample
from pushforward.runs import Folder, recorded

# Inputs that go through generator, encoder and features at once.
CHUNK = 500


@runtime_checkable
class Generates(Protocol):
    """What is needed of a generator here."""

    @property
    def latent(self) -> Latent:
        """Where latent points come from."""
        ...

    def __call__(self, z: Tensor) -> Tensor:
        """Inputs."""
        ...

    def encode(self, x: Tensor) -> Tensor:
        """Latent points."""
        ...


@recorded
@torch.no_grad()
@steady
@checked
def quality(
    gen: Generates,
    train: object,
    held_out: object,
    *,
    seed: Seed,
    features: Callable[[Tensor], Tensor] | None = None,
    classifier: Callable[[Tensor], Tensor] | None = None,
    count: Annotated[int, Least(10)] = 2000,
    run: Folder | None = None,  # noqa: ARG001 (taken by `recorded`)
) -> Quality:
    r"""The quality card of a generator, measured on inputs it was not trained on.

    `train` (n, ...) are inputs it was trained on and `held_out` (m, ...) others. Distances are between
    `features(x)` (n, f), of the network the inputs are for, or between raw inputs; `classifier(x)` gives logits. At
    most `count` of each are compared, and all training inputs where copies are looked for. Raises `BadInput` for fewer
    than ten inputs of either kind. With `run=`, a folder, the result is kept there, and read when
    the same is asked again.

    >>> from pushforward.generator import Generator
    >>> from pushforward.latents import Gaussian
    >>> gen = Generator.wrap(torch.nn.Linear(2, 5), Gaussian(2))
    >>> quality(gen, gen.sample(20, seed=1), gen.sample(20, seed=2), seed=0, count=20).count
    20

    Sources: Kynkäänniemi et al. (2019) for precision and coverage by nearest neighbours, Heusel et al. (2017) for the
    Fréchet distance; both here relative to real data.
    """
    train, held_out = _inputs(train, "train"), _inputs(held_out, "held_out")
    if train.shape[1:] != held_out.shape[1:]:
        raise BadInput(
            f"`quality`: training inputs are {tuple(train.shape[1:])}, held-out ones {tuple(held_out.shape[1:])}; one "
            "shape is needed."
        )
    if min(len(train), len(held_out)) < 10:
        raise BadInput(
            f"`quality`: {len(train)} training and {len(held_out)} held-out inputs were given; ten of each are the "
            "least. Keep part of the data out of training."
        )
    draws, n = generator(seed), min(count, len(train), len(held_out))
    law = getattr(gen, "law", gen.latent)
    z = law.sample(n, seed=draws).to(held_out)
    reals, others = train[sample(len(train), n, seed=draws)], held_out[sample(len(held_out), n, seed=draws)]
    samples = torch.cat([gen(part) for part in z.split(CHUNK)])
    back = torch.cat([gen.encode(part) for part in samples.split(CHUNK)])
    again = torch.cat([gen(part) for part in back.split(CHUNK)])
    rebuilt = torch.cat([gen(gen.encode(part)) for part in others.split(CHUNK)])
    f = _features(features)
    of_samples, of_reals, of_others, of_train = f(samples), f(reals), f(others), f(train)
    apart = _apart(of_others, of_reals).mean()
    classes, same_class = _classes(classifier, samples, others, rebuilt)
    return Quality(
        coverage=float(_apart(of_others, of_samples).mean() / apart),
        precision=float(_apart(of_samples, of_reals).mean() / apart),
        frechet=frechet(of_samples, of_others),
        frechet_real=frechet(of_reals, of_others),
        memorisation=float(_apart(of_samples, of_train).median() / _apart(of_others, of_train).median()),
        reconstruction=_error(rebuilt, others),
        cycle=_error(again, samples),
        same_piece=float(torch.isfinite(gen.latent.distance(z, back)).double().mean()),
        count=n,
        classes=classes,
        kept=same_class,
    )


def _inputs(X: object, name: str) -> Tensor:
    """Inputs as floats; images of whole numbers, too."""
    what = f"`quality({name}=...)`"
    points = real_points(read(X, what), what)
    return points if points.is_floating_point() else points.float()


def _apart(a: Tensor, b: Tensor) -> Tensor:
    """Distance of each row of a to the nearest row of b.  (n f), (m f) -> (n)"""
    return nearest(a, b).distances[:, 0]


def frechet(a: Tensor, b: Tensor) -> float:
    r"""Squared Fréchet distance of two normal distributions fitted to the rows,
    $|\mu_a - \mu_b|^2 + \mathrm{tr}(A + B - 2 (AB)^{1/2})$.

    >>> x = torch.tensor([[0.0], [2.0]])
    >>> round(frechet(x, x + 3), 6)
    9.0
    """
    a, b = a.double(), b.double()
    A, B = (torch.cov(x.T).reshape(x.shape[1], x.shape[1]) for x in (a, b))
    L, V = torch.linalg.eigh(A)
    root = V * L.clamp_min(0).sqrt() @ V.T
    mixed = torch.linalg.eigvalsh(root @ B @ root).clamp_min(0).sqrt().sum()
    return float((a.mean(0) - b.mean(0)).square().sum() + A.trace() + B.trace() - 2 * mixed)


def _features(features: Callable[[Tensor], Tensor] | None) -> Callable[[Tensor], Tensor]:
    if features is None:
        return lambda x: x.flatten(1).float()
    return lambda x: _of_users("features", features, x).flatten(1).float()


def _of_users(name: str, read: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """What a function of the user's gives of inputs, row by row. Raises `BadInput` where it fails or gives else."""
    try:
        rows = torch.cat([read(part) for part in x.split(CHUNK)])
    except (TypeError, ValueError, RuntimeError, IndexError, AttributeError) as reason:
        raise BadInput(f"`quality({name}=...)` fails on a batch {tuple(x.shape)}: {reason}.") from reason
    if len(rows) != len(x) or rows.ndim < 2:
        raise BadInput(f"`quality({name}=...)` gave {tuple(rows.shape)} for {len(x)} inputs; ({len(x)}, f) is needed.")
    return rows


def _error(x: Tensor, target: Tensor) -> float:
    variance = (target - target.mean(0)).square().mean()
    return float(((x - target).square().mean() / variance).sqrt())


def _classes(
    classifier: Callable[[Tensor], Tensor] | None, samples: Tensor, others: Tensor, rebuilt: Tensor
) -> tuple[tuple[float, ...], float | None]:
    """The share of samples in each class, and the share of other inputs whose reconstruction has the same class."""
    if classifier is None:
        return (), None
    logits, *pair = (_of_users("classifier", classifier, x) for x in (samples, others, rebuilt))
    counts = torch.bincount(logits.argmax(1), minlength=logits.shape[1]).double()
    same = (pair[0].argmax(1) == pair[1].argmax(1)).double().mean()
    return tuple((counts / counts.sum()).tolist()), float(same)
