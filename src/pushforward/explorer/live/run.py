"""`Live`: a network with its inputs and modules, asked one thing after the other."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from pushforward.ambient import steady_methods
from pushforward.errors import BadInput
from pushforward.explorer.live.facts import frame_of, lesion_table, traversal_facts
from pushforward.explorer.live.sets import name_of, neurons_of, together
from pushforward.linear import Inputs
from pushforward.modules.contrasts import Course, Scene, Setting, Tell, Way, scene, setting, walk_both_ways
from pushforward.modules.lesions import Metric, Network, lesion
from pushforward.net import Neurons, how_linear, push
from pushforward.page import Frame, InputAsked, LesionTable, Painter, Picture, SetAsked, TraversalFacts

# Pairs of sets of which is kept what all walks share
KEPT = 8
# Frames in each sense and directions that are tried, as in `contrast`
FRAMES, DIRECTIONS = 9, 3
# Random sets beside a lesion
CONTROLS = 20


class Prompts(Protocol):
    """A model of language with its tokenizer: words become inputs, and inputs words."""

    def decode(self, X: object) -> list[list[str]]:
        """The words of each input of a batch."""
        ...

    def embed(self, prompt: str) -> object:
        """One input, without batch axis. Raises `BadInput`."""
        ...


class Walked(NamedTuple):
    """A way, and how a page shows it."""

    way: Way
    traversal: TraversalFacts


class Spread(NamedTuple):
    """A push at one input: the input, how far each module spreads in σ, and how linear the network is there."""

    picture: Picture
    spread: list[float]
    linearity: str


@steady_methods
class Live:
    """Computes what a page asks for. Numbers are measured over X (n, ...): σ over at most 2,048 of them, percentiles
    among 128, how far a direction reaches over at most 4,096.

    - `blocks`: the neurons of each module, as `Modules.blocks` has them.
    - `metric`: what lesions are measured by, as `Modules.lesion` takes it. `text`: makes inputs of typed words.
    - `painter`: shows one input; by default images on the scale of X, words of `text`, or numbers.
    """

    def __init__(
        self,
        net: Neurons,
        inputs: Inputs,
        X: object,
        blocks: Sequence[Tensor],
        *,
        metric: Metric | None = None,
        text: Prompts | None = None,
        painter: Painter | None = None,
        seed: int = 0,
    ):
        self.net, self.inputs, self.X, self.blocks = net, inputs, X, tuple(blocks)
        self.metric, self.text, self.seed = metric, text, seed
        self.painter = painter or Painter(X, decode=None if text is None else text.decode)
        self._scenes: OrderedDict[tuple[bytes, bytes], Scene] = OrderedDict()

    def walk(
        self,
        moves: SetAsked,
        fixed: Sequence[SetAsked],
        start: InputAsked,
        distance: float,
        tell: Tell | None = None,
        *,
        frames: int = FRAMES,
    ) -> Walked:
        """The way from an input on which one set moves up to `distance` σ, in both senses, and the others stay.

        `tell` is asked between steps; what it raises ends the walk. Raises `BadInput`, `UnknownLayer` and what
        `pf.push` raises.
        """
        tell = tell or _silent
        tell("measuring the neurons", 0, 1)
        A, (B, others) = neurons_of(self.net, self.blocks, moves), together(self.net, self.blocks, fixed)
        here, names = self._scene(A, B), (name_of(moves), others)
        chart = self.inputs.chart(self._input(start))
        way = walk_both_ways(here, chart, Course(distance, frames, DIRECTIONS), names=names, tell=tell)
        return Walked(way, traversal_facts(way, names, self.painter))

    def frame(self, way: Way, at: float) -> Frame:
        """The frame `at` σ of a way, measured by a forward pass now. Raises `BadInput` beyond its ends."""
        low, high = way.ends
        if not low <= at <= high:
            raise BadInput(f"`at` is {at:.4g} σ, and this way goes from {low:.4g} to {high:.4g} σ. Stay between them.")
        return frame_of(way, at, way.forth.traversal.names[0], self.painter)

    def lesion(self, which: SetAsked, tell: Tell | None = None) -> LesionTable:
        """What the user's metric loses without a set, and without random sets of as many neurons of the same layers.

        Raises `BadInput` where there is no metric, and whatever the metric raises.
        """
        if self.metric is None:
            raise BadInput(
                "no metric was given, so nothing says what a lesion costs. Start again with a function that takes the "
                "model and returns numbers, `--metric file.py:accuracy`."
            )
        counted = _Counted(self.metric, tell or _silent, 2 + CONTROLS)
        block = neurons_of(self.net, self.blocks, which)
        return lesion_table(lesion((block,), self.net, counted, controls=CONTROLS, seed=self.seed))

    def push(self, start: InputAsked, tell: Tell | None = None) -> Spread:
        """How far the inputs near one move each module: the root mean square of σ of its neurons, in σ over X."""
        tell = tell or _silent
        tell("measuring the neurons", 0, 3)
        scale, x = self._setting.deviation, self._input(start)
        tell("pushing", 1, 3)
        P = push(self.net, self.inputs, x)
        share = torch.where(scale > 0, P.deviation().cpu().double() / scale, 0.0)
        spread = [float(share[b][scale[b] > 0].square().mean().sqrt().nan_to_num()) for b in self.blocks]
        tell("sampling", 2, 3)
        assert P.chart is not None
        return Spread(
            self.painter.picture(x, _words(start)),
            spread,
            str(how_linear(self.net, [(P.chart, P.factor)], seed=self.seed)),
        )

    @cached_property
    def _setting(self) -> Setting:
        return setting(self.net, self.inputs, self.X, seed=self.seed)

    def _scene(self, A: Tensor, B: Tensor) -> Scene:
        key = A.numpy().tobytes(), B.numpy().tobytes()
        if key not in self._scenes:
            self._scenes[key] = scene(self._setting, A, B)
        self._scenes.move_to_end(key)
        while len(self._scenes) > KEPT:
            self._scenes.popitem(last=False)
        return self._scenes[key]

    def _input(self, asked: InputAsked) -> object:
        if "text" not in asked:
            return self.net.take(self.X, asked.get("index", 0))
        if self.text is None:
            raise BadInput("words were typed, and this network takes no words: choose an input by its number instead.")
        return self.text.embed(asked["text"])


class _Counted:
    """A metric that tells how often it was asked."""

    def __init__(self, metric: Metric, tell: Tell, total: int):
        self.metric, self.tell, self.total, self.done = metric, tell, total, 0

    def __call__(self, model: Network) -> float | Mapping[str, float]:
        self.tell("lesions", min(self.done, self.total), self.total)
        self.done += 1
        return self.metric(model)


def _words(start: InputAsked) -> str:
    return start["text"] if "text" in start else f"input {start.get('index', 0)}"


def _silent(*_: object) -> None:
    pass
