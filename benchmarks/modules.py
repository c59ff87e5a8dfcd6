"""Are sets of neurons found where they are known, and none where there are none?"""

import json
import time
from collections.abc import Iterable

import torch
from sklearn.metrics import adjusted_rand_score
from torch import Tensor

import pushforward as pf
from common import RESULTS, arguments, on_all_cores, write
from modules_bars import bars_of
from truths import KINDS, WITHOUT, Truth, glue
from truths.rivals import kmeans_activations, leiden_activations, spectral_weights

# At how many inputs, and against how many rotated networks
OPTIONS = {"points": 32, "nulls": 19}
# Directions of glued programs: all of them, for modules that are exactly apart
ALL = 1024


def score(truth: Tensor, labels: Tensor, alive: Tensor) -> dict[str, float]:
    """Agreement on the neurons of modules (those in none count against), recall, and precision among all."""
    planted, members = (truth >= 0) & alive, labels >= 0
    return {
        "ari": adjusted_rand_score(truth[planted], labels[planted]),
        "recall": float((planted & members).sum() / planted.sum()),
        "precision": float((planted & members).sum() / members.sum().clamp_min(1)),
    }


def known(job: tuple[str, int]) -> dict:
    """One planted network."""
    name, seed = job
    truth = KINDS[name](seed)
    start = time.perf_counter()
    by = "activity" if "experts" in name else "directions"
    found = pf.find_modules(truth.net, truth.inputs, truth.X, seed=seed, by=by, twin=False, **OPTIONS)
    seconds, alive = time.perf_counter() - start, ~found.dead
    row = {"kind": name, "seed": seed, "verdict": found.verdict, "blocks": len(found.blocks), "count": truth.count}
    row |= score(truth.labels, found.labels, alive) | {"seconds": seconds, "leak": found.leak}
    return row | {"rivals": rivals(truth, alive, seed)}


def rivals(truth: Truth, alive: Tensor, seed: int) -> dict[str, float]:
    """Agreement of rivals on the neurons of modules; the first and last are given the right number."""
    scores: dict[str, float] = {}
    for rival in (kmeans_activations, leiden_activations, spectral_weights):
        try:
            labels = torch.as_tensor(rival(truth, seed=seed))
        except pf.errors.BadInput:  # it does not apply to such networks, and its column says how many it does
            continue
        scores[rival.__name__] = score(truth.labels, labels, alive)["ari"]
    return scores


def program(job: tuple[str, int]) -> dict:
    """Two to four programs in one transformer."""
    kind, seed = job
    truth = glue(seed, kind=kind)
    options = {"points": 256, "nulls": 19, "directions": ALL, "twin": False}
    found = pf.find_modules(truth.net, truth.inputs, truth.X, seed=seed, **options)
    alive = ~found.dead
    row = {"tokens": kind, "seed": seed, "verdict": found.verdict, "blocks": len(found.blocks), "count": truth.count}
    candidate = score(truth.labels, found.candidate, alive)["ari"]
    return (
        row | score(truth.labels, found.labels, alive) | {"candidate": candidate, "rivals": rivals(truth, alive, seed)}
    )


def without(job: tuple[str, int]) -> dict:
    """A network without modules, asked twice."""
    name, seed = job
    truth = WITHOUT[name](seed)
    one, other = (
        pf.find_modules(truth.net, truth.inputs, truth.X, seed=k, twin=False, **OPTIONS) for k in (seed, seed + 10_000)
    )
    matches = [max((_jaccard(a, b) for b in other.blocks), default=0.0) for a in one.blocks]
    row = {"network": name, "seed": seed, "verdict": one.verdict, "blocks": len(one.blocks), "p": one.p_value}
    return row | {"least_agreement": min(matches, default=None), "effect": one.evidence.effect}


def _jaccard(a: Tensor, b: Tensor) -> float:
    return len(set(a.tolist()) & set(b.tolist())) / len(set(a.tolist()) | set(b.tolist()))


def leakage(seed: int) -> dict:
    """Leakage that is told, and measured by hand with all directions at other inputs."""
    truth = pf.datasets.planted(300, modules=3, leak=0.1 * (seed % 7), dim=64 * (1 + seed % 4), seed=seed)
    net, inputs = pf.Neurons(truth.model), pf.Gaussian.isotropic(truth.inputs.shape[1:])
    found = pf.find_modules(net, inputs, truth.inputs[:128], seed=seed, twin=False, **OPTIONS)
    labels, total = found.candidate, torch.zeros(len(found.candidate), len(found.candidate))
    for x in truth.inputs[128:136]:
        F = pf.push(net, inputs, x).factor
        U = F / F.norm(dim=1, keepdim=True).clamp_min(1e-12)
        total += (U @ U.T).square().fill_diagonal_(0)
    inside = labels >= 0
    same = labels[:, None] == labels
    among = total[inside][:, inside]
    hand = 1 - float(among[same[inside][:, inside]].sum() / among.sum())
    everything = 1 - float(total[same & inside].sum() / total.sum())
    return {"seed": seed, "told": found.leakage, "hand": hand, "told_all": found.leakage_all, "hand_all": everything}


PARTS = {"known": known, "glued": program, "without": without, "leakage": leakage}


def jobs(part: str, first: int, seeds: int) -> list:
    """What a part does, seed by seed."""
    numbers = range(first, first + seeds)
    if part == "leakage":
        return list(range(first, first + 20 * seeds))
    names: Iterable[str] = {"known": KINDS, "glued": ("separate", "shared"), "without": WITHOUT}[part]
    more = 6 if part == "glued" else 1
    return [(name, seed) for seed in range(numbers.start, numbers.start + more * seeds) for name in names]


def main() -> None:
    options = arguments(__doc__, first=4000, seeds=5, parts="known,glued,without,leakage")
    path = RESULTS / "modules.json"
    details = json.loads(path.read_text())["details"] if path.exists() else {}
    for part in options.parts.split(","):
        details[part] = list(on_all_cores(PARTS[part], jobs(part, options.first, options.seeds)))
    write(
        "modules",
        title="Sets of neurons: known networks of many kinds, compiled programs, networks without modules",
        seeds=f"from {options.first}; settings were chosen on seeds below 1000",
        peer="k-means and Leiden on activations, spectral clustering of weights",
        bars=bars_of(details),
        notes="Agreement (adjusted Rand index) is on the neurons of modules; those that are left out count against it. "
        "k-means and spectral clustering are given the right number; weights show planted wiring directly.",
        details=details,
    )


if __name__ == "__main__":
    main()
