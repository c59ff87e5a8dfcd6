"""Networks of other packages, as they are: skipped where a package is not installed."""

from typing import Any

import pytest
import torch

import pushforward as pf
import reference
from parts import normal
from pushforward import structure

pytestmark = pytest.mark.slow


def assert_right(model: torch.nn.Module, x: Any, **options: Any) -> None:
    net, inputs = (
        pf.Neurons(model, **options),
        pf.Gaussian.fit(structure.unflat(normal(6, structure.flat(x).numel()), x)),
    )
    F = pf.push(net, inputs, x).factor
    wanted = reference.factor(net.model, x, inputs.L.T, **options)
    for layer in net.table:
        a, b = (part[layer.start : layer.stop].double() for part in (F, wanted))
        assert (a - b).norm() <= 1e-4 * b.norm() + 1e-6, layer.name


def test_diffusion_model_of_diffusers() -> None:
    diffusers = pytest.importorskip("diffusers", reason="needs `pip install diffusers`")
    torch.manual_seed(0)
    model = diffusers.UNet2DModel(
        sample_size=8, in_channels=1, out_channels=1, layers_per_block=1, block_out_channels=(8, 8), norm_num_groups=4,
        down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=4,
    ).eval()  # fmt: skip
    assert_right(model, {"sample": normal(1, 8, 8), "timestep": torch.tensor(3)})


@pytest.mark.parametrize("name", ["resnet10t", "mobilenetv3_small_050", "convnext_atto"])
def test_vision_networks_of_timm(name: str) -> None:
    timm = pytest.importorskip("timm", reason="needs `pip install timm` and torchvision", exc_type=ImportError)
    torch.manual_seed(0)
    assert_right(timm.create_model(name, pretrained=False, num_classes=5).eval(), normal(3, 32, 32))


def test_wrappers_of_nnsight() -> None:
    nnsight = pytest.importorskip("nnsight", reason="needs `pip install nnsight`", exc_type=ImportError)
    assert_right(nnsight.NNsight(torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU())), normal(3))
