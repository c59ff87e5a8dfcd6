"""A push traced once into a flat list of tensor operations and relieved of the work that AD does for nothing.

Forward AD through `vmap` computes products with the zero tangents of the weights, copies what it could
view, and re-derives constants at every call. The traced program is functional, so these can be removed by
five local rules without changing a number by more than rounding.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, fx
from torch.func import functionalize
from torch.fx.experimental.proxy_tensor import make_fx

aten = torch.ops.aten
VIEWS = {
    aten.alias.default,
    aten.clone.default,
    aten.detach.default,
    aten.expand.default,
    aten.permute.default,
    aten.reshape.default,
    aten.select.int,
    aten.slice.Tensor,
    aten.squeeze.dim,
    aten.squeeze.dims,
    aten.t.default,
    aten.transpose.int,
    aten.unsqueeze.default,
    aten.view.default,
    aten._unsafe_view.default,
    aten._to_copy.default,
}
PRODUCTS = {
    aten.mul.Tensor,
    aten.mul.Scalar,
    aten.mm.default,
    aten.bmm.default,
    aten.neg.default,
    aten.div.Tensor,
}
Tensors = tuple[Tensor, ...]
Push = Callable[..., Tensors]


class Value(NamedTuple):
    """What a node gives: enough to see whether an operation changes anything."""

    shape: tuple[int, ...]
    dtype: torch.dtype
    device: torch.device


def trace(push: Push, primals: Tensors, fixed: Tensors, tangents: Tensors) -> Push:
    """`push` as a straight-line program for inputs of these shapes.

    Raises whatever tracing raises: in particular, control flow that depends on the data cannot be traced.
    """
    module = make_fx(lambda p, f, t: functionalize(push)(p, f, t))(primals, fixed, tangents)
    graph, values = module.graph, _values(module, primals, fixed, tangents)
    _simplify(graph, values)
    graph.eliminate_dead_code()
    _fold_constants(module)
    graph.lint()
    module.recompile()
    return module


def _values(module: fx.GraphModule, *args: Any) -> dict[fx.Node, Value]:
    """Shape, dtype and device of every node that gives a tensor, by running the program once."""
    values: dict[fx.Node, Value] = {}

    class Watch(fx.Interpreter):
        def run_node(self, n: fx.Node) -> Any:
            out = super().run_node(n)
            if isinstance(out, Tensor):
                values[n] = Value(tuple(out.shape), out.dtype, out.device)
            return out

    Watch(module).run(*args)
    return values


def _simplify(graph: fx.Graph, values: dict[fx.Node, Value]) -> None:
    zero: set[fx.Node] = set()
    for node in list(graph.nodes):
        if node.op != "call_function":
            continue
        if _is_zero(node, zero):
            zero.add(node)
        same = _same_as(node, zero, values)
        if same is not None and values.get(same) == values.get(node):
            node.replace_all_uses_with(same)
        elif node.target in (aten.view.default, aten._unsafe_view.default):
            node.target = aten.reshape.default  # a clone before it may be gone


def _is_zero(node: fx.Node, zero: set[fx.Node]) -> bool:
    args = node.args
    if node.target in (aten._efficientzerotensor.default, aten.zeros.default, aten.zeros_like.default):
        return True
    if node.target in VIEWS:
        return args[0] in zero
    if node.target is aten.div.Tensor:
        return args[0] in zero
    if node.target in PRODUCTS:
        return any(arg in zero for arg in args)
    if node.target in (aten.add.Tensor, aten.sub.Tensor):
        return all(arg in zero for arg in args[:2])
    if node.target is aten.convolution.default:
        return (args[0] in zero or args[1] in zero) and (args[2] is None or args[2] in zero)
    return False


def _same_as(node: fx.Node, zero: set[fx.Node], values: dict[fx.Node, Value]) -> fx.Node | None:
    """The node whose value this one repeats, if the operation does nothing (equal shapes are checked by the caller)."""
    a, *rest = (*node.args, None)
    if node.target in (aten.alias.default, aten.detach.default, aten.clone.default, aten._to_copy.default):
        return a
    if node.target in (aten.expand.default, aten.view.default, aten._unsafe_view.default):
        return a
    if node.target is aten.permute.default and list(rest[0]) == sorted(rest[0]):
        return a
    if node.target in (aten.add.Tensor, aten.sub.Tensor) and rest[0] in zero:
        return a
    if node.target is aten.add.Tensor and a in zero:
        return rest[0] if isinstance(rest[0], fx.Node) else None
    if node.target is aten.copy.default:
        return rest[0]
    return None


def _fold_constants(module: fx.GraphModule) -> None:
    """Compute once what depends on the weights alone."""
    graph, known = module.graph, {}
    for node in list(graph.nodes):
        if node.op == "get_attr":
            known[node] = getattr(module, node.target)
        elif node.op == "call_function" and all(n in known for n in node.all_input_nodes):
            args, kwargs = fx.map_arg((node.args, node.kwargs), known.__getitem__)
            known[node] = node.target(*args, **kwargs)
    for i, (node, value) in enumerate(known.items()):
        used = [user for user in node.users if user not in known]
        if node.op == "call_function" and used and isinstance(value, Tensor):
            module.register_buffer(f"_folded{i}", value)
            with graph.inserting_before(node):
                constant = graph.get_attr(f"_folded{i}")
            node.replace_all_uses_with(constant)
    for node in reversed(known):
        if not node.users:
            graph.erase_node(node)
    for node in graph.nodes:
        assert (
            node.op != "call_function"
            or not getattr(node.target, "_schema", None)
            or not node.target._schema.is_mutable
        )
