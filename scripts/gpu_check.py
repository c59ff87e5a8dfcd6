"""All checks of a device in one go, in under five minutes: speed, equality with the CPU, memory, training, contrast.

    python scripts/gpu_check.py                # on the first GPU; writes benchmarks/results/gpu_check.json
    python scripts/gpu_check.py --device cpu   # small sizes, to see that the script runs

A check that fails or raises is told and does not stop the others; those for which no time is left are named.
"""

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

import pushforward as pf
from pushforward import datasets, latents
from pushforward.rng import normal

RESULTS = Path(__file__).parents[1] / "benchmarks" / "results" / "gpu_check.json"
LIMIT = 270.0
"""Seconds after which no further check begins."""
DIRECTIONS = 64


class Device(NamedTuple):
    """Where is computed, and whether sizes are those of a GPU."""

    name: str
    large: bool

    @property
    def cuda(self) -> bool:
        return self.name.startswith("cuda")

    def wait(self) -> None:
        """Until all is computed that was asked for."""
        if self.cuda:
            torch.cuda.synchronize()

    def seconds(self, function: Callable[[], object], runs: int = 9) -> float:
        """The median time of a call, after three that do not count."""
        times = list[float]()
        for number in range(runs + 3):
            self.wait()
            began = time.perf_counter()
            function()
            self.wait()
            times += [time.perf_counter() - began] * (number >= 3)
        return statistics.median(times)


class Case(NamedTuple):
    """A network with an input and what near it means."""

    net: pf.Neurons
    inputs: pf.Gaussian
    X: Tensor


def mlp(device: Device, dtype: torch.dtype = torch.float32) -> Case:
    """An MLP."""
    width = 4096 if device.large else 128
    layers = [nn.Linear(256, width), nn.GELU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 64)]
    return _case(nn.Sequential(*layers), (256,), device, dtype)


def transformer(device: Device, dtype: torch.dtype = torch.float32) -> Case:
    """A transformer of width 1,024; of 32 where it should be small."""
    width, tokens = (1024, 128) if device.large else (32, 8)
    layer = nn.TransformerEncoderLayer(width, 4, 4 * width, dropout=0.0, batch_first=True)
    return _case(nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), (tokens, width), device, dtype)


def cnn(device: Device, dtype: torch.dtype = torch.float32) -> Case:
    """A CNN of some hundred thousand neurons, or some thousand."""
    channels, size = (64, 64) if device.large else (4, 12)
    layers = [nn.Conv2d(3, channels, 3, padding=1), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU()]
    return _case(nn.Sequential(*layers), (3, size, size), device, dtype)


KINDS = {"MLP": mlp, "transformer": transformer, "CNN": cnn}


def _case(model: nn.Module, shape: tuple[int, ...], device: Device, dtype: torch.dtype) -> Case:
    for number, (name, p) in enumerate(model.named_parameters()):
        values = normal(tuple(p.shape), seed=number)
        p.data = values / p[0].numel() ** 0.5 if p.ndim > 1 else 0.1 * values + ("norm" in name and "weight" in name)
    inputs = pf.Gaussian.fit(normal((512, *shape), seed=1), rank=DIRECTIONS)
    X = normal((DIRECTIONS, *shape), seed=2).to(device.name, dtype)
    return Case(pf.Neurons(model.to(device.name, dtype).eval()), inputs, X)


class Check(NamedTuple):
    """What was measured, whether it is right, and numbers."""

    what: str
    right: bool
    numbers: dict[str, object]


def speed(device: Device) -> list[Check]:
    """A push of 64 directions against a forward pass of 64 inputs."""
    checks = []
    for kind, make in KINDS.items():
        for dtype in (torch.float32, torch.bfloat16) if device.large else (torch.float32,):
            case = make(device, dtype)
            case.net.programs.announce(1000)  # traced at the first push, as in a search
            with torch.no_grad():
                forward = device.seconds(lambda case=case: case.net(case.X))
                push = device.seconds(lambda case=case: pf.push(case.net, case.inputs, case.X[0]).factor)
            numbers = {"forward_ms": forward * 1e3, "push_ms": push * 1e3, "ratio": push / forward}
            what = f"{kind}, {str(dtype)[6:]}: push of 64 directions at most 4 forward passes of 64 inputs"
            checks.append(Check(what, push <= 4 * forward or not device.large, numbers))
    return checks


def equality(device: Device) -> list[Check]:
    """The factor on the device against that on the CPU."""
    checks, cpu = [], device._replace(name="cpu")
    for kind, make in KINDS.items():
        for dtype, most in ((torch.float32, 1e-3), (torch.float64, 1e-9)):
            small = device._replace(large=False)
            there, here = (make(one, dtype) for one in (small, cpu._replace(large=False)))
            F, G = (pf.push(case.net, case.inputs, case.X[0]).factor.cpu().double() for case in (there, here))
            off = float((F - G).norm() / G.norm())
            checks.append(
                Check(f"{kind}, {str(dtype)[6:]}: the factor is the CPU's to {most:g}", off <= most, {"off": off})
            )
    return checks


def memory(device: Device) -> list[Check]:
    """What a push takes beside the factor, and whether it is given back."""
    case = cnn(device)
    for x in case.X[:6]:
        pf.push(case.net, case.inputs, x)
    if not device.cuda:
        return [Check("memory is measured on GPUs only", True, {})]
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    F = pf.push(case.net, case.inputs, case.X[0]).factor
    size, peak = F.nbytes, torch.cuda.max_memory_allocated() - before
    del F
    left = torch.cuda.memory_allocated() - before
    numbers: dict[str, object] = {"factor": size, "peak": peak, "left": left}
    return [
        Check("a push takes at most 4 times its factor", peak <= 4 * size, numbers),
        Check("and gives all of it back", left <= 2**20, numbers),
    ]


def modules(device: Device) -> list[Check]:
    """Planted modules, on the device and on the CPU."""
    truth = datasets.planted(400 if device.large else 100, modules=3, seed=0)
    options = {"points": 16 if device.large else 6, "nulls": 19, "sample": 200 if device.large else 60, "seed": 0}
    found = []
    for name in (device.name, "cpu"):
        net, inputs = pf.Neurons(truth.model.to(name)), pf.Gaussian.isotropic((64,))
        found.append(pf.find_modules(net, inputs, truth.inputs.to(name), **options))
    same = float((found[0].labels == found[1].labels).double().mean())
    off = float((found[0].shares - found[1].shares).abs().max())
    return [Check("find_modules gives the labels of the CPU", same >= 0.99, {"same": same, "shares_off": off})]


def training(device: Device) -> list[Check]:
    """A generator of a circle: trained on the device, its samples are on the circle."""
    angle = 6.2832 * torch.rand(2000, generator=torch.Generator().manual_seed(0))
    X = torch.stack([angle.cos(), angle.sin()], 1)
    steps = 2000 if device.large else 20
    began = time.perf_counter()
    gen = pf.Generator.fit(
        X, latents.Circle(), seed=0, training=pf.settings.Training(steps=steps, batch=64), law=False, device=device.name
    )
    took = time.perf_counter() - began
    radius = gen.sample(500, seed=1).cpu().norm(dim=1)
    off = float((radius - 1).abs().median())
    right = bool(radius.isfinite().all()) and (off <= 0.1 or not device.large)
    return [Check("a generator is trained on the device", right, {"steps": steps, "seconds": took, "radius_off": off})]


def contrast(device: Device) -> list[Check]:
    """One module of the shipped classifier moves while another stays, on the device as on the CPU."""
    X, leaks = datasets.pairs(400, seed=0).images, []
    for name in (device.name, "cpu"):
        net, inputs = pf.Neurons(datasets.pair_classifier().to(name)), pf.Gaussian.fit(X, rank=32)
        A, B = torch.arange(0, 40), torch.arange(60, 100)
        c = pf.contrast(net, inputs, A, B, start=X.to(name), seed=0, starts=8, frames=5)
        leaks.append([float(c.a.leak), float(c.b.leak)])
    off = max(abs(a - b) for a, b in zip(*leaks, strict=True))
    return [Check("contrast leaks as much as on the CPU, to 0.1", off <= 0.1, {"device": leaks[0], "cpu": leaks[1]})]


CHECKS = (equality, memory, speed, modules, contrast, training)


def run(device: Device) -> list[dict[str, object]]:
    """All checks, each with what it says, in order; what raised and what had no time left is not right."""
    began, rows = time.perf_counter(), list[dict[str, object]]()
    for check in CHECKS:
        start = time.perf_counter()
        try:
            if start - began > LIMIT:
                raise TimeoutError(f"no time was left after {LIMIT:.0f} s")
            done = check(device)
        except Exception as reason:  # whatever it is: the others are checked still
            done = [Check(check.__name__, False, {"error": f"{type(reason).__name__}: {reason}"[:500]})]
        seconds = time.perf_counter() - start
        for one in done:
            rows.append({"check": check.__name__, "seconds": seconds, **one._asdict()})
            print(f"{'right' if one.right else 'WRONG':6} {one.what}: {one.numbers}", flush=True)
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--small", action="store_true", help="small sizes on a GPU, too")
    parser.add_argument("--out", type=Path, help=f"by default {RESULTS.name} for a GPU, and no file for the CPU")
    options = parser.parse_args()
    device = Device(options.device, options.device.startswith("cuda") and not options.small)
    began = time.perf_counter()
    rows = run(device)
    machine = torch.cuda.get_device_name() if device.cuda else platform.machine()
    content = {"device": machine, "torch": torch.__version__, "large": device.large}
    content |= {"seconds": time.perf_counter() - began, "checks": rows}
    out = options.out or (RESULTS if device.cuda else None)
    if out is not None:
        out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    wrong = sum(not row["right"] for row in rows)
    print(f"{len(rows) - wrong} of {len(rows)} are right, in {content['seconds']:.0f} s on {machine}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
