"""Tangents that are not left to PyTorch are those of PyTorch, and cost no product with zeros."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.func import grad, jvp, vmap
from torch.nn import functional as F  # noqa: N812 (its usual name)
from torch.utils._python_dispatch import TorchDispatchMode

import pushforward as pf
from parts import Module, normal
from pushforward.net import differentiable_kernels

W, B, C = normal(4, 3, seed=1), normal(4, seed=2), normal(3, seed=3)
K, D = normal(4, 3, 3, seed=4), normal(3, 1, 2, 2, seed=5)
MEAN, SPREAD = normal(3, seed=6), normal(3, seed=7).square() + 0.1

OPERATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda x: F.linear(x, W, B),
    "linear, named": lambda x: F.linear(x, weight=W, bias=B),
    "conv1d": lambda x: F.conv1d(x[:, :, None].expand(2, 3, 3), K, B, padding=1),
    "conv1d, named": lambda x: F.conv1d(x[:, :, None].expand(2, 3, 3), weight=K, bias=B, stride=2),
    "depthwise": lambda x: F.conv2d(x[:1, :, None, None].expand(1, 3, 3, 3), D, None, groups=3),
    "transposed": lambda x: F.conv_transpose1d(x[:, :, None].expand(2, 3, 3), K.transpose(0, 1), B),
    "matmul": lambda x: x @ W.T,
    "rmatmul": lambda x: W @ x.T,
    "addmm": lambda x: torch.addmm(B, x, W.T),
    "products": lambda x: 2 * x * C + torch.mul(C, x),
    "quotients": lambda x: x / C + C / (x + 9),
    "sums": lambda x: (x + C) + (C - x) * 3 + torch.sub(C, x, alpha=2) + (1 - x) + x[:1, :1] + torch.zeros(2, 3),
    "change of precision": lambda x: x + C.double() - x.double() * 2,
    "complex numbers": lambda x: (torch.fft.rfft(x) * x[:, :2] + torch.fft.rfft(C) * x[:, 1:]).abs(),
    "in place": lambda x: x.clone().mul_(C).add_(C).div_(3),
    "batch norm": lambda x: F.batch_norm(x, MEAN, SPREAD, C, C, eps=1e-3),
    "batch norm without weights": lambda x: F.batch_norm(x[:, :, None], MEAN, SPREAD),
    "layer norm": lambda x: F.layer_norm(x, (3,), C, C),
    "layer norm over two axes": lambda x: F.layer_norm(x, (2, 3), eps=0.1),
    "weights that move": lambda x: F.linear(x, x, x[:, 0]) + x @ x.T,
    "its own derivative": lambda x: vmap(grad(lambda z: (z * C).sin().sum() * z[0]))(x),
    "its own tangent": lambda x: jvp(lambda z: z * C * x + z / C, (x.sin(),), (x,))[1],
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_tangents_are_those_of_torch(name: str) -> None:
    f = OPERATIONS[name]
    x, V = normal(2, 3), normal(5, 2, 3, seed=9)
    push = lambda: vmap(lambda v: jvp(f, (x,), (v,)))(V)  # noqa: E731
    expected = push()
    with differentiable_kernels():
        actual = push()
    for a, b in zip(actual, expected, strict=True):
        torch.testing.assert_close(a, b)


class Products(TorchDispatchMode):
    """Counts matrix products."""

    count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += func in (torch.ops.aten.mm.default, torch.ops.aten.addmm.default, torch.ops.aten.bmm.default)
        return func(*args, **(kwargs or {}))


def test_weights_cost_no_product_with_zeros() -> None:
    x, V = normal(2, 3), normal(5, 2, 3)
    with differentiable_kernels(), Products() as products, torch.no_grad():
        vmap(lambda v: jvp(lambda x: F.linear(x, W, B), (x,), (v,)))(V)
    assert products.count == 2  # of the input, and of its tangents


def test_the_first_push_runs_the_network_a_few_times() -> None:
    runs: list[int] = []

    def run(_m: Any, x: Tensor) -> Tensor:
        runs.append(1)
        return x.tanh()

    net, inputs = pf.Neurons(Module(run)), pf.Gaussian.isotropic((3,))
    pf.push(net, inputs, normal(3))
    assert len(runs) <= 11
    first = len(runs)
    pf.push(net, inputs, normal(3))
    assert len(runs) == first + 1


def test_tracing_starts_where_it_pays() -> None:
    net, inputs = pf.Neurons(Module(lambda _, x: x.tanh())), pf.Gaussian.isotropic((3,))
    net.programs.announce(32)
    for seed in range(32):
        pf.push(net, inputs, normal(3, seed=seed))
    assert not net.programs.traced
    for seed in range(70):
        pf.push(net, inputs, normal(3, seed=seed))
    assert net.programs.traced
