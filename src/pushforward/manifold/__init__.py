"""What a generator or data says about the manifold the data lie on."""

from pushforward.manifold.density import Density as Density
from pushforward.manifold.density import density as density
from pushforward.manifold.density import density_at as density_at
from pushforward.manifold.dimension import dimension as dimension
from pushforward.manifold.geometry import Carried as Carried
from pushforward.manifold.geometry import Effect as Effect
from pushforward.manifold.geometry import Holonomy as Holonomy
from pushforward.manifold.geometry import Path as Path
from pushforward.manifold.geometry import Relaxation as Relaxation
from pushforward.manifold.geometry import carry as carry
from pushforward.manifold.geometry import distances as distances
from pushforward.manifold.geometry import exponential as exponential
from pushforward.manifold.geometry import geodesic as geodesic
from pushforward.manifold.geometry import geodesics as geodesics
from pushforward.manifold.geometry import holonomy as holonomy
from pushforward.manifold.geometry import metric as metric
from pushforward.manifold.geometry import straight_line as straight_line
from pushforward.manifold.geometry import straight_lines as straight_lines
from pushforward.manifold.geometry import transport as transport
from pushforward.manifold.result import Dimension as Dimension
from pushforward.manifold.topology import Topology as Topology
from pushforward.manifold.topology import topology as topology
from pushforward.manifold.try_latents import LatentTrial as LatentTrial
from pushforward.manifold.try_latents import LatentTrials as LatentTrials
from pushforward.manifold.try_latents import candidates as candidates
from pushforward.manifold.try_latents import try_latents as try_latents
