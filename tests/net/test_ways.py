"""A way to differentiate is right, or the next one is taken; what has no derivative is refused."""

import pytest
import torch
from torch import Tensor, nn

import pushforward as pf
from pushforward.net import jacobian, push
from pushforward.net.ways import DoubleReverse
from pushforward.rng import normal


@torch.library.custom_op("pushforward::waves", mutates_args=())
def waves(z: Tensor) -> Tensor:
    """PyTorch takes its forward derivative, which nobody gave, to be zero."""
    return torch.cat([z.cos(), z.sin(), z * z], -1)


def _backward(ctx, g: Tensor) -> Tensor:
    (z,) = ctx.saved_tensors
    a, b, c = g.chunk(3, -1)
    return -a * z.sin() + b * z.cos() + 2 * c * z


waves.register_autograd(_backward, setup_context=lambda ctx, inputs, output: ctx.save_for_backward(*inputs))


class Waves(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.last = nn.Linear(4, 2), nn.Linear(6, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(waves(self.first(x)))


class Quantised(nn.Module):
    def __init__(self, levels: float):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.levels = nn.Linear(4, 6), levels

    def forward(self, x: Tensor) -> Tensor:
        return torch.fake_quantize_per_tensor_affine(torch.tanh(self.first(x)), self.levels, 0, -128, 127)


def test_a_silent_zero_is_not_taken_for_a_derivative() -> None:
    z = torch.tensor([1.0, 2.0])
    J = jacobian(waves, z)
    assert isinstance(J.way, DoubleReverse)
    expected = torch.autograd.functional.jacobian(waves, z)
    assert torch.allclose(J.dense(), expected, atol=1e-6)
    assert torch.allclose(J.T @ torch.ones(6), expected.T @ torch.ones(6), atol=1e-6)


def test_a_network_takes_the_next_way_if_the_first_is_wrong() -> None:
    net, x = pf.Neurons(Waves(), layers="output"), normal((4,), seed=0)
    F = push(net, pf.Gaussian.isotropic((4,)), x).factor
    expected = torch.autograd.functional.jacobian(lambda t: net.model(t[None])[0], x)
    assert torch.allclose(F, expected, atol=1e-5)


def test_a_generator_with_a_silent_zero_is_refused() -> None:
    with pytest.raises(pf.errors.NotDifferentiable, match=r"`Generator.wrap`: the forward derivative .*`jvp`"):
        pf.Generator.wrap(Waves(), pf.latents.Gaussian(4))


@pytest.mark.parametrize("levels", [0.05, 0.1, 0.5])
@pytest.mark.filterwarnings("ignore::pushforward.errors.PrecisionWarning")
def test_step_functions_are_refused(levels: float) -> None:
    net, x = pf.Neurons(Quantised(levels).eval()), normal((4,), seed=1)
    with pytest.raises(pf.errors.NotDifferentiable, match=r"layer 'output' is a step function .* layers before it"):
        push(net, pf.Gaussian.isotropic((4,)), x)
    before = pf.Neurons(net.model, layers="tanh")
    assert push(before, pf.Gaussian.isotropic((4,)), x).factor.norm() > 0.5


@pytest.mark.filterwarnings("ignore::pushforward.errors.PrecisionWarning")
def test_a_smooth_function_without_any_derivative_is_none_of_steps() -> None:
    f = lambda x: torch.from_numpy((x.detach().numpy() ** 2).clip(0.1))  # noqa: E731
    x = torch.tensor([1.0, 0.01, -2.0])
    assert torch.allclose(jacobian(f, x).dense(), torch.diag(torch.tensor([2.0, 0.0, -4.0])), atol=1e-2)
    with pytest.raises(pf.errors.NotDifferentiable, match="step function"):
        jacobian(lambda x: torch.from_numpy((8 * x.detach().numpy()).round()), x).dense()


def test_a_function_that_hides_its_derivative_is_refused() -> None:
    with pytest.raises(pf.errors.NotDifferentiable, match="no way to differentiate it agrees"):
        jacobian(lambda x: x.square() + 3 * x.detach(), torch.ones(3)).dense()
