import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward import datasets
from pushforward.rng import generator

ALL = (
    datasets.digit_pairs,
    datasets.stacked_digits,
    lambda: datasets.modular_addition(seed=0),
    datasets.formulas,
    lambda: datasets.formulas("composed"),
    lambda: datasets.shared_vectors(seed=0),
)


@pytest.mark.parametrize("make", ALL)
def test_a_batch_a_loss_and_a_score_for_each_part(make):
    task = make()
    x, y = task.draw(40, generator(0))
    assert x.shape == (40, *task.shape)
    outputs = nn.Sequential(nn.Flatten(), nn.Linear(x[0].numel(), task.outputs))(x)
    assert task.loss(outputs, y).ndim == 0
    assert tuple(task.scores(outputs, y)) == task.parts
    again = task.draw(40, generator(0))
    assert torch.equal(again[0], x)
    assert torch.equal(again[1], y)
    assert task.name in repr(task)


def test_right_answers_score_one():
    for task in (datasets.formulas(), datasets.shared_vectors(seed=0), datasets.formulas("composed")):
        _, y = task.draw(50, generator(1))
        assert all(v == pytest.approx(1.0) for v in task.scores(y, y).values())
    task = datasets.digit_pairs()
    _, y = task.draw(50, generator(1))
    logits = nn.functional.one_hot(y, 10).flatten(1).float()
    assert task.scores(logits, y) == {"left": 1.0, "right": 1.0}


def test_what_is_held_out_is_not_drawn_in_training():
    train, test = (datasets.modular_addition(7, split=split, seed=0) for split in ("train", "test"))
    train_inputs = {tuple(row) for row in train.draw(2000, generator(0))[0].tolist()}
    test_inputs = {tuple(row) for row in test.draw(2000, generator(0))[0].tolist()}
    assert not train_inputs & test_inputs
    assert len(train_inputs) + len(test_inputs) == 49


def test_each_target_needs_its_own_part_alone():
    task = datasets.shared_vectors(size=3, seed=0)
    x, y = task.draw(4, generator(0))
    changed = task.draw(4, generator(0))[0]
    assert torch.equal(x, changed)
    assert y.shape == (4, 2)


def test_arguments_that_make_no_sense_are_refused():
    with pytest.raises(pf.errors.BadInput, match="'independent' or 'composed'"):
        datasets.formulas("other")
    with pytest.raises(pf.errors.BadInput, match="at least 2 is needed"):
        datasets.modular_addition(1, seed=0)
    with pytest.raises(pf.errors.BadInput, match=r"\(n, 28, 28\)"):
        datasets.digit_pairs((torch.zeros(3, 14, 14), torch.zeros(3)))
