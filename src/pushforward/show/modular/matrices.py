"""What modular training does to a network, and what it costs."""

import torch
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from pushforward.modules import Modules
from pushforward.page import counted
from pushforward.show.canvas import WIDE, bare, blank, styled
from pushforward.show.modules import blocks_of
from pushforward.show.palette import colours, sequential
from pushforward.show.target import Target

# The colour scale ends at this quantile of both matrices, which the colour bar's arrow says.
SATURATED = 0.99


@styled
def modular_figure(plain: Modules, modular: Modules, *, width: float = WIDE) -> Target:
    """Squared correlations of the neurons of two networks, each ordered by its own communities, in the same colours.

    Below 5 inches one stands above the other. Frames are dashed where the modules are not significant.
    """
    beside = width >= 5
    figure = blank(width, (0.655 if beside else 2.1) * width)
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
    title = counted(blocks, "module") if modules.significant else "no significant modules"
    ax.set_xlabel(f"{counted(len(R), 'neuron')}, {title}")
    return image
