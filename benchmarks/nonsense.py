"""Nonsense tasks: what do finding, contrasting and modular training say of networks whose labels mean nothing?

    python benchmarks/nonsense.py --seeds 5

A method that explains such networks as well as others explains nothing (Drori 2026). The same MLP is trained on 3,000 pairs
of digits to tell both digits; on the same pairs with two labels at random for each, which it can only learn by heart; on
60,000 pairs; and not at all. The first two are trained plainly and to be modular.
"""

import json
from statistics import median
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

import pushforward as pf
from common import RESULTS, Bar, arguments, write
from pairs import agreement, reads_left
from pushforward.datasets import PairMLP, pairs
from pushforward.errors import BadInput
from pushforward.rng import Seed, integers

IMAGES, MANY, STEPS, BATCH = 3000, 60_000, 3000, 256
STRENGTH = 5.0
TASKS = ("digits", "many pairs", "nonsense", "untrained")
PLAIN = ("many pairs", "untrained")
"""Tasks of which no modular network is trained."""
STARTS, DISTANCE = 12, 0.5


def loss(logits: Tensor, labels: Tensor) -> Tensor:
    return cross_entropy(logits[:, :10], labels[:, 0]) + cross_entropy(logits[:, 10:], labels[:, 1])


def trained(task: str, X: Tensor, Y: Tensor, strength: float, *, seed: int) -> PairMLP:
    torch.manual_seed(seed)
    model = PairMLP()
    if task != "untrained":
        settings = pf.settings.ModularTraining(steps=STEPS, batch=BATCH, strength=strength, count=2)
        inputs = pf.Gaussian.fit(X, rank=32)
        layers = ["relu1", "relu2"]
        pf.train_modular(model, (X, Y), seed=seed, loss=loss, inputs=inputs, layers=layers, training=settings)
    return model.eval()


def cut_sides(found: pf.results.Modules) -> list[Tensor]:
    """The two sides of a cut, as numbers of neurons."""
    return [(found.labels == side).nonzero()[:, 0] for side in (0, 1)]


def off_target(net: pf.Neurons, inputs: pf.Gaussian, sides: list[Tensor], X: Tensor, *, seed: Seed) -> dict[str, Any]:
    """The median off-target change when one side moves and the other stays, of random directions, and refusals."""
    leaks, chances, refused = [], [], 0
    for i in range(STARTS):
        try:
            result = pf.contrast(net, inputs, sides[0], sides[1], start=X[i : i + 1], seed=seed, distance=DISTANCE)
        except BadInput:  # no neuron of a side moves near this input
            refused += 1
            continue
        for one in (result.a, result.b):
            leaks.append(one.leak)
            chances.append(one.chance)
    made = {"off_target": median(leaks), "random": median(chances)} if leaks else {"off_target": None, "random": None}
    return made | {"refused": refused}


def judged(model: PairMLP, X: Tensor, Y: Tensor, *, seed: int) -> dict[str, Any]:
    with torch.no_grad():
        right = (model(X).unflatten(1, (2, 10)).argmax(2) == Y).double().mean()
    net, inputs = pf.Neurons(model), pf.Gaussian.fit(X, rank=64)
    free = pf.find_modules(net, inputs, X, seed=seed)
    cut = pf.find_modules(net, inputs, X, seed=seed, count=2)
    left, alive = reads_left(net, inputs, X[:32]), ~cut.dead
    hidden = pf.Neurons(model, layers=["relu1", "relu2"])
    measured = pf.modular.measure_modularity(hidden, inputs, X, seed=seed)
    row = {"accuracy": float(right), "verdict": free.verdict, "modules": len(free.blocks), "p": free.p_value}
    row |= {"score": free.evidence.score, "halves": agreement(cut.shares.argmax(1)[alive], (left > 0.5).long()[alive])}
    row |= {"purity": float((left[alive] - 0.5).abs().mean() * 2), "Q": measured.Q, "modularity": measured.score}
    return row | off_target(net, inputs, cut_sides(cut), X[:STARTS], seed=seed)


def one(task: str, seed: int) -> list[dict[str, Any]]:
    both = pairs(IMAGES, seed=seed)
    X, Y = both.images, both.labels
    if task == "nonsense":
        Y = integers(10, Y.shape, seed=10_000 + seed)
    rows = []
    shown = pairs(MANY, seed=seed) if task == "many pairs" else both
    labels = shown.labels if task == "many pairs" else Y
    for strength in (0.0,) if task in PLAIN else (0.0, STRENGTH):
        model = trained(task, shown.images, labels, strength, seed=seed)
        rows.append({"task": task, "seed": seed, "strength": strength} | judged(model, X, Y, seed=seed))
        print(rows[-1], flush=True)
    return rows


def middle(rows: list[dict], key: str, task: str, strength: float = 0.0) -> float:
    values = [row[key] for row in rows if row["task"] == task and row["strength"] == strength and row[key] is not None]
    return median(values) if values else float("nan")


def bars(rows: list[dict]) -> list[Bar]:
    made = []
    told = lambda key, strength=0.0, form=".2f": "; ".join(  # noqa: E731
        f"{task} {middle(rows, key, task, strength):{form}}" for task in TASKS if strength == 0 or task not in PLAIN
    )
    for task, strength in [
        *((task, 0.0) for task in TASKS),
        *((task, STRENGTH) for task in TASKS if task not in PLAIN),
    ]:
        of = [row for row in rows if row["task"] == task and row["strength"] == strength]
        sure = sum(row["verdict"] == "modules" for row in of)
        how = ", modular training" * (strength > 0)
        made.append(Bar(f"find_modules, {task}{how}: networks with modules", f"{sure} of {len(of)}", "reported", True))
    halves = [middle(rows, "halves", task) for task in ("many pairs", "nonsense", "untrained")]
    made.append(
        Bar(
            "half that a neuron reads told by a cut, share of neurons",
            told("halves"),
            "more for digits",
            halves[0] > max(halves[1:]),
        )
    )
    made.append(Bar("how much of a neuron's variance is of one half (0 none, 1 all)", told("purity"), "reported", True))
    for what, strength in (("plain", 0.0), ("modular training", STRENGTH)):
        made.append(Bar(f"Newman's Q, {what}", told("Q", strength), "reported", True))
        made.append(Bar(f"accuracy on what was trained, {what}", told("accuracy", strength, ".3f"), "reported", True))
    made.append(
        Bar(
            "contrast of the sides of a cut by 0.5 σ: off-target change",
            told("off_target", 0.0, ".4f"),
            "reported",
            True,
        )
    )
    made.append(Bar("the same of random directions", told("random"), "reported", True))
    return made


def main() -> None:
    options = arguments(__doc__ or "", first=0, seeds=5)
    torch.set_num_threads(1)
    path = RESULTS / "nonsense.json"
    rows = json.loads(path.read_text())["details"] if path.exists() else []
    for seed in range(options.first, options.first + options.seeds):
        for task in TASKS:
            if any(row["task"] == task and row["seed"] == seed for row in rows):
                continue
            rows += one(task, seed)
            keep(rows)
    keep(rows)


def keep(rows: list[dict]) -> None:
    write(
        "nonsense",
        title="Nonsense tasks: networks whose labels mean nothing",
        seeds=f"{sorted({row['seed'] for row in rows})}; no setting was chosen on any",
        peer="the same network on labels that mean something, and untrained",
        bars=bars(rows),
        notes=f"PairMLP, {IMAGES:,} pairs of embedded digits, {STEPS:,} steps of {BATCH}, strength {STRENGTH:g}; medians over seeds; contrasts that were refused, since no neuron of a side moves near the input, are left out.",
        details=rows,
    )


if __name__ == "__main__":
    main()
