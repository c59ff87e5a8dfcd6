"""What comes after training: residuals, the law on the latent, a look at coverage. None of it may cost the map."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from pushforward.errors import BadInput, PrecisionWarning, PushforwardError
from pushforward.generator.adversarial import POINTS, Fitted
from pushforward.generator.coverage import warn_of_gaps
from pushforward.generator.files import frozen
from pushforward.generator.inverse import CHUNK
from pushforward.generator.layers import squared
from pushforward.generator.scaling import power_of_two
from pushforward.generator.tilts import Tilt, learn
from pushforward.generator.wrapping import EXACT
from pushforward.rng import generator

if TYPE_CHECKING:
    from pushforward.generator.generator import Generator

# Points of which the residuals are looked at, for the tolerance, if they are vectors.
LOOKED_AT = 2000
# The share of them that may be farther away than the tolerance before its margin.
BEYOND = 0.005
# That margin: points that were not trained on are a little farther away.
MARGIN = 1.5


def fields_of(run: Fitted) -> dict[str, Any]:
    """What a trained generator is made of."""
    return {
        "latent": run.latent,
        "network": frozen(run.network),
        "encoder": frozen(run.encoder),
        "shape": run.shape,
        "scaling": run.scaling,
        "residual_scale": EXACT * run.deviation,
        "architecture": run.architecture,
        "ours": run.ours,
        "history": run.history,
        "settings": run.settings,
    }


def finished(gen: "Generator", X: Tensor, *, law: int, clusters: Tensor | None, seed: int) -> "Generator":
    """The generator with its residuals and, after `law` steps, its law, from training points X in `clusters` (m,)."""
    draws, X = generator(seed), X.to(gen.scaling.scale)
    gen = _or_same(gen, "its residual was not measured", lambda: replace(gen, **residuals(gen, X)))
    if law:
        learned = lambda: replace(gen, tilt=_law(gen, X, clusters, steps=law, seed=draws))  # noqa: E731
        gen = _or_same(gen, "no law was learned", learned)
    return _or_same(gen, "its coverage was not looked at", lambda: warn_of_gaps(gen, X, seed=draws))


def _law(gen: "Generator", X: Tensor, clusters: Tensor | None, *, steps: int, seed: torch.Generator) -> Tilt | None:
    """The law of data X, in which clusters have their shares if such a law is kept."""
    held = None if clusters is None else learn(gen, X, steps=steps, seed=seed, clusters=clusters)
    return held or learn(gen, X, steps=steps, seed=seed)


def _or_same(gen: "Generator", what: str, step: Callable[[], "Generator"]) -> "Generator":
    """What the step makes, or the same generator and a warning: hours of training are not lost to what comes after."""
    try:
        return step()
    except (PushforwardError, RuntimeError, ArithmeticError, MemoryError) as reason:
        warnings.warn(
            f"`Generator.fit`: training is done, but {what}: {str(reason).splitlines()[0]} The generator is returned "
            "without; look at the scale of the data.",
            PrecisionWarning,
            stacklevel=4,
        )
        return gen


@torch.no_grad()
def residuals(gen: "Generator", X: Tensor) -> dict[str, float]:
    """The typical residual, of a few points, and the tolerance, of more. Raises `BadInput` for no points."""
    if not len(X):
        raise BadInput("`gen.measured(X)`: X is empty; give some hundred inputs that the generator was trained on.")
    unit, X = power_of_two(X), X[: LOOKED_AT if len(gen.shape) == 1 else POINTS]
    made = torch.cat([gen(z) for z in gen.encode(X).split(CHUNK)])
    off = squared(made / unit, X / unit).sqrt() * unit
    typical = max(gen.residual_scale, float(off[:POINTS].median()))
    far = float(off.double().quantile(1 - BEYOND))
    return {"residual_scale": typical, "tolerance": max(2 * typical, MARGIN * far)}
