"""What cannot work is named, with a cure, and never computed wrongly."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 (its usual name)

import pushforward as pf
from parts import Module, cnn, linear, mlp, normal, push, text

R3 = pf.Gaussian.isotropic((3,))


def functional(f: Callable[..., Any]) -> nn.Module:
    torch.manual_seed(0)
    return Module(lambda m, x: f(m.second(m.first(x).tanh())).tanh(), **linear(3, 4)).eval()


def partly_without_gradient(x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        c = x.square()
    return x - c


TRAINING = {
    "batch norm": nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)),
    "batch norm without statistics": nn.Sequential(
        nn.Linear(3, 4), nn.BatchNorm1d(4, track_running_stats=False)
    ).eval(),
    "functional batch norm": functional(lambda x: F.batch_norm(x, None, None, training=True)),
    "torch.batch_norm": functional(lambda x: torch.batch_norm(x, None, None, None, None, True, 0.1, 1e-5, False)),
}


@pytest.mark.parametrize("name", TRAINING)
def test_batch_statistics(name: str) -> None:
    with pytest.raises(pf.errors.NotDifferentiable, match=r"statistics of the batch.* Call `model.eval\(\)` first"):
        push(TRAINING[name])


DROPOUT = {
    "module": nn.Sequential(nn.Linear(3, 4), nn.Dropout()),
    "function, live by default": functional(F.dropout),
    "torch.dropout": functional(lambda x: torch.dropout(x, 0.5, True)),
    "attention with dropout": functional(
        lambda x: F.scaled_dot_product_attention(x[:, None], x[:, None], x[:, None], dropout_p=0.5)
    ),
    "alpha dropout": nn.Sequential(nn.Linear(3, 4), nn.AlphaDropout()),
}


@pytest.mark.parametrize("name", DROPOUT)
def test_live_dropout(name: str) -> None:
    with pytest.raises(pf.errors.NotDifferentiable, match=r"is live, so the network is random. Call `model.eval\(\)`"):
        push(DROPOUT[name])


RANDOM = {
    "noise": functional(lambda x: x + torch.randn_like(x)),
    "Bernoulli mask": functional(lambda x: x * torch.bernoulli(torch.full_like(x, 0.5))),
    "Gumbel softmax": functional(F.gumbel_softmax),
}


@pytest.mark.parametrize("name", RANDOM)
def test_randomness(name: str) -> None:
    with pytest.raises(pf.errors.NotDifferentiable, match=r"the network is random.*fix the noise it draws"):
        push(RANDOM[name])


def test_live_dropout_inside_attention() -> None:
    model = nn.MultiheadAttention(4, 2, dropout=0.5, batch_first=True)
    with pytest.raises(pf.errors.NotDifferentiable, match=r"the network is random.*Call `model.eval\(\)`"):
        push(Module(lambda m, x: m.attention(x, x, x)[0].relu(), attention=model), normal(3, 4))


COUPLED = {
    "batch mean": functional(lambda x: x - x.mean(0)),
    "a little of the batch mean": functional(lambda x: x - 0.05 * x.mean(0)),
    "softmax over the batch": functional(lambda x: x.softmax(0)),
    "attention over the batch": functional(lambda x: F.scaled_dot_product_attention(x, x, x)),
    "previous sample": functional(lambda x: x + 0.1 * torch.cat([x[:1] * 0, x[:-1]])),
}


@pytest.mark.parametrize("name", COUPLED)
def test_coupled_samples(name: str) -> None:
    with pytest.raises(
        pf.errors.NotDifferentiable, match=r"coupled across the batch: in layer 'output'.*replace what mixes the batch"
    ):
        push(COUPLED[name])


def test_recurrent_layer_whose_first_axis_is_time() -> None:
    with pytest.raises(pf.errors.NotDifferentiable, match=r"without `batch_first=True`.*wrap the model"):
        push(nn.GRU(3, 4), normal(5, 3))


HIDDEN = {
    "detach": (lambda x: x.detach() * x, "`detach` in `the model`"),
    "a small detached part": (lambda x: x + 0.1 * x.sin().detach(), "`detach`"),
    "data": (lambda x: x.data * x, "`.data`"),
    "item": (lambda x: x * x.sum(1).max().item(), "`item`"),
    "straight-through": (lambda x: x + (x.round() - x).detach(), "`round`"),
}
STEPS = {
    "argmax": (lambda x: F.one_hot(x.argmax(1), 4).float(), "`argmax`"),
    "round": (lambda x: (3 * x).round(), "`round`"),
    "sign": (torch.sign, "`sign`"),
    "floor": (lambda x: (3 * x).floor(), "`floor`"),
    "comparison": (lambda x: (x > 0).float(), "`gt`"),
    "integers": (lambda x: (5 * x).long().float(), "`long`"),
}
BROKEN = [
    *[(*case, r"layer 'output' is missing or wrong", "Choose layers before") for case in HIDDEN.values()],
    *[(*case, r"derivative is zero everywhere", "replace them by smooth ones") for case in STEPS.values()],
]


@pytest.mark.parametrize(("f", "suspect", "reason", "cure"), BROKEN, ids=[*HIDDEN, *STEPS])
def test_hidden_derivatives_and_steps(f: Callable[..., Any], suspect: str, reason: str, cure: str) -> None:
    with pytest.raises(pf.errors.NotDifferentiable, match=rf"{reason}.*{suspect}.*{cure}"):
        push(functional(f))


def test_layers_before_the_broken_operation_can_be_chosen() -> None:
    assert push(functional(torch.sign), layers=["tanh#1"]).layers == ("tanh",)


def test_a_step_in_a_side_path_is_no_error() -> None:
    push(functional(lambda x: torch.where(x > 0, x, 0.5 * x)))


def test_reverse_mode_that_is_wrong_is_not_used() -> None:
    model, x = functional(partly_without_gradient), normal(3)
    net = pf.Neurons(model, layers=["output"])
    with pytest.warns(pf.errors.PrecisionWarning, match=r"reverse mode is wrong and not used.*gradcheck` finds where"):
        transposed = pf.jacobian(net, x).T.dense()
    torch.testing.assert_close(transposed.T, pf.jacobian(net, x).dense())


def test_integer_input() -> None:
    with pytest.raises(
        pf.errors.BadInput, match=r"no floating-point part.* `net = Neurons\(model, start=...\)`.*start='tokens'"
    ):
        pf.Neurons(text().eval(), example=torch.tensor([1, 2, 3]))


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_weights_that_are_not_finite(value: float) -> None:
    model = mlp().eval()
    with torch.no_grad():
        model[2].weight[1, 2] = value
    with pytest.raises(pf.errors.NotFinite, match=r"the weight '2.weight' holds NaN or infinity. Load or train"):
        push(model, normal(6))


def test_buffers_that_are_nan() -> None:
    model = cnn().eval()
    model.body[1].running_var.fill_(torch.nan)
    with pytest.raises(pf.errors.NotFinite, match=r"the weight 'body.1.running_var'"):
        push(model, normal(1, 6, 6))


def test_weights_without_values() -> None:
    lazy = nn.Sequential(nn.LazyLinear(4), nn.ReLU())
    with torch.device("meta"):
        meta = nn.Linear(3, 4)
    for model in (lazy, meta):
        with pytest.raises(pf.errors.BadInput, match=r"weight' has no values yet. Load them, or run a lazy model once"):
            push(model)
    lazy(normal(1, 3))
    push(lazy)


def test_a_failed_first_run_leaves_nothing_behind() -> None:
    net = pf.Neurons(Module(lambda m, x: x.log().tanh()))
    with pytest.raises(pf.errors.NotFinite, match=r"Look at its weights"):
        pf.push(net, R3, -torch.ones(3))
    assert pf.push(net, R3, torch.ones(3)).factor.any()


def test_masks_of_minus_infinity_are_welcome() -> None:
    model = Module(lambda m, x: (m.first(x) + m.mask).softmax(1).tanh(), first=nn.Linear(3, 4))
    model.register_buffer("mask", torch.tensor([0, -torch.inf, 0, 0]))
    push(model)


def test_layer_that_is_not_finite_at_the_first_input() -> None:
    model = Module(lambda m, x: m.second(m.first(x).tanh().sub(2).log().relu()).tanh(), **linear(3, 4))
    with pytest.raises(pf.errors.NotFinite, match=r"layer 'relu' gives NaN or infinity.*Look at its weights"):
        push(model)


def test_layer_that_is_not_finite_at_a_later_input() -> None:
    model = nn.Sequential(Module(lambda m, x: x.sqrt().tanh()), nn.Linear(3, 2), nn.Tanh())
    net, inputs = pf.Neurons(model), pf.Gaussian.isotropic((3,))
    for _ in range(4):
        pf.push(net, inputs, torch.ones(3))
    with pytest.raises(pf.errors.NotFinite, match=r"layer '0' has NaN or infinite activations.*the scale of x"):
        pf.push(net, inputs, torch.tensor([1.0, -1.0, 1.0]))
    with pytest.raises(pf.errors.NotFinite, match=r"layer '0' has NaN or infinite derivatives"):
        pf.push(net, inputs, torch.tensor([1.0, 0.0, 1.0]))
