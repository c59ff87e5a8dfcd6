"""Inputs of any structure are taken apart and put together again."""

from collections import UserDict
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import pushforward as pf
from parts import normal
from pushforward import structure

DTYPES = [torch.float32, torch.float64, torch.int64]
shapes = st.lists(st.integers(1, 3), max_size=2)
tensors = st.builds(lambda shape, dtype: torch.full(shape, 3.0).to(dtype), shapes, st.sampled_from(DTYPES))
leaf = st.one_of(tensors, st.none(), st.booleans(), st.text(max_size=2))
names = st.text("abc", min_size=1, max_size=2)
trees = st.recursive(
    leaf,
    lambda inner: st.one_of(st.lists(inner, max_size=3).map(tuple), st.dictionaries(names, inner, max_size=3)),
    max_leaves=6,
)


def same(x: Any, y: Any) -> bool:
    a, b = structure.leaves(x), structure.leaves(y)
    return structure.skeleton(x) == structure.skeleton(y) and all(
        s.dtype == t.dtype and torch.equal(s, t) for s, t in zip(a.values(), b.values(), strict=True)
    )


@settings(max_examples=60, deadline=None)
@given(trees)
def test_flat_and_back(x: Any) -> None:
    if not structure.moving(x):
        return
    v = structure.flat(x)
    assert same(structure.unflat(v, x), x)
    two = structure.unflat(torch.stack([v, v]), x)
    assert structure.length(two) == 2
    assert same(structure.item(two, 1), x)
    assert same(two, structure.batch(x, 2))


def test_leaves_are_named_by_their_path() -> None:
    x = {"a": torch.zeros(2), "b": (torch.zeros(1), [torch.zeros(3)])}
    assert list(structure.leaves(x)) == ["a", "b.0", "b.1.0"]
    assert list(structure.moving({"n": torch.tensor(1), "x": torch.zeros(1)})) == ["x"]


def test_other_mappings_and_arrays_become_plain() -> None:
    x = structure.tensors(UserDict(a=np.ones(2), b=np.arange(4)[::-2]))
    assert isinstance(x, dict)
    assert x["a"].dtype == torch.float64
    assert x["b"].tolist() == [3, 1]


def test_items_are_copies() -> None:
    X = normal(4, 3)
    x = structure.item(X, 1)
    assert x.untyped_storage().nbytes() == 12
    x.zero_()
    assert X[1].any()


def test_describe() -> None:
    assert structure.describe(torch.zeros(1, 28)) == "(1, 28)"
    assert structure.describe(np.zeros(3)) == "(3,) float64"
    assert structure.describe({"ids": torch.tensor([1, 2]), "x": torch.zeros(3)}) == "{ids: (2,) int64, x: (3,)}"


def test_skeletons_tell_numbers_apart() -> None:
    assert structure.skeleton({"x": normal(3), "n": 1}) == structure.skeleton({"x": normal(3, seed=1), "n": 1})
    assert structure.skeleton({"x": normal(3), "n": 1}) != structure.skeleton({"x": normal(3), "n": 2})


@pytest.mark.parametrize("x", [torch.tensor(1.0), (normal(2, 1), normal(3, 1)), (normal(2), torch.tensor(1)), 3, ()])
def test_no_common_batch_axis(x: Any) -> None:
    with pytest.raises(
        pf.errors.BadInput, match=r"one common first axis; .* was given. One input is a batch as `x\[None\]`"
    ):
        structure.length(x)


def test_unknown_types() -> None:
    with pytest.raises(pf.errors.BadInput, match=r"of type set was given.*Convert it with `torch.as_tensor`"):
        structure.leaves({1, 2})
    with pytest.raises(pf.errors.BadInput, match=r"array of <U1 was given; numbers are needed"):
        structure.leaves(np.array(["a"]))
