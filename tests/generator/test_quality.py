import pytest
import torch

import pushforward as pf
from pushforward.generator import quality
from pushforward.generator.quality_card import frechet
from pushforward.latents import Atlas
from pushforward.points import nearest
from pushforward.rng import normal, uniform


class Known:
    """A generator that is right by construction: two squares in space, and changes of it that are wrong."""

    latent = Atlas(2, 2)

    def __init__(self, wrong=lambda x: x, chart=lambda c: c):
        self.wrong, self.chart = wrong, chart

    def __call__(self, z):
        return self.wrong(torch.cat([5 * self.chart(z[:, :1]), z[:, 1:], 0 * z[:, :1]], 1))

    def encode(self, x):
        return self.latent.project(torch.cat([x[:, :1] / 5, x[:, 1:3]], 1))


def data(n, *, seed):
    return Known()(Known.latent.sample(n, seed=seed))


def card(gen, **options):
    return quality(gen, data(1500, seed=1), data(800, seed=2), seed=0, count=800, **options)


def test_a_right_generator_is_as_good_as_real_data():
    scores = card(Known(), classifier=lambda x: torch.stack([-x[:, 0], x[:, 0] - 5], 1))
    assert scores.coverage == pytest.approx(1, abs=0.1)
    assert scores.precision == pytest.approx(1, abs=0.1)
    assert scores.memorisation == pytest.approx(1, abs=0.1)
    assert scores.reconstruction < 1e-5
    assert scores.cycle < 1e-5
    assert scores.same_piece == 1
    assert scores.kept == 1
    assert scores.classes == pytest.approx((0.5, 0.5), abs=0.05)
    assert "100.0% of reconstructions keep their class" in str(scores)


def test_a_collapsed_generator_does_not_cover():
    scores = card(Known(chart=torch.zeros_like))
    assert scores.coverage > 10
    assert scores.precision < 1.2
    assert scores.frechet_ratio > 10
    assert scores.same_piece < 0.7


def test_a_noisy_generator_is_not_precise():
    scores = card(Known(wrong=lambda x: x + 0.3 * normal(x.shape, seed=5)))
    assert scores.precision > 3
    assert scores.cycle > 0.01


def test_a_generator_that_repeats_its_training_inputs_is_found_out():
    train = data(1500, seed=1)
    copies = Known(wrong=lambda x: train[nearest_index(x, train)])
    assert card(copies).memorisation < 0.05


def nearest_index(a, b):
    return torch.cdist(a, b).argmin(1)


def test_distances_are_those_of_the_features():
    far = card(Known(wrong=lambda x: x + torch.tensor([0.0, 0.0, 0.0, 9.0])), features=lambda x: x[:, :3])
    assert far.precision == pytest.approx(1, abs=0.1)
    assert far.reconstruction > 1


def test_frechet_distance_of_known_normals():
    x = normal((200_000, 2), seed=0)
    y = normal((200_000, 2), seed=1) * torch.tensor([1.0, 3.0]) + torch.tensor([2.0, 0.0])
    assert frechet(x, y) == pytest.approx(2**2 + (3 - 1) ** 2, rel=0.02)
    assert frechet(x, x) == pytest.approx(0, abs=1e-6)


def test_nearest_is_the_least_of_all_distances():
    a, b = uniform((1203, 3), seed=0), uniform((50, 3), seed=1)
    exact = torch.cdist(a.double(), b.double()).min(1).values.float()
    assert torch.allclose(nearest(a, b).distances[:, 0], exact)


def test_too_little_data_says_so():
    with pytest.raises(pf.errors.BadInput, match="Keep part of the data out of training"):
        quality(Known(), data(100, seed=1), data(5, seed=2), seed=0)
