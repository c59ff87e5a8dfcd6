"""What the default loss, cross-entropy, cannot be right for is refused, with the cure; nothing is chosen silently."""

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.rng import normal

SHORT = pf.settings.ModularTraining(steps=3, batch=16, strength=0.0, record=1)
X = normal((60, 6), seed=0)
CLASSES = (X[:, 0] > 0).long() + (X[:, 1] > 0).long()
CURE = r"loss=torch\.nn\.functional\.mse_loss"


def train(Y, outputs=3, **options):
    model = nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, outputs))
    return pf.train_modular(model, Y if callable(Y) else (X, Y), **{"seed": 0, "training": SHORT} | options)


@pytest.mark.parametrize(
    ("Y", "outputs", "said"),
    [
        (X[:, :1], 1, "of one it is always 0"),
        (X[:, :3], 3, "only as class probabilities"),
        (X[:, 0], 3, "only as class probabilities"),
        (CLASSES, 1, "of one it is always 0"),
        (torch.zeros(60, dtype=torch.long), 3, "all of class 0; .* needs two classes"),
        (CLASSES, 2, "classes go from 0 to 2, and 2 outputs stand for 0 … 1"),
        (CLASSES - 1, 3, "classes go from -1 to 1"),
        (CLASSES.int(), 3, r"classes as `Y\.long\(\)`"),
    ],
)
def test_targets_that_cross_entropy_cannot_be_right_for_are_refused(Y, outputs, said):
    with pytest.raises(pf.errors.BadInput, match=rf"(?s){said}.*{CURE}"):
        train(Y, outputs)
    with pytest.raises(pf.errors.BadInput, match=CURE):
        pf.modular.frontier(
            lambda: nn.Linear(6, outputs), (X, Y), lambda net: 0.0, test=X, strengths=(0.0,), seeds=(0,), training=SHORT
        )


def test_so_are_those_that_a_function_draws():
    with pytest.raises(pf.errors.BadInput, match=CURE):
        train(lambda size, draws: (x := normal((size, 6), seed=draws), x[:, :1]), 1, inputs=pf.Gaussian.isotropic((6,)))


@pytest.mark.parametrize("Y", [CLASSES, CLASSES.where(X[:, 2] > 0, -100), nn.functional.one_hot(CLASSES).float()])
def test_classes_those_left_out_and_probabilities_are_taken(Y):
    assert torch.isfinite(train(Y).history[:, 1]).all()


def test_another_loss_takes_what_it_likes():
    run = train(X[:, :1], 1, loss=nn.functional.mse_loss)
    assert (run.history[:, 1] > 0).all()
