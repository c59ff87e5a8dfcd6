"""What modular training does to a network, and what it costs."""

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from pushforward.modules import Modules
from pushforward.modules.modular import Frontier
from pushforward.show.canvas import NARROW, WIDE, Drawing, bare, styled
from pushforward.show.palette import MUTED, colours, sequential
from pushforward.show.words import blocks_of, counted

SATURATED = 0.99
"""The colour scale ends at this quantile of both matrices, which the colour bar's arrow says."""


@styled
def frontier_figure(frontier: Frontier, *, width: float = NARROW) -> Figure:
    """One dot a network, accuracy against modularity; a ring at the mean of each strength, joined by a line."""
    figure = Drawing(figsize=(width, 0.8 * width), layout="constrained")
    ax = figure.add_subplot()
    means = frontier.modularity.mean(1).tolist(), frontier.accuracy.mean(1).tolist()
    ax.plot(*means, "-", color=MUTED, lw=0.8, zorder=1)
    for i, (strength, colour) in enumerate(zip(frontier.strengths, colours(len(frontier.strengths)), strict=True)):
        ax.plot(frontier.modularity[i].tolist(), frontier.accuracy[i].tolist(), "o", color=colour, ms=4, mec="white")
        ax.plot(means[0][i], means[1][i], "o", mfc="none", mec=colour, ms=10, label=f"{strength:g}")
    ax.axvline(0, color=MUTED, lw=0.7, ls=":")
    ax.set_xlabel("modularity (0: chance)")
    ax.set_ylabel("accuracy")
    ax.set_title(f"The price of modularity, {len(frontier.seeds)} seeds")
    ax.legend(title="strength", loc="best")
    return figure


@styled
def modular_figure(plain: Modules, modular: Modules, *, width: float = WIDE) -> Figure:
    """Squared correlations of the neurons of two networks, each ordered by its own communities, in the same colours.

    Below 5 inches one stands above the other. Frames are dashed where the modules are not significant.
    """
    beside = width >= 5
    size = (width, 0.655 * width) if beside else (width, 2.1 * width)
    figure = Drawing(figsize=size, layout="constrained")
    axes = figure.subplots(*((1, 2) if beside else (2, 1)))
    off = torch.cat([m.overlap[~torch.eye(len(m.overlap), dtype=torch.bool)] for m in (plain, modular)])
    high = max(float(off[:: max(1, len(off) // 10**6)].double().quantile(SATURATED)), 1e-3)
    image = None
    for ax, modules, name in zip(axes, (plain, modular), ("Plain training", "Modular training"), strict=True):
        image = _ordered(ax, modules, high)
        ax.set_title(name)
    bar = figure.colorbar(image, ax=axes, orientation="horizontal", extend="max", shrink=0.5, aspect=30)  # pyright: ignore[reportArgumentType]
    bar.set_label("squared correlation of two neurons")
    bar.outline.set_visible(False)  # pyright: ignore[reportAttributeAccessIssue]
    return figure


def _ordered(ax: Axes, modules: Modules, high: float) -> AxesImage:
    order = modules.order_of(modules.sample)
    R = modules.overlap.clone().fill_diagonal_(1)[order][:, order]
    image = ax.imshow(R.numpy(), cmap=sequential(), vmin=0, vmax=high, interpolation_stage="data")
    bare(ax)
    sampled, blocks = modules.candidate[modules.sample][order], len(blocks_of(modules))
    for number, colour in enumerate(colours(blocks)):
        rows = (sampled == number).nonzero()[:, 0]
        if len(rows):
            side, corner = len(rows), float(rows[0]) - 0.5
            style = "solid" if modules.significant else (0, (3, 2))
            ax.add_patch(Rectangle((corner, corner), side, side, fill=False, ec=colour, lw=1.4, ls=style, gid="block"))
    found = counted(blocks, "module") if modules.significant else "no significant modules"
    ax.set_xlabel(f"{counted(len(R), 'neuron')}, {found}")
    return image
