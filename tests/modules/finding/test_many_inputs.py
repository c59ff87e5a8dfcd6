"""More inputs than sets are looked for at: every neuron is assigned at all of them, in memory that does not grow."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset

import pushforward as pf
from pushforward.datasets import planted
from pushforward.modules.finding import source
from pushforward.modules.finding.shares import assigned
from pushforward.modules.finding.source import Source, rows_of
from pushforward.rng import normal

TRUTH = planted(100, modules=2, seed=0)
QUICK = {"points": 24, "nulls": 19, "sample": 60, "twin": False, "seed": 0, "method": pf.settings.Leiden(resamples=2)}


def find(X, **options):
    return pf.find_modules(pf.Neurons(TRUTH.model), pf.Gaussian.isotropic((64,)), X, **QUICK | options)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(source, "SEARCHED", 8)


class Long(Dataset):
    """Ten million inputs, of which those that were asked for are noted."""

    def __init__(self):
        self.read = set()

    def __len__(self):
        return 10**7

    def __getitem__(self, i):
        self.read.add(i)
        return TRUTH.inputs[i % len(TRUTH.inputs)]


def test_sets_are_looked_for_at_some_inputs_and_neurons_assigned_at_all_that_were_asked_for(few):
    X = Long()
    modules = find(X)
    assert (len(modules.points), modules.inputs) == (8, 24)
    assert len(modules.blocks) == 2
    assert set(modules.points) < X.read
    assert len(X.read) < 200


def test_rows_that_are_not_held_are_taken_from_the_factor():
    factors = [normal((40, 6), seed=i) * (torch.arange(40) % 7 > int(i == 1))[:, None] for i in range(5)]
    src = Source([lambda F=F: F for F in factors], torch.zeros(40, dtype=torch.long), torch.arange(40), ("factor",), ())
    neurons, labels = torch.arange(5, 35), torch.arange(30) % 3 - 1
    rows, longest = rows_of(src, neurons)
    held = assigned(src, rows, neurons, labels, longest, show=False)
    anew = assigned(src._replace(searched=(0,)), rows.inputs(slice(1)), neurons, labels, longest, show=False)
    for one, other in zip(held, anew, strict=True):
        assert torch.allclose(one.double(), other.double(), atol=1e-6)
    assert len(src._replace(searched=(0, 3)).looked) == 2


def test_shards_grow_where_there_would_be_too_many():
    src = Source([torch.zeros] * 10_000, torch.zeros(4), torch.zeros(4), (), ())
    assert (src.shard, src._replace(factors=src.factors[:100]).shard) == (10, 4)


@pytest.mark.slow
def test_inputs_come_from_wherever_they_are(few, tmp_path):
    np.save(tmp_path / "x.npy", TRUTH.inputs.numpy())
    whole = find(TRUTH.inputs)
    for X in (tmp_path / "x.npy", DataLoader(TensorDataset(TRUTH.inputs), batch_size=64)):
        other = find(X)
        assert torch.equal(whole.shares, other.shares)
        assert other.points == whole.points
    kept = find(TRUTH.inputs, shards=tmp_path / "shards")
    assert torch.equal(whole.shares, kept.shares)
    assert torch.equal(whole.spectrum, kept.spectrum)
    assert find(TRUTH.inputs, points=8).inputs == 8
