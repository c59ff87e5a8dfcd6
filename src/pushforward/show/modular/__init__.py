"""What is shown of modularity: of one network, of training for it, and of two networks side by side."""

from pushforward.show.modular.agreement import agreement_figure
from pushforward.show.modular.assessment import assessment_figure
from pushforward.show.modular.frontier import frontier_figure
from pushforward.show.modular.matrices import modular_figure
from pushforward.show.modular.modularity import modularity_figure
from pushforward.show.modular.part import modularity_part
from pushforward.show.modular.run import modular_run_figure

__all__ = [
    "agreement_figure",
    "assessment_figure",
    "frontier_figure",
    "modular_figure",
    "modular_run_figure",
    "modularity_figure",
    "modularity_part",
]
