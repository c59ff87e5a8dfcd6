"""Training: kinds of data, determinism, errors, divergence."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

import pushforward as pf
from pushforward.generator import Generator, NonSaturating, Training
from pushforward.latents import Atlas, Circle, Cube, Disjoint, Interval, Product, Sphere
from pushforward.points import source
from pushforward.rng import generator, integers, normal, uniform
from toys import QUICK, quick, ring, same


class Pairs(Dataset):
    """Items (x, label)."""

    def __init__(self, X):
        self.X = X

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        return self.X[i], 0


class Again:
    """Batches, as often as asked."""

    def __init__(self, X, size=50):
        self.X, self.size = X, size

    def __iter__(self):
        return iter(self.X.split(self.size))


@pytest.mark.parametrize(
    "shape", [(3,), (2, 3), (28, 28), (1, 8, 8), (3, 13, 17), pytest.param((2, 64, 33), marks=pytest.mark.slow)]
)
def test_results_have_the_shape_and_range_of_the_data(shape):
    X = uniform((40, *shape), seed=0)
    gen = quick(X, training=Training(steps=2, batch=4))
    samples = gen.sample(5, seed=1)
    assert samples.shape == (5, *shape)
    assert gen.shape == shape
    assert gen.encode(X[:3]).shape == (3, gen.latent.width)
    if len(shape) > 1 and min(shape[-2:]) >= 8:
        assert X.min() - 1e-5 <= samples.min()
        assert samples.max() <= X.max() + 1e-5


@pytest.mark.parametrize(
    "latent", [Circle(), Sphere(2), Cube(3), Product([Circle(), Cube(1)]), Disjoint([Circle(), Circle()])]
)
def test_every_latent_trains(latent):
    gen = quick(latent=latent)
    assert torch.isfinite(gen.sample(20, seed=0)).all()
    assert torch.isfinite(gen.encode(ring(10))).all()


def test_one_seed_gives_the_same_weights_and_another_others():
    state = torch.get_rng_state()
    a, b, c = quick(), quick(), quick(seed=1)
    assert same(a, b)
    assert not same(a, c)
    assert torch.equal(state, torch.get_rng_state())


def test_a_generator_as_seed_is_used_like_its_seed():
    assert same(quick(seed=3), quick(seed=generator(3)))


@pytest.mark.slow
def test_all_forms_of_the_same_data_give_the_same_weights():
    X = ring()
    forms = [
        X.numpy(),
        TensorDataset(X),
        Pairs(X),
        list(X),
        iter([X[:150], X[150:]]),
        Again(X),
        iter(X.split(64)),
        DataLoader(Pairs(X), 32),
    ]
    first = quick(X)
    assert all(same(first, quick(form)) for form in forms)


def test_streams_larger_than_memory_hand_out_every_point_once_per_epoch():
    X = torch.arange(1000.0)[:, None]
    streamed = source(Again(X, 37), memory=400)
    streamed.pool = 90
    rows = torch.cat(list(streamed.epoch(5, 0)))
    assert torch.equal(rows[:, 0].sort().values, X[:, 0])
    assert not torch.equal(rows, X)
    assert torch.equal(torch.cat(list(streamed.epoch(5, 137))), rows[137:])
    assert not torch.equal(torch.cat(list(streamed.epoch(6, 0))), rows)


def test_large_data_sets_are_asked_item_by_item():
    X = torch.arange(300.0)[:, None]
    lazy = source(Pairs(X), memory=100)
    assert lazy.count == 300
    assert torch.equal(torch.cat(list(lazy.epoch(2, 10))), torch.cat(list(source(X).epoch(2, 10))))


def test_a_large_iterator_that_runs_once_is_refused():
    with pytest.raises(pf.errors.BadInput, match="can be iterated again"):
        source(iter(torch.zeros(1000, 5).split(10)), memory=400)


def test_arrays_on_disk_are_read_by_rows(tmp_path):
    X = ring()
    np.save(tmp_path / "X.npy", X.numpy())
    assert same(quick(X), quick(np.load(tmp_path / "X.npy", mmap_mode="r")))


def test_integer_images_keep_their_units():
    X = integers(256, (50, 1, 8, 8), seed=0).to(torch.uint8)
    gen = quick(X)
    samples = gen.sample(20, seed=1)
    assert samples.dtype == torch.float32
    assert samples.max() > 100
    assert gen.encode(X[:2]).shape == (2, 3)


@pytest.mark.parametrize(
    ("X", "kind", "cure"),
    [
        (torch.zeros(10, 3), pf.errors.BadInput, "points that differ"),
        (torch.full((10, 3), 1e8), pf.errors.BadInput, "points that differ"),
        (torch.ones(1, 3), pf.errors.BadInput, "Give more data"),
        (torch.ones(0, 3), pf.errors.BadInput, "Check how it was selected"),
        (normal((2, 3), seed=0), pf.errors.BadInput, "Give more data, or a latent of lower dimension"),
        (torch.tensor([[0.0], [float("nan")]]), pf.errors.NotFinite, "point 1. Remove"),
        (torch.arange(10)[:, None], pf.errors.BadInput, "labels, give the inputs"),
        (torch.arange(10.0), pf.errors.BadInput, "X\\[:, None\\]"),
        ([], pf.errors.BadInput, "used before"),
        (iter([torch.zeros(4, 3), torch.zeros(4, 2)]), pf.errors.BadInput, "torch.stack"),
        ([["a", "b"]], pf.errors.BadInput, "np.asarray"),
        (3.0, pf.errors.BadInput, "torch.as_tensor"),
        (torch.rand(9, 3, 80, 80), pf.errors.BadInput, "Make the images smaller"),
        (Pairs([]), pf.errors.BadInput, "its folder or its filter"),
    ],
)
def test_data_that_cannot_be_learned_says_what_to_do(X, kind, cure):
    with pytest.raises(kind, match=cure):
        quick(X)


@pytest.mark.parametrize(
    ("options", "cure"),
    [
        ({"steps": 0}, "at least 1"),
        ({"batch": 2.5}, "at least 1"),
        ({"lr": -1.0}, "at least 0 is needed"),
        ({"ema": 1.0}, "0.998"),
        ({"precision": "float8"}, "bfloat16"),
    ],
)
def test_settings_out_of_range_say_so(options, cure):
    with pytest.raises(pf.errors.BadInput, match=cure):
        Training(**options)


def test_your_own_networks_are_trained_as_copies():
    latent, X = Circle(), ring()
    network = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.1), nn.Linear(8, 2))
    before = {key: t.clone() for key, t in network.state_dict().items()}
    a, b = quick(X, latent, network=network), quick(X, latent, network=network)
    assert same(a, b)
    assert network.training
    assert all(p.requires_grad for p in network.parameters())
    assert all(torch.equal(t, before[key]) for key, t in network.state_dict().items())
    assert not any(torch.equal(p, q) for p, q in zip(network.parameters(), a.network.parameters(), strict=True))


def test_networks_that_do_not_fit_say_what_is_needed():
    with pytest.raises(pf.errors.BadInput, match=r"should make \(2, 2\)"):
        quick(network=nn.Linear(4, 3))
    with pytest.raises(pf.errors.BadInput, match="`encoder` gives codes"):
        quick(encoder=nn.Linear(9, 3))


@pytest.mark.slow
def test_the_loss_and_the_precision_can_be_replaced():
    for options in ({"loss": NonSaturating()}, {"precision": "bfloat16"}, {"penalty": 0.0}):
        gen = quick(training=Training(steps=12, batch=16, **options))
        assert torch.isfinite(gen.sample(9, seed=0)).all()
        assert not same(gen, quick())


def test_divergence_stops_and_keeps_the_last_good_checkpoint(tmp_path):
    path = tmp_path / "run.safetensors"
    wild = Training(steps=400, batch=16, lr=50.0, penalty=0.0, checkpoint_seconds=0.0)
    with pytest.raises(pf.errors.Diverged, match="smaller learning rate"):
        quick(training=wild, checkpoint=path)
    if path.exists():
        with pytest.raises(pf.errors.Diverged, match="last good checkpoint"):
            quick(training=wild, checkpoint=path)


@pytest.mark.slow
def test_the_history_records_means_of_all_losses():
    rows = []
    gen = quick(training=Training(steps=250, batch=8), progress=rows.append)
    assert [row["step"] for row in rows] == gen.history[:, 0].tolist() == [100, 200, 250]
    assert set(rows[0]) == set(gen.columns)
    assert torch.isfinite(gen.history).all()


@pytest.mark.slow
def test_progress_tells_the_quality_so_far(capsys, monkeypatch):
    monkeypatch.setattr("pushforward.progress.in_log", lambda: False)
    quick(training=Training(steps=100, batch=8), progress=True)
    assert "reconstruction" in capsys.readouterr().err
    monkeypatch.undo()
    monkeypatch.setattr("pushforward.progress.PATIENCE", 0)
    quick(training=Training(steps=200, batch=8), progress=True)
    lines = capsys.readouterr().err.splitlines()
    assert "training a generator: 100 of 200, about" in lines[0]
    assert "s left, reconstruction error" in lines[0]


def test_device_can_be_chosen():
    assert quick(device="cpu").device.type == "cpu"


@pytest.mark.slow
def test_pieces_become_as_likely_as_the_data_in_them():
    draws = generator(0)
    X = torch.cat([normal((300, 2), seed=draws) * 0.1 + 3, normal((100, 2), seed=draws) * 0.1 - 3])
    training = Training(steps=300, batch=32)
    gen = Generator.fit(X, Disjoint([Interval(), Interval()]), seed=0, training=training)
    assert (gen.sample(2000, seed=0)[:, 0] > 0).double().mean() == pytest.approx(0.75, abs=0.1)
    assert max(gen.latent.shares) == pytest.approx(0.75, abs=0.1)
    blind = Generator.fit(X, Atlas(2, 1), seed=0, training=Training(steps=5, batch=8, reconstruction=0.0))
    assert blind.latent.weights is None


@pytest.mark.slow
def test_a_ring_of_eight_gaussians_is_covered():
    X = ring(5000)
    gen = Generator.fit(X, Atlas(8, 2), seed=0, training=Training(steps=1500))
    away = torch.cdist(gen.sample(2000, seed=1), X).amin(1)
    back = torch.cdist(X, gen.sample(5000, seed=2)).amin(1)
    assert (away < 0.1).double().mean() > 0.9
    assert (back < 0.1).double().mean() > 0.95
    assert QUICK.steps == 12


def test_a_generator_can_be_trained_on():
    X = ring()
    first = quick(X, Circle(), critic=None)
    before = {key: t.clone() for key, t in first.network.state_dict().items()}
    again = Generator.fit(X + 0.1, Circle(), seed=3, start=first, training=Training(steps=1, batch=8, lr=1e-6, ema=0.0))
    assert torch.equal(again.scaling.offset, first.scaling.offset)
    z = Circle().sample(20, seed=0)
    torch.testing.assert_close(again(z), first(z), atol=1e-3, rtol=0)
    assert not torch.equal(again(z), first(z))
    assert all(torch.equal(t, before[key]) for key, t in first.network.state_dict().items())
    assert not any(p.requires_grad for p in first.network.parameters())


def test_a_generator_of_something_else_is_not_trained_on():
    with pytest.raises(pf.errors.BadInput, match=r"has another latent, Atlas.*Use that, `start.latent`"):
        quick(ring(), Interval(), start=quick())
    raw = Generator.wrap(nn.Linear(2, 2), Circle(), reads="features")
    with pytest.raises(pf.errors.BadInput, match="Give the module itself, `network=`"):
        quick(ring(), Circle(), start=raw)
