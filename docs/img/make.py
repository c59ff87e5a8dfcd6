"""Makes the pictures of the documentation: `python docs/img/make.py`."""

from pathlib import Path

import pushforward as pf
from pushforward import datasets
from pushforward.show.figures import figure_png, modules_figure

HERE = Path(__file__).parent


def pairs_modules() -> Path:
    """The matrix of the network on pairs of digits, before and after."""
    X = datasets.pairs(2000, seed=0).images
    net = pf.Neurons(datasets.pair_classifier())
    modules = pf.find_modules(net, pf.Gaussian.fit(X, rank=64), X, seed=0)
    path = HERE / "pairs-modules.png"
    path.write_bytes(figure_png(modules_figure(modules), dpi=120, steps=32))
    return path


if __name__ == "__main__":
    pairs_modules()
