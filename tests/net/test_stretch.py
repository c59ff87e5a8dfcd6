"""Pushes from layer to layer: equal to dense products, and nothing outside the stretch runs."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn
from torch.func import jacrev

import pushforward as pf
from networks import ZOO
from parts import Case as ZooCase
from parts import Module, cnn, normal
from pushforward import structure
from stretches import Shared, chain, computed, factor, residual_stream, transformer, unet


def dense(model: nn.Module, start: str, stop: str, X: Tensor, at: Tensor) -> Tensor:
    """The Jacobian of one module's output by another's, by PyTorch alone and by running everything."""
    caught: dict[str, Tensor] = {}

    def f(h: Tensor) -> Tensor:
        hooks = [
            model.get_submodule(start).register_forward_hook(lambda _m, _i, _o: h.clone()),
            model.get_submodule(stop).register_forward_hook(lambda _m, _i, o: caught.update(out=o.clone())),
        ]
        try:
            model(X)
        finally:
            for hook in hooks:
                hook.remove()
        return caught["out"]

    J = jacrev(f)(at)
    return J.reshape(caught["out"].numel(), at.numel())


class Case(NamedTuple):
    make: Callable[[], nn.Module]
    shape: tuple[int, ...]
    start: str
    stop: str
    before: list[str]
    after: list[str]


CASES = {
    "chain": Case(chain, (6,), "1", "3", ["0.0", "0.1"], ["4.0"]),
    "residual stream": Case(residual_stream, (3, 6), "1", "3", ["0.up", "0.down"], ["4.up"]),
    "inside a residual block": Case(
        residual_stream, (3, 6), "1.act", "3.up", ["0.up", "0.down", "1.up"], ["3.down", "4.up"]
    ),
    "transformer": Case(transformer, (4, 6), "layers.1", "layers.3", ["layers.0.linear1"], ["layers.4.linear1"]),
    "CNN": Case(cnn, (1, 6, 6), "body.1", "body.5", ["body.0"], ["body.6"]),
    "skip connection": Case(unet, (6,), "inner", "up", ["down", "table"], ["head"]),
}


@pytest.fixture(params=CASES, name="case")
def _case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture(name="net")
def _net(case: Case) -> tuple[nn.Module, pf.Neurons, Any, Tensor]:
    torch.manual_seed(0)
    model = case.make().double().eval()
    for p in model.parameters():
        p.data += 0.3 * normal(p.shape, seed=1).double()
    X = normal((5, *case.shape)).double()
    net = pf.Neurons(model, layers=[case.stop], start=case.start, stop=case.stop)
    return model, net, net.embed(X), X


def test_factor_is_the_dense_jacobian_of_the_stretch(case, net) -> None:
    model, net, X, original = net
    for i in range(3):
        x = net.take(X, i)
        F = pf.push(net, pf.Gaussian.isotropic(x), x).factor
        J = dense(model, case.start, case.stop, original[i : i + 1], X["embedding"][i : i + 1])
        torch.testing.assert_close(F, J, rtol=1e-9, atol=1e-9)
    assert net.layers == (case.stop,)


def test_nothing_before_or_after_runs(case, net) -> None:
    model, net, X, _ = net
    x = net.take(X, 1)
    inputs = pf.Gaussian.isotropic(x)
    pf.push(net, inputs, x)  # checks it first
    with computed(model, case.before + case.after) as calls:
        pf.push(net, inputs, x)
        with torch.no_grad():
            net(X)
        assert not calls
        net.model(torch.zeros(1, *case.shape).double())
        assert set(calls) == {*case.before, *case.after}


def test_values_are_those_of_the_whole_network(case, net) -> None:
    model, net, X, original = net
    with torch.no_grad():
        torch.testing.assert_close(net(X), pf.Neurons(model, layers=[case.stop])(original))
        batch = net.take(X, [3, 0])
        torch.testing.assert_close(net(batch), net(X)[[3, 0]])


def test_factors_multiply_along_a_chain() -> None:
    torch.manual_seed(0)
    model, X = chain().eval(), normal(4, 6)
    first = pf.Neurons(model, layers=["1"])
    second = pf.Neurons(model, layers=["3"], start="1", stop="3")
    whole = pf.Neurons(model, layers=["3"])
    product = factor(second, second.embed(X), 2) @ factor(first, X, 2)
    torch.testing.assert_close(product, factor(whole, X, 2), rtol=0, atol=1e-5)


def test_a_pass_ends_at_the_last_layer_that_is_asked_for() -> None:
    model = chain().eval()
    net = pf.Neurons(model, layers=["0", "2"])
    net(normal(2, 6))
    with computed(model, ["2.0", "3.0"]) as calls:
        net(normal(2, 6))
    assert calls == {"2.0": 1}
    net = pf.Neurons(model, layers=["2", "output"], example=normal(6))
    with computed(model, ["4.0"]) as calls:
        assert net(normal(2, 6)).shape == (2, 12)
    assert calls


def test_modules_that_run_before_and_after_keep_their_numbers() -> None:
    model, X = Shared().double().eval(), normal(3, 5).double()
    net = pf.Neurons(model, start="one", stop="act#3", layers=["act", "same"])
    E = net.embed(X)
    assert net.layers == ("act#2", "same#2", "act#3")
    h, V = X[:1].mm(model.same.weight.T) + model.same.bias, E["embedding"][:1]
    after = lambda v: torch.tanh(model.same(model.two(torch.tanh(v) + torch.tanh(h))))  # noqa: E731
    J = jacrev(after)(V).reshape(5, 5).detach()
    torch.testing.assert_close(factor(net, E)[net.select("act#3")], J)
    with pytest.raises(pf.errors.BadInput, match=r"`stop='act'` ends before `start='one'` has run.*`name#2`"):
        pf.Neurons(model, start="one", stop="act").embed(X)


def test_interrupts_leave_nothing_behind() -> None:
    model, X = residual_stream().eval(), normal(4, 3, 6)
    before = [dict(m.__dict__) for m in model.modules()]
    hooks = [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()]
    net = pf.Neurons(model, start="1", stop="3")
    E = net.embed(X)
    for kind in (KeyboardInterrupt, RuntimeError, MemoryError):
        handle = model[2].register_forward_hook(lambda *_, kind=kind: (_ for _ in ()).throw(kind("boom")))
        with pytest.raises(kind), torch.no_grad():
            net(E)
        handle.remove()
    handle = model[0].register_forward_hook(lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        net.embed(X)
    handle.remove()
    assert [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules()] == hooks
    for m, attributes in zip(model.modules(), before, strict=True):
        assert m.__dict__.keys() == attributes.keys()
    torch.testing.assert_close(net(E)[:, -18:], model[:4](X).reshape(4, -1))


def test_models_that_catch_exceptions() -> None:
    def run(m: Any, x: Tensor) -> Tensor:
        try:
            return m.head(m.body(x))
        except Exception:
            return x

    model = Module(run, body=nn.Tanh(), head=nn.Linear(3, 3))
    assert pf.Neurons(model, stop="body", example=normal(3)).layers == ("body",)


# Of a module: it runs several times, or gives nothing that moves; of the model: it differentiates by its input
REFUSED = "runs once is needed|no floating-point numbers|returns no tensor|no axis of inputs|itself differentiates"


@pytest.mark.slow
@pytest.mark.parametrize("one", [c for c in ZOO if not c.options.get("start")], ids=lambda one: one.name)
def test_every_module_of_the_zoo_as_a_start(one: ZooCase) -> None:
    """With and without what runs before it; the values are those of the network, and of all that runs."""
    model = one.model()
    model, options = pf.Neurons(model).model, {k: v for k, v in one.options.items() if k != "layers"}
    moved = iter(range(100))
    X = structure.rebuild(
        structure.batch(one.x(), 3),
        lambda _, t: t + 0.1 * normal(*t.shape, seed=next(moved)) if t.is_floating_point() else t.clone(),
    )
    for name in [name for name, _ in model.named_modules() if name]:
        net = pf.Neurons(model, start=name, **options)
        try:
            E = net.embed(X)
        except pf.errors.BadInput as reason:
            if not re.search(REFUSED, str(reason)):
                raise
            continue
        whole = pf.Neurons(model, layers=list(net.layers), **options)
        with torch.no_grad(), computed(model, [name]) as calls:
            values = net(E)
            assert not calls
            torch.testing.assert_close(values, whole(X), rtol=1e-3, atol=1e-4)
            by_hand = {key: part for key, part in E.items() if key != "constants"}
            torch.testing.assert_close(values, net(by_hand), rtol=1e-3, atol=1e-4)


def test_heads_and_streams_of_a_stretch() -> None:
    torch.manual_seed(0)
    model, X = transformer().double().eval(), normal(3, 4, 6).double()
    options = {"layers": ["layers.2.self_attn.heads", "residual"]}
    net, whole = pf.Neurons(model, start="layers.1", stop="layers.3", **options), pf.Neurons(model, **options)
    E = net.embed(X)
    assert net.layers == ("layers.residual.2", "layers.2.self_attn.heads", "layers.residual.3", "layers.residual.4")
    with torch.no_grad():
        values = whole(X)
        for name in net.layers:
            torch.testing.assert_close(net(E)[:, net.select(name)], values[:, whole.select(name)])
