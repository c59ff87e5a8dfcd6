// Made from src/pushforward/page/schema.py by scripts/make_types.py. Do not edit.

/** An array: the bytes of its numbers, row by row, in base64. */
export interface Packed {
  dtype: "u8" | "u16" | "i16" | "i32" | "f32";
  shape: number[];
  data: string;
}

/** One input: an image as a data URI, words with a heat each (0 … 1), or numbers with the names of features. */
export interface Picture {
  kind: "image" | "tokens" | "vector";
  alt: string;
  url?: string;
  words?: string[];
  heat?: number[];
  values?: number[];
  names?: string[];
}

/** How all of this can be made again. */
export interface Made {
  title: string;
  command: string;
  code: string;
  seed: number | null;
  versions: [string, string][];
  timings: [string, number][];
}

/**
 * A recorded layer: its first neuron is `start`; a neuron's channel is axis `channel_axis` of `shape`.
 *
 * `pooled`: a neuron is a channel, the mean of its positions. `heads`: channels are those of each head in turn.
 */
export interface LayerFacts {
  name: string;
  shape: number[];
  channel_axis: number;
  start: number;
  size: number;
  pooled: boolean;
  heads: number;
}

/** The network: whose code runs, how large it is, its layers in the order in which they run. */
export interface NetworkFacts {
  model: string;
  parameters: number;
  unit: string;
  neurons: number;
  layers: LayerFacts[];
  inputs: string;
  count: number;
  shape: string;
}

/** How many neurons of a set are in a layer. */
export interface LayerCount {
  layer: number;
  neurons: number;
}

/**
 * One set of neurons: how much of it is found again elsewhere, what it reads, which of `examples.items` drive it.
 *
 * `inside` and `outside`: mean squared correlation of its neurons with each other and with those of other sets.
 * `strength`: of each of `top`, how far it moves this set and, second, the others on average, in σ.
 */
export interface ModuleFacts {
  name: string;
  size: number;
  stability: number | null;
  share: number;
  inside: number | null;
  outside: number | null;
  layers: LayerCount[];
  reads: Picture | null;
  top: number[];
  strength: [number, number][];
}

/**
 * Coverage against leak with its null band, and the sets at the leak that was asked for.
 *
 * `band`: the 5 % and 95 % quantiles of rotated networks. `sets`: how many at each leak.
 */
export interface ModulesPane {
  verdict: "modules" | "none" | "undetermined";
  words: string;
  reason: string;
  p_value: number;
  leak: number | null;
  leaks: number[];
  coverage: number[];
  sets: number[];
  band: [number[], number[]];
  twin: number[] | null;
  no_twin: string;
  leakage: number | null;
  chance_leakage: number | null;
  left_out: [string, number][];
  copies: number;
  modules: ModuleFacts[];
}

/**
 * Squared correlations of `neurons` (s,), of 255 at `scale`; `order` (s,) permutes them to blocks.
 *
 * `module` (s,): the set of each, −1 for none. `families` (l, s): the sets at each leak of the curve, None where they
 * were not kept. `mean`: the level of two neurons drawn at random.
 */
export interface MatrixPane {
  neurons: Packed;
  values: Packed;
  scale: number;
  mean: number;
  order: Packed;
  module: Packed;
  families: Packed | null;
}

/** All neurons: the set of each (a,), −1 for none; its share in that set and in the next, of 255; whether dead. */
export interface NeuronsPane {
  module: Packed;
  share: Packed;
  second: Packed;
  second_share: Packed;
  dead: Packed;
}

/** An input that is shown: its number in X, what it is, and how far it moves every module, in σ. */
export interface Example {
  index: number;
  label: string;
  picture: Picture;
  strength: number[];
}

/** Inputs that are shown: those that drive modules, `random` ones, of each the `nearest` others, by number here. */
export interface ExamplesPane {
  items: Example[];
  random: number[];
  nearest: number[][];
  used: number;
  total: number;
}

/**
 * One position of the slider: `at` σ was asked for; what a fresh forward pass measures there.
 *
 * `moved`: of the moved set, in σ. As shares of that: `leaked`, the off-target change, `predicted`, the same to first
 * order, and `peak`, how far the one neuron that was to stay and moves most does. `percentile`: of density. `z` along
 * the way. `worst`: neurons that were to stay, in σ.
 */
export interface Frame {
  at: number;
  picture: Picture;
  moved: number;
  leaked: number | null;
  peak: number | null;
  predicted: number | null;
  percentile: number | null;
  z: number | null;
  worst: [string, number][];
}

/** Frames along which one set moves and the others stay. */
export interface TraversalFacts {
  moves: string;
  fixed: string;
  verdict: string;
  kind: string;
  chance: number | null;
  reach: number | null;
  place: string;
  frames: Frame[];
}

/** Two sets contrasted at one input. `sets`: their numbers among the modules, −1 if they are none of them. */
export interface ContrastPane {
  names: [string, string];
  sets: [number, number];
  input: Picture;
  overlap: number;
  verdict: string;
  good: boolean;
  traversals: TraversalFacts[];
}

/** One thing that an answer needs, and whether it is so. */
export interface Criterion {
  name: string;
  passed: boolean;
  words: string;
}

/** What would have been found: the share of planted pairs of modules of each size at each leak. */
export interface PowerTable {
  sizes: number[];
  leaks: number[];
  share: number[][];
  words: string;
}

/**
 * How far each metric falls when a module is taken out, and when random sets of as many neurons are.
 *
 * `effect[module][metric]`, `control[module][random set][metric]`, `base[metric]` of the whole network.
 */
export interface LesionTable {
  metrics: string[];
  base: (number | null)[];
  effect: ((number | null)[])[];
  control: (((number | null)[])[])[];
}

/** Why the answer is what it is: criteria, scores beside the null's, power, where it came nearest, lesions. */
export interface EvidencePane {
  criteria: Criterion[];
  score: number;
  needed: number;
  null: number[];
  power: PowerTable | null;
  nearest: ((number | null)[])[];
  layers: string[];
  linearity: string;
  lesions: LesionTable | null;
}

/** A singular direction of the generator at an input: its singular value, and inputs along it. */
export interface DirectionFacts {
  value: number;
  frames: Picture[];
  at: number[];
}

/** A generator: samples beside the data, its card, what moves along its directions, how dense inputs are. */
export interface GeneratorPane {
  words: string;
  latent: string;
  samples: Picture[];
  data: Picture[];
  card: [string, string, string][];
  point: Picture | null;
  directions: DirectionFacts[];
  dimension: string;
  percentiles: number[];
}

/** One bar of a barcode. */
export interface Bar {
  degree: number;
  birth: number;
  death: number | null;
}

/** A shortest path between two of the points, with its length and the straight line's. */
export interface PathFacts {
  ends: [number, number];
  length: number;
  straight: number | null;
  frames: Picture[];
}

/** Points laid out by the recovered coordinates; `pictures` of some of them, by number. */
export interface ManifoldPane {
  name: string;
  verdict: string;
  words: string;
  coordinates: Packed | null;
  pictures: [number, Picture][];
  barcode: Bar[];
  paths: PathFacts[];
}

/** Everything that one page shows. `run` is a hash of the run it is of; `live` says whether a server computes. */
export interface Scene {
  schema: number;
  run: string;
  live: boolean;
  made: Made;
  network: NetworkFacts | null;
  modules: ModulesPane | null;
  matrix: MatrixPane | null;
  neurons: NeuronsPane | null;
  examples: ExamplesPane | null;
  contrasts: ContrastPane[];
  evidence: EvidencePane | null;
  generator: GeneratorPane | null;
  manifold: ManifoldPane | null;
  missing: Record<string, string>;
}

/** A set of neurons: a module by number, a layer (or what `Neurons.select` takes) by name, or neurons by number. */
export interface SetAsked {
  module?: number;
  layer?: string;
  neurons?: number[];
}

/** An input: its number in X, or words that are typed (for language models). */
export interface InputAsked {
  index?: number;
  text?: string;
}

/**
 * POST /api/walk: move one set, keep the others fixed, from an input. -> a job, whose result is a `Walk`.
 *
 * `stamp` grows with every request of a page; of several waiting the newest is done and the others are dropped.
 */
export interface WalkAsked {
  stamp: number;
  page: string;
  moves: SetAsked;
  fixed: SetAsked[];
  input: InputAsked;
  distance: number;
}

/** A way that frames lie on, from `low` to `high` σ of the moved set (0 is the input itself). */
export interface Walk {
  walk: string;
  stamp: number;
  low: number;
  high: number;
  traversal: TraversalFacts;
}

/** POST /api/frame: the frame at `at` σ of a walk, measured by a forward pass now. -> `FrameSent`. */
export interface FrameAsked {
  stamp: number;
  page: string;
  walk: string;
  at: number;
}

/** A measured frame; `stamp` is that of its request. */
export interface FrameSent {
  stamp: number;
  frame: Frame;
}

/** POST /api/lesion: what taking out a set does to the user's metric. -> a job, whose result is a `LesionTable`. */
export interface LesionAsked {
  stamp: number;
  page: string;
  set: SetAsked;
}

/** POST /api/push: how far the Gaussian moves every module at an input. -> a job, whose result is a `Pushed`. */
export interface PushAsked {
  stamp: number;
  page: string;
  input: InputAsked;
}

/** At one input: the input, each module's spread in σ (root mean square over its neurons), and how linear it is. */
export interface Pushed {
  stamp: number;
  picture: Picture;
  spread: number[];
  linearity: string;
}

/** A job that was taken up; its progress and end come as events of GET /api/events. */
export interface Job {
  job: string;
  stamp: number;
}

/**
 * An event: `done` of `total`, about `eta` seconds left. `state` says whether it runs or how it ended.
 *
 * `result` is there at the end; `error` says what went wrong and what to do.
 */
export interface Progress {
  job: string;
  stamp: number;
  state: "running" | "done" | "failed" | "cancelled";
  stage: string;
  done: number;
  total: number | null;
  eta: number | null;
  result?: unknown;
  error?: string;
}

/** What any route answers instead, with a status of 400 or more: what was asked, what is needed, what to do. */
export interface Refusal {
  error: string;
}
