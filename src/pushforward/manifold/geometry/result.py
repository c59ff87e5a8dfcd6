"""What geometry returns: `Path` and `Holonomy`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from pushforward.errors import WrongType
from pushforward.manifold.geometry.singularities import flat, lost, returns
from pushforward.result import Columns, Result, draw

if TYPE_CHECKING:
    from pushforward.result import Figure, SubFigure


@dataclass(frozen=True, eq=False, repr=False)
class Path(Result):
    r"""A sequence of t points on a manifold, from `points[0]` to `points[-1]`.

    `latents` (t, width) and their images `points` (t, *shape). `links` (t − 1,): the length of each link, of the curve
    that is straight in the latent between its ends; where these lie in different charts or components, at the `jumps`
    (t − 1,), it is their distance, for there is nothing of the manifold between them. `energy`:
    $(t - 1) \sum_i |x_{i+1} - x_i|^2$. `converged`: whether no small change makes the energy less; a path that was not
    tightened is not converged. `log_density` (t,): of the generator at each latent point, in nats, not summed over
    other preimages; None for maps that are no generators. `residual` (2,): root mean square distance of the inputs that
    were asked for from the ends. `straight`: the length of the straight line between the ends. `singular_values`
    (t, 2): the largest and the smallest of the map's Jacobian at each point, and `folds` (t,): at which points the map
    folds, so that the path turns back on what it makes. A path with a fold is not converged: on the image there may be
    a shorter way. Both are None for generators without densities.

    >>> import torch
    >>> import pushforward as pf
    >>> cylinder = lambda z: torch.stack([z[:, 0].cos(), z[:, 0].sin(), z[:, 1]], 1)
    >>> path = pf.geodesic(cylinder, torch.zeros(2), torch.tensor([torch.pi, 1.0]), steps=8, latents=True)
    >>> path.points.shape, round(float(path.length), 2), path.converged
    (torch.Size([9, 3]), 3.3, True)
    """

    latents: Tensor
    points: Tensor
    links: Tensor
    jumps: Tensor
    energy: float
    converged: bool
    log_density: Tensor | None = None
    residual: Tensor | None = None
    straight: float | None = None
    singular_values: Tensor | None = None
    folds: Tensor | None = None

    @property
    def length(self) -> float:
        """The sum of all links."""
        return float(self.links.double().sum())

    @property
    def spacing(self) -> float:
        """The longest link over the mean: 1 where all are equal."""
        return float(self.links.max() / self.links.mean()) if self.length > 0 else 1.0

    @property
    def gap(self) -> float:
        """The longest jump between charts or components, in units of the mean link; 0 if there is none."""
        return float(self.links[self.jumps].max() / self.links.mean()) if self.jumps.any() else 0.0

    def __len__(self) -> int:
        return len(self.latents)

    def columns(self) -> Columns:
        """A row for each point: how far along the path it is, whether the link to it is a jump, and its density."""
        along = torch.cat([self.links.new_zeros(1), self.links]).double().cumsum(0)
        density = [None] * len(self) if self.log_density is None else self.log_density.tolist()
        return {
            "point": range(len(self)),
            "distance": along.tolist(),
            "jump": [False, *self.jumps.tolist()],
            "log_density": density,
        }

    def plot(
        self, straight: "Path | None" = None, *, figure: "Figure | SubFigure | None" = None, **options: object
    ) -> "Figure":
        """The points as a strip, beside a cross-fade and the `straight` line if it is given: a matplotlib figure."""
        if straight is not None and not isinstance(straight, Path):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise WrongType(f"`path.plot(straight=...)`: a path is needed, not a {type(straight).__name__}.")
        return draw(self, figure, straight=straight, **options)

    def summary(self) -> str:
        """Length, jumps and density, in words."""
        return f"path of {self._brief()}"

    @property
    def doubts(self) -> tuple[str, ...]:
        """Where the map is no immersion, or the path passes where it has been, in words."""
        words = []
        if self.folds is not None and self.folds.any():
            place = int(self.folds.nonzero()[0, 0])
            words.append(f"the map FOLDS at point {place}: the path turns back there, and others may be shorter")
        elif self.singular_values is not None and bool(flat(self.singular_values)):
            words.append("the map loses directions all along: no immersion")
        elif self.singular_values is not None and (gone := lost(self.singular_values)).any():
            words.append(f"the map loses a direction at point {int(gone.nonzero()[0, 0])}")
        if (near := returns(self.points.flatten(1), self.links)) is not None:
            words.append(f"what it makes comes back to within {near.apart:.2g} after {near.way:.3g}")
        return tuple(words)

    def _brief(self) -> str:
        words = [f"length {self.length:.4g} in {len(self.links)} steps", "tight" if self.converged else "not tight"]
        words += self.doubts
        if self.jumps.any():
            count = int(self.jumps.sum())
            words.append(
                f"{count} jump{'s' * (count > 1)} between charts or components, the longest {self.gap:.1f} mean steps"
            )
        if self.log_density is not None:
            words.append(f"lowest log density {float(self.log_density.min()):.2f}")
        return ", ".join(words)


@dataclass(frozen=True, eq=False, repr=False)
class Holonomy(Result):
    """What transport around a loop does to the tangent space at its start.

    `matrix` (k, k): in the orthonormal frame nearest to the map's derivatives there. `angles` (k,): of its eigenvalues,
    in radians, largest first. `turn`: the cosine of the largest angle between neighbouring tangent spaces; where it is
    small the loop has too few points. `converged`: whether halving all steps changed the rotation by less than 0.001,
    and what it changed in the end is the `error`, in radians; None where steps were taken as they are. `gap`: how far
    the ends of the loop are apart, over which the last step leads. `folds`: at how many points the map folds, so that
    what it makes of the loop turns back.

    >>> import torch
    >>> import pushforward as pf
    >>> def sphere(z):
    ...     return torch.stack([z[:, 0].sin() * z[:, 1].cos(), z[:, 0].sin() * z[:, 1].sin(), z[:, 0].cos()], 1)
    >>> t = torch.linspace(0, 2 * torch.pi, 21)
    >>> loop = torch.stack([torch.full_like(t, torch.pi / 3), t], 1)  # the latitude of 30 degrees
    >>> holonomy = pf.geometry.holonomy(sphere, loop)
    >>> holonomy.angles[0].round(decimals=3), holonomy.converged
    (tensor(3.1410, dtype=torch.float64), True)
    """

    matrix: Tensor
    angles: Tensor
    turn: float
    converged: bool | None = None
    error: float | None = None
    gap: float = 0.0
    folds: int = 0

    @property
    def orientable(self) -> bool:
        """Whether the loop keeps the orientation: no mirror image comes back."""
        return float(torch.linalg.det(self.matrix.double())) > 0

    @property
    def angle(self) -> float:
        """The rotation, in (−π, π] from the first coordinate towards the second on surfaces; else the largest one."""
        if len(self.matrix) == 2 and self.orientable:
            return float(torch.atan2(self.matrix[1, 0] - self.matrix[0, 1], self.matrix.trace()))
        return float(self.angles[0])

    def columns(self) -> Columns:
        """A row for each eigenvalue: its angle, in radians."""
        return {"eigenvalue": range(len(self.angles)), "angle": self.angles.tolist()}

    def summary(self) -> str:
        """What comes back, in words."""
        return self._brief()

    def _brief(self) -> str:
        orientation = "orientation kept" if self.orientable else "ORIENTATION REVERSED"
        rotation = f"rotates by {self.angle:.4g} rad" if self.orientable else "comes back as its mirror image"
        settled = ", NOT CONVERGED" if self.converged is False else ""
        settled += ", THE MAP FOLDS" * bool(self.folds)
        gap = f", ends {self.gap:.2g} apart" if self.gap > 0 else ""
        return f"{rotation}, {orientation}{settled}{gap}, neighbouring tangent spaces cos ≥ {self.turn:.2f}"
