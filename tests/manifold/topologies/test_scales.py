"""Uneven points: strays, parts, places of another dimension."""

import math

import numpy as np
import pytest
import torch
from scipy.sparse.csgraph import connected_components

from pushforward.manifold.topologies.scales import (
    beside,
    bridged,
    connected,
    dimension_of_neighbours,
    labels_of,
    lengthwise,
    local_scale,
    odd_places,
    scaled,
)
from pushforward.points import both_ways, crowded, lonely, nearest, neighbour_graph, strays
from pushforward.rng import normal, uniform


def ring(n, seed=0):
    a = 2 * math.pi * uniform((n, 1), seed=seed)
    return torch.cat([a.cos(), a.sin()], 1)


def parts_of(y, dim):
    return np.bincount(labels_of(y, local_scale(y), dim)).tolist()


def test_a_thin_part_is_none_of_the_strays_and_a_part_of_its_own():
    y = torch.cat([ring(1500), ring(150, seed=1) + 5])
    assert not strays(y, 1).any()
    assert parts_of(y, 1) == [1500, 150]


def test_outliers_are_strays_whether_they_are_many_or_few():
    y = torch.cat([torch.nn.functional.pad(ring(1000), (0, 8)), 3 * normal((50, 10), seed=2)])
    out = strays(y, 1)
    assert out[1000:].all()
    assert not out[:1000].any()
    assert crowded(y, out, 1) == 0  # they fill all directions


def test_left_out_points_that_are_neighbours_may_be_a_part():
    y = torch.cat([ring(1000), ring(100, seed=3) + 4])
    out = torch.arange(1100) >= 1000
    assert crowded(y, out, 1) == 100


def test_a_circle_of_uneven_density_is_one_part():
    a = 2 * math.pi * uniform((1500,), seed=0) ** 2
    assert parts_of(torch.stack([a.cos(), a.sin()], 1), 1) == [1500]


def test_discs_that_are_near_are_two():
    r, a = uniform((4000, 1), seed=0).sqrt(), 2 * math.pi * uniform((4000, 1), seed=1)
    y = r * torch.cat([a.cos(), a.sin()], 1)
    y[2000:, 0] += 2.15
    assert parts_of(y, 2) == [2000, 2000]


def test_lengths_are_in_scales():
    y = torch.cat([torch.linspace(0, 1, 100), 2 + torch.linspace(0, 9, 100)])[:, None]
    graph = scaled(neighbour_graph(y), local_scale(y))
    lengths = np.array([graph[i, i + 1] for i in (50, 150)])
    assert lengths.max() < 1.1 * lengths.min()


def test_pieces_are_linked_at_both_ends_so_that_circles_stay_circles():
    a = torch.linspace(0, 2 * math.pi, 101)[:-1]
    y = torch.stack([a.cos(), a.sin()], 1)
    to = np.arange(100)
    cut = np.isin(to, (49, 99))
    graph = both_ways(np.full(98, 1.0), to[~cut], (to[~cut] + 1) % 100, 100)
    assert connected_components(graph)[0] == 2
    whole = connected(y, graph, torch.full((100,), 0.06), 1)
    assert connected_components(whole)[0] == 1
    assert all(whole[i, (i + 1) % 100] > 0 for i in (49, 99))


def test_hairs_fill_fewer_directions_and_crossings_more():
    disc = torch.nn.functional.pad(uniform((3000, 2), seed=0), (0, 1))
    hair = torch.cat([torch.full((150, 2), 0.5), 0.1 + uniform((150, 1), seed=1)], 1)
    assert 0.03 < odd_places(torch.cat([disc, hair]), 2)[0] < 0.06
    assert odd_places(disc, 2) == (0.0, 0.0)
    ball = torch.nn.functional.pad(uniform((4000, 3), seed=2) - 0.5, (0, 3))
    assert odd_places(torch.cat([ball, ball.roll(3, 1)]), 3)[1] > 0.001
    assert odd_places(ball, 3)[1] == 0


def test_neighbours_far_nearer_to_each_other_than_to_the_origin():
    y = torch.stack([torch.full((50,), 1.4), 1e-5 * torch.arange(50.0)], 1)
    assert nearest(y, y, 2).distances[:, 1].double() == pytest.approx(1e-5, rel=0.01)


def strands(apart, n=150):
    """Two lines beside each other, points and unit tangents."""
    line = torch.stack([torch.linspace(0, 1, n), torch.zeros(n)], 1)
    y = torch.cat([line, line + torch.tensor([0.0, apart])])
    return y, torch.tensor([1.0, 0.0])[None, :, None].expand(2 * n, -1, -1)


def test_strands_near_each_other_are_not_linked():
    for apart, parts in ((0.04, 2), (0.01, 1)):  # charts of noisy curves lie side by side, nearer than a scale
        y, tangents = strands(apart)
        graph = neighbour_graph(y, neighbours=14)
        assert connected_components(graph)[0] == 1
        assert connected_components(lengthwise(y, tangents, local_scale(y), graph))[0] == parts


def test_only_ends_are_joined_over_gaps():
    y, _ = strands(0.05)
    assert parts_of(y, 1) == [150, 150]  # beside each other, four scales would reach
    row = torch.cat([y[:150], y[:150] + torch.tensor([1.05, 0.0])])
    assert parts_of(row, 1) == [300]


def test_gaps_wider_than_chance():
    a = 6.2832 * uniform((1000,), seed=0)
    ring = torch.stack([a.cos(), a.sin()], 1)
    assert bridged(ring) == 0
    assert bridged(ring[(a < 3) | (a > 3.09)]) >= 1  # 14 times the usual way


def test_nearest_neighbours_see_strands():
    assert dimension_of_neighbours(uniform((2000, 2), seed=0)) == pytest.approx(2, abs=0.2)
    lines = torch.stack([uniform((2000,), seed=0), (uniform((2000,), seed=1) * 8).floor() / 20], 1)
    assert dimension_of_neighbours(lines) < 1.3


def test_points_in_an_empty_hole_are_lonely():
    ring = uniform((4000, 2), seed=0) * 2 - 1
    ring = ring[ring.norm(dim=1) > 0.7]
    hole = 0.5 * (uniform((8, 2), seed=1) - 0.5)
    out = lonely(torch.cat([ring, hole]))
    assert out[-8:].all()
    assert out[:-8].double().mean() < 0.005


def test_parts_that_nearly_touch_are_told():
    y = uniform((1000, 2), seed=0)
    labels = np.repeat([0, 1], 1000)
    for gap, near in ((0.03, True), (0.5, False)):
        both = torch.cat([y, y + torch.tensor([1 + gap, 0.0])])
        assert beside(both, local_scale(both), labels) is near


def test_what_a_stretched_curve_leaves_apart_is_no_gap():
    """Where a map is steep, points are sparse: a gap is measured by the sparser of its sides."""
    a = 2 * math.pi * uniform((600, 1), seed=2)
    assert not bridged(torch.cat([a.cos(), (8 * a.sin()).tanh()], 1))
    a = a[(a[:, 0] - 1).abs() > 0.08]
    assert bridged(torch.cat([a.cos(), a.sin()], 1)) > 0
