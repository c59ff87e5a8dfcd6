"""Studies: results with everything a reader of a report needs to judge them. Nothing here draws."""

from pushforward.page.studies.contrast import ContrastStudy
from pushforward.page.studies.generator import GeneratorStudy
from pushforward.page.studies.modularity import ModularityStudy
from pushforward.page.studies.modules import (
    LayerFacts,
    Members,
    ModulesStudy,
    Network,
    members_of,
    network_of,
    versions,
)
from pushforward.page.studies.study import Study

__all__ = [
    "ContrastStudy",
    "GeneratorStudy",
    "LayerFacts",
    "Members",
    "ModularityStudy",
    "ModulesStudy",
    "Network",
    "Study",
    "members_of",
    "network_of",
    "versions",
]
