"""What is shown of modules: matrices, charts, top-activating inputs, lesions, a notebook card, a report's part."""

from pushforward.page.modules import blocks_of
from pushforward.show.modules.card import modules_card
from pushforward.show.modules.charts import layers_figure, null_figure, shares_figure, spectrum_figure
from pushforward.show.modules.lesions import lesions_figure
from pushforward.show.modules.matrix import modules_figure
from pushforward.show.modules.network import network_part
from pushforward.show.modules.top_inputs import top_inputs_figure

__all__ = [
    "blocks_of",
    "layers_figure",
    "lesions_figure",
    "modules_card",
    "modules_figure",
    "network_part",
    "null_figure",
    "shares_figure",
    "spectrum_figure",
    "top_inputs_figure",
]
