"""`GeneratorStudy`: everything a report shows about one generator."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, cast

import torch
from torch import Tensor

from pushforward import structure
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.generator import Generator, Quality, quality
from pushforward.kinds import Least
from pushforward.manifold import Density, Dimension, density_at
from pushforward.manifold.dimensions import dimension
from pushforward.page.studies.modules import versions
from pushforward.page.studies.study import Study
from pushforward.points import read
from pushforward.progress import timed
from pushforward.rng import generator, sample

# Samples, and real inputs beside them, that are kept to be shown.
DRAWN = 1000
# Inputs among which the percentile of a density is.
REFERENCE = 200

Reads = Callable[[Tensor], Tensor]


class Facts(NamedTuple):
    """What a generator is: its latent, sizes, and what it was trained on."""

    latent: str
    dim: int
    shape: tuple[int, ...]
    network: str
    parameters: int
    encoder: int
    inputs: int
    steps: int
    residual: float


@dataclass(frozen=True, eq=False, kw_only=True)
class GeneratorStudy(Study):
    """A generator, and everything that a reader needs to judge it.

    `GeneratorStudy.of` fills it in; what is None is left out of the report. `samples` and `real` (n, *shape) are drawn
    beside each other. `density` is of `inputs` (m, *shape), numbers `index` of the `asked` inputs; those `off` the
    manifold have none. All else is as in `Study`.
    """

    gen: Generator
    facts: Facts
    samples: Tensor
    real: Tensor | None = None
    quality: Quality | None = None
    density: Density | None = None
    inputs: Tensor | None = None
    index: tuple[int, ...] = ()
    off: tuple[int, ...] = ()
    asked: str = "X"
    dimension: Dimension | None = None

    @staticmethod
    @checked
    def of(
        gen: Generator,
        X: object = None,
        *,
        title: str,
        seed: int,
        held_out: object = None,
        features: Reads | None = None,
        classifier: Reads | None = None,
        points: Annotated[int, Least(0)] = 8,
        index: Sequence[int] | None = None,
        measure_dimension: bool = True,
        timings: Mapping[str, float] | None = None,
        command: str = "",
        code: str = "",
    ) -> "GeneratorStudy":
        """The study of a generator trained on X.

        With `held_out` inputs its quality is measured (`features` and `classifier` as in `quality`); without, the card
        stored with it is shown. The density is of the inputs `index`, or of `points` random ones, of `held_out` if
        given, else of X. Raises `BadInput` for inputs of another shape and for numbers that X does not have.

        >>> from pushforward.latents import Circle
        >>> gen = Generator.wrap(torch.nn.Linear(2, 3), Circle(), reads="features")
        >>> study = GeneratorStudy.of(gen, gen.sample(50, seed=0), title="an ellipse", seed=0, points=2)
        >>> study.dimension.estimate
        1
        """
        draws, times = generator(seed), dict(timings or {})
        X, held_out = (None if data is None else _inputs(gen, data) for data in (X, held_out))
        with torch.no_grad():
            samples = gen.sample(DRAWN, seed=draws)
        card = None if gen.quality is None else stored(gen.quality)
        if X is not None and held_out is not None:
            with timed(times, "quality"):
                card = quality(gen, X, held_out, seed=draws, features=features, classifier=classifier)
        source, asked = (X, "X") if held_out is None else (held_out, "the held-out inputs")
        chosen, result, known = (), None, None
        if source is not None and (index is not None or points):
            chosen = _chosen(index, source, points, draws)
            with timed(times, "density"):
                result = _densities(gen, source, chosen, draws)
        if measure_dimension:
            with timed(times, "dimension"):
                known = dimension(gen, seed=draws)
        on = () if result is None else result.on
        return GeneratorStudy(
            title=title,
            gen=gen,
            facts=facts(gen),
            samples=samples.cpu(),
            real=None if X is None else X[sample(len(X), DRAWN, seed=draws)].cpu(),
            quality=card,
            density=None if result is None else result.density,
            inputs=None if source is None else source[list(on)].cpu(),
            index=on,
            off=tuple(i for i in chosen if i not in on),
            asked=asked,
            dimension=known,
            timings=tuple(times.items()),
            versions=versions(),
            seed=seed,
            command=command,
            code=code or _code(seed, held_out=held_out is not None),
        )

    def summary(self) -> str:
        """What was found, for a terminal."""
        return "\n".join(str(part) for part in (self.quality, self.dimension, self.density) if part is not None)


def facts(gen: Generator) -> Facts:
    """What a generator is."""
    kind, count = type(gen.network), lambda net: 0 if net is None else sum(p.numel() for p in net.parameters())
    settings = cast("dict[str, Any]", gen.settings)
    return Facts(
        latent=repr(gen.latent),
        dim=gen.latent.dim,
        shape=tuple(gen.shape),
        network=f"{kind.__module__}.{kind.__qualname__}",
        parameters=count(gen.network),
        encoder=count(gen.encoder),
        inputs=int(settings.get("count", 0)),
        steps=int(settings.get("training", {}).get("steps") or 0),
        residual=float(gen.residual_scale),
    )


def stored(card: Mapping[str, Any]) -> Quality:
    """A quality card from the JSON in which a generator keeps it."""
    return Quality(**{**card, "classes": tuple(card.get("classes", ()))})


class _Found(NamedTuple):
    density: Density | None
    on: tuple[int, ...]


def _densities(gen: Generator, source: Tensor, chosen: tuple[int, ...], seed: torch.Generator) -> _Found:
    """The density of the chosen inputs that are on the manifold."""
    reference = source[sample(len(source), REFERENCE, seed=seed)]
    preimages = gen.preimages(source[list(chosen)], seed=seed)
    there = preimages.multiplicity.nonzero()[:, 0]
    on = tuple(chosen[i] for i in there.tolist())
    return _Found(density_at(gen, preimages.of(there), reference=reference, seed=seed) if on else None, on)


def _chosen(index: Sequence[int] | None, source: Tensor, points: int, seed: torch.Generator) -> tuple[int, ...]:
    if index is not None and not len(index):
        raise BadInput("`GeneratorStudy.of(index=())`: no input is named; leave `index` out, or give `points=0`.")
    if index is None:
        return tuple(sample(len(source), points, seed=seed).tolist())
    wrong = [i for i in index if not 0 <= i < len(source)]
    if wrong:
        raise BadInput(
            f"`index={wrong[0]}`: there are {len(source)} inputs, numbered from 0. Use 0 … {len(source) - 1}."
        )
    return tuple(dict.fromkeys(index))


def _inputs(gen: Generator, X: object) -> Tensor:
    X = read(X, "`GeneratorStudy.of(gen, X)`")
    if not isinstance(X, Tensor) or tuple(X.shape[1:]) != tuple(gen.shape) or len(X) == 0:
        raise BadInput(
            f"`GeneratorStudy.of(gen, X)`: inputs {structure.describe(X)} were given; this generator makes "
            f"(n, {', '.join(map(str, gen.shape))}). Give inputs like those it was trained on."
        )
    return X.detach().to(gen.scaling.scale)


def _code(seed: int, *, held_out: bool) -> str:
    more = ", held_out=held_out" if held_out else ""
    return "\n".join(
        (
            "import pushforward as pf",
            "",
            'gen = pf.Generator.load("...")',
            "X = ...  # the inputs it was trained on",
            *["held_out = ...  # others"] * held_out,
            f"print(pf.dimension(gen, seed={seed}))",
            f"print(pf.density(gen, X[:8], seed={seed}))",
            f'study = pf.studies.GeneratorStudy.of(gen, X{more}, title="...", seed={seed})',
            'pf.report(study, "report.html")',
        )
    )
