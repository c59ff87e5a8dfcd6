"""`scene_of`: everything that one page shows, from studies and results."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypedDict, TypeVar

from torch import Tensor

from pushforward.errors import BadInput
from pushforward.generator import Quality
from pushforward.manifold import Density, Dimension, LatentTrials, Path, Topology
from pushforward.modules import Contrast, Lesions, Modules, TopInputs
from pushforward.page.contrasts import contrast_pane
from pushforward.page.generators import generator_pane
from pushforward.page.manifolds import manifold_pane
from pushforward.page.modules import evidence_pane, examples_pane, matrix_pane, modules_pane, neurons_pane, shown
from pushforward.page.network import made, network_facts
from pushforward.page.schema import EvidencePane, ExamplesPane, MatrixPane, ModulesPane, NeuronsPane, Scene
from pushforward.page.studies import ContrastStudy, GeneratorStudy, ModularityStudy, ModulesStudy, Study
from pushforward.result import Result

VERSION = 1
"""Of `Scene`; it grows when a page of before could not be drawn any more."""
Part = Study | Result
MISSING = {
    "network": "pf.studies.ModulesStudy.of(net, inputs, X, modules, title=..., seed=0)",
    "modules": "pf.find_modules(net, inputs, X, seed=0)",
    "matrix": "pf.find_modules(net, inputs, X, seed=0)",
    "neurons": "pf.find_modules(net, inputs, X, seed=0)",
    "examples": "pf.studies.ModulesStudy.of(net, inputs, X, modules, title=..., seed=0)",
    "contrasts": "pf.contrast(net, inputs, modules.blocks[0], modules.blocks[1], start=X, seed=0)",
    "evidence": "pf.find_modules(net, inputs, X, seed=0)",
    "lesions": "modules.lesion(net, metric, seed=0)",
    "generator": "pf.studies.GeneratorStudy.of(gen, X, title=..., seed=0)",
    "manifold": "pf.topology(X, seed=0)",
}
"""What makes a pane that is absent."""
STUDIES = ContrastStudy, GeneratorStudy, ModularityStudy, ModulesStudy
RESULTS = Contrast, Density, Dimension, LatentTrials, Lesions, Modules, Path, Quality, TopInputs, Topology
"""What has a pane."""
T = TypeVar("T")


class OfModules(TypedDict):
    """The panes that modules fill."""

    modules: ModulesPane | None
    matrix: MatrixPane | None
    neurons: NeuronsPane | None
    examples: ExamplesPane | None
    evidence: EvidencePane | None


def scene_of(
    parts: Sequence[Part],
    *,
    run: str = "",
    live: bool = False,
    title: str = "",
    X: Tensor | None = None,
    names: Sequence[str] = (),
) -> Scene:
    """What a page shows of studies and results that belong together: of one network, one generator, one manifold.

    `run`: a hash of the run it is of; `live`: whether a server computes. X are the data of a topology, `names` those of
    the features of vectors. Results that have no pane are named in `missing` with what shows them. Raises `BadInput`
    where two parts want the same pane.

    >>> scene_of([])["missing"]["manifold"]
    'pf.topology(X, seed=0)'
    """
    features, study, gen = tuple(map(str, names)), _study(parts), _one(parts, GeneratorStudy)
    contrasts = [p for p in parts if isinstance(p, Contrast | ContrastStudy)]
    source = study or next((p for p in contrasts if isinstance(p, ContrastStudy)), None)
    members = () if study is None else study.members
    quality, density, dimension = _one(parts, Quality), _one(parts, Density), _one(parts, Dimension)
    topology, trials = _one(parts, Topology), _one(parts, LatentTrials)
    paths = [p for p in parts if isinstance(p, Path)]
    scene = Scene(
        schema=VERSION,
        run=run,
        live=live,
        made=made(next((p for p in (*parts, study) if isinstance(p, Study)), None), title),
        network=None if source is None else network_facts(source),
        **_of_modules(study, features),
        contrasts=[contrast_pane(p, members=members, names=features) for p in contrasts],
        generator=generator_pane(gen, quality=quality, density=density, dimension=dimension)
        if any(part is not None for part in (gen, quality, density, dimension))
        else None,
        manifold=manifold_pane(topology, trials, paths, X) if topology or trials or paths else None,
        missing={},
    )
    scene["missing"] = _missing(scene, parts)
    return scene


def scenes_of(parts: Sequence[Part], *, run: str = "") -> list[Scene]:
    """The scenes of a report: of every study of modules, generator and pair of networks, with what belongs to it.

    A contrast goes with the modules of the same network before it, and what has no study with the last scene.
    """
    groups: list[list[Part]] = []
    for part in parts:
        own = isinstance(part, ModulesStudy | GeneratorStudy | ModularityStudy | Modules)
        if isinstance(part, ContrastStudy):
            home = next((group for group in groups if same_network(group[0], part)), None)
        else:
            home = None if own or not groups else groups[-1]
        if home is None:
            groups.append([part])
        else:
            home.append(part)
    return [scene_of(group, run=run) for group in groups]


def same_network(first: Part, contrast: ContrastStudy) -> bool:
    """Whether a part is a study of the network that is contrasted, at the same inputs."""
    return (
        isinstance(first, ModulesStudy | ContrastStudy)
        and first.network is not None
        and ((first.network, first.count, first.shape) == (contrast.network, contrast.count, contrast.shape))
    )


def _one(parts: Sequence[Part], kind: type[T]) -> T | None:
    """The part of a kind, if there is one. Raises `BadInput` for two."""
    those = [part for part in parts if isinstance(part, kind)]
    if len(those) > 1:
        raise BadInput(
            f"`scene_of(...)`: {len(those)} of {kind.__name__} were given, and a page shows one. Make a scene of each."
        )
    return those[0] if those else None


def _study(parts: Sequence[Part]) -> ModulesStudy | None:
    """The study of modules, put together from results where there is none."""
    study, modules, lesions = _one(parts, ModulesStudy), _one(parts, Modules), _one(parts, Lesions)
    pair = _one(parts, ModularityStudy)
    if study is not None and modules is not None:
        raise BadInput("`scene_of(...)`: a `ModulesStudy` and `Modules` were given; a page shows one of them.")
    if study is None and modules is None and pair is not None:
        study = ModulesStudy(
            title=pair.title, modules=pair.modular.modules, network=pair.network, inputs=pair.inputs, seed=pair.seed
        )
    if study is None and modules is not None:
        study = ModulesStudy(title="Modules", modules=modules, driving=_one(parts, TopInputs))
    return study if study is None or lesions is None else replace(study, lesions=lesions)


def _of_modules(study: ModulesStudy | None, names: tuple[str, ...]) -> OfModules:
    """The panes that modules fill; all None where there are none."""
    if study is None:
        return OfModules(modules=None, matrix=None, neurons=None, examples=None, evidence=None)
    m, driving = study.modules, study.driving
    places = {} if driving is None else shown(driving).places
    return OfModules(
        modules=modules_pane(study, places, names=names),
        matrix=matrix_pane(m),
        neurons=neurons_pane(m),
        examples=examples_pane(driving, names=names) if driving is not None and places else None,
        evidence=evidence_pane(m, study.lesions),
    )


def _missing(scene: Scene, parts: Sequence[Part]) -> dict[str, str]:
    """Which call makes each pane that is absent, and what shows the results that have none."""
    evidence = scene["evidence"]
    absent = [name for name in MISSING if name != "lesions" and not scene[name]]
    lesions = evidence is not None and evidence["lesions"] is None
    calls = {name: MISSING[name] for name in (*absent, *["lesions"] * lesions)}
    others = [p for p in parts if not isinstance(p, (*STUDIES, *RESULTS))]
    return calls | {type(p).__name__: f"{type(p).__name__.lower()}.plot()" for p in others}
