"""Which kind of law suits a latent, and how the one in a file is built again."""

from collections.abc import Mapping

from pushforward.generator.tilts.smooth import SmoothTilt
from pushforward.generator.tilts.splines import SplineTilt, axes
from pushforward.generator.tilts.tilt import Tilt
from pushforward.latents import Latent
from pushforward.rng import Seed

# The most dimensions in which a mean over the latent's law says the total of any other.
FEW = 3
# The widest network in a file.
WIDEST = 4096


def suited(latent: Latent, *, seed: Seed) -> Tilt:
    """An untrained law: smooth in few dimensions and on curved latents, one number after another on flat ones."""
    return SmoothTilt(latent, seed=seed) if latent.dim <= FEW or axes(latent) is None else SplineTilt(latent, seed=seed)


def restored(latent: Latent, spec: Mapping[str, object]) -> Tilt:
    """The law of which a file says the `spec`, with weights still to be filled in. Raises `ValueError`."""
    kinds = {"SmoothTilt": SmoothTilt, "SplineTilt": SplineTilt}
    kind, width = spec.get("kind"), spec.get("width")
    if kind not in kinds or not isinstance(width, int) or not 1 <= width <= WIDEST:
        raise ValueError(f"its law is {dict(spec)}")
    return kinds[str(kind)](latent, width)
