"""What the commands about your own network share: its options, the network itself, and Python that makes it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from pushforward.cli.command import Command, option, script

if TYPE_CHECKING:
    from pushforward.cli.load import Loaded
    from pushforward.net import Neurons


@dataclass(frozen=True, kw_only=True)
class OfNetwork(Command):
    """A command about your own network and inputs of it."""

    model: Annotated[tyro.conf.Positional[str], option("MODEL")]
    """`package.module:name` or `path/to/file.py:name`: a module, its class, or a function that returns it."""
    inputs: Annotated[str, option("FILE")]
    """A .npy, .npz, .csv, .parquet, .safetensors or .pt, `:key` for one array; a folder of images; or `module:name`."""
    weights: Annotated[Path | None, option("FILE")] = None
    """Weights to load: a state dict, saved as .safetensors or .pt."""
    layers: Annotated[tuple[str, ...], option("NAME ...")] = ()
    """Layers by name or pattern; by default activation functions and output."""
    unit: Annotated[Literal["position", "channel"], option("UNIT")] = "position"
    """`position`: a neuron for each place of a feature map; `channel`: one for their mean."""
    start: Annotated[str | None, option("NAME")] = None
    """A module to start from: an embedding layer for networks of tokens."""

    def read(self) -> "tuple[Loaded, Loaded]":
        """The network and the inputs that were typed. Raises `BadInput` and `UnreadableFile`."""
        from pushforward.cli.load import load_inputs, load_model

        model = load_model(self.model, self.weights)
        return model, load_inputs(self.inputs, model.value, start=self.start)

    def neurons(self, model: "Loaded", X: "Loaded") -> "tuple[Neurons, object]":
        """The neurons that were asked for, and the inputs as they start from them."""
        from pushforward.net import Neurons

        net = Neurons(model.value, self.layers or None, self.unit, start=self.start)
        return net, X.value if self.start is None else net.embed(X.value)

    def script(self, model: "Loaded", X: "Loaded", *lines: str) -> str:
        """Python that makes `net` and `X`, and goes on with some lines."""
        options = [f"layers={list(self.layers)!r}"] * bool(self.layers)
        options += [f"unit={self.unit!r}"] * (self.unit != "position")
        options += [f"start={self.start!r}"] * (self.start is not None)
        made = [f"net = pf.Neurons({', '.join(['model', *options])})"]
        made += ["X = net.embed(X)"] * (self.start is not None)
        return script((*model.code, *X.code), *made, *lines)
