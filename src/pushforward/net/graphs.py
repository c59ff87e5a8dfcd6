"""`Graphs`: a network of graphs, nodes and edges, as one of batches of graphs."""

import inspect
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.net.recorder import Entry

NODES = ("x", "pos", "z")
MASK = "node_mask"


class Graphs(nn.Module):
    """A network of graphs, `model(x, edge_index, ...)`, as one that takes a batch of them.

    One input is one graph, a dict of x (nodes, d), edge_index (2, edges) and what else the model takes by name: parts
    called pos, z or node_… have a row for each node, parts called edge_… one for each edge, others belong to the graph.
    A batch runs as one graph of several parts, as in PyTorch Geometric, whose models are taken as they are: if the
    model has an argument `batch`, it gets the number of the graph of each node. Neurons are those of each node, or
    with `Neurons(unit="channel", mask="node_mask")` channels averaged over the nodes; graphs may then differ in size.

    >>> class Sum(nn.Module):
    ...     def forward(self, x, edge_index):
    ...         return torch.zeros_like(x).index_add(0, edge_index[1], x[edge_index[0]])
    >>> model = Graphs(Sum())
    >>> path = {"x": torch.tensor([[1.0], [2.0], [3.0]]), "edge_index": torch.tensor([[0, 1], [1, 2]])}
    >>> model(**Graphs.batch([path, path])).shape
    torch.Size([2, 3, 1])

    Source: batches as in Fey and Lenssen (2019), PyTorch Geometric.
    """

    @checked
    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model
        self._takes_batch = "batch" in inspect.signature(model.forward).parameters

    @staticmethod
    @checked
    def batch(graphs: Sequence[object]) -> dict[str, Tensor]:
        """Graphs as a batch, dicts or objects with these attributes: dict of parts (n, ...).

        Graphs of several sizes are filled up, with edges −1 and with nodes where `node_mask` is 0; both are left out
        when the network runs. Raises `BadInput`.
        """
        rows = [_parts(graph) for graph in graphs]
        if not rows or any(row.keys() != rows[0].keys() for row in rows):
            raise BadInput("`Graphs.batch(graphs)`: one graph or more, all with the same parts, are needed.")
        whole = {name: _stacked(name, [row[name] for row in rows]) for name in rows[0]}
        sizes = torch.tensor([[len(row["x"]), row["edge_index"].shape[1]] for row in rows])
        if (sizes != sizes[0]).any():
            whole[MASK] = (torch.arange(int(sizes[:, 0].max())) < sizes[:, :1]).long()
        return whole

    @checked
    def forward(self, x: Tensor, edge_index: Tensor, **parts: Tensor) -> object:
        """What the model gives for all graphs, those of nodes and edges with one row for each graph first."""
        union = Union(x, edge_index, parts.pop(MASK, None))
        rest = {name: union.joined(name, part) for name, part in parts.items()}
        if self._takes_batch:
            rest["batch"] = union.graph
        return _each(self.model(union.joined("x", x), union.edges, **rest), union)


class Union:
    """A batch of graphs as one graph: node j of graph i is number i·nodes + j, without those that are left out."""

    def __init__(self, x: Tensor, edge_index: Tensor, mask: Tensor | None = None):
        if x.ndim < 3 or edge_index.ndim != 3 or edge_index.shape[1] != 2 or len(edge_index) != len(x):
            raise BadInput(
                f"x {tuple(x.shape[1:])} and edge_index {tuple(edge_index.shape[1:])} for one graph: (nodes, d) and "
                "(2, edges) are needed. `Graphs.batch(graphs)` makes a batch of graphs."
            )
        self.n, self.nodes, self.length = *x.shape[:2], edge_index.shape[2]
        offsets = torch.arange(self.n, device=edge_index.device) * self.nodes
        self.edges = (edge_index + offsets[:, None, None]).transpose(0, 1).flatten(1)
        self.graph = offsets.div(self.nodes, rounding_mode="floor").repeat_interleave(self.nodes)
        self.real: Tensor | None = None
        self.kept: Tensor | None = None
        self.mixed = False
        if mask is not None:
            self.real, self.kept = mask.flatten().nonzero()[:, 0], (edge_index[:, 0] >= 0).flatten().nonzero()[:, 0]
            self.mixed = not torch.equal(mask.sum(1), (edge_index[:, 0] >= 0).sum(1))
            number = mask.flatten().cumsum(0) - 1
            self.edges, self.graph = number[self.edges[:, self.kept]], self.graph[self.real]

    def joined(self, name: str, part: Tensor) -> Tensor:
        """A part of the graphs as one of the union.  (n k ...) -> (n·k ...)"""
        if name.startswith("edge"):
            return part.flatten(0, 1) if self.kept is None else part.flatten(0, 1)[self.kept]
        if name in NODES or name.startswith("node"):
            return part.flatten(0, 1) if self.real is None else part.flatten(0, 1)[self.real]
        return part

    def split(self, value: Tensor) -> Tensor:
        """Rows of nodes or edges by graph; others as they are.  (n·k ...) -> (n k ...)

        Where nodes are left out, rows of edges stay as they are, and so do all if the two cannot be told apart.
        """
        rows = len(value) if value.ndim else 0
        if self.real is None:
            k = next((k for k in (self.nodes, self.length) if rows == self.n * k != self.n), None)
            return value if k is None else value.unflatten(0, (self.n, k))
        if rows != len(self.real) or (self.n > 1 and self.mixed and rows == self.edges.shape[1]):
            return value
        whole = value.new_zeros(self.n * self.nodes, *value.shape[1:]).index_copy(0, self.real, value)
        return whole.unflatten(0, (self.n, self.nodes))


def by_graph(model: nn.Module, entries: list[Entry], x: object) -> list[Entry]:
    """What a pass over a batch recorded; of `Graphs`, with one row for each graph first."""
    if not (isinstance(model, Graphs) and isinstance(x, Mapping)):
        return entries
    union = Union(x["x"], x["edge_index"], x.get(MASK))
    return [e if e.name.startswith("output") else e._replace(value=union.split(e.value)) for e in entries]


def _each(output: object, union: Union) -> object:
    """What a model returns with rows by graph."""
    if isinstance(output, Tensor):
        return union.split(output)
    if isinstance(output, tuple | list):
        return tuple(_each(part, union) for part in output)
    return {key: _each(part, union) for key, part in output.items()} if isinstance(output, Mapping) else output


def _parts(graph: object) -> dict[str, Tensor]:
    to_dict = getattr(graph, "to_dict", None)
    whole = to_dict() if callable(to_dict) else graph
    parts = whole if isinstance(whole, Mapping) else getattr(whole, "__dict__", {})
    tensors = {str(key): part for key, part in parts.items() if isinstance(part, Tensor)}
    if not {"x", "edge_index"} <= tensors.keys():
        raise BadInput(
            f"`Graphs.batch`: a graph has {', '.join(tensors) or 'no tensors'}; x (nodes, d) and edge_index (2, edges) "
            "are needed."
        )
    return tensors


def _stacked(name: str, parts: list[Tensor]) -> Tensor:
    if name == "edge_index":
        return pad_sequence([part.mT for part in parts], batch_first=True, padding_value=-1).mT
    if name in NODES or name.startswith(("node", "edge")):
        return pad_sequence(parts, batch_first=True)
    return torch.stack(parts)
