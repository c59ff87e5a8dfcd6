"""Verbs with right arguments on ordinary networks drawn at random: python scripts/fuzz_networks.py --seed 0."""

import argparse
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import matplotlib  # noqa: E402
import torch  # noqa: E402

matplotlib.use("Agg")

import pushforward as pf  # noqa: E402
from fuzz.calls import has_nan, same, state, tidy, where_of  # noqa: E402
from fuzz.drawn import network  # noqa: E402
from pushforward.modules import plan  # noqa: E402


class Case(NamedTuple):
    """What a verb is asked: a network, what near an input means, inputs, and further choices."""

    net: pf.Neurons
    inputs: Any
    X: torch.Tensor
    draws: Random

    def some(self, **choices: tuple[Any, ...]) -> dict[str, Any]:
        """A few of these options, each with one of its values."""
        return {name: self.draws.choice(values) for name, values in choices.items() if self.draws.random() < 0.25}


def find(case: Case) -> pf.results.Modules:
    """Modules, and all that can be done with them."""
    options = case.some(
        points=(1, 2, 8, 64), directions=(8, 9, 300), sample=(50, 77), by=("activity",), count=(2, 3, 7),
        leak=(0.0, 0.1, 0.95), twin=(False,), memory=(1,),
    )  # fmt: skip
    found = pf.find_modules(case.net, case.inputs, case.X, seed=1, nulls=19, **options)
    used(found)
    found.explore()
    if found.blocks:
        used(found.top_inputs(case.net, case.X))
    if found.blocks and len(case.net.table) > 1:
        used(found.lesion(case.net, lambda f: float(f(case.X).square().mean()), seed=0, controls=3))
    return found


def factors(case: Case) -> pf.results.Modules:
    """Modules of factors."""
    options = case.some(directions=(8, 300), sample=(50, 77), count=(2, 3), leak=(0.0, 0.5))
    parts = [pf.push(case.net, case.inputs, x).factor for x in case.X[: case.draws.choice((1, 3, 6))]]
    return pf.find_modules(torch.stack(parts), seed=1, nulls=19, **options)


def contrast(case: Case) -> Any:
    """A contrast of two random sets."""
    options = case.some(distance=(0.1, 2.0), frames=(2, 30), directions=(1, 8), clip=(False,), starts=(1, 2))
    order = torch.randperm(case.net.see(case.X).size)
    m = max(1, min(len(order) // 2, case.draws.choice((1, 3, 20))))
    start = case.X[0] if case.draws.random() < 0.3 else case.X
    return used(pf.contrast(case.net, case.inputs, order[:m], order[m : 2 * m], start=start, seed=1, **options))


def measure(case: Case) -> Any:
    """The modularity, measured."""
    return used(pf.modular.measure_modularity(case.net, case.inputs, case.X, seed=1, **case.some(sample=(10, 50))))


def score(case: Case) -> torch.Tensor:
    """The gradient of the modularity."""
    value = pf.modularity(case.net, case.inputs, case.X[: case.draws.choice((1, 4))], seed=1)
    weights = [w for w in case.net.model.parameters() if w.requires_grad]
    slopes = torch.autograd.grad(value, weights, allow_unused=True) if value.requires_grad else ()
    return torch.stack([value.detach(), *(g.double().sum() for g in slopes if g is not None)])


def push(case: Case) -> torch.Tensor:
    """A push, and how linear the network is there."""
    one = pf.push(case.net, case.inputs, case.X[0])
    str(one.check(seed=1))
    one.by_sampling(seed=1)
    return torch.cat([one.factor.flatten().double(), one.deviation().double(), one.svd().S.double()])


def subspaces(case: Case) -> Any:
    """The subspaces of a layer."""
    case.net.see(case.X)
    layer = case.draws.choice(case.net.layers)
    return used(pf.modular.find_subspaces(case.net, case.X, layer=layer, seed=1))


def planned(case: Case) -> str:
    """What a search would take."""
    return str(plan(case.net, case.inputs, case.X, seed=1, nulls=19, points=case.draws.choice((1, 2, 32, 1500))))


def used(result: Any) -> Any:
    """A result that was shown, drawn, and saved and loaded again."""
    words = str(result), repr(result), result.columns()
    result.plot()
    with tempfile.TemporaryDirectory() as folder:
        result.save(f"{folder}/result.safetensors")
        assert str(pf.load(f"{folder}/result.safetensors")) == words[0], "another one was loaded"
    return result


VERBS: dict[Callable[[Case], Any], float] = {
    find: 4, factors: 1, contrast: 3, measure: 2, score: 2, push: 2, subspaces: 1, planned: 0.3
}  # fmt: skip


def once(seed: int, verbs: list[Callable[[Case], Any]]) -> tuple[str, str]:
    """What came of one case, and the case in words."""
    draws = Random(-1 - seed)  # noqa: S311 (no secrets)
    verb = draws.choices(verbs, [VERBS[one] for one in verbs])[0]
    torch.manual_seed(seed)
    words = f"{seed} {verb.__name__}"
    try:
        model, X, inputs, described = network(seed)
        options: dict[str, Any] = draws.choice(({}, {}, {"unit": "channel"}, {"layers": "*"}))
        words, before = f"{words}, {described}, {options}", state(model)
        value = verb(Case(pf.Neurons(model, **options), inputs, X, draws))
    except pf.errors.PushforwardError:
        return "ours", words
    except Exception as error:
        return "raw", f"{words}\n      {where_of(error)}"
    if not same(before, state(model)):
        return "changed", words
    if isinstance(value, pf.results.Modules):
        value = {name: part for name, part in vars(value).items() if name != "linearity"}  # NaN where nothing varies
    return "nan" if has_nan(value) else "ok", words


def main() -> int:
    parse = argparse.ArgumentParser(description=__doc__)
    parse.add_argument("--seed", type=int, default=0, help="the first; each case has the next one")
    parse.add_argument("--calls", type=int, default=500)
    parse.add_argument("--minutes", type=float, default=60.0)
    parse.add_argument("--verb", choices=[verb.__name__ for verb in VERBS])
    options = parse.parse_args()
    counts, until = Counter[str](), time.perf_counter() + 60 * options.minutes
    verbs = [verb for verb in VERBS if options.verb in (None, verb.__name__)]
    for seed in range(options.seed, options.seed + options.calls):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            kind, words = once(seed, verbs)
        counts[kind] += 1
        if kind not in ("ok", "ours"):
            print(f"{kind}: {words}", flush=True)
        tidy()
        if time.perf_counter() > until:
            break
    print(dict(counts))
    return 0 if counts.keys() <= {"ok", "ours"} else 1


if __name__ == "__main__":
    sys.exit(main())
