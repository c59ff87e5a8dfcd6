"""A network with some of its neurons fixed."""

from collections.abc import Callable

import torch
from torch import Tensor

from pushforward import structure
from pushforward.errors import BadInput
from pushforward.net.inner import Asked
from pushforward.net.kernels import slow_path
from pushforward.net.neurons import Neurons
from pushforward.net.recorder import Recorder
from pushforward.net.table import Layer


class Ablated:
    """The user's model as a function of a batch, with `neurons` fixed at `fill` (a,): what the model returns.

    Neurons of the final output are never fixed: they are what is measured.
    """

    def __init__(self, net: Neurons, neurons: Tensor, fill: Tensor):
        if net.directions or net.positions.chosen is not None:
            raise BadInput(
                "neurons at chosen `positions=` or along `directions=` cannot be fixed one by one in the network. Use "
                "a `Neurons` of the whole layers."
            )
        if any(layer.kind == "pattern" for layer in net.table):
            raise BadInput(
                "attention patterns cannot be fixed in the network. Use a `Neurons` of what heads give, "
                '`layers=["heads"]`, or of other layers.'
            )
        if net.stop is not None:
            raise BadInput(
                f"this network stops at {net.stop!r}, before the output by which a lesion is measured. Use a `Neurons` "
                "without `stop=`."
            )
        self.net, self.edit = net, {}
        fixed = torch.zeros(len(net), dtype=torch.bool)
        fixed[neurons] = True
        for layer in net.table:
            part = slice(layer.start, layer.stop)
            if fixed[part].any() and not is_output(layer):
                self.edit[layer.name] = _edit(layer, fixed[part], fill[part])

    def __call__(self, x: object) -> object:
        """Run the model on a batch of inputs, without gradients."""
        x = structure.rebuild(structure.tensors(x), lambda _, t: t.clone())
        recorder = Recorder(
            lambda _name, _default: False, edit=self.edit, asked=Asked(self.net.inner, structure.length(x))
        )
        buffers = {name: b.clone() for name, b in self.net.model.named_buffers()}
        with torch.no_grad(), slow_path(), self.net.double.alone() as model, recorder.watching(model):
            return self.net.forward(x, buffers)


def is_output(layer: Layer) -> bool:
    """Whether a layer is (part of) what the model returns."""
    return layer.name.split(".")[0] == "output"


def _edit(layer: Layer, fixed: Tensor, fill: Tensor) -> Callable[[Tensor], Tensor]:
    if layer.pooled and len(layer.shape) > 1:  # a channel is fixed at all its positions
        view = [1] * len(layer.shape)
        view[layer.channel_axis] = -1
        fixed, fill = (t.reshape(view).expand(layer.shape) for t in (fixed, fill))
    fixed, fill = fixed.reshape(layer.shape), fill.reshape(layer.shape)

    def replace(value: Tensor) -> Tensor:
        rows = value.movedim(layer.batch_axis, 0)
        return torch.where(fixed.to(rows.device), fill.to(rows), rows).movedim(0, layer.batch_axis)

    return replace
