"""Hollows inside of what fills three dimensions: empty places that points close in on all sides."""

import numpy as np
import torch
from torch import Tensor

# Points whose other principal coordinates have no more than this share of the variance are in a flat space.
FLAT = 0.02
# Simplices of less volume beside their size have none but planes.
FLATTEST = 1e-15


def hollow(y: Tensor) -> float:
    r"""How much wider the widest closed hollow is than the ways into it, between points that fill a flat space. (n p)

    As balls around the points grow, a hollow is closed at one radius and filled at a larger one; the ratio of the two
    is that of its second homology class in the alpha complex. By duality it is one of pieces of the complement, whose
    tetrahedra are joined through triangles that are wider than the balls. 0 where points are in no flat space.

    >>> draws = torch.Generator().manual_seed(0)
    >>> y = torch.nn.functional.normalize(torch.randn(2000, 3, generator=draws), dim=1)
    >>> y = y * (0.4 + 0.6 * torch.rand(2000, 1, generator=draws))
    >>> hollow(y) > 2
    True

    Sources: Edelsbrunner, Mücke (1994) for alpha complexes; Delfinado, Edelsbrunner (1995) for the pieces.
    """
    from scipy.spatial import Delaunay

    if (points := flat(y, 3)) is None:
        return 0.0
    solid = Delaunay(points)
    radius = spheres(points[solid.simplices])[1]
    return _widest(radius, *_gates(points, solid.simplices, solid.neighbors, radius))


def flat(y: Tensor, dim: int) -> np.ndarray | None:
    """So many principal coordinates of points (n p), if they say it all."""
    centred = (y - y.mean(0)).double()
    values, vectors = torch.linalg.eigh(centred.T @ centred)
    if len(values) < dim or values[:-dim].sum() > FLAT * values.sum():
        return None
    return (centred @ vectors[:, -dim:]).numpy()


def spheres(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centres (n 3) and radii (n) of the smallest spheres through corners (n k 3); flat ones have infinite radii."""
    sides = corners[:, 1:] - corners[:, :1]
    gram = sides @ sides.transpose(0, 2, 1)
    flat = np.linalg.det(gram) < FLATTEST * np.trace(gram, axis1=1, axis2=2) ** gram.shape[1]
    gram[flat] = np.eye(gram.shape[1])
    half = np.einsum("nii->ni", gram)[..., None] / 2
    way = np.einsum("nk,nkd->nd", np.linalg.solve(gram, half)[..., 0], sides)
    return corners[:, 0] + way, np.where(flat, np.inf, np.linalg.norm(way, axis=1))


def _gates(
    y: np.ndarray, tetrahedra: np.ndarray, beside: np.ndarray, radius: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Of every triangle between two tetrahedra the radius at which balls close it, and the two; −1 is outside.

    A triangle with another point in its smallest sphere is closed together with the narrower tetrahedron.
    """
    own, opposite = np.arange(len(tetrahedra)).repeat(4), np.tile(np.arange(4), len(tetrahedra))
    other = beside.ravel()
    once = own > other
    own, other, opposite = own[once], other[once], opposite[once]
    faces = np.stack([np.delete(tetrahedra, k, axis=1) for k in range(4)], 1)[own, opposite]
    inner = other >= 0
    far = np.where(inner, tetrahedra[other].sum(1) - faces.sum(1), tetrahedra[own, opposite])
    centre, narrow = spheres(y[faces])
    nearest = np.minimum(*(np.linalg.norm(y[one] - centre, axis=1) for one in (tetrahedra[own, opposite], far)))
    least = np.minimum(radius[own], np.where(inner, radius[other], np.inf))
    return np.where(nearest < narrow, least, narrow), np.stack([own, other], 1)


def _widest(radius: np.ndarray, gates: np.ndarray, pairs: np.ndarray) -> float:
    """The largest ratio at which pieces that are joined through gates, the widest first, were apart."""
    above = np.arange(len(radius) + 1)  # the last one is outside, and the widest
    width = np.append(np.where(np.isinf(radius), 0.0, radius), np.inf)
    widest = 0.0
    for k in np.argsort(-gates, kind="stable"):
        a, b = (_root(above, i) for i in pairs[k])
        if a != b:
            a, b = (a, b) if width[a] >= width[b] else (b, a)
            widest = max(widest, width[b] / max(gates[k], 1e-300))
            above[b] = a
    return float(widest)


def _root(above: np.ndarray, i: int) -> int:
    while above[i] != i:
        above[i] = above[above[i]]
        i = above[i]
    return int(i)
