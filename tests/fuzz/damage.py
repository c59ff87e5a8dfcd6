"""Files that are damaged, changed or forged at random, and what comes of reading them."""

import json
import random
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load, save

import pushforward as pf
from pushforward import codec, store

JUNK = (None, True, -1, 0, 2**70, 1e308, float("nan"), float("inf"), "", "text", [], {}, [[]], {"float": "nan"}, -0.5)


class Kind(NamedTuple):
    """A saved file, how it is read, whether a value is the one that was saved, and whether a digest protects it."""

    name: str
    content: bytes
    read: Callable[[Path], object]
    same: Callable[[object], bool]
    sealed: bool = True


def bits(content: bytes, draws: random.Random) -> bytes:
    """One to three bits are others."""
    changed = bytearray(content)
    for _ in range(draws.randint(1, 3)):
        changed[draws.randrange(len(changed))] ^= 1 << draws.randrange(8)
    return bytes(changed)


def header_bits(content: bytes, draws: random.Random) -> bytes:
    """Bits among the first bytes, where names, shapes and sizes are."""
    changed = bytearray(content)
    changed[draws.randrange(min(len(changed), 200))] ^= 1 << draws.randrange(8)
    return bytes(changed)


def cut(content: bytes, draws: random.Random) -> bytes:
    return content[: draws.randrange(len(content))]


def longer(content: bytes, draws: random.Random) -> bytes:
    return content + draws.randbytes(draws.randint(1, 64))


def hole(content: bytes, draws: random.Random) -> bytes:
    """A block of zeros, as a file system leaves after a crash."""
    start = draws.randrange(len(content))
    stop = min(len(content), start + draws.choice((8, 64, 512)))
    return content[:start] + bytes(stop - start) + content[stop:]


def places(value: object) -> Iterator[tuple[object, object]]:
    """All containers in a value of JSON, with one of their keys each."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])


def edited(header: dict, draws: random.Random) -> None:
    """One place of a header is something else, missing, or more."""
    inside, key = draws.choice([*places(header)])
    what = draws.choice(("other", "other", "other", "missing", "more", "text"))
    if what == "missing":
        del inside[key]
    elif what == "more" and isinstance(inside, dict):
        inside["more"] = draws.choice(JUNK)
    elif what == "text" and isinstance(inside[key], str):
        inside[key] = inside[key][::-1] + "x"
    elif what == "more":
        inside.append(draws.choice(JUNK))
    else:
        inside[key] = draws.choice(JUNK)


def retensored(tensors: dict[str, torch.Tensor], draws: random.Random) -> None:
    """One tensor is another, of another shape or type, NaN or missing, or two change places."""
    if not tensors:
        tensors["more"] = torch.zeros(2)
        return
    name, other = draws.choice([*tensors]), draws.choice([*tensors])
    t = tensors[name]
    what = draws.choice(("swap", "nan", "short", "long", "type", "flat", "missing", "more", "numbers"))
    if what == "swap":
        tensors[name], tensors[other] = tensors[other], t
    elif what == "missing":
        del tensors[name]
    elif what == "more":
        tensors["more"] = torch.zeros(2)
    else:
        change = {
            "nan": lambda: t.double() * float("nan"), "short": lambda: t.reshape(-1)[:-1],
            "flat": lambda: t.reshape(-1), "long": lambda: torch.cat([t.reshape(-1)] * 2),
            "type": lambda: t.to(draws.choice((torch.int32, torch.bool))),
            "numbers": lambda: (t.double() * 1e6 - 3).to(t.dtype),
        }[what]  # fmt: skip
        tensors[name] = change().contiguous()


def structural(content: bytes, draws: random.Random, *, seal: bool | None) -> bytes:
    """A change of header or tensors; `seal`: the digest is made anew (True), kept (False), or left out (None)."""
    length = int.from_bytes(content[:8], "little")
    metadata = json.loads(content[8 : 8 + length])["__metadata__"]
    header, tensors = json.loads(metadata[store.KEY]), {name: t.clone() for name, t in load(content).items()}
    edited(header, draws) if draws.random() < 0.6 else retensored(tensors, draws)
    text = json.dumps(header)
    seals = {True: {store.DIGEST: store.digest(text, tensors)}, None: {}}
    beside = seals.get(seal, {store.DIGEST: metadata.get(store.DIGEST, "")})
    return save(tensors, {store.KEY: text, **beside})


DAMAGE = {
    "bits": bits,
    "bits of the header": header_bits,
    "cut": cut,
    "longer": longer,
    "zeros": hole,
    "header or tensors": lambda content, draws: structural(content, draws, seal=False),
}
FORGED = {
    "header or tensors, digest made anew": lambda content, draws: structural(content, draws, seal=True),
    "header or tensors, no digest": lambda content, draws: structural(content, draws, seal=None),
}
PLAIN = ("bits", "bits of the header", "cut", "longer", "zeros")
"""Damage of files that are not ours."""


def told(value: object) -> None:
    """All that can be said of what was loaded."""
    repr(value), str(value)
    if isinstance(value, pf.results.Result):
        assert len({len(column) for column in value.columns().values()}) < 2
        assert codec.same(value, value)


def outcome(kind: Kind, content: bytes, path: Path, *, forged: bool) -> str:
    """'refused', 'same', 'another value' (of forged files and of those that have no digest), 'wrong' or 'raw ...'."""
    path.write_bytes(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = kind.read(path)
            if kind.same(value):
                return "same"
            told(value)
    except pf.errors.PushforwardError:
        return "refused"
    except Exception as reason:
        return f"raw {type(reason).__name__}: {reason}"[:200]
    return "another value" if forged or not kind.sealed else "wrong"


def campaign(kinds: list[Kind], count: int, folder: Path, *, seed: int) -> tuple[dict[str, Counter], list[str]]:
    """Outcomes of `count` mutations by their kind, and those that are raw or wrong."""
    draws, counts, bad = random.Random(seed), {}, []
    for i in range(count):
        kind = kinds[i % len(kinds)]
        ways = (
            DAMAGE | FORGED if kind.sealed and store.DIGEST.encode() in kind.content else {w: DAMAGE[w] for w in PLAIN}
        )
        name = draws.choice([*ways])
        content = ways[name](kind.content, draws)
        if content == kind.content:
            continue
        end = outcome(kind, content, folder / f"x{Path(kind.name).suffix}", forged=name in FORGED)
        group = "files of others" if not kind.sealed else "forged" if name in FORGED else "damaged"
        counts.setdefault(group, Counter())[end.partition(" ")[0] if end.startswith("raw") else end] += 1
        if end.startswith("raw") or end == "wrong":
            bad.append(f"{kind.name}, {name}, number {i}: {end}")
    return counts, bad
