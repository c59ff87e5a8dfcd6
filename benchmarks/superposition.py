"""Are the features of toy models of superposition found without training, and nothing in random networks?"""

import time
from itertools import pairwise

import torch
from torch import Tensor, nn

from common import Bar, arguments, on_all_cores, write
from pushforward.modules.subspaces import find_subspaces
from pushforward.rng import Seed, generator, normal, uniform

SIZES = ((5, 2), (40, 10))
# A feature counts if its column of W is longer.
REPRESENTED = 0.5
ACTIVATIONS = {"ReLU": nn.ReLU, "Tanh": nn.Tanh, "GELU": nn.GELU}
RANDOM = {
    "16-32-32-16": ((16, 32, 32, 16), "0"),
    "10-32-64-20, after the activation": ((10, 32, 64, 20), "1"),
    "10-4-8-2": ((10, 4, 8, 2), "0"),
    "5-3-16-5": ((5, 3, 16, 5), "0"),
    "5-2-16-5": ((5, 2, 16, 5), "0"),
}


class Toy(nn.Module):
    """x ↦ relu(Wᵀ W x + b), n features in k dimensions. Source: Elhage et al. (2022)."""

    def __init__(self, n: int, k: int, *, seed: Seed):
        super().__init__()
        self.W = nn.Parameter(normal((k, n), seed=seed) / n**0.5)
        self.b = nn.Parameter(torch.zeros(n))
        self.hidden = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.hidden(x @ self.W.T) @ self.W + self.b)


def sparse(n: int, size: int, *, seed: Seed, share: float = 0.05) -> Tensor:
    """Features that are there with that probability, uniform in [0, 1)."""
    draws = generator(seed)
    return uniform((size, n), seed=draws) * (uniform((size, n), seed=draws) < share)


def trained(n: int, k: int, *, seed: int, steps: int = 5000) -> Toy:
    """A toy model, by Adam with a cosine schedule: a few seconds."""
    draws = generator(seed)
    model = Toy(n, k, seed=draws)
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        x = sparse(n, 1024, seed=draws)
        loss = (model(x) - x).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return model


def autoencoder(hidden, width: int, k: int, *, penalty: float, seed: int, block: int = 2000, most: int = 60_000):
    """The dictionary (k, width) of a sparse autoencoder, and its steps: h ≈ D relu(E (h − c) + e) + c, unit columns.

    Adam with batches of 1,024 fresh inputs until the mean loss of a block of steps falls by less than 0.5 %, then two
    blocks in which the rate decays to nothing.
    """
    draws = generator(seed)
    D = normal((k, width), seed=draws)
    D = nn.Parameter(D / D.norm(dim=0))
    E, e, c = nn.Parameter(D.detach().T.clone()), nn.Parameter(torch.zeros(width)), nn.Parameter(torch.zeros(k))
    optimiser = torch.optim.Adam((D, E, e, c), lr=1e-3)
    last, done, total, left = float("inf"), 0, 0.0, None
    while done < most and left != 0:
        h = hidden(1024, draws)
        a = torch.relu((h - c) @ E.T + e)
        loss = (a @ D.T + c - h).square().sum(1).mean() + penalty * a.sum(1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            D /= D.norm(dim=0).clamp_min(1e-9)
        total, done = total + float(loss.detach()), done + 1
        if left is not None:
            left -= 1
            optimiser.param_groups[0]["lr"] = 1e-3 * left / (2 * block)
        elif done % block == 0:
            if total > 0.995 * last:
                left = 2 * block
            last, total = total, 0.0
    return D.detach(), done


def cosines(W: Tensor, D: Tensor) -> float:
    """The mean over represented features of the largest signed cosine with a direction."""
    W, D = W.double(), D.double()
    W = W[:, W.norm(dim=0) > REPRESENTED]
    if D.shape[1] == 0:
        return 0.0
    return float(((W / W.norm(dim=0)).T @ (D / D.norm(dim=0))).amax(1).mean())


def toy(job: tuple[int, int, int, float]) -> dict:
    """One toy model: its directions, those of a sparse autoencoder, and the seconds of CPU that each takes."""
    n, k, seed, penalty = job
    model = trained(n, k, seed=seed)
    W = model.W.detach()
    X = sparse(n, 2000, seed=10_000 + seed)
    find_subspaces(model, X[:200], layer="hidden", seed=0, nulls=0)  # what torch loads at its first derivative
    times, whole = [], []
    for nulls, kept in ((0, times), (19, whole)) * 3:
        start = time.process_time()
        result = find_subspaces(model, X, layer="hidden", seed=seed, nulls=nulls)
        kept.append(time.process_time() - start)
    start = time.process_time()
    with torch.no_grad():
        columns = W.T.clone()

    def hidden(size: int, draws: torch.Generator) -> Tensor:
        return sparse(n, size, seed=draws) @ columns

    D, steps = autoencoder(hidden, n, k, penalty=penalty, seed=seed)
    return {
        "size": f"{n} in {k}",
        "seed": seed,
        "represented": int((W.norm(dim=0) > REPRESENTED).sum()),
        "found": len(result.bases),
        "sound": int(result.sound.sum()),
        "again": float(result.again.min()) if len(result.bases) else 0.0,
        "cosine": cosines(W, result.directions),
        "verdict": result.verdict,
        "share": result.share,
        "total": result.total,
        "null": max(result.null),
        "seconds": sorted(times)[1],
        "seconds_with_nulls": sorted(whole)[1],
        "autoencoder_cosine": cosines(W, D),
        "autoencoder_seconds": time.process_time() - start,
        "autoencoder_steps": steps,
    }


def random(seed: int) -> list[dict]:
    """Random dense networks, as their constructors make them."""
    rows = []
    for name, (sizes, layer) in RANDOM.items():
        for kind, activation in ACTIVATIONS.items():
            torch.manual_seed(seed)
            layers: list[nn.Module] = []
            for a, b in pairwise(sizes[:-1]):
                layers += [nn.Linear(a, b), activation()]
            model = nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))
            result = find_subspaces(model, normal((1000, sizes[0]), seed=seed), layer=layer, seed=seed)
            rows.append(
                {"network": name, "activation": kind, "seed": seed, "verdict": result.verdict, "share": result.share}
            )
    return rows


def toy_bars(rows: list[dict]) -> list[Bar]:
    bars = []
    for size in dict.fromkeys(row["size"] for row in rows):
        some = [row for row in rows if row["size"] == size]
        least = min(row["cosine"] for row in some)
        ratio = min(row["autoencoder_seconds"] / row["seconds_with_nulls"] for row in some)
        mean = lambda name: sum(row[name] for row in some) / len(some)  # noqa: B023, E731
        extra = max(row["found"] - row["represented"] for row in some)
        sure = sum(row["verdict"] == "subspaces" for row in some)
        bars += [
            Bar(f"{size}: mean over features of the largest cosine, worst of {len(some)} seeds",
                f"{least:.4f} (autoencoder: {mean('autoencoder_cosine'):.4f} on average)", "≥ 0.99", least >= 0.99),
            Bar(f"{size}: said to be there, and how many directions too many at most", f"{sure} of {len(some)}, {extra}",
                f"{len(some)}, 0", sure == len(some) and extra == 0),
            Bar(f"{size}: CPU time of the sparse autoencoder over ours with 19 nulls, least",
                f"{ratio:.0f}× ({mean('autoencoder_seconds'):.0f} s; ours {mean('seconds_with_nulls'):.2f} s, "
                f"{mean('seconds'):.2f} s without nulls)", "≥ 100×", ratio >= 100),
        ]  # fmt: skip
    return bars


def random_bars(rows: list[dict]) -> list[Bar]:
    bars = []
    for name in RANDOM:
        some = [row["verdict"] for row in rows if row["network"] == name]
        quiet = len(some) - some.count("subspaces")
        words = f"{quiet} of {len(some)} ({some.count('none')} none, {some.count('cannot tell')} cannot tell)"
        bars.append(Bar(f"random {name}, three activations: nothing found", words, "all", quiet == len(some)))
    return bars


def main() -> None:
    options = arguments(__doc__, first=3000, seeds=5, controls=20)
    jobs = [(n, k, seed, 0.3) for n, k in SIZES for seed in range(options.first, options.first + options.seeds)]
    toys = list(on_all_cores(toy, jobs))
    controls = [row for part in on_all_cores(random, list(range(3100, 3100 + options.controls))) for row in part]
    write(
        "superposition",
        title="Features in superposition, found without training",
        seeds=f"{options.first} … {options.first + options.seeds - 1}, random networks 3100 … "
        f"{3099 + options.controls}; settings were chosen on seeds below 100",
        peer="a sparse autoencoder with as many latents as there are features, trained to convergence",
        bars=toy_bars(toys) + random_bars(controls),
        notes="Toy models of Elhage et al. (2022): relu(WᵀWx + b), features with probability 0.05, uniform, of equal "
        "importance. Times are seconds of CPU in one thread. The weight of the autoencoder's penalty was chosen by its "
        "cosine on other seeds.",
        details={"toys": toys, "controls": controls},
    )


if __name__ == "__main__":
    main()
