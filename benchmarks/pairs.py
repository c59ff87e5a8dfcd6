"""Plain MLPs on pairs of digits: does a two-way cut say which half of the input a neuron reads?"""

from pathlib import Path

import numpy as np
import torch
from sklearn.cluster import SpectralClustering
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, cross_entropy

import pushforward as pf
from common import Bar, arguments, on_all_cores, write
from pushforward.datasets import PairMLP
from pushforward.rng import generator, integers

STEPS, BATCH = 8_000, 256
CLEAR = 0.6
"""The share of a neuron's variance from one half at which that half is clearly the one it reads."""


def train(images: Tensor, labels: Tensor, *, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    net, draws = PairMLP(), generator(seed)
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


def one(case: tuple[Path, int]) -> dict:
    path, seed = case
    with np.load(path) as file:
        images, labels = torch.from_numpy(file["x_train"]), torch.from_numpy(file["y_train"]).long()
    images = avg_pool2d(images[:, None].float() / 255, 2)
    model = train(images, labels, seed=seed)
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
        "accuracy": float(right.double().mean()),
        "cut": agreement(found.labels[member], truth[member]),
        "coverage": float(member.double().sum() / alive.sum()),
        "cut_all_alive": agreement(closest[alive], truth[alive]),
        "cut_clear": agreement(closest[clear], truth[clear]),
        "clear": float(clear.double().sum() / alive.sum()),
        "truth_of_other_inputs": agreement(again[alive], truth[alive]),
        "weight_graph": agreement(weight_cut(model, seed)[alive], truth[alive]),
        "weight_graph_same_neurons": agreement(weight_cut(model, seed)[member], truth[member]),
        "modules_unasked": len(free.blocks),
        "p": free.p_value,
        "effect": free.evidence.effect,
        "Q": found.evidence.modularity,
    }


def main() -> None:
    options = arguments(__doc__, first=5000, seeds=5, mnist=None)
    seeds = range(options.first, options.first + options.seeds)
    rows = list(on_all_cores(one, [(options.mnist, seed) for seed in seeds]))
    mean = {key: sum(row[key] for row in rows) / len(rows) for key in rows[0]}
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
    ]  # fmt: skip
    write(
        "pairs",
        title="Plain MLP trained on pairs of digits: which half does a neuron read?",
        seeds=f"{options.first} … {options.first + options.seeds - 1}",
        peer="spectral clustering of the weight graph (Filan et al. 2021), on the same networks",
        bars=bars,
        notes=f"392-128-128-20, {STEPS} steps of {BATCH} fresh pairs of MNIST's 60,000 training digits; accuracy per digit "
        f"{mean['accuracy']:.3f}. Unasked, `find_modules` gave {[row['modules_unasked'] for row in rows]} modules (0: not significant).",
        details=rows,
    )


if __name__ == "__main__":
    main()
