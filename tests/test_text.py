"""`pf.text`: a model of language as the verbs take it."""

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward import structure
from pushforward.errors import BadInput

WORDS = ("a", "the", "cat", "dog", "sat", "ran", "home", "away")
PROMPTS = ["the cat sat", "the dog ran", "a cat ran", "a dog sat", "the cat ran", "a cat sat"]


class Words:
    """A tokenizer of words between blanks."""

    def __call__(self, texts, truncation=False, max_length=None):
        rows = [[WORDS.index(word) for word in text.split()] for text in texts]
        return {"input_ids": [row[:max_length] if truncation else row for row in rows]}

    def get_vocab(self):
        return {word: i for i, word in enumerate(WORDS)}

    def decode(self, ids):
        return " ".join(WORDS[i] for i in ids)


class Config:
    max_position_embeddings = 5


class Model(nn.Module):
    """A residual network on the embeddings of tokens, which looks at the token before."""

    def __init__(self):
        super().__init__()
        self.config = Config()
        self.words = nn.Embedding(len(WORDS), 6)
        self.places = nn.Embedding(5, 6)
        self.inside = nn.ModuleList([nn.Sequential(nn.Linear(12, 10), nn.GELU(), nn.Linear(10, 6)) for _ in range(2)])
        self.head = nn.Linear(6, len(WORDS))

    def get_input_embeddings(self):
        return self.words

    def forward(self, input_ids):
        x = self.words(input_ids) + self.places(torch.arange(input_ids.shape[1]))
        for layer in self.inside:
            x = x + layer(torch.cat([x, x.roll(1, 1)], 2))
        return {"logits": self.head(x)}


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


def test_prompts_of_several_lengths_are_refused_with_their_lengths(model):
    prompts = [*PROMPTS, "the cat ran home", "cat sat"]
    with pytest.raises(BadInput, match=r"differ in length: 1 of 2, 6 of 3, 1 of 4 tokens.*`length=2`"):
        pf.text(model, Words(), prompts)
    with pytest.raises(BadInput, match=r"although they were cut to 3: 1 of 2, 7 of 3 tokens.*`length=2`"):
        pf.text(model, Words(), prompts, length=3)
    assert pf.text(model, Words(), prompts, length=2).X["embedding"].shape == (8, 2, 6)


def test_prompts_longer_than_the_model_takes_are_refused(model):
    long = "the cat ran home away home"
    with pytest.raises(BadInput, match=r"up to 6 tokens; the model takes at most 5. Cut them, `length=5`"):
        pf.text(model, Words(), [long])
    assert pf.text(model, Words(), [long], length=5).X["embedding"].shape == (1, 5, 6)


@pytest.mark.parametrize("prompts", ["the cat sat", [], [1, 2]])
def test_prompts_are_a_list_of_strings(model, prompts):
    with pytest.raises(BadInput, match="a list of one string or more is needed"):
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
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    common = {"vocab_size": len(WORDS), "pad_token_id": None, "bos_token_id": 0, "eos_token_id": 0}
    small = {"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 12}
    if family == "llama":
        model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**common, **small, num_key_value_heads=1))
        start, layers, size = "model.embed_tokens", {"model.layers.0.mlp.act_fn", "model.layers.1.mlp.act_fn"}, 12
    elif family == "gpt2":
        config = transformers.GPT2Config(**common, n_embd=8, n_layer=2, n_head=2, n_positions=4)
        model, start = transformers.GPT2LMHeadModel(config), "transformer.wte"
        layers, size = {"transformer.h.0.mlp.act", "transformer.h.1.mlp.act"}, 32
    else:
        config = transformers.BertConfig(**{**common, "pad_token_id": 0}, **small)
        model, start = transformers.BertModel(config, add_pooling_layer=False), "embeddings.word_embeddings"
        layers, size = {f"encoder.layer.{i}.intermediate.intermediate_act_fn" for i in range(2)}, 12
    text = pf.text(model.eval(), Words(), PROMPTS)
    assert text.net.start == start
    assert set(text.net.layers) == layers
    assert pf.push(text.net, text.inputs, structure.item(text.X, 0)).factor.shape == (2 * size, 24)
    if family == "gpt2":
        with pytest.raises(BadInput, match="the model takes at most 4"):
            pf.text(model, Words(), ["the cat ran home away"])
