"""Points that are read when they are asked for: the same as if all had been read."""

from importlib import import_module

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from pushforward.errors import BadInput
from pushforward.points import files, read, stock
from pushforward.rng import normal

X = normal((300, 2, 3), seed=0)


def _in_file(monkeypatch):
    monkeypatch.setattr(import_module("pushforward.points.stocks"), "KEPT", 1000)


@pytest.mark.parametrize(
    "data",
    [
        lambda: X,
        lambda: X.numpy(),
        lambda: TensorDataset(X),
        lambda: DataLoader(TensorDataset(X), batch_size=7),
        lambda: DataLoader(TensorDataset(X), batch_size=64, num_workers=1),
        lambda: iter(X.split(11)),
    ],
    ids=["tensor", "array", "data set", "loader", "workers", "iterator"],
)
@pytest.mark.filterwarnings("ignore::pushforward.errors.LabelsDropped")
def test_some_points_are_those_of_all(data, monkeypatch):
    _in_file(monkeypatch)
    there = stock(data(), "X")
    assert there.count == 300
    assert torch.equal(there.take([299, 0, 5]), X[[299, 0, 5]])
    assert torch.equal(there.item(17), X[17])
    assert torch.equal(there.through(lambda x: 2 * x).item(17), 2 * X[17])
    assert stock(there, "X") is there


def test_every_part_keeps_its_kind_in_a_file(monkeypatch):
    _in_file(monkeypatch)
    on, number = X[:, 0, 0] > 0, torch.arange(300, dtype=torch.int16)
    parts = [{"x": X[i], "on": on[i], "number": number[i], "none": X[i, :0]} for i in torch.arange(300).split(40)]
    there = stock(iter(parts), "X").take([250, 3])
    assert torch.equal(there["x"], X[[250, 3]])
    assert torch.equal(there["on"], on[[250, 3]])
    assert torch.equal(there["number"], number[[250, 3]])
    assert there["none"].shape == (2, 0, 3)
    there["x"].zero_()  # memory of its own


def test_large_tables_come_some_rows_at_a_time(monkeypatch, tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"a": np.arange(100.0), "b": np.arange(100)})
    frame.to_parquet(tmp_path / "x.parquet")
    frame[["a"]].to_parquet(tmp_path / "one.parquet")
    whole, one = read(tmp_path / "x.parquet"), read(tmp_path / "one.parquet")
    monkeypatch.setattr(files, "MAPPED", 10)
    monkeypatch.setattr(files, "ROWS", 30)
    assert [len(part) for part in files.opened(tmp_path / "x.parquet")] == [30, 30, 30, 10]
    assert torch.equal(read(tmp_path / "x.parquet"), whole)
    assert torch.equal(read(tmp_path / "one.parquet"), one)
    assert one.dtype == torch.float64
    assert torch.equal(stock(tmp_path / "x.parquet", "X").take([99, 1]), whole[[99, 1]])


def test_no_points_are_refused():
    with pytest.raises(BadInput, match="X is empty"):
        stock(X[:0], "X")
    with pytest.raises(BadInput, match="the data is empty"):
        stock(iter([]), "X")
