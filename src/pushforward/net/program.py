"""A push traced once into a flat list of tensor operations and relieved of the work that AD does for nothing.

Forward AD through `vmap` computes products with the zero tangents of the weights, copies what it could
view, and re-derives constants at every call. The traced program is functional, so these can be removed by
five local rules without changing a number by more than rounding.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, fx
from torch.func import functionalize
from torch.fx.experimental.proxy_tensor import make_fx

aten = torch.ops.aten
RESHAPES = {aten.view.default, aten._unsafe_view.default}
COPIES = {aten.alias.default, aten.clone.default, aten.detach.default, aten._to_copy.default}
VIEWS = {
    *COPIES,
    *RESHAPES,
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
}
PRODUCTS = {aten.mul.Tensor, aten.mul.Scalar, aten.mm.default, aten.bmm.default, aten.neg.default}
ZEROS = {aten._efficientzerotensor.default, aten.zeros.default, aten.zeros_like.default}
Tensors = tuple[Tensor, ...]
TangentPush = Callable[..., Tensors]


class Untraceable(Exception):
    """The straight-line program would be wrong at another input."""


class Value(NamedTuple):
    """What a node gives: enough to see whether an operation changes anything."""

    shape: tuple[int, ...]
    dtype: torch.dtype
    device: torch.device


Values = dict[fx.Node, Value]


def trace(push: TangentPush, primals: Tensors, fixed: Tensors, tangents: Tensors) -> TangentPush:
    """`push` as a straight-line program for inputs of these shapes.

    Raises `Untraceable`, and whatever tracing raises, where control flow or shapes depend on the data.
    """
    module = make_fx(lambda p, f, t: functionalize(push)(p, f, t))(primals, fixed, tangents)
    graph, values = module.graph, _values(module, primals, fixed, tangents)
    for node in graph.nodes:
        _refuse(node, values)
        if _is_mutable(node):
            _make_functional(node)
    _simplify(graph, values)
    graph.eliminate_dead_code()
    _fold_constants(module)
    graph.lint()
    module.recompile()
    return module


def _refuse(node: fx.Node, values: Values) -> None:
    """A shape that depends on the data is a constant of the trace; so is a random number, and it would go unnoticed."""
    tags = getattr(node.target, "tags", ())
    masks = [n for n in node.all_input_nodes if n in values and values[n].dtype in (torch.bool, torch.uint8)]
    if torch.Tag.dynamic_output_shape in tags and (node.target is not aten.index.Tensor or masks):
        raise Untraceable(f"the shape of what {node.target} gives depends on the data")
    if torch.Tag.nondeterministic_seeded in tags:
        raise Untraceable(f"{node.target} is random")


def _make_functional(node: fx.Node) -> None:
    """An operation that writes into a value of its own, as some derivative formulas do, gives a new one instead."""
    written = node.args[0]
    packet = getattr(aten, str(node.target).split(".")[1].removesuffix("_"), None)
    if not isinstance(written, fx.Node) or len(written.users) > 1 or _may_alias(written) or packet is None:
        raise Untraceable(f"{node.target} writes in place")
    node.target = getattr(packet, str(node.target).split(".")[2])


def _is_mutable(node: fx.Node) -> bool:
    return getattr(getattr(node.target, "_schema", None), "is_mutable", False)


def _may_alias(node: fx.Node) -> bool:
    """Whether a node's memory may be seen under another name: it is an argument, a weight, or a view."""
    schema = getattr(node.target, "_schema", None)
    return schema is None or any(result.alias_info is not None for result in schema.returns)


def _values(module: fx.GraphModule, *args: object) -> Values:
    """Shape, dtype and device of every node that gives a tensor, by running the program once."""
    values: Values = {}

    class Watch(fx.Interpreter):
        def run_node(self, n: fx.Node) -> object:
            out = super().run_node(n)
            if isinstance(out, Tensor):
                values[n] = Value(tuple(out.shape), out.dtype, out.device)
            return out

    Watch(module).run(*args)
    return values


def _simplify(graph: fx.Graph, values: Values) -> None:
    zero: set[fx.Node] = set()
    for node in list(graph.nodes):
        if node.op != "call_function":
            continue
        if _is_zero(node, zero):
            zero.add(node)
        same = _same_as(node, zero)
        if isinstance(same, fx.Node) and values.get(same) == values.get(node):
            node.replace_all_uses_with(same)
        elif node.target in RESHAPES:
            node.target = aten.reshape.default  # a clone before it may be gone


def _is_zero(node: fx.Node, zero: set[fx.Node]) -> bool:
    args = node.args
    if node.target in ZEROS:
        return True
    if node.target in VIEWS or node.target is aten.div.Tensor:
        return args[0] in zero
    if node.target in PRODUCTS:
        return any(arg in zero for arg in args)
    if node.target in (aten.add.Tensor, aten.sub.Tensor):
        return all(arg in zero for arg in args[:2])
    if node.target is aten.convolution.default:
        return (args[0] in zero or args[1] in zero) and (args[2] is None or args[2] in zero)
    return False


def _same_as(node: fx.Node, zero: set[fx.Node]) -> object:
    """The node whose value this one repeats if the operation does nothing; the caller checks that shapes are equal."""
    a, b = (*node.args, None, None)[:2]
    if node.target in COPIES or node.target in RESHAPES or node.target is aten.expand.default:
        return a
    if node.target is aten.permute.default and isinstance(b, list | tuple) and list(b) == list(range(len(b))):
        return a
    if node.target in (aten.add.Tensor, aten.sub.Tensor) and b in zero:
        return a
    if node.target is aten.add.Tensor and a in zero and not node.kwargs:  # alpha would scale b
        return b
    return b if node.target is aten.copy.default else None


def _fold_constants(module: fx.GraphModule) -> None:
    """Compute once what depends on no input; of the weights only views, which follow when a weight is written to."""
    graph, known = module.graph, {}
    for node in list(graph.nodes):
        if node.op == "get_attr":
            known[node] = getattr(module, str(node.target))
        elif node.op == "call_function" and all(n in known for n in node.all_input_nodes):
            args, kwargs = fx.map_arg((node.args, node.kwargs), known.__getitem__)
            value = node.target(*args, **kwargs)
            if isinstance(value, Tensor) and value._is_zerotensor():
                value = torch.zeros(value.shape, dtype=value.dtype, device=value.device)  # one with memory of its own
            if isinstance(value, Tensor) and _follows(value, [known[n] for n in node.all_input_nodes]):
                known[node] = value
    for i, (node, value) in enumerate(known.items()):
        if node.op == "call_function" and any(user not in known for user in node.users):
            module.register_buffer(f"_folded{i}", value)
            with graph.inserting_before(node):
                node.replace_all_uses_with(graph.get_attr(f"_folded{i}"))
    for node in reversed(known):
        if not node.users:
            graph.erase_node(node)


def _follows(value: Tensor, sources: list[Tensor]) -> bool:
    return all(value.untyped_storage().data_ptr() == s.untyped_storage().data_ptr() for s in sources)
