"""Default networks, chosen from the shape of the data: multilayer perceptrons for vectors, convolutions for images."""

import math
from dataclasses import asdict, dataclass
from typing import NamedTuple

import torch
from torch import nn

from pushforward.errors import BadInput
from pushforward.generator.layers import Crop, Flat, Standardise, initialise
from pushforward.latents import Latent
from pushforward.rng import Seed, generator

# Pixels of images with default networks.
SMALLEST, LARGEST = 8, 64


class Networks(NamedTuple):
    """What is trained: features → x, x → score, x → numbers of the latent's code."""

    generator: nn.Module
    critic: nn.Module
    encoder: nn.Module


def are_images(shape: tuple[int, ...]) -> bool:
    """Whether points of this shape are treated as images: (h, w) or (c, h, w) with at least 8 pixels each way."""
    return len(shape) in (2, 3) and min(shape[-2:]) >= SMALLEST


@dataclass(frozen=True)
class Architecture:
    """The sizes of default networks for points of one `shape`: enough to build them again when a file is read.

    `width` is the number of hidden units of a perceptron, or of channels before an image's last layer, doubled with
    every halving of the grid; `hidden` is the width of the linear layers of image networks.
    """

    shape: tuple[int, ...]
    width: int
    hidden: int = 256

    @staticmethod
    def suited(shape: tuple[int, ...]) -> "Architecture":
        """Width 160 for vectors, 32 channels for images. Raises `BadInput` for images of more than 64 pixels."""
        if are_images(shape) and max(shape[-2:]) > LARGEST:
            raise BadInput(
                f"images of shape {shape} were given; the default networks are for {SMALLEST} to {LARGEST} pixels. "
                "Make the images smaller, or give your own `network=`, `encoder=` and `critic=`."
            )
        return Architecture(shape, 32 if are_images(shape) else 160)

    def build(self, latent: Latent, *, seed: Seed) -> Networks:
        """Untrained networks, with the same weights for the same seed."""
        draws = generator(seed)
        with torch.device("meta"):  # the usual initialisation would draw from the global generator
            nets = self._images(latent) if are_images(self.shape) else self._vectors(latent)
        for net in nets:
            net.float().to_empty(device="cpu")  # whatever the default dtype
            initialise(net, seed=draws)
        Standardise.of(nets.generator).measure(latent, seed=draws)
        return nets

    def spec(self) -> dict[str, object]:
        """The arguments of the constructor as JSON."""
        arguments: dict[str, object] = asdict(self)
        return arguments | {"shape": list(self.shape)}

    def _vectors(self, latent: Latent) -> Networks:
        d, f, width = math.prod(self.shape), latent.feature_count, self.width
        leaky = nn.LeakyReLU(0.2)
        return Networks(
            nn.Sequential(Standardise(f), *_perceptron(f, width, d, nn.SiLU()), nn.Unflatten(1, self.shape)),
            nn.Sequential(nn.Flatten(), *_perceptron(d, width, 1, leaky), Flat()),
            nn.Sequential(nn.Flatten(), *_perceptron(d, width, latent.code_count, leaky)),
        )

    def _images(self, latent: Latent) -> Networks:
        critic, encoder = self._reader(1), self._reader(latent.code_count)
        return Networks(self._painter(latent), nn.Sequential(*critic, Flat()), nn.Sequential(*encoder))

    @property
    def _image(self) -> tuple[int, ...]:
        """(c, h, w)"""
        return self.shape if len(self.shape) == 3 else (1, *self.shape)

    @property
    def _halvings(self) -> int:
        """How often the grid is halved: 28 pixels come from 7, 64 from 8."""
        return 2 if max(self._image[1:]) <= 32 else 3

    def _painter(self, latent: Latent) -> nn.Module:
        """Two linear layers to a coarse grid, then convolutions that double it by pixel shuffle."""
        grid = [math.ceil(side / 2**self._halvings) for side in self._image[1:]]
        channels = self.width * 2 ** (self._halvings - 1)
        leaky = nn.LeakyReLU(0.2)
        layers: list[nn.Module] = [
            *(Standardise(latent.feature_count), nn.Linear(latent.feature_count, self.hidden), leaky),
            *(nn.Linear(self.hidden, channels * grid[0] * grid[1]), leaky, nn.Unflatten(1, (channels, *grid))),
        ]
        for _ in range(self._halvings):
            layers += [nn.Conv2d(channels, 2 * channels, 3, padding=1), nn.PixelShuffle(2), leaky]
            channels //= 2
        last = nn.Conv2d(channels, self._image[0], 3, padding=1)
        return nn.Sequential(*layers, last, nn.Tanh(), Crop(self.shape))

    def _reader(self, outputs: int) -> list[nn.Module]:
        """Strided convolutions, then two linear layers."""
        (channels, *sides), width = self._image, self.width
        leaky = nn.LeakyReLU(0.2)
        layers: list[nn.Module] = [nn.Flatten(), nn.Unflatten(1, self._image)]
        for _ in range(self._halvings):
            layers += [nn.Conv2d(channels, width, 4, stride=2, padding=1), leaky]
            channels, width, sides = width, 2 * width, [side // 2 for side in sides]
        last = nn.Linear(channels * math.prod(sides), self.hidden)
        return [*layers, nn.Flatten(), last, leaky, nn.Linear(self.hidden, outputs)]


def _perceptron(inputs: int, width: int, outputs: int, activation: nn.Module) -> list[nn.Module]:
    """Three hidden layers."""
    layers: list[nn.Module] = []
    for _ in range(3):
        layers += [nn.Linear(inputs, width), activation]
        inputs = width
    return [*layers, nn.Linear(width, outputs)]
