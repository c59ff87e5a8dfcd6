"""Networks that exist already, as generators, and encoders trained for them."""

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.generator import Generator
from pushforward.latents import Circle, Cube, Gaussian
from toys import Lifted, quick, ring, same


class Decoder(nn.Module):
    """A decoder with everything that must be left alone: dropout, batch norm, training mode."""

    def __init__(self, d=6):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Tanh(), nn.Linear(8, d))

    def forward(self, z):
        return self.net(z)


def test_a_wrapped_network_is_used_in_eval_mode_and_left_as_it_was():
    module = Decoder()
    state = {key: t.clone() for key, t in module.state_dict().items()}
    gen = Generator.wrap(module, Gaussian(2))
    z = gen.latent.sample(5, seed=0)
    assert torch.equal(gen(z), gen(z))
    assert module.training
    assert all(p.requires_grad for p in module.parameters())
    assert all(torch.equal(t, state[key]) for key, t in module.state_dict().items())
    assert torch.equal(gen(z), module.eval()(z))


def test_features_or_points_are_read():
    z = Circle().sample(3, seed=0)
    assert torch.equal(Generator.wrap(nn.Identity(), Circle())(z), z)
    assert torch.equal(Generator.wrap(nn.Identity(), Circle(), reads="features")(z), Circle().features(z))


def test_dtype_is_that_of_the_network():
    gen = Generator.wrap(nn.Linear(2, 3).double(), Gaussian(2))
    assert gen.dtype == gen.sample(2, seed=0).dtype == torch.float64


class Broken(nn.Module):
    def __init__(self, make):
        super().__init__()
        self.make = make

    def forward(self, z):
        return self.make(z)


@pytest.mark.parametrize(
    ("make", "options", "kind", "cure"),
    [
        (nn.Linear(3, 4), {}, pf.errors.BadInput, "Choose a latent of the width it reads"),
        (lambda z: (z, z), {}, pf.errors.BadInput, "a module that returns that"),
        (lambda z: z.mean(0), {}, pf.errors.BadInput, "a module that returns that"),
        (lambda z: z.long(), {}, pf.errors.BadInput, "a module that returns that"),
        (lambda z: z / 0, {}, pf.errors.NotFinite, "Look at its weights"),
        (nn.Identity(), {"shape": (1, 2)}, pf.errors.BadInput, "nn.Unflatten"),
        (nn.Identity(), {"reads": "w"}, pf.errors.BadInput, "'z' or 'features' is needed"),
    ],
)
def test_networks_that_cannot_be_wrapped_say_why(make, options, kind, cure):
    with pytest.raises(kind, match=cure):
        Generator.wrap(Broken(make), Cube(2), **options)


def test_a_network_that_cannot_be_copied_says_why():
    module = nn.Linear(2, 2)
    module.graph = module.weight * 2  # a tensor with a history cannot be copied
    with pytest.raises(pf.errors.BadInput, match="`detach` them"):
        Generator.wrap(module, Cube(2))


def test_an_encoder_of_your_own_reads_the_data_as_it_is():
    W = torch.tensor([[2.0, 0.0], [0.0, 4.0]])
    generator, encoder = nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        generator.weight.copy_(W)
        encoder.weight.copy_(W.inverse())
    gen = Generator.wrap(generator, Cube(2), encoder=encoder)
    z = gen.latent.sample(5, seed=0)
    assert torch.allclose(gen.encode(gen(z), steps=0), z, atol=1e-6)


def test_an_encoder_trained_afterwards_gives_back_latent_points():
    gen = Generator.wrap(Lifted(2, 5), Circle(), reads="features")
    trained = gen.train_encoder(seed=0, steps=300)
    z = gen.latent.sample(100, seed=1)
    assert gen.encoder is None
    assert gen.latent.distance(trained.encode(gen(z), steps=0), z).median() < 0.1
    assert torch.equal(gen(z), trained(z))
    assert same(trained, gen.train_encoder(seed=0, steps=300))


def test_it_goes_on_from_the_encoder_there_is_and_sees_the_data():
    gen, X = quick(), ring()
    trained = gen.train_encoder(seed=0, steps=200, data=X)
    errors = [(g(g.encode(X, steps=0)) - X).square().mean() for g in (gen, trained)]
    assert errors[1] < errors[0]
    assert all(torch.equal(p, q) for p, q in zip(gen.network.parameters(), trained.network.parameters(), strict=True))


def test_default_encoders_of_wrapped_networks_are_saved_and_rebuilt(tmp_path):
    module = Lifted(2, 5)
    trained = Generator.wrap(module, Circle(), reads="features").train_encoder(seed=0, steps=3)
    again = Generator.load(trained.save(tmp_path / "gen"), network=Lifted(2, 5, seed=9))
    assert same(trained, again)
    x = trained.sample(4, seed=0)
    assert torch.equal(trained.encode(x), again.encode(x))


def test_what_cannot_be_taught_says_so():
    gen = quick()
    with pytest.raises(pf.errors.BadInput, match="at least 1 is needed"):
        gen.train_encoder(seed=0, steps=0)
    with pytest.raises(pf.errors.BadInput, match="such as it generates"):
        gen.train_encoder(seed=0, steps=1, data=torch.zeros(9, 3))
