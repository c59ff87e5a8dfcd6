"""`ModularityStudy`: what a report shows of a network before and after it was trained to be modular."""

from dataclasses import dataclass

from pushforward.modules.modular import Assessment
from pushforward.page.studies.modules import Network
from pushforward.page.studies.study import Study


@dataclass(frozen=True, eq=False, kw_only=True)
class ModularityStudy(Study):
    """Two networks that differ in their training alone: `plain`, and trained to be `modular`.

    `strength` is that of the penalty, `steps` how long both were trained. All else is as in `Study`.

    >>> import torch
    >>> import pushforward as pf
    >>> from pushforward.rng import normal
    >>> net, inputs, X = pf.Neurons(torch.nn.Linear(8, 8)), pf.Gaussian.isotropic((8,)), normal((8, 8), seed=0)
    >>> modules = pf.find_modules(net, inputs, X, points=2, nulls=19, twin=False, seed=0)
    >>> score = pf.modular.measure_modularity(net, inputs, X, points=2, seed=0)
    >>> one = pf.results.Assessment({"left": 0.97, "right": 0.98}, score, modules, lesions=None)
    >>> study = pf.studies.ModularityStudy(title="no change", plain=one, modular=one, strength=5.0, steps=100)
    >>> study.rows[0]
    ('left', '0.970', '0.970')
    """

    plain: Assessment
    modular: Assessment
    strength: float
    steps: int
    network: Network | None = None
    inputs: str = ""

    @property
    def rows(self) -> tuple[tuple[str, str, str], ...]:
        """What is compared: its name, and its value in both networks."""
        both = (self.plain, self.modular)
        rows = [(part, *(f"{one.scores[part]:.3f}" for one in both)) for part in self.plain.scores]
        rows.append(("modularity", *(f"{one.modularity.score:.3f} ± {one.modularity.error:.3f}" for one in both)))
        rows.append(("Newman's Q", *(f"{one.modularity.Q:.2f}" for one in both)))
        rows.append(("communities", *(str(one.modularity.modules) for one in both)))
        rows.append(("a side's own part loses", *(_damage(one, "own") for one in both)))
        rows.append(("and the other part", *(_damage(one, "other") for one in both)))
        return tuple((name, a, b) for name, a, b in rows)

    def summary(self) -> str:
        """The comparison, for a terminal."""
        width = max(len(name) for name, _, _ in self.rows)
        lines = [f"{'':{width}}  {'plain':>15}  {'modular':>15}"]
        return "\n".join([*lines, *(f"{name:{width}}  {a:>15}  {b:>15}" for name, a, b in self.rows)])


def _damage(one: Assessment, what: str) -> str:
    return "–" if one.split is None else f"{getattr(one.split, what):.2f}"
