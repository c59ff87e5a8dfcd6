"""Small results to draw: some with modules, some without."""

import signal
from types import SimpleNamespace

import pytest
import torch

from pushforward.datasets import planted
from pushforward.inputs import Gaussian
from pushforward.modules import Modules, find_modules
from pushforward.modules.lesions import Lesions
from pushforward.net import Neurons
from pushforward.show import ModulesStudy


def blocks_factor(blocks: int, size: int, *, mixing: int = 0, dead: int = 0) -> torch.Tensor:
    """A factor whose rows fall into blocks of falling size that share no direction."""
    draw = torch.Generator().manual_seed(0)
    F = torch.zeros(0, 3 * blocks)
    for b in range(blocks):
        rows = torch.zeros(size + blocks - b, 3 * blocks)
        rows[:, 3 * b : 3 * b + 3] = torch.randn(len(rows), 3, generator=draw)
        F = torch.cat([F, rows])
    F = torch.cat([F, torch.randn(mixing, 3 * blocks, generator=draw), torch.zeros(dead, 3 * blocks)])
    return F[torch.randperm(len(F), generator=draw)]


def found(blocks: int, size: int, **options) -> Modules:
    return find_modules(blocks_factor(blocks, size, **options), seed=0, nulls=19)


@pytest.fixture(scope="session")
def three() -> Modules:
    modules = found(3, 30, mixing=8, dead=4)
    assert len(modules.blocks) == 3
    assert modules.significant
    return modules


@pytest.fixture(scope="session")
def sixteen() -> Modules:
    modules = found(16, 12)
    assert len(modules.blocks) == 16
    return modules


@pytest.fixture(scope="session")
def nothing() -> Modules:
    """Random rows: not significant."""
    modules = find_modules(torch.randn(120, 24, generator=torch.Generator().manual_seed(1)), seed=0, nulls=19)
    assert not modules.significant
    return modules


@pytest.fixture(scope="session")
def forced() -> Modules:
    F = torch.randn(120, 24, generator=torch.Generator().manual_seed(1))
    return find_modules(F, seed=0, nulls=19, count=3)


@pytest.fixture(scope="session")
def world():
    """A planted network with its modules and the study about them."""
    truth = planted(120, modules=3, leak=0.05, seed=0)
    net, inputs = Neurons(truth.model), Gaussian.isotropic((64,))
    modules = find_modules(net, inputs, truth.inputs, points=6, nulls=19, seed=0)
    assert len(modules.blocks) == 3
    study = ModulesStudy.of(
        net, inputs, truth.inputs, modules, title="three planted modules", seed=0, timings={"all": 1.25}
    )
    return SimpleNamespace(net=net, inputs=inputs, X=truth.inputs, modules=modules, study=study)


def some_lesions(modules: int, metrics: int) -> Lesions:
    draw = torch.Generator().manual_seed(0)
    return Lesions(
        metrics=tuple(f"metric {i}" for i in range(metrics)),
        baseline=torch.linspace(0.5, 0.9, metrics),
        effect=torch.full((modules, metrics), 0.625),
        control=torch.rand(modules, 7, metrics, generator=draw) * 0.2,
        sizes=torch.arange(modules) + 10,
        mode="mean",
    )


@pytest.fixture(scope="session")
def lesions():
    return some_lesions


@pytest.fixture(autouse=True)
def _same_weights():
    """Networks built in a test have the same weights in every run, whatever ran before."""
    torch.manual_seed(0)


@pytest.fixture(autouse=True, scope="session")
def _ctrl_c_interrupts():
    """However the tests were started: a job in the background ignores Ctrl-C, and so would all it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
