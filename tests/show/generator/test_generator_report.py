from dataclasses import replace

import pytest
import torch

from pushforward.errors import BadInput
from pushforward.generator import Generator, Quality
from pushforward.latents import Cube
from pushforward.page import generators as words
from pushforward.show import GeneratorStudy, figures, report
from show.generator.test_generator_figures import Blobs
from show.test_report import Page, page, undrawn  # noqa: F401

GOOD = Quality(1.01, 0.99, 2.2, 2.0, 1.05, 0.12, 0.02, 0.98, 40, (0.4, 0.6), 0.97)


@pytest.fixture(scope="module")
def spots():
    return Generator.wrap(Blobs(), Cube(3)).with_quality(GOOD.asdict())


@pytest.fixture(scope="module")
def study(spots):
    return GeneratorStudy.of(
        spots, spots.sample(60, seed=1), title="bright spots", seed=0, points=2, timings={"training": 1.25}
    )


@pytest.fixture(scope="module")
def whole(study, tmp_path_factory):
    return page(study, tmp_path_factory.mktemp("whole"))


def test_it_is_whole_html_that_loads_nothing(whole):
    assert whole.size < 2e6
    assert all(load.startswith("data:") for load in whole.loads)
    assert "script" not in whole.tags
    assert len(set(whole.ids)) == len(whole.ids)
    assert all(link.startswith("#") and link[1:] in whole.ids for link in whole.links)


def test_every_figure_is_numbered_and_described(whole):
    assert whole.tags.count("figure") == whole.tags.count("figcaption") == 4
    assert all(f"Figure {i}." in whole.text for i in range(1, 5))


def test_its_numbers_are_those_of_the_results(whole, study):
    d, known = study.density, study.dimension
    assert "Matches the data: coverage 1.01 and precision 0.99 of real–real" in whole.text
    assert f"dimension {known.estimate}" in whole.text
    for i, number in enumerate(study.index):
        row = f"{number} {float(d.log_density[i]):.2f}".replace("-", "−")
        assert row in whole.text
        assert f"{float(d.singular_values[i, 0]):.3g} {float(d.singular_values[i, -1]):.3g}" in whole.text
    assert "40.0% … 60.0%" in whole.text
    assert "training 1.2" in whole.text
    assert "Cube(dim=3)" in whole.text
    assert "an existing network was wrapped" in whole.text


def test_the_card_stored_with_a_generator_is_shown(study):
    assert study.quality == GOOD


def test_held_out_inputs_have_quality_measured(spots):
    X, held_out = spots.sample(40, seed=1), spots.sample(30, seed=2)
    found = GeneratorStudy.of(
        replace(spots, quality=None), X, held_out=held_out, title="", seed=0, points=1, measure_dimension=False
    )
    assert found.quality.count == 30
    assert found.asked == "the held-out inputs"
    assert found.dimension is None
    torch.testing.assert_close(found.inputs, held_out[list(found.index)])
    assert "held_out=held_out" in found.code


def test_a_generator_alone_makes_a_short_study(spots):
    found = GeneratorStudy.of(replace(spots, quality=None), title="", seed=0, measure_dimension=False)
    assert (found.real, found.density, found.quality) == (None, None, None)


@pytest.mark.usefixtures("undrawn")
def test_a_generator_alone_is_said_to_be_unmeasured(study, tmp_path):
    bare = replace(study, quality=None, density=None, dimension=None, real=None, index=())
    text = page(bare, tmp_path).text
    assert "Quality not measured" in text
    assert "to have that measured before anything below is believed" in text
    assert "No quality card" in text


def test_the_same_seed_gives_the_same_study(spots, study):
    again = GeneratorStudy.of(spots, spots.sample(60, seed=1), title="", seed=0, points=2, measure_dimension=False)
    assert again.index == study.index
    torch.testing.assert_close(again.density.log_density, study.density.log_density)
    torch.testing.assert_close(again.samples, study.samples)


@pytest.mark.usefixtures("undrawn")
def test_inputs_off_the_manifold_are_named_and_the_others_kept(spots, tmp_path):
    X = torch.cat([spots.sample(3, seed=1), torch.full((1, 1, 10, 8), 5.0)])
    found = GeneratorStudy.of(spots, X, title="", seed=0, index=[2, 3, 0], measure_dimension=False)
    assert found.index == (2, 0)
    assert found.off == (3,)
    assert len(found.density.log_density) == 2
    text = page(found, tmp_path).text
    assert "Of 3 inputs asked about 1 is not on its manifold: no density." in text
    assert "number 3 of X" in text
    none = GeneratorStudy.of(spots, X, title="", seed=0, index=[3], measure_dimension=False)
    assert none.density is None
    assert "Of 1 input asked about 1 is not on its manifold" in page(none, tmp_path).text


@pytest.mark.parametrize("X", [torch.zeros(3, 4), torch.zeros(0, 1, 10, 8), {"a": torch.zeros(2, 1, 10, 8)}])
def test_inputs_of_another_shape_are_refused(spots, X):
    with pytest.raises(BadInput, match="Give inputs like those it was trained on"):
        GeneratorStudy.of(spots, X, title="", seed=0)


def test_numbers_that_x_does_not_have_are_refused(spots):
    with pytest.raises(BadInput, match=r"Use 0 … 3"):
        GeneratorStudy.of(spots, spots.sample(4, seed=0), title="", seed=0, index=[4])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"coverage": 1.45}, "It misses part of the data (coverage 1.45"),
        ({"precision": 1.3}, "Its samples lie off the data (precision 1.30"),
        ({"frechet": 8.0}, "distributed differently (Fréchet distance 4.0"),
        ({"memorisation": 0.4}, "repeat training inputs (memorisation 0.40"),
        ({"reconstruction": 0.8}, "reconstructs held-out inputs badly (error 80%"),
        ({"kept": 0.5}, "Only 50% of its reconstructions keep their class"),
        ({"classes": (0.98, 0.02)}, "Class 1 hardly occurs among its samples"),
    ],
)
@pytest.mark.usefixtures("undrawn")
def test_every_fault_is_in_the_verdict(study, tmp_path, change, said):
    found = page(replace(study, quality=replace(GOOD, **change)), tmp_path)
    assert "Does not match the data in 1 respect" in found.text
    assert said in found.text


def test_faults_are_counted():
    bad = replace(GOOD, coverage=2.0, precision=2.0)
    assert words.headline(bad, None) == "Does not match the data in 2 respects"
    assert words.headline(GOOD, None).startswith("Matches the data")


@pytest.mark.usefixtures("undrawn")
def test_disagreement_and_full_latents_and_mixtures_are_said(study, tmp_path):
    d = study.dimension
    off = replace(d, posterior=torch.eye(99)[30], mixed=((1, 0.25), (3, 0.75)), estimate=3, spectrum=torch.ones(3))
    text = page(replace(study, dimension=off), tmp_path).text
    assert "dimension 3, readings disagree" in text
    assert "the readings DISAGREE, neighbours of its samples say 31" in text
    assert "1 at 25% and 3 at 75% of the points" in text
    assert "All 3 latent numbers are used" in text


@pytest.mark.usefixtures("undrawn")
def test_networks_and_generators_share_a_report(study, world, three, tmp_path):
    found = page([world.study, study, three], tmp_path)
    assert "2 networks and 1 generator" in found.text
    assert "bright spots" in found.text
    assert all(f"Figure {i}.1." in found.text for i in (1, 2, 3))
    assert len(set(found.ids)) == len(found.ids)
    assert "2 generators" in page([study, study], tmp_path).text


@pytest.mark.usefixtures("undrawn")
def test_hostile_names_are_text(study, tmp_path):
    evil = '</title><script>alert("x")</script><img src=http://a.b onerror=x>'
    facts = study.facts._replace(latent=evil, network=evil)
    found = page(replace(study, title=evil, facts=facts, command=evil, code=evil, asked=evil), tmp_path)
    assert "script" not in found.tags
    assert all(load.startswith("data:") for load in found.loads)


def test_what_cannot_be_reported_is_refused(tmp_path):
    needed = "a `GeneratorStudy`, a `ContrastStudy`, a `ModularityStudy`, `Modules`, or a list is needed"
    with pytest.raises(BadInput, match=needed):
        report(["gen"], tmp_path / "report.html")


def test_the_code_to_copy_is_python(study):
    compile(study.code, "copied", "exec")
    assert "seed=0" in study.code


def test_results_find_their_figures_by_name(study):
    for name, result, more in (
        ("samples_figure", study.samples, {}),
        ("density_figure", study.density, {"gen": study.gen}),
        ("dimension_figure", study.dimension, {}),
    ):
        assert getattr(figures, name)(result, **more)._repr_png_().startswith(b"\x89PNG")
