"""The zoo: small networks of every kind, each with an input, what is recorded of it and how it is pushed through."""

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 (its usual name)
from torch.utils.checkpoint import checkpoint

from networks_of_images import IMAGES
from networks_of_sequences import SEQUENCES
from networks_of_sets import SETS
from networks_with_states import STATES
from networks_written import WRITTEN
from parts import (
    Case,
    ForwardCube,
    Module,
    NewCube,
    OldCube,
    Swish,
    attend,
    attention_pool,
    autoencoder,
    cnn,
    encoder,
    linear,
    lstm_cells,
    mlp,
    normal,
    numpy_tanh,
    paste,
    recurrent,
    residual,
    text,
    until_long,
    weight_norm,
)


def cubed(name: str, cube: type[torch.autograd.Function], way: str = "Forward") -> Case:
    """A network with a custom function inside, which cannot be traced."""
    run = lambda m, x: m.second(cube.apply(m.first(x))).relu()  # noqa: E731
    return Case(name, lambda: Module(run, **linear(4, 5)), lambda: normal(4), ("output",), way=way, traced=False)


ZOO = (
    Case("multilayer perceptron", mlp, lambda: normal(6), ("1", "3", "output")),
    Case(
        "without activations: every leaf",
        lambda: nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4)),
        lambda: normal(3),
        ("0", "output"),
    ),
    Case("CNN, batch norm, in-place ReLU, max-pooling", cnn, lambda: normal(1, 6, 6), ("body.2", "body.6", "output")),
    Case(
        "residual blocks, `out += x`, in-place ReLU used twice",
        residual,
        lambda: normal(2, 4, 4),
        ("body.1.relu", "body.1.relu#2", "body.2.relu", "body.2.relu#2", "output"),
    ),
    Case(
        "transposed convolution, group norm, up-sampling, pixel shuffle",
        autoencoder,
        lambda: normal(1, 8, 8),
        ("1", "4", "output"),
    ),
    Case(
        "1-d convolution, instance norm, GLU",
        lambda: nn.Sequential(nn.Conv1d(2, 6, 3), nn.InstanceNorm1d(6), nn.GLU(1), nn.Flatten(), nn.Linear(18, 2)),
        lambda: normal(2, 8),
        ("2", "output"),
    ),
    Case(
        "3-d convolution, PReLU, adaptive max-pooling",
        lambda: nn.Sequential(nn.Conv3d(1, 3, 2), nn.PReLU(3), nn.AdaptiveMaxPool3d(1), nn.Flatten()),
        lambda: normal(1, 4, 3, 3),
        ("1", "output"),
    ),
    Case(
        "`nn.TransformerEncoder`, which has a fast path",
        encoder,
        lambda: normal(5, 8),
        ("layers.0.relu", "layers.1.relu", "output"),
    ),
    Case(
        "`nn.TransformerEncoder`, norm first, GELU",
        lambda: encoder(norm_first=True, activation="gelu"),
        lambda: normal(5, 8),
        ("layers.0.gelu", "layers.1.gelu", "output"),
    ),
    Case(
        "`nn.TransformerEncoder` with a padding mask",
        encoder,
        lambda: {"src": normal(5, 8), "src_key_padding_mask": torch.tensor([False, False, False, True, True])},
        ("layers.0.relu", "layers.1.relu", "output"),
    ),
    Case(
        "`nn.Transformer`, two inputs",
        lambda: nn.Transformer(8, 2, 1, 1, 12, batch_first=True),
        lambda: (normal(4, 8), normal(3, 8, seed=1)),
        ("encoder.layers.0.relu", "decoder.layers.0.relu", "output"),
    ),
    Case(
        "`nn.MultiheadAttention`",
        lambda: Module(
            lambda m, x: torch.relu(m.attention(x, x, x)[0]), attention=nn.MultiheadAttention(8, 2, batch_first=True)
        ),
        lambda: normal(5, 8),
        ("output",),
    ),
    Case(
        "`F.scaled_dot_product_attention`",
        lambda: Module(attend(False), qkv=nn.Linear(8, 24), out=nn.Linear(8, 3)),
        lambda: normal(5, 8),
        ("gelu", "output"),
    ),
    Case(
        "`F.scaled_dot_product_attention`, causal",
        lambda: Module(attend(True), qkv=nn.Linear(8, 24), out=nn.Linear(8, 3)),
        lambda: normal(5, 8),
        ("gelu", "output"),
    ),
    Case("LSTM, two layers, bidirectional", recurrent(nn.LSTM), lambda: normal(3, 3), ("body", "output")),
    Case("GRU, two layers, bidirectional", recurrent(nn.GRU), lambda: normal(3, 3), ("body", "output")),
    Case("RNN, two layers, bidirectional", recurrent(nn.RNN), lambda: normal(3, 3), ("body", "output")),
    Case("a recurrent layer as the model", lambda: nn.LSTM(3, 4, batch_first=True), lambda: normal(3, 3), ("output",)),
    Case(
        "LSTM cells in a loop",
        lambda: Module(lstm_cells, cell=nn.LSTMCell(3, 4), out=nn.Linear(4, 2)),
        lambda: normal(3, 3),
        ("cell", "cell#2", "cell#3", "output"),
    ),
    Case(
        "one module called twice",
        lambda: Module(lambda m, x: m.act(m.second(m.act(m.first(x)))).cumsum(1), act=nn.Tanh(), **linear(4, 5)),
        lambda: normal(4),
        ("act", "act#2", "output"),
    ),
    Case(
        "shared weights, all layers",
        lambda: Module(
            lambda m, x: m.out(m.act(m.same(m.act(m.same(x))))),
            act=nn.Tanh(),
            same=nn.Linear(4, 4),
            out=nn.Linear(4, 2),
        ),
        lambda: normal(4),
        ("same", "act", "same#2", "act#2", "output"),
        {"layers": "*"},
    ),
    Case(
        "a branch on the data",
        lambda: Module(
            lambda m, x: torch.tanh(m.first(x) if x.sum() > 0 else m.other(x)),
            first=nn.Linear(4, 5),
            other=nn.Linear(4, 5),
        ),
        lambda: normal(4).abs(),
        ("output",),
        traced=False,
        other=lambda: -normal(4).abs(),
    ),
    Case(
        "a shape that depends on the data",
        lambda: Module(lambda m, x: torch.tanh(m.first(x) / len(torch.nonzero(x[0] > 0))), first=nn.Linear(4, 5)),
        lambda: normal(4).abs(),
        ("output",),
        traced=False,
        other=lambda: normal(4).abs() * torch.tensor([1.0, -1.0, 1.0, -1.0]),
    ),
    Case(
        "a loop until a norm is reached",
        lambda: Module(until_long, first=nn.Linear(4, 5), again=nn.Linear(5, 5)),
        lambda: normal(4),
        ("tanh", "output"),
        traced=False,
        other=lambda: 0.01 * normal(4),
    ),
    Case(
        "list comprehension over modules",
        lambda: Module(
            lambda m, x: torch.cat([F.silu(head(x)) for head in m.heads], 1).prod(1),
            heads=nn.ModuleList(nn.Linear(4, 2) for _ in range(3)),
        ),
        lambda: normal(4),
        ("silu", "silu#2", "silu#3", "output"),
    ),
    Case(
        "`nn.ModuleDict`, einsum, softmax",
        lambda: Module(
            lambda m, x: torch.einsum("nk,kj->nj", m.parts["a"](x).softmax(1), m.parts["b"].weight).sigmoid(),
            parts=nn.ModuleDict({"a": nn.Linear(4, 5), "b": nn.Linear(3, 5)}),
        ),
        lambda: normal(4),
        ("output",),
    ),
    Case(
        "functional activations",
        lambda: Module(lambda m, x: torch.tanh(m.second(F.gelu(m.first(x)).relu())), **linear(4, 5)),
        lambda: normal(4),
        ("gelu", "relu", "output"),
    ),
    Case(
        "in-place functions, also on the input",
        lambda: Module(lambda m, x: m.second(F.relu_(m.first(x.mul_(2))).add_(1).sigmoid_()), **linear(4, 5)),
        lambda: normal(4),
        ("relu", "sigmoid", "output"),
    ),
    Case(
        "writes into slices of a buffer",
        lambda: Module(lambda m, x: torch.tanh(paste(m.first(x))), first=nn.Linear(4, 2)),
        lambda: normal(4),
        ("output",),
    ),
    Case(
        "an activation written by hand",
        lambda: nn.Sequential(nn.Linear(4, 5), Swish(), nn.Linear(5, 2)),
        lambda: normal(4),
        ("1", "output"),
    ),
    Case(
        "dropout in `eval` mode",
        lambda: nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Dropout(), nn.Linear(5, 2)),
        lambda: normal(4),
        ("1", "output"),
    ),
    Case(
        "a dict of inputs with a boolean mask",
        lambda: Module(attention_pool, score=nn.Linear(4, 1), out=nn.Linear(4, 3)),
        lambda: {"values": normal(5, 4), "mask": torch.tensor([True, True, True, False, True])},
        ("output",),
        other=lambda: {"values": normal(5, 4, seed=1), "mask": torch.tensor([True, False, True, False, False])},
    ),
    Case(
        "a tuple of inputs with integers",
        lambda: Module(
            lambda m, x, which: torch.tanh(m.first(x) + m.table(which)), first=nn.Linear(4, 5), table=nn.Embedding(3, 5)
        ),
        lambda: (normal(4), torch.tensor(2)),
        ("output",),
        other=lambda: (normal(4), torch.tensor(0)),
    ),
    Case(
        "a tuple of outputs",
        lambda: Module(lambda m, x: (m.first(x), m.second(torch.relu(m.first(x)))), **linear(4, 5)),
        lambda: normal(4),
        ("relu", "output.0", "output.1"),
    ),
    Case(
        "a dict of outputs, some not floating-point",
        lambda: Module(
            lambda m, x: {"logits": m.first(x), "deep": (m.first(x).tanh(),), "best": m.first(x).argmax(1)},
            first=nn.Linear(4, 5),
        ),
        lambda: normal(4),
        ("output.logits", "output.deep.0"),
    ),
    Case(
        "tokens, from an embedding on",
        text,
        lambda: torch.tensor([3, 1, 4, 1, 5]),
        ("tanh", "output"),
        {"start": "tokens"},
    ),
    Case("one neuron per channel", cnn, lambda: normal(1, 6, 6), ("body.2", "body.6", "output"), {"unit": "channel"}),
    Case("weight norm and spectral norm", weight_norm, lambda: normal(5), ("1", "output")),
    Case(
        "Fourier transform, complex numbers inside",
        lambda: Module(
            lambda m, x: torch.fft.irfft(torch.fft.rfft(x) * m.first(x)[:, :4], n=6).tanh(), first=nn.Linear(6, 5)
        ),
        lambda: normal(6),
        ("output",),
    ),
    Case(
        "linear algebra, sorting, cumulative sums",
        lambda: Module(
            lambda m, x: torch.linalg.solve(m.A, m.first(x).sort().values.cumsum(1).T).T.relu(),
            first=nn.Linear(4, 5),
            A=nn.Parameter(torch.eye(5) + 0.1 * normal(5, 5)),
        ),
        lambda: normal(4),
        ("output",),
    ),
    Case(
        "checkpointing",
        lambda: Module(
            lambda m, x: m.second(checkpoint(m.block, x, use_reentrant=False)),
            block=nn.Sequential(nn.Linear(4, 5), nn.ReLU()),
            second=nn.Linear(5, 2),
        ),
        lambda: normal(4),
        ("block.1", "output"),
    ),
    Case("out of a `torch.compile` wrapper", lambda: torch.compile(mlp()), lambda: normal(6), ("1", "3", "output")),
    cubed("a custom `autograd.Function` with jvp only", ForwardCube),
    cubed("a custom `autograd.Function` with backward only", NewCube, way="DoubleReverse"),
    cubed("a custom `autograd.Function` in the old style", OldCube, way="DoubleReverse"),
    Case(
        "radial basis functions by `torch.cdist`",
        lambda: Module(lambda m, x: torch.cdist(m.first(x), m.second.weight).neg().exp().sigmoid(), **linear(4, 5)),
        lambda: normal(4),
        ("output",),
    ),
    Case(
        "NumPy inside: no derivative of any kind",
        lambda: Module(lambda m, x: m.second(numpy_tanh(m.first(x))).sigmoid(), **linear(4, 5)),
        lambda: normal(4),
        ("output",),
        way="Differences",
        traced=False,
        tolerance=0.01,
    ),
    *IMAGES,
    *SEQUENCES,
    *STATES,
    *SETS,
    *WRITTEN,
)
