import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from pushforward.modules.finding import by_size, communities, modularity
from pushforward.modules.finding.cluster import agreement
from pushforward.rng import integers, permutation, uniform


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
    assert agreement(clusters, labels[order]) == 1.0


def test_a_neuron_without_neighbours_is_in_no_community():
    graph, _ = blocks([10, 12])
    graph[3], graph[:, 3] = 0, 0
    assert communities(graph, 1.0)[3] == -1
    assert (communities(torch.zeros(5, 5), 1.0) == -1).all()


def test_modularity_is_newmans_double_sum():
    graph, labels = blocks([5, 8, 4], outside=0.4)
    w, degree = graph.sum(), graph.sum(1)
    wanted = sum(
        (graph[i, j] - degree[i] * degree[j] / w) / w for i in range(17) for j in range(17) if labels[i] == labels[j]
    )
    assert abs(modularity(graph, labels) - float(wanted)) < 1e-6
    assert modularity(torch.zeros(4, 4), torch.zeros(4, dtype=torch.long)) == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(1, 6))
def test_agreement_is_the_adjusted_rand_index(seed, p, q):
    a, b = integers(p, (40,), seed=seed), integers(q, (40,), seed=seed + 1)
    assert abs(agreement(a, b) - adjusted_rand_score(a, b)) < 1e-9
    assert agreement(a, b) == agreement(b, a)


def test_by_size_renumbers_and_dissolves():
    labels = torch.tensor([4, 4, 0, 0, 0, -1, 7])
    assert by_size(labels).tolist() == [1, 1, 0, 0, 0, -1, 2]
    assert by_size(labels, smallest=2).tolist() == [1, 1, 0, 0, 0, -1, -1]
