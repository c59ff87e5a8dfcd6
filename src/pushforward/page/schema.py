"""What a page draws, as JSON: one `Scene`, in panes.

The front end's types are made from this file (`scripts/make_types.py`), so it holds nothing but `TypedDict`s of plain
types. Arrays travel as base64 of little-endian numbers, pictures as data URIs. A pane whose result is absent is None,
and `Scene.missing` says which command makes it.
"""

from typing import Literal, NotRequired, TypedDict


class Packed(TypedDict):
    """An array: the bytes of its numbers, row by row, in base64."""

    dtype: Literal["u8", "u16", "i16", "i32", "f32"]
    shape: list[int]
    data: str


class Picture(TypedDict):
    """One input: an image as a data URI, words with a heat each (0 … 1), or numbers with the names of features."""

    kind: Literal["image", "tokens", "vector"]
    alt: str
    url: NotRequired[str]
    words: NotRequired[list[str]]
    heat: NotRequired[list[float]]
    values: NotRequired[list[float]]
    names: NotRequired[list[str]]


class Made(TypedDict):
    """How all of this can be made again."""

    title: str
    command: str
    code: str
    seed: int | None
    versions: list[tuple[str, str]]
    timings: list[tuple[str, float]]


class LayerFacts(TypedDict):
    """A recorded layer: its first neuron is `start`; a neuron's channel is axis `channel_axis` of `shape`.

    `pooled`: a neuron is a channel, the mean of its positions. `heads`: channels are those of each head in turn.
    """

    name: str
    shape: list[int]
    channel_axis: int
    start: int
    size: int
    pooled: bool
    heads: int


class NetworkFacts(TypedDict):
    """The network: whose code runs, how large it is, its layers in the order in which they run."""

    model: str
    parameters: int
    unit: str
    neurons: int
    layers: list[LayerFacts]
    inputs: str
    count: int
    shape: str


class LayerCount(TypedDict):
    """How many neurons of a set are in a layer."""

    layer: int
    neurons: int


class ModuleFacts(TypedDict):
    """One set of neurons: how much of it is found again elsewhere, what it reads, which of `examples.items` drive it.

    `inside` and `outside`: mean squared correlation of its neurons with each other and with those of other sets.
    `strength`: of each of `top`, how far it moves this set and, second, the others on average, in σ.
    """

    name: str
    size: int
    stability: float | None
    share: float
    inside: float | None
    outside: float | None
    layers: list[LayerCount]
    reads: Picture | None
    top: list[int]
    strength: list[tuple[float, float]]


class ModulesPane(TypedDict):
    """Coverage against leak with its null band, and the sets at the leak that was asked for.

    `band`: the 5 % and 95 % quantiles of rotated networks. `sets`: how many at each leak.
    """

    verdict: Literal["modules", "none", "undetermined"]
    words: str
    reason: str
    p_value: float
    leak: float | None
    leaks: list[float]
    coverage: list[float]
    sets: list[int]
    band: tuple[list[float], list[float]]
    twin: list[float] | None
    no_twin: str
    leakage: float | None
    chance_leakage: float | None
    left_out: list[tuple[str, int]]
    copies: int
    modules: list[ModuleFacts]


class MatrixPane(TypedDict):
    """Squared correlations of `neurons` (s,), of 255 at `scale`; `order` (s,) permutes them to blocks.

    `module` (s,): the set of each, −1 for none. `families` (l, s): the sets at each leak of the curve, None where they
    were not kept. `mean`: the level of two neurons drawn at random.
    """

    neurons: Packed
    values: Packed
    scale: float
    mean: float
    order: Packed
    module: Packed
    families: Packed | None


class NeuronsPane(TypedDict):
    """All neurons: the set of each (a,), −1 for none; its share in that set and in the next, of 255; whether dead."""

    module: Packed
    share: Packed
    second: Packed
    second_share: Packed
    dead: Packed


class Example(TypedDict):
    """An input that is shown: its number in X, what it is, and how far it moves every module, in σ."""

    index: int
    label: str
    picture: Picture
    strength: list[float]


class ExamplesPane(TypedDict):
    """Inputs that are shown: those that drive modules, `random` ones, of each the `nearest` others, by number here."""

    items: list[Example]
    random: list[int]
    nearest: list[list[int]]
    used: int
    total: int


class Frame(TypedDict):
    """One position of the slider: `at` σ was asked for; what a fresh forward pass measures there.

    `moved`: of the moved set, in σ. As shares of that: `leaked`, the off-target change, `predicted`, the same to first
    order, and `peak`, how far the one neuron that was to stay and moves most does. `percentile`: of density. `z` along
    the way. `worst`: neurons that were to stay, in σ.
    """

    at: float
    picture: Picture
    moved: float
    leaked: float | None
    peak: float | None
    predicted: float | None
    percentile: float | None
    z: float | None
    worst: list[tuple[str, float]]


class TraversalFacts(TypedDict):
    """Frames along which one set moves and the others stay."""

    moves: str
    fixed: str
    verdict: str
    kind: str
    chance: float | None
    reach: float | None
    place: str
    frames: list[Frame]


class ContrastPane(TypedDict):
    """Two sets contrasted at one input. `sets`: their numbers among the modules, −1 if they are none of them."""

    names: tuple[str, str]
    sets: tuple[int, int]
    input: Picture
    overlap: float
    verdict: str
    good: bool
    traversals: list[TraversalFacts]


class Criterion(TypedDict):
    """One thing that an answer needs, and whether it is so."""

    name: str
    passed: bool
    words: str


class PowerTable(TypedDict):
    """What would have been found: the share of planted pairs of modules of each size at each leak."""

    sizes: list[int]
    leaks: list[float]
    share: list[list[float]]
    words: str


class LesionTable(TypedDict):
    """How far each metric falls when a module is taken out, and when random sets of as many neurons are.

    `effect[module][metric]`, `control[module][random set][metric]`, `base[metric]` of the whole network.
    """

    metrics: list[str]
    base: list[float | None]
    effect: list[list[float | None]]
    control: list[list[list[float | None]]]


class EvidencePane(TypedDict):
    """Why the answer is what it is: criteria, scores beside the null's, power, where it came nearest, lesions."""

    criteria: list[Criterion]
    score: float
    needed: float
    null: list[float]
    power: PowerTable | None
    nearest: list[list[float | None]]
    layers: list[str]
    linearity: str
    lesions: LesionTable | None


class DirectionFacts(TypedDict):
    """A singular direction of the generator at an input: its singular value, and inputs along it."""

    value: float
    frames: list[Picture]
    at: list[float]


class GeneratorPane(TypedDict):
    """A generator: samples beside the data, its card, what moves along its directions, how dense inputs are."""

    words: str
    latent: str
    samples: list[Picture]
    data: list[Picture]
    card: list[tuple[str, str, str]]
    point: Picture | None
    directions: list[DirectionFacts]
    dimension: str
    percentiles: list[float]


class Bar(TypedDict):
    """One bar of a barcode."""

    degree: int
    birth: float
    death: float | None


class PathFacts(TypedDict):
    """A shortest path between two of the points, with its length and the straight line's."""

    ends: tuple[int, int]
    length: float
    straight: float | None
    frames: list[Picture]


class ManifoldPane(TypedDict):
    """Points laid out by the recovered coordinates; `pictures` of some of them, by number."""

    name: str
    verdict: str
    words: str
    coordinates: Packed | None
    pictures: list[tuple[int, Picture]]
    barcode: list[Bar]
    paths: list[PathFacts]


class Scene(TypedDict):
    """Everything that one page shows. `run` is a hash of the run it is of; `live` says whether a server computes."""

    schema: int
    run: str
    live: bool
    made: Made
    network: NetworkFacts | None
    modules: ModulesPane | None
    matrix: MatrixPane | None
    neurons: NeuronsPane | None
    examples: ExamplesPane | None
    contrasts: list[ContrastPane]
    evidence: EvidencePane | None
    generator: GeneratorPane | None
    manifold: ManifoldPane | None
    missing: dict[str, str]
