"""What the verbs return. All results are alike: one-line `repr`, words as `str`, a notebook card, `plot(figure=None)`,
`to_frame()`, `save(path)`, `pf.load(path)`, and equality of what was saved and loaded.

>>> "Modules" in __all__
True
"""

from pushforward.generator import Inverse, Preimages, Quality
from pushforward.manifold import (
    Density,
    Dimension,
    Holonomy,
    LatentTrial,
    LatentTrials,
    Path,
    PropertyTransfer,
    Topology,
)
from pushforward.modules import (
    Agreement,
    Assessment,
    Contrast,
    Contrasts,
    Frontier,
    Lesions,
    Modularity,
    ModularRun,
    Modules,
    TopInputs,
    Traversal,
)
from pushforward.net import Push

__all__ = [
    "Agreement",
    "Assessment",
    "Contrast",
    "Contrasts",
    "Density",
    "Dimension",
    "Frontier",
    "Holonomy",
    "Inverse",
    "LatentTrial",
    "LatentTrials",
    "Lesions",
    "ModularRun",
    "Modularity",
    "Modules",
    "Path",
    "Preimages",
    "PropertyTransfer",
    "Push",
    "Quality",
    "TopInputs",
    "Topology",
    "Traversal",
]
