"""What a generator or data says about the manifold the data lie on."""

from pushforward.manifold.density import Density as Density
from pushforward.manifold.density import density as density
from pushforward.manifold.density import density_at as density_at
from pushforward.manifold.dimension import dimension as dimension
from pushforward.manifold.result import Dimension as Dimension
