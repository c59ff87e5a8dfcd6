"""Clouds: points once, without outliers, in coordinates that do not depend on the order of rows or columns."""

import math

import pytest
import torch

from pushforward.points import cloud, farthest_first, nearest
from pushforward.rng import generator, normal, permutation, uniform


def two_circles(n, d):
    """Circles in planes of their own; the first column says which: sorted rows are first all of one."""
    draws = generator(0)
    angle = 2 * math.pi * uniform((2 * n, 1), seed=draws)
    X = torch.zeros(2 * n, d)
    X[:n, 1:3] = torch.cat([angle[:n].cos(), angle[:n].sin()], 1)
    X[n:, 3:5] = torch.cat([angle[n:].cos(), angle[n:].sin()], 1)
    X[:n, 0], X[n:, 0] = -3.0, 3.0
    return X + 0.02 * normal(X.shape, seed=draws)


@pytest.mark.parametrize("order", [None, 3])
def test_coordinates_are_those_of_all_the_points(order):
    X = two_circles(4000, 200)
    for columns in (X, X.flip(1)):
        found = cloud(columns, "X", order=order)
        basis = found.basis if columns is X else found.basis.flip(1)
        assert (basis[:, 1:5].square().sum(0) > 0.99).all()


def test_rows_may_come_in_any_order():
    X = two_circles(300, 20)
    first = cloud(X, "X", order=0)
    again = cloud(X[permutation(len(X), seed=1)], "X", order=0)
    assert torch.equal(first.y, again.y)
    assert torch.equal(first.basis, again.basis)


def test_copies_and_outliers_are_counted():
    X = torch.cat([uniform((500, 3), seed=0), torch.full((1, 3), 50.0)])
    found = cloud(torch.cat([X, X[:40]]), "X", left_out=lambda rows: rows.norm(dim=1) > 10)
    assert (found.given, found.copies, found.outliers, len(found.y)) == (541, 40, 1, 500)
    assert int(found.counts.sum()) == 540


def test_the_nearest_are_the_nearest():
    a, b = normal((1203, 3), seed=0), normal((50, 3), seed=1)
    wanted = torch.cdist(a, b).sort(1)
    found = nearest(a, b, 3)
    torch.testing.assert_close(found.distances, wanted.values[:, :3])
    assert torch.equal(found.indices, wanted.indices[:, :3])


def test_the_farthest_come_first():
    x = torch.arange(9.0)
    assert farthest_first(lambda i: (x - x[i]).abs(), 0, 4) == [0, 8, 4, 2]
    assert farthest_first(lambda i: torch.where(x < 5, (x - x[i]).abs(), -1.0), 0, 2) == [0, 4]
