"""Ten thousand real handwritten digits, embedded in the package."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from pushforward.arguments import checked
from pushforward.datasets import embedded
from pushforward.errors import BadInput

Split = Literal["all", "train", "test"]
TRAIN = 8_000  # how many of the 10,000 digits belong to the split "train"


@dataclass(frozen=True, eq=False, repr=False)
class LabelledImages:
    """`images` (n, ...) in [0, 1], white on black, and their `labels` (n, ...)."""

    images: Tensor
    labels: Tensor

    def __repr__(self) -> str:
        return f"{type(self).__name__}(images {tuple(self.images.shape)}, labels {tuple(self.labels.shape)})"


class Digits(LabelledImages):
    """Handwritten digits: `images` (n, 1, 28, 28) in [0, 1], white on black, and `labels` (n,) in 0 … 9.

    >>> import pushforward as pf
    >>> test = pf.datasets.digits("test")
    >>> test.images.shape, test.labels[:5]
    (torch.Size([2000, 1, 28, 28]), tensor([7, 6, 9, 7, 1]))
    """


@checked
def digits(split: Split = "all") -> Digits:
    """Real handwritten digits: the 10,000 test images of MNIST, or a fixed part of them.

    `images` is (n, 1, 28, 28), float32 in [0, 1], 0 is the background; `labels` is (n,), int64 in 0 … 9.
    The split "all" has n = 10,000 in MNIST's own order; "train" has 8,000 and "test" the other 2,000, both
    in a random order that is stored with the images and so is the same everywhere.

    Raises `BadInput` if there is no such split, and `UnreadableFile` if the embedded file is damaged.

    >>> digits("test")
    Digits(images (2000, 1, 28, 28), labels (2000,))
    >>> digits().labels[:10].tolist()
    [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]

    Source: LeCun, Cortes, Burges (1998), CC BY-SA 3.0. The ten thousand were never split in MNIST: this
    "train" and "test" are the library's own, and accuracies on "test" do not compare with those on MNIST.
    """
    if split not in get_args(Split):
        known = ", ".join(map(repr, get_args(Split)))
        raise BadInput(f"`digits({split!r})`: there is no such split. Choose one of {known}.")
    file = embedded.arrays("digits.npz")
    try:
        images, labels, order = file["images"], file["labels"], file["order"]
    except KeyError as error:
        raise embedded.unreadable("digits.npz", error) from error
    rows = {"all": np.arange(len(images)), "train": order[:TRAIN], "test": order[TRAIN:]}[split]
    return Digits(
        images=torch.from_numpy(images[rows]).unsqueeze(1).float() / 255,  # (n 28 28) -> (n 1 28 28)
        labels=torch.from_numpy(labels[rows]).long(),
    )
