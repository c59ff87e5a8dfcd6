"""`Neurons`: any `nn.Module` as a pure function from inputs to the activations of every neuron."""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.func import functional_call

from pushforward.errors import BadInput, NotDifferentiable, NotFinite, UnknownLayer
from pushforward.linear import structure
from pushforward.net.recorder import Entry, Recorder, tensors
from pushforward.net.table import Layer, Table


class Neurons:
    r"""A network as a function $x \mapsto f(x) \in \mathbb{R}^a$ of all its neurons, each of them named.

    By default the neurons are the outputs of every activation function that runs, whether it is a
    module (`nn.ReLU`) or a function (`F.gelu`, `x.tanh()`), of every recurrent layer, and the final
    output. A model without any has the outputs of its leaf modules instead. `layers` chooses others
    by name or pattern: `["fc1", "blocks.*.mlp", "output"]`; `"*"` takes every module's output.
    A module or function that runs twice gives two entries, `act` and `act#2`.

    `unit="channel"` averages a feature map or token axis into one neuron per channel.
    `start` names an embedding layer from whose output the network is taken to start; see `embed`.

    The model is used as it is and never changed: not its mode, hooks, gradients flags or buffers.
    Which neurons there are is known after the first call, or at once if an `example` input
    (without batch axis) is given.

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
        model: nn.Module,
        layers: str | Sequence[str] | None = None,
        unit: Literal["position", "channel"] = "position",
        *,
        start: str | None = None,
        example: Any = None,
    ):
        if not isinstance(model, nn.Module):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise BadInput(f"`Neurons(model)`: a `torch.nn.Module` is needed, not {type(model).__name__}.")
        if unit not in ("position", "channel"):
            raise BadInput(f"`unit={unit!r}` should be 'position' or 'channel'.")
        if start is not None and start not in dict(model.named_modules()):
            raise UnknownLayer(f"`start={start!r}`: the model has no such module. Embeddings: {_embeddings(model)}.")
        self.model, self.unit, self.start = model, unit, start
        self.patterns = (layers,) if isinstance(layers, str) else layers if layers is None else tuple(layers)
        self._table: Table | None = None
        self._copy: frozenset[str] = frozenset()
        self._leaves_too = False
        self.programs: dict[Any, Any] = {}
        """Traced pushes of this network, kept by `pushforward.net.runner`."""
        self.way: Any = None
        """How directions are pushed, kept by `pushforward.net.verify` once the network is checked."""
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
    def layers(self) -> tuple[str, ...]:
        """The names of the recorded layers, in the order in which they run."""
        return tuple(layer.name for layer in self.table)

    def __len__(self) -> int:
        return self.table.size

    def select(self, *patterns: str) -> Tensor:
        """Indices of the neurons of the named layers: a name, a wildcard, a parent module, or `layer.channel`.

        Without arguments, all neurons. Raises `UnknownLayer`, which lists the names there are.
        """
        return self.table.select(patterns)

    def __repr__(self) -> str:
        known = "not run yet" if self._table is None else f"{len(self)} neurons in {len(self.table)} layers"
        return f"Neurons({type(self.model).__name__}, {known})"

    # -- what they do --------------------------------------------------------------------------

    def __call__(self, x: Any) -> Tensor:
        """The activations (n, a) for a batch of n inputs; differentiable."""
        if self._table is None:
            self.bind(structure.item(x, 0))
        return torch.cat(self.record(x), dim=1)

    def record(self, x: Any) -> list[Tensor]:
        """The activations of each layer for a batch of n inputs: a list of (n, size)."""
        entries = {entry.name: entry for entry in self._run(x)}
        missing = [layer.name for layer in self.table if layer.name not in entries]
        if missing:
            raise NotDifferentiable(
                f"the network did not run {', '.join(missing)} this time: which layers run depends on the input. "
                "Choose layers that always run with `Neurons(model, layers=[...])`."
            )
        return [layer.rows(entries[layer.name].value) for layer in self.table]

    def embed(self, x: Any) -> dict[str, Any]:
        """The input as seen from `start`: its embedding (n, ...) beside the untouched original.

        For networks whose inputs are integers (tokens). The result is an input like any other:
        `net(net.embed(ids))`; only the embedding moves.
        """
        if self.start is None:
            raise BadInput(f"`net.embed`: say where to start, `Neurons(model, start=...)`: {_embeddings(self.model)}.")
        kept: list[Tensor] = []
        handle = self.model.get_submodule(self.start).register_forward_hook(
            lambda _m, _i, out: kept.append(out.detach().clone())
        )
        try:
            with torch.no_grad():
                _call(self.model, x)
        finally:
            handle.remove()
        return {"embedding": kept[0], "original": x if isinstance(x, dict) else {"input": x}}

    # -- how they are found --------------------------------------------------------------------

    def bind(self, x: Any) -> Table:
        """Run one input (without batch axis) to see which layers there are, and check that they can be used."""
        _check_weights(self.model)
        if not structure.moving(x):
            raise BadInput(
                f"the input {structure.describe(x)} has no floating-point part, so nothing can be moved. For tokens start "
                f"from the embedding: `net = Neurons(model, start=...)`, `x = net.embed(ids)`: {_embeddings(self.model)}."
            )
        with torch.no_grad():
            two, three = self._bind_run(structure.batch(x, 2)), self._bind_run(structure.batch(x, 3))
        self._copy = frozenset(e.name for e in two if _overwritten(e))
        self._table = self._make_table(two, three)
        self.activity = max(len(self), self._numbers // 3)
        return self._table

    def _bind_run(self, x: Any) -> list[Entry]:
        entries = self._run(x)
        if not self._leaves_too and self.patterns is None and [e.name for e in entries] == ["output"]:
            self._leaves_too = True  # no activation function ran: fall back to leaf modules
            entries = self._run(x)
        return entries

    def _make_table(self, two: list[Entry], three: list[Entry]) -> Table:
        larger = {e.name: e for e in three}
        layers: list[Layer] = []
        for entry in two:
            axis = _batch_axis(entry, larger.get(entry.name))
            if axis is None:
                continue  # the same for every input: not an activation
            shape = tuple(n for i, n in enumerate(entry.value.shape) if i != axis)
            channel = 0 if entry.channels_first or len(shape) < 2 else len(shape) - 1
            start = layers[-1].stop if layers else 0
            layers.append(Layer(entry.name, shape, axis, channel, start, self.unit == "channel"))
        names = (*dict.fromkeys(self._names), "output")
        if self.patterns is not None:
            for pattern in self.patterns:
                if not any(_wanted(layer.name, pattern) for layer in layers):
                    raise UnknownLayer(
                        f"`Neurons(layers=[{pattern!r}])`: nothing that ran matches this. There are: {', '.join(names)}."
                    )
        if not layers:
            raise BadInput("the network has no activation that depends on the input; choose `layers=`.")
        return Table(tuple(layers), names)

    def _wants(self, name: str, is_default: bool) -> bool:
        if self.patterns is not None:
            return any(_wanted(name, pattern) for pattern in self.patterns)
        return is_default or (self._leaves_too and name in self._leaves)

    @property
    def _leaves(self) -> set[str]:
        return {name for name, m in self.model.named_modules() if not any(m.children())}

    def _run(self, x: Any) -> list[Entry]:
        recorder = Recorder(self._wants, copy=self._copy)
        buffers = {name: b.clone() for name, b in self.model.named_buffers()}
        with recorder.watching(self.model):
            y = self._call(x, buffers)
        self._names, self.suspects, self._numbers = recorder.names, recorder.suspects, recorder.numbers
        entries = recorder.entries
        outputs = list(tensors(y)) if not isinstance(self.model, nn.RNNBase) else [next(tensors(y))]
        for i, value in enumerate(outputs):
            name = "output" if len(outputs) == 1 else f"output.{i}"
            same = [e for e in entries if e.value is value]
            if self._wants(name, True) and value.is_floating_point():
                entries = [e for e in entries if e not in same]
                first = same[0].channels_first if same else recorder._channels_first
                entries.append(Entry(name, value, first, -1, True))
        return entries

    def _call(self, x: Any, buffers: dict[str, Tensor]) -> Any:
        run: Callable[[Any], Any] = lambda v: _call(self.model, v, buffers)  # noqa: E731
        if self.start is None:
            return run(x)
        if not (isinstance(x, dict) and "embedding" in x):
            raise BadInput(f"this network starts from {self.start!r}: pass `net.embed(x)`, not x.")
        handle = self.model.get_submodule(self.start).register_forward_hook(lambda _m, _i, _o: x["embedding"])
        try:
            original = x["original"]
            return run(original["input"] if set(original) == {"input"} else original)
        finally:
            handle.remove()


def _call(model: nn.Module, x: Any, buffers: dict[str, Tensor] | None = None) -> Any:
    args, kwargs = ((), x) if isinstance(x, dict) else (x, {}) if isinstance(x, tuple) else ((x,), {})
    return functional_call(model, buffers or {}, args, kwargs)


def _wanted(name: str, pattern: str) -> bool:
    """`act` asks for every call of it, `act#2` too."""
    return fnmatchcase(name, pattern) or fnmatchcase(name.split("#")[0], pattern)


def _overwritten(entry: Entry) -> bool:
    return entry.version >= 0 and entry.value._version != entry.version


def _batch_axis(two: Entry, three: Entry | None) -> int | None:
    """The one axis that grew with the batch from 2 to 3."""
    if three is None or two.value.ndim != three.value.ndim:
        return None
    grown = [i for i, (a, b) in enumerate(zip(two.value.shape, three.value.shape, strict=True)) if a != b]
    return grown[0] if len(grown) == 1 and two.value.shape[grown[0]] == 2 else None


def _embeddings(model: nn.Module) -> str:
    names = [name for name, m in model.named_modules() if isinstance(m, nn.Embedding)]
    return ", ".join(f"start={name!r}" for name in names) or "the model has no `nn.Embedding`"


def _check_weights(model: nn.Module) -> None:
    for name, p in (*model.named_parameters(), *model.named_buffers()):
        if p.is_floating_point() and not torch.isfinite(p).all():
            raise NotFinite(f"the weight {name!r} holds NaN or infinity. Load or train the model again.")
