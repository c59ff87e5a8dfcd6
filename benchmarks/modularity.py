"""Are networks that were trained to be modular more modular than their rivals, at what price, and do their modules work?

Parts: null (100 random networks), cheats (networks that have unrelated neurons and no modules), cost (time of a step), seeds (halves of networks that start at different weights), and
TASK/NET frontiers of all methods; run with --parts a,b to do some and keep what earlier runs found.
"""

import json
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import adjusted_rand_score
from torch import Tensor, nn

import modularity_cheats
import pushforward as pf
from common import RESULTS, arguments, medians, write
from modularity_bars import bars_of
from modularity_networks import NETS, UNITS
from modularity_rivals import BIMT, L1, RANK, Blocks, L1ofJ
from pushforward.datasets import tasks
from pushforward.modules.modular import compare
from pushforward.modules.modular.result import split
from pushforward.rng import generator, normal

TEST = 20_000
POINTS = 64
STEPS = {"MLP": 8000, "CNN": 6000, "transformer": 3000, "small MLP": 6000}
MODULES = {"MLP": None, "CNN": 5, "transformer": None, "small MLP": None}
"""How many modules are kept; None: the communities."""
HOLD = {"MLP": 0.2, "CNN": 1.0, "transformer": 0.2, "small MLP": 0.2}


# -- methods -------------------------------------------------------------------------------------------------------

METHODS: dict[str, tuple[float, ...]] = {
    "none": (0.0,),
    "ours": (0.3, 1.0, 3.0, 5.0, 10.0),
    "L1 weights": (3.0, 10.0, 30.0),
    "BIMT": (1.0, 3.0, 10.0),
    "blocks": (0.1, 0.3, 1.0, 3.0, 10.0),
    "L1 of J": (0.3, 1.0, 3.0),
}
"""The strengths of each."""


def load(path: Path) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Training and test images of an .npz file."""
    with np.load(path) as file:
        held = [torch.from_numpy(file[k]) for k in ("x_train", "y_train", "x_test", "y_test")]
    return (held[0].float() / 255, held[1].long()), (held[2].float() / 255, held[3].long())


def task_of(name: str, files: tuple[Path, Path]) -> tuple[tasks.Task, tasks.Task]:
    """A task for training and the same for testing."""
    digits = load(files[0]) if name in ("digit pairs", "digit | fashion", "stacked digits") else None
    if name == "digit | fashion":
        fashion = load(files[1])
        return tuple(tasks.digit_pairs(digits[k], fashion[k]) for k in (0, 1))
    if digits is not None:
        make = tasks.digit_pairs if name == "digit pairs" else tasks.stacked_digits
        return make(digits[0]), make(digits[1])
    if name == "modular addition":
        return tasks.modular_addition(split="train", seed=0), tasks.modular_addition(split="test", seed=0)
    if name == "shared and private vectors":
        return tasks.shared_vectors(seed=0), tasks.shared_vectors(seed=0)
    return tasks.formulas(name.split()[0]), tasks.formulas(name.split()[0])


def penalty_of(method: str, model: nn.Module, strength: float, inputs: pf.Gaussian, seed: int) -> Callable:
    if method == "L1 weights":
        return L1(model, strength)
    if method == "BIMT":
        return BIMT(model, strength)
    if method == "blocks":
        return Blocks(model, strength)
    return L1ofJ(model, strength, inputs, seed)


def trained(
    task: tasks.Task, net: str, method: str, strength: float, seed: int
) -> tuple[nn.Module, pf.Gaussian, float]:
    """The model in eval mode, the inputs it is seen through, and the seconds of its training."""
    torch.manual_seed(seed)
    model, draws = NETS[net](task), generator(seed)
    settings = pf.settings.ModularTraining(steps=STEPS[net], strength=strength, hold=HOLD[net], count=MODULES[net])
    inputs = pf.Gaussian.fit(task.draw(4000, draws)[0], rank=min(RANK, int(np.prod(task.shape))))
    began = time.perf_counter()
    if method in ("none", "ours"):
        hidden = hidden_layers(model, task)
        told: dict[str, Any] = {"layers": hidden, "unit": UNITS[net], "training": settings}
        pf.train_modular(model, task.draw, seed=seed, loss=task.loss, inputs=inputs, **told)
        return model.eval(), inputs, time.perf_counter() - began
    added = penalty_of(method, model, strength, inputs, seed)
    optimiser = torch.optim.Adam(model.parameters(), settings.lr)
    for step in range(settings.steps):
        for group in optimiser.param_groups:
            group["lr"] = settings.rate(step)
        x, y = task.draw(settings.batch, draws)
        loss = task.loss(model(x), y) + added(x, step / settings.steps)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return model.eval(), inputs, time.perf_counter() - began


def hidden_layers(model: nn.Module, task: tasks.Task) -> list[str]:
    """All layers that are recorded by default, but the output."""
    one = task.draw(1, generator(0))[0][0]
    return [name for name in pf.Neurons(model.eval(), example=one).layers if name != "output"]


def one(case: dict[str, Any]) -> dict[str, Any]:
    """Train and judge one network."""
    train, test = task_of(case["task"], case["files"])
    model, inputs, seconds = trained(train, case["net"], case["method"], case["strength"], case["seed"])
    x, y = test.draw(TEST, generator(10_000 + case["seed"]))
    with torch.no_grad():
        accuracy = test.scores(model(x), y)
    hidden = pf.Neurons(model, layers=hidden_layers(model, test), unit=UNITS[case["net"]])
    found = pf.modular.measure_modularity(hidden, inputs, x[:POINTS], seed=case["seed"], points=POINTS, nulls=19)
    row = {key: case[key] for key in ("task", "net", "method", "strength", "seed")}
    row |= {"accuracy": accuracy, "modularity": found.score, "error": found.error, "excess": found.excess, "Q": found.Q}
    row |= {"modules": found.modules, "alive": found.alive, "seconds": seconds}
    if len(test.parts) == 2:
        row |= lesioned(hidden, inputs, x, y, test, case["seed"], contrasted=case["method"] in ("none", "ours"))
    return row | {"agreement": agreeing(hidden, inputs, x, case["seed"])}


def across(seeds: range, files: tuple[Path, Path]) -> list[dict[str, Any]]:
    """Whether networks that start at different weights end with the same halves: digit pairs, MLP."""
    train, test = task_of("digit pairs", files)
    rows = []
    for method, strength in (("none", 0.0), ("ours", pf.settings.ModularTraining().strength)):
        halves = []
        for seed in seeds:
            model, inputs, _ = trained(train, "MLP", method, strength, seed)
            x = test.draw(TEST, generator(10_000 + seed))[0][: 4 * POINTS]
            net = pf.Neurons(model, layers=hidden_layers(model, test))
            halves.append((net, pf.find_modules(net, inputs, x, seed=seed, count=2).blocks))
        for (a, one), (b, two) in combinations(zip(seeds, halves, strict=True), 2):
            found = compare(one, two, inputs, x, seed=0)
            rows.append({"method": method, "seeds": [a, b], "same": found.same, "chance": found.chance})
    return rows


def agreeing(net: pf.Neurons, inputs: pf.Gaussian, x: Tensor, seed: int) -> float:
    """The adjusted Rand index of the modules found at two disjoint sets of inputs, over neurons that both put in one."""
    found = [pf.find_modules(net, inputs, x[i : i + POINTS], seed=seed + i, points=POINTS) for i in (0, POINTS)]
    first, second = (modules.candidate for modules in found)
    both = (first >= 0) & (second >= 0)
    return float(adjusted_rand_score(first[both], second[both])) if both.sum() > 1 else 0.0


def lesioned(
    net: pf.Neurons, inputs: pf.Gaussian, x: Tensor, y: Tensor, task: tasks.Task, seed: int, *, contrasted: bool
) -> dict[str, Any]:
    """What a two-way cut breaks: the damage of each side to each part, and of random sets of as many neurons.

    `contrasted`: also how much one side leaks while the other is moved.
    """
    try:
        found = pf.find_modules(net, inputs, x, seed=seed, count=2)
    except pf.errors.BadInput:
        return {"lesions": None, "specificity": 0.0}
    x, y = x[:2000], y[:2000]
    lesions = found.lesion(net, lambda f: task.scores(f(x), y), seed=seed, controls=5)
    own, other = split(lesions.effect)
    row = {"lesions": lesions.effect.tolist(), "own": own, "other": other, "specificity": own - other}
    row |= {"random": lesions.control.mean(1).tolist()}
    if not contrasted:
        return row
    told = pf.contrast(net, inputs, *found.blocks, start=x[:256], seed=seed, starts=16)
    return row | {"leak": max(told.a.leak, told.b.leak), "chance leak": max(told.a.chance, told.b.chance)}


# -- null and cost -------------------------------------------------------------------------------------------------


def random_network(seed: int) -> dict[str, Any]:
    """The score of one network of random weights."""
    torch.manual_seed(seed)
    d, a, b = ((4, 8, 16, 32, 64)[seed % 5], (16, 32, 64, 128)[seed % 4], (12, 48, 96)[seed % 3])
    act = (nn.Tanh, nn.ReLU, nn.GELU)[seed % 3]
    model = nn.Sequential(nn.Linear(d, a), act(), nn.Linear(a, b), act(), nn.Linear(b, 10))
    for layer in model[::2]:
        if seed % 2:  # half as PyTorch makes them, half Gaussian
            nn.init.normal_(layer.weight, std=layer.in_features**-0.5)
    X = normal((16, d), seed=seed)
    found = pf.modular.measure_modularity(pf.Neurons(model), pf.Gaussian.isotropic((d,)), X, seed=seed)
    return {"seed": seed, "score": found.score, "error": found.error, "p": found.p_value, "found": found.significant}


def cost(net: str) -> dict[str, Any]:
    """Median seconds of a plain step and of one with the penalty, on average over a run with its turns; in one thread."""
    task = tasks.digit_pairs()
    torch.manual_seed(0)
    model, draws = NETS[net](task), generator(0)
    inputs, defaults = pf.Gaussian.fit(task.draw(2000, draws)[0], rank=RANK), pf.settings.ModularTraining()
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    net_ = pf.Neurons(model, layers=hidden_layers(model, task), unit=UNITS[net])
    penalty = pf.modular.ModularityPenalty(
        net_, inputs, defaults.strength, seed=0, warmup=0, every=1, points=defaults.points, neurons=defaults.neurons
    )
    x, y = task.draw(defaults.batch, draws)

    def step(added: Callable[[Tensor], Tensor] | None) -> None:
        optimiser.zero_grad()
        task.loss(model(x), y).backward()
        if added is not None:
            added(x).backward()
        optimiser.step()

    for _ in range(5):
        step(penalty)
    plain, both = medians([lambda: step(None), lambda: step(penalty)], runs=41)
    ratio = 1 + (1 - defaults.start) * (both / plain - 1) / defaults.every
    row = {"net": net, "plain": plain, "with": both, "every": defaults.every, "ratio": ratio}
    memory = [kept_bytes(lambda: step(None)), kept_bytes(lambda: penalty(x))]  # one after the other: neither adds up
    return row | {"memory": max(memory) / memory[0]}


def kept_bytes(step: Callable[[], Any]) -> int:
    """Bytes of the different tensors that one step keeps for its backward pass."""
    kept: dict[int, int] = {}

    def pack(t: Tensor) -> Tensor:
        storage = t.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return t

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        step()
    return sum(kept.values())


# -- all of it -----------------------------------------------------------------------------------------------------

FRONTIERS = (
    ("digit pairs", "MLP"), ("digit pairs", "CNN"), ("digit pairs", "transformer"), ("digit | fashion", "MLP"),
    ("stacked digits", "MLP"), ("independent formulas", "small MLP"), ("composed formulas", "small MLP"),
    ("modular addition", "MLP"), ("shared and private vectors", "small MLP"),
)  # fmt: skip
UNFIT = {("CNN", "BIMT"), ("transformer", "BIMT")}
"""BIMT swaps neurons of fully connected layers."""


def cases(
    task: str, net: str, seeds: range, files: tuple[Path, Path], methods: str, strengths: str
) -> list[dict[str, Any]]:
    chosen = [m for m in (methods.split(",") if methods else METHODS) if (net, m) not in UNFIT]
    of = lambda m: map(float, strengths.split(",")) if strengths and m != "none" else METHODS[m]  # noqa: E731
    return [
        {"task": task, "net": net, "method": m, "strength": strength, "seed": seed, "files": files}
        for seed in seeds
        for m in chosen
        for strength in of(m)
    ]


def run(part: str, options: Any) -> list[dict]:
    if part == "null":
        return [random_network(seed) for seed in range(options.first, options.first + 100)]
    if part == "cheats":
        return modularity_cheats.rows(range(options.first, options.first + options.seeds))
    if part == "cost":
        torch.set_num_threads(1)
        return [cost(net) for net in ("MLP", "CNN", "transformer")]
    seeds = range(options.first, options.first + options.seeds)
    if part == "seeds":
        return across(seeds, (options.mnist, options.fashion))
    task, net = part.split("/")
    return [
        one(case)
        for case in cases(task, net, seeds, (options.mnist, options.fashion), options.methods, options.strengths)
    ]


def before() -> dict[str, list[dict]]:
    """What an earlier run found, so that parts can be run one at a time."""
    path = RESULTS / "modularity.json"
    return json.loads(path.read_text())["details"] if path.exists() else {}


def merged(old: list[dict], new: list[dict]) -> list[dict]:
    """Rows of both; new ones replace those of the same method, strength and seed."""
    name = lambda row: tuple(str(row.get(k)) for k in ("net", "method", "strength", "seed", "seeds"))  # noqa: E731
    return list(({name(row): row for row in old} | {name(row): row for row in new}).values())


def main() -> None:
    everything = ",".join(["null", "cheats", "cost", "seeds", *[f"{task}/{net}" for task, net in FRONTIERS]])
    options = arguments(__doc__, first=0, seeds=5, parts=everything, methods="", strengths="", mnist=None, fashion=None)
    found = before()
    for part in filter(None, options.parts.split(",")):
        found[part] = merged(found.get(part, []), run(part, options))
    write(
        "modularity",
        title="Modularity: measured against chance, and trained, against rivals at equal budget",
        seeds=f"{options.first} … {options.first + options.seeds - 1}; settings were chosen on seeds 100 …",
        peer="no penalty, L1 of weights, BIMT with swaps, the share of weight inside blocks, L1 of J: written from their papers",
        bars=[bar for part, rows in found.items() for bar in bars_of(part, rows)],
        notes="Q is Newman's, of the communities of the graph of mean squared correlations of hidden neurons (channels of feature "
        f"maps) at {POINTS} test inputs. Rows of a frontier are the most modular strength within the allowed loss of accuracy.",
        details=found,
    )


if __name__ == "__main__":
    main()
