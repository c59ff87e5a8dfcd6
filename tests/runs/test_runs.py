"""Runs: what is asked again is read, what differs is computed, and what is in the folder is known."""

import json
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

import pushforward as pf
from pushforward import codec, manifest
from pushforward.modules import Lesions
from pushforward.page import modules_of
from pushforward.runs import Run, recorded
from pushforward.training import IDLE
from slowly import slowly


@dataclass
class Unwritable:
    thing: object


@pytest.fixture
def truth():
    return pf.datasets.planted(60, modules=2, seed=0)


def find(truth, run, **options):
    net = pf.Neurons(truth.model)
    return pf.find_modules(
        net, pf.Gaussian.isotropic((64,)), truth.inputs, **{"points": 4, "nulls": 19, "seed": 0} | options, run=run
    )


def test_what_is_asked_again_is_read(truth, tmp_path, monkeypatch):
    first = find(truth, tmp_path / "run")
    monkeypatch.setattr(Run, "add", lambda *_, **__: pytest.fail("it was computed again"))
    assert find(truth, tmp_path / "run", progress=True) == first
    assert find(truth, tmp_path / "run", progress=False).labels.tolist() == first.labels.tolist()


def test_what_was_looked_at_changes_no_key(truth, tmp_path):
    modules = find(truth, tmp_path / "run")
    net, inputs = pf.Neurons(truth.model), pf.Gaussian.isotropic((64,))
    pf.contrast(net, inputs, *modules.blocks[:2], start=truth.inputs[:40], seed=0, run=tmp_path / "run")
    net(truth.inputs[:2])
    _ = modules.order
    pf.contrast(net, inputs, *modules.blocks[:2], start=truth.inputs[:40], seed=0, run=tmp_path / "run")
    assert list(Run(tmp_path / "run")) == ["modules", "contrast"]


@pytest.mark.parametrize("change", slowly(["weight", "seed", "points", "inputs", "unit"]))
def test_what_differs_is_computed(truth, tmp_path, change):
    find(truth, tmp_path / "run")
    options = {"seed": {"seed": 1}, "points": {"points": 5}}.get(change, {})
    net, X = pf.Neurons(truth.model), truth.inputs.clone()
    if change == "weight":
        with torch.no_grad():
            next(truth.model.parameters()).view(-1)[0] += 1e-3
    if change == "inputs":
        X[0, 0] += 1
    if change == "unit":
        net = pf.Neurons(truth.model, unit="channel")
    inputs = pf.Gaussian.isotropic((64,))
    pf.find_modules(net, inputs, X, **{"points": 4, "nulls": 19, "seed": 0} | options, run=tmp_path / "run")
    assert list(Run(tmp_path / "run")) == ["modules", "modules-2"]


def test_load_gives_the_results_back(truth, tmp_path):
    modules = find(truth, tmp_path / "run")
    run = pf.load(tmp_path / "run")
    assert isinstance(run, Run)
    assert run["modules"] == modules == pf.load(tmp_path / "run" / "results" / "modules.safetensors")
    entry = run.manifest["results"]["modules"]
    assert entry["call"] == "find_modules"
    assert "float32 (" in entry["of"]["X"]
    assert entry["of"]["seed"] == 0
    assert "version of torch" in entry["of"]
    assert repr(run).endswith("1 results: modules)")


def test_a_file_that_is_gone_is_made_again(truth, tmp_path):
    first = find(truth, tmp_path / "run")
    (tmp_path / "run" / "results" / "modules.safetensors").unlink()
    assert find(truth, tmp_path / "run") == first
    assert list(Run(tmp_path / "run")) == ["modules"]


def test_a_damaged_file_is_an_error_and_no_answer(truth, tmp_path):
    find(truth, tmp_path / "run")
    file = tmp_path / "run" / "results" / "modules.safetensors"
    file.write_bytes(file.read_bytes()[:-8])
    with pytest.raises(pf.errors.UnreadableFile, match=r"modules\.safetensors"):
        find(truth, tmp_path / "run")


def test_files_that_are_no_part_of_the_run_are_left_alone(truth, tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "modules.safetensors").write_text("mine")
    find(truth, tmp_path)
    assert (tmp_path / "results" / "modules.safetensors").read_text() == "mine"
    assert list(Run(tmp_path)) == ["modules-2"]


def test_a_generator_as_the_seed_is_refused(truth, tmp_path):
    with pytest.raises(pf.errors.BadInput, match="Give a whole number as the seed"):
        find(truth, tmp_path / "run", seed=torch.Generator())


def test_what_cannot_be_identified_is_refused(truth, tmp_path):
    with Path(__file__).open() as file, pytest.raises(pf.errors.BadInput, match="`run='") as told:
        find(truth, tmp_path / "run", twin=lambda: file and truth.model)
    assert "`checkpoint=`" not in str(told.value)


@pytest.mark.parametrize("path", [3, b"x"])
def test_a_run_that_is_no_path_is_refused(truth, path):
    with pytest.raises(pf.errors.PushforwardError, match="run="):
        find(truth, path)


def test_what_cannot_be_written_is_said_at_once(tmp_path):
    with pytest.raises(pf.errors.BadInput, match="has no form in a file"):
        Run.at(tmp_path / "run").add(Unwritable(object()), call="verb", of={})
    assert list(Run(tmp_path / "run")) == []


def test_the_newest_result_is_last_and_is_what_a_page_shows(truth, tmp_path):
    first, second = find(truth, tmp_path), find(truth, tmp_path, leak=0.0)
    assert modules_of(Run(tmp_path)) == second
    assert first != second
    entry = Run(tmp_path).manifest["results"]["modules"]
    Run(tmp_path).add(first, call=entry["call"], of=entry["of"])
    assert list(Run(tmp_path)) == ["modules-2", "modules"]
    assert modules_of(Run(tmp_path)) == first


def test_a_folder_that_cannot_be_made_is_refused(truth, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(pf.errors.UnreadableFile, match="no folder can be made there"):
        find(truth, tmp_path / "file" / "run")


def test_another_folder_is_no_run(tmp_path):
    with pytest.raises(pf.errors.UnreadableFile, match="is not the folder of a run"):
        Run(tmp_path)


def manifest_with(folder, **parts):
    (folder / manifest.FILE).write_text(json.dumps({"schema": 1, "library": "9", "results": {}} | parts))
    return folder


def test_runs_of_later_versions_are_refused_by_name(tmp_path):
    with pytest.raises(pf.errors.UnreadableFile, match="written by pushforward 9, in a form"):
        Run(manifest_with(tmp_path, schema=99))


ENTRY = {
    "call": "lesion",
    "kind": "Lesions",
    "file": "lesions.safetensors",
    "key": "k",
    "part": [0, 0],
    "of": {},
    "seconds": 1.0,
}


@pytest.mark.parametrize(
    "parts",
    [
        {"results": []},
        {"results": {"a": {**ENTRY, "file": "../lesions.safetensors"}}},
        {"results": {"a": {**ENTRY, "file": "/etc/passwd"}}},
        {"results": {"a": {**ENTRY, "kind": 3}}},
        {"results": {"a": {}}},
        {"schema": "one"},
        {"subject": 3},
    ],
)
def test_damaged_manifests_are_refused(tmp_path, parts):
    with pytest.raises(pf.errors.UnreadableFile, match="damaged"):
        Run(manifest_with(tmp_path, **parts))


def test_a_manifest_of_the_first_form_is_read(tmp_path):
    lesions = Lesions(("accuracy",), torch.zeros(1), torch.zeros(2, 1), torch.zeros(2, 5, 1), torch.zeros(2), "zero")
    (tmp_path / "results").mkdir()
    codec.write(lesions, tmp_path / "results" / "lesions.safetensors")
    row = {"name": "lesions", **{key: ENTRY[key] for key in ("call", "kind", "file", "key")}}
    run = Run(manifest_with(tmp_path, schema=0, results=[row]))
    assert run["lesions"] == lesions
    assert Run.at(tmp_path).add(lesions, call="other", of={}) == "lesions-2"
    assert json.loads((tmp_path / manifest.FILE).read_text())["schema"] == 1


def test_threads_write_into_one_run(tmp_path):
    lesions = Lesions(("accuracy",), torch.zeros(1), torch.zeros(2, 1), torch.zeros(2, 5, 1), torch.zeros(2), "zero")
    work = [
        threading.Thread(target=lambda i=i: Run.at(tmp_path / "run").add(lesions, call="lesion", of={"seed": i}))
        for i in range(8)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    run = Run(tmp_path / "run")
    assert len(run) == 8
    assert all(run[name] == lesions for name in run)


def test_verbs_without_a_run_are_as_they_were():
    verb = recorded(lambda x, *, seed=0: x + seed)
    assert verb(1, seed=2) == 3
    assert IDLE == ("run", "shards", "progress", "checkpoint")


@pytest.mark.parametrize("pairs", [None, 1, 2])
def test_several_results_of_one_call_are_read_as_they_were(tmp_path, pairs):
    ends = torch.tensor([1.0, 0.0]), torch.tensor([1.0, 1.5])
    ends = ends if pairs is None else tuple(end.expand(pairs, 2).clone() for end in ends)
    first = pf.geodesic(plane, *ends, steps=4, run=tmp_path / "run")
    again = pf.geodesic(plane, *ends, steps=4, run=tmp_path / "run")
    assert len(Run(tmp_path / "run")) == (pairs or 1)
    assert type(again) is type(first)
    assert again == first


def plane(z):
    return torch.cat([z, z.square()], 1)
