"""All figures, by name, and the card that a notebook shows.

A result is drawn by the function named after its class: `Modules` by `modules_figure`.
"""

from pushforward.show.canvas import figure_png, figure_svg
from pushforward.show.contrasts import contrast_figure, contrast_gif, contrasts_figure, traversal_figure
from pushforward.show.densities import density_figure
from pushforward.show.dimensions import dimension_figure
from pushforward.show.generator import (
    inverse_figure,
    preimages_figure,
    quality_figure,
    ranked_figure,
    samples_figure,
)
from pushforward.show.geometry import holonomy_figure, path_figure, property_transfer_figure
from pushforward.show.language import swaps_figure
from pushforward.show.latent_trials import latent_trial_figure, latent_trials_figure
from pushforward.show.modular import (
    agreement_figure,
    assessment_figure,
    frontier_figure,
    modular_figure,
    modular_run_figure,
    modularity_figure,
)
from pushforward.show.modules import (
    layers_figure,
    lesions_figure,
    modules_figure,
    null_figure,
    shares_figure,
    spectrum_figure,
    top_inputs_figure,
)
from pushforward.show.net import push_figure
from pushforward.show.notebook import card
from pushforward.show.subspaces import subspaces_figure
from pushforward.show.topologies import topology_figure

__all__ = [
    "agreement_figure",
    "assessment_figure",
    "card",
    "contrast_figure",
    "contrast_gif",
    "contrasts_figure",
    "density_figure",
    "dimension_figure",
    "figure_png",
    "figure_svg",
    "frontier_figure",
    "holonomy_figure",
    "inverse_figure",
    "latent_trial_figure",
    "latent_trials_figure",
    "layers_figure",
    "lesions_figure",
    "modular_figure",
    "modular_run_figure",
    "modularity_figure",
    "modules_figure",
    "null_figure",
    "path_figure",
    "preimages_figure",
    "property_transfer_figure",
    "push_figure",
    "quality_figure",
    "ranked_figure",
    "samples_figure",
    "shares_figure",
    "spectrum_figure",
    "subspaces_figure",
    "swaps_figure",
    "top_inputs_figure",
    "topology_figure",
    "traversal_figure",
]
