"""What is shown of modules: matrices, charts, driving inputs, lesions, and the part of a report about one network."""

from pushforward.show.modules.charts import layers_figure, null_figure, shares_figure, spectrum_figure
from pushforward.show.modules.inputs import inputs_figure
from pushforward.show.modules.lesions import lesion_figure
from pushforward.show.modules.matrix import modules_figure
from pushforward.show.modules.network import network_part
from pushforward.show.modules.study import Members, ModulesStudy, Network, members_of, network_of, versions

__all__ = [
    "Members",
    "ModulesStudy",
    "Network",
    "inputs_figure",
    "layers_figure",
    "lesion_figure",
    "members_of",
    "modules_figure",
    "network_of",
    "network_part",
    "null_figure",
    "shares_figure",
    "spectrum_figure",
    "versions",
]
