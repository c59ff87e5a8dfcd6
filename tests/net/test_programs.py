"""A traced program is always the network as it is now, or it is not used."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import pushforward as pf
from parts import Module, cnn, linear, mlp, normal
from pushforward.net import trace
from pushforward.net.program import Untraceable

X3 = pf.Gaussian.isotropic((3,))


def traced(model: nn.Module, inputs: Any = X3, x: Any = None) -> pf.Neurons:
    net = pf.Neurons(model)
    net.programs.announce(1000)
    for seed in range(2):
        pf.push(net, inputs, normal(3, seed=seed) if x is None else x)
    assert net.programs.traced
    return net


def assert_follows(net: pf.Neurons, inputs: Any = X3, x: Any = None) -> None:
    x = normal(3, seed=9) if x is None else x
    value, wanted = pf.push(net, inputs, x).factor, pf.push(pf.Neurons(net.model), inputs, x).factor
    torch.testing.assert_close(value, wanted, rtol=1e-4, atol=1e-6)


def plain() -> nn.Module:
    torch.manual_seed(0)
    model = Module(lambda m, x: m.second(m.scale * m.first(x).tanh() + m.shift).relu(), **linear(3, 4))
    model.scale, model.shift = 0.5, torch.ones(4)
    return model


@torch.no_grad()
def in_place(model: Any) -> None:
    model.second.weight.mul_(2)


def by_optimizer(model: Any) -> None:
    model(normal(2, 3)).sum().backward()
    torch.optim.SGD(model.parameters(), lr=0.5).step()


def by_data(model: Any) -> None:
    model.second.weight.data.mul_(2)
    model.first.weight.data.mul_(2)


def by_new_data(model: Any) -> None:
    model.second.weight.data = 2 * model.second.weight.data


def new_parameter(model: Any) -> None:
    model.second.weight = nn.Parameter(normal(4, 4))


def new_module(model: Any) -> None:
    model.second = nn.Linear(4, 4)


def loaded(model: Any) -> None:
    model.load_state_dict({k: 2 * v for k, v in model.state_dict().items()}, assign=True)


def number(model: Any) -> None:
    model.scale = 2.0


def new_tensor(model: Any) -> None:
    model.shift = -torch.ones(4)


def tensor_in_place(model: Any) -> None:
    model.shift.mul_(-1)


CHANGES = [
    in_place,
    by_optimizer,
    by_data,
    by_new_data,
    new_parameter,
    new_module,
    loaded,
    number,
    new_tensor,
    tensor_in_place,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_changes_of_the_model_are_followed(change: Callable[[Any], None]) -> None:
    model = plain()
    net = traced(model)
    before = pf.push(net, X3, normal(3, seed=9)).factor
    change(model)
    assert_follows(net)
    assert not torch.allclose(pf.push(net, X3, normal(3, seed=9)).factor, before)


def test_statistics_of_batch_norm_are_followed() -> None:
    model, inputs, x = cnn().eval(), pf.Gaussian.isotropic((1, 6, 6)), normal(1, 6, 6)
    net = traced(model, inputs, x)
    model.train()
    with pytest.raises(pf.errors.NotDifferentiable, match=r"Call `model.eval\(\)`"):
        pf.push(net, inputs, x)
    model(5 * normal(8, 1, 6, 6))
    model.eval()
    assert_follows(net, inputs, x)


def test_weights_written_through_data_are_followed_even_in_derived_constants() -> None:
    model, inputs, x = cnn().eval(), pf.Gaussian.isotropic((1, 6, 6)), normal(1, 6, 6)
    net = traced(model, inputs, x)
    model.body[1].running_var.data.mul_(4)
    model.body[1].weight.data.mul_(-1)
    assert_follows(net, inputs, x)


def test_precision_is_followed() -> None:
    model = plain()
    net = traced(model)
    model.double()
    model.shift = model.shift.double()
    assert pf.push(net, X3, normal(3).double()).factor.dtype == torch.float64


def test_numbers_and_strings_in_the_input_are_followed() -> None:
    model = Module(lambda m, x, power: m.first(x).tanh() ** power, first=nn.Linear(3, 4))
    inputs = [pf.Gaussian.isotropic({"x": torch.zeros(3), "power": p}) for p in (1, 2)]
    net = pf.Neurons(model)
    net.programs.announce(1000)
    for k in (0, 0, 1):
        F = pf.push(net, inputs[k], {"x": normal(3), "power": k + 1}).factor
    value = net({"x": normal(1, 3), "power": 1})[0]
    first = pf.push(net, inputs[0], {"x": normal(3), "power": 1}).factor
    torch.testing.assert_close(F[-4:], 2 * value[-4:, None] * first[-4:])


def test_counters_and_caches_are_put_back_and_do_not_keep_a_network_slow() -> None:
    def run(m: Any, x: Tensor) -> Tensor:
        m.calls += 1
        m.cache = m.first(x)
        return m.cache.tanh()

    model = Module(run, first=nn.Linear(3, 4))
    model.calls = 0
    traced(model)
    assert model.calls == 0
    assert not hasattr(model, "cache")


def test_copies_trace_anew() -> None:
    net = traced(plain())
    twin = copy.deepcopy(net)
    assert not twin.programs.traced
    assert twin.model is not net.model
    with torch.no_grad():
        twin.model.second.weight.mul_(2)
    assert_follows(twin)
    assert_follows(net)


def test_networks_can_be_pickled() -> None:
    net = traced(mlp(), pf.Gaussian.isotropic((6,)), normal(6))
    twin = pickle.loads(pickle.dumps(net))
    assert twin.layers == net.layers
    assert_follows(twin, pf.Gaussian.isotropic((6,)), normal(6))


def test_a_program_that_fails_gives_way_to_the_eager_push() -> None:
    net = traced(mlp(), pf.Gaussian.isotropic((6,)), normal(6))

    def broken(*_: Any) -> Any:
        raise RuntimeError("shapes differ")

    for slot in net.programs._slots.values():
        slot.program = broken
    assert_follows(net, pf.Gaussian.isotropic((6,)), normal(6))
    assert not net.programs.traced


def test_a_program_that_disagrees_elsewhere_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "pushforward.net.programs.trace", lambda *_: lambda p, f, t: tuple(torch.zeros(3, 1, 4) for _ in "1")
    )
    net = pf.Neurons(nn.Sequential(nn.Linear(3, 4), nn.Tanh()))
    net.programs.announce(1000)
    for seed in range(2):
        pf.push(net, X3, normal(3, seed=seed))
    assert not net.programs.traced


def program(f: Callable[..., Tensor], *tensors: Tensor) -> Callable[..., Tensor]:
    run = trace(lambda p, _, t: (f(*p, *t),), tensors[:1], (), tensors[1:])
    return lambda *args: run(args[:1], (), args[1:])[0]


SIMPLIFIED: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "sum with a zero": lambda x, y: torch.zeros(3) + x + y + torch.zeros(3),
    "scaled sum with a zero": lambda x, y: (
        torch.add(torch.zeros(3), x, alpha=3) + torch.sub(y, torch.zeros(3), alpha=2)
    ),
    "zero minus": lambda x, y: torch.zeros(3) - x - y,
    "products with a zero": lambda x, y: x * torch.zeros(3) + (y[None] @ torch.zeros(3, 3))[0] + x,
    "sums that broadcast": lambda x, y: torch.zeros(3, 3) + x + y,
    "copies and views": lambda x, y: x.clone().reshape(3, 1).expand(3, 3).permute(1, 0).clone() + y,
    "writing into a fresh tensor": lambda x, y: torch.empty(3).fill_(2).mul_(3) * x + y,
    "copy": lambda x, y: torch.empty(3).copy_(x) + y,
    "constants": lambda x, y: torch.arange(3.0).exp() * x + y,
    "change of precision": lambda x, y: (x.double() + torch.zeros(3)).float() + y,
    "transposed copy": lambda x, y: (x[:, None] * y).T.contiguous().view(9),
    "other shape of a zero": lambda x, y: x + torch.zeros(1) + y,
}


@pytest.mark.parametrize("name", SIMPLIFIED)
def test_simplifying_changes_nothing(name: str) -> None:
    f = SIMPLIFIED[name]
    run = program(f, normal(3), normal(3, seed=1))
    x, y = normal(3, seed=2), normal(3, seed=3)
    torch.testing.assert_close(run(x, y), f(x, y))


UNTRACEABLE: dict[str, Callable[[Tensor], Tensor]] = {
    "selects by a mask": lambda x: x[x > 0].sum() * x,
    "counts": lambda x: x / len(torch.nonzero(x)),
    "unique": lambda x: x / len(x.sign().unique()),
    "noise": lambda x: x + torch.randn(3),
    "writes into its input": lambda x: x.mul_(2),
}


@pytest.mark.parametrize("name", UNTRACEABLE)
def test_what_would_be_wrong_elsewhere_is_not_traced(name: str) -> None:
    with pytest.raises(Untraceable, match=r"depends on the data|is random|writes in place"):
        program(UNTRACEABLE[name], normal(3))
