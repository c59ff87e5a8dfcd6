"""The studies of `pushforward demo`: networks with modules and without, a contrast of modules, and a generator."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from time import perf_counter
from typing import Literal

import torch
from torch import Tensor, nn

from pushforward.datasets import digit_classifier, digit_generator, digits, pair_classifier, pairs
from pushforward.generator import Generator
from pushforward.inputs import Gaussian
from pushforward.modules import Modules, contrast, find_modules
from pushforward.modules.lesions import Metric
from pushforward.net import Neurons
from pushforward.progress import timed
from pushforward.show import ContrastStudy, GeneratorStudy, ModulesStudy

PAIRS = 2000
RANK = 64
# Along so many directions of the inputs modules are moved: more of them leak less.
FINE = 128
# Of so many digits the density is shown.
DENSITIES = 4
# At so many digits modules are looked for through the generator.
POINTS = 16

Unit = Literal["position", "channel"]


@contextmanager
def one_thread() -> Iterator[None]:
    """A single thread inside: networks this small gain nothing from more, and lose much where cores are busy."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def studies(seed: int, *, command: str, progress: bool) -> Iterator[ModulesStudy | ContrastStudy | GeneratorStudy]:
    """Pairs of digits seen by a plain network, its modules contrasted, digits in another, and a generator."""
    both = pairs(PAIRS, seed=seed)
    X = both.images
    made = f"X = datasets.pairs({PAIRS}, seed={seed}).images", "net = pf.Neurons(datasets.pair_classifier())"
    study = _study(pair_classifier(), X, made, unit="position", seed=seed, progress=progress, labels=both.labels)
    yield replace(study, title="Pairs of digits, a plain network", command=command)
    if len(study.modules.blocks) > 1:
        yield _contrast(X, made, study.modules, seed=seed, progress=progress, command=command)
    X = digits("test").images
    made = 'X = datasets.digits("test").images', 'net = pf.Neurons(datasets.digit_classifier(), unit="channel")'
    study = _study(digit_classifier(), X, made, unit="channel", seed=seed, progress=progress)
    yield replace(study, title="Digits, a convolutional network, channel by channel", command=command)
    gen = digit_generator()
    yield _generator(gen, X, seed=seed, command=command)
    yield replace(_through(gen, X, seed=seed, progress=progress), command=command)


def _contrast(
    X: Tensor, made: tuple[str, str], modules: Modules, *, seed: int, progress: bool, command: str
) -> ContrastStudy:
    """The two largest modules of the network on pairs of digits: one moves, the other is kept fixed."""
    code = _script(
        *made,
        f"A, B = pf.find_modules(net, pf.Gaussian.fit(X, rank={RANK}), X, seed={seed}).blocks[:2]",
        f"inputs = pf.Gaussian.fit(X, rank={FINE})",
        f"contrast = pf.contrast(net, inputs, A, B, start=X, seed={seed})",
        "print(contrast)",
    )
    net, inputs, times = Neurons(pair_classifier()), Gaussian.fit(X, rank=FINE), {}
    A, B = modules.blocks[:2]
    with timed(times, "contrasting"):
        result = contrast(net, inputs, A, B, start=X, seed=seed, progress=progress)
    return ContrastStudy.of(
        net, inputs, X, result, A=A, B=B, names=("module 0", "module 1"), seed=seed, timings=times, command=command,
        title="Pairs of digits: one module moves, the other is kept fixed", code=code,
    )  # fmt: skip


def _generator(gen: Generator, X: Tensor, *, seed: int, command: str) -> GeneratorStudy:
    """The generator of digits, judged by the card stored with it; X are digits it was not trained on."""
    code = _script(
        'gen, X = datasets.digit_generator(), datasets.digits("test").images',
        f'study = pf.studies.GeneratorStudy.of(gen, X, title="A generator of digits", points={DENSITIES}, seed={seed})',
        "print(study.quality, study.dimension, study.density, sep='\\n')",
    )
    return GeneratorStudy.of(
        gen, X, title="A generator of digits", points=DENSITIES, seed=seed, command=command, code=code
    )  # fmt: skip


def _through(gen: Generator, X: Tensor, *, seed: int, progress: bool) -> ModulesStudy:
    """Modules of the digit classifier when its inputs move as the generator lets them."""
    code = _script(
        'gen, X = datasets.digit_generator(), datasets.digits("test").images',
        'net = pf.Neurons(datasets.digit_classifier(), unit="channel")',
        f"modules = pf.find_modules(net, gen, X, points={POINTS}, seed={seed})",
        "print(modules)",
    )
    net, began = Neurons(digit_classifier(), unit="channel"), perf_counter()
    modules = find_modules(net, gen, X, points=POINTS, seed=seed, progress=progress)
    return ModulesStudy.of(
        net, gen, X, modules, title="Digits, the same network through the generator", seed=seed,
        timings={"finding modules": perf_counter() - began}, code=code,
    )  # fmt: skip


def _study(
    model: nn.Module,
    X: Tensor,
    made: tuple[str, str],
    *,
    unit: Unit,
    seed: int,
    progress: bool,
    labels: Tensor | None = None,
) -> ModulesStudy:
    code = _script(
        *made,
        f"inputs = pf.Gaussian.fit(X, rank={RANK})",
        f"modules = pf.find_modules(net, inputs, X, seed={seed})",
        "print(modules)",
    )
    net, times = Neurons(model, unit=unit), [perf_counter()]
    inputs = Gaussian.fit(X, rank=RANK)
    times.append(perf_counter())
    modules = find_modules(net, inputs, X, seed=seed, progress=progress)
    times.append(perf_counter())
    hurt = None
    if labels is not None and modules.blocks:
        hurt = modules.lesion(net, accuracies(X, labels), seed=seed, progress=progress)
    times.append(perf_counter())
    steps = "fitting the inputs", "finding modules", *(["lesions"] if hurt else [])
    timings = {step: after - before for step, (before, after) in zip(steps, pairwise(times), strict=False)}
    return ModulesStudy.of(
        net, inputs, X, modules, title="", seed=seed, lesions=hurt, timings=timings, code=code
    )  # fmt: skip


def _script(*lines: str) -> str:
    """Python that goes on with some lines."""
    return "\n".join(("import pushforward as pf", "from pushforward import datasets", "", *lines))


def accuracies(X: Tensor, labels: Tensor) -> Metric:
    """How often the left and the right digit are named correctly."""

    def each(f: Callable[[Tensor], Tensor]) -> dict[str, float]:
        named = f(X).reshape(len(X), 2, 10).argmax(2) == labels
        left, right = named.double().mean(0).tolist()
        return {"left accuracy": left, "right accuracy": right}

    return each
