"""Every verb that takes data gives the same result for the same points, in whatever form, layout and precision."""

import math
from dataclasses import fields, is_dataclass

import pytest
import torch
from torch import Tensor, nn

import pushforward as pf
from points.forms import FORMS, LAYOUTS, TABLES
from pushforward.latents import Circle
from pushforward.modules.exemplars import top_inputs
from pushforward.rng import generator, normal, uniform
from pushforward.settings import ModularTraining, Training

warns = pytest.mark.filterwarnings("ignore::pushforward.errors.LabelsDropped")


def circle(n=240, seed=0):
    """A circle in R⁴ with a little noise, in numbers that half precision holds."""
    draws = generator(seed)
    angle = 2 * math.pi * uniform((n, 1), seed=draws)
    flat = torch.cat([angle.cos(), angle.sin()], 1) @ torch.tensor([[1.0, 0, 0.5, 0], [0, 1.0, 0, -0.5]])
    return (flat + 0.01 * normal((n, 4), seed=draws)).half().float()


X = circle()
MODEL = nn.Sequential(nn.Linear(4, 12), nn.Tanh(), nn.Linear(12, 6))
with torch.no_grad():
    for i, p in enumerate(MODEL.parameters()):
        p.copy_(normal(p.shape, seed=i))
INPUTS = pf.Gaussian.fit(X)
GEN = pf.Generator.fit(X, Circle(), seed=0, training=Training(steps=20, batch=32))


def net():
    return pf.Neurons(MODEL)


MODULES = pf.find_modules(net(), INPUTS, X, seed=0, points=4, nulls=19, count=2)
QUICK = ModularTraining(steps=3, batch=8, record=1)


def modular(data):
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    with torch.no_grad():
        for i, p in enumerate(model.parameters()):
            p.copy_(normal(p.shape, seed=i))
    pf.train_modular(model, data, seed=0, training=QUICK)
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def weights(gen):
    return torch.cat([t.flatten() for t in gen.network.state_dict().values()])


def study(data):
    made = pf.studies.ModulesStudy.of(net(), INPUTS, data, MODULES, title="x", seed=0)
    return (made.driving.index, made.reads, made.count, made.shape)


VERBS = {
    "Gaussian.fit": lambda data: pf.Gaussian.fit(data).L,
    "Gaussian.local": lambda data: pf.Gaussian.local(data, neighbours=20).chart(X[0]).tangents(0, 4),
    "find_modules": lambda data: pf.find_modules(net(), INPUTS, data, seed=0, points=4, nulls=19).shares,
    "contrast": lambda data: (
        pf.contrast(net(), INPUTS, [0, 1], [2, 3], start=data, seed=0, starts=4, candidates=1, frames=3).input
    ),
    "modularity": lambda data: pf.modularity(net(), INPUTS, data, seed=0, nulls=2),
    "measure_modularity": lambda data: pf.modular.measure_modularity(net(), INPUTS, data, seed=0, points=4).score,
    "train_modular": lambda data: modular((data, (X[:, 0] > 0).long())),
    "distances": lambda data: pf.geometry.distances(lambda z: z[:, :2], data, steps=2, seed=0),
    "Generator.fit": lambda data: weights(
        pf.Generator.fit(data, Circle(), seed=0, training=Training(steps=2, batch=8))
    ),
    "train_encoder": lambda data: GEN.train_encoder(data=data, steps=2, seed=0).residual_scale,
    "Generator.encode": lambda data: GEN.encode(data),
    "Generator.invert": lambda data: GEN.invert(data, starts=1, seed=0).z,
    "quality": lambda data: str(pf.quality(GEN, data, X, seed=0, count=50)),
    "held out": lambda data: str(pf.quality(GEN, X, data, seed=0, count=50)),
    "density": lambda data: pf.density(GEN, data, seed=0, tolerance=9.0).log_density,
    "reference": lambda data: pf.density(GEN, X[:2], reference=data, seed=0, tolerance=9.0).percentile,
    "dimension": lambda data: pf.dimension(data, seed=0).posterior,
    "topology": lambda data: str(pf.topology(data, seed=0, dim=1, charts=6, check=False)),
    "fit_atlas": lambda data: weights(pf.geometry.fit_atlas(data, seed=0, dim=1, charts=6)),
    "try_latents": lambda data: str(pf.try_latents(data, [Circle()], seed=0, starts=1, steps=1)),
    "top_inputs": lambda data: top_inputs(net(), [torch.arange(5)], data, neurons=18).index,
    "lesion": lambda data: (
        MODULES.lesion(net(), lambda f: float(f(X).square().mean()), X=data, mode="mean", controls=2, seed=0).effect
    ),
    "ModulesStudy": study,
    "GeneratorStudy": lambda data: (
        pf.studies.GeneratorStudy.of(GEN, data, title="x", seed=0, points=0, measure_dimension=False).real
    ),
}


FEW = {
    "contrast": 30, "modularity": 6, "measure_modularity": 6, "find_modules": 6, "density": 6, "Generator.invert": 20,
    "reference": 20, "distances": 3, "dimension": 80, "try_latents": 60,
}  # fmt: skip
"""How many points the slower verbs are given."""


def some(verb):
    return X[: FEW.get(verb, len(X))]


@pytest.fixture(scope="module")
def wanted():
    """What each verb gives for the tensor, computed once."""
    known = {}
    return lambda name: known[name] if name in known else known.setdefault(name, VERBS[name](some(name)))


def equal(a, b, **tolerance):
    """Whether two results are the same, in all their parts."""
    if isinstance(a, Tensor):
        torch.testing.assert_close(a, b, **({"rtol": 0, "atol": 0} | tolerance), equal_nan=True)
    elif isinstance(a, tuple):
        for one, other in zip(a, b, strict=True):
            equal(one, other, **tolerance)
    elif is_dataclass(a):
        for field in fields(a):
            equal(getattr(a, field.name), getattr(b, field.name), **tolerance)
    else:
        assert a == b


SLOW = {
    "contrast", "dimension", "find_modules", "topology", "measure_modularity", "density", "ModulesStudy", "reference",
    "Generator.invert", "fit_atlas", "modularity", "try_latents", "distances", "Generator.fit",
}  # fmt: skip
TELLING = ("labelled data set", "iterator", ".csv")
"""Forms that the slower verbs are tried with: all verbs read by one function."""


@warns
@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in SLOW - {"find_modules", "Generator.fit"}])
def test_the_form_does_not_matter(verb, tmp_path, wanted):
    for name in TELLING if verb in SLOW else FORMS:
        equal(VERBS[verb](FORMS[name](some(verb), tmp_path)), wanted(verb))


@warns
@pytest.mark.slow
@pytest.mark.parametrize("verb", sorted(SLOW))
def test_no_form_matters(verb, tmp_path, wanted):
    for form in FORMS.values():
        equal(VERBS[verb](form(some(verb), tmp_path)), wanted(verb))


@pytest.mark.parametrize("verb", [pytest.param(verb, marks=pytest.mark.slow if verb in SLOW else ()) for verb in VERBS])
def test_tables_are_points(verb, tmp_path, wanted):
    pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    for form in TABLES.values():
        equal(VERBS[verb](form(some(verb), tmp_path)), wanted(verb))


FREE = set(VERBS) - {"Generator.fit", "train_encoder", "contrast", "train_modular", "top_inputs", "distances"}
"""Verbs that promise a result which does not depend on the order of the points: the others draw batches or starts by
their numbers, or give numbers of points."""
BY_ROW = {"Generator.encode", "Generator.invert", "density", "GeneratorStudy"}
"""Verbs with one result for each point."""
DRAWN = {"quality", "held out", "find_modules", "measure_modularity", "ModulesStudy", "GeneratorStudy"}
"""Verbs that draw some of the points by their numbers: with all of them they need not."""


@pytest.mark.parametrize("verb", sorted(FREE - DRAWN))
def test_the_order_of_the_points_does_not_matter(verb, wanted):
    given = some(verb)
    for order in (given[:, 0].argsort(), torch.randperm(len(given), generator=generator(0))):
        found, there = VERBS[verb](given[order]), wanted(verb)
        equal(found, there[order] if verb in BY_ROW else there, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("verb", ["Gaussian.fit", "Generator.fit", "dimension", "fit_atlas", "topology", "try_latents"])
def test_the_precision_of_the_same_numbers_does_not_matter(verb, wanted):
    for dtype in (torch.float64, torch.float16):
        found = VERBS[verb](some(verb).to(dtype))
        found = found.to(wanted(verb)) if isinstance(found, Tensor) else found
        equal(found, wanted(verb), rtol=2e-3 if verb == "Gaussian.fit" else 1e-5, atol=1e-3)


@pytest.mark.parametrize("verb", sorted(set(VERBS) - SLOW | {"fit_atlas", "modularity"}))
def test_the_layout_does_not_matter(verb, wanted):
    for layout in LAYOUTS.values():
        equal(VERBS[verb](layout(some(verb))), wanted(verb), rtol=1e-5, atol=1e-6)


def test_the_order_of_the_columns_does_not_matter(wanted):
    found = pf.dimension(X.flip(1), seed=0)
    assert found.estimate == 1
    flipped, made = VERBS["topology"](X.flip(1)), VERBS["topology"](X)
    assert flipped.partition("(")[0] == made.partition("(")[0] == "circle "
    L = pf.Gaussian.fit(X.flip(1)).L
    torch.testing.assert_close((L @ L.T).flip(0, 1), INPUTS.L @ INPUTS.L.T)


def test_a_training_takes_pairs_in_any_form():
    from torch.utils.data import DataLoader, TensorDataset

    Y = (X[:, 0] > 0).long()
    first = modular((X, Y))
    for data in (TensorDataset(X, Y), DataLoader(TensorDataset(X, Y), batch_size=50), list(zip(X, Y, strict=True))):
        equal(modular(data), first)
    with pytest.raises(pf.errors.BadInput, match=r"a pair \(X, Y\), a Dataset or DataLoader of pairs"):
        modular(X)
    with pytest.raises(pf.errors.BadInput, match="X holds 240 inputs and Y 3 targets"):
        modular((X, Y[:3]))
