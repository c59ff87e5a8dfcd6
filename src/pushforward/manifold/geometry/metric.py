"""`metric`: the inner product that a map pulls back to its latent space."""

from torch import Tensor

from pushforward.manifold.geometry.immersion import Map, latent_points


def metric(mapping: Map, z: Tensor) -> Tensor:
    r"""The metric that $f$ pulls back to its latent space, $g(z) = J^\top J$: (k, k) at z (k,), (n, k, k) at z (n, k).

    Of a generator at latent points z (width,) or (n, width): in the orthonormal frame of the latent, which for cubes,
    Gaussians and atlases are its coordinates. A curve z(t) has the squared speed $\dot z^\top g \dot z$.

    Raises `BadInput` for other shapes, `NotFinite` for NaN.

    >>> import torch
    >>> metric(lambda z: 2 * z, torch.zeros(2))
    tensor([[4., 0.],
            [0., 4.]])

    Source: Arvanitidis, Hansen, Hauberg (2018).
    """
    im, z = latent_points(mapping, z)
    J = im.jacobians(z)
    return J.mT @ J
