"""`push(net, inputs, x)`: what a Gaussian near x becomes, over the activations of all neurons."""

import math

import torch
from torch import Tensor

from pushforward import structure
from pushforward.ambient import steady
from pushforward.arguments import checked
from pushforward.errors import NotFinite
from pushforward.linear import Chart, Inputs
from pushforward.net.neurons import Neurons
from pushforward.net.push_result import Push
from pushforward.net.runner import Runner
from pushforward.net.verify import is_reversible
from pushforward.process import alone
from pushforward.progress import track

# Default budget for the activations of one chunk of directions, in bytes.
MEMORY = 2**28


@steady
@checked
def push(net: Neurons, inputs: Inputs, x: object, *, memory: int = MEMORY) -> Push:
    r"""Push the Gaussian that `inputs` puts around x through the network: $N(f(x), J \Sigma J^\top)$ by its factor.

    x is one input (no batch axis). `memory` bounds the activations in memory at a time, in bytes: it sets how many
    directions go at once, and the result does not depend on it. Costs about as much as a forward pass on a batch
    of r inputs; where many pushes are made, by a traced program from about the hundredth on.

    >>> from pushforward.inputs import Gaussian
    >>> net = Neurons(torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh()))
    >>> push(net, Gaussian.isotropic((3,)), torch.zeros(3)).factor.shape
    torch.Size([4, 3])

    Raises `BadInput`, `NotFinite` (naming the layer) and `NotDifferentiable` (naming what cannot work).
    """
    with alone(), torch.no_grad():
        chart = inputs.chart(net.cast(x))
        net.expect(chart.point)
        runner = Runner(net, chart.point)
        few = len(net) < chart.rank // 2 and is_reversible(net, chart.point)
        F = _by_rows(runner, chart, memory) if few else _by_columns(runner, chart, memory)
        return Push(_finite(F, net, chart.point), net.table, net, chart)


def _by_columns(runner: Runner, chart: Chart, memory: int) -> Tensor:
    """Forward mode: J times the directions, some at a time.  -> (a, r)"""
    net, dtype = runner.net, runner.primals[0].dtype
    chunk = _chunk(net, chart.rank, dtype.itemsize, memory)
    out = runner.primals[0].new_empty(chart.rank, len(net))
    for start in track(range(0, chart.rank, chunk), "pushing", show=None):
        tangents = chart.tangents(start, min(start + chunk, chart.rank))
        parts = [part.flatten(1) for part in runner.push(tangents, width=chunk)]
        torch.cat(parts, dim=1, out=out[start : start + chunk])
    return out.T


def _by_rows(runner: Runner, chart: Chart, memory: int) -> Tensor:
    """Reverse mode, for fewer neurons than directions: rows of J, each mapped by Lᵀ.  -> (a, r)"""
    a, d = len(runner.net), sum(p.numel() for p in runner.primals)
    itemsize = runner.primals[0].element_size()
    few = max(1, memory // (max(d, runner.net.activity) * itemsize))
    rows = torch.cat([runner.pull(part) for part in torch.arange(a).split(few)])
    width = max(1, memory // (d * itemsize))
    columns = [chart.tangents(j, min(j + width, chart.rank)) for j in range(0, chart.rank, width)]
    return torch.cat([rows @ part.T.to(rows) for part in columns], 1)


def _chunk(net: Neurons, rank: int, itemsize: int, memory: int) -> int:
    """How many directions go at once: chunks of equal size whose activations fit the budget."""
    most = max(1, memory // (net.activity * itemsize))
    return math.ceil(rank / math.ceil(rank / most))


def _finite(F: Tensor, net: Neurons, x: object) -> Tensor:
    if math.isfinite(float(F.sum())) or torch.isfinite(F).all():  # the sum is cheap, but may overflow
        return F
    values = net.record(structure.batch(x))
    for layer, value in zip(net.table, values, strict=True):
        rows = F[layer.start : layer.stop]
        for what, t in (("activations", value), ("derivatives", rows)):
            if not torch.isfinite(t).all():
                raise NotFinite(
                    f"layer {layer.name!r} has NaN or infinite {what} at this input; it is the first that has. "
                    "Look at its weights and at the scale of x."
                )
    raise AssertionError("a factor that is not finite has a layer that is not")
