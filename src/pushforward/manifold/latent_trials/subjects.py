"""Generators in the coordinates of a cloud, and trained networks as generators in the caller's units."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from pushforward.errors import BadInput
from pushforward.generator import Generator, Scaling, frozen
from pushforward.latents import Latent
from pushforward.manifold.latent_trials.train import Nets
from pushforward.manifold.latent_trials.trial_data import TrialData
from pushforward.points import Cloud

# How many samples a generator is read on, and its least residual, in standard deviations of the data.
SAMPLES, EXACT = 4000, 1e-3
# Nothing that is generated is farther off, in these: squares overflow beyond
FAR = 1e12


class CloudGenerator(NamedTuple):
    """A generator of the caller's, read in the coordinates of the cloud."""

    gen: Generator
    cloud: Cloud

    @property
    def latent(self) -> Latent:
        """Its own."""
        return self.gen.latent

    def paint(self, z: Tensor) -> Tensor:
        """(n width) -> (n p)"""
        rows = self.gen(z).flatten(1).to(self.cloud.mean)
        return ((rows - self.cloud.mean) @ self.cloud.basis.T / self.cloud.scale).clamp(-FAR, FAR).float()

    def read(self, y: Tensor) -> Tensor:
        """By its left inverse, or where it has none the sample that is nearest.  (n p) -> (n width)"""
        if self.gen.encoder is None:
            z = self.latent.sample(SAMPLES, seed=0)
            return z[torch.cdist(y, self.paint(z)).argmin(1)]
        rows = self.cloud.mean + self.cloud.scale * y.double() @ self.cloud.basis
        return self.gen.encode(rows.unflatten(1, self.cloud.shape)).float().cpu()


def in_cloud(gen: Generator, cloud: Cloud) -> CloudGenerator:
    """The generator as a subject of readings. Raises `BadInput` for one of something else."""
    if gen.shape != cloud.shape:
        raise BadInput(
            f"`pf.try_latents(X, [{gen!r}])`: X has points of shape {cloud.shape}. Give a generator of such points."
        )
    return CloudGenerator(gen, cloud)


def as_generator(nets: Nets, data: TrialData) -> Generator:
    """Trained networks as a generator of points like the caller's."""
    cloud = data.cloud
    network = nn.Sequential(nets.generator, _linear(cloud.basis.T), nn.Unflatten(1, cloud.shape))
    encoder = nn.Sequential(nn.Flatten(), _linear(cloud.basis), nets.encoder)
    scale = torch.tensor(cloud.scale, dtype=torch.float32)
    scaling = Scaling(cloud.mean.float().reshape(cloud.shape), scale)
    gen = Generator(nets.latent, frozen(network), frozen(encoder), cloud.shape, scaling, EXACT * cloud.scale)
    some = cloud.y[data.validation][:200].double() @ cloud.basis * cloud.scale + cloud.mean
    return gen.measured(some.float().unflatten(1, cloud.shape))


def _linear(weight: Tensor) -> nn.Linear:
    """The map y ↦ weight y, which nothing trains."""
    with torch.device("meta"):  # the usual initialisation would draw from the global generator
        layer = nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    layer.weight = nn.Parameter(weight.float().contiguous(), requires_grad=False)
    return layer
