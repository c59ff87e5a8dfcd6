"""Kinks, depth and scale are no errors: the checks accept every legitimate network."""

import pytest
import torch
from torch import Tensor, nn

import pushforward as pf
from parts import Module, linear, normal
from pushforward.net import subject, verify

ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.Hardtanh, nn.ReLU6, nn.Hardswish, nn.ELU, nn.Softshrink, nn.GELU)


def random_network(seed: int) -> tuple[nn.Module, Tensor]:
    """Deep or shallow, with convolutions or without, well scaled or badly, at an input with a flat background."""
    torch.manual_seed(seed)
    pick = lambda *options: options[int(torch.randint(len(options), ()))]  # noqa: E731
    activation, gain, width = pick(*ACTIVATIONS), pick(0.5, 1.0, 3.0), pick(6, 12)
    parts: list[nn.Module] = []
    if pick(True, False):
        for channels in (1, width):
            norm = pick(nn.Identity(), nn.BatchNorm2d(width))
            parts += [
                nn.Conv2d(channels, width, 3, padding=1),
                norm,
                activation(),
                pick(nn.MaxPool2d(2), nn.AvgPool2d(2)),
            ]
        parts.append(nn.Flatten())
        size = width * 4
    else:
        parts.append(nn.Flatten())
        size = 64
    for _ in range(pick(1, 4, 16)):
        parts += [nn.Linear(size, width), pick(nn.Identity(), nn.LayerNorm(width)), activation()]
        size = width
    model = nn.Sequential(*parts, nn.Linear(size, 3)).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(gain)
    x = normal(1, 8, 8, seed=seed) * pick(0.1, 1.0, 30.0)
    x[:, :, :3] = 0
    return model, x


@pytest.mark.parametrize(("seed", "largest"), [(k, 0 if k % 3 == 0 else subject.LARGEST) for k in range(36)])
def test_random_networks(seed: int, largest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "LARGEST", largest)  # 0: checked in single precision
    model, x = random_network(seed)
    net = pf.Neurons(model)
    pf.push(net, pf.Gaussian.fit(normal(9, 1, 8, 8), rank=2), x)
    assert verify.is_reversible(net, x)


def test_a_dead_network() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2), nn.ReLU())
    with torch.no_grad():
        model[0].bias.fill_(-100)
    assert not pf.push(pf.Neurons(model), pf.Gaussian.isotropic((3,)), normal(3)).factor.any()


def test_a_network_for_positive_inputs_only() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh())
    model.forward = lambda x: model[1](model[0](x.log()))
    pf.push(pf.Neurons(model), pf.Gaussian.isotropic((3,)), torch.tensor([0.001, 1.0, 100.0]))


def test_a_network_at_the_edge_of_its_domain() -> None:
    pf.push(
        pf.Neurons(Module(lambda m, x: x.log().tanh())), pf.Gaussian.isotropic((3,)), torch.tensor([1e-9, 1.0, 1.0])
    )


def test_a_network_that_insists_on_half_precision() -> None:
    model = Module(lambda m, x: m.second(m.first(x.half()).relu()), **linear(3, 4)).half()
    F = pf.push(pf.Neurons(model), pf.Gaussian.isotropic((3,)), normal(3)).factor
    first = model.first.weight * (model.first(normal(3).half()) > 0)[:, None]
    torch.testing.assert_close(F[:4], first.float(), rtol=1e-2, atol=1e-2)


def test_a_network_with_huge_outputs() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    with torch.no_grad():
        model[2].bias.fill_(1e6)
    pf.push(pf.Neurons(model), pf.Gaussian.isotropic((3,)), normal(3))
