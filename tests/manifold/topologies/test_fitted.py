import math

import pytest
import torch

import pushforward as pf
from pushforward.latents import Sphere
from pushforward.rng import normal

ISOMETRY = torch.linalg.qr(normal((20, 3), seed=1))[0].T


def sphere(n, *, noise=0.0):
    """Points of the unit sphere in R²⁰."""
    return Sphere(2).sample(n, seed=0) @ ISOMETRY + noise * normal((n, 20), seed=2)


def test_points_and_lengths_are_those_of_the_data():
    x = sphere(1500)
    gen = pf.geometry.fit_atlas(x, seed=0, charts=50)
    assert gen.latent.dim == 2
    assert float((gen(gen.encode(x)) - x).norm(dim=1).max()) < 0.02
    path = pf.geodesic(gen, ISOMETRY[0], ISOMETRY[1], steps=16)
    assert path.length == pytest.approx(math.pi / 2, rel=0.02)


def test_noise_is_averaged_out():
    noisy, exact = sphere(2000, noise=0.03), sphere(2000)
    atlas = pf.geometry.fit_atlas(noisy, seed=0, dim=2, charts=40)
    off = (atlas(atlas.encode(noisy)) - exact).norm(dim=1).median()
    assert float(off) < 0.6 * float((noisy - exact).norm(dim=1).median())


def test_the_same_seed_gives_the_same_atlas_and_leaves_the_data():
    X = sphere(1000)
    before = X.clone()
    one, two = (pf.geometry.fit_atlas(X, seed=3, dim=2, charts=40) for _ in range(2))
    z = one.latent.sample(50, seed=0)
    assert torch.equal(one(z), two(z))
    assert torch.equal(X, before)


@pytest.mark.parametrize(
    ("X", "options", "cure"),
    [
        (torch.zeros(5), {}, r"`pf\.fit_atlas.*X\[:, None\]"),
        (sphere(100), {}, "at least 200 are needed"),
        (normal((1000, 20), seed=0), {}, "`dim=` gives it"),
        (sphere(500), {"dim": 4}, r"`pf\.fit_atlas\(dim=4\)`: a whole number from 1 to 3"),
        (sphere(500), {"charts": 0}, "a whole number from 1"),
    ],
)
def test_what_cannot_be_fitted_says_so(X, options, cure):
    with pytest.raises(pf.errors.BadInput, match=cure):
        pf.geometry.fit_atlas(X, seed=0, **options)
