"""`Neurons`: any `nn.Module` as a pure function from inputs to the activations of every neuron."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from pushforward import structure
from pushforward.ambient import steady
from pushforward.arguments import checked_class
from pushforward.errors import BadInput, NotDifferentiable, PushforwardError
from pushforward.kinds import Own
from pushforward.net import checks, readout
from pushforward.net.binding import alike, check_activations, find_table, merged, with_outputs
from pushforward.net.double import Double
from pushforward.net.graphs import Graphs, by_graph
from pushforward.net.inner import Asked
from pushforward.net.kernels import countable, differentiable_kernels, slow_path
from pushforward.net.names import asks_for, by_kind
from pushforward.net.positions import Chosen, checked
from pushforward.net.prefix import Strayed
from pushforward.net.programs import Programs
from pushforward.net.readout import Directions
from pushforward.net.recorder import Recorder
from pushforward.net.stretch import PROVED, Seen, Stretch
from pushforward.net.table import Table
from pushforward.net.ways import Way
from pushforward.process import serial
from pushforward.structure import S

# Inputs at which is seen which layers run: at most, and how many with the same ones are enough
SEEN, FEW = 64, 3


@checked_class
class Neurons:
    r"""A network as a function $x \mapsto f(x) \in \mathbb{R}^a$ of all its neurons, each of them named.

    By default the neurons are the outputs of every activation function that runs, whether it is a module (`nn.ReLU`) or
    a function (`F.gelu`, `x.tanh()`), of every recurrent layer, and the final output. A model without any has the
    outputs of its leaf modules instead. `layers` chooses others by name or pattern: `["fc1", "blocks.*.mlp"]`; `"*"`
    takes every module's output.
    A module or function that runs twice gives two layers, `act` and `act#2`; `layers=["act"]` takes both, `"act#1"`
    the first. An activation written by hand, as a module without weights, counts as one too. `"heads"`, `"pattern"` and
    `"residual"` are what attention heads give, their patterns and the stream between blocks: docs/networks.md.

    `unit="channel"` averages a feature map or token axis into one neuron per channel.
    `start` names a module, or a tuple several, from whose output the network is taken to start; see `embed`. `stop`
    names one that ends every pass, `name#2` its second run; else a pass ends once all `layers` are recorded.
    `mask` names the part of the input that says which positions (T,) are real: neurons at others are zero, and channels
    are averaged over real ones. `positions` chooses where neurons are: `"last"`, an index, a slice, several or a mask.
    `directions` gives layers other neurons than their channels, W (channels, k) by name: a = Wᵀ h.

    The model is used as it is and never changed, not its mode, hooks, gradient flags, buffers or attributes: passes run
    on a private copy of its modules with the same weights, so other threads may use it meanwhile. Which neurons there
    are is known after the first call, or at once if an `example` input (without batch axis) is given.

    >>> net = Neurons(nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2)))
    >>> net(torch.zeros(4, 3)).shape
    torch.Size([4, 7])
    >>> net.layers
    ('1', 'output')
    >>> net.select("output")
    tensor([5, 6])

    Raises `BadInput`, `UnknownLayer`, `NotDifferentiable` (train-mode normalisation, live dropout,
    samples that depend on each other) and `NotFinite`.
    """

    def __init__(
        self,
        model: Annotated[nn.Module, Own],
        layers: str | Sequence[str] | None = None,
        unit: Literal["position", "channel"] = "position",
        *,
        start: Annotated[str | tuple[str, ...] | None, Own] = None,
        stop: str | None = None,
        mask: Annotated[str | None, Own] = "attention_mask",
        positions: Chosen = None,
        directions: Annotated[Directions | None, Own] = None,
        example: object = None,
    ):
        self.model, self.unit, self.directions = checks.usable(model), unit, readout.checked(directions)
        self.positions = checked(mask, positions, pooled=unit == "channel")
        self._any_length = (start is not None or isinstance(self.model, Graphs)) and self.positions.fixed
        self.double, self.programs = Double(self.model), Programs()
        self._stretch = Stretch(self.double, start, stop)
        self.start, self.stop = tuple(start) if isinstance(start, list) else start, self._stretch.stop
        chosen = (layers,) if isinstance(layers, str) else layers if layers is None else tuple(layers)
        self.patterns = (*(chosen or ()), *self.directions) if self.directions else chosen
        self.inner, self.activity = by_kind(self.patterns, self.model), 0
        """`activity`: how many numbers one input makes the network hold, at most: what chunks are sized by."""
        self.suspects: tuple[str, ...] = ()
        """Operations without a derivative that ran, for messages."""
        self.coarsest: torch.dtype | None = None
        """The half precision in which a part of it runs, if any."""
        self.way: Way | None = None
        self.failures: tuple[str, ...] = ()
        """How directions are pushed, and why not in faster ways; known once `pushforward.net.verify` has checked it."""
        self.reversible: bool | None = None  # whether reverse mode works, and agrees; known once it is asked for
        self._table: Table | None = None
        self._like: dict[str, tuple[int, ...]] = {}
        self._copy: frozenset[str] = frozenset()
        self._leaves_too = self._alone = self._rows_known = False
        self.made_of = (model, chosen, unit, self.start, stop, mask, positions, directions)  # what identifies it
        if example is not None:
            self.bind(example)

    # -- what there is -------------------------------------------------------------------------

    @property
    def table(self) -> Table:
        """Layer, channel and position of every neuron."""
        if self._table is None:
            raise BadInput(
                "the neurons are not known yet: they show when the network first runs. "
                "Call `net(x)` on a batch, or give `Neurons(model, example=x)` one input."
            )
        return self._table

    @property
    def bound(self) -> bool:
        """Whether the neurons are known."""
        return self._table is not None

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of the recorded layers, in the order in which they run."""
        return tuple(layer.name for layer in self.table)

    def __len__(self) -> int:
        return self.table.size

    def select(self, *patterns: str) -> Tensor:
        """Indices of the neurons of the named layers: a name, a wildcard, a parent module, `layer.channel`, `heads.5`.

        Without arguments, all neurons. They come in increasing order, without repeats.

        Raises `UnknownLayer`, which lists the names there are.
        """
        return self.table.select(patterns)

    def __repr__(self) -> str:
        layers = 0 if self._table is None else len(self._table)
        known = f"{len(self)} neurons in {layers} {'layer' if layers == 1 else 'layers'}" if layers else "not run yet"
        return f"Neurons({type(self.model).__name__}, {known})"

    # -- what they do --------------------------------------------------------------------------

    @serial
    def __call__(self, x: object) -> Tensor:
        """The activations (n, a) for a batch of n inputs; differentiable. A layer that does not run gives zeros."""
        x = self.cast(x)
        if self._table is None:
            if structure.length(x) == 0:
                raise BadInput("`net(x)`: the batch is empty, and no input came before; give at least one input.")
            self.see(x)
        shapes = {name: shape[1:] for name, shape in checks.shapes_of(x).items()}
        checks.check_shape(shapes, self._like, x, any_length=self._any_length)
        self.positions.check(x)
        if not self._rows_known and structure.length(x) > 1:
            self._alone, self._rows_known = not self._keeps_rows(x), True
        return torch.cat(self.record(x), dim=1)

    def record(self, x: object, weights: Mapping[str, Tensor] | None = None) -> list[Tensor]:
        """The activations of each layer for a batch of n inputs, a list of (n, size); with other `weights`, if any.

        A layer that does not run, such as an expert that others are chosen before, gives zeros. Where a layer runs on
        some of the inputs only, or not in their order, each input is run alone.
        """
        n = structure.length(x)
        if n > 1 and self._alone:
            return self._one_by_one(x, n, weights)
        values = {entry.name: entry.value for entry in self._run(x, weights)[0]}
        strange = [layer for layer in self.table if layer.name in values and not layer.fits(values[layer.name], n)]
        if n > 1 and (strange or any(layer.name not in values for layer in self.table)):
            self._alone = True
            return self._one_by_one(x, n, weights)
        if strange:
            layer, shape = strange[0], tuple(values[strange[0].name].shape)
            raise NotDifferentiable(
                f"layer {layer.name!r} is {shape} for this input alone; where the neurons were counted it was "
                f"{layer.shape} beside the batch axis. How many rows it has depends on the data, so they are no "
                "neurons. Choose other layers with `Neurons(model, layers=[...])`."
            )
        if not values:
            raise NotDifferentiable("the network ran none of its layers at this input.")
        like = next(iter(values.values()))
        return [
            layer.rows(values[layer.name]) if layer.name in values else like.new_zeros(n, layer.size)
            for layer in self.table
        ]

    def _one_by_one(self, x: object, n: int, weights: Mapping[str, Tensor] | None) -> list[Tensor]:
        rows = [self.record(structure.rebuild(x, lambda _, t, i=i: t[i : i + 1]), weights) for i in range(n)]
        return [torch.cat(parts) for parts in zip(*rows, strict=True)]

    @torch.no_grad()
    def _keeps_rows(self, x: object) -> bool:
        """Whether row i of every layer is input i: a batch of several against each of them alone."""
        some = structure.rebuild(x, lambda _, t: t[:: max(1, len(t) // PROVED)][:PROVED])
        together = self.record(some)
        return not self._alone and alike(together, self._one_by_one(some, structure.length(some), None))

    def cast(self, x: S) -> S:
        """The same inputs, floating-point parts in the dtype of the weights, where all weights have one.

        Weights of half precision change nothing: such networks often take inputs of more.
        """
        return checks.cast(self.model, x)

    @steady
    @serial
    def embed(self, x: object) -> dict[str, object]:
        """A batch as seen from `start`: its embedding (n, ...), the output of that module, beside the original.

        A batch like any other: `net(X)`, `push(net, inputs, net.take(X, 0))`. It alone moves: a tensor, a tuple
        of all that the module returns, or a dict of them by the names of several starts. What runs before the start
        goes along as constants: make X anew when weights change. Several: `Gaussian.fit(net.embed(x) for x in loader)`.

        Raises `BadInput` for a module that does not run once, or gives no floating-point numbers for each input.
        """
        X = self._stretch.embed(self.cast(structure.tensors(x)), self.positions)
        _ = self.table if self.bound else self.see(X)
        return X

    def take(self, X: S, i: Annotated[int | slice | Sequence[int] | Tensor, Own]) -> S:
        """Input number i of a batch, without batch axis, as `push` takes it; of a slice or list a smaller batch."""
        return structure.take(X, i)

    def expect(self, x: object) -> None:
        """Bind to one input (without batch axis), or check that it is like the one that was bound."""
        _ = self.table if self.bound else self.bind(x)
        checks.check_shape(checks.shapes_of(x), self._like, x, any_length=self._any_length)
        self.positions.check(structure.batch(x))
        checks.check_values(x)

    def bind(self, x: object) -> Table:
        """Run one input (without batch axis) to see which layers there are, and check that they can be used."""
        return self.see(structure.batch(structure.tensors(x)))

    @serial
    def see(self, X: object) -> Table:
        """The same at several inputs of a batch X: layers that run for any of up to 64 of them are recorded."""
        X = structure.tensors(X)
        first = structure.item(X, 0)
        checks.check_input(self.model, first)
        with torch.no_grad(), differentiable_kernels():
            two = self._stretch.prove(first, lambda: self._first_run(first, 2))
            three = self._first_run(first, 3)
            seen, larger = list(two[0]), list(three[0])
            n = structure.length(X)
            for number, i in enumerate(range(1, n, max(1, n // SEEN))[:SEEN]):
                if number == FEW and len(seen) == len(two[0]):
                    break  # the same layers every time
                x = structure.item(X, i)
                other = self._first_run(x, 2)[0]
                if {e.name for e in other} - {e.name for e in seen}:
                    seen, larger = merged(seen, other), merged(larger, self._first_run(x, 3)[0])
        table = find_table(seen, larger, three[1], self.patterns, pooled=self.unit == "channel")
        check_activations(table, seen)
        self.suspects, self.activity = tuple(dict.fromkeys(two[1].suspects)), max(table.size, three[1].numbers // 3)
        self.coarsest = two[1].coarsest
        self._table, self._like = table, checks.shapes_of(first)
        return table

    def _first_run(self, x: object, n: int) -> Seen:
        try:
            entries, recorder = self._run(structure.batch(x, n), first=True)
            if self.patterns is None and not recorder.activated and not self._leaves_too:
                self._leaves_too = True  # there is no activation function to record
                entries, recorder = self._run(structure.batch(x, n), first=True)
        except (PushforwardError, torch.OutOfMemoryError):
            raise
        except Exception as reason:
            raise checks.failure(self.model, x, n, reason) from reason
        return entries, recorder

    def _wants(self, name: str, is_default: bool) -> bool:
        if self.patterns is not None:
            return any(asks_for(name, pattern) for pattern in self.patterns)
        return is_default or (self._leaves_too and name.split("#")[0] in self._leaves)

    @cached_property
    def _leaves(self) -> set[str]:
        leaves = {name for name, m in self.model.named_modules() if not any(True for _ in m.children())}
        return leaves - set(self._stretch.starts)

    def _run(self, x: object, weights: Mapping[str, Tensor] | None = None, *, first: bool = False) -> Seen:
        """One pass, to the last layer or, at `first`, to the end; what is overwritten is cloned, by another pass."""
        asked, table = Asked(self.inner, structure.length(x), first), None if first else self._table
        until = frozenset[str]() if table is None else table.hidden
        recorder = Recorder(self._wants, copy=self._copy, asked=asked, last=self.stop, until=until)
        try:
            with countable(), slow_path(), self.double.alone() as model, recorder.watching(model):
                # clones, because the network may write into its input and its buffers
                inputs = structure.rebuild(x, lambda _, t: t.clone())
                known = {**{k: b.clone() for k, b in self.model.named_buffers()}, **(weights or {})}
                y = self._stretch.run(inputs, known, recorder, short=weights is None)
        except Strayed:
            self._stretch.give_up()
            return self._run(x, weights, first=first)
        entries = recorder.entries
        if not self._stretch.ended:
            entries = with_outputs(recorder, y, self._wants, alone=isinstance(self.model, nn.RNNBase))
        stale = frozenset(e.name for e in entries if e.overwritten)
        if stale:
            self._copy |= stale
            return self._run(x, weights, first=first)
        return readout.read(self.positions.of(by_graph(self.model, entries, x), x), self.directions), recorder

    def forward(self, x: object, weights: Mapping[str, Tensor]) -> object:
        """What the model gives for a batch, with other `weights` and buffers if any; nothing is put back."""
        with self.double.alone():
            return self._stretch.run(x, weights, None, short=False)
