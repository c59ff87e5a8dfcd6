"""Whatever mode PyTorch is in around a call, the call gives the same, and leaves the mode as it was."""

import copy
import math
import warnings
from contextlib import contextmanager, nullcontext
from functools import cache

import pytest
import torch
from torch import Tensor, nn

import pushforward as pf
from pushforward.ambient import callers, steady
from pushforward.modules.subspaces import find_subspaces
from pushforward.net import diagnose
from pushforward.rng import normal

X = normal((24, 4), seed=0)
INPUTS = pf.Gaussian.isotropic((4,))
ANGLE = torch.linspace(0, 2 * math.pi, 121)[:-1]
RING = torch.stack([ANGLE.cos(), ANGLE.sin()], 1) + 0.01 * normal((120, 2), seed=1)
LOPSIDED = torch.stack([(ANGLE * ANGLE / 7).cos(), (ANGLE * ANGLE / 7).sin()], 1).repeat(5, 1)
LOPSIDED = LOPSIDED + 0.01 * normal((600, 2), seed=2)
V = torch.ones(2)
CIRCLE = pf.latents.Circle()
MODULAR = pf.settings.ModularTraining(steps=4, batch=8, record=2, settle=0.5)


def short(steps: int) -> pf.settings.Training:
    return pf.settings.Training(steps=steps, batch=32)


@cache
def world():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 4)).eval()
    net = pf.Neurons(model)
    gen = pf.Generator.fit(RING, CIRCLE, seed=0, training=short(40))
    modules = pf.find_modules(net, INPUTS, X, seed=0, points=2, nulls=19, count=2)
    return model, net, gen, modules


def model():
    return world()[0]


def net():
    return world()[1]


def gen():
    return world()[2]


def size(f):
    return {"size": float(f(X).square().mean())}


def trained():
    run = pf.train_modular(TWIN, (X, (X[:, 0] > 0).long()), seed=0, training=MODULAR)
    return run.history


VERBS = {
    "push": lambda: pf.push(net(), INPUTS, X[0]).factor,
    "covariance": lambda: pf.push(net(), INPUTS, X[0]).covariance @ torch.ones(12, dtype=torch.float32, device="cpu"),
    "check": lambda: str(pf.push(net(), INPUTS, X[0]).check(seed=0)),
    "jacobian": lambda: pf.jacobian(model(), X[0]).dense().detach(),
    "Gaussian": lambda: pf.Gaussian.fit(X).chart(X[0]).tangents(0, 2),
    "find_modules": lambda: str(pf.find_modules(net(), pf.Gaussian.fit(X), X, seed=0, points=2, nulls=19, count=2)),
    "contrast": lambda: str(pf.contrast(net(), INPUTS, [0, 1], [9, 10], start=X, seed=0, starts=4)),
    "modularity": lambda: pf.modularity(net(), INPUTS, X[0], seed=0).detach(),
    "train_modular": trained,
    "fit": lambda: pf.Generator.fit(RING, CIRCLE, seed=0, training=short(3)).sample(3, seed=0).detach(),
    "encode": lambda: gen().encode(RING[:3]).detach(),
    "density": lambda: pf.density(gen(), RING[:2], seed=0).log_density,
    "dimension": lambda: str(pf.dimension(RING, seed=0)),
    "geodesic": lambda: pf.geodesic(gen(), RING[0], RING[9], steps=4, seed=0).points,
    "transport": lambda: pf.transport(gen(), V, gen().encode(RING[:4])),
    "topology": lambda: str(pf.topology(RING, seed=0, dim=1, check=False)),
    "try_latents": lambda: str(pf.try_latents(RING, [CIRCLE], seed=0, starts=1, steps=2)),
    "quality": lambda: str(pf.quality(gen(), RING[:80], RING[80:], seed=0)),
    "top_inputs": lambda: str(world()[3].top_inputs(net(), X, top=3)),
    "lesion": lambda: str(world()[3].lesion(net(), size, seed=0, controls=3)),
    "diagnose": lambda: diagnose(model(), X[0]).ok,
    "find_subspaces": lambda: str(find_subspaces(model(), X, layer="0", seed=0, points=24, nulls=3)),
}
SLOW = ("topology", "try_latents", "contrast", "find_subspaces", "dimension")
"""Verbs that take seconds."""


@contextmanager
def dtype(kind):
    before = torch.get_default_dtype()
    torch.set_default_dtype(kind)
    try:
        yield
        assert torch.get_default_dtype() == kind
    finally:
        torch.set_default_dtype(before)


@contextmanager
def deterministic():
    torch.use_deterministic_algorithms(True)
    try:
        yield
        assert torch.are_deterministic_algorithms_enabled()
    finally:
        torch.use_deterministic_algorithms(False)


@contextmanager
def threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        yield
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


@contextmanager
def strict():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", pf.errors.CoverageWarning)  # three steps of training cover nothing
        yield


@contextmanager
def on_meta():
    with torch.device("meta"):
        yield
        assert torch.get_default_device().type == "meta"


@contextmanager
def no_grad():
    with torch.no_grad():
        yield
        assert not torch.is_grad_enabled()


@contextmanager
def inference():
    with torch.inference_mode():
        yield
        assert torch.is_inference_mode_enabled()


@contextmanager
def autocast():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        yield
        assert torch.is_autocast_enabled("cpu")


MODES = {
    "float64": lambda: dtype(torch.float64),
    "meta": on_meta,
    "no_grad": no_grad,
    "inference": inference,
    "autocast": autocast,
    "deterministic": deterministic,
    "threads": threads,
    "strict": strict,
}


@cache
def plain(verb: str) -> object:
    return asked(verb)


def asked(verb: str, mode=nullcontext) -> object:
    """What the verb gives in a mode; what it changes is made before, outside the mode."""
    global TWIN
    world()
    TWIN = copy.deepcopy(model())
    with warnings.catch_warnings(), mode():
        warnings.simplefilter("error", pf.errors.PrecisionWarning)  # a step that failed
        return VERBS[verb]()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in SLOW])
def test_a_mode_changes_no_result(verb, mode):
    same(plain(verb), asked(verb, MODES[mode]))


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("verb", SLOW)
def test_a_mode_changes_no_result_of_slow_verbs(verb, mode):
    same(plain(verb), asked(verb, MODES[mode]))


def same(value, other):
    if not isinstance(value, Tensor):
        assert other == value
        return
    assert (other.dtype, other.device, other.is_inference()) == (value.dtype, value.device, False)
    assert torch.allclose(other, value, rtol=1e-4, atol=1e-6, equal_nan=True)


def test_a_law_is_learned_whatever_the_default_dtype_is():
    with dtype(torch.float64), warnings.catch_warnings():
        warnings.simplefilter("error", pf.errors.PrecisionWarning)
        gen = pf.Generator.fit(LOPSIDED, CIRCLE, seed=0, training=short(60))
    assert gen.tilt is not None
    assert {t.dtype for t in gen.tilt.state_dict().values()} == {torch.float32}


def test_tensors_made_in_inference_mode_can_be_trained_on():
    with torch.inference_mode():
        data = RING.clone()
    gen = pf.Generator.fit(data, CIRCLE, seed=0, training=short(3))
    assert torch.equal(gen.sample(3, seed=0), VERBS["fit"]())
    assert data.is_inference()


def test_without_gradients_there_is_no_graph():
    with torch.no_grad():
        assert not pf.modularity(net(), INPUTS, X[0], seed=0).requires_grad
    assert pf.modularity(net(), INPUTS, X[0], seed=0).requires_grad


def test_a_network_has_the_default_device_of_its_caller():
    seen = []

    @steady
    def verb():
        with callers():
            seen.append(torch.empty(1).device.type)
        seen.append(torch.empty(1).device.type)

    with torch.device("meta"):
        verb()
    assert seen == ["meta", "cpu"]
