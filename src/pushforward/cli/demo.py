"""The studies of `pushforward demo`: a network in which modules are found, and one in which they are not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from time import perf_counter
from typing import Literal

import torch
from torch import Tensor, nn

from pushforward.datasets import digit_classifier, digits, pair_classifier, pairs
from pushforward.inputs import Gaussian
from pushforward.modules import find_modules
from pushforward.modules.lesion import Metric
from pushforward.net import Neurons
from pushforward.show import Study

PAIRS = 2000
RANK = 64

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


def studies(seed: int, *, command: str, progress: bool) -> Iterator[Study]:
    """Pairs of digits seen by a plain network, then digits seen by a convolutional one, channel by channel."""
    both = pairs(PAIRS, seed=seed)
    X = both.images
    made = f"X = datasets.pairs({PAIRS}, seed={seed}).images", "net = pf.Neurons(datasets.pair_classifier())"
    study = _study(pair_classifier(), X, made, unit="position", seed=seed, progress=progress, labels=both.labels)
    yield replace(study, title="Pairs of digits, a plain network", command=command)
    X = digits("test").images
    made = 'X = datasets.digits("test").images', 'net = pf.Neurons(datasets.digit_classifier(), unit="channel")'
    study = _study(digit_classifier(), X, made, unit="channel", seed=seed, progress=progress)
    yield replace(study, title="Digits, a convolutional network, channel by channel", command=command)


def _study(
    model: nn.Module,
    X: Tensor,
    made: tuple[str, str],
    *,
    unit: Unit,
    seed: int,
    progress: bool,
    labels: Tensor | None = None,
) -> Study:
    code = (
        "import pushforward as pf",
        "from pushforward import datasets",
        "",
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
        hurt = modules.lesion(net, _accuracies(X, labels), seed=seed, progress=progress)
    times.append(perf_counter())
    steps = "fitting the inputs", "finding modules", *(["lesions"] if hurt else [])
    timings = {step: after - before for step, (before, after) in zip(steps, pairwise(times), strict=False)}
    return Study.of(
        net, inputs, X, modules, title="", seed=seed, lesions=hurt, timings=timings, code="\n".join(code)
    )  # fmt: skip


def _accuracies(X: Tensor, labels: Tensor) -> Metric:
    """How often the left and the right digit are named correctly."""

    def accuracies(f: Callable[[Tensor], Tensor]) -> dict[str, float]:
        named = f(X).reshape(len(X), 2, 10).argmax(2) == labels
        left, right = named.double().mean(0).tolist()
        return {"left accuracy": left, "right accuracy": right}

    return accuracies
