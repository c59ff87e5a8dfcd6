"""Plain MLPs on pairs of digits: does a cut say which half of the input a neuron reads, asked for and unasked?"""

from itertools import product
from pathlib import Path

import numpy as np
import torch
from sklearn.cluster import SpectralClustering
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, cross_entropy

import pushforward as pf
from common import Bar, arguments, on_all_cores, write
from pushforward.rng import generator, integers

STEPS, BATCH = 8_000, 256
CLEAR = 0.6
"""The share of a neuron's variance from one half at which that half is clearly the one it reads."""
WIDTHS = (64, 128, 256)
PURE = 0.9
"""The share of a module's neurons that read one half, from which on the module is that half's."""


def network(width: int) -> nn.Module:
    """`PairMLP` with other widths."""
    first, second, last = nn.Linear(14 * 28, width), nn.Linear(width, width), nn.Linear(width, 20)
    return nn.Sequential(nn.Flatten(), first, nn.ReLU(), second, nn.ReLU(), last)


def train(images: Tensor, labels: Tensor, width: int, *, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    net, draws = network(width), generator(seed)
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _ in range(STEPS):
        left, right = integers(len(images), (2, BATCH), seed=draws)
        logits = net(torch.cat([images[left], images[right]], 3))
        loss = cross_entropy(logits[:, :10], labels[left]) + cross_entropy(logits[:, 10:], labels[right])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return net.eval()


def reads_left(net: pf.Neurons, inputs: pf.Gaussian, X: Tensor) -> Tensor:
    """For each neuron the share of its variance that comes from the left half of the image (a,)."""
    L = inputs.L.reshape(14, 28, -1)
    energy = torch.zeros(len(net), 2)
    for x in X:
        J = pf.push(net, pf.Gaussian.isotropic(x.shape), x).factor.reshape(-1, 14, 28)
        for half, columns in enumerate((slice(0, 14), slice(14, 28))):
            energy[:, half] += torch.einsum("aij,ijr->ar", J[:, :, columns], L[:, columns]).square().sum(1)
    return energy[:, 0] / energy.sum(1).clamp_min(1e-20)


def weight_cut(model: nn.Module, seed: int) -> Tensor:
    """Spectral clustering of the graph of absolute weights between all units (Filan et al. 2021), hidden units and outputs."""
    weights = [m.weight.detach().abs() for m in model.modules() if isinstance(m, nn.Linear)]
    sizes = [weights[0].shape[1], *[W.shape[0] for W in weights]]
    starts = np.cumsum([0, *sizes])
    graph = np.zeros((starts[-1], starts[-1]))
    for i, W in enumerate(weights):
        a, b, c = starts[i], starts[i + 1], starts[i + 2]
        graph[b:c, a:b] = W.numpy()
    cut = SpectralClustering(2, affinity="precomputed", random_state=seed).fit_predict(graph + graph.T)
    return torch.from_numpy(cut[sizes[0] :])


def agreement(cut: Tensor, truth: Tensor) -> float:
    same = float((cut == truth).double().mean())
    return max(same, 1 - same)


def unasked(free: pf.results.Modules, net: pf.Neurons, truth: Tensor, pairs: pf.datasets.Pairs, seed: int) -> dict:
    """Whether there is a module of either half, and whether each costs its own digit more than the other's."""
    rights = [float((truth[block] == 0).double().mean()) for block in free.blocks]
    sides = [0 if right <= 1 - PURE else 1 if right >= PURE else None for right in rights]
    row = {"modules_unasked": len(rights), "rights": rights, "both": {0, 1} <= set(sides), "lesions": []}
    if rights:
        x, y = pairs.images, pairs.labels
        scores = lambda f: dict(zip("lr", (f(x).unflatten(1, (2, 10)).argmax(2) == y).double().mean(0), strict=True))  # noqa: E731
        row["lesions"] = free.lesion(net, scores, seed=seed, controls=5).effect.tolist()
    return row


def lesions_agree(row: dict) -> bool:
    """Whether every module's lesion costs the digit of the half that most of its neurons read more than the other's."""
    return all((right > 0.5) == (cost[1] > cost[0]) for right, cost in zip(row["rights"], row["lesions"], strict=True))


def one(case: tuple[Path, int, int]) -> dict:
    path, seed, width = case
    with np.load(path) as file:
        images, labels = torch.from_numpy(file["x_train"]), torch.from_numpy(file["y_train"]).long()
    images = avg_pool2d(images[:, None].float() / 255, 2)
    model = train(images, labels, width, seed=seed)
    pairs = pf.datasets.pairs(4000, seed=seed)
    with torch.no_grad():
        right = model(pairs.images).unflatten(1, (2, 10)).argmax(2) == pairs.labels
    net, inputs = pf.Neurons(model), pf.Gaussian.fit(pairs.images, rank=64)
    found = pf.find_modules(net, inputs, pairs.images, seed=seed, count=2, points=128)
    free = pf.find_modules(net, inputs, pairs.images, seed=seed)
    left = reads_left(net, inputs, pairs.images[:64])
    truth, again = (left > 0.5).long(), (reads_left(net, inputs, pairs.images[64:128]) > 0.5).long()
    alive, member = ~found.dead, found.labels >= 0
    clear = alive & ((left - 0.5).abs() >= CLEAR - 0.5)
    closest = found.shares.argmax(1)
    return {
        "seed": seed,
        "width": width,
        "accuracy": float(right.double().mean()),
        "cut": agreement(found.labels[member], truth[member]),
        "coverage": float(member.double().sum() / alive.sum()),
        "cut_all_alive": agreement(closest[alive], truth[alive]),
        "cut_clear": agreement(closest[clear], truth[clear]),
        "clear": float(clear.double().sum() / alive.sum()),
        "truth_of_other_inputs": agreement(again[alive], truth[alive]),
        "weight_graph": agreement(weight_cut(model, seed)[alive], truth[alive]),
        "weight_graph_same_neurons": agreement(weight_cut(model, seed)[member], truth[member]),
        **unasked(free, net, truth, pairs, seed),
        "verdict": free.verdict,
        "p": free.p_value,
        "effect": free.evidence.effect,
    }


def main() -> None:
    options = arguments(__doc__, first=5000, seeds=5, mnist=None)
    seeds = range(options.first, options.first + options.seeds)
    all_ = list(on_all_cores(one, [(options.mnist, seed, width) for seed, width in product(seeds, WIDTHS)]))
    rows = [row for row in all_ if row["width"] == 128]
    mean = {
        key: sum(row[key] for row in rows) / len(rows) for key, value in rows[0].items() if isinstance(value, float)
    }
    by_width = ", ".join(f"{w}: {sum(row['both'] for row in all_ if row['width'] == w)}" for w in WIDTHS)
    both, modular = [row for row in all_ if row["both"]], [row for row in all_ if row["modules_unasked"]]
    agree = [row for row in modular if lesions_agree(row)]
    bars = [
        Bar(
            "agreement of the two-way cut with the half a neuron reads, neurons in a block",
            f"{mean['cut']:.3f} (covering {mean['coverage']:.0%} of alive neurons)", "≥ 0.95", mean["cut"] >= 0.95,
        ),
        Bar("the same, every alive neuron put on its nearer side", f"{mean['cut_all_alive']:.3f}", "≥ 0.95", mean["cut_all_alive"] >= 0.95),
        Bar(
            f"the same, of the {mean['clear']:.0%} of alive neurons that have ≥ {CLEAR:.0%} of their variance from one half",
            f"{mean['cut_clear']:.3f}", "≥ 0.95", mean["cut_clear"] >= 0.95,
        ),
        Bar(
            "the most there is to reach: the half a neuron reads, judged on two sets of inputs, all alive",
            f"{mean['truth_of_other_inputs']:.3f}", "a ceiling", True,
        ),
        Bar(
            "spectral clustering of the weight graph, all alive (neurons in a block)",
            f"{mean['weight_graph']:.3f} ({mean['weight_graph_same_neurons']:.3f})", "the rival", mean["cut_all_alive"] > mean["weight_graph"],
        ),
        Bar(
            f"unasked, widths {', '.join(map(str, WIDTHS))}: a module of either half",
            f"{len(both)} of {len(all_)} ({by_width})",
            "≥ 80%", len(both) >= 0.8 * len(all_),
        ),
        Bar(
            "… every module's lesion costs the digit of the half that most of its neurons read more than the other",
            f"{len(agree)} of {len(modular)} networks with modules", "all", len(agree) == len(modular),
        ),
    ]  # fmt: skip
    write(
        "pairs",
        title="Plain MLP trained on pairs of digits: which half does a neuron read?",
        seeds=f"{options.first} … {options.first + options.seeds - 1}",
        peer="spectral clustering of the weight graph (Filan et al. 2021), on the same networks",
        bars=bars,
        notes=f"392-128-128-20, {STEPS} steps of {BATCH} fresh pairs of MNIST's 60,000 training digits; accuracy per digit "
        f"{mean['accuracy']:.3f}. The first five rows are of width 128. A module is a half's if at least {PURE:.0%} of its neurons "
        f"have most of their variance from there. Modules unasked, by seed and width: {[row['modules_unasked'] for row in all_]} (0: none significant).",
        details=all_,
    )


if __name__ == "__main__":
    main()
