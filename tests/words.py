"""A tokenizer and models of language that are made up, small, and drawn from a seed."""

import torch
from torch import nn

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


class Padding(Words):
    """The same with a token for padding."""

    pad_token_id = 0


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


def pretrained(family, positions=8):
    """A small model of transformers with weights drawn from the seed of torch."""
    import transformers

    common = {"vocab_size": len(WORDS), "pad_token_id": None, "bos_token_id": 0, "eos_token_id": 0}
    small = {"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 12}
    if family == "llama":
        return transformers.LlamaForCausalLM(transformers.LlamaConfig(**common, **small, num_key_value_heads=1)).eval()
    if family == "gpt2":
        config = transformers.GPT2Config(**common, n_embd=8, n_layer=2, n_head=2, n_positions=positions)
        return transformers.GPT2LMHeadModel(config).eval()
    config = transformers.BertConfig(**{**common, "pad_token_id": 0}, **small)
    return transformers.BertModel(config, add_pooling_layer=False).eval()
