"""All figures, by name, and the card that a notebook shows."""

from pushforward.show import notebook
from pushforward.show.canvas import figure_png as figure_png
from pushforward.show.canvas import figure_svg as figure_svg
from pushforward.show.charts import layers_figure as layers_figure
from pushforward.show.charts import null_figure as null_figure
from pushforward.show.charts import shares_figure as shares_figure
from pushforward.show.charts import spectrum_figure as spectrum_figure
from pushforward.show.contrast.figure import contrast_figure as contrast_figure
from pushforward.show.contrast.figure import traversal_figure as traversal_figure
from pushforward.show.contrast.moving import contrast_gif as contrast_gif
from pushforward.show.contrast.table import contrast_table_figure as contrast_table_figure
from pushforward.show.generators.density import density_figure as density_figure
from pushforward.show.generators.dimension import dimension_figure as dimension_figure
from pushforward.show.generators.ranked import ranked_figure as ranked_figure
from pushforward.show.generators.samples import samples_figure as samples_figure
from pushforward.show.geometry.geodesic import geodesic_figure as geodesic_figure
from pushforward.show.geometry.transport import transport_figure as transport_figure
from pushforward.show.lesions import lesion_figure as lesion_figure
from pushforward.show.matrix import modules_figure as modules_figure
from pushforward.show.modularity import frontier_figure as frontier_figure
from pushforward.show.modularity import modular_figure as modular_figure
from pushforward.show.pictures import inputs_figure as inputs_figure
from pushforward.show.topology.figure import topology_figure as topology_figure

notebook_html = notebook.html
