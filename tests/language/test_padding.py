"""Prompts of several lengths: padding is nothing to any neuron."""

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward import structure
from pushforward.errors import BadInput
from words import PROMPTS, WORDS, Model, Padding, Words, pretrained

SEVERAL = ["the cat ran home away", "cat sat", "a dog ran", "the dog sat home"]
FAMILIES = pytest.mark.parametrize("family", ["llama", "gpt2", "bert"])


@pytest.fixture
def model():
    torch.manual_seed(0)
    return Model().eval()


def of(family):
    pytest.importorskip("transformers")
    torch.manual_seed(0)
    return pretrained(family).double()


@FAMILIES
def test_values_and_factors_are_those_without_padding(family):
    model = of(family)
    text = pf.text(model, Padding(), SEVERAL)
    assert text.X["embedding"].shape == (4, 5, 8)
    values = text.net(text.X)
    for i, prompt in enumerate(SEVERAL):
        alone = pf.text(model, Words(), [prompt])
        torch.testing.assert_close(values[i], alone.net(alone.X)[0], atol=1e-5, rtol=1e-5)
        wanted = pf.push(alone.net, alone.inputs, structure.item(alone.X, 0)).factor
        factor = pf.push(text.net, text.inputs, structure.item(text.X, i)).factor
        real = 8 * len(prompt.split())
        torch.testing.assert_close(factor[:, :real], wanted, atol=1e-5, rtol=1e-5)
        assert not factor[:, real:].any()


@pytest.mark.slow
@pytest.mark.parametrize(
    "family", ["bert", *(pytest.param(other, marks=pytest.mark.slow) for other in ("llama", "gpt2"))]
)
def test_the_verbs_take_them(family):
    text = pf.text(of(family), Padding(), SEVERAL * 2)
    pf.find_modules(*text[:3], points=4, nulls=19, sample=50, seed=0)
    c = pf.contrast(text.net, text.inputs, text.net.select()[:4], text.net.select()[4:8], start=text.X, seed=0)
    assert {len(row) for row in text.decode(c.a.frames)} <= {2, 3, 4, 5}


def test_padding_is_not_decoded_and_length_cuts():
    text = pf.text(of("bert"), Padding(), SEVERAL)
    assert text.decode(text.X) == [prompt.split() for prompt in SEVERAL]
    text = pf.text(of("bert"), Padding(), SEVERAL, length=3)
    assert text.decode(text.X) == [prompt.split()[:3] for prompt in SEVERAL]


def test_prompts_of_one_length_have_no_mask():
    assert set(pf.text(of("llama"), Padding(), PROMPTS).X["original"]) == {"input_ids"}


def test_what_cannot_pad_is_refused_with_the_lengths(model):
    prompts = [*PROMPTS, "the cat ran home", "cat sat"]
    with pytest.raises(BadInput, match=r"1 of 2, 6 of 3, 1 of 4 tokens.*no token for padding.*`length=2`"):
        pf.text(model, Words(), prompts)
    with pytest.raises(BadInput, match=r"2 … 4 tokens, and Model takes no `attention_mask`.*`length=2`"):
        pf.text(model, Padding(), prompts)
    with pytest.raises(BadInput, match=r"2 … 5 tokens, and `unit=\"position\"` makes a neuron of each.*`length=2`"):
        pf.text(of("bert"), Padding(), SEVERAL, unit="position")
    assert pf.text(model, Words(), prompts, length=2).X["embedding"].shape == (8, 2, 6)


class Careless(nn.Module):
    """Takes a mask and looks at the token behind, padding or not."""

    def __init__(self):
        super().__init__()
        self.words, self.layer = nn.Embedding(len(WORDS), 6), nn.Linear(6, 6)

    def forward(self, input_ids, attention_mask):
        x = self.words(input_ids)
        return torch.tanh(self.layer(x + x.roll(-1, 1))) * attention_mask[:, :, None]


def test_a_model_to_which_padding_matters_is_refused():
    torch.manual_seed(0)
    with pytest.raises(BadInput, match=r"padding changes layer .* of this model although.*`length=2`"):
        pf.text(Careless(), Padding(), SEVERAL)


def test_a_tokenizer_that_does_not_cut_is_told_so(model):
    def whole(texts, **options):
        return Words()(texts)

    whole.get_vocab = Words().get_vocab
    with pytest.raises(BadInput, match=r"the tokenizer does not cut prompts: 6 of 3 tokens"):
        pf.text(model, whole, PROMPTS, length=2)


def test_another_prompt_is_padded_like_the_others():
    text = pf.text(of("gpt2"), Padding(), SEVERAL)
    for i, prompt in enumerate(SEVERAL):
        x = structure.leaves(text.embed(prompt))
        for name, part in structure.leaves(structure.item(text.X, i)).items():
            assert torch.equal(x[name], part), name
    with pytest.raises(BadInput, match="at most 5 are needed"):
        text.embed("the cat ran home away away")
