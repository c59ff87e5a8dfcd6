"""Every pane against what Python's objects say."""

import dataclasses
import json
import math

import pytest
import torch

import pushforward as pf
from pushforward.errors import BadInput
from pushforward.page import Scene, as_json, flaws, scene_of, scenes_of, unpacked
from pushforward.page.modules import overlaps
from pushforward.show import ContrastStudy, ModulesStudy
from results.conftest import example_of


def near(shown, true):
    """Equal to three digits, and None where there is no number."""
    if shown is None:
        return not math.isfinite(true)
    return shown == pytest.approx(float(true), rel=1e-3, abs=1e-9)


@pytest.fixture(scope="module")
def contrast(world):
    A, B = world.modules.blocks[:2]
    c = pf.contrast(world.net, world.inputs, A, B, start=world.X, seed=0, starts=4, frames=4)
    return ContrastStudy.of(
        world.net, world.inputs, world.X, c, A=A, B=B, names=("module 0", "module 1"), title="two of three", seed=0
    )


@pytest.fixture(scope="module")
def scene(world, contrast, lesions):
    return scene_of([dataclasses.replace(world.study, lesions=lesions(3, 2)), contrast], run="abc")


def everything(scene):
    """A scene as a page reads it: conforming, standard JSON."""
    assert flaws(scene, Scene) == []
    again = json.loads(as_json(scene))
    assert flaws(again, Scene) == []
    return again


def test_a_scene_conforms_and_is_standard_json(scene):
    again = everything(scene)
    assert again["run"] == "abc"
    assert set(again["missing"]) == {"generator", "manifold"}
    assert again["made"]["title"] == "three planted modules"
    assert again["made"]["timings"] == [["all", 1.25]]


def test_the_network_is_the_one_that_was_recorded(scene, world):
    facts, table = scene["network"], world.net.table
    assert facts["neurons"] == len(world.net)
    assert facts["parameters"] == sum(p.numel() for p in world.net.model.parameters())
    for shown, layer in zip(facts["layers"], table, strict=True):
        assert (shown["name"], shown["start"], shown["size"]) == (layer.name, layer.start, layer.size)
        assert (tuple(shown["shape"]), shown["channel_axis"]) == (layer.shape, layer.channel_axis)
        assert (shown["pooled"], shown["heads"]) == (layer.pooled, layer.heads)


def test_modules_and_their_curve(scene, world):
    pane, m = scene["modules"], world.modules
    assert (pane["verdict"], pane["reason"], pane["copies"]) == (m.verdict, "", m.copies)
    assert near(pane["p_value"], m.p_value)
    assert near(pane["leak"], m.leak)
    assert near(pane["leakage"], m.leakage)
    assert near(pane["chance_leakage"], m.chance_leakage)
    assert pane["leaks"] == list(m.curve.leaks)
    assert pane["sets"] == list(m.curve.sets)
    assert all(map(near, pane["coverage"], m.curve.coverage))
    for shown, quantile in zip(pane["band"], (0.05, 0.95), strict=True):
        assert all(map(near, shown, m.curve.band(quantile)))
    assert all(map(near, pane["twin"], [max(at) for at in zip(*m.curve.twin, strict=True)]))
    assert dict(pane["left_out"]) == m.left_out


def test_what_is_said_of_each_module(scene, world):
    m, driving, items = world.modules, world.study.driving, scene["examples"]["items"]
    for b, one in enumerate(scene["modules"]["modules"]):
        assert one["size"] == len(m.blocks[b])
        assert near(one["stability"], m.stability[b])
        assert near(one["share"], m.shares[m.blocks[b], b].mean())
        assert near(one["inside"], overlaps(m, b)[0])
        assert near(one["outside"], overlaps(m, b)[1])
        assert sum(part["neurons"] for part in one["layers"]) == one["size"]
        assert [items[i]["index"] for i in one["top"]] == driving.index[b].tolist()
        others = [k for k in range(3) if k != b]
        for j, (own, rest) in enumerate(one["strength"]):
            assert near(own, driving.strength[b, j, b])
            assert near(rest, driving.strength[b, j, others].mean())
        assert all(map(near, one["reads"]["values"], world.study.reads[b].flatten().tolist()))


def test_the_matrix_and_its_order(scene, world):
    pane, m = scene["matrix"], world.modules
    assert torch.equal(torch.tensor(unpacked(pane["neurons"])), m.sample.int())
    assert torch.equal(torch.tensor(unpacked(pane["order"])), m.order_of(m.sample).int())
    assert torch.equal(torch.tensor(unpacked(pane["module"])), m.labels[m.sample].short())
    values = torch.tensor(unpacked(pane["values"])) / 255 * pane["scale"]
    off = ~torch.eye(len(m.sample), dtype=torch.bool)
    assert float((values - m.overlap)[off].abs().max()) <= 0.51 * pane["scale"] / 255
    assert bool((torch.tensor(unpacked(pane["values"])).diagonal() == 255).all())
    assert near(pane["mean"], m.overlap[off].mean())


def test_the_sets_at_every_leak(scene, world):
    m, rows = world.modules, torch.tensor(unpacked(scene["matrix"]["families"]))
    assert torch.equal(rows, m.families)
    assert rows.shape == (len(m.curve.leaks), len(m.sample))
    here = m.curve.leaks.index(m.leak)
    assert torch.equal(rows[here].long(), m.labels[m.sample])
    assert int(rows.max()) >= 2


def test_no_leak_has_sets_where_the_number_was_asked_for(forced, nothing):
    assert forced.families.shape == (0, 0)
    assert scene_of([forced])["matrix"]["families"] is None
    assert not bool((nothing.families >= 0).any())


def test_all_neurons(scene, world):
    m, pane = world.modules, {k: torch.tensor(unpacked(v)) for k, v in scene["neurons"].items()}
    assert torch.equal(pane["module"].long(), m.labels)
    assert torch.equal(pane["dead"].bool(), m.dead)
    for i, label in enumerate(m.labels.tolist()):
        own = float(m.shares[i, label]) if label >= 0 else 0.0
        others = [(float(s), -b) for b, s in enumerate(m.shares[i].tolist()) if b != label]
        most, which = max(others)
        assert abs(int(pane["share"][i]) / 255 - own) <= 0.51 / 255
        assert abs(int(pane["second_share"][i]) / 255 - most) <= 0.51 / 255
        assert int(pane["second"][i]) == (-which if most > 0 else -1)


def test_examples_are_inputs_of_x_with_what_they_do(scene, world):
    pane, driving = scene["examples"], world.study.driving
    assert (pane["used"], pane["total"]) == (driving.points, driving.total)
    numbers = [item["index"] for item in pane["items"]]
    assert len(set(numbers)) == len(numbers)
    assert [numbers[i] for i in pane["random"]] == driving.others.index.tolist()
    moved = dict(zip(driving.index.flatten().tolist(), driving.strength.flatten(0, 1), strict=True))
    moved |= dict(zip(driving.others.index.tolist(), driving.others.strength, strict=True))
    X = world.X[numbers]
    for i, item in enumerate(pane["items"]):
        assert all(map(near, item["strength"], moved[item["index"]].tolist()))
        assert all(map(near, item["picture"]["values"], X[i].tolist()))
        distance = (X - X[i]).norm(dim=1)
        distance[i] = torch.inf
        assert pane["nearest"][i][0] == int(distance.argmin())


def test_the_frames_of_a_contrast(scene, contrast):
    [pane], c = scene["contrasts"], contrast.contrast
    assert pane["names"] == ("module 0", "module 1")
    assert pane["sets"] == (0, 1)
    assert near(pane["overlap"], c.overlap)
    for shown, t in zip(pane["traversals"], (c.a, c.b), strict=True):
        assert (shown["kind"], shown["verdict"], shown["place"]) == (t.verdict.kind, str(t.verdict), t.place)
        assert near(shown["chance"], t.chance)
        assert near(shown["reach"], t.reach)
        for i, frame in enumerate(shown["frames"]):
            for name in ("moved", "leaked", "predicted", "peak", "percentile", "z"):
                assert near(frame["leaked" if name == "leaked" else name], getattr(t, name)[i])
            assert all(map(near, frame["picture"]["values"], t.frames[i].tolist()))
        assert shown["frames"][-1]["worst"] == [(w.name, pytest.approx(w.moved, rel=1e-4)) for w in t.worst]
    assert [t["moves"] for t in pane["traversals"]] == ["module 0", "module 1"]


def test_lesions_and_power(scene, lesions, nothing):
    table, true = scene["evidence"]["lesions"], lesions(3, 2)
    assert table["metrics"] == list(true.metrics)
    assert torch.allclose(torch.tensor(table["effect"]), true.effect, rtol=1e-4)
    assert torch.allclose(torch.tensor(table["control"]), true.control, rtol=1e-4)
    power = scene_of([nothing])["evidence"]["power"]
    assert power["share"] == [list(line) for line in nothing.power.share]


@pytest.mark.parametrize("name", ["three", "sixteen", "nothing", "world"])
def test_all_criteria_are_passed_if_and_only_if_there_are_modules(name, request):
    m = request.getfixturevalue(name)
    m = m.modules if name == "world" else m
    tries = [m, changed(m, null=tuple([m.evidence.score] * 19)), changed(m, margin=1e9)]
    tries.append(dataclasses.replace(m, stability=torch.full((2,), 0.5)))
    tries.append(dataclasses.replace(m, stability=torch.zeros(0)))
    for one in tries:
        evidence = scene_of([one])["evidence"]["criteria"]
        assert all(c["passed"] for c in evidence) == one.significant
        failed = [c["words"] for c in evidence if not c["passed"]]
        assert scene_of([one])["modules"]["reason"] == "; ".join(failed)


def changed(m, **values):
    return dataclasses.replace(m, evidence=dataclasses.replace(m.evidence, **values))


def test_the_criterion_that_failed_is_named(three):
    said = lambda m: {c["name"] for c in scene_of([m])["evidence"]["criteria"] if not c["passed"]}  # noqa: E731
    assert "p-value" in said(changed(three, null=tuple([three.evidence.score] * 19)))
    assert "score" in said(changed(three, margin=1e9))
    assert "found again" in said(dataclasses.replace(three, stability=torch.tensor([0.9, 0.5])))
    assert "exact sets" in said(changed(three, margin=1e9, exact=False))


def test_numbers_that_are_none_never_reach_json(world, lesions):
    odd = dataclasses.replace(lesions(3, 1), effect=torch.tensor([[torch.nan], [torch.inf], [0.5]]))
    nearest = torch.full_like(world.modules.nearest, torch.nan)
    modules = dataclasses.replace(world.modules, nearest=nearest, leak=math.nan, leakage=math.nan)
    scene = scene_of([dataclasses.replace(world.study, modules=modules, lesions=odd)])
    again = everything(scene)
    assert again["evidence"]["lesions"]["effect"] == [[None], [None], [0.5]]
    assert again["modules"]["leak"] is None
    assert again["evidence"]["nearest"][0][0] is None


@pytest.mark.parametrize("name", ["three", "forced", "nothing"])
def test_modules_alone_make_a_scene(name, request):
    m = request.getfixturevalue(name)
    scene = everything(scene_of([m]))
    assert scene["network"]["neurons"] == len(m.labels)
    assert len(scene["modules"]["modules"]) == len(m.blocks)
    assert {"examples", "contrasts", "lesions"} <= set(scene["missing"])


@pytest.mark.slow
def test_every_result_makes_a_scene_or_is_named_as_missing():
    for name in pf.results.__all__:
        scene = everything(scene_of([example_of(name)]))
        panes = ("modules", "contrasts", "generator", "manifold", "evidence", "examples")
        if name not in ("Lesions", "TopInputs"):  # parts of what modules show
            assert any(scene[pane] for pane in panes) or name in scene["missing"], name


def test_parts_of_one_network_share_a_scene(world, contrast, three):
    scenes = scenes_of([world.study, three, contrast])
    assert [len(scene["contrasts"]) for scene in scenes] == [1, 0]
    alone = scenes_of([dataclasses.replace(contrast, count=7), world.study])
    assert [scene["modules"] is None for scene in alone] == [True, False]


def test_two_of_a_kind_are_refused(three, world):
    with pytest.raises(BadInput, match=r"2 of Modules were given, and a page shows one. Make a scene of each"):
        scene_of([three, three])
    with pytest.raises(BadInput, match="a page shows one of them"):
        scene_of([three, world.study])


def test_a_study_of_words_shows_words(world):
    said = tuple(tuple(f"input {b} <b>{i}" for i in range(8)) for b in range(3))
    driving = dataclasses.replace(world.study.driving, words=said, others=None)
    scene = everything(scene_of([dataclasses.replace(world.study, driving=driving)]))
    first = scene["examples"]["items"][0]
    assert first["label"] == "input 0 <b>0"
    assert first["picture"]["words"] == ["input", "0", "<b>0"]


def test_a_study_without_modules_shows_other_inputs(nothing, world):
    driving = dataclasses.replace(
        world.study.driving,
        index=torch.zeros(0, 8).long(),
        strength=torch.zeros(0, 8, 0),
        examples=torch.zeros(0, 8, 64),
    )
    driving = dataclasses.replace(driving, others=dataclasses.replace(driving.others, strength=torch.zeros(12, 0)))
    scene = everything(scene_of([ModulesStudy(title="", modules=nothing, driving=driving)]))
    assert len(scene["examples"]["items"]) == 12
    assert scene["examples"]["items"][0]["strength"] == []
