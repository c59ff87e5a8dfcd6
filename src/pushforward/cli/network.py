"""What the commands about your own network share: its options, the network itself, and Python that makes it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from pushforward.cli.command import Command, script

if TYPE_CHECKING:
    from pushforward.cli.load import Loaded
    from pushforward.net import Neurons


@dataclass(frozen=True, kw_only=True)
class OfNetwork(Command):
    """A command about your own network and inputs of it."""

    model: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="MODEL")]
    """`package.module:name` or `path/to/file.py:name`: a module, its class, or a function that returns it."""
    inputs: Annotated[str, tyro.conf.arg(metavar="FILE")]
    """.npy, .npz, .safetensors, .csv, .parquet or .pt, with `:key` if it holds several arrays; a folder of images; or
    `module:function`."""
    weights: Annotated[Path | None, tyro.conf.arg(metavar="FILE")] = None
    """Weights to load: .safetensors, or .pt as `torch.save(model.state_dict())` makes it."""
    layers: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME ...")] = ()
    """Names or patterns of layers; by default every activation function and the output."""
    unit: Literal["position", "channel"] = "position"
    """A neuron is one position of a feature map, or the mean over its positions: one per channel."""
    start: Annotated[str | None, tyro.conf.arg(metavar="NAME")] = None
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
