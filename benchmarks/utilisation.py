"""How much of the machine's matrix throughput a push reaches, beside the forward pass: transformer, MLP and CNN."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

import pushforward as pf
from common import Bar, arguments, medians, write
from pushforward.rng import normal

WIDTH, LAYERS, TOKENS, DIRECTIONS, SIDE = 1024, 2, 32, 64, 2048


class Case(NamedTuple):
    """A network, the shape of an input, and the FLOP of one pass: of linear layers, and of products of activations."""

    model: nn.Module
    shape: tuple[int, ...]
    linear: float
    both: float


def transformer() -> Case:
    """Make two layers of an encoder: queries, keys, values, output, and 4 + 4 of the MLP; attention is Q Kᵀ and A V."""
    layer = nn.TransformerEncoderLayer(WIDTH, 8, 4 * WIDTH, dropout=0.0, batch_first=True)
    model = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
    return Case(model, (TOKENS, WIDTH), LAYERS * 2 * TOKENS * 12 * WIDTH**2, LAYERS * 2 * 2 * TOKENS**2 * WIDTH)


def mlp() -> Case:
    """Make an MLP of four layers."""
    layers = [layer for _ in range(4) for layer in (nn.Linear(WIDTH, WIDTH), nn.GELU())]
    return Case(nn.Sequential(*layers), (WIDTH,), 4 * 2 * WIDTH**2, 0)


def cnn() -> Case:
    """Make a CNN of three convolutions of 32 channels."""
    layers = [layer for _ in range(3) for layer in (nn.Conv2d(32, 32, 3, padding=1), nn.ReLU())]
    return Case(nn.Sequential(*layers), (32, 32, 32), 3 * 2 * 9 * 32 * 32 * 32**2, 0)


CASES = {"transformer": transformer, "MLP": mlp, "CNN": cnn}


def measured(case: Case, A: Tensor, B: Tensor, seed: int, runs: int) -> dict[str, float]:
    """Time a product, a forward pass of 64 inputs, the same with activations recorded, and a push, in turn."""
    X = normal((DIRECTIONS, *case.shape), seed=seed + 1)
    net, inputs = pf.Neurons(case.model.eval()), pf.Gaussian.fit(normal((256, *case.shape), seed=seed), rank=DIRECTIONS)
    net.programs.announce(1000)  # traced at the first push
    pf.push(net, inputs, X[0])
    calls = [lambda: A @ B, lambda: case.model(X), lambda: net(X), lambda: pf.push(net, inputs, X[0]).factor]
    with torch.no_grad():
        product, forward, recorded, push = medians(calls, runs=runs)
    top, work = 2 * SIDE**3 / product, DIRECTIONS * (case.linear + case.both)
    factor = len(net) * DIRECTIONS * 4
    return {
        "GFLOP/s of the product": top / 1e9,
        "GFLOP of 64 passes": work / 1e9,
        "forward": work / forward / top,
        "recorded": work / recorded / top,
        "push": (work + DIRECTIONS * case.both) / push / top,
        "push / forward": push / forward,
        "FLOP for each byte of the factor": work / factor,
        "factor MB": factor / 1e6,
    }


def main() -> None:
    options = arguments(__doc__, seed=8300, runs=5)
    torch.set_num_threads(1)
    A, B = normal((SIDE, SIDE), seed=1), normal((SIDE, SIDE), seed=2)
    rows = {}
    for name, make in CASES.items():
        torch.manual_seed(0)
        rows[name] = measured(make(), A, B, options.seed, options.runs)
        print(name, rows[name], flush=True)
    one = rows["transformer"]
    others = "; ".join(
        f"{name} {rows[name]['push']:.0%}, forward pass {rows[name]['forward']:.0%}" for name in ("MLP", "CNN")
    )
    write(
        "utilisation",
        title=f"Matrix throughput of a push of {DIRECTIONS} directions",
        seeds=f"{options.seed}",
        peer="the product of two matrices of 2,048 × 2,048, and the forward pass of 64 inputs",
        bars=[
            Bar(
                f"transformer of width {WIDTH:,}, {TOKENS} tokens: share of what the product reaches "
                f"(forward pass {one['forward']:.0%}, with all activations recorded {one['recorded']:.0%})",
                f"{one['push']:.0%}",
                "≥ 60 %",
                one["push"] >= 0.6,
            )
        ],
        notes=f"Useful work: linear layers once for each direction, products of two activations twice. Others: {others}.",
        details=rows,
    )


if __name__ == "__main__":
    main()
