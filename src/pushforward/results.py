"""What the verbs return. All results are alike: one-line `repr`, words as `str`, a notebook card, `plot(figure=None)`,
`to_frame()`, `save(path)`, `pf.load(path)`, and equality of what was saved and loaded.

>>> "Modules" in __all__
True
"""

from pathlib import Path as File

from pushforward import manifest, store
from pushforward.arguments import checked
from pushforward.errors import UnreadableFile
from pushforward.generator import Generator, Inverse, Preimages, Quality
from pushforward.language import Swaps as Swaps
from pushforward.manifold import Density as Density
from pushforward.manifold import Dimension as Dimension
from pushforward.manifold import Holonomy as Holonomy
from pushforward.manifold import LatentTrial as LatentTrial
from pushforward.manifold import LatentTrials as LatentTrials
from pushforward.manifold import Path as Path
from pushforward.manifold import PropertyTransfer as PropertyTransfer
from pushforward.manifold import Topology as Topology
from pushforward.modules import Agreement as Agreement
from pushforward.modules import Assessment as Assessment
from pushforward.modules import Contrast as Contrast
from pushforward.modules import Contrasts as Contrasts
from pushforward.modules import Frontier as Frontier
from pushforward.modules import Lesions as Lesions
from pushforward.modules import Modularity as Modularity
from pushforward.modules import ModularRun as ModularRun
from pushforward.modules import Modules as Modules
from pushforward.modules import Subspaces as Subspaces
from pushforward.modules import TopInputs as TopInputs
from pushforward.modules import Traversal as Traversal
from pushforward.net import Push
from pushforward.result import Result
from pushforward.runs import Run as Run

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
    "Subspaces",
    "Swaps",
    "TopInputs",
    "Topology",
    "Traversal",
]


@checked
def load(path: str | File) -> Result | Generator | Run:
    """What `save` wrote to a file, of whatever kind: a result or a generator; of a folder, the run in it.

    A generator with networks of your own is read by `pf.Generator.load`, which takes them. Raises `UnreadableFile` for
    missing, foreign and damaged files, and for those that a training resumes from.

    >>> import tempfile
    >>> from torch import zeros
    >>> lesions = Lesions(("accuracy",), zeros(1), zeros(2, 1), zeros(2, 5, 1), zeros(2), "zero")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     load(lesions.save(f"{folder}/lesions.safetensors")) == lesions
    True
    """
    if manifest.is_run(path):
        return Run(path)
    kind = store.kind_of(path)
    if kind == "Generator":
        return Generator.load(path)
    if kind in __all__:
        return globals()[kind].load(path)
    more = ": a run resumes from it with `checkpoint=`" if kind.endswith(".checkpoint") else ""
    raise UnreadableFile(f"{path} holds {kind!r}{more}. `pf.load` reads what `.save(path)` of a result wrote.")
