"""Tables of all pairs: right, resumable, and only of what was asked for."""

import pytest
import torch

import pushforward as pf
from glued import WHITE, D, data, glued
from pushforward.modules.contrasts import table
from slowly import slowly

BLOCKS = {"first": torch.arange(4), "second": torch.arange(4, 8), "third": torch.arange(8, 16)}


def every(blocks=BLOCKS, seed=0, **options):
    quick = {"starts": 3, "candidates": 1, "frames": 3, "directions": 1}
    return pf.contrast(glued(), WHITE, blocks, start=data(), seed=seed, **quick | options)


def test_blocks_with_directions_of_their_own_do_not_leak():
    result = every()
    assert result.leak.isnan().diagonal().all()
    assert result.leak[2, :2].max() < 0.01
    assert result.leak[:2, 2].max() < 0.01
    assert result.done == 3
    assert result.verdict(2, 0).kind == "kept fixed"
    text = str(result)
    assert "3 of 3 pairs" in text
    assert "third (8)" in text


def test_an_interrupted_table_goes_on_where_it_stopped(tmp_path, monkeypatch):
    path, whole, calls = tmp_path / "table.safetensors", every(), []
    once = table.contrast_pair

    def limited(*args, **options):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return once(*args, **options)

    monkeypatch.setattr(table, "contrast_pair", limited)
    with pytest.raises(KeyboardInterrupt):
        every(checkpoint=path)
    assert pf.results.Contrasts.load(path).done == 1
    assert "…" in str(pf.results.Contrasts.load(path))
    monkeypatch.setattr(table, "contrast_pair", once)
    result = every(checkpoint=path)
    torch.testing.assert_close(result.leak, whole.leak, equal_nan=True, rtol=0, atol=0)
    assert str(result) == str(whole)
    assert str(every(checkpoint=path)) == str(whole)


@pytest.mark.parametrize(
    "changed", slowly([{"seed": 1}, {"frames": 4}, {"blocks": {**BLOCKS, "third": torch.arange(9, 16)}}], quick=2)
)
def test_a_table_of_something_else_is_not_continued(tmp_path, changed):
    path = tmp_path / "table.safetensors"
    every(checkpoint=path)
    with pytest.raises(pf.errors.BadInput, match=r"of another run: .* was .*delete the file"):
        every(checkpoint=path, **changed)


def test_layers_and_found_modules_are_blocks():
    net, X = glued(), data()
    modules = pf.find_modules(net, WHITE, X, seed=0, count=2, points=4, sample=50, nulls=19)
    result = pf.contrast(net, WHITE, modules, start=X, seed=0, starts=2, candidates=1, frames=2)
    assert result.names == ("module 0", "module 1")
    deep = pf.Neurons(torch.nn.Sequential(torch.nn.Linear(D, 3), torch.nn.Tanh(), torch.nn.Linear(3, 2)))
    assert pf.contrast(deep, WHITE, ["1", "output"], start=X, seed=0, starts=2, frames=2).names == ("1", "output")


def test_too_few_or_shared_modules():
    with pytest.raises(
        pf.errors.BadInput, match=r"1 modules were given; two or more are needed.*`find_modules\(count=2\)`"
    ):
        every([[0, 1]])
    with pytest.raises(pf.errors.BadInput, match="in A and in B"):
        every([[0, 1], [1, 2]])
    with pytest.raises(pf.errors.BadInput, match="give two different modules of 0 … 2"):
        every().verdict(1, 1)
