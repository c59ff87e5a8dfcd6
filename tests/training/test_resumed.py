"""Work that is interrupted goes on from its checkpoint to the same result, and refuses another's."""

import importlib
import signal

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.rng import normal
from pushforward.training import Parts

trials_run = importlib.import_module("pushforward.manifold.latent_trials.run")
tradeoff = importlib.import_module("pushforward.modules.modular.tradeoff")
encoder = importlib.import_module("pushforward.generator.encoder")


def limited(call, most):
    """The same function, which is interrupted at call `most` + 1."""
    calls = []

    def counted(*args, **options):
        calls.append(args)
        if len(calls) > most:
            raise KeyboardInterrupt
        return call(*args, **options)

    return counted


def circle(n=300):
    z = 6.28 * torch.rand(n, 1, generator=torch.Generator().manual_seed(0))
    return torch.cat([z.cos(), z.sin()], 1)


@pytest.mark.slow
def test_latents_that_were_tried_are_not_tried_again(tmp_path, monkeypatch):
    path = tmp_path / "trials.safetensors"
    tried = [pf.latents.Circle(), pf.latents.Interval(), pf.latents.Sphere(2)]
    options = {"seed": 0, "starts": 1, "steps": 3}
    whole = pf.try_latents(circle(), tried, **options)
    once = trials_run._trial
    monkeypatch.setattr(trials_run, "_trial", limited(once, 1))
    with pytest.raises(KeyboardInterrupt):
        pf.try_latents(circle(), tried, checkpoint=path, **options)
    monkeypatch.setattr(trials_run, "_trial", limited(once, 2))
    again = pf.try_latents(circle(), tried, checkpoint=path, **options)
    assert again == whole
    assert again.rows[0].generator is None
    with pytest.raises(pf.errors.BadInput, match="is of another run: steps was 3 and is 4"):
        pf.try_latents(circle(), tried, checkpoint=path, **options | {"steps": 4})
    with pytest.raises(pf.errors.BadInput, match="points was"):
        pf.try_latents(2 * circle(), tried, checkpoint=path, **options)


@pytest.mark.slow
def test_networks_of_a_frontier_that_were_trained_are_not_trained_again(tmp_path, monkeypatch):
    path, X = tmp_path / "frontier.safetensors", normal((64, 2), seed=0)
    make = lambda: nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))  # noqa: E731
    short = pf.settings.ModularTraining(steps=2, batch=8)
    once = tradeoff.train_modular

    def run(most, **options):
        monkeypatch.setattr(tradeoff, "train_modular", limited(once, most))
        options = {"strengths": (0.0, 1.0), "seeds": (0,), "training": short, "test": X} | options
        return pf.modular.frontier(make, (X, (X[:, 0] > 0).long()), lambda net: 1.0, **options)

    whole = run(2)
    with pytest.raises(KeyboardInterrupt):
        run(1, checkpoint=path)
    again = run(1, checkpoint=path)
    assert torch.equal(again.modularity, whole.modularity)
    assert torch.equal(again.accuracy, whole.accuracy)
    assert run(1, checkpoint=path, strengths=(0.0, 1.0, 2.0)).strengths == (0.0, 1.0, 2.0)
    with pytest.raises(pf.errors.BadInput, match="test was"):
        run(2, checkpoint=path, test=2 * X)


def test_an_encoder_is_trained_on_to_the_same_weights(tmp_path, monkeypatch):
    path, X = tmp_path / "encoder.safetensors", circle()
    gen = pf.Generator.wrap(nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2)), pf.latents.Gaussian(2))
    reading = nn.Linear(2, 2)
    options = {"seed": 0, "steps": 12, "data": X, "encoder": reading}
    whole = gen.train_encoder(**options)
    once = encoder._practise

    def interrupted(*args):
        if args[2].step == 4:
            signal.raise_signal(signal.SIGINT)
        return once(*args)

    monkeypatch.setattr(encoder, "_practise", interrupted)
    with pytest.raises(KeyboardInterrupt):
        gen.train_encoder(checkpoint=path, **options)
    monkeypatch.setattr(encoder, "_practise", limited(once, 7))
    again = gen.train_encoder(checkpoint=path, **options)
    assert all(torch.equal(a, b) for a, b in zip(again.encoder.parameters(), whole.encoder.parameters(), strict=True))
    with pytest.raises(pf.errors.BadInput, match="steps was 12 and is 13"):
        gen.train_encoder(checkpoint=path, **options | {"steps": 13})


def test_parts_are_read_back_and_damage_is_said(tmp_path):
    path = tmp_path / "parts.safetensors"
    parts = Parts(path, {"of": "this"}, tuple)
    assert parts.get("a") is None
    parts.put("a", (1.5, torch.arange(3)))
    value, numbers = Parts(path, {"of": "this"}, tuple).get("a")
    assert value == 1.5
    assert torch.equal(numbers, torch.arange(3))
    with pytest.raises(pf.errors.BadInput, match="of was 'this' and is 'that'"):
        Parts(path, {"of": "that"}, tuple)
    path.write_bytes(b"nonsense")
    with pytest.raises(pf.errors.UnreadableFile):
        Parts(path, {"of": "this"}, tuple)
