"""Two digits side by side: an input with two properties that a network can treat apart."""

import torch
from torch.nn.functional import avg_pool2d

from pushforward.arguments import checked
from pushforward.datasets.digit_images import LabelledImages, Split, digits
from pushforward.errors import BadInput
from pushforward.rng import Seed, integers


class Pairs(LabelledImages):
    """Pairs of digits: `images` (n, 1, 14, 28) in [0, 1] and `labels` (n, 2), first the left digit's.

    >>> import pushforward as pf
    >>> pairs = pf.datasets.pairs(10, seed=0)
    >>> pairs.images.shape, pairs.labels.shape
    (torch.Size([10, 1, 14, 28]), torch.Size([10, 2]))
    """


@checked
def pairs(n: int, *, seed: Seed, split: Split = "all") -> Pairs:
    """Pairs of random digits, n of them, each digit average-pooled to 14 × 14, one left and one right.

    `images` is (n, 1, 14, 28), float32 in [0, 1]: columns 0 … 13 show the left digit, 14 … 27 the right one.
    `labels` is (n, 2), int64 in 0 … 9. Both digits are drawn with replacement from `digits(split)`,
    independently of each other. One image takes 1.6 kB.

    Raises `BadInput` if n is not a positive integer or there is no such split.

    >>> both = pairs(3, seed=0, split="test")
    >>> both
    Pairs(images (3, 1, 14, 28), labels (3, 2))

    Source: the digits are MNIST's (LeCun, Cortes, Burges 1998), CC BY-SA 3.0.
    """
    if not isinstance(n, int) or n < 1:
        raise BadInput(f"`pairs(n={n!r})`: n should be a positive integer. Ask for at least 1 pair.")
    single = digits(split)
    small = avg_pool2d(single.images, 2)  # (10000 1 28 28) -> (10000 1 14 14)
    left, right = integers(len(small), (2, n), seed=seed)
    return Pairs(
        images=torch.cat([small[left], small[right]], dim=3),  # 2 × (n 1 14 14) -> (n 1 14 28)
        labels=torch.stack([single.labels[left], single.labels[right]], dim=1),
    )
