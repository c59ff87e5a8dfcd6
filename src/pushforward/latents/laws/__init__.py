"""What every latent must obey, one law per function; `check_latent` goes through them."""

from pushforward.latents.laws.check import check_latent

__all__ = [
    "check_latent",
]
