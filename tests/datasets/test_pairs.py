import pytest
import torch
from torch.nn.functional import avg_pool2d

from pushforward.datasets import digits, pairs
from pushforward.errors import BadInput


def test_shapes_types_and_range():
    both = pairs(50, seed=0)
    assert both.images.shape == (50, 1, 14, 28)
    assert both.images.dtype == torch.float32
    assert 0 <= both.images.min() <= both.images.max() <= 1
    assert both.labels.shape == (50, 2)
    assert both.labels.dtype == torch.int64


def test_each_half_is_a_pooled_digit_of_the_split_with_its_label():
    single, both = digits("test"), pairs(20, seed=1, split="test")
    small = avg_pool2d(single.images, 2).flatten(1)
    for half, labels in zip(both.images.split(14, dim=3), both.labels.T, strict=True):
        distance = torch.cdist(half.flatten(1), small, compute_mode="donot_use_mm_for_euclid_dist")
        assert distance.min(1).values.max() < 1e-3
        assert torch.equal(single.labels[distance.argmin(1)], labels)


def test_left_and_right_are_independent():
    labels = pairs(20_000, seed=0, split="test").labels
    together = torch.zeros(10, 10).index_put_((labels[:, 0], labels[:, 1]), torch.ones(20_000), accumulate=True)
    expected = together.sum(1, keepdim=True) * together.sum(0, keepdim=True) / 20_000
    chi2 = ((together - expected) ** 2 / expected).sum()
    assert chi2 < 126  # 81 degrees of freedom: above this once in a thousand


def test_the_seed_decides():
    assert torch.equal(pairs(5, seed=3).images, pairs(5, seed=3).images)
    assert not torch.equal(pairs(5, seed=3).images, pairs(5, seed=4).images)
    random = torch.Generator().manual_seed(0)
    assert not torch.equal(pairs(5, seed=random).labels, pairs(5, seed=random).labels)


def test_repr_is_one_line():
    assert repr(pairs(2, seed=0)) == "Pairs(images (2, 1, 14, 28), labels (2, 2))"


@pytest.mark.parametrize("n", [0, -3, 2.5])
def test_n_must_be_a_positive_integer(n):
    with pytest.raises(BadInput, match=rf"n={n}.*(at least 1 pair|a whole number)"):
        pairs(n, seed=0)


def test_an_unknown_split_names_the_known_ones():
    with pytest.raises(BadInput, match="'all', 'train' or 'test' is needed"):
        pairs(2, seed=0, split="valid")
