"""Other verbs whose work ranks share: the same to the bit by any number of them, to rounding as without."""

import multiprocessing

import pytest
import torch
from torch import distributed as dist

import pushforward as pf
from pushforward.datasets import planted
from pushforward.inputs import covariance
from pushforward.manifold.dimensions import rank as rank_of
from pushforward.rng import normal

TRUTH = planted(60, modules=2, leak=0.0, mixing=0.0, seed=0)
X = normal((300, 5), seed=0) @ normal((5, 12), seed=1) + 3


def fitted(shards, **options):
    fit = pf.Gaussian.fit(X, rank=4, **({} if shards is None else {"shards": shards / "fit"}), **options)
    return fit.mean, fit.L, torch.tensor([fit.explained, fit.count])


def measured(shards):
    given = {} if shards is None else {"shards": shards / "modularity"}
    result = pf.modular.measure_modularity(
        pf.Neurons(TRUTH.model), pf.Gaussian.isotropic((64,)), TRUTH.inputs, seed=0, points=6, nulls=3, **given
    )
    return torch.tensor([result.score, result.error, result.Q]), result.null, result.pairs, result.dealt


def contrasted(shards, name="contrast"):
    given = {} if shards is None else {"shards": shards / name}
    net, inputs = pf.Neurons(TRUTH.model), pf.Gaussian.isotropic((64,))
    A, B = (torch.nonzero(TRUTH.labels == i)[:, 0] for i in (0, 1))
    where = {"start": TRUTH.inputs[:40], "seed": 0, "starts": 6, "candidates": 2, "frames": 3, "directions": 1, **given}
    return pf.contrast(net, inputs, A, B, **where)


def tabled(shards):
    given = {} if shards is None else {"shards": shards / "table"}
    net, inputs = pf.Neurons(TRUTH.model), pf.Gaussian.isotropic((64,))
    A, B = (torch.nonzero(TRUTH.labels == i)[:, 0] for i in (0, 1))
    blocks = {"A": A, "half of B": B[::2], "other half": B[1::2]}
    few = {"starts": 2, "candidates": 1, "frames": 3, "directions": 1}
    return pf.contrast(net, inputs, blocks, start=TRUTH.inputs[:40], seed=0, **few, **given)


def ranked(shards):
    given = {} if shards is None else {"shards": shards / "dimension"}
    return pf.dimension(Curved(), seed=0, points=40, **given)


class Curved:
    """Maps the normal law on a plane to twelve numbers."""

    latent, weights = pf.latents.Gaussian(2), normal((2, 12), seed=3)

    def __call__(self, z):
        return (z @ self.weights.to(z)).sin()


def found(shards):
    torch.set_num_threads(1)
    contrast, table, dimension = contrasted(shards), tabled(shards), ranked(shards)
    shown = [contrast.a.frames, contrast.b.frames, torch.tensor([contrast.products, contrast.overlap])]
    cells = [table.leak.nan_to_num(), table.peak.nan_to_num(), table.overlap.nan_to_num()]
    return [*fitted(shards), *measured(shards), *shown, *cells, dimension.spectrum, torch.tensor(dimension.interval)]


@pytest.fixture(params=[1024, 4], ids=["matrix", "sketch"])
def _small(request, monkeypatch):
    monkeypatch.setattr(covariance, "SMALL", request.param)
    monkeypatch.setattr(covariance, "SHARD", 64)


@pytest.mark.usefixtures("_small")
def test_a_covariance_of_parts_is_that_of_all(tmp_path):
    whole, parts = fitted(None), fitted(tmp_path)
    assert len(list((tmp_path / "fit").iterdir())) == 5
    assert torch.allclose(whole[0], parts[0])
    assert torch.allclose(whole[1] @ whole[1].T, parts[1] @ parts[1].T, rtol=1e-4, atol=1e-5)
    assert torch.allclose(whole[2], parts[2])


def test_points_that_are_not_finite_are_named_by_their_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr(covariance, "SHARD", 64)
    bad = X.clone()
    bad[150, 3] = torch.nan
    with pytest.raises(pf.errors.NotFinite, match="among points 128 … 191"):
        pf.Gaussian.fit(bad, shards=tmp_path)
    with pytest.raises(pf.errors.BadInput, match="all points are equal"):
        pf.Gaussian.fit(torch.ones(300, 4), shards=tmp_path / "equal")


def test_modularity_with_shards_is_that_without(tmp_path):
    for whole, parts in zip(measured(None), measured(tmp_path), strict=True):
        assert torch.allclose(whole.double(), parts.double(), atol=1e-5)


def test_a_contrast_a_table_and_a_dimension_with_shards_are_those_without(tmp_path, monkeypatch):
    monkeypatch.setattr(rank_of, "BLOCK", 8 * 24)
    for verb in (contrasted, tabled, ranked):
        whole, parts, again = verb(None), verb(tmp_path), verb(tmp_path)
        assert whole == parts == again
    assert {path.name.split(".")[0] for path in (tmp_path / "contrast").iterdir()} >= {
        "searching",
        "improving",
        "moving",
    }
    assert len(list((tmp_path / "table").iterdir())) == 3
    assert len(list((tmp_path / "dimension").iterdir())) == 3


def test_a_killed_contrast_goes_on_from_what_is_done(tmp_path):
    whole = contrasted(tmp_path)
    for path in (tmp_path / "contrast").glob("moving*"):
        path.unlink()
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "contrast").iterdir()}
    assert contrasted(tmp_path) == whole
    assert all(path.stat().st_mtime_ns == then for path, then in kept.items())


def test_a_table_has_shards_or_a_checkpoint(tmp_path):
    with pytest.raises(pf.errors.BadInput, match="one of the two"):
        pf.contrast(
            pf.Neurons(TRUTH.model), pf.Gaussian.isotropic((64,)), [[0, 1], [2, 3]], start=TRUTH.inputs, seed=0,
            checkpoint=tmp_path / "table.safetensors", shards=tmp_path / "shards",
        )  # fmt: skip


def _rank(rank, size, folder, send):
    covariance.SHARD, rank_of.BLOCK = 64, 8 * 24
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=size)
    mine = found(folder)
    if rank == size - 1:
        send.put([part.numpy() for part in mine])
    dist.barrier()


@pytest.mark.parametrize("size", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_the_same_to_the_bit_by_any_number_of_ranks(tmp_path, monkeypatch, size):
    monkeypatch.setattr(covariance, "SHARD", 64)
    monkeypatch.setattr(rank_of, "BLOCK", 8 * 24)
    alone = found(tmp_path / "alone")
    context, group = multiprocessing.get_context("fork"), tmp_path / "group"
    group.mkdir()
    answer = context.Queue()
    ranks = [context.Process(target=_rank, args=(i, size, group, answer)) for i in range(size)]
    for one in ranks:
        one.start()
    theirs = answer.get(timeout=120)
    for one in ranks:
        one.join(timeout=60)
    assert [one.exitcode for one in ranks] == [0] * size
    assert all(torch.equal(a, torch.from_numpy(b)) for a, b in zip(alone, theirs, strict=True))
