"""Small networks of six kinds, random and trained, whose predicted error is compared with that of many samples."""

import statistics
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (its usual name)

import pushforward as pf
from pushforward.net import Neurons
from pushforward.rng import generator, integers, normal, uniform

SIDE, OUTPUTS, RANK = 8, 4, 16
STEPS = 150
"""Of training, on the outputs of another network of the same kind."""


class Residual(nn.Module):
    """One residual block with GELU."""

    def __init__(self, channels: int, outputs: int):
        super().__init__()
        self.stem, self.first = nn.Conv2d(1, channels, 3, padding=1), nn.GELU()
        self.inner, self.second = nn.Conv2d(channels, channels, 3, padding=1), nn.GELU()
        self.out = nn.Linear(channels, outputs)

    def forward(self, x: Tensor) -> Tensor:
        h = self.first(self.stem(x))
        return self.out(self.second(h + self.inner(h)).mean((2, 3)))


class Rows(nn.Module):
    """The rows of an image are tokens, or steps."""

    def __init__(self, body: nn.Module, width: int, side: int = SIDE, outputs: int = OUTPUTS):
        super().__init__()
        self.first, self.body, self.out = nn.Linear(side, width), body, nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        h = self.body(self.first(x[:, 0]))
        return self.out((h[0] if isinstance(h, tuple) else h).mean(1))


def mlp(act: type[nn.Module], width: int) -> nn.Module:
    inner = (nn.Linear(SIDE**2, width), act(), nn.Linear(width, width), act(), nn.Linear(width, OUTPUTS))
    return nn.Sequential(nn.Flatten(), *inner)


def cnn(width: int) -> nn.Module:
    first = (nn.Conv2d(1, width // 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
    second = (nn.Conv2d(width // 4, width // 2, 3, padding=1), nn.ReLU(), nn.Flatten())
    return nn.Sequential(*first, *second, nn.Linear(width // 2 * 16, OUTPUTS))


def residual(channels: int, outputs: int = OUTPUTS) -> nn.Module:
    return Residual(channels, outputs)


def transformer(width: int, side: int = SIDE, outputs: int = OUTPUTS) -> nn.Module:
    layer = nn.TransformerEncoderLayer(width, 4, 2 * width, dropout=0.0, activation="gelu", batch_first=True)
    return Rows(nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), width, side, outputs)


def recurrent(width: int, side: int = SIDE, outputs: int = OUTPUTS) -> nn.Module:
    return Rows(nn.GRU(width, width, batch_first=True), width, side, outputs)


KINDS: dict[str, Callable[[int], nn.Module]] = {
    "MLP, ReLU": lambda width: mlp(nn.ReLU, width),
    "MLP, tanh": lambda width: mlp(nn.Tanh, width),
    "CNN": cnn,
    "residual CNN, GELU": lambda width: residual(width // 2),
    "transformer": transformer,
    "GRU": recurrent,
}


def trained(model: nn.Module, X: Tensor, Y: Tensor, steps: int, *, seed: int) -> nn.Module:
    """The same model, in eval mode, after some steps of Adam on classes or numbers Y."""
    optimizer, draws = torch.optim.Adam(model.parameters(), 3e-3), generator(seed)
    loss = F.cross_entropy if Y.dtype == torch.long else F.mse_loss
    for _ in range(steps):
        some = integers(len(X), (64,), seed=draws)
        optimizer.zero_grad()
        loss(model(X[some]), Y[some]).backward()
        optimizer.step()
    return model.eval().requires_grad_(False)


def network(kind: str, i: int, seed: int) -> tuple[Neurons, pf.Gaussian, Tensor]:
    """Number i of a kind: random if i is even; its width, the spread of its inputs and its weights vary."""
    draws = generator(seed)
    width = 4 * int(4 + 6 * uniform((), seed=draws))
    spread = float(0.2 + 1.8 * uniform((), seed=draws))
    X = normal((512, SIDE**2), seed=draws) * spread * torch.linspace(1, 0.1, SIDE**2)
    X = (X @ torch.linalg.qr(normal((SIDE**2, SIDE**2), seed=draws)).Q).reshape(-1, 1, SIDE, SIDE)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model, teacher = KINDS[kind](width).eval(), KINDS[kind](width).eval()
    with torch.no_grad():
        Y = teacher(X)
    model = trained(model, X, (Y - Y.mean(0)) / Y.std(0), STEPS if i % 2 else 0, seed=seed)
    return Neurons(model, unit="channel"), pf.Gaussian.fit(X, rank=RANK), X


def by_kind(distance: Callable[..., float], networks: int, count: int, seed: int) -> list[dict]:
    """Of so many networks the error at scale 1 that `check` predicts, and that of `count` samples."""
    rows = []
    for i in range(networks):
        kind = list(KINDS)[i % len(KINDS)]
        net, gaussian, X = network(kind, i // len(KINDS), seed + i)
        P = pf.push(net, gaussian, X[0])
        halves = []
        for half in range(2):
            W = normal((count // 2, RANK), seed=seed + 10_000 + 2 * i + half)
            with torch.no_grad():
                values = torch.cat([net(P.chart(part)) for part in W.split(2048)]).double()
            halves.append(torch.cov(values.T))
        G = P.factor.double() @ P.factor.double().T
        check = P.check(seed=seed + i)
        rows.append(
            {
                "kind": kind,
                "trained": bool(i // len(KINDS) % 2),
                "predicted": float(check.error[0, -1]),
                "error": distance(G, tuple(halves)),
                "se": float(check.error_se[0, -1]),
            }
        )
    return rows


def ratio(row: dict) -> float:
    small, large = sorted((row["predicted"], row["error"]))
    return large / max(small, 1e-9)


def figures(rows: list[dict]) -> str:
    """How many are within 1.3×, and of what sizes the errors are."""
    near = sum(ratio(row) <= 1.3 for row in rows)
    errors = sorted(row["error"] for row in rows)
    spread = f"errors {errors[0]:.2g} … {errors[-1]:.2g}, median {statistics.median(errors):.2g}"
    return f"{near} of {len(rows)} ({near / len(rows):.0%}); {spread}"
