"""Studies: results with everything a reader of a report needs to judge them. Nothing here draws."""

from pushforward.show.studies.contrast import ContrastStudy
from pushforward.show.studies.generator import GeneratorStudy
from pushforward.show.studies.modularity import ModularityStudy
from pushforward.show.studies.modules import (
    LayerFacts,
    Members,
    ModulesStudy,
    Network,
    members_of,
    network_of,
    versions,
)

__all__ = [
    "ContrastStudy",
    "GeneratorStudy",
    "LayerFacts",
    "Members",
    "ModularityStudy",
    "ModulesStudy",
    "Network",
    "members_of",
    "network_of",
    "versions",
]
