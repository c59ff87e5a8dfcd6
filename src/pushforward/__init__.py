"""pushforward: see what the parts of a neural network do.

Near an input x a network f is linear with Jacobian J, so a Gaussian N(x, Σ) is pushed forward to
N(f(x), J Σ Jᵀ) over the activations of all its neurons. Neurons whose part of that covariance is
block-diagonal form modules.
"""

from pushforward import datasets as datasets
from pushforward import latents as latents
from pushforward.errors import BadInput as BadInput
from pushforward.errors import Diverged as Diverged
from pushforward.errors import NotDifferentiable as NotDifferentiable
from pushforward.errors import NotFinite as NotFinite
from pushforward.errors import OffManifold as OffManifold
from pushforward.errors import PrecisionWarning as PrecisionWarning
from pushforward.errors import PushforwardError as PushforwardError
from pushforward.errors import UnknownLayer as UnknownLayer
from pushforward.errors import UnreadableFile as UnreadableFile
from pushforward.generator import Generator as Generator
from pushforward.generator import Quality as Quality
from pushforward.generator import Training as Training
from pushforward.generator import quality as quality
from pushforward.inputs import Gaussian as Gaussian
from pushforward.linear import LinearMap as LinearMap
from pushforward.linear import check_linear_map as check_linear_map
from pushforward.manifold import Carried as Carried
from pushforward.manifold import Density as Density
from pushforward.manifold import Dimension as Dimension
from pushforward.manifold import Holonomy as Holonomy
from pushforward.manifold import LatentTrial as LatentTrial
from pushforward.manifold import LatentTrials as LatentTrials
from pushforward.manifold import Path as Path
from pushforward.manifold import Relaxation as Relaxation
from pushforward.manifold import Topology as Topology
from pushforward.manifold import carry as carry
from pushforward.manifold import density as density
from pushforward.manifold import dimension as dimension
from pushforward.manifold import distances as distances
from pushforward.manifold import exponential as exponential
from pushforward.manifold import fit_atlas as fit_atlas
from pushforward.manifold import geodesic as geodesic
from pushforward.manifold import geodesics as geodesics
from pushforward.manifold import holonomy as holonomy
from pushforward.manifold import metric as metric
from pushforward.manifold import straight_line as straight_line
from pushforward.manifold import straight_lines as straight_lines
from pushforward.manifold import topology as topology
from pushforward.manifold import transport as transport
from pushforward.manifold import try_latents as try_latents
from pushforward.modules import Contrast as Contrast
from pushforward.modules import Frontier as Frontier
from pushforward.modules import Leiden as Leiden
from pushforward.modules import Modularity as Modularity
from pushforward.modules import ModularityPenalty as ModularityPenalty
from pushforward.modules import ModularRun as ModularRun
from pushforward.modules import ModularTraining as ModularTraining
from pushforward.modules import Modules as Modules
from pushforward.modules import Traversal as Traversal
from pushforward.modules import contrast as contrast
from pushforward.modules import contrast_all as contrast_all
from pushforward.modules import find_modules as find_modules
from pushforward.modules import frontier as frontier
from pushforward.modules import measure_modularity as measure_modularity
from pushforward.modules import modularity as modularity
from pushforward.modules import train_modular as train_modular
from pushforward.net import Neurons as Neurons
from pushforward.net import jacobian as jacobian
from pushforward.net import push as push
from pushforward.show import ContrastStudy as ContrastStudy
from pushforward.show import GeneratorStudy as GeneratorStudy
from pushforward.show import ModularityStudy as ModularityStudy
from pushforward.show import Study as Study
from pushforward.show import driving_inputs as driving_inputs
from pushforward.show import report as report
