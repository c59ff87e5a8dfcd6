"""All figures, by name, and the card that a notebook shows."""

from pushforward.show import notebook
from pushforward.show.canvas import figure_png as figure_png
from pushforward.show.canvas import figure_svg as figure_svg
from pushforward.show.contrasts import contrast_figure as contrast_figure
from pushforward.show.contrasts import contrast_gif as contrast_gif
from pushforward.show.contrasts import contrast_table_figure as contrast_table_figure
from pushforward.show.contrasts import traversal_figure as traversal_figure
from pushforward.show.generator import density_figure as density_figure
from pushforward.show.generator import dimension_figure as dimension_figure
from pushforward.show.generator import ranked_figure as ranked_figure
from pushforward.show.generator import samples_figure as samples_figure
from pushforward.show.geometry import geodesic_figure as geodesic_figure
from pushforward.show.geometry import transport_figure as transport_figure
from pushforward.show.modular import frontier_figure as frontier_figure
from pushforward.show.modular import modular_figure as modular_figure
from pushforward.show.modules import inputs_figure as inputs_figure
from pushforward.show.modules import layers_figure as layers_figure
from pushforward.show.modules import lesion_figure as lesion_figure
from pushforward.show.modules import modules_figure as modules_figure
from pushforward.show.modules import null_figure as null_figure
from pushforward.show.modules import shares_figure as shares_figure
from pushforward.show.modules import spectrum_figure as spectrum_figure
from pushforward.show.topologies import topology_figure as topology_figure

notebook_html = notebook.html
