"""Lazy linear maps, their spectra, and charts: the vocabulary that networks and inputs share."""

from pushforward.linear.chart import Chart as Chart
from pushforward.linear.chart import Held as Held
from pushforward.linear.chart import Inputs as Inputs
from pushforward.linear.chart import centred as centred
from pushforward.linear.chart import log_density as log_density
from pushforward.linear.chart import recentred as recentred
from pushforward.linear.check import check_linear_map as check_linear_map
from pushforward.linear.linear_map import Composed as Composed
from pushforward.linear.linear_map import Dense as Dense
from pushforward.linear.linear_map import LinearMap as LinearMap
from pushforward.linear.sketch import Sketched as Sketched
from pushforward.linear.sketch import SketchedInputs as SketchedInputs
from pushforward.linear.spectra import SVD as SVD
from pushforward.linear.spectra import effective_rank as effective_rank
from pushforward.linear.spectra import thin_svd as thin_svd
