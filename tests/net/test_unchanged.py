"""Neither the caller's model nor any global setting is changed, whether a push succeeds or fails."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import nn

import pushforward as pf
from networks import ZOO, Case
from parts import Module, linear, normal
from pushforward import structure
from pushforward.net import diagnose


def of_model(model: nn.Module) -> dict[str, Any]:
    """Everything about a model that a caller could notice."""
    state: dict[str, Any] = {}
    for path, module in model.named_modules():
        state[path, "training"] = module.training
        state[path, "attributes"] = sorted(module.__dict__)
        state[path, "hooks"] = [
            list(getattr(module, kind))
            for kind in ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
        ]
    for path, t in (*model.named_parameters(), *model.named_buffers()):
        state[path, "tensor"] = (id(t), t.requires_grad, t.grad, t.detach().clone().numpy().tobytes())
    return state


def of_torch() -> dict[str, Any]:
    """Global settings that this library or its checks might touch."""
    cuda = torch.backends.cuda
    return {
        "fast path": torch.backends.mha.get_fastpath_enabled(),
        "attention": (
            cuda.flash_sdp_enabled(),
            cuda.mem_efficient_sdp_enabled(),
            cuda.math_sdp_enabled(),
            cuda.cudnn_sdp_enabled(),
        ),
        "oneDNN": torch.backends.mkldnn.enabled,
        "cuDNN": torch.backends.cudnn.enabled,
        "dtype": torch.get_default_dtype(),
        "random": torch.get_rng_state().tolist(),
        "gradients": torch.is_grad_enabled(),
        "threads": torch.get_num_threads(),
    }


@contextmanager
def unchanged(model: nn.Module, x: Any = None) -> Iterator[None]:
    before, settings, original = of_model(model), of_torch(), copy.deepcopy(x)
    try:
        yield
    finally:
        assert of_model(model) == before
        assert of_torch() == settings
        if x is not None:
            assert repr(x) == repr(original)


@pytest.mark.filterwarnings("ignore::pushforward.errors.PrecisionWarning")
@pytest.mark.parametrize("case", ZOO, ids=[case.name for case in ZOO])
def test_after_success(case: Case) -> None:
    model, x = case.model(), case.x()
    model = getattr(model, "_orig_mod", model)
    net = pf.Neurons(model, **case.options)
    with unchanged(model, x):
        batch = structure.batch(x, 2)
        net(net.embed(batch) if net.start else batch)
        point = structure.item(net.embed(batch), 0) if net.start else x
        inputs = pf.Gaussian.fit(structure.unflat(normal(9, structure.flat(point).numel()), point), rank=2)
        pf.push(net, inputs, point)
        J = pf.jacobian(net, point)
        _ = J @ normal(J.shape[1]), J.T @ normal(J.shape[0])


def test_after_tracing() -> None:
    case = next(c for c in ZOO if c.name.startswith("residual"))
    model, x = case.model(), case.x()
    with unchanged(model, x):
        net = pf.Neurons(model)
        net.programs.announce(1000)
        pf.push(net, pf.Gaussian.isotropic(tuple(x.shape)), x)
        assert net.programs.traced


def boom(_: Any) -> Any:
    raise ValueError("boom")


BROKEN = {
    "train-mode batch norm": nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU()),
    "live dropout": nn.Sequential(nn.Linear(3, 4), nn.Dropout(), nn.ReLU()),
    "noise": Module(lambda m, x: m.first(x).relu() + torch.randn(4), **linear(3, 4)),
    "missing derivative": Module(lambda m, x: m.first(x).detach().relu(), **linear(3, 4)),
    "own error": Module(lambda m, x: boom(m.first(x).relu()), **linear(3, 4)),
    "a time axis first": nn.LSTM(3, 4),
}


@pytest.mark.parametrize("name", BROKEN)
def test_after_failure(name: str) -> None:
    model, x = BROKEN[name], normal(5, 3) if name.startswith("a time") else normal(3)
    with unchanged(model, x), pytest.raises(pf.errors.PushforwardError):
        pf.push(pf.Neurons(model), pf.Gaussian.isotropic(x), x)
    with unchanged(model, x):
        assert not diagnose(model, x).ok
        if name == "own error":
            with pytest.raises(ValueError, match="boom"):
                pf.jacobian(model, x)


def test_failure_in_the_middle_of_a_later_push() -> None:
    fails: list[bool] = []
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), Module(lambda m, x: boom(x) if fails else x), nn.LSTM(4, 2))
    model.forward = lambda x: model[3](model[2](model[1](model[0](x)))[:, None].transpose(0, 1))[0].transpose(0, 1)
    net, inputs = pf.Neurons(model), pf.Gaussian.isotropic((3,))
    pf.push(net, inputs, normal(3))
    fails.append(True)
    with unchanged(model), pytest.raises(ValueError, match="boom"):
        pf.push(net, inputs, normal(3))


def test_embed_and_start() -> None:
    model = next(c for c in ZOO if c.name.startswith("tokens")).model()
    ids = torch.tensor([[1, 2, 3]])
    with unchanged(model, ids):
        net = pf.Neurons(model, start="tokens")
        net(net.embed(ids))
    with unchanged(model), pytest.raises(IndexError):
        net.embed(torch.tensor([[99]]))


def test_callers_hooks_run_and_stay() -> None:
    seen: list[int] = []
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)).eval()
    model[0].register_forward_hook(lambda _m, _i, out: seen.append(1) or 2 * out)
    with unchanged(model):
        net = pf.Neurons(model)
        x = normal(2, 3)
        torch.testing.assert_close(net(x)[:, -2:], model(x))
    assert seen


def test_gradients_flow_to_the_weights() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    pf.Neurons(model)(normal(2, 3)).sum().backward()
    assert model[0].weight.grad is not None


def test_inference_mode() -> None:
    case = next(c for c in ZOO if c.name.startswith("residual"))
    model, inputs, x = case.model(), pf.Gaussian.isotropic(case.x()), case.x()
    with torch.inference_mode():
        net = pf.Neurons(model)
        values, F = net(x[None].clone()), pf.push(net, inputs, x.clone()).factor
    torch.testing.assert_close(values, pf.Neurons(model)(x[None]))
    torch.testing.assert_close(F, pf.push(net, inputs, x).factor)


def test_embeddings_with_a_largest_norm_keep_their_weights() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Embedding(10, 4, max_norm=0.5), nn.Tanh())
    before, ids = model[0].weight.detach().clone(), torch.arange(6)[:, None].expand(6, 3)
    net = pf.Neurons(model, start="0")
    X = net.embed(ids)
    pf.push(
        net,
        pf.Gaussian.isotropic({"embedding": X["embedding"][0], "original": {"input": ids[0]}}),
        structure.item(X, 0),
    )
    assert torch.equal(model[0].weight, before)
    assert X["embedding"].norm(dim=-1).max() <= 0.5 + 1e-6
    model(ids)
    assert not torch.equal(model[0].weight, before)
