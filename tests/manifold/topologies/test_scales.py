"""Uneven points: strays, parts, places of another dimension."""

import math

import numpy as np
import torch
from scipy.sparse.csgraph import connected_components

from pushforward.manifold.topologies.scales import connected, labels_of, local_scale, odd_places, scaled
from pushforward.points import both_ways, crowded, neighbour_graph, strays
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
