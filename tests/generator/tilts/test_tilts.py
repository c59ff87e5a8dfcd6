"""Laws on a latent: normalised, drawn from as they say, and learned where the latent's own does not hold."""

import math

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.generator import Generator
from pushforward.generator.tilts import learn, restored, suited
from pushforward.generator.tilts.shares import Shares
from pushforward.generator.tilts.smooth import SmoothTilt
from pushforward.generator.tilts.splines import SplineTilt
from pushforward.latents import Atlas, Circle, Cube, Gaussian, Klein, Product, Sphere, Torus
from pushforward.rng import generator, normal, uniform

FLAT = [Cube(4), Gaussian(4), Torus(4), Atlas(3, 4, [1.0, 2.0, 5.0]), Product([Torus(2), Gaussian(2)])]


def stirred(tilt, size=0.5):
    """The same with other weights: a law that is not the latent's."""
    for i, p in enumerate(tilt.parameters()):
        p.data += size * normal(tuple(p.shape), seed=i) / max(1, p.shape[-1]) ** 0.5
    assert tilt.settle(tilt.latent.sample(100, seed=9), seed=8)
    return tilt.eval().requires_grad_(False)


@pytest.mark.parametrize("latent", [*FLAT, Circle(), Sphere(2), Klein(), Atlas(2, 2)], ids=repr)
def test_densities_have_total_one_and_samples_follow_them(latent):
    tilt = stirred(suited(latent, seed=0))
    z = latent.sample(60_000, seed=1)
    relative = tilt.relative(z).double()
    assert relative.std() > 0.05
    assert float(relative.exp().mean()) == pytest.approx(1, abs=0.03)
    ours = latent.features(tilt.sample(20_000, seed=2)).double()
    theirs, weights = latent.features(z).double(), relative.exp() / len(z)
    for power in (1, 2):
        assert torch.allclose((ours**power).mean(0), weights @ theirs**power, atol=0.05)
    assert torch.equal(tilt.sample(50, seed=3), tilt.sample(50, seed=3))
    assert torch.allclose(tilt.log_density(z[:5]), latent.log_density(z[:5]) + relative[:5].float())


@pytest.mark.parametrize(("latent", "kind"), [(Torus(2), SmoothTilt), (Torus(4), SplineTilt), (Sphere(4), SmoothTilt)])
def test_the_kind_follows_dimension_and_shape(latent, kind):
    assert isinstance(suited(latent, seed=0), kind)
    again = restored(latent, suited(latent, seed=0).spec())
    assert isinstance(again, kind)


@pytest.mark.parametrize("spec", [{"kind": "SmoothTilt", "width": 0}, {"kind": "Exec", "width": 64}, {"width": 64}])
def test_impossible_laws_in_files_are_refused(spec):
    with pytest.raises(ValueError, match="its law is"):
        restored(Circle(), spec)


def test_angles_meet_at_their_ends():
    tilt = stirred(SplineTilt(Torus(4), seed=1))
    z = Torus(4).sample(20, seed=0)
    a, b = z.clone(), z.clone()
    a[:, 1], b[:, 1] = 1e-5, 2 * math.pi - 1e-5
    assert torch.allclose(tilt.relative(a), tilt.relative(b), atol=1e-3)


class Same(nn.Module):
    """Features as data, and back."""

    def forward(self, x):
        return x


def known(latent):
    return Generator.wrap(Same(), latent, reads="features", encoder=Same())


def test_the_law_of_data_on_a_circle_is_found():
    """A von Mises law, κ = 1."""
    z = Circle().sample(8000, seed=0)
    z = z[uniform((len(z),), seed=1) < (z[:, 0].cos() - 1).exp()]
    tilt = learn(known(Circle()), Circle().features(z), steps=200, seed=generator(0))
    assert tilt is not None
    at = torch.linspace(0, 6.28, 60)[:, None]
    truth = at[:, 0].cos() - math.log(2 * math.pi * float(torch.special.i0(torch.tensor(1.0))))
    assert (tilt.log_density(at) - truth).abs().mean() < 0.08


def test_the_law_of_many_numbers_is_found():
    """Every number depends on the one before."""
    x = Cube(4).sample(4000, seed=0)
    for i in range(1, 4):
        x[:, i] = 0.7 * x[:, i - 1] + 0.3 * x[:, i]
    tilt = learn(known(Cube(4)), x, steps=200, seed=generator(0))
    assert tilt is not None
    samples = tilt.sample(4000, seed=1)
    assert torch.allclose(torch.corrcoef(samples.T), torch.corrcoef(x.T), atol=0.08)


def test_a_law_is_held_to_the_shares_of_clusters():
    """Three in a hundred of the latent's law, one in a hundred of the data."""
    x = Gaussian(2).sample(20_000, seed=0)
    x = torch.cat([x[x[:, 0] > 1.881][:10], x[x[:, 0] < 1.881][:990]])
    shares = Shares.of(known(Gaussian(2)), x, (torch.arange(1000) >= 10).long(), seed=1)
    assert shares is not None
    assert shares.due.tolist() == pytest.approx([0.01, 0.99])
    rare = float((shares.labels == 0).double().mean())
    assert rare == pytest.approx(0.03, abs=0.01)
    tilt = suited(Gaussian(2), seed=0)
    for p in tilt.parameters():
        p.data.zero_()  # the latent's own law
    expected = 10 * (0.01 * math.log(0.01 / rare) + 0.99 * math.log(0.99 / (1 - rare)))
    assert float(shares.cost(tilt, generator(0))) == pytest.approx(expected, rel=1e-3)
    adam = torch.optim.Adam(tilt.parameters(), 3e-3)
    for p in tilt.parameters():
        p.data += 0.05 * normal(tuple(p.shape), seed=3)
    for _ in range(60):
        adam.zero_grad()
        shares.cost(tilt, generator(0)).backward()
        adam.step()
    assert float(shares.cost(tilt, generator(0))) < 0.1 * expected


def test_clusters_that_are_no_two_are_not_held():
    x = Gaussian(2).sample(500, seed=0)
    assert Shares.of(known(Gaussian(2)), x, torch.zeros(500, dtype=torch.long), seed=0) is None
    assert Shares.of(known(Gaussian(2)), x, torch.full((500,), -1), seed=0) is None


@pytest.mark.parametrize("latent", [Sphere(2), Cube(5)])
def test_no_law_is_learned_where_the_latents_own_holds(latent):
    assert learn(known(latent), latent.features(latent.sample(1500, seed=0)), steps=60, seed=generator(0)) is None


def test_generators_draw_from_their_law_and_keep_it_in_files(tmp_path):
    z = Circle().sample(2000, seed=0)
    X = Circle().features(z[uniform((len(z),), seed=1) < (2 * z[:, 0].cos() - 2).exp()])
    training = pf.settings.Training(steps=120, batch=64, lr=3e-3, adversarial=0.0, betas=(0.9, 0.999))
    gen = Generator.fit(X, Circle(), seed=0, training=training)
    assert "law learned" in repr(gen)
    assert torch.allclose(gen.sample(2000, seed=1).mean(0), X.mean(0), atol=0.1)
    again = Generator.load(gen.save(tmp_path / "gen"))
    assert torch.equal(gen.sample(20, seed=0), again.sample(20, seed=0))
    assert again.reach == gen.reach
    double = gen.to(torch.float64)
    assert double.law.log_density(z[:3].double()).dtype == torch.float64
    at = gen.encode(X[:3])
    chart = gen.chart_at(at[0])
    log_p = pf.density(gen, gen(at), seed=0).log_density[0]
    assert chart.log_density() == pytest.approx(float(log_p), abs=1e-3)
    plain = Generator.fit(X, Circle(), seed=0, training=pf.settings.Training(steps=1), law=False)
    assert plain.law is plain.latent


def test_a_law_that_takes_no_points_says_so(monkeypatch):
    monkeypatch.setattr("pushforward.generator.tilts.smooth.PATIENCE", 0.2)
    tilt = suited(Circle(), seed=0)
    tilt.log_most.fill_(1e4)
    with pytest.raises(pf.errors.BadInput, match="fit the generator again"):
        tilt.sample(1, seed=0)
