"""The networks of a generator from which the training of another goes on."""

import copy
from typing import TYPE_CHECKING

from torch import nn

from pushforward.errors import BadInput
from pushforward.latents import Latent

if TYPE_CHECKING:
    from pushforward.generator.generator import Generator


def trainable(gen: "Generator", latent: Latent) -> dict[str, nn.Module | None]:
    """Copies of the networks that can be trained on. Raises `BadInput` where they do not suit."""
    if gen.raw:
        raise BadInput(
            f"`Generator.fit(start={gen!r})`: a wrapped module was given. Give the module itself, `network=`, "
            "which must then make scaled data from latent features."
        )
    if type(latent) is not type(gen.latent) or latent.spec() != gen.latent.spec():
        raise BadInput(
            f"`Generator.fit(X, {latent!r}, start=...)`: the generator to start from has another latent, "
            f"{gen.latent!r}. Use that, `start.latent`."
        )
    nets = {"generator": gen.network, "encoder": gen.encoder}
    return {
        name: None if net is None else copy.deepcopy(net).float().requires_grad_(True) for name, net in nets.items()
    }
