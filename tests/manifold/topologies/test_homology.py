import math

import numpy as np
import pytest
import scipy.sparse.csgraph
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from manifold.topologies.shapes import BETTI
from pushforward.manifold.topologies.complexes import closure, cover_nerve
from pushforward.manifold.topologies.homology import bars, betti, euler, lasting

complexes = st.lists(st.sets(st.integers(0, 7), min_size=1, max_size=4), min_size=1, max_size=12)


def dense_betti(complex_, p):
    """Betti numbers by the ranks of dense boundary matrices, slowly."""
    ranks = [0]
    for k in range(1, complex_.dim + 1):
        place = {tuple(f): i for i, f in enumerate(complex_.simplices[k - 1].tolist())}
        D = np.zeros((len(place), len(complex_.simplices[k])), dtype=np.int64)
        for j, s in enumerate(complex_.simplices[k].tolist()):
            for i in range(k + 1):
                D[place[tuple(s[:i] + s[i + 1 :])], j] = (-1) ** i
        ranks.append(rank(D % p, p))
    ranks.append(0)
    return tuple(len(complex_.simplices[k]) - ranks[k] - ranks[k + 1] for k in range(complex_.dim + 1))


def rank(D, p):
    """By Gaussian elimination mod p."""
    D, pivots = D.copy(), 0
    for column in range(D.shape[1]):
        rows = np.flatnonzero(D[pivots:, column]) + pivots
        if not len(rows):
            continue
        D[[pivots, rows[0]]] = D[[rows[0], pivots]]
        D[pivots] = D[pivots] * pow(int(D[pivots, column]), -1, p) % p
        for row in range(len(D)):
            if row != pivots:
                D[row] = (D[row] - D[row, column] * D[pivots]) % p
        pivots += 1
    return pivots


@pytest.mark.parametrize("name", BETTI)
def test_triangulations(name):
    simplices, two, three = BETTI[name]
    whole = closure(simplices)
    assert betti(whole, p=2) == two
    assert betti(whole, p=3) == three
    assert whole.euler == euler(two) == euler(three)


@settings(deadline=None)
@given(complexes, st.sampled_from([2, 3, 5]))
def test_as_dense_ranks(simplices, p):
    whole = closure(simplices)
    assert betti(whole, p=p) == dense_betti(whole, p)
    assert whole.euler == euler(betti(whole, p=p))


@settings(deadline=None)
@given(complexes, st.permutations(range(8)))
def test_names_of_vertices_do_not_matter(simplices, order):
    other = closure([{order[v] for v in s} for s in simplices])
    assert betti(closure(simplices), p=3) == betti(other, p=3)


@settings(deadline=None)
@given(complexes)
def test_parts_are_connected_components(simplices):
    whole = closure(simplices)
    vertices = whole.simplices[0][:, 0].tolist()
    place = {v: i for i, v in enumerate(vertices)}
    A = np.zeros((len(vertices), len(vertices)))
    for a, b in whole.simplices[1].tolist() if whole.dim else []:
        A[place[a], place[b]] = 1
    assert betti(whole, p=2)[0] == scipy.sparse.csgraph.connected_components(A, directed=False)[0]


def circle_apart(landmarks, points, seed=0):
    """Distances along a circle of length 1."""
    at = np.sort(np.random.default_rng(seed).random(points))
    d = np.abs(np.linspace(0, 1, landmarks, endpoint=False)[:, None] - at)
    return np.minimum(d, 1 - d)


def test_nerve_of_arcs_is_a_circle_until_they_are_half_of_it():
    apart = circle_apart(9, 800)
    nerve = cover_nerve(apart, dim=2, until=0.5)
    loop = max((b for b in bars(nerve, p=2) if b.dim == 1), key=lambda b: b.death - b.birth)
    assert loop.birth == pytest.approx(1 / 18, abs=0.005)
    assert 0.2 < loop.death < 0.35


def test_values_of_faces_are_not_later():
    nerve = cover_nerve(circle_apart(7, 60), dim=3, until=0.4)
    for k in range(1, nerve.dim + 1):
        place = {tuple(f): v for f, v in zip(nerve.simplices[k - 1].tolist(), nerve.values[k - 1], strict=True)}
        for s, value in zip(nerve.simplices[k].tolist(), nerve.values[k], strict=True):
            assert all(place[tuple(s[:i] + s[i + 1 :])] <= value for i in range(k + 1))


def test_nerve_as_by_definition():
    apart = torch.rand(5, 12, generator=torch.Generator().manual_seed(0)).double().numpy()
    nerve = cover_nerve(apart, dim=2, until=0.6)
    for s, value in zip(nerve.simplices[2].tolist(), nerve.values[2], strict=True):
        assert value == pytest.approx(min(max(apart[i, x] for i in s) for x in range(12)))
    count = sum(
        min(max(apart[i, x] for i in (a, b, c)) for x in range(12)) <= 0.6
        for a in range(5)
        for b in range(a + 1, 5)
        for c in range(b + 1, 5)
    )
    assert len(nerve.simplices[2]) == count


def test_lasting_counts_what_spans_the_window():
    nerve = cover_nerve(circle_apart(9, 800), dim=2, until=0.5)
    classes = bars(nerve, p=3)
    assert lasting(classes, dim=1, born=0.08, alive=0.15) == (1, 1)
    assert lasting(classes, dim=1, born=0.08, alive=0.49) == (1, 0)
    assert math.isinf(classes[0].death) or classes[0].dim == 0
    assert nerve.until(0.0).euler <= 9
