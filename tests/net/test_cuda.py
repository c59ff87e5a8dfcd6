"""On a GPU everything follows the device of the input, and the factor is that of the CPU."""

import copy

import pytest
import torch
from torch import nn

import pushforward as pf
from networks import ZOO, Case
from parts import normal

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
NAMES = (
    "CNN",
    "residual",
    "`nn.TransformerEncoder`, which",
    "LSTM, two",
    "GRU, two",
    "`F.scaled_dot_product_attention`, causal",
)
CASES = [case for case in ZOO if case.name.startswith(NAMES)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_factor_is_that_of_the_cpu(case: Case) -> None:
    model, x = case.model(), case.x()
    inputs = pf.Gaussian.fit(normal(20, *x.shape), rank=4)
    wanted = pf.push(pf.Neurons(model), inputs, x)
    net = pf.Neurons(copy.deepcopy(model).cuda())
    net.programs.announce(1000)
    for _ in range(3):  # eagerly, then by the traced program
        result = pf.push(net, inputs, x.cuda())
        assert result.factor.device.type == "cuda"
        torch.testing.assert_close(result.factor.cpu(), wanted.factor, rtol=1e-3, atol=1e-4)
    J = pf.jacobian(net, x.cuda())
    torch.testing.assert_close(J.T.dense().T, J.dense(), rtol=1e-3, atol=1e-4)
    assert result.correlation(0, torch.arange(3)).shape == (3,)
    assert result.svd().S.device.type == "cuda"


def test_covariance_on_the_device() -> None:
    X = normal(50, 6).cuda()
    L = pf.Gaussian.fit(X).L
    assert L.device.type == "cuda"
    torch.testing.assert_close((L @ L.T).cpu(), torch.cov(X.T.cpu()), rtol=1e-4, atol=1e-5)


def test_device_of_the_input_is_explained() -> None:
    with pytest.raises(
        pf.errors.BadInput, match=r"weights are torch.float32 on cpu, the input is torch.float32 on cuda:0"
    ):
        pf.Neurons(nn.Sequential(nn.Linear(3, 4), nn.ReLU()))(normal(2, 3).cuda())
