"""Operations inside a network that hide, lose or spoil derivatives: right, or refused by name."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import pushforward as pf
import reference
from parts import Module, linear, normal, push

CAUSAL = torch.ones(5, 5).tril()
CAUSAL[0] = 0  # nothing is seen from the first position


def masked(x: Tensor) -> Tensor:
    return (x @ x.mT).masked_fill(CAUSAL == 0, -torch.inf).softmax(-1)


def filled(x: Tensor) -> Tensor:
    return masked(x).nan_to_num(0.0)


def filled_in_place(x: Tensor) -> Tensor:
    return masked(x).nan_to_num_(0.0)


def chosen(x: Tensor) -> Tensor:
    share = masked(x)
    return torch.where(share.isnan(), 0.0, share)


def kernel(x: Tensor) -> Tensor:
    y = functional.scaled_dot_product_attention(x[:, None], x[:, None], torch.eye(5).to(x), attn_mask=CAUSAL.bool())
    return y[:, 0]


@pytest.mark.parametrize("share", [filled, filled_in_place, chosen, kernel])
@pytest.mark.filterwarnings("ignore:reverse mode is wrong")
def test_rows_of_attention_that_see_nothing(share) -> None:
    torch.manual_seed(0)
    model = Module(lambda m, x: torch.tanh(m.first(share(x) @ x)), first=nn.Linear(4, 3)).eval()
    net, x = pf.Neurons(model), normal(5, 4)
    wanted = reference.factor(model, x, torch.eye(20))
    for _ in range(4):
        F = pf.push(net, pf.Gaussian.isotropic(x), x).factor
        assert (F - wanted).norm() < 1e-5 * wanted.norm()
    J = pf.jacobian(net, x)
    assert (J.T.dense().T - wanted).norm() < 1e-5 * wanted.norm()


def test_whole_numbers_inside_are_steps() -> None:
    model = Module(lambda m, x: m.second((16 * m.first(x)).to(torch.int8).to(x) / 16), **linear(4, 5)).eval()
    with pytest.raises(pf.errors.NotDifferentiable, match=r"layer 'output' varies .* is zero everywhere.*`to` in"):
        push(model, normal(4))


def test_half_precision_between_full_ones() -> None:
    torch.manual_seed(0)
    model = Module(lambda m, x: m.second(m.first(x).half().to(x.dtype)), **linear(4, 5)).eval()
    x = normal(4)
    F = pf.push(pf.Neurons(model, layers="output"), pf.Gaussian.isotropic(x), x).factor
    wanted = model.second.weight @ model.first.weight
    assert (F - wanted).norm() < 2e-3 * wanted.norm()


def test_derivatives_work_after_a_trace_that_fails() -> None:
    """PyTorch leaves a thread without autograd when it fails to trace some operations."""
    torch.manual_seed(0)
    model = Module(lambda m, x: m.second(m.first(x)) * m.first(x).quantile(0.3, 1, keepdim=True), **linear(4, 5)).eval()
    net, x = pf.Neurons(model), normal(4)
    factors = [pf.push(net, pf.Gaussian.isotropic(x), x).factor for _ in range(5)]
    assert not net.programs.traced
    assert all(torch.equal(F, factors[0]) for F in factors)
    assert torch.func.jvp(torch.sin, (x,), (torch.ones(4),))[1].equal(x.cos())
    assert torch.autograd.grad(x.requires_grad_().sin().sum(), x)[0].equal(x.cos())


def test_wrappers_that_are_no_modules() -> None:
    class Wrapper:
        def __init__(self, model: nn.Module):
            self._model = model

    model, x = nn.Sequential(nn.Linear(4, 3), nn.ReLU()), normal(2, 4)
    assert torch.equal(pf.Neurons(Wrapper(model))(x), pf.Neurons(model)(x))
