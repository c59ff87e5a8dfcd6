"""Networks of sets, graphs and other things, and networks that iterate or take derivatives inside."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (its usual name)

from parts import Case, Module, linear, normal

EDGES = torch.tensor([[0, 1, 1, 2, 3, 0], [1, 0, 2, 3, 0, 2]])


def dense_graph(m: Any, nodes: Tensor, adjacency: Tensor) -> Tensor:
    share = adjacency / adjacency.sum(-1, keepdim=True)
    return F.relu(m.second(share @ F.relu(m.first(share @ nodes)))).mean(1)


def sparse_graph(m: Any, nodes: Tensor) -> Tensor:
    """Messages along fixed edges, added up where they arrive."""
    into = torch.zeros_like(m.first(nodes)).index_add(1, m.edges[1], F.relu(m.first(nodes))[:, m.edges[0]])
    return m.second(into).sum(1)


def graph_attention(m: Any, nodes: Tensor) -> Tensor:
    h, (source, target) = m.first(nodes), m.edges
    score = F.leaky_relu(m.score(torch.cat([h[:, source], h[:, target]], -1)), 0.2)[..., 0].exp()
    total = torch.zeros_like(h[..., 0]).scatter_add(1, target.expand_as(score), score)
    share = score / total[:, target]
    return torch.zeros_like(h).index_add(1, target, share[..., None] * h[:, source])


def dual(m: Any, x: Tensor) -> Tensor:
    return m.rho(m.phi(x).sum(1))


def set_transformer(m: Any, x: Tensor) -> Tensor:
    inner = m.inner(m.points.expand(len(x), -1, -1), x, x)[0]
    x = m.outer(x, inner, inner)[0]
    return m.pool(m.seed.expand(len(x), -1, -1), F.relu(x), F.relu(x))[0]


def squash(s: Tensor) -> Tensor:
    square = s.square().sum(-1, keepdim=True)
    return square / (1 + square) * s / (square + 1e-8).sqrt()


def capsules(m: Any, x: Tensor) -> Tensor:
    votes = torch.einsum("nid,ijde->nije", squash(m.first(x).unflatten(1, (3, 2))), m.votes)
    logits = votes.new_zeros(votes.shape[:3])
    for _ in range(2):
        out = squash((logits.softmax(2)[..., None] * votes).sum(1))
        logits = logits + (votes * out[:, None]).sum(-1)
    return out.norm(dim=-1)


def coupling(m: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    total = x.new_zeros(len(x))
    for layer in m.layers:
        a, b = x.chunk(2, 1)
        scale, shift = layer(a).chunk(2, 1)
        x = torch.cat([b * torch.tanh(scale).exp() + shift, a], 1)
        total = total + torch.tanh(scale).sum(1)
    return x, total


def runge_kutta(m: Any, x: Tensor) -> Tensor:
    f, h = (lambda z: torch.tanh(m.first(z))), 0.5
    for _ in range(2):
        k1 = f(x)
        k2 = f(x + h / 2 * k1)
        x = x + h * f(x + h / 2 * k2)
    return x


def equilibrium(m: Any, x: Tensor) -> Tensor:
    z = torch.zeros_like(x)
    for _ in range(4):
        z = torch.tanh(0.3 * m.first(z) + x)
    return m.second(z)


def energy(m: Any, x: Tensor) -> Tensor:
    """Minus the gradient of an energy, by `torch.autograd.grad` within the pass."""
    with torch.enable_grad():
        x = x if x.requires_grad else x.detach().requires_grad_()
        return -torch.autograd.grad(m.second(torch.tanh(m.first(x))).sum(), x, create_graph=True)[0]


def functional_energy(m: Any, x: Tensor) -> Tensor:
    return torch.func.grad(lambda z: m.second(F.softplus(m.first(z))).sum())(x)


def hypernetwork(m: Any, x: Tensor, condition: Tensor) -> Tensor:
    weight, bias = m.maker(F.relu(m.condition(condition))).split([12, 3], 1)
    return torch.tanh(torch.einsum("nij,nj->ni", weight.unflatten(1, (3, 4)), x) + bias)


def splines(m: Any, x: Tensor) -> Tensor:
    """A layer of a Kolmogorov–Arnold network: a piecewise polynomial on each edge."""
    basis = F.relu(1 - (2 * x[..., None] - torch.linspace(-2, 2, 5).to(x)).abs()) ** 2
    return torch.einsum("nik,oik->no", basis, m.weight) + m.base(F.silu(x))


def siamese(m: Any, left: Tensor, right: Tensor) -> Tensor:
    a, b = m.body(left), m.body(right)
    return torch.stack([F.cosine_similarity(a, b), F.pairwise_distance(a, b)], 1)


def sinkhorn(m: Any, x: Tensor) -> Tensor:
    scores = m.first(x).unflatten(1, (3, 3))
    for _ in range(3):
        scores = scores.log_softmax(1).log_softmax(2)
    return scores.exp()


def process(m: Any, x: Tensor) -> Tensor:
    """The mean of a Gaussian process."""
    kernel = lambda a, b: torch.exp(-(a[..., :, None, :] - b[..., None, :, :]).square().sum(-1))  # noqa: E731
    chol = torch.linalg.cholesky(kernel(m.points, m.points) + 0.1 * torch.eye(4).to(x))
    return (kernel(x[:, None], m.points) @ torch.cholesky_solve(m.values, chol))[:, 0]


def complex_layers(m: Any, x: Tensor) -> Tensor:
    z = torch.complex(m.first(x), m.second(x))
    z = F.relu(z.abs() - 0.1) * torch.exp(1j * z.angle())
    return torch.view_as_real(z @ torch.view_as_complex(m.mix))


def memory(m: Any, x: Tensor) -> Tensor:
    """A memory that is read and written to by content."""
    cells = m.cells.expand(len(x), -1, -1)
    for t in range(x.shape[1]):
        key, value = m.first(x[:, t]).chunk(2, 1)
        share = F.cosine_similarity(cells, key[:, None], dim=-1).softmax(1)[..., None]
        cells = cells * (1 - share * torch.sigmoid(value)[:, None]) + share * value[:, None]
    return cells.mean(1)


def points(n: int, d: int) -> Callable[[], Tensor]:
    return lambda: normal(n, d)


def attention(width: int) -> nn.Module:
    return nn.MultiheadAttention(width, 2, batch_first=True)


SETS = (
    Case(
        "graph network, adjacency as a second input",
        lambda: Module(dense_graph, **linear(3, 4)),
        lambda: {"nodes": normal(4, 3), "adjacency": torch.eye(4) + torch.eye(4).roll(1, 0)},
        ("relu", "relu#2", "output"),
    ),
    Case(
        "graph convolution on fixed edges, `index_add`",
        lambda: Module(sparse_graph, edges=EDGES, **linear(3, 4)),
        points(4, 3),
        ("relu", "output"),
    ),
    Case(
        "graph attention on fixed edges, `scatter_add`",
        lambda: Module(graph_attention, edges=EDGES, first=nn.Linear(3, 4), score=nn.Linear(8, 1)),
        points(4, 3),
        ("leaky_relu", "output"),
    ),
    Case(
        "sum over a set (DeepSets)",
        lambda: Module(
            dual, phi=nn.Sequential(nn.Linear(3, 4), nn.ELU()), rho=nn.Sequential(nn.Linear(4, 2), nn.Tanh())
        ),
        points(5, 3),
        ("phi.1", "output"),
    ),
    Case(
        "attention to learned points (set transformer)",
        lambda: Module(
            set_transformer,
            points=nn.Parameter(normal(1, 2, 4)),
            seed=nn.Parameter(normal(1, 1, 4)),
            inner=attention(4),
            outer=attention(4),
            pool=attention(4),
        ),
        points(3, 4),
        ("relu", "relu#2", "output"),
    ),
    Case(
        "largest over a set (PointNet)",
        lambda: Module(lambda m, x: m.second(F.relu(m.first(x)).max(1).values), **linear(3, 6)),
        points(5, 3),
        ("relu", "output"),
    ),
    Case(
        "capsules with routing by agreement",
        lambda: Module(capsules, first=nn.Linear(4, 6), votes=nn.Parameter(normal(3, 2, 2, 3))),
        lambda: normal(4),
        ("first", "output"),
    ),
    Case(
        "normalising flow of coupling layers",
        lambda: Module(
            coupling, layers=nn.ModuleList(nn.Sequential(nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 4)) for _ in range(2))
        ),
        lambda: normal(4),
        ("layers.0.1", "tanh", "tanh#2", "layers.1.1", "tanh#3", "tanh#4", "output.0", "output.1"),
    ),
    Case(
        "differential equation, steps of Runge and Kutta",
        lambda: Module(runge_kutta, first=nn.Linear(3, 3)),
        lambda: normal(3),
        ("tanh", *(f"tanh#{k}" for k in range(2, 7)), "output"),
    ),
    Case(
        "fixed point by iteration (deep equilibrium)",
        lambda: Module(equilibrium, **linear(3, 3)),
        lambda: normal(3),
        ("tanh", "tanh#2", "tanh#3", "tanh#4", "output"),
    ),
    Case(
        "force of an energy, `torch.autograd.grad` inside",
        lambda: Module(energy, first=nn.Linear(3, 5), second=nn.Linear(5, 1)),
        lambda: normal(3),
        ("tanh", "output"),
        way="DoubleReverse",
        traced=False,
    ),
    Case(
        "force of an energy, `torch.func.grad` inside",
        lambda: Module(functional_energy, first=nn.Linear(3, 5), second=nn.Linear(5, 1)),
        lambda: normal(3),
        ("softplus", "output"),
    ),
    Case(
        "hypernetwork, two inputs",
        lambda: Module(hypernetwork, condition=nn.Linear(2, 5), maker=nn.Linear(5, 15)),
        lambda: (normal(4), normal(2, seed=1)),
        ("relu", "output"),
    ),
    Case(
        "splines on edges (Kolmogorov–Arnold)",
        lambda: Module(splines, weight=nn.Parameter(normal(3, 4, 5)), base=nn.Linear(4, 3)),
        lambda: 0.3 * normal(4),
        ("relu", "silu", "output"),
    ),
    Case(
        "siamese network, distances and cosines",
        lambda: Module(siamese, body=nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))),
        lambda: (normal(3), normal(3, seed=1)),
        ("body.1", "body.1#2", "output"),
    ),
    Case(
        "Sinkhorn iterations", lambda: Module(sinkhorn, first=nn.Linear(4, 9)), lambda: normal(4), ("first", "output")
    ),
    Case(
        "Gaussian process, Cholesky inside",
        lambda: Module(process, points=nn.Parameter(normal(4, 3)), values=nn.Parameter(normal(4, 2))),
        lambda: 0.5 * normal(3),
        ("output",),
    ),
    Case(
        "complex layers, activation of the modulus",
        lambda: Module(
            complex_layers, mix=nn.Parameter(normal(4, 3, 2)), first=nn.Linear(3, 4), second=nn.Linear(3, 4)
        ),
        lambda: normal(3),
        ("relu", "output"),
    ),
    Case(
        "memory that is read and written by content",
        lambda: Module(memory, cells=nn.Parameter(normal(1, 3, 4)), first=nn.Linear(3, 8)),
        points(2, 3),
        ("sigmoid", "sigmoid#2", "output"),
        traced=False,
    ),
)
