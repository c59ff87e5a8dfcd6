"""Attention as the operations of a pass show it: what each head gives before the output projection, and its pattern."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from inspect import signature
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from pushforward.net.attention import alike, grouped, operands, order_of, side, turned, weights
from pushforward.net.names import KINDS, joined
from pushforward.net.operations import JOINING, KEEPING, PRODUCTS, SOFTMAX

# How many tensors are followed at once
FOLLOWED = 64
ARGUMENTS = ("query", "key", "value", "attn_mask", "dropout_p", "is_causal")


class Mix(NamedTuple):
    """One attention over n inputs: what its heads give (n, heads, T, d), and its pattern (n, heads, T, keys).

    `path` is the module in which it ran, `call` is `#2` if for the second time; `back` makes of what the heads give
    what the operation gave.
    """

    path: str
    call: str
    parts: Tensor
    pattern: Callable[[], Tensor]
    back: Callable[[Tensor], object]

    def name(self, kind: str) -> str:
        """What its layer of a kind is called."""
        return joined(self.path, kind) + self.call


class Attention:
    """Sees every attention of a pass over n inputs. In the `first` passes, n times one input, each is checked.

    An attention that fails a check, or runs in one operation that shows nothing, is in `unseen` with the reason.
    """

    def __init__(self, n: int, *, first: bool, modules: Iterable[str] = ()):
        self.n, self.first, self.modules = n, first, frozenset(modules)
        self.heads: dict[str, int] = {}
        """How many heads each attention has, by the name of its layer."""
        self._scores: dict[int, Tensor] = {}
        self._weights: dict[int, Tensor] = {}
        self._apart: dict[int, tuple[Tensor, Mix]] = {}
        self._doubts: dict[tuple[str, str], str] = {}
        self._wrong: set[tuple[str, str]] = set()
        self._hints: dict[str, str] = {}
        self._calls: Counter[str] = Counter()

    def see(
        self,
        name: str,
        func: Callable[..., object],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        result: object,
        path: str,
    ) -> Mix | None:
        """The attention that one operation, just run, completes; None if it completes none."""
        if name == "multi_head_attention_forward":
            return self._module(func, args, kwargs, result, path)
        if name == "scaled_dot_product_attention" and isinstance(result, Tensor):
            return self._fused(args, kwargs, result, path)
        if "attention" in name or "flash_attn" in name:
            self._hints[path] = f"it runs as `{name}`, one operation in which neither heads nor patterns are seen"
        if isinstance(result, Tensor):
            if self.first and self._apart:
                self._follow(name, args, result)
            if name in PRODUCTS:
                return self._product(name, args, kwargs, result, path)
            if name in SOFTMAX and id(args[0] if args else kwargs.get("input")) in self._scores:
                if _last(args, kwargs, result.ndim):
                    _keep(self._weights, result)
                    self._hints.setdefault(path, "there is the softmax of a product, and no product of it with values")
            elif name in KEEPING:
                self._carry(args, result)
        return None

    def enter(self, path: str, module: nn.Module) -> None:
        """A module starts."""
        if "attention" in type(module).__name__.lower():
            self._hints.setdefault(path, f"it is a {type(module).__name__} in which no attention is seen")

    def doubtful(self, name: str) -> bool:
        """Whether a layer of this name comes from an attention that failed a check."""
        module, _, call = name.partition("#")
        whole = re.sub(r"\.\d+$", "", module) + f"#{call}" * bool(call)
        doubts = (*self._doubts, *self._wrong)
        return any(whole == joined(path, kind) + number for path, number in doubts for kind in KINDS)

    @property
    def unseen(self) -> list[tuple[str, str]]:
        """What ran and is not seen, and why."""
        wrong = dict.fromkeys(self._wrong, "its pattern or its heads, computed again, do not give what it gave")
        doubts = [(joined(path, "heads") + call, why) for (path, call), why in (self._doubts | wrong).items()]
        hints = {path: why for path, why in self._hints.items() if not any(_near(path, seen) for seen in self._calls)}
        return [*doubts, *((joined(path, "heads"), why) for path, why in hints.items())]

    # -- the ways in which an attention runs ---------------------------------------------------

    def _fused(self, args: tuple[Any, ...], kwargs: dict[str, Any], result: Tensor, path: str) -> Mix | None:
        """By `F.scaled_dot_product_attention`, which does not give its pattern: it is computed again."""
        given = dict(zip(ARGUMENTS, args, strict=False)) | kwargs
        q, k, v = given["query"], given["key"], given["value"]
        mask, causal, scale = given.get("attn_mask"), given.get("is_causal", False), given.get("scale")

        def pattern() -> Tensor:
            P = weights(q, k, mask, causal=bool(causal), scale=scale)
            if self.first and not alike(P @ grouped(v, q), result):
                self._wrong.add((path, self._call(path)))
            return self._split(P)

        if type(mask).__name__ == "CausalBias":  # to import the class would load the compiler
            self._hints[path] = "its mask is a `CausalBias`, which does not show what it hides; give a tensor"
            return None
        return self._mix(path, result, pattern, lambda parts: parts.reshape(result.shape))

    def _module(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], result: Any, path: str
    ) -> Mix | None:
        """By `nn.MultiheadAttention`: run once more without its output projection."""
        given = signature(functional.multi_head_attention_forward).bind(*args, **kwargs).arguments
        q, W, b, heads = given["query"], given["out_proj_weight"], given["out_proj_bias"], given["num_heads"]
        one = torch.eye(len(W), dtype=W.dtype, device=W.device)
        whole = {"need_weights": True, "average_attn_weights": False}
        if q.ndim != 3 or (given.get("training", True) and given["dropout_p"] > 0):
            self._hints[path] = "it runs on one input without batch axis, or with live dropout"
            return None
        together, P = func(**{**given, "out_proj_weight": one, "out_proj_bias": None, **whole})  # (T n h·d)
        parts = together.transpose(0, 1).unflatten(-1, (heads, -1)).transpose(1, 2)
        project = lambda o: functional.linear(o.transpose(1, 2).flatten(2).transpose(0, 1), W, b)  # noqa: E731
        mix = self._mix(path, parts, lambda: P, lambda o: (project(o), *result[1:]), join=False)
        if self.first and not alike(project(parts), result[0]):
            self._wrong.add((path, self._call(path)))
        return mix

    def _product(
        self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Tensor, path: str
    ) -> Mix | None:
        """By a softmax and two products."""
        pair = operands(name, args, kwargs)
        if pair is None or min(t.ndim for t in pair) < 3:
            return None
        P, v = pair
        if name == "einsum":
            order = order_of(args[0], P, v) if id(P) in self._weights else None
            if order is None and id(v) in self._weights:
                P, v, order = v, P, order_of(turned(args[0]), v, P)
            if order is not None:
                first, last = order
                undo = [last.index(k) for k in range(len(last))]
                split = lambda: self._split(P.permute(first))  # noqa: E731
                parts = result.permute(last)
                return self._mix(path, parts, split, lambda o: o.reshape(parts.shape).permute(undo), shown=result)
        elif id(P) in self._weights and name != "baddbmm" and P.ndim == result.ndim:
            return self._mix(path, result, lambda: self._split(P), lambda parts: parts.reshape(result.shape))
        _keep(self._scores, result)
        return None

    def _mix(
        self,
        path: str,
        value: Tensor,
        pattern: Callable[[], Tensor],
        back: Callable[[Tensor], object],
        *,
        join: bool = True,
        shown: Tensor | None = None,
    ) -> Mix | None:
        """One attention from what its heads give, (n, heads, T, d) or (n·heads, T, d); checked in the first passes."""
        self._calls[path] += 1
        call = self._call(path)
        strange = value.ndim != 4 and (value.ndim != 3 or value.shape[0] % max(self.n, 1) > 0)
        if strange or (self.first and value.ndim == 4 and value.shape[0] != self.n):
            self._doubts[path, call] = f"it gives {tuple(value.shape)}: not (inputs, heads, positions, channels)"
            return None  # later on, rows that are not those of the inputs are found where the table is compared
        mix = Mix(path, call, self._split(value), pattern, back)
        heads = self.heads[mix.name("heads")] = mix.parts.shape[1]
        if {joined(path, "heads"), joined(path, "pattern")} & self.modules:
            self._doubts[path, call] = "a module of the model has the name of its heads or its pattern"
        elif self.first and not alike(mix.parts[:1].expand_as(mix.parts), mix.parts):
            self._doubts[path, call] = "its rows are not those of the inputs: heads come before inputs, or inputs mix"
        elif self.first and join and heads > 1:
            self._doubts[path, call] = f"its {heads} parts are not put side by side as channels, so they are no heads"
            self._apart[id(shown if shown is not None else value)] = (shown if shown is not None else value, mix)
        return mix

    # -- what is followed from one operation to the next ---------------------------------------

    def _carry(self, args: tuple[Any, ...], result: Tensor) -> None:
        """Scores that are masked, scaled or reshaped are scores, and weights are weights."""
        parts = [t for arg in args for t in (arg if isinstance(arg, tuple | list) else (arg,)) if isinstance(t, Tensor)]
        for kind in (self._scores, self._weights):
            if result.ndim > 2 and any(id(t) in kind and t.shape[-2] == result.shape[-2] for t in parts):
                _keep(kind, result)

    def _follow(self, name: str, args: tuple[Any, ...], result: Tensor) -> None:
        """Parts that are put side by side, or projected head by head, are heads."""
        for arg in args[1:] if name == "einsum" else args[:1]:
            if id(arg) not in self._apart:
                continue
            mix = self._apart[id(arg)][1]
            heads, d = mix.parts.shape[1], mix.parts.shape[3]
            if name == "einsum":
                others = [W for W in args[1:] if isinstance(W, Tensor) and W is not arg]
                side_by_side = any(W.ndim == 3 and W.shape[:2] == (heads, d) for W in others)
            else:
                side_by_side = result.shape[-1] == heads * d and _same(result, side(mix.parts))
            if side_by_side:
                self._doubts.pop((mix.path, mix.call), None)
            elif name in JOINING:
                self._apart[id(result)] = (result, mix)

    def _call(self, path: str) -> str:
        """What is behind the names of the attention that ran last in a module: `#2` for its second."""
        return f"#{self._calls[path]}" if self._calls[path] > 1 else ""

    def _split(self, value: Tensor) -> Tensor:
        return value if value.ndim == 4 else value.unflatten(0, (self.n, -1))  # (n·h ..) -> (n h ..)


def _near(path: str, other: str) -> bool:
    """Whether one module is the other, or in it."""
    return path == other or f"{path}.".startswith(f"{other}." * bool(other)) or f"{other}.".startswith(f"{path}.")


def _same(value: Tensor, together: Tensor) -> bool:
    """Whether a tensor holds the same numbers in the same order, with inputs or positions first."""
    flat = value.reshape(-1)
    return any(torch.equal(flat, other.reshape(-1)) for other in (together, together.transpose(0, 1)))


def _last(args: tuple[Any, ...], kwargs: dict[str, Any], ndim: int) -> bool:
    """Whether a softmax is over the last axis."""
    return kwargs.get("dim", args[1] if len(args) > 1 else None) in (-1, ndim - 1)


def _keep(tensors: dict[int, Tensor], value: Tensor) -> None:
    """Keep a tensor by its identity, and no more than the last few."""
    tensors[id(value)] = value
    if len(tensors) > FOLLOWED:
        del tensors[next(iter(tensors))]
