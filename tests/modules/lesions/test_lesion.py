import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.net import Ablated
from pushforward.rng import normal
from slowly import slowly


class Halves(nn.Module):
    """Two networks side by side: the first half of the hidden units serves the first output, the second the second."""

    def __init__(self):
        super().__init__()
        self.read, self.act, self.out = nn.Linear(8, 40), nn.Tanh(), nn.Linear(40, 2)
        with torch.no_grad():
            self.read.weight[:20, 4:], self.read.weight[20:, :4] = 0, 0
            self.out.weight[0, 20:], self.out.weight[1, :20] = 0, 0

    def forward(self, x):
        return self.out(self.act(self.read(x)))


def case():
    torch.manual_seed(0)
    model, X = Halves(), normal((64, 8), seed=0)
    net = pf.Neurons(model, example=X[0])
    with torch.no_grad():
        wanted = model(X)

    def metric(f):
        error = (f(X) - wanted).square().mean(0)
        return {"first": -float(error[0]), "second": -float(error[1])}

    return net, X, metric


def test_ablating_a_block_equals_zeroing_it_by_hand():
    net, X, _ = case()
    block = torch.tensor([0, 3, 25])
    model = net.model
    hidden = model.act(model.read(X)).clone()
    hidden[:, block] = 0
    assert torch.allclose(Ablated(net, block, torch.zeros(len(net)))(X), model.out(hidden), atol=1e-6)
    assert torch.allclose(Ablated(net, block[:0], torch.zeros(len(net)))(X), model(X), atol=1e-6)


def test_channels_of_a_convolution_and_recurrent_states_are_fixed_everywhere():
    torch.manual_seed(0)
    cnn = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 3)).eval()
    net = pf.Neurons(cnn, unit="channel", example=torch.zeros(1, 8, 8))
    X = normal((5, 1, 8, 8), seed=0)
    hidden = cnn[:2](X).clone()
    hidden[:, 2] = 0.7
    fill = torch.zeros(len(net))
    fill[2] = 0.7
    assert torch.allclose(Ablated(net, torch.tensor([2]), fill)(X), cnn[2:](hidden), atol=1e-6)

    class Last(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru, self.out = nn.GRU(3, 4, batch_first=True), nn.Linear(4, 2)

        def forward(self, x):
            return self.out(self.gru(x)[0][:, -1])

    last = Last()
    net = pf.Neurons(last, example=torch.zeros(6, 3))
    X = normal((5, 6, 3), seed=1)
    every = torch.arange(net.table[0].stop)
    assert torch.allclose(Ablated(net, every, torch.zeros(len(net)))(X), last.out.bias.expand(5, 2), atol=1e-6)


@pytest.mark.parametrize("mode", slowly(["mean", "zero"]))
def test_a_module_hurts_its_own_task_more_than_random_sets_do(mode):
    net, X, metric = case()
    modules = pf.find_modules(net, pf.Gaussian.isotropic((8,)), X, seed=0, nulls=19)
    hurt = modules.lesion(net, metric, X=X, mode=mode, controls=10, seed=0)
    assert hurt.effect.shape == (2, 2)
    assert hurt.control.shape == (2, 10, 2)
    own, other = hurt.effect.max(1).values, hurt.effect.min(1).values
    assert set(hurt.effect.argmax(1).tolist()) == {0, 1}
    assert (other.abs() < 1e-9).all()
    assert (own > 0).all()
    assert (hurt.control > 0).all()  # random sets hurt both
    assert (hurt.p_values.max(1).values == 1).all()  # every random set hurts the other task more
    assert "module 0, 20 neurons" in str(hurt)


def test_lesions_leave_the_model_as_it_was():
    net, X, _ = case()
    before = {name: value.clone() for name, value in net.model.state_dict().items()}
    Ablated(net, torch.arange(10), torch.zeros(len(net)))(X)
    assert all(torch.equal(value, before[name]) for name, value in net.model.state_dict().items())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in net.model.modules())


def test_bad_lesions_say_what_to_do():
    net, X, metric = case()
    modules = pf.find_modules(net, pf.Gaussian.isotropic((8,)), X, seed=0, nulls=19)
    with pytest.raises(pf.errors.BadInput, match="needs inputs X"):
        modules.lesion(net, metric, mode="mean", seed=0)
    with pytest.raises(pf.errors.BadInput, match="'zero' or 'mean'"):
        modules.lesion(net, metric, mode="both", seed=0)
    none = pf.find_modules(normal((300, 32), seed=0), seed=0, nulls=19)
    with pytest.raises(pf.errors.BadInput, match="no modules to ablate"):
        none.lesion(net, metric, seed=0)
    names = iter([{"a": 1.0}, {"b": 1.0}])
    with pytest.raises(pf.errors.BadInput, match="names must not change"):
        modules.lesion(net, lambda f: next(names), controls=1, seed=0)


def test_a_network_of_outputs_alone_has_nothing_to_ablate():
    layer = nn.Linear(8, 8, bias=False)
    layer.weight.data = torch.block_diag(normal((4, 4), seed=0), normal((4, 4), seed=1))
    net, X = pf.Neurons(layer), normal((8, 8), seed=2)
    modules = pf.find_modules(net, pf.Gaussian.isotropic((8,)), X, points=2, nulls=19, twin=False, seed=0)
    with pytest.raises(pf.errors.BadInput, match=r"no neurons but its outputs.*hidden layers"):
        modules.lesion(net, lambda f: float(f(X).mean()), seed=0)


def test_damage_that_is_none_has_the_other_sign():
    effect, none = torch.tensor([[-0.25]]), torch.zeros(1, 1, 1)
    lesions = pf.results.Lesions(("loss",), torch.ones(1), effect, none, torch.tensor([3]), "zero")
    assert "loss +0.250 (random" in str(lesions)
