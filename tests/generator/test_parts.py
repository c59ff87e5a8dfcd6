"""What training is made of: losses, networks, the order of the data, the choice of a piece."""

import itertools

import pytest
import torch
from torch import nn

from pushforward.generator import Architecture, NonSaturating, Relativistic, Training
from pushforward.generator.adversarial import choose
from pushforward.generator.adversarial.losses import scores_and_slopes
from pushforward.generator.adversarial.pieces import draw
from pushforward.generator.scaling import suited
from pushforward.latents import Atlas, Circle, Decoded, Sphere
from pushforward.points import batches, source, statistics
from pushforward.rng import normal, uniform


@pytest.mark.parametrize("loss", [Relativistic(), NonSaturating()])
def test_losses_pull_critic_and_generator_apart(loss):
    real, fake = normal((50,), seed=0), normal((50,), seed=1)
    up, down = (0.1 * torch.ones(50), -0.1 * torch.ones(50))
    assert loss.critic(real + up, fake) < loss.critic(real, fake) < loss.critic(real, fake + up)
    assert loss.generator(real, fake + up) < loss.generator(real, fake) < loss.generator(real, fake + down)


def test_the_penalty_is_the_squared_slope():
    critic = nn.Sequential(nn.Linear(3, 1), nn.Flatten(0))
    scores, slopes = scores_and_slopes(critic, normal((5, 3), seed=0))
    w = critic[0].weight
    assert scores.shape == (5,)
    assert torch.allclose(slopes, w.square().sum().expand(5))
    assert torch.allclose(torch.autograd.grad(slopes.mean(), w)[0], 2 * w)


@pytest.mark.parametrize("start", [0, 1, 7, 31])
def test_batches_are_the_same_wherever_one_starts(start):
    X = normal((50, 2), seed=0)
    data = source(X)
    first = list(itertools.islice(batches(data, 16, seed=3), 40))
    assert all(torch.equal(a, b) for a, b in zip(first[start:], batches(data, 16, seed=3, start=start), strict=False))
    rows = torch.cat(first)[:50]
    assert torch.equal(rows.sort(0).values, X.sort(0).values)


def test_batches_may_be_larger_than_the_data():
    X = torch.arange(5.0)[:, None]
    batch = next(batches(source(X), 12, seed=0))
    assert batch[:10].sort(0).values.tolist() == sorted(X.tolist() * 2)


@pytest.mark.parametrize("images", [False, True])
def test_scaling_is_undone(images):
    X = 3 + 5 * uniform((40, 1, 8, 8), seed=0)
    scaling = suited(statistics([X]), images=images)
    inside = scaling.inside(X)
    assert torch.allclose(scaling.outside(inside), X, atol=1e-5)
    if images:
        assert (float(inside.min()), float(inside.max())) == pytest.approx((-1, 1), abs=1e-6)
    else:
        assert torch.allclose(inside.mean(0), torch.zeros(1, 8, 8), atol=1e-5)
        assert float(inside.square().mean()) == pytest.approx(1, abs=1e-4)


def test_statistics_keep_their_digits_far_from_zero():
    X = 1e6 + normal((1000, 3), seed=0, dtype=torch.float64)
    summary = statistics(X.split(77))
    assert torch.allclose(summary.mean, X.mean(0))
    assert summary.deviation == pytest.approx(float((X - X.mean(0)).square().mean().sqrt()), rel=1e-9)


def test_the_fingerprint_sees_every_point():
    X = normal((500, 3), seed=0)
    other = X.clone()
    other[400, 1] += 1e-3
    marks = {statistics(part).fingerprint for part in ([X], X.split(100), [other], [X.flip(0)], [X[:499]])}
    assert len(marks) == 4  # batches of another size make no difference


def test_networks_follow_the_seed_and_leave_the_global_state():
    state = torch.get_rng_state()
    nets = [Architecture.suited((1, 28, 28)).build(Atlas(16, 12), seed=seed) for seed in (0, 0, 1)]
    weights = [torch.cat([p.flatten() for net in some for p in net.parameters()]) for some in nets]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert torch.equal(state, torch.get_rng_state())


def test_features_reach_the_network_with_mean_0_and_deviation_1():
    latent = Sphere(2)
    network = Architecture.suited((4,)).build(latent, seed=0).generator
    features = network[0](latent.features(latent.sample(5000, seed=3)))
    assert torch.allclose(features.mean(0), torch.zeros(3), atol=0.05)
    assert torch.allclose(features.std(0), torch.ones(3), atol=0.05)


def test_the_digit_generator_is_small_enough_to_ship():
    nets = Architecture.suited((1, 28, 28)).build(Atlas(16, 12), seed=0)
    count = sum(p.numel() for net in (nets.generator, nets.encoder) for p in net.parameters())
    assert 2 * count < 4e6  # 16 bits each


def test_trying_all_pieces_takes_the_best():
    points = normal((20, 5, 2), seed=0)
    best = torch.arange(20) % 5
    x = points[torch.arange(20), best]
    choice = choose(Decoded(points, torch.zeros(20, 5)), x, lambda z: z, try_all=True, seed=0)
    assert torch.equal(choice.z, x)
    assert torch.equal(choice.error, torch.zeros(20))
    assert torch.allclose(choice.entropy, torch.full((20,), 5.0).log())


def test_without_trying_all_the_logits_learn_which_piece_is_better():
    points = torch.stack([torch.zeros(64, 2), torch.ones(64, 2)], 1)
    logits = torch.zeros(64, 2, requires_grad=True)
    choice = choose(Decoded(points, logits), torch.ones(64, 2), lambda z: z, try_all=False, seed=0)
    (slope,) = torch.autograd.grad(choice.entropy.sum(), logits)
    assert slope[:, 0].sum() > 0 > slope[:, 1].sum()


def test_pieces_are_drawn_as_the_logits_say():
    p = torch.tensor([0.7, 0.2, 0.1])
    shares = draw(p.log().expand(20_000, 3), seed=0).bincount() / 20_000
    assert torch.allclose(shares, p, atol=0.02)


def test_one_piece_needs_no_choice():
    latent = Circle()
    z = latent.sample(9, seed=0)
    choice = choose(latent.decode(latent.features(z)), z, lambda z: z, try_all=False, seed=0)
    assert torch.allclose(choice.error, torch.zeros(9), atol=1e-10)
    assert torch.equal(choice.entropy, torch.zeros(9))


def test_the_learning_rate_falls_to_a_twentieth_in_the_second_half():
    training = Training(steps=100, lr=1.0).suited(images=False)
    rates = [training.rate(step) for step in (0, 50, 75, 99)]
    assert rates == [1.0, 1.0, 0.5, 0.05]
    assert Training(steps=100).suited(images=True).batch == 64
