"""Files: those of version 0.1, damaged and foreign ones, and every kind of value that a field can hold."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

import pushforward as pf
from pushforward import codec, store

OLD = sorted((Path(__file__).parent / "data").glob("*.safetensors"))


@pytest.mark.parametrize("file", OLD, ids=lambda file: file.stem)
def test_files_of_version_01_still_load(file, tmp_path):
    result = pf.load(file)
    assert type(result).__name__ == file.stem
    assert pf.load(result.save(tmp_path / "again.safetensors")) == result
    assert str(result)
    assert result.columns()


def test_what_was_in_an_old_file_is_there():
    modules, topology, trials = (
        pf.load(next(f for f in OLD if f.stem == k)) for k in ("Modules", "Topology", "LatentTrials")
    )
    assert [len(block) for block in modules.blocks] == [32, 28]
    assert modules.evidence.null
    assert modules.significant  # by the rule of its version
    assert modules.evidence.needed == pytest.approx(modules.evidence.mean + 0.08 * (1 - modules.evidence.mean))
    assert (topology.name, topology.betti[2]) == ("circle", (1, 1))
    assert [row.verdict for row in trials] == ["rejected"] * 3
    assert trials[0].readings.coverage.low < trials[0].readings.coverage.value
    assert repr(trials[2].latent) == "Disjoint([Interval(), Circle(dim=1, radii=(1.0,))])" or "Circle" in repr(
        trials[2].latent
    )


def test_an_old_file_that_does_not_fit_says_so(tmp_path):
    store.save(tmp_path / "x", {"links": torch.ones(1)}, {"kind": "Path", "format": 1, "energy": 1.0})
    with pytest.raises(pf.errors.UnreadableFile, match=r"version 0\.1.*cannot make a Path.*Compute it again"):
        pf.load(tmp_path / "x")


def test_foreign_and_missing_files_are_named(tmp_path):
    with pytest.raises(pf.errors.UnreadableFile, match="there is no file"):
        pf.load(tmp_path / "nothing")
    with pytest.raises(pf.errors.UnreadableFile, match=r"is a folder\. Name a file in it"):
        pf.load(tmp_path)
    (tmp_path / "text").write_text("hello")
    with pytest.raises(pf.errors.UnreadableFile, match="was not written by pushforward"):
        pf.load(tmp_path / "text")
    save_file({"w": torch.ones(2)}, tmp_path / "theirs")
    with pytest.raises(pf.errors.UnreadableFile, match="was not written by pushforward"):
        pf.load(tmp_path / "theirs")
    save_file({"w": torch.ones(2)}, tmp_path / "odd", {"pushforward": "[1]"})
    with pytest.raises(pf.errors.UnreadableFile, match="does not say what it holds"):
        pf.load(tmp_path / "odd")


def test_other_kinds_are_named(example, tmp_path):
    store.save(tmp_path / "run", {}, {"kind": "modularity.checkpoint"})
    with pytest.raises(pf.errors.UnreadableFile, match=r"holds 'modularity.checkpoint': a run resumes.*`checkpoint=`"):
        pf.load(tmp_path / "run")
    store.save(tmp_path / "judge", {}, {"kind": "Judge"})
    with pytest.raises(pf.errors.UnreadableFile, match=r"holds 'Judge'\. `pf\.load` reads"):
        pf.load(tmp_path / "judge")
    file = example("Lesions").save(tmp_path / "lesions")
    with pytest.raises(pf.errors.UnreadableFile, match="holds 'Lesions', not 'Modules'"):
        pf.results.Modules.load(file)


def test_a_cut_file_is_no_result(example, tmp_path):
    file = example("Modules").save(tmp_path / "whole")
    (tmp_path / "cut").write_bytes(file.read_bytes()[:-40])
    with pytest.raises(pf.errors.UnreadableFile, match="is damaged"):
        pf.load(tmp_path / "cut")


@pytest.mark.parametrize(
    "content",
    [
        {"of": "Lesions", "fields": {}},
        {"of": "Path", "fields": {}},
        {"tensor": "lost"},
        {"strange": 1},
        {"tuple": [1]},
        {"a": 1, "b": 2},
        None,
    ],
)
def test_content_that_makes_no_result_is_damage(content, tmp_path):
    store.save(tmp_path / "x", {}, {"kind": "Lesions", "format": 2, "content": content})
    with pytest.raises(pf.errors.UnreadableFile, match=r"is damaged: it holds no whole Lesions.*Save it again"):
        pf.load(tmp_path / "x")


def test_a_file_of_a_later_format_says_which_version_wrote_it(tmp_path):
    store.save(tmp_path / "x", {}, {"kind": "Lesions", "format": 3, "library": "9.9", "content": None})
    with pytest.raises(pf.errors.UnreadableFile, match=r"pushforward 9\.9, in a form that this version does not know"):
        pf.load(tmp_path / "x")


def test_a_generator_is_loaded_too(tmp_path):
    X = torch.randn(64, 2)
    gen = pf.Generator.fit(X, pf.latents.Circle(), seed=0, training=pf.settings.Training(steps=1, batch=8))
    again = pf.load(gen.save(tmp_path / "gen"))
    assert torch.equal(again.encode(X), gen.encode(X))


def test_a_run_puts_its_weights_into_a_model(example, tmp_path):
    run = example("ModularRun")
    again = pf.load(run.save(tmp_path / "run"))
    assert (again.model, again.net, again.inputs) == (None, None, None)
    torch.manual_seed(5)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    assert again.restore(model) is model
    x = torch.randn(3, 4)
    assert torch.equal(model(x), run.model(x))


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (nn.Sequential(nn.Linear(4, 8), nn.Tanh()), "has no '2.weight'"),
        (nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3)), "has another shape of '2.weight'"),
        (nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2), nn.Linear(2, 2)), "also has '3.weight'"),
    ],
)
def test_another_architecture_is_refused_and_left_alone(example, model, why):
    before = {name: t.clone() for name, t in model.state_dict().items()}
    with pytest.raises(pf.errors.BadInput, match=rf"{why}.*Give a Sequential built like the one that was trained"):
        example("ModularRun").restore(model)
    assert all(torch.equal(t, before[name]) for name, t in model.state_dict().items())


class Pair(NamedTuple):
    first: int
    second: "torch.Tensor"


@dataclass(frozen=True)
class Anything:
    value: object
    pair: Pair | None = None
    options: Mapping[str, int] = field(default_factory=dict)
    link: object = field(default=None, compare=False)


VALUES = [
    None, True, 3, -2.5, math.nan, math.inf, -math.inf, "a · β", (), [], {},
    (1, (2, [3, {"k": (None,)}])), {2: (1, 0), "a": {"b": [torch.ones(1)]}, (1, 2): math.nan},
    {"a.b": torch.zeros(1), "a": {"b": torch.ones(1)}}, np.float32(0.5), np.int64(7), np.arange(3)[::2],
    torch.zeros(0, 3), torch.tensor(1.5), torch.ones(4, 3).T, torch.arange(6).reshape(2, 3)[:, ::2],
    torch.tensor([math.nan, -math.inf, 0.0]), torch.ones(3).size(),
    *(torch.ones(2, 2).to(dtype) for dtype in (
        torch.bool, torch.uint8, torch.int8, torch.int64, torch.float16, torch.bfloat16, torch.float64,
        torch.complex64, torch.complex128, torch.float8_e4m3fn,
    )),
    torch.tensor([1 + 2j, 3 - 1j]).conj(), nn.Parameter(torch.ones(2)),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda value: f"{type(value).__name__} {value}"[:40].replace("\n", ""))
def test_every_kind_of_value_survives(value, tmp_path):
    whole = Anything(value, Pair(1, torch.ones(2)), {"n": 1}, link=object())
    file = codec.write(whole, tmp_path / "x")
    again = codec.read(file, Anything)
    assert codec.same(again, whole)
    assert not codec.same(again, Anything(value, Pair(2, torch.ones(2)), {"n": 1}))
    assert not codec.same(again, Anything("another", Pair(1, torch.ones(2)), {"n": 1}))
    assert isinstance(again.pair, Pair)
    assert again.link is None
    if isinstance(value, torch.Tensor):
        assert (again.value.dtype, again.value.shape) == (value.dtype, value.shape)
    header = store.load(file, "Anything")[1]
    json.dumps(header, allow_nan=False)


def test_one_memory_under_two_names_is_written_twice(tmp_path):
    t = torch.arange(4.0)
    again = codec.read(codec.write(Anything((t, t, t[1:])), tmp_path / "x"), Anything)
    assert codec.same(again.value, (t, t, t[1:]))


def test_what_has_no_form_in_a_file_is_named(tmp_path):
    with pytest.raises(pf.errors.BadInput, match=r"value\.0 is object, which has no form in a file"):
        codec.write(Anything((object(),)), tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_values_differ_by_dtype_shape_and_content():
    ones = torch.ones(2)
    assert codec.same(torch.tensor([math.nan]), torch.tensor([math.nan]))
    for other in (ones.double(), ones[:, None], ones + 1, torch.tensor([1.0, math.nan]), (1.0, 1.0)):
        assert not codec.same(ones, other)
