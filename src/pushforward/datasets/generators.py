"""The trained generator that ships with the package."""

from pushforward.datasets import embedded
from pushforward.generator import Generator


def digit_generator() -> Generator:
    """A trained generator of digits (n, 1, 28, 28) in [0, 1], from an atlas of 16 charts with 12 numbers each.

    Trained with its left inverse on MNIST's 60,000 training digits, of which none is embedded; `gen.quality` is its
    quality card, measured on `digits()`. `scripts/train_digit_generator.py` made it and wrote the log beside it.

    Raises `UnreadableFile` if the embedded file is missing or damaged.

    >>> digit_generator().sample(5, seed=0).shape
    torch.Size([5, 1, 28, 28])
    """
    name = "digit_generator.safetensors"
    try:
        return Generator.load(embedded.FOLDER / name)
    except OSError as error:
        raise embedded.unreadable(name, error) from error
