"""`pf.text`: a model of language as the verbs take it."""

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward import structure
from pushforward.errors import BadInput
from words import PROMPTS, WORDS, Model, Words, pretrained


@pytest.fixture
def model():
    torch.manual_seed(0)
    return Model().eval()


def test_what_comes_out_is_what_the_verbs_take(model):
    text = pf.text(model, Words(), PROMPTS)
    assert text.net.start == "words"
    assert text.net.layers == ("inside.0.1", "inside.1.1")
    assert len(text.net) == 20
    assert text.X["embedding"].shape == (6, 3, 6)
    torch.testing.assert_close(text.X["embedding"], model.words(text.X["original"]["input_ids"]))
    F = pf.push(text.net, text.inputs, structure.item(text.X, 0)).factor
    assert F.shape == (20, 18)
    modules = pf.find_modules(*text[:3], points=4, nulls=19, sample=50, seed=0)
    assert len(modules.layers) == 2


def test_it_is_shown_in_a_line(model):
    parts = ("Neurons(Model, 20 neurons in 2 layers)", "6 prompts of 3 tokens", f"Vocabulary({len(WORDS)} tokens)")
    assert repr(pf.text(model, Words(), PROMPTS)) == f"Text({', '.join(parts)})"


def test_the_noise_is_as_wide_as_the_vocabulary(model):
    model.words.weight.data *= 3.0
    text = pf.text(model, Words(), PROMPTS)
    rows = text.inputs.chart(structure.item(text.X, 0)).tangents(0, 18)
    wanted = (model.words.weight - model.words.weight.mean(0)).square().sum(0).div(len(WORDS) - 1).mean().sqrt()
    torch.testing.assert_close(rows, wanted.detach() * torch.eye(18))


def test_layers_and_unit_are_those_of_neurons(model):
    text = pf.text(model, Words(), PROMPTS, layers="inside.1.1", unit="position")
    assert text.net.layers == ("inside.1.1",)
    assert text.net(text.X).shape == (6, 30)
    assert pf.text(model, Words(), PROMPTS, layers=["output*"]).net(text.X).shape == (6, len(WORDS))


def test_a_vector_is_decoded_to_the_nearest_token(model):
    text = pf.text(model, Words(), PROMPTS)
    assert text.decode(text.X) == [prompt.split() for prompt in PROMPTS]
    near = text.X["embedding"] + 0.01
    assert text.decode(near) == [prompt.split() for prompt in PROMPTS]
    with pytest.raises(BadInput, match=r"one input is a batch as `x\[None\]`"):
        text.decode(near[0])


def test_the_vocabulary_names_tokens_in_strips(model):
    text = pf.text(model, Words(), PROMPTS)
    assert tuple(text.tokens) == WORDS
    torch.testing.assert_close(text.tokens["dog"], model.words.weight[3].detach())
    c = pf.contrast(text.net, text.inputs, "inside.0.1", "inside.1.1", start=text.X, seed=0)
    c.plot(tokens=text.tokens)
    assert {word for row in text.decode(c.a.frames) for word in row} <= set(WORDS)


def test_names_that_are_taken_or_no_text_are_the_tokens_themselves(model):
    class Pieces(Words):
        def decode(self, ids):
            return {0: "", 1: "x", 2: "x", 3: "\ufffd"}.get(ids[0], WORDS[ids[0]])

    assert tuple(pf.text(model, Pieces(), PROMPTS).tokens)[:5] == ("a", "x", "cat", "dog", "sat")


def test_vectors_are_as_the_embedding_gives_them(model):
    class Scaled(nn.Embedding):
        def forward(self, ids):
            return 5 * super().forward(ids)

    model.words = Scaled(len(WORDS), 6)
    text = pf.text(model, Words(), PROMPTS)
    torch.testing.assert_close(text.tokens["a"], 5 * model.words.weight[0].detach())
    assert text.decode(text.X) == [prompt.split() for prompt in PROMPTS]


def test_prompts_longer_than_the_model_takes_are_refused(model):
    long = "the cat ran home away home"
    with pytest.raises(BadInput, match=r"up to 6 tokens; the model takes at most 5. Cut them, `length=5`"):
        pf.text(model, Words(), [long])
    assert pf.text(model, Words(), [long], length=5).X["embedding"].shape == (1, 5, 6)


@pytest.mark.parametrize("prompts", ["the cat sat", [], [1, 2]])
def test_prompts_are_a_list_of_strings(model, prompts):
    with pytest.raises(BadInput, match=r"(a list of one string or more|a list of items, each a string) is needed"):
        pf.text(model, Words(), prompts)


def test_what_else_is_refused(model):
    with pytest.raises(BadInput, match="at least one token is needed"):
        pf.text(model, Words(), PROMPTS, length=0)
    with pytest.raises(BadInput, match=r"without a token.*Leave them out"):
        pf.text(model, Words(), ["the cat", ""])
    with pytest.raises(BadInput, match=r"behaves as those of Hugging Face"):
        pf.text(model, lambda texts: {"input_ids": torch.zeros(2, 3)}, PROMPTS)
    with pytest.raises(BadInput, match=r"no `nn.Embedding`\. Make `pf.Neurons"):
        pf.text(nn.Linear(2, 2), Words(), PROMPTS)
    with pytest.raises(BadInput, match="several embeddings, '0', '1'"):
        pf.text(nn.Sequential(nn.Embedding(2, 2), nn.Embedding(2, 2)), Words(), PROMPTS)
    model.get_input_embeddings = lambda: model.inside
    with pytest.raises(BadInput, match=r"a ModuleList, which has no `weight`"):
        pf.text(model, Words(), PROMPTS)


def test_a_model_is_called_by_position_if_it_names_its_tokens_otherwise():
    torch.manual_seed(0)
    text = pf.text(nn.Sequential(nn.Embedding(8, 4), nn.Linear(4, 5), nn.Tanh()), Words(), PROMPTS)
    assert text.net.start == "0"
    assert text.net(text.X).shape == (6, 5)  # the only activation is the output


@pytest.mark.parametrize("family", ["llama", "gpt2", "bert"])
def test_models_of_transformers(family):
    pytest.importorskip("transformers")
    torch.manual_seed(0)
    model = pretrained(family, positions=4)
    bert = "encoder.layer"
    start, layers, size = {
        "llama": ("model.embed_tokens", [f"model.layers.{i}.mlp.act_fn" for i in range(2)], 12),
        "gpt2": ("transformer.wte", [f"transformer.h.{i}.mlp.act" for i in range(2)], 32),
        "bert": ("embeddings.word_embeddings", [f"{bert}.{i}.intermediate.intermediate_act_fn" for i in range(2)], 12),
    }[family]
    text = pf.text(model, Words(), PROMPTS)
    assert text.net.start == start
    assert text.net.layers == tuple(layers)
    assert pf.push(text.net, text.inputs, structure.item(text.X, 0)).factor.shape == (2 * size, 24)
    if family == "gpt2":
        with pytest.raises(BadInput, match="the model takes at most 4"):
            pf.text(model, Words(), ["the cat ran home away"])


def test_rank_takes_so_many_directions_of_the_vocabulary_at_each_position(model):
    text = pf.text(model, Words(), PROMPTS, rank=2)
    one = structure.item(text.X, 0)
    T = text.inputs.chart(one).tangents(0, 6).reshape(3, 2, 3, 6)
    leading = torch.linalg.svd(model.words.weight - model.words.weight.mean(0)).S[:2] / 7**0.5
    for t in range(3):
        torch.testing.assert_close(T[t, :, t].norm(dim=1), leading.detach())
        assert not T[t, :, [s for s in range(3) if s != t]].any()
    assert pf.push(text.net, text.inputs, one).factor.shape == (20, 6)


def test_another_prompt_becomes_an_input_like_the_others(model):
    text = pf.text(model, Words(), PROMPTS)
    x = text.embed(PROMPTS[1])
    torch.testing.assert_close(x["embedding"], text.X["embedding"][1])
    assert text.decode(structure.batch(x)) == [PROMPTS[1].split()]
    with pytest.raises(BadInput, match="as many as the others have"):
        text.embed("dog")


@pytest.mark.parametrize("reason", [TypeError("t"), ValueError("v"), KeyError("k"), IndexError("i"), RuntimeError("r")])
def test_what_is_no_tokenizer_is_told_whatever_it_raises(model, reason):
    def tokenizer(*_, **__):
        raise reason

    with pytest.raises(BadInput, match=r"`text\(tokenizer\)`: function failed \(.*a tokenizer that behaves"):
        pf.text(model, tokenizer, PROMPTS)
    with pytest.raises(BadInput, match=r"too many dimensions.*a tokenizer that behaves"):
        pf.text(model, torch.tensor, PROMPTS)
