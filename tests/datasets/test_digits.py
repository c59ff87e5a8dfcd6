import pytest
import torch

from pushforward.datasets import digits
from pushforward.errors import BadInput


@pytest.fixture(scope="module")
def splits():
    return {name: digits(name) for name in ("all", "train", "test")}


def test_shapes_types_and_range(splits):
    for name, n in {"all": 10_000, "train": 8_000, "test": 2_000}.items():
        images, labels = splits[name].images, splits[name].labels
        assert images.shape == (n, 1, 28, 28)
        assert images.dtype == torch.float32
        assert (images.min(), images.max()) == (0, 1)
        assert labels.shape == (n,)
        assert labels.dtype == torch.int64


def test_every_class_is_there_in_the_number_of_mnist(splits):
    counts = splits["all"].labels.bincount().tolist()
    assert counts == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert splits["test"].labels.bincount().min() > 150


def test_train_and_test_together_are_all(splits):
    def rows(data):
        return [(int(y), x.numpy().tobytes()) for x, y in zip(data.images, data.labels, strict=True)]

    assert sorted(rows(splits["train"]) + rows(splits["test"])) == sorted(rows(splits["all"]))


def test_a_change_by_the_caller_stays_with_the_caller(splits):
    digits("test").images.zero_()
    assert torch.equal(digits("test").images, splits["test"].images)


def test_repr_is_one_line(splits):
    assert repr(splits["all"]) == "Digits(images (10000, 1, 28, 28), labels (10000,))"


def test_an_unknown_split_names_the_known_ones():
    with pytest.raises(BadInput, match=r"digits\(split='valid'\)`: 'all', 'train' or 'test' is needed"):
        digits("valid")
