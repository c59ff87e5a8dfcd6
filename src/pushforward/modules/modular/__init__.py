"""Modularity as a differentiable number, and networks trained to have more of it."""

from pushforward.modules.modular.agreement import compare
from pushforward.modules.modular.assessment import assess
from pushforward.modules.modular.factors import evaluating
from pushforward.modules.modular.measure import measure_modularity
from pushforward.modules.modular.penalty import ModularityPenalty
from pushforward.modules.modular.result import Agreement, Assessment, Modularity
from pushforward.modules.modular.run_result import Frontier, ModularRun
from pushforward.modules.modular.score import modularity
from pushforward.modules.modular.settings import ModularTraining
from pushforward.modules.modular.tradeoff import frontier
from pushforward.modules.modular.train import train_modular

__all__ = [
    "Agreement",
    "Assessment",
    "Frontier",
    "ModularRun",
    "ModularTraining",
    "Modularity",
    "ModularityPenalty",
    "assess",
    "compare",
    "evaluating",
    "frontier",
    "measure_modularity",
    "modularity",
    "train_modular",
]
