"""Lazy linear maps, their spectra, and charts: the vocabulary that networks and inputs share."""

from pushforward.linear.chart import (
    Chart,
    ConstantInputs,
    Inputs,
    Sketched,
    SketchedInputs,
    centred,
    log_density,
    recentred,
)
from pushforward.linear.differences import (
    Function,
    Tensors,
    beside,
    comparable,
    difference,
    excess,
    step,
    stepped,
)
from pushforward.linear.laws import check_inputs, check_linear_map
from pushforward.linear.linear_map import Composed, Dense, LinearMap
from pushforward.linear.spectra import SVD, effective_rank, thin_svd

__all__ = [
    "SVD",
    "Chart",
    "Composed",
    "ConstantInputs",
    "Dense",
    "Function",
    "Inputs",
    "LinearMap",
    "Sketched",
    "SketchedInputs",
    "Tensors",
    "beside",
    "centred",
    "check_inputs",
    "check_linear_map",
    "comparable",
    "difference",
    "effective_rank",
    "excess",
    "log_density",
    "recentred",
    "step",
    "stepped",
    "thin_svd",
]
