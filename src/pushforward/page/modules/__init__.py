"""What a page says and shows of modules: words, and the panes of modules, matrix, neurons, examples and evidence."""

from pushforward.page.modules.evidence import criteria, evidence_pane, lesion_table
from pushforward.page.modules.examples import examples_pane, shown
from pushforward.page.modules.matrix import matrix_pane, neurons_pane
from pushforward.page.modules.pane import modules_pane, overlaps
from pushforward.page.modules.words import (
    blocks_of,
    effective_rank,
    groups,
    layers_of,
    left_out,
    nonlinearity,
    odds,
    shortfall,
    shown_as_modules,
    tiles,
    verdict,
)

__all__ = [
    "blocks_of",
    "criteria",
    "effective_rank",
    "evidence_pane",
    "examples_pane",
    "groups",
    "layers_of",
    "left_out",
    "lesion_table",
    "matrix_pane",
    "modules_pane",
    "neurons_pane",
    "nonlinearity",
    "odds",
    "overlaps",
    "shortfall",
    "shown",
    "shown_as_modules",
    "tiles",
    "verdict",
]
