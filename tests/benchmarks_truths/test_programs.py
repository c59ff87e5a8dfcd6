import itertools

import pytest
import torch

from pushforward.errors import BadInput
from truths import glue
from truths.programs import PROGRAMS, Glued, Stream, Value, compiled, language
from truths.truth import overlap_between

STREAMS = (Stream(5, 8), Stream(3, 5))
NAMES = list(PROGRAMS)
PAIR = ["sort", "induction"]


def expected(value: Value, width: int, *, numeric: bool) -> torch.Tensor:
    """What the output directions hold: a number, the shares of categories, or nothing."""
    if value is None:
        return torch.zeros(width)
    if isinstance(value, list):
        return torch.tensor(value)
    return torch.tensor([float(value)]) if numeric else torch.eye(width)[int(value)]


def error(glued: Glued) -> float:
    """How far all programs are from their references at clean inputs, at most."""
    with torch.no_grad():
        Y = glued.model(glued.clean())[:, 1:]
    largest = 0.0
    for p, part in enumerate(glued.programs):
        for tokens, y in zip(glued.tokens, Y[:, :, glued.places[p]], strict=True):
            mine = tokens[p % len(tokens)].tolist()
            values = part.program.reference(mine, part.stream.vocabulary)
            wanted = [expected(v, part.output.width, numeric=bool(part.output.numbers)) for v in values]
            largest = max(largest, float((torch.stack(wanted) - y).abs().max()))
    return largest


@pytest.mark.parametrize("stream", STREAMS, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_a_compiled_program_does_what_its_reference_does(name, stream):
    assert error(glue(1, names=[name], stream=stream, points=25)) < 5e-3


def test_there_are_many_programs_no_two_of_them_alike():
    assert len(PROGRAMS) >= 50
    made = [compiled(one, STREAMS[0]).output for one in PROGRAMS.values()]
    assert len(set(made)) == len(PROGRAMS)
    assert sum(compiled(one, STREAMS[0]).whole for one in PROGRAMS.values()) >= 30
    assert not compiled(PROGRAMS["substitute"], STREAMS[0]).whole
    strings = list(itertools.product(range(3), repeat=5))
    answers = {name: str([[*one.reference(t, 3)] for t in strings]) for name, one in PROGRAMS.items()}
    assert len(set(answers.values())) == len(PROGRAMS)


@pytest.mark.parametrize("kind", ["separate", "shared"])
@pytest.mark.parametrize("seed", [0, 5])
def test_glued_programs_still_do_what_they_did(seed, kind):
    glued = glue(seed, kind=kind, points=12)
    assert error(glued) < 5e-3
    assert 2 <= glued.count <= 4
    assert glued.net.layers == glued.layers
    assert len(glued.net) == len(glued.labels)
    assert all(part.whole for part in glued.programs)
    for a, b in itertools.combinations(glued.programs, 2):
        assert not a.variables & b.variables


@pytest.mark.parametrize("unit", ["channel", "position"])
@pytest.mark.parametrize("skew", [1.0, 2.0])
def test_programs_on_separate_tokens_have_orthogonal_gradients(unit, skew):
    glued = glue(0, unit=unit, skew=skew)
    assert overlap_between(glued, glued.labels, points=1) < 1e-3
    shared = glue(0, kind="shared", unit=unit)
    assert shared.exact is None
    assert overlap_between(shared, shared.labels, points=1) > 0.3


def test_a_unit_without_its_label_does_not_reach_the_output_of_its_program():
    glued = glue(2, names=PAIR, points=8)
    clean = glued.clean()
    with torch.no_grad():
        before = glued.model(clean)
        block = glued.model.get_submodule("blocks.1")
        table = {layer.name: slice(layer.start, layer.stop) for layer in glued.net.table}
        owner = glued.labels[table["blocks.1.mix"]]
        block.get_buffer("P")[owner == 1] = 0.0
        after = glued.model(clean)
    sort, induction = glued.places
    assert (after - before)[..., sort].abs().max() < 1e-4
    assert (after - before)[..., induction].abs().max() > 0.5


def test_a_program_that_begins_later_does_the_same():
    late = [glue(seed, names=["substitute", "sort"], points=4) for seed in range(6)]
    starts = {min(int(n.split(".")[1]) for n, p in zip(_names(g), g.labels, strict=True) if p == 0) for g in late}
    assert len(starts) > 1
    assert max(error(g) for g in late) < 5e-3


def _names(glued: Glued) -> list[str]:
    return [layer.name for layer in glued.net.table for _ in range(layer.size)]


def test_seeds_repeat_and_the_global_generator_is_left_alone():
    before = torch.get_rng_state()
    one, two = glue(7), glue(7)
    assert torch.equal(torch.get_rng_state(), before)
    assert one.name == two.name
    assert torch.equal(one.activations(), two.activations())
    assert len({glue(seed, points=1).name for seed in range(20)}) == 20


@pytest.mark.parametrize(
    ("make", "cure"),
    [
        (lambda s: glue(0, names=["sorting"]), "Choose of: .*sort"),
        (lambda s: glue(0, count=100), "Use fewer"),
        (lambda s: language.category(lambda x: x, 2, s.tokens), "Use a larger `size`"),
        (lambda s: language.test(s.tokens, language.number(float, s.tokens), int.__eq__), "Use `category"),
    ],
)
def test_what_cannot_be_is_refused(make, cure):
    with pytest.raises(BadInput, match=cure):
        make(STREAMS[0])
