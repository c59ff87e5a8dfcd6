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
from pushforward.manifold import Density as Density
from pushforward.manifold import Dimension as Dimension
from pushforward.manifold import density as density
from pushforward.manifold import dimension as dimension
from pushforward.modules import Leiden as Leiden
from pushforward.modules import Modules as Modules
from pushforward.modules import find_modules as find_modules
from pushforward.net import Neurons as Neurons
from pushforward.net import jacobian as jacobian
from pushforward.net import push as push
from pushforward.show import GeneratorStudy as GeneratorStudy
from pushforward.show import Study as Study
from pushforward.show import driving_inputs as driving_inputs
from pushforward.show import report as report
