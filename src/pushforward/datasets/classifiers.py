"""The trained classifiers that ship with the package."""

from typing import TypeVar

import torch
from torch import nn

from pushforward.datasets import embedded
from pushforward.datasets.networks import DigitCNN, PairMLP

Net = TypeVar("Net", bound=nn.Module)


def digit_classifier() -> DigitCNN:
    """A trained `DigitCNN` in eval mode, from digits (n, 1, 28, 28) in [0, 1] to logits (n, 10).

    Trained on MNIST's 60,000 training digits; right on 99.4 % of `digits()`, which are its test digits.
    `scripts/train_classifiers.py` made its weights and wrote the log beside them (`data/training.txt`).

    Raises `UnreadableFile` if the embedded weights are missing or damaged.

    >>> from pushforward.datasets import digits
    >>> some = digits("test")
    >>> digit_classifier()(some.images[:8]).argmax(1).tolist() == some.labels[:8].tolist()
    True
    """
    return _load(DigitCNN, "digit_classifier.safetensors")


def pair_classifier() -> PairMLP:
    """A trained `PairMLP` in eval mode, from pairs (n, 1, 14, 28) in [0, 1] to ten logits per digit (n, 20).

    Trained on pairs of MNIST's 60,000 training digits; in `pairs(...)` it names 97.2 % of single digits.
    `scripts/train_classifiers.py` made its weights and wrote the log beside them.

    Raises `UnreadableFile` if the embedded weights are missing or damaged.

    >>> from pushforward.datasets import pairs
    >>> left, right = pair_classifier()(pairs(3, seed=0).images).split(10, dim=1)
    >>> left.shape
    torch.Size([3, 10])
    """
    return _load(PairMLP, "pair_classifier.safetensors")


def _load(kind: type[Net], name: str) -> Net:
    with torch.device("meta"):  # no memory and no random numbers for weights that are about to be replaced
        net = kind()
    try:
        net.load_state_dict(embedded.weights(name), assign=True)
    except RuntimeError as error:
        raise embedded.unreadable(name, error) from error
    return net.eval()
