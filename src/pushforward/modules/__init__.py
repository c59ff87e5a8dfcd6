"""Modules: sets of neurons that work with different properties of the input."""

from pushforward.modules.cluster import Leiden as Leiden
from pushforward.modules.contrast import Contrast as Contrast
from pushforward.modules.contrast import Traversal as Traversal
from pushforward.modules.contrast import contrast as contrast
from pushforward.modules.contrast import contrast_all as contrast_all
from pushforward.modules.find import find_modules as find_modules
from pushforward.modules.lesion import Lesions as Lesions
from pushforward.modules.modularity import Frontier as Frontier
from pushforward.modules.modularity import Modularity as Modularity
from pushforward.modules.modularity import ModularityPenalty as ModularityPenalty
from pushforward.modules.modularity import ModularRun as ModularRun
from pushforward.modules.modularity import ModularTraining as ModularTraining
from pushforward.modules.modularity import frontier as frontier
from pushforward.modules.modularity import measure_modularity as measure_modularity
from pushforward.modules.modularity import modularity as modularity
from pushforward.modules.modularity import train_modular as train_modular
from pushforward.modules.result import Modules as Modules
