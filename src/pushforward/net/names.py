"""Which recorded names a pattern of `layers=` asks for, also of what no module gives: heads, patterns, the stream."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from torch import nn

KINDS = ("heads", "pattern", "residual")
"""Layers that are no module's output: what the heads of an attention give, its pattern, the stream between blocks."""
ATTENTION = (
    "Attention is seen as `F.scaled_dot_product_attention`, as `nn.MultiheadAttention`, and as the softmax of a "
    "product that is multiplied by values; here there is none whose heads can be told. "
)
BLOCKS = (
    "A residual stream is seen between blocks of one class in an `nn.ModuleList` or `nn.Sequential`, each of which "
    'takes what the one before it gave. Name the modules instead: `layers=["blocks.*"]`. '
)
# Names in a message, at most.
MOST = 40
_KIND = re.compile(rf"(?:^|\.)({'|'.join(KINDS)})(?:\.[^.#]+)?(?:#\d+)?$")


def asks_for(name: str, pattern: str, kind: str = "") -> bool:
    """Whether a pattern of `layers=` asks for a recorded name: `act` for every call of it, `act#1` for the first.

    What is of a `kind` is asked for by that word only, and no `*` stands for it: `heads`, `blocks.3.attn.heads.5`.
    """
    if kind and kind_of(pattern) != kind:
        return False
    module, _, call = name.partition("#")
    known = [name, module, f"{module}#{call or 1}"]
    if kind:
        known.append(re.sub(r"\.\d+$", "", module))
    wanted = (pattern, f"*.{pattern}") if kind and pattern.startswith(kind) else (pattern,)
    return any(fnmatchcase(one, other) for one in known for other in wanted)


def kind_of(pattern: str) -> str:
    """The kind of layer that a pattern could ask for; nothing if it can only mean the output of modules."""
    match = _KIND.search(pattern)
    return match[1] if match else ""


def by_kind(patterns: Sequence[str] | None, model: nn.Module) -> dict[str, tuple[str, ...]]:
    """The patterns that ask for each kind; one that names modules of the model means these."""
    paths = [path for path, _ in model.named_modules() if path]
    inner: dict[str, tuple[str, ...]] = {}
    for pattern in patterns or ():
        kind = kind_of(pattern)
        if kind and not any(fnmatchcase(path, pattern) for path in paths):
            inner[kind] = (*inner.get(kind, ()), pattern)
    return inner


def joined(path: str, name: str) -> str:
    """The name of something in a module; that of the whole model is empty."""
    return f"{path}.{name}" if path else name


def nothing_said(pattern: str, names: Sequence[str], heads: Mapping[str, int], unseen: Mapping[str, str]) -> str:
    """What to say where nothing that ran is called so."""
    kind = kind_of(pattern)
    said = f"`Neurons(layers=[{pattern!r}])`: nothing that ran and has a batch axis matches this. "
    inner = [name for name in ([*heads] if kind == "heads" else names) if kind and kind_of(name) == kind]
    family = ("heads", "pattern") if kind in ("heads", "pattern") else (kind,)
    said += "".join(f"{name}: {why}. " for name, why in unseen.items() if kind and kind_of(name) in family)
    if not inner and kind:
        said += BLOCKS if kind == "residual" else ATTENTION
    hint = "" if kind else " Attention heads, patterns and the residual stream: 'heads', 'pattern', 'residual'."
    some = listed(_counted(name, heads) for name in dict.fromkeys(inner or names))
    return f"{said}{nearest(pattern, names)}There are: {some}.{hint}"


def nearest(typed: str, names: Iterable[str]) -> str:
    """What may have been meant by a name that there is not, as the start of a sentence; nothing if nothing is near.

    >>> nearest("conv_1", ["conv1", "fc"])
    "Nearest: 'conv1'. "
    """
    near = get_close_matches(typed, [*names], n=3, cutoff=0.7)
    return f"Nearest: {', '.join(map(repr, near))}. " if near else ""


def listed(names: Iterable[str]) -> str:
    """Names for a message; of very many, those that differ in a number only are one pattern.

    >>> listed(["in", "out"]), listed([*(f"h.{i}.act" for i in range(50)), "out"])
    ('in, out', 'h.*.act, out (* for any number)')
    """
    every = [name for name in names if name]
    if len(every) <= MOST:
        return ", ".join(every)
    alike = [re.sub(r"(?<![^.#])\d+(?![^.#])", "*", name) if re.search("[A-Za-z]", name) else name for name in every]
    once = [pattern if alike.count(pattern) > 1 else name for name, pattern in zip(every, alike, strict=True)]
    short = [*dict.fromkeys(once)]
    more = f", … ({len(every)} in all)" if len(short) > MOST else ""
    return f"{', '.join(short[:MOST])}{more}" + (" (* for any number)" if short != every else "")


def _counted(name: str, heads: Mapping[str, int]) -> str:
    return f"{name} ({heads[name]} heads: {name}.0 to {name}.{heads[name] - 1})" if name in heads else name
