"""Given directions of a layer as neurons."""

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward.net import Ablated
from pushforward.rng import normal

MODEL = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 5), nn.Tanh(), nn.Linear(5, 2)).eval()
X, INPUTS = normal((6, 1, 6, 6), seed=0), pf.Gaussian.isotropic((1, 6, 6))
W, V = normal((5, 3), seed=1), normal((4, 7), seed=2)


def test_values_and_factor_are_those_along_the_directions() -> None:
    net = pf.Neurons(MODEL, directions={"4": W, "1": V}, example=X[0])
    plain = pf.Neurons(MODEL, layers=["1", "4"])
    assert net.layers == ("1", "4")
    assert [layer.shape for layer in net.table] == [(7, 4, 4), (3,)]
    conv, tanh = plain(X)[:, :64].reshape(6, 4, 4, 4), plain(X)[:, 64:]
    wanted = torch.cat([torch.einsum("nchw,ck->nkhw", conv, V).flatten(1), tanh @ W], 1)
    assert torch.allclose(net(X), wanted, atol=1e-5)
    F, G = pf.push(plain, INPUTS, X[0]).factor, pf.push(net, INPUTS, X[0]).factor
    assert torch.allclose(G[-3:], W.T @ F[64:], atol=1e-5)
    assert net.table.label(len(net) - 1) == "4.2"


def test_other_layers_beside_them() -> None:
    net = pf.Neurons(MODEL, layers=["output"], directions={"4": W}, unit="channel", example=X[0])
    assert net.layers == ("4", "output")
    assert len(net) == 5
    with pytest.raises(pf.errors.BadInput, match="cannot be fixed one by one"):
        Ablated(net, torch.tensor([0]), torch.zeros(5))
    found = pf.find_modules(pf.Neurons(MODEL, directions={"1": V}, unit="channel"), INPUTS, X, seed=0, nulls=19)
    assert len(found.labels) == 7


@pytest.mark.parametrize(
    ("directions", "said"),
    [
        ({"4": normal((6, 3), seed=0)}, "they have 6 channels, layer '4' has 5"),
        ({"4": normal((5,), seed=0)}, r"\(5,\); a tensor \(channels, k\) is needed"),
        ({"4": W / 0}, "holds NaN or infinity"),
        (W, "a dict from the name of a layer"),
    ],
)
def test_wrong_directions(directions: object, said: str) -> None:
    with pytest.raises(pf.errors.BadInput, match=said):
        pf.Neurons(MODEL, directions=directions)(X)
    with pytest.raises(pf.errors.UnknownLayer):
        pf.Neurons(MODEL, directions={"nowhere": W})(X)
