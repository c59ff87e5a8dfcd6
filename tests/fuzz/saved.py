"""One saved file of every kind that the library writes or reads."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn

import pushforward as pf
from fuzz.damage import Kind
from pushforward import codec, points, store
from pushforward.rng import generator, normal
from pushforward.training import Parts, identity, packed, resume, unpack, write

RESULTS = Path(__file__).parents[1] / "results"


class State:
    """A network, its optimiser and its random numbers, after one step."""

    def __init__(self):
        self.net, self.draws, self.step = nn.Linear(3, 2), generator(0), 0
        for i, p in enumerate(self.net.parameters()):
            p.data = normal(p.shape, seed=i)
        self.adam = torch.optim.Adam(self.net.parameters())

    def once(self):
        self.net(torch.ones(1, 3)).sum().backward()
        self.adam.step()
        self.step += 1
        return self

    def tensors(self):
        return packed(self.draws, {"net": self.net}, {"adam": self.adam})

    def restore(self, tensors, step):
        self.step = step
        unpack(tensors, self.draws, {"net": self.net}, {"adam": self.adam})


def same_tensors(a: dict, b: dict) -> bool:
    return a.keys() == b.keys() and all(codec.same(t, b[name]) for name, t in a.items())


def checkpoint(folder: Path) -> Kind:
    path, same = folder / "checkpoint", identity(data=torch.ones(2))
    end = State().once()
    write(path, end, same)

    def read(file: Path) -> State:
        state = State()
        before = {name: t.clone() for name, t in state.tensors().items()}
        try:
            resume(file, state, same, steps=3)
        except pf.errors.PushforwardError:
            assert same_tensors(before, state.tensors()), "a refusal left the state changed"
            assert state.step == 0
            raise
        return state

    def equal(state: object) -> bool:
        return (state.step, True) == (end.step, same_tensors(state.tensors(), end.tensors()))

    return Kind("checkpoint", path.read_bytes(), read, equal)


def parts(folder: Path) -> Kind:
    path, same = folder / "parts", identity(data=torch.ones(2))
    kind = tuple[float, float]
    Parts(path, same, kind).put("a", (1.0, 2.0))
    done = Parts(path, same, kind).done
    return Kind("parts", path.read_bytes(), lambda file: Parts(file, same, kind).done, lambda value: value == done)


def generators(folder: Path) -> Iterator[Kind]:
    quick = pf.settings.Training(steps=1, batch=8)
    latents = (pf.latents.Circle(), pf.latents.Product([pf.latents.Interval(), pf.latents.Circle()]))
    for latent in latents:
        gen = pf.Generator.fit(normal((64, 2), seed=0), latent, seed=0, training=quick)
        path = gen.save(folder / "gen", half=True)
        whole = store.read(path)

        def equal(value: pf.Generator, whole: tuple = whole) -> bool:
            tensors, header = store.read(value.save(folder / "again", half=True))
            return same_tensors(tensors, whole[0]) and header == whole[1]

        yield Kind(f"Generator of a {type(latent).__name__}", path.read_bytes(), pf.load, equal)


def result(value: pf.results.Result, folder: Path) -> Kind:
    return Kind(type(value).__name__, value.save(folder / "result").read_bytes(), pf.load, value.__eq__)


def old(file: Path) -> Kind:
    """A file of version 0.1, which has no digest: another number in it cannot be told."""
    return Kind(f"{file.stem} of version 0.1", file.read_bytes(), pf.load, pf.load(file).__eq__, sealed=False)


def arrays(folder: Path) -> Iterator[Kind]:
    X = normal((6, 2), seed=0)
    np.save(folder / "x.npy", X.numpy())
    np.savez(folder / "x.npz", X=X.numpy())
    np.savetxt(folder / "x.csv", X.numpy(), delimiter=",", header="a,b", comments="")
    from safetensors.torch import save_file

    save_file({"X": X}, folder / "x.safetensors")
    for suffix in (".npy", ".npz", ".csv", ".safetensors"):
        file = folder / f"x{suffix}"
        yield Kind(file.name, file.read_bytes(), points.read, lambda value: codec.same(value, X), sealed=False)


def few(folder: Path) -> list[Kind]:
    """What can be made at once."""
    files = sorted((RESULTS / "data").glob("*.safetensors"))
    made = [result(pf.load(file), folder) for file in files] + [old(file) for file in files]
    return [*made, checkpoint(folder), parts(folder), *generators(folder), *arrays(folder)]


def every(folder: Path) -> list[Kind]:
    """With every class of result, by its example."""
    spec = importlib.util.spec_from_file_location("examples", RESULTS / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    examples = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(examples)
    return [*few(folder), *(result(examples.example_of(name), folder) for name in pf.results.__all__)]
