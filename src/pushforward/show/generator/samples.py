"""What a generator makes, beside what it was trained on."""

import torch
from matplotlib.axes import Axes
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.generator import Generator
from pushforward.manifold import Density
from pushforward.page import are_pictures, number, painted, shade
from pushforward.rng import Seed
from pushforward.show.canvas import WIDE, blank, folded, styled
from pushforward.show.mosaic import hang, mosaic
from pushforward.show.palette import DEAD, MUTED, SERIES
from pushforward.show.sheet import Sheet
from pushforward.show.target import Target


@styled
def ranked_figure(density: Density, inputs: Tensor, *, width: float = WIDE) -> Target:
    """The inputs (n, ...) of a density as pictures, densest first, with log p and percentile below each.

    Raises `BadInput` for inputs that are no pictures, or others than those of the density.
    """
    if not are_pictures(tuple(inputs.shape[1:])) or len(inputs) != len(density.log_density):
        raise BadInput(
            f"`ranked_figure`: inputs {tuple(inputs.shape)} and {len(density.log_density)} densities were given; as "
            "many pictures (n, c, h, w) are needed. Give the inputs of which the density is."
        )
    order = density.log_density.argsort(descending=True).tolist()
    low, high = float(inputs.min()), float(inputs.max())
    tiles = shade(painted(inputs), low, high)
    h, w = tiles.shape[1:3]
    columns = min(len(order), 8 if width >= 5 else 4)
    tile = min(width / columns, 1.3)
    tall, below = (tile - 0.06) * h / w, 0.36
    rows = -(-len(order) // columns)
    sheet = Sheet(width, rows * (tall + below))
    for place, i in enumerate(order):
        left, top = place % columns * tile, place // columns * (tall + below)
        hang(sheet.axes(left, top, tile - 0.06, tall), tiles[i])
        middle, under = left + (tile - 0.06) / 2, top + tall
        log_p, share = number(float(density.log_density[i]), 1), float(density.percentile[i])
        sheet.write(middle, under + 0.04, log_p, ha="center")
        sheet.write(middle, under + 0.18, f"{share:.0%}", ha="center", color=MUTED)
    return sheet.figure


# Samples drawn if a generator is given, and the most that are shown as points.
DRAWN = 1000
ROWS, REAL_ROWS = 5, 2
# Clouds of points longer than this many times their width are stretched to be seen.
FLAT = 5


@styled
def samples_figure(
    samples: Generator | Tensor, real: Tensor | None = None, *, seed: Seed = 0, width: float = WIDE
) -> Target:
    """Samples (of a generator, or given) as pictures, or as points along the first two principal components.

    `real` inputs are drawn beside them, on the same scale. Raises `BadInput` if the two are of different shapes.
    """
    x = samples.sample(DRAWN, seed=seed) if isinstance(samples, Generator) else samples
    x = x.detach().cpu().float()[:DRAWN]
    real = None if real is None else real.detach().cpu().float()[:DRAWN]
    if x.ndim < 2 or len(x) == 0 or (real is not None and real.shape[1:] != x.shape[1:]):
        beside = "" if real is None else f" and real inputs {tuple(real.shape)}"
        raise BadInput(
            f"`samples_figure`: samples {tuple(x.shape)}{beside} were given; inputs (n, ...) of one shape are needed, "
            "at least one of each. Use `gen.sample(n, seed=0)`."
        )
    if are_pictures(tuple(x.shape[1:])):
        return _pictures(x, real, width)
    return _points(x.flatten(1), None if real is None else real.flatten(1), width)


def _pictures(x: Tensor, real: Tensor | None, width: float) -> Target:
    """Sheets of tiles, on one fixed scale: samples, and below them real inputs."""
    both = x if real is None else torch.cat([x, real])
    low, high = float(both.min()), float(both.max())
    h, w = painted(x[:1]).shape[1:3]
    columns = max(1, int(width / (0.36 if max(h, w) <= 32 else 0.6)))
    blocks = [(f"generated, {min(len(x), ROWS * columns)} at random", x[: ROWS * columns])]
    if real is not None:
        few = real[: REAL_ROWS * columns]
        blocks.append((f"real, {len(few)}", few))
    tile = width / columns
    tall = [-(-len(some) // columns) * tile * h / w for _, some in blocks]
    head, below = 0.26, 0.1
    sheet, top = Sheet(width, sum(tall) + (head + below) * len(blocks) - below), 0.0
    for (name, some), size in zip(blocks, tall, strict=True):
        sheet.write(0, top + 0.17, name, fontsize=9, weight="bold", va="baseline")
        ax = sheet.axes(0, top + head, min(len(some), columns) * tile, size)
        hang(ax, mosaic(shade(painted(some), low, high), min(columns, len(some))))
        top += head + size + below
    return sheet.figure


def _points(x: Tensor, real: Tensor | None, width: float) -> Target:
    """Points: real ones below, samples above."""
    figure = blank(width, 2.4 if x.shape[1] == 1 else min(width, 4.4))
    ax = figure.add_subplot()
    if x.shape[1] == 1:
        _bars(ax, x, real)
    else:
        _scatter(ax, x, real)
    counts = f"n = {len(x):,} generated" + ("" if real is None else f", {len(real):,} real")
    ax.set_title(folded(f"Samples ({counts})", width))
    if real is not None:
        figure.legend(loc="outside lower left", ncols=2, handlelength=1.2, markerscale=2)
    return figure


def _bars(ax: Axes, x: Tensor, real: Tensor | None) -> None:
    both = x if real is None else torch.cat([x, real])
    edges = torch.linspace(float(both.min()), float(both.max()) + 1e-9, 41).tolist()
    if real is not None:
        ax.hist(real[:, 0].numpy(), edges, density=True, color=DEAD, label="real")
    ax.hist(x[:, 0].numpy(), edges, density=True, histtype="step", color=SERIES, lw=1.5, label="generated")
    ax.set_xlabel("the input's only coordinate")
    ax.set_ylabel("density")


def _scatter(ax: Axes, x: Tensor, real: Tensor | None) -> None:
    base = (x if real is None else real).double()
    axes, middle = torch.eye(2, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    names = ["coordinate 1", "coordinate 2"]
    if x.shape[1] > 2:
        middle = base.mean(0)
        _, S, V = torch.linalg.svd(base - middle, full_matrices=False)
        shares = (S.square() / S.square().sum().clamp_min(1e-300)).tolist()
        axes = V[:2].T
        names = [f"principal component {i + 1} ({shares[i]:.0%} of the variance)" for i in range(len(V[:2]))]
    for points, colour, name in ((real, MUTED, "real"), (x, SERIES, "generated")):
        if points is not None:
            a, b = ((points.double() - middle) @ axes).T
            ax.plot(a.numpy(), b.numpy(), "o", ms=2.2, mew=0, alpha=0.6, color=colour, label=name)
    long, short = ((base - middle) @ axes).std(0, correction=0).tolist()
    if len(base) == 1 or (long < FLAT * short and short < FLAT * long):
        ax.set_aspect("equal", "datalim")
    ax.set_xlabel(names[0])
    ax.set_ylabel(names[1])
