"""Work goes on only where all that it follows from is the same: each part is changed, and the refusal names it."""

import functools
import sys

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

import pushforward as pf
from pushforward.generator import NonSaturating
from pushforward.rng import integers, normal
from pushforward.training import describe

X, POINTS = normal((64, 2), seed=0), normal((200, 2), seed=1)
PLANE = pf.latents.Gaussian(2)
Y = (X[:, 0] > 0).long()
SHORT = pf.settings.ModularTraining(steps=2, batch=8, record=2, neurons=12, points=2, directions=4)
FIT = pf.settings.Training(steps=2, batch=8)


def network(seed=0, activation=nn.Tanh):
    net = nn.Sequential(nn.Linear(2, 8), activation(), nn.Linear(8, 2))
    for i, p in enumerate(net.parameters()):
        p.data = normal(p.shape, seed=seed + i)
    return net


def loss(output, target, weight=1.0):
    return weight * nn.functional.cross_entropy(output, target)


def other(output, target, weight=1.0):
    return weight * nn.functional.multi_margin_loss(output, target)


def drawing(X, Y, seed=0):
    def draw(size, draws):
        some = integers(len(X), (size,), seed=draws)
        return X[some], Y[some]

    return draw


class Scaled(nn.Module):
    def __init__(self, by):
        super().__init__()
        self.net, self.by = network(), by

    def forward(self, x):
        return self.by * self.net(x)


def modular(path, *, net=network, data=(X, Y), sigma=1.0, training=SHORT, **options):
    given = {"seed": 0, "loss": loss, "inputs": pf.Gaussian.isotropic((2,), sigma)} | options
    return pf.train_modular(net(), data, training=training, checkpoint=path, **given)


def frontier(path, *, net=network, data=(X, Y), sigma=1.0, training=SHORT, accuracy=lambda net: 1.0, **options):
    given = {"strengths": (0.0,), "seeds": (0,), "loss": loss, "inputs": pf.Gaussian.isotropic((2,), sigma), "test": X}
    return pf.modular.frontier(net, data, accuracy, training=training, checkpoint=path, **given | options)


def fit(path, *, X=X, latent=PLANE, **options):
    given = {"seed": 0, "training": FIT, "encoder": nn.Linear(2, 2)} | options
    with torch.random.fork_rng():
        torch.manual_seed(0)
        given["network"] = options.get("network") or network()
        given["encoder"].load_state_dict({"weight": torch.eye(2), "bias": torch.zeros(2)})
        return pf.Generator.fit(X, latent, checkpoint=path, **given)


def encoder(path, *, net=network, latent=PLANE, data=X, learner=network, **options):
    given = {"seed": 0, "steps": 2} | options
    return pf.Generator.wrap(net(), latent).train_encoder(checkpoint=path, data=data, encoder=learner(), **given)


def contrasts(path, *, net=network, sigma=1.0, A=(0, 1), layers=None, start=X[:8], seed=0, **options):
    given = {"frames": 2, "starts": 2, "candidates": 1, "directions": 1} | options
    return pf.contrast(
        pf.Neurons(net(), layers), pf.Gaussian.isotropic((2,), sigma), {"a": list(A), "b": [4, 5]},
        start=start, seed=seed, checkpoint=path, **given,
    )  # fmt: skip


def trials(path, *, X=POINTS, seed=0, **options):
    return pf.try_latents(X, [pf.latents.Circle()], seed=seed, checkpoint=path, **{"starts": 1, "steps": 2} | options)


def longer(settings, **options):
    return type(settings)(**{name: getattr(settings, name) for name in ("steps", "batch")} | options)


OTHERS = {
    "the network's weights": (modular, "network", {"net": lambda: network(5)}),
    "the network's code": (modular, "network", {"net": lambda: network(activation=nn.ReLU)}),
    "the network's own numbers": (modular, "network", {"net": lambda: Scaled(2.0)}),
    "data": (modular, "data", {"data": (2 * X, Y)}),
    "the order of the data": (modular, "data", {"data": (X.flip(0), Y.flip(0))}),
    "targets": (modular, "targets", {"data": (X, 1 - Y)}),
    "another loss": (modular, "loss", {"loss": other}),
    "the loss's constant": (modular, "loss", {"loss": functools.partial(loss, weight=2.0)}),
    "inputs": (modular, "inputs", {"sigma": 2.0}),
    "layers": (modular, "layers", {"layers": "1"}),
    "unit": (modular, "unit", {"unit": "channel"}),
    "seed": (modular, "seed", {"seed": 1}),
    "strength": (modular, "training.strength", {"training": longer(SHORT, strength=1.0)}),
    "frontier: data": (frontier, "data", {"data": (2 * X, Y)}),
    "frontier: targets": (frontier, "targets", {"data": (X, 1 - Y)}),
    "frontier: loss": (frontier, "loss", {"loss": other}),
    "frontier: inputs": (frontier, "inputs", {"sigma": 2.0}),
    "frontier: test": (frontier, "test", {"test": 2 * X}),
    "frontier: accuracy": (frontier, "accuracy", {"accuracy": lambda net: 0.5}),
    "frontier: layers": (frontier, "layers", {"layers": "1"}),
    "frontier: settings": (frontier, "training.steps", {"training": longer(SHORT, steps=3)}),
    "fit: data": (fit, "data", {"X": 2 * X}),
    "fit: the order of data": (fit, "data", {"X": torch.cat([X[:1], X[1:].flip(0)])}),
    "fit: latent": (fit, "latent", {"latent": pf.latents.Cube(2)}),
    "fit: settings": (fit, "training.lr", {"training": longer(FIT, lr=0.1)}),
    "fit: loss": (fit, "training.loss", {"training": longer(FIT, loss=NonSaturating())}),
    "fit: network": (fit, "first weights of the generator", {"network": network(3)}),
    "fit: seed": (fit, "seed", {"seed": 1}),
    "encoder: generator": (encoder, "generator", {"net": lambda: network(2)}),
    "encoder: latent": (encoder, "generator", {"latent": pf.latents.Cube(2)}),
    "encoder: encoder": (encoder, "encoder", {"learner": lambda: network(9)}),
    "encoder: data": (encoder, "data", {"data": X.flip(0)}),
    "encoder: steps": (encoder, "steps", {"steps": 3}),
    "encoder: seed": (encoder, "seed", {"seed": 3}),
    "contrast: network": (contrasts, "network", {"net": lambda: network(4)}),
    "contrast: neurons": (contrasts, "neurons", {"layers": ["1", "0"]}),
    "contrast: inputs": (contrasts, "inputs", {"sigma": 0.5}),
    "contrast: modules": (contrasts, "modules", {"A": [0, 2]}),
    "contrast: start": (contrasts, "start", {"start": X[:9]}),
    "contrast: seed": (contrasts, "seed", {"seed": 1}),
    "contrast: distance": (contrasts, "distance", {"distance": 0.25}),
    "contrast: frames": (contrasts, "frames", {"frames": 3}),
    "trials: points": (trials, "points", {"X": normal((200, 2), seed=2)}),
    "trials: seed": (trials, "seed", {"seed": 1}),
    "trials: starts": (trials, "starts", {"starts": 2}),
    "trials: steps": (trials, "steps", {"steps": 3}),
}  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The checkpoint of a verb that was run to its end; each is run once."""

    @functools.cache
    def run(verb):
        path = tmp_path_factory.mktemp("runs") / verb.__name__
        verb(path)
        return path

    return run


@pytest.mark.parametrize("change", OTHERS)
def test_each_part_of_a_run_is_known_and_a_change_is_named(change, finished):
    verb, name, options = OTHERS[change]
    path = finished(verb)
    before = path.read_bytes()
    with pytest.raises(pf.errors.BadInput, match=rf"is of another run: (.*; )?{name} was .* and is .*delete the file"):
        verb(path, **options)
    assert path.read_bytes() == before


@pytest.mark.parametrize("verb", [modular, frontier, fit, encoder, contrasts, trials])
def test_the_same_run_goes_on_and_versions_are_part_of_it(verb, finished, monkeypatch):
    path = finished(verb)
    verb(path)
    monkeypatch.setattr(torch, "__version__", "2.0.1")
    with pytest.raises(pf.errors.BadInput, match=r"version of torch was .* and is '2\.0\.1'"):
        verb(path)
    monkeypatch.undo()
    monkeypatch.setattr(sys, "version_info", (3, 99))
    with pytest.raises(pf.errors.BadInput, match=r"version of python was .* and is '3\.99'"):
        verb(path)


@pytest.mark.parametrize("verb", [modular, frontier, fit, encoder, contrasts, trials])
def test_a_checkpoint_of_an_earlier_version_is_refused(verb, finished, tmp_path):
    """It did not note what its result follows from, its form or its digest."""
    import json

    with safe_open(finished(verb), "pt") as file:
        header = json.loads(file.metadata()["pushforward"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    del header["format"], header["library"]
    if "content" in header:
        header["content"]["fields"]["of"] = "0123456789abcdef"
    save_file(tensors, tmp_path / "old", {"pushforward": json.dumps(header)})
    with pytest.raises(pf.errors.BadInput, match=r"begun by an earlier version of pushforward.*or delete the file"):
        verb(tmp_path / "old")


def test_a_function_that_draws_is_known_by_its_draws_and_its_code(tmp_path):
    path = tmp_path / "run"
    modular(path, data=drawing(X, Y))
    modular(path, data=drawing(X, Y))
    late = X.clone()
    late[-1] += 1
    for data in (drawing(2 * X, Y), drawing(X, 1 - Y), drawing(late, Y)):
        with pytest.raises(pf.errors.BadInput, match="data was"):
            modular(path, data=data)


def test_draws_that_cannot_be_repeated_are_refused_before_any_work(tmp_path):
    stream = iter(normal((100, 8, 2), seed=0))
    with pytest.raises(pf.errors.BadInput, match=r"not the same when it is drawn again.*Draw with the generator alone"):
        modular(tmp_path / "run", data=lambda size, draws: (next(stream), Y[:8]))
    modular(None, data=lambda size, draws: (next(stream), Y[:8]))
    assert [*tmp_path.iterdir()] == []


def test_what_cannot_be_identified_is_said(tmp_path):
    with (tmp_path / "log").open("w") as log:

        def noted(output, target):
            log.write("x")
            return loss(output, target)

        with pytest.raises(pf.errors.BadInput, match=r"as loss depends on an object of type TextIOWrapper.*no `check"):
            modular(tmp_path / "run", loss=noted)
        modular(None, loss=noted)


MARGIN = 1.0


def scaled(by):
    return lambda x: by * x


def with_global(x):
    return MARGIN * x


class Settings:
    kind = 1

    def __init__(self, by):
        self.by = by
        self.me = self

    def __call__(self, x):
        return self.by * x


def test_functions_are_known_by_code_constants_and_what_they_enclose(monkeypatch):
    assert describe(scaled(2.0)) == describe(scaled(2.0))
    assert describe(Settings(1)) == describe(Settings(1))
    same = [scaled(2.0), scaled(torch.ones(2)), lambda x: x + 1, lambda x: x + 2, lambda x: x - 1, Settings(1)]
    same += [Settings(2), Settings(1).__call__, functools.partial(loss, weight=2.0), loss, {1: 2}, {2: 1}, (1,), [1]]
    same += [with_global, torch.relu, nn.functional.relu, nn.ReLU(), network(), network().eval(), {1, 2}, {"a", "b"}]
    same += [torch.float32, 1.0, 1, True, "1", None, X, X.double(), X.T, X.numpy(), torch.Generator().manual_seed(3)]
    known = [describe(one).rsplit(", ", 1)[1] for one in same]
    assert len(set(known)) == len(known)
    assert known == [describe(one).rsplit(", ", 1)[1] for one in same]
    monkeypatch.setattr(sys.modules[__name__], "MARGIN", 2.0)
    assert describe(with_global).rsplit(", ", 1)[1] != known[14]


def test_what_bears_the_name_of_a_library_is_known_by_its_own_code():
    def halved(x):
        return 0.5 * x

    def doubled(x):
        return 2 * x

    halved, doubled = (functools.wraps(torch.nn.functional.softplus)(one) for one in (halved, doubled))
    assert describe(halved) != describe(doubled)
    names: dict = {}
    exec("def f(x): return 3 * x", names)
    exec("def g(x): return 4 * x", names)
    assert describe(names["f"])[1:] != describe(names["g"])[1:]


def test_digests_do_not_depend_on_the_process(tmp_path):
    """Sets of strings come in another order in each."""
    import os
    import subprocess

    code = "import torch, pushforward as pf\nfrom pushforward.training import describe\n"
    code += "def f(x):\n    return x if x in {'a', 'b', 'c', 'd'} else {'u', 'v', 'w'}\n"
    code += "print(describe((f, pf.Gaussian.isotropic((3,)), pf.latents.Torus(2), {'a', 'b', 'c'}, torch.nn.ReLU())))"
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed}, text=True, capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert runs[0] == runs[1]
