"""`Lesions`: what ablating each module does to a metric, beside random sets of as many neurons."""

from dataclasses import dataclass

from torch import Tensor

from pushforward.result import Columns, Result


@dataclass(frozen=True, eq=False, repr=False)
class Lesions(Result):
    """The effect of ablating each of m blocks on k metrics, and of c random sets like each.

    `baseline` (k,): the intact network. `effect` (m, k): baseline minus ablated, so positive is damage.
    `control` (m, c, k): the same for sets with as many neurons of each layer, drawn from all hidden neurons.
    `sizes` (m,): hidden neurons ablated.

    >>> import torch
    >>> import pushforward as pf
    >>> damage, sizes = torch.tensor([[0.8, 0.1], [0.0, 0.9]]), torch.tensor([4, 4])
    >>> lesions = pf.results.Lesions(("left", "right"), torch.ones(2), damage, torch.zeros(2, 3, 2), sizes, "zero")
    >>> print(lesions)
    lesions (zero ablation), damage to left, right:
      module 0, 4 neurons: left −0.800 (random 0.000, p 0.25); right −0.100 (random 0.000, p 0.25)
      module 1, 4 neurons: left −0.000 (random 0.000, p 1.00); right −0.900 (random 0.000, p 0.25)
    """

    metrics: tuple[str, ...]
    baseline: Tensor
    effect: Tensor
    control: Tensor
    sizes: Tensor
    mode: str

    @property
    def p_values(self) -> Tensor:
        """(m, k): (1 + how many random sets do as much damage) / (1 + how many there are)."""
        as_much = (self.control >= self.effect[:, None]).sum(1)
        return (1 + as_much) / (1 + self.control.shape[1])

    def columns(self) -> Columns:
        """A row for each module and metric: the damage, its mean over random sets, and the p-value."""
        m, k = self.effect.shape
        return {
            "module": [b for b in range(m) for _ in range(k)],
            "neurons": self.sizes.repeat_interleave(k).tolist(),
            "metric": list(self.metrics) * m,
            "damage": self.effect.flatten().tolist(),
            "random": self.control.mean(1).flatten().tolist(),
            "p": self.p_values.flatten().tolist(),
        }

    def summary(self) -> str:
        """A line for each module."""
        lines = [f"lesions ({self.mode} ablation), damage to {', '.join(self.metrics)}:"]
        for b, (effect, control, p) in enumerate(zip(self.effect, self.control.mean(1), self.p_values, strict=True)):
            parts = [
                f"{name} {'+' if e < 0 else '−'}{abs(e):.3f} (random {c:.3f}, p {q:.2f})"
                for name, e, c, q in zip(self.metrics, effect.tolist(), control.tolist(), p.tolist(), strict=True)
            ]
            lines.append(f"  module {b}, {int(self.sizes[b])} neurons: {'; '.join(parts)}")
        return "\n".join(lines)

    def _brief(self) -> str:
        return f"{len(self.effect)} modules, {self.mode} ablation, damage to {', '.join(self.metrics)}"
