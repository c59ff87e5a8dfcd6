import math

import pytest
import torch

import pushforward as pf
from manifold.geometry.closed_forms import ISOMETRY
from pushforward.generator import Generator, Training
from pushforward.latents import Sphere

pytestmark = pytest.mark.slow


def test_lengths_and_rotations_through_a_trained_generator():
    data = lambda seed, n: (Sphere(2).sample(n, seed=seed).double() @ ISOMETRY).float()  # noqa: E731
    gen = Generator.fit(data(0, 4000), Sphere(2), seed=0, training=Training(steps=1500, reconstruction=10.0))
    corners = ISOMETRY.float()
    sides = pf.geodesic(gen, corners, corners.roll(-1, 0), steps=32)
    assert all(abs(side.length / (math.pi / 2) - 1) < 0.05 for side in sides)
    turn = pf.geometry.holonomy(gen, torch.cat([side.latents for side in sides]))
    assert abs(abs(turn.angle) - math.pi / 2) < 0.05 * math.pi / 2


def test_geodesics_between_digits_are_no_longer_than_straight_lines():
    gen, images = pf.datasets.digit_generator(), pf.datasets.digits("train").images[-16:]
    paths = pf.geodesic(gen, images[:8], images[8:], steps=8, density=False)
    lines = pf.geometry.straight_line(gen, images[:8], images[8:], steps=8, density=False)
    assert all(path.length <= line.length for path, line in zip(paths, lines, strict=True))
    assert all(path.energy < line.energy for path, line in zip(paths, lines, strict=True))
    assert all(torch.isfinite(path.points).all() and path.residual.max() < 0.2 for path in paths)
