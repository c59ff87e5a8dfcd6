"""What the first push of a network costs against later ones, and those against a forward pass of as many inputs."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

import models
import pushforward as pf
from common import Bar, arguments, write
from push import cnn, mlp, resnet, transformer
from pushforward import structure
from pushforward.linear import ConstantInputs, SketchedInputs

TEXT = "The capital of France is a very old city"
STARTS = {"minilm": "embeddings.word_embeddings", "smollm2": "model.embed_tokens"}


class Separable(nn.Module):
    """Depthwise and pointwise convolutions, as in MobileNet."""

    def __init__(self) -> None:
        super().__init__()
        sizes = [(16, 32, 1), (32, 64, 2), (64, 64, 1), (64, 128, 2), (128, 128, 1)]
        first = (nn.Conv2d(3, 16, 3, 2, 1), nn.ReLU6())
        self.body = nn.Sequential(*first, *(part for size in sizes for part in separable(*size)))
        self.head = nn.Linear(128, 100)

    def forward(self, x):
        return self.head(self.body(x).mean((2, 3)))


def separable(inward: int, outward: int, stride: int) -> list[nn.Module]:
    depth = nn.Conv2d(inward, inward, 3, stride, 1, groups=inward, bias=False)
    point = nn.Conv2d(inward, outward, 1, bias=False)
    return [depth, nn.BatchNorm2d(inward), nn.ReLU6(), point, nn.BatchNorm2d(outward), nn.ReLU6()]


def depthwise() -> tuple[nn.Module, tuple[int, ...]]:
    return Separable().eval(), (3, 64, 64)


NETWORKS = {"MLP": mlp, "CNN": cnn, "ResNet": resnet, "Transformer encoder": transformer, "Depthwise": depthwise}
BARS = {"MLP": 1.1, "CNN": 1.1, "ResNet": 1.1, "Transformer encoder": 1.5, "Depthwise": 1.5, "smollm2": 1.5}
"""What a push may cost, in forward passes, after set-up."""


def plain(build: Callable[[], tuple[nn.Module, tuple[int, ...]]], seed: int) -> tuple[pf.Neurons, Any]:
    torch.manual_seed(seed)
    model, shape = build()
    return pf.Neurons(model), torch.randn(shape)


def language(name: str) -> tuple[pf.Neurons, Any]:
    """A model at eight tokens."""
    model, tokenizer = getattr(models, name)()
    net = pf.Neurons(model, start=STARTS[name])
    ids = tokenizer(TEXT, return_tensors="pt")["input_ids"][:, :8]
    return net, structure.item(net.embed(ids), 0)


def seconds(function: Callable[[], Any]) -> float:
    """Of the processor, which other work on the machine does not lengthen much."""
    start = time.process_time()
    function()
    return time.process_time() - start


def measured(net: pf.Neurons, x: Any, directions: int, runs: int, *, trace: bool) -> dict[str, Any]:
    """The first push, later ones, those of a traced program, and forward passes in turn with them."""
    chart = SketchedInputs(pf.Gaussian.isotropic(x), directions, seed=0).chart(x)
    chart.tangents(0, 1)  # its mixtures are drawn once
    inputs, X = ConstantInputs(chart), structure.batch(x, directions)
    push = lambda: pf.push(net, inputs, x)  # noqa: E731
    first = seconds(push)
    row = {"neurons": len(net), "directions": directions, "first": first}
    with torch.no_grad():
        pairs = [(seconds(push), seconds(lambda: net(X))) for _ in range(runs + 1)][1:]
        row |= {"later": statistics.median(p for p, _ in pairs), "forward": statistics.median(f for _, f in pairs)}
        if trace:
            net.programs.announce(10**6)
            row["tracing"] = seconds(push) - row["later"]
            pairs = [(seconds(push), seconds(lambda: net(X))) for _ in range(runs + 1)][1:]
            row["traced"] = statistics.median(p for p, _ in pairs)
            row["traced_forward"] = statistics.median(f for _, f in pairs)
    return row


def bars(name: str, row: dict[str, Any]) -> list[Bar]:
    """First against later, later against forward, and by the traced program."""
    first, what = row["first"] / row["later"], f"{name}, {row['directions']} directions"
    text = f"{first:.1f}× ({row['first'] * 1e3:.0f} ms, {row['later'] * 1e3:.0f} ms)"
    found = [Bar(f"{what}: first push / later push", text, "≤ 3×", first <= 3)]
    eager = row["later"] / row["forward"]
    traced = row["traced"] / row["traced_forward"] if "traced" in row else eager
    most, by = (
        BARS.get(name, 1.5),
        f"; by the program {traced:.2f}× after {row['tracing']:.1f} s" if "traced" in row else "",
    )
    found.append(Bar(f"{what}: push / forward pass", f"{eager:.2f}×{by}", f"≤ {most}×", min(eager, traced) <= most))
    return found


def main() -> None:
    options = arguments(__doc__, seed=7000, runs=15, parts="plain,minilm,smollm2")
    rows: dict[str, Any] = {}
    seconds(lambda: pf.push(pf.Neurons(nn.Linear(3, 4)), pf.Gaussian.isotropic((3,)), torch.zeros(3)))  # loads code
    if "plain" in options.parts:
        for name, build in NETWORKS.items():
            rows[name] = measured(*plain(build, options.seed), 64, options.runs, trace=True)
    for name, directions in (("minilm", 64), ("smollm2", 8)):
        if name not in options.parts or models.missing(name):
            print(f"{name}: skipped {models.missing(name)}")
            continue
        rows[name] = measured(*language(name), directions, max(3, options.runs // 3), trace=name == "minilm")
    for name, row in rows.items():
        print(name, row, flush=True)
    write(
        "first_push",
        title="The first push of a network, and later ones",
        seeds=str(options.seed),
        peer="a forward pass of as many inputs, which returns the same activations",
        bars=[bar for name, row in rows.items() for bar in bars(name, row)],
        notes="Medians of the processor's time, push and forward pass in turn. The first push counts the neurons and checks the "
        "network; later ones run eagerly. Language models at eight tokens.",
        details=rows,
    )


if __name__ == "__main__":
    main()
