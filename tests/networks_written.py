"""Networks as they are written, wrapped, exported, and what they return."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (its usual name)
from torch.nn.utils import prune
from torch.utils.checkpoint import checkpoint

from parts import Case, Module, linear, mlp, normal


def picked(m: Any, x: Tensor) -> Tensor:
    values, indices = m.first(x).topk(3, 1)
    back = torch.zeros_like(m.first(x)).scatter(1, indices, values.softmax(1))
    return m.second(back) + torch.gather(m.first(x), 1, indices).sum(1, keepdim=True)


def maxout(m: Any, x: Tensor) -> Tensor:
    return m.second(m.first(x).unflatten(1, (5, 2)).amax(2)).logsumexp(1)


@dataclass
class Output:
    logits: Tensor
    hidden: tuple[Tensor, ...]


@torch.library.custom_op("zoo::mix", mutates_args=())
def mix(x: Tensor) -> Tensor:
    return torch.cat([x.cos(), x * x], -1)


def _mix_backward(ctx: Any, grad: Tensor) -> Tensor:
    (x,) = ctx.saved_tensors
    a, b = grad.chunk(2, -1)
    return -a * x.sin() + 2 * b * x


mix.register_autograd(_mix_backward, setup_context=lambda ctx, inputs, output: ctx.save_for_backward(*inputs))


def exported() -> nn.Module:
    dynamic = ({0: torch.export.Dim("n")},)
    model = torch.export.export(mlp().eval(), (normal(3, 6),), dynamic_shapes=dynamic).module()
    model.eval = lambda: model  # an exported module refuses it
    return model


class Graph(nn.Module):
    """What `torch.fx` writes anew."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 5), nn.Linear(5, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(F.relu(self.first(x)).add_(1.0))


def parametrised() -> nn.Module:
    return nn.Sequential(
        nn.utils.parametrizations.orthogonal(nn.Linear(4, 4)),
        nn.SELU(),
        nn.utils.parametrizations.spectral_norm(nn.Linear(4, 3)),
    )


def pruned() -> nn.Module:
    model = mlp()
    with torch.no_grad():
        prune.l1_unstructured(model[0], "weight", amount=0.5)
        prune.ln_structured(model[2], "weight", amount=0.25, n=2, dim=0)
    return model


WRITTEN = (
    Case(
        "`topk`, `gather`, `scatter`",
        lambda: Module(picked, **linear(4, 6)),
        lambda: normal(4),
        ("first", "first#2", "second", "first#3", "output"),
    ),
    Case(
        "maxout, log-sum-exp",
        lambda: Module(maxout, first=nn.Linear(4, 10), second=nn.Linear(5, 3)),
        lambda: normal(4),
        ("first", "second", "output"),
    ),
    Case(
        "bilinear layer, products of inputs",
        lambda: Module(lambda m, x, y: torch.tanh(m.form(x, y)) * x[:, :1], form=nn.Bilinear(3, 2, 4)),
        lambda: (normal(3), normal(2, seed=1)),
        ("tanh", "output"),
    ),
    Case(
        "a dataclass of outputs",
        lambda: Module(lambda m, x: Output(m.second(h := torch.tanh(m.first(x))), (h,)), **linear(4, 5)),
        lambda: normal(4),
        ("output.logits", "output.hidden.0"),
    ),
    Case(
        "outputs in a plain object",
        lambda: Module(lambda m, x: SimpleNamespace(logits=m.second(F.relu(m.first(x)))), **linear(4, 5)),
        lambda: normal(4),
        ("relu", "output"),
    ),
    Case(
        "`torch.distributions` as output",
        lambda: Module(
            lambda m, x: torch.distributions.Normal(m.first(x), F.softplus(m.second(m.first(x))), validate_args=False),
            **linear(4, 5),
        ),
        lambda: normal(4),
        ("output.loc", "output.scale"),
    ),
    Case(
        "a custom operation of `torch.library`",
        lambda: Module(
            lambda m, x: torch.tanh(m.second(mix(m.first(x)))), first=nn.Linear(4, 3), second=nn.Linear(6, 2)
        ),
        lambda: normal(4),
        ("output",),
        way="DoubleReverse",
        traced=False,
    ),
    Case(
        "checkpointing that enters the pass again",
        lambda: Module(
            lambda m, x: m.second(checkpoint(m.block, x, use_reentrant=True)),
            block=nn.Sequential(nn.Linear(4, 5), nn.ReLU()),
            second=nn.Linear(5, 2),
        ),
        lambda: normal(4),
        ("block.1", "output"),
        way="Differences",
        traced=False,
        tolerance=0.01,
    ),
    Case("written anew by `torch.fx`", lambda: torch.fx.symbolic_trace(Graph()), lambda: normal(4), ("relu", "output")),
    Case("exported by `torch.export`", exported, lambda: normal(6), ("relu", "tanh", "output")),
    Case("orthogonal weights, SELU", parametrised, lambda: normal(4), ("1", "output")),
    Case(
        "layers in `vmap`, all parts of an ensemble at once",
        lambda: Module(
            lambda m, x: torch.vmap(lambda w, b: F.linear(x, w, b), out_dims=1)(m.weights, m.biases).tanh(),
            weights=nn.Parameter(normal(3, 2, 4)),
            biases=nn.Parameter(normal(3, 2)),
        ),
        lambda: normal(4),
        ("output",),
    ),
    Case("pruned by `torch.nn.utils.prune`", pruned, lambda: normal(6), ("1", "3", "output")),
    Case("out of `nn.DataParallel`", lambda: nn.DataParallel(mlp()), lambda: normal(6), ("1", "3", "output")),
)
