"""Modularity as a differentiable number, and networks trained to have more of it."""

from pushforward.modules.modularity.alike import Alike as Alike
from pushforward.modules.modularity.alike import alike as alike
from pushforward.modules.modularity.frontier import Frontier as Frontier
from pushforward.modules.modularity.frontier import frontier as frontier
from pushforward.modules.modularity.judge import Judged as Judged
from pushforward.modules.modularity.judge import judge as judge
from pushforward.modules.modularity.measure import modularity as modularity
from pushforward.modules.modularity.penalty import ModularityPenalty as ModularityPenalty
from pushforward.modules.modularity.report import measure_modularity as measure_modularity
from pushforward.modules.modularity.result import Modularity as Modularity
from pushforward.modules.modularity.settings import ModularTraining as ModularTraining
from pushforward.modules.modularity.train import ModularRun as ModularRun
from pushforward.modules.modularity.train import train_modular as train_modular
