"""Real token swaps: those that move one set of neurons and leave another, against all there are."""

import pytest
import torch
from torch import nn

import pushforward as pf
from pushforward import structure
from pushforward.errors import BadInput
from pushforward.language.chance import Chance
from words import PROMPTS, Model, Padding, Words, pretrained


@pytest.fixture
def text():
    torch.manual_seed(0)
    return pf.text(Model().eval(), Words(), PROMPTS, layers="inside.*.1")


class Halves(nn.Module):
    """Half of the neurons read one half of each token's vector, half the other; 400 tokens in 20 × 20 kinds."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(400, 8)
        kinds = torch.randn(2, 20, 4)
        i = torch.arange(400)
        self.words.weight.data = torch.cat([kinds[0, i // 20], kinds[1, i % 20]], 1)
        self.layers = nn.ModuleList([nn.Linear(4, 6), nn.Linear(4, 6)])

    def forward(self, input_ids):
        x = self.words(input_ids)
        return torch.cat([torch.tanh(layer(part)) for layer, part in zip(self.layers, x.split(4, 2), strict=True)], 2)


class Numbers:
    """Tokens are numbers between blanks."""

    def __init__(self, size, special=()):
        self.size, self.all_special_ids = size, special

    def __call__(self, texts, **options):
        return {"input_ids": [[int(word) for word in text.split()] for text in texts]}

    def get_vocab(self):
        return {f"n{i}": i for i in range(self.size)}

    def decode(self, ids):
        return " ".join(f"n{i}" for i in ids)


def halves(special=()):
    torch.manual_seed(0)
    prompts = [f"{i} {(7 * i) % 400} {(31 * i) % 400}" for i in range(0, 400, 19)]
    return pf.text(Halves(), Numbers(400, special), prompts, layers=["output"])


def exhaustive(text, A, B, prompt):
    """Movement of A and off-target change of every swap, one pass each, by the model itself: (l, v)."""
    ids = text.X["original"]["input_ids"]
    sigma = text.net(text.X).std(0).double()
    embed = lambda rows: text.net(text.net.embed({"input_ids": rows})).double() / sigma  # noqa: E731
    every = ids[prompt].repeat(ids.shape[1], len(text.tokens), 1)
    for t in range(ids.shape[1]):
        every[t, :, t] = torch.arange(len(text.tokens))
    away = (embed(every.flatten(0, 1)) - embed(ids[prompt : prompt + 1])).detach()
    moved, fixed = (away[:, block].square().mean(1).sqrt().reshape(every.shape[:2]) for block in (A, B))
    return moved, fixed / moved


def test_every_number_is_that_of_a_real_pass(text):
    A, B = torch.arange(4), torch.arange(10, 14)
    swaps = text.swaps(A, B, prompt=2, distance=0.3, points=60, seed=0)
    moved, off_target = exhaustive(text, A, B, 2)
    assert swaps.total == 3 * 7
    assert swaps.measured == 21
    for swap in swaps.swaps:
        at = swap.position, list(text.tokens).index(swap.token)
        assert swap.tokens == tuple(PROMPTS[2].split())
        assert swap.moved == pytest.approx(float(moved[at]), rel=1e-4)
        assert swap.off_target == pytest.approx(float(off_target[at]), rel=1e-4)
    other = torch.arange(len(text.tokens)) != text.X["original"]["input_ids"][2][:, None]
    assert len(swaps.swaps) == min(20, int((moved[other] >= 0.3).sum())) > 0
    ratios = [swap.off_target / swap.chance for swap in swaps.swaps]
    assert ratios == sorted(ratios)
    assert swaps.ratio == pytest.approx(ratios[0])


def test_chance_is_the_median_of_those_that_move_as_much():
    torch.manual_seed(0)
    moved, off_target = torch.rand(2, 100).double()
    chance = Chance.of(moved, off_target).at(torch.tensor([0.0, 0.5, 2.0]))
    order = moved.argsort()
    assert float(chance[0]) == float(off_target[order[:32]].median())
    assert float(chance[2]) == float(off_target[order[-32:]].median())
    below = int((moved < 0.5).sum())
    assert float(chance[1]) == float(off_target[order[below - 16 : below + 16]].median())


def test_of_many_swaps_the_best_are_among_the_few_that_are_measured():
    text = halves()
    A, B = torch.arange(6), torch.arange(6, 12)
    swaps = text.swaps(A, B, prompt=3, points=240, seed=0)
    assert swaps.total == 3 * 399
    assert swaps.measured == 240
    moved, off_target = exhaustive(text, A, B, 3)
    best = (off_target < 1e-5) & (moved >= 0.5)
    hits = [s for s in swaps.swaps if s.off_target < 1e-5]
    assert len(hits) == 20  # of 1,197 swaps the 57 that keep the other half
    assert int(best.sum()) <= 57
    assert swaps.ratio < 1e-4
    assert "random ones that move A as much by" in swaps.verdict
    assert not swaps.verdict.startswith("no token")


def test_sets_that_read_the_same_are_told_so():
    text = halves()
    swaps = text.swaps([0, 2, 4], [1, 3, 5], points=240, seed=0)
    assert swaps.ratio > 0.02
    chance = [s.chance for s in swaps.swaps]
    assert 0.3 < sum(chance) / len(chance) < 3


def test_random_swaps_are_those_of_the_seed(text):
    one, two, other = (text.swaps([0, 1], [2, 3], points=30, seed=seed) for seed in (0, 0, 1))
    assert one == two
    assert len(one.random_moved) == 10
    assert not torch.equal(one.random_moved, other.random_moved)


def test_special_tokens_are_neither_replaced_nor_put_in():
    text = halves(special=range(1, 399))
    swaps = text.swaps([0], [6], prompt=0, distance=1e-6, seed=0)  # of the three tokens 0 0 0 each may be 399
    assert swaps.total == 3
    assert {s.token for s in swaps.swaps} == {"n399"}
    with pytest.raises(BadInput, match="no token that could be another"):
        text.swaps([0], [6], prompt=1, seed=0)


def test_several_prompts_and_padding():
    pytest.importorskip("transformers")
    torch.manual_seed(0)
    text = pf.text(pretrained("bert"), Padding(), ["the cat ran home away", "cat sat", "a dog ran"])
    swaps = text.swaps([0, 1], [12, 13], prompt=[1, -1], distance=1e-6, top=100, seed=0)
    assert swaps.total == swaps.measured == len(swaps.swaps) == (2 + 3) * 7
    assert {(s.prompt, s.position) for s in swaps.swaps} == {(1, 0), (1, 1), (2, 0), (2, 1), (2, 2)}
    assert text.swaps([0, 1], [12, 13], prompt=None, seed=0).total == 10 * 7


def test_a_contrast_says_which_prompt(text):
    c = pf.contrast(text.net, text.inputs, [0, 1], [12, 13], start=text.X, seed=0)
    swaps = text.swaps([0, 1], [12, 13], prompt=c, distance=1e-3, seed=0)
    assert {s.prompt for s in swaps.swaps} == {c.candidates[c.chosen].start}


def test_no_swap_that_goes_far_enough_is_an_answer(text):
    swaps = text.swaps([0, 1], [2, 3], distance=1e6, seed=0)
    assert swaps.swaps == ()
    assert swaps.verdict == "no swap that was measured moves A by 1e+06 σ"
    assert "nan" not in repr(swaps)
    swaps.plot()


def test_the_summary_and_the_figure_tell_the_words(text):
    swaps = text.swaps("inside.0.1", "inside.1.1", prompt=0, distance=0.1, seed=0)
    best = swaps.swaps[0]
    assert f"[{best.old} → {best.token}]" in str(swaps)
    assert any(f"→ {best.token}]" in t.get_text() for t in swaps.plot().findobj() if hasattr(t, "get_text"))


def test_what_is_refused(text):
    with pytest.raises(BadInput, match=r"`swaps\(prompt=6\)`: the number of a prompt, 0 … 5"):
        text.swaps([0], [1], prompt=6, seed=0)
    with pytest.raises(BadInput, match=r"`swaps\(top=0\)`: at least 1 is needed"):
        text.swaps([0], [1], top=0, seed=0)
    with pytest.raises(BadInput, match=r"`swaps\(points=5\)`: at least 6 is needed"):
        text.swaps([0], [1], points=5, seed=0)
    with pytest.raises(BadInput, match=r"`swaps\(distance=0\)`: a positive number"):
        text.swaps([0], [1], distance=0, seed=0)
    with pytest.raises(BadInput, match=r"in A and in B"):
        text.swaps([0, 1], [1, 2], seed=0)
    alone = pf.text(text.net.model, Words(), PROMPTS[:1])
    with pytest.raises(BadInput, match=r"there is one prompt.*two prompts or more"):
        alone.swaps([0], [1], seed=0)
    assert structure.length(text.X) == 6
