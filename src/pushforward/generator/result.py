"""What generators return: `Quality`, and the latent points of inputs, `Inverse` and `Preimages`."""

from dataclasses import asdict, dataclass

from torch import Tensor

from pushforward.arguments import checked, checked_index
from pushforward.result import Columns, Result


@dataclass(frozen=True, eq=False, repr=False)
class Quality(Result):
    """The quality card of a generator. Ratios compare with real data against other real data: 1 is perfect.

    `coverage`: how far held-out inputs are from the nearest sample, `precision`: samples from the nearest training
    input, each against held-out to training inputs, at equal numbers. `frechet`: Fréchet distance of samples and
    held-out inputs, `frechet_real` of training and held-out inputs. `memorisation`: median distance of samples to
    the nearest of all training inputs given, against that of held-out inputs; far below 1, samples are copies.
    `reconstruction`: root mean square error on held-out inputs as a share of their standard deviation. `cycle`: the
    same for samples encoded and generated again. `same_piece`: the share of samples that the encoder finds in
    the chart or component they came from. `classes`: the share of samples in each class, and `kept` the share of
    held-out inputs whose reconstruction is of the same class, if a classifier was given. `count`: how many samples and
    held-out inputs were compared.

    >>> import torch
    >>> import pushforward as pf
    >>> from pushforward.rng import normal
    >>> gen = pf.Generator.wrap(torch.nn.Identity(), pf.latents.Gaussian(2), reads="features")
    >>> card = pf.quality(gen, normal((100, 2), seed=0), normal((100, 2), seed=1), seed=2)
    >>> card
    Quality(coverage 1.02, precision 0.89, Fréchet 2.91, memorisation 0.87)
    """

    coverage: float
    precision: float
    frechet: float
    frechet_real: float
    memorisation: float
    reconstruction: float
    cycle: float
    same_piece: float
    count: int
    classes: tuple[float, ...] = ()
    kept: float | None = None

    @property
    def frechet_ratio(self) -> float:
        """Fréchet distance against real–real."""
        return self.frechet / self.frechet_real

    def asdict(self) -> dict[str, object]:
        """All fields, for a JSON header."""
        return asdict(self)

    def columns(self) -> Columns:
        """A row for each measure: its value, and what it is at best."""
        best = {"coverage": 1, "precision": 1, "frechet_ratio": 1, "memorisation": 1, "reconstruction": 0, "cycle": 0,
                "same_piece": 1, "kept": 1}  # fmt: skip
        names = [name for name in best if getattr(self, name) is not None]
        return {
            "measure": names,
            "value": [getattr(self, name) for name in names],
            "best": [best[name] for name in names],
        }

    def summary(self) -> str:
        """Every measure, in words."""
        lines = [
            f"coverage {self.coverage:.2f}, precision {self.precision:.2f} of real–real distance",
            f"Fréchet distance {self.frechet_ratio:.2f} × real–real ({self.frechet:.3g})",
            f"memorisation {self.memorisation:.2f} (1: samples are as new as held-out inputs)",
            f"reconstruction error {self.reconstruction:.1%}, cycle error {self.cycle:.1%} of the standard deviation",
        ]
        if self.classes:
            lines.append(f"classes {min(self.classes):.1%} … {max(self.classes):.1%} of samples")
        if self.kept is not None:
            lines.append(f"{self.kept:.1%} of reconstructions keep their class")
        return "\n".join(lines)

    def _brief(self) -> str:
        return (
            f"coverage {self.coverage:.2f}, precision {self.precision:.2f}, Fréchet {self.frechet_ratio:.2f}, "
            f"memorisation {self.memorisation:.2f}"
        )


@dataclass(frozen=True, eq=False, repr=False)
class Inverse(Result):
    """The best latent point found for each input.

    `z` (n, width); the inputs `points` (n, *shape) it generates; the root mean square `residual` (n,) in the data's
    units; and whether the descent `converged` (n,).

    >>> import torch
    >>> import pushforward as pf
    >>> gen = pf.Generator.wrap(torch.nn.Identity(), pf.latents.Circle(), reads="features")
    >>> inverse = gen.invert(torch.tensor([[0.0, 1.0]]), seed=0)
    >>> inverse.z.round(decimals=3), inverse.residual < 1e-3
    (tensor([[1.5710]]), tensor([True]))
    """

    z: Tensor
    points: Tensor
    residual: Tensor
    converged: Tensor

    def columns(self) -> Columns:
        """A row for each input."""
        return {
            "input": range(len(self.z)),
            "residual": self.residual.tolist(),
            "converged": self.converged.tolist(),
        }

    def summary(self) -> str:
        """How far what is generated is from the inputs, and how many descents converged."""
        residual = self.residual
        return (
            f"{len(self.z)} inputs inverted, {int(self.converged.sum())} converged: root mean square residual "
            f"{float(residual.median()):.3g} in the median, {float(residual.max()):.3g} at most"
        )

    def _brief(self) -> str:
        return f"{len(self.z)} inputs, median residual {float(self.residual.median()):.3g}"


@dataclass(frozen=True, eq=False, repr=False)
class Preimages(Result):
    """All latent points found of each input: `points`, a list of (m, width); `multiplicity` (n,), how many there are.

    `residual` (n,) is the least root mean square difference reached; above `tolerance` there are no preimages.

    >>> import torch
    >>> import pushforward as pf
    >>> twice = pf.Generator.wrap(torch.nn.Linear(2, 1), pf.latents.Circle(), reads="features")
    >>> preimages = twice.preimages(twice(torch.tensor([[0.3]])), seed=0)
    >>> preimages.multiplicity
    tensor([2])
    """

    points: list[Tensor]
    multiplicity: Tensor
    residual: Tensor
    tolerance: float

    @checked
    def of(self, which: Tensor) -> "Preimages":
        """Those of some of the inputs, given by number."""
        which = checked_index("preimages.of(which)", which, len(self.points)).reshape(-1)
        which = which.nonzero()[:, 0] if str(which.dtype) == "torch.bool" else which
        points = [self.points[i] for i in which.tolist()]
        return Preimages(points, self.multiplicity[which], self.residual[which], self.tolerance)

    def columns(self) -> Columns:
        """A row for each input."""
        return {
            "input": range(len(self.points)),
            "multiplicity": self.multiplicity.tolist(),
            "residual": self.residual.tolist(),
        }

    def summary(self) -> str:
        """How many inputs have how many preimages."""
        return f"{self._brief()}; within {self.tolerance:.3g} of the input"

    def _brief(self) -> str:
        counts = ", ".join(f"{int((self.multiplicity == m).sum())} × {int(m)}" for m in self.multiplicity.unique())
        return f"{len(self.points)} inputs; multiplicity {counts}"
