"""Networks of graphs: several graphs in a batch, of one size or several, neurons of nodes or of channels."""

from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import pushforward as pf
import reference
from parts import normal
from pushforward import structure
from pushforward.extend import Graphs

SIZES = ((5, 8), (7, 9), (3, 2), (6, 14))


def graph(nodes: int, edges: int, seed: int) -> dict[str, Tensor]:
    draws = torch.Generator().manual_seed(seed)
    return {"x": normal(nodes, 3, seed=seed), "edge_index": torch.randint(0, nodes, (2, edges), generator=draws)}


class Convolutions(nn.Module):
    """Two graph convolutions; with `pooled` a mean over the nodes of each graph."""

    def __init__(self, pooled: bool = True):
        super().__init__()
        torch.manual_seed(0)
        self.pooled, self.layers, self.last = pooled, nn.ModuleList([nn.Linear(3, 6), nn.Linear(6, 5)]), nn.Linear(5, 2)

    def forward(self, x: Tensor, edge_index: Tensor, batch: Tensor) -> Tensor:
        source, target = edge_index
        for layer in self.layers:
            h = layer(x)
            degree = x.new_ones(len(x)).index_add(0, target, x.new_ones(len(target)))
            x = torch.tanh((h + torch.zeros_like(h).index_add(0, target, h[source])) / degree[:, None])
        if not self.pooled:
            return self.last(x)
        sums = x.new_zeros(int(batch.max()) + 1, 5).index_add(0, batch, x)
        return self.last(sums / batch.bincount()[:, None])


class Attention(nn.Module):
    """Edges have neurons, too."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.score = nn.Linear(3, 4), nn.Linear(9, 1)

    def forward(self, x: Tensor, edge_index: Tensor, edge_attr: Tensor) -> Tensor:
        h, (source, target) = self.first(x), edge_index
        score = torch.sigmoid(self.score(torch.cat([h[source], h[target], edge_attr], 1)))
        return torch.zeros_like(h).index_add(0, target, score * h[source])


def alone(net: pf.Neurons, graphs: list[Any]) -> Tensor:
    return torch.cat([net(Graphs.batch([one])) for one in graphs])


@pytest.mark.parametrize("pooled", [False, True])
def test_graphs_of_one_size(pooled: bool) -> None:
    graphs = [graph(5, 8, seed) for seed in range(6)]
    X = Graphs.batch(graphs)
    net = pf.Neurons(Graphs(Convolutions(pooled).eval()))
    torch.testing.assert_close(net(X), alone(net, graphs))
    assert [layer.shape for layer in net.table] == [(5, 6), (5, 5), (2,) if pooled else (5, 2)]
    for i in range(5):
        x = structure.item(X, i)
        F = pf.push(net, pf.Gaussian.isotropic(x), x).factor
        wanted = reference.factor(net.model, x, torch.eye(15))
        assert (F - wanted).norm() < 1e-5 * wanted.norm()


def test_neurons_of_edges() -> None:
    graphs = [{**graph(4, 6, seed), "edge_attr": normal(6, 1, seed=seed)} for seed in range(3)]
    net = pf.Neurons(Graphs(Attention().eval()))
    torch.testing.assert_close(net(Graphs.batch(graphs)), alone(net, graphs))
    assert [(layer.name, layer.shape) for layer in net.table] == [("model.sigmoid", (6, 1)), ("output", (4, 4))]


def test_graphs_of_several_sizes() -> None:
    graphs = [graph(nodes, edges, seed) for seed, (nodes, edges) in enumerate(SIZES)]
    X, model = Graphs.batch(graphs), Graphs(Convolutions().eval())
    net, single = (pf.Neurons(model, unit="channel", mask="node_mask") for _ in range(2))
    torch.testing.assert_close(net(X), alone(single, graphs))
    for i, one in enumerate(graphs):
        x = structure.item(X, i)
        F = pf.push(net, pf.Gaussian.isotropic(x), x).factor
        wanted = pf.push(single, pf.Gaussian.isotropic(one), one).factor
        real = wanted.shape[1]
        torch.testing.assert_close(F[:, :real], wanted)
        assert not F[:, real:].any()  # nodes that only fill up do not move anything


def test_totals_of_nodes_and_edges_that_agree() -> None:
    graphs = [{**graph(n, e, n), "edge_attr": normal(e, 1)} for n, e in ((3, 5), (6, 4))]
    model = Graphs(Attention().eval())
    net, single = (pf.Neurons(model, unit="channel", mask="node_mask", layers="output") for _ in range(2))
    torch.testing.assert_close(net(Graphs.batch(graphs)), alone(single, graphs))


def test_objects_are_graphs() -> None:
    one = graph(3, 4, 0)
    X = Graphs.batch([SimpleNamespace(**one, name="no tensor")] * 2)
    assert X.keys() == one.keys()
    assert torch.equal(X["edge_index"][1], one["edge_index"])


def test_what_is_no_graph() -> None:
    with pytest.raises(pf.errors.BadInput, match=r"a graph has x; x \(nodes, d\) and edge_index \(2, edges\) are"):
        Graphs.batch([{"x": normal(3, 2)}])
    with pytest.raises(pf.errors.BadInput, match="one graph or more, all with the same parts"):
        Graphs.batch([graph(3, 4, 0), {**graph(3, 4, 0), "pos": normal(3, 2)}])
    wrong = {"x": normal(3, 3), "edge_index": torch.zeros(4, 2, dtype=torch.long)}
    with pytest.raises(pf.errors.BadInput, match=r"edge_index \(4, 2\) for one graph.*Graphs.batch"):
        pf.Neurons(Graphs(Convolutions().eval()), example=wrong)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("torch_geometric") is None, reason="needs `pip install torch_geometric`")
@pytest.mark.parametrize("kind", ["GCN", "GAT", "GIN"])
def test_models_of_torch_geometric(kind: str) -> None:
    nets = pytest.importorskip("torch_geometric.nn")
    data = pytest.importorskip("torch_geometric.data")
    torch.manual_seed(0)
    graphs = [data.Data(**graph(5, 8, seed)) for seed in range(3)]
    net = pf.Neurons(Graphs(getattr(nets, kind)(3, 6, 2, 2).eval()))
    X = Graphs.batch(graphs)
    torch.testing.assert_close(net(X), alone(net, graphs))
    x = structure.item(X, 0)
    F = pf.push(net, pf.Gaussian.isotropic(x), x).factor
    wanted = reference.factor(net.model, x, torch.eye(15))
    assert (F - wanted).norm() < 1e-5 * wanted.norm()
