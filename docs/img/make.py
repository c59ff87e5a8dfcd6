"""Makes the pictures of the documentation: `python docs/img/make.py`.

`modularity.png` is what `pushforward modularize` writes, scaled to 1,100 pixels.
"""

import runpy
from pathlib import Path

import matplotlib.pyplot as plt

import pushforward as pf
from pushforward import datasets
from pushforward.show.figures import contrast_figure, figure_png, modules_figure

HERE = Path(__file__).parent


def pairs_modules() -> Path:
    """The matrix of the network on pairs of digits, before and after."""
    X = datasets.pairs(2000, seed=0).images
    net = pf.Neurons(datasets.pair_classifier())
    modules = pf.find_modules(net, pf.Gaussian.fit(X, rank=64), X, seed=0)
    path = HERE / "pairs-modules.png"
    path.write_bytes(figure_png(modules_figure(modules), dpi=120, steps=32))
    return path


def contrast() -> Path:
    """The two largest modules of the same network, contrasted."""
    X = datasets.pairs(2000, seed=0).images
    net = pf.Neurons(datasets.pair_classifier())
    A, B = pf.find_modules(net, pf.Gaussian.fit(X, rank=64), X, seed=0).blocks[:2]
    found = pf.contrast(net, pf.Gaussian.fit(X, rank=128), A, B, start=X, seed=0)
    path = HERE / "contrast.png"
    path.write_bytes(figure_png(contrast_figure(found), dpi=110))
    return path


def language_swaps() -> Path:
    """The figure of the gallery's language model, for where the extra that it needs is not installed."""
    runpy.run_path(str(HERE.parents[1] / "examples" / "language_model.py"))
    path = HERE / "language-swaps.png"
    plt.savefig(path, dpi=100)
    return path


if __name__ == "__main__":
    pairs_modules()
    contrast()
    language_swaps()
