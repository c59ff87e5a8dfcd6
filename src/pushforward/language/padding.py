"""Whether padding matters to a model: the shortest prompt alone, padded, and padded with other vectors."""

import torch
from torch import Tensor

from pushforward import structure
from pushforward.errors import BadInput
from pushforward.net import Neurons

# By how much values may differ, as a share of the largest of their layer: rounding of single and of half precision.
SINGLE, HALF = 1e-3, 3e-2


@torch.no_grad()
def check_padding(net: Neurons, X: dict[str, object], mask: Tensor) -> None:
    """Raise `BadInput` if neurons are others where a prompt is padded, or change with what the padding is."""
    i = int(mask.sum(1).argmin())
    one = structure.rebuild(X, lambda _, t: t[i : i + 1])
    real = int(mask[i].sum())
    alone = structure.rebuild(one, lambda _, t: t[:, :real])
    noisy = structure.rebuild(one, lambda _, t: _other(t, real) if t.is_floating_point() else t)
    share = SINGLE if net.coarsest is None else HALF
    wanted = net.record(net.cast(alone))
    for x in (one, noisy):
        for layer, a, b in zip(net.layers, wanted, net.record(net.cast(x)), strict=True):
            if float((a - b).abs().max()) > share * float(a.abs().max()):
                raise BadInput(
                    f"`text(prompts)`: the prompts differ in length, and padding changes layer {layer!r} of this model "
                    "although `attention_mask` says what is real. Choose prompts of one length, or cut all to the "
                    f"shortest, `length={real}`."
                )


def _other(E: Tensor, real: int) -> Tensor:
    """Embeddings (1, l, d) with others at the padding: those of the first token, turned round."""
    return torch.cat([E[:, :real], -E[:, :1].expand_as(E[:, real:])], 1)
