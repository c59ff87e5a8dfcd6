"""Inputs in order of their density."""

from matplotlib.figure import Figure
from torch import Tensor

from pushforward.errors import BadInput
from pushforward.manifold import Density
from pushforward.show.canvas import WIDE, Drawing, styled
from pushforward.show.generators.mosaic import are_pictures, hang, painted, shade
from pushforward.show.palette import MUTED
from pushforward.show.words import number


@styled
def ranked_figure(density: Density, inputs: Tensor, *, width: float = WIDE) -> Figure:
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
    figure = Drawing(figsize=(width, rows * (tall + below)))
    high_inches = figure.get_figheight()
    for place, i in enumerate(order):
        left, top = place % columns * tile, high_inches - place // columns * (tall + below)
        ax = figure.add_axes((left / width, (top - tall) / high_inches, (tile - 0.06) / width, tall / high_inches))
        hang(ax, tiles[i])
        middle = (left + (tile - 0.06) / 2) / width
        log_p, share = number(float(density.log_density[i]), 1), float(density.percentile[i])
        style = {"ha": "center", "va": "top", "fontsize": 8}
        figure.text(middle, (top - tall - 0.04) / high_inches, log_p, **style)
        figure.text(middle, (top - tall - 0.18) / high_inches, f"{share:.0%}", color=MUTED, **style)
    return figure
