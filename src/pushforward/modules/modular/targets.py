"""Whether cross-entropy, the default loss of training, can be right for outputs and targets."""

import torch
from torch import Tensor, nn

from pushforward.errors import BadInput

# How far the rows of class probabilities may be from a sum of 1: half precision rounds as much
ROUNDING = 1e-2
# What cross-entropy leaves out
IGNORED = -100
NUMBERS = "for numbers to be matched give `loss=torch.nn.functional.mse_loss`"


def check_classes(Y: object, loss: object) -> None:
    """Raise `BadInput` if all the targets of a cross-entropy are of one class: there is nothing to learn."""
    if loss is not nn.functional.cross_entropy or not isinstance(Y, Tensor) or Y.is_floating_point() or not Y.numel():
        return
    classes = Y[Y != IGNORED].unique()
    if len(classes) < 2:
        raise BadInput(
            f"the {len(Y)} targets are all of class {int(classes[0]) if len(classes) else IGNORED}; cross-entropy, the "
            f"default loss, needs two classes or more. Give targets of all classes; {NUMBERS}."
        )


def check_targets(output: object, y: object, loss: object) -> None:
    """Raise `BadInput` where cross-entropy cannot be right: numbers as targets, one output, classes out of range."""
    if loss is not nn.functional.cross_entropy or not isinstance(output, Tensor) or not isinstance(y, Tensor):
        return
    shapes = f"targets are {y.dtype} {tuple(y.shape)} and outputs {tuple(output.shape)}"
    if output.ndim < 2 or output.shape[1] == 1:
        raise BadInput(
            f"{shapes}: cross-entropy, the default loss, needs an output for each of two classes or more, in the "
            f"second axis; of one it is always 0. Widen the last layer; {NUMBERS}, for yes or no "
            "`loss=torch.nn.functional.binary_cross_entropy_with_logits` with float targets."
        )
    if y.is_floating_point():
        if y.shape != output.shape or not _probabilities(y):
            raise BadInput(
                f"{shapes}: cross-entropy, the default loss, takes floats only as class probabilities, of the shape of "
                f"the outputs, at least 0, with a sum of 1 over the second axis. Give whole numbers (`Y.long()`) for "
                f"classes; {NUMBERS}."
            )
        return
    if y.dtype not in (torch.int64, torch.uint8):
        raise BadInput(f"{shapes}: cross-entropy, the default loss, takes classes as `Y.long()`; {NUMBERS}.")
    classes = y[y != IGNORED] if y.dtype == torch.int64 else y
    if classes.numel() and (int(classes.min()) < 0 or int(classes.max()) >= output.shape[1]):
        raise BadInput(
            f"{shapes}: classes go from {int(classes.min())} to {int(classes.max())}, and {output.shape[1]} outputs "
            f"stand for 0 … {output.shape[1] - 1}. Count classes from 0, or widen the last layer; {NUMBERS}."
        )


def _probabilities(y: Tensor) -> bool:
    """Whether all rows, over the second axis, are class probabilities."""
    return bool((y >= 0).all() and ((y.sum(1) - 1).abs() < ROUNDING).all())
