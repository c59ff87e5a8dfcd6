"""Several threads at once on one model: every answer is right, and the model is never seen changed."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call

import pushforward as pf
from pushforward.net.double import Double

THREADS = 8


@pytest.fixture(autouse=True)
def _fine_grained() -> Iterator[None]:
    """Threads take turns often, so that what can go wrong does."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


@pytest.fixture
def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.BatchNorm1d(16), nn.Linear(16, 16), nn.Tanh()).eval()


def together(work: Callable[[int], object]) -> list[object]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, range(THREADS)))


def seen(model: nn.Module) -> list[object]:
    tensors = [(p.data_ptr(), p.dtype, type(p)) for p in (*model.parameters(), *model.buffers())]
    return [*tensors, *((m.training, dict(m._forward_hooks), sorted(m.__dict__)) for m in model.modules())]


def test_pushes_are_right_and_the_users_own_forward_meanwhile(model: nn.Module) -> None:
    X, inputs, shared = torch.randn(THREADS, 8), pf.Gaussian.isotropic((8,)), pf.Neurons(model)
    wanted, y, before = [pf.push(pf.Neurons(model), inputs, x).factor for x in X], model(X), seen(model)
    stop, wrong = threading.Event(), list[str]()

    def forward() -> None:
        while not stop.is_set():
            if not torch.equal(model(X), y) or seen(model) != before:
                wrong.append("the model was seen changed")

    watcher = threading.Thread(target=forward)
    watcher.start()
    factors = together(lambda i: [pf.push(shared if i % 2 else pf.Neurons(model), inputs, X[i]).factor] * 2)
    stop.set()
    watcher.join()
    assert not wrong
    for pair, factor in zip(factors, wanted, strict=True):
        assert isinstance(pair, list)
        torch.testing.assert_close(pair[0], factor)


@pytest.mark.slow
def test_a_thousand_calls_of_eight_threads(model: nn.Module) -> None:
    X, inputs = torch.randn(16, 8), pf.Gaussian.isotropic((8,))
    shared, before = pf.Neurons(model), seen(model)
    wanted = [pf.push(shared, inputs, x).factor for x in X]

    def work(thread: int) -> int:
        right = 0
        for k in range(125):
            i = (thread + k) % len(X)
            net = shared if k % 5 else pf.Neurons(model)
            right += torch.allclose(pf.push(net, inputs, X[i]).factor, wanted[i], atol=1e-6)
        return right

    assert together(work) == [125] * THREADS
    assert seen(model) == before


@pytest.mark.slow
def test_contrasts_are_those_of_one_thread(model: nn.Module) -> None:
    X, inputs = torch.randn(32, 8), pf.Gaussian.isotropic((8,))
    one = lambda: pf.contrast(pf.Neurons(model), inputs, [0, 1], [2, 3], start=X, seed=0, starts=4)  # noqa: E731
    wanted = one()
    for c in together(lambda _: one()):
        assert isinstance(c, pf.results.Contrast)
        assert c.overlap == pytest.approx(wanted.overlap)
        assert c.verdict == wanted.verdict


def test_generators_are_differentiated_by_several_threads() -> None:
    gen = pf.datasets.digit_generator()
    z = gen.latent.sample(2, seed=0)
    wanted = pf.geometry.metric(gen, z)
    for J in together(lambda _: pf.geometry.metric(gen, z)):
        torch.testing.assert_close(J, wanted)


def test_switches_of_the_process_are_as_before(model: nn.Module) -> None:
    inputs, x = pf.Gaussian.isotropic((8,)), torch.zeros(8)
    switches = lambda: (torch.backends.cuda.flash_sdp_enabled(), torch.backends.mha.get_fastpath_enabled())  # noqa: E731
    before = switches()
    together(lambda _: pf.push(pf.Neurons(model), inputs, x))
    assert switches() == before


def test_executors_of_asyncio(model: nn.Module) -> None:
    net, inputs, X = pf.Neurons(model), pf.Gaussian.isotropic((8,)), torch.randn(4, 8)

    async def all_() -> list[Tensor]:
        return [p.factor for p in await asyncio.gather(*(asyncio.to_thread(pf.push, net, inputs, x) for x in X))]

    for factor, x in zip(asyncio.run(all_()), X, strict=True):
        torch.testing.assert_close(factor, pf.push(net, inputs, x).factor)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_child_forked_during_a_push_can_push(model: nn.Module) -> None:
    net, inputs, x = pf.Neurons(model, example=torch.zeros(8)), pf.Gaussian.isotropic((8,)), torch.zeros(8)
    pf.push(net, inputs, x)
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with net.double.alone():
            inside.set()
            leave.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait()
    child = os.fork()
    if child == 0:
        torch.set_num_threads(1)
        os._exit(0 if len(net(x[None])) == 1 else 1)
    leave.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


class Odd(nn.Module):
    """Refers to its own parts in every way there is."""

    def __init__(self) -> None:
        super().__init__()
        self.part = nn.Linear(2, 2)
        self.listed, self.named = [self.part], {"a": (self.part,)}
        self.closure = lambda x: self.part(x)
        self.bound = self.part.__call__
        self.helper = type("Helper", (), {})()
        self.helper.owner = self
        self.seen: list[int] = []

    def forward(self, x: Tensor) -> Tensor:
        self.count = 1
        self.seen.append(1)
        return sum(f(x) for f in (self.closure, self.bound, self.listed[0], self.named["a"][0], self.helper.owner.part))  # pyright: ignore[reportReturnType]


def test_a_copy_refers_to_itself_however_the_model_refers_to_its_parts() -> None:
    model, calls = Odd(), list[int]()
    with Double(model).alone() as twin:
        twin.get_submodule("part").register_forward_hook(lambda *_: calls.append(1))
        torch.testing.assert_close(twin(torch.ones(1, 2)), 5 * model.part(torch.ones(1, 2)))
    assert len(calls) == 5
    assert model.seen == []
    assert "count" not in model.__dict__
    assert not model.part._forward_hooks


def test_a_copy_follows_the_model() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout())
    double = Double(model)
    with double.alone() as twin:
        assert twin[0].weight is model[0].weight  # pyright: ignore[reportIndexIssue]
    model.eval()
    model[0].weight = nn.Parameter(torch.zeros(2, 2))
    with double.alone() as twin:
        assert not twin.training
        assert twin[0].weight is model[0].weight  # pyright: ignore[reportIndexIssue]
    model.append(nn.Tanh())
    with double.alone() as twin:
        assert len(list(twin.children())) == 3


def test_other_weights_of_recurrent_layers_stay_in_the_copy() -> None:
    model = nn.LSTM(3, 4)
    weights = {name: p.double() for name, p in model.named_parameters()}
    with Double(model).alone() as twin:
        assert functional_call(twin, weights, (torch.zeros(1, 1, 3).double(),))[0].dtype == torch.float64
        assert {p.dtype for p in model._flat_weights} == {torch.float32}
