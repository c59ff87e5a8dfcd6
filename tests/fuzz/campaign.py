"""Many calls, chosen by a seed; what takes long is called less often."""

import random
import time
from collections import Counter
from dataclasses import replace
from functools import cache

from fuzz.calls import GOOD, Outcome, attempt, has_nan, mutations, tidy
from fuzz.recipes import fitted
from fuzz.targets import names, recipe

QUICK = 0.02
"""Seconds of a call that is made as often as any other."""


class Campaign:
    """Calls of the public callables whose names begin with `only`, and the counts of what came of them."""

    def __init__(self, seed: int, only: str = ""):
        self.draws = random.Random(seed)
        self.names = [name for name in names() if name.startswith(only)]
        self.costs = dict.fromkeys(self.names, QUICK)
        self.arguments: dict[str, list[str]] = {}
        self.counts: Counter[str] = Counter()
        self.failures: list[Outcome] = []
        self.longest = 0.0
        fitted().save("gen.safetensors")

    def run(self, calls: int, *, until: float) -> None:
        """So many calls, or fewer until a time of `time.perf_counter`."""
        for number in range(calls):
            if time.perf_counter() > until:
                return
            weights = [self.weight(name) for name in self.names]
            self.once(self.draws.choices(self.names, weights)[0])
            if number % 100 == 0:
                tidy()

    def weight(self, name: str) -> float:
        """How often it is called: rarely where nothing can be given."""
        few = 0.05 if self.arguments.get(name) == [] else 1.0
        return few * QUICK / max(QUICK, self.costs[name])

    def once(self, name: str) -> Outcome:
        """One call."""
        if name not in self.arguments:
            self.arguments[name] = list(recipe(name)[1])
        start = time.perf_counter()
        changes = mutations(self.arguments[name], self.draws)
        one = attempt(name, lambda: recipe(name), changes)
        self.costs[name] += (time.perf_counter() - start - self.costs[name]) / 4
        if one.kind == "nan" and holds_nan(name):
            one = replace(one, kind="ok")
        self.counts[one.kind] += 1
        self.longest = max(self.longest, one.seconds)
        if one.kind not in GOOD:
            self.failures.append(one)
        return one


@cache
def holds_nan(name: str) -> bool:
    """Whether the result of right arguments has NaN in it, which says that there is no such number."""
    if name == "load":  # what is in a file is what somebody saved
        return True
    call, kwargs = recipe(name)
    return has_nan(call(**kwargs))
