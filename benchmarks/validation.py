"""What the checks of arguments cost: pushes through a small network with them and without."""

import statistics
import time

import torch
from torch import nn

import pushforward as pf
from common import Bar, arguments, write

SMALL = {"inputs": 64, "width": 64, "directions": 64}
PUSHES = 50


def seconds(push, *given: object) -> float:
    start = time.process_time()
    for _ in range(PUSHES):
        push(*given)
    return time.process_time() - start


def in_turn(ways: tuple, first: int, *given: object) -> list[float]:
    """Seconds of each, a different one first every time."""
    order = [(first + i) % len(ways) for i in range(len(ways))]
    taken = {i: seconds(ways[i], *given) for i in order}
    return [taken[i] for i in range(len(ways))]


def main() -> None:
    options = arguments(__doc__, runs=99)
    torch.set_num_threads(1)
    torch.manual_seed(7000)
    n, width = SMALL["inputs"], SMALL["width"]
    model = nn.Sequential(nn.Linear(n, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 10))
    net, inputs, x = pf.Neurons(model.eval()), pf.Gaussian.isotropic((n,)), torch.randn(n)
    ways = (
        pf.push.__wrapped__,
        pf.push.__wrapped__.__wrapped__,
        pf.push,
    )  # with checks, bare, and with modes set aside
    with torch.no_grad():
        for _ in range(3):
            [seconds(way, net, inputs, x) for way in ways]
        rows = [in_turn(ways, run % 3, net, inputs, x) for run in range(options.runs)]
    checks, all_ = (statistics.median(row[i] / row[1] for row in rows) - 1 for i in (0, 2))
    write(
        "validation",
        title="What the checks of arguments cost",
        seeds="7000",
        peer="the same push without checks",
        bars=[Bar("a push of 64 directions through an MLP of 64-64-64-10", f"{checks:.1%}", "≤ 2%", checks <= 0.02)],
        details={"microseconds": [[round(1e6 * t / PUSHES, 1) for t in row] for row in rows]},
        notes=f"Processor's time of {PUSHES} pushes, in turn, median ratio of {options.runs}. With what sets PyTorch's modes aside it is {all_:.1%}.",
    )


if __name__ == "__main__":
    main()
