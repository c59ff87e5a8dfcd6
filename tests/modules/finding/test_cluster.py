import ctypes
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from sklearn.metrics import adjusted_rand_score

from pushforward.modules.finding import by_size, communities, modularity
from pushforward.rng import permutation, uniform


def blocks(sizes, *, inside=1.0, outside=0.05, seed=0):
    labels = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    same = labels[:, None] == labels[None]
    graph = torch.where(same, inside, outside) * uniform((len(labels), len(labels)), seed=seed)
    return (graph + graph.T).fill_diagonal_(0), labels


def test_communities_are_the_blocks_largest_first():
    graph, labels = blocks([10, 30, 20])
    order = permutation(60, seed=1)
    clusters = communities(graph[order][:, order], 1.0)
    assert torch.bincount(clusters).tolist() == [30, 20, 10]
    assert adjusted_rand_score(clusters, labels[order]) == 1.0


def test_a_neuron_without_neighbours_is_in_no_community():
    graph, _ = blocks([10, 12])
    graph[3], graph[:, 3] = 0, 0
    assert communities(graph, 1.0)[3] == -1
    assert (communities(torch.zeros(5, 5), 1.0) == -1).all()


def test_the_seed_alone_decides_in_every_thread():
    faint, _ = blocks([40, 40, 40], inside=1.0, outside=0.9)
    wanted = [communities(faint, 1.5, seed=s) for s in range(4)]
    assert any(not torch.equal(wanted[0], other) for other in wanted[1:])
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(lambda s: communities(faint, 1.5, seed=s), [0, 1, 2, 3] * 5))
    assert all(torch.equal(wanted[i % 4], labels) for i, labels in enumerate(again))


@pytest.mark.skipif(sys.platform == "win32", reason="C's library has another name there")
def test_no_global_state_is_touched():
    library, graph = ctypes.CDLL(None), blocks([10, 12])[0]
    states = []
    for between in (lambda: None, lambda: communities(graph, 1.0, seed=7)):
        library.srand(5)
        between()
        states.append(library.rand())
    assert states[0] == states[1]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_as_modular_as_any_partition_that_a_search_by_swaps_improves(dtype):
    graph, labels = blocks([12, 9, 7], inside=1.0, outside=0.6, seed=3)
    own = communities(graph.to(dtype), 1.0)
    best = modularity(graph, own)
    assert best >= modularity(graph, labels) - 1e-9
    for neuron in range(28):
        for other in range(int(own.max()) + 2):
            moved = own.clone()
            moved[neuron] = other
            assert modularity(graph, moved) <= best + 1e-7


def test_modularity_is_newmans_double_sum():
    graph, labels = blocks([5, 8, 4], outside=0.4)
    w, degree = graph.sum(), graph.sum(1)
    wanted = sum(
        (graph[i, j] - degree[i] * degree[j] / w) / w for i in range(17) for j in range(17) if labels[i] == labels[j]
    )
    assert abs(modularity(graph, labels) - float(wanted)) < 1e-6
    assert modularity(torch.zeros(4, 4), torch.zeros(4, dtype=torch.long)) == 0


def test_by_size_renumbers_and_dissolves():
    labels = torch.tensor([4, 4, 0, 0, 0, -1, 7])
    assert by_size(labels).tolist() == [1, 1, 0, 0, 0, -1, 2]
    assert by_size(labels, smallest=2).tolist() == [1, 1, 0, 0, 0, -1, -1]
