import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.modules.modular import train
from pushforward.rng import normal
from pushforward.store import load

SHORT = pf.settings.ModularTraining(steps=12, batch=16, record=4, every=2, lr=1e-2, plain=0.0, warmup=0.06, settle=0.6)


def network(seed=0):
    model = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.Tanh(), nn.Dropout(0.1), nn.Linear(16, 3))
    for i, p in enumerate(model.parameters()):
        p.data = normal(p.shape, seed=seed + i) / 3
    return model


def data(n=128):
    X = normal((n, 6), seed=3)
    return X, (X[:, 0] > 0).long() + (X[:, 1] > 0).long()


def same(a, b):
    return all(torch.equal(x, y) for x, y in zip(a.state_dict().values(), b.state_dict().values(), strict=True))


def test_the_same_seed_gives_the_same_network_and_the_global_state_is_not_touched():
    models = network(), network()
    state = torch.get_rng_state()
    runs = [pf.train_modular(model, data(), seed=1, training=SHORT) for model in models]
    assert same(runs[0].model, runs[1].model)
    assert torch.equal(state, torch.get_rng_state())
    assert runs[0].history[:, 0].tolist() == [4, 8, 12]
    assert torch.isfinite(runs[0].history).all()
    assert "after 12 steps at strength 5" in str(runs[0])
    assert runs[0].halves.shape == runs[0].partition.shape == (len(runs[0].net),)


def test_a_run_that_was_killed_goes_on_to_the_same_result(tmp_path, monkeypatch):
    whole = pf.train_modular(network(), data(), seed=1, training=SHORT)
    path, step = tmp_path / "run.safetensors", train._step

    def dies(state, *rest):
        step(state, *rest)
        if state.step == 7:
            raise MemoryError

    eager = pf.settings.ModularTraining(**SHORT.spec(), checkpoint_seconds=0)
    monkeypatch.setattr(train, "_step", dies)
    with pytest.raises(MemoryError):
        pf.train_modular(network(), data(), seed=1, training=eager, checkpoint=path)
    monkeypatch.setattr(train, "_step", step)
    again = pf.train_modular(network(), data(), seed=1, training=eager, checkpoint=path)
    assert same(whole.model, again.model)
    assert torch.equal(whole.history, again.history)
    with pytest.raises(pf.errors.BadInput, match=r"is of another run: .*seed was"):
        pf.train_modular(network(), data(), seed=2, training=eager, checkpoint=path)


def test_it_stops_at_nan_names_the_layer_and_keeps_the_last_good_checkpoint(tmp_path, monkeypatch):
    path, step = tmp_path / "run.safetensors", train._step

    def breaks(state, *rest):
        step(state, *rest)
        if state.step == 6:
            state.model[4].weight.data[0, 0] = torch.nan

    monkeypatch.setattr(train, "_step", breaks)
    eager = pf.settings.ModularTraining(**SHORT.spec(), checkpoint_seconds=0)
    with pytest.raises(pf.errors.Diverged, match=r"weight '4\.weight' is NaN"):
        pf.train_modular(network(), data(), seed=1, training=eager, checkpoint=path)
    tensors, header = load(path, "modularity.checkpoint")
    assert header["step"] == 5
    assert all(torch.isfinite(t).all() for t in tensors.values() if t.is_floating_point())
    with pytest.raises(pf.errors.Diverged, match=r"layer 'output' is NaN or infinite.*Use a smaller `lr`"):
        pf.train_modular(network(), data(), seed=1, training=SHORT)


def test_batches_can_be_drawn_by_a_function():
    def draw(size, draws):
        x = normal((size, 6), seed=draws)
        return x, (x[:, 0] > 0).long()

    run = pf.train_modular(network(), draw, seed=0, training=SHORT, inputs=pf.Gaussian.isotropic((6,)))
    assert len(run.history) == 3


def test_strength_zero_trains_plainly():
    run = pf.train_modular(
        network(), data(), seed=0, training=pf.settings.ModularTraining(steps=8, batch=16, strength=0.0)
    )
    assert torch.isnan(run.history[:, 2]).all()


@pytest.mark.slow
def test_a_frontier_is_a_table_and_a_file(tmp_path):
    X, Y = data()
    accuracy = lambda net: float((net(X).argmax(1) == Y).double().mean())  # noqa: E731
    table = pf.modular.frontier(network, (X, Y), accuracy, test=X, strengths=(0.0, 3.0), seeds=(0, 1), training=SHORT)
    assert table.modularity.shape == (2, 2)
    assert "strength" in str(table)
    assert str(pf.results.Frontier.load(table.save(tmp_path / "f.safetensors"))) == str(table)


def test_arguments_that_make_no_sense_are_refused():
    with pytest.raises(pf.errors.BadInput, match=r"a pair \(X, Y\)"):
        pf.train_modular(network(), [1, 2, 3], seed=0)
    with pytest.raises(pf.errors.BadInput, match="X holds 128 inputs and Y 5 targets"):
        pf.train_modular(network(), (data()[0], data()[1][:5]), seed=0)
    with pytest.raises(pf.errors.BadInput, match="none has `requires_grad`"):
        pf.train_modular(network().requires_grad_(False), data(), seed=0)
    with pytest.raises(pf.errors.BadInput, match="a whole number of at least 1 is needed"):
        pf.settings.ModularTraining(steps=0)
    with pytest.raises(pf.errors.BadInput, match="a number of at least 0 is needed"):
        pf.settings.ModularTraining(lr=-1)
    with pytest.raises(pf.errors.BadInput, match=r"a number in \[0, 1\]"):
        pf.settings.ModularTraining(warmup=2)
    with pytest.raises(pf.errors.BadInput, match="at least one of each is needed"):
        pf.modular.frontier(network, data(), len, test=data()[0], seeds=())


def test_channels_can_be_what_becomes_modular():
    torch.manual_seed(0)
    conv = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(6 * 36, 2))
    X = normal((64, 1, 8, 8), seed=0)
    training = pf.settings.ModularTraining(steps=12, batch=16, plain=0.0, halve=0.2, settle=0.5, every=1, record=4)
    run = pf.train_modular(
        conv, (X, (X.mean((1, 2, 3)) > 0).long()), seed=0, layers=["0", "1"], unit="channel", training=training
    )
    assert run.net.unit == "channel"
    assert run.partition is not None
    assert len(run.partition) == len(run.net) == 12
    assert torch.isfinite(run.history[:, 1]).all()


def test_an_accuracy_that_takes_no_network_is_said():
    X, Y = data()
    options = {"test": X, "strengths": (0.0,), "seeds": (0,), "training": SHORT}
    with pytest.raises(pf.errors.BadInput, match=r"`accuracy\(model\)` failed"):
        pf.modular.frontier(network, (X, Y), network(), **options)
