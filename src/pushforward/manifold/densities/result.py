"""`Density`: how likely a generator makes inputs, and along which directions its density is spread."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from pushforward.errors import WrongType
from pushforward.result import Columns, Result, draw

if TYPE_CHECKING:
    from pushforward.generator import Generator
    from pushforward.result import Figure, SubFigure


@dataclass(frozen=True, eq=False, repr=False)
class Density(Result):
    r"""The density of n inputs under a generator with k-dimensional latent space.

    `log_density` (n,): of the law pushed forward, per k-dimensional volume in the units of the data, in nats.
    `singular_values` (n, k) of the generator's Jacobian at the likeliest preimage, largest first: their reciprocals
    are the `factors` by which each direction spreads the latent's density. `directions` (n, k, *shape): the unit
    change of the input along each; `latent_directions` (n, k, k): the same in the latent's frame. `multiplicity` (n,):
    how many preimages were summed. `percentile` (n,): the share of reference inputs that are less dense, at the
    likeliest preimage. `points`
    (n, width): the likeliest preimages. `residual` (n,): root mean square distance of an input from what is
    generated there. `on_manifold` (n,): whether an input is; another has log-density −∞, multiplicity 0 and
    percentile 0, and all else is said of what is generated nearest to it.

    >>> import torch
    >>> import pushforward as pf
    >>> gen = pf.Generator.wrap(torch.nn.Identity(), pf.latents.Circle(), reads="features")
    >>> density = pf.density(gen, torch.tensor([[1.0, 0.0]]), seed=0)
    >>> density.log_density, density.factors, density.multiplicity
    (tensor([-1.8379]), tensor([[1.]]), tensor([1]))
    """

    log_density: Tensor
    singular_values: Tensor
    directions: Tensor
    latent_directions: Tensor
    multiplicity: Tensor
    percentile: Tensor
    points: Tensor
    residual: Tensor
    on_manifold: Tensor | None = None
    """None in files of before: then all are."""

    @property
    def factors(self) -> Tensor:
        """1/σ (n, k): the density that each singular direction contributes."""
        return 1 / self.singular_values

    def columns(self) -> Columns:
        """A row for each input."""
        columns = {
            "log_density": self.log_density,
            "percentile": self.percentile,
            "multiplicity": self.multiplicity,
            "residual": self.residual,
            "on_manifold": self.log_density > -math.inf if self.on_manifold is None else self.on_manifold,
        }
        singular = {f"singular value {i}": column for i, column in enumerate(self.singular_values.T)}
        return {
            "input": range(len(self.log_density)),
            **{name: values.tolist() for name, values in (columns | singular).items()},
        }

    def plot(
        self, gen: "Generator | None" = None, *, figure: "Figure | SubFigure | None" = None, **options: object
    ) -> "Figure":
        """The spectrum, and with the generator what each direction does to the first input: a matplotlib figure."""
        if gen is not None and not callable(gen):
            raise WrongType(f"`density.plot(gen=...)`: the generator is needed, not a {type(gen).__name__}.")
        return draw(self, figure, gen=gen, **options)

    def summary(self) -> str:
        """A line for each input, of the first ten."""
        lines = []
        for i in range(min(len(self.log_density), 10)):
            s = self.singular_values[i]
            if not self.multiplicity[i]:
                lines.append(f"not on the manifold: {float(self.residual[i]):.2g} off what is generated, no density")
                continue
            lines.append(
                f"log density {float(self.log_density[i]):.2f} nats, denser than {float(self.percentile[i]):.0%} of "
                f"reference inputs; {int(self.multiplicity[i])} preimage(s); singular values {float(s[0]):.3g} … "
                f"{float(s[-1]):.3g}; {float(self.residual[i]):.2g} off what is generated"
            )
        more = len(self.log_density) - len(lines)
        return "\n".join([*lines, *[f"… and {more} more"] * (more > 0)])

    def _brief(self) -> str:
        on = self.multiplicity > 0
        low, high = (float(one) for one in self.log_density[on].aminmax())
        which = f"{low:.2f}" if len(self.log_density) == 1 else f"{low:.2f} … {high:.2f}"
        off = "" if on.all() else f"; {int((~on).sum())} not on the manifold"
        return f"{len(on)} inputs, log density {which} nats in dimension {self.singular_values.shape[1]}{off}"
