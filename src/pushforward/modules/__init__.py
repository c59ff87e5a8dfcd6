"""Modules: sets of neurons that work with different properties of the input."""

from pushforward.modules.contrasts import Contrast, Contrasts, Traversal, contrast
from pushforward.modules.exemplars import TopInputs, top_inputs
from pushforward.modules.finding import Leiden, Modules, Plan, find_modules, plan
from pushforward.modules.lesions import Lesions
from pushforward.modules.modular import (
    Agreement,
    Assessment,
    Frontier,
    Modularity,
    ModularityPenalty,
    ModularRun,
    ModularTraining,
    assess,
    compare,
    frontier,
    measure_modularity,
    modularity,
    train_modular,
)
from pushforward.modules.subspaces import Subspaces, find_subspaces

__all__ = [
    "Agreement",
    "Assessment",
    "Contrast",
    "Contrasts",
    "Frontier",
    "Leiden",
    "Lesions",
    "ModularRun",
    "ModularTraining",
    "Modularity",
    "ModularityPenalty",
    "Modules",
    "Plan",
    "Subspaces",
    "TopInputs",
    "Traversal",
    "assess",
    "compare",
    "contrast",
    "find_modules",
    "find_subspaces",
    "frontier",
    "measure_modularity",
    "modularity",
    "plan",
    "top_inputs",
    "train_modular",
]
