"""What holds of all public signatures: one word for one thing."""

import inspect

import pytest

import pushforward as pf

SPACES = ("geometry", "modular", "settings", "extend", "datasets", "latents")
METHODS = {
    "Generator": ("fit", "wrap", "sample", "encode", "invert", "preimages", "train_encoder", "save", "load"),
    "Gaussian": ("isotropic", "fit", "local"),
}
FIXED = {"geodesic", "distances"}
"""Without a seed their graph of samples is the same in every call."""


def public() -> dict[str, object]:
    calls = {name: getattr(pf, name) for name in dir(pf) if inspect.isfunction(getattr(pf, name))}
    for space in SPACES:
        room = getattr(pf, space)
        members = {name: getattr(room, name) for name in room.__all__ if inspect.isroutine(getattr(room, name))}
        calls |= {f"{space}.{name}": call for name, call in members.items()}
    calls |= {f"{kind}.{name}": getattr(getattr(pf, kind), name) for kind, names in METHODS.items() for name in names}
    calls |= {"Modules.lesion": pf.results.Modules.lesion, "ModulesStudy.of": pf.studies.ModulesStudy.of}
    calls |= {"GeneratorStudy.of": pf.studies.GeneratorStudy.of, "ContrastStudy.of": pf.studies.ContrastStudy.of}
    return calls


def parameters(name: str) -> list[tuple[str, inspect.Parameter]]:
    """Everything public that has a parameter of this name."""
    found = [(call, inspect.signature(value).parameters.get(name)) for call, value in public().items()]
    return [(call, parameter) for call, parameter in found if parameter is not None]


def test_seeds_are_keywords_and_required_wherever_numbers_are_drawn():
    seeds = parameters("seed")
    assert len(seeds) >= 25
    for call, seed in seeds:
        assert seed.kind is inspect.Parameter.KEYWORD_ONLY, call
        wanted = None if call.split(".")[-1] in FIXED else inspect.Parameter.empty
        assert seed.default is wanted, call


@pytest.mark.parametrize(("name", "default"), [("progress", False), ("checkpoint", None)])
def test_bars_and_resumed_work_are_asked_for_by_one_name(name, default):
    calls = parameters(name)
    assert calls
    for call, parameter in calls:
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY, call
        assert parameter.default is default, call


def test_calls_that_last_show_progress_and_those_that_last_long_have_a_checkpoint():
    bars, files = ({call for call, _ in parameters(name)} for name in ("progress", "checkpoint"))
    assert {"find_modules", "contrast", "train_modular", "density", "dimension", "geodesic", "topology"} <= bars
    assert {"geometry.distances", "geometry.carry", "try_latents", "modular.frontier", "Generator.fit"} <= bars
    assert {"Generator.invert", "Generator.preimages", "Generator.train_encoder", "Modules.lesion"} <= bars
    assert {"contrast", "train_modular", "Generator.fit", "try_latents", "modular.frontier"} <= files


@pytest.mark.parametrize("old", ["path_", "out_file", "resume", "show", "verbose", "random_state", "rng", "n_modules"])
def test_no_second_name_for_the_same_thing(old):
    assert not parameters(old)


def test_old_keywords_are_answered_with_the_new_ones():
    with pytest.raises(TypeError, match=r"`contrast\(path=...\)` is `contrast\(checkpoint=...\)` since version 0.2"):
        pf.contrast(path="x")
    with pytest.raises(TypeError, match=r"`ModularTraining\(modules=...\)` is `ModularTraining\(count=...\)`"):
        pf.settings.ModularTraining(modules=3)
    with pytest.raises(TypeError, match=r"`ModularTraining\(start=...\)` is `ModularTraining\(plain=...\)`"):
        pf.settings.ModularTraining(start=0.1)
