"""Which tensor operations are activation functions, which are random, which have no derivative, which mix channels."""

from abc import abstractmethod
from collections.abc import Callable

from torch.overrides import TorchFunctionMode


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Every elementwise nonlinearity of `torch.nn.functional`, as a function or a method.
ACTIVATIONS = _words("""
    celu elu gelu glu hardshrink hardsigmoid hardswish hardtanh leaky_relu logsigmoid log_sigmoid mish prelu relu relu6
    rrelu selu sigmoid silu softplus softshrink softsign tanh tanhshrink threshold
""")

RANDOM = _words("dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout")

# They advance PyTorch's own random state, if they are given no generator.
DRAWS = RANDOM | _words("""
    bernoulli cauchy exponential feature_dropout fractional_max_pool2d fractional_max_pool3d geometric gumbel_softmax
    log_normal multinomial normal poisson rand rand_like randint randint_like randn randn_like random randperm rrelu
    scaled_dot_product_attention uniform
""")

# Their derivative is zero, or they lead out of the graph: named as suspects when a derivative is missing.
BROKEN = _words("""
    argmax argmin argsort bernoulli bool bucketize ceil detach eq floor floor_divide floordiv frac ge gt heaviside histc
    int item le long lt multinomial ne numpy one_hot round searchsorted sign sgn tolist trunc
""")

# Which axis holds the channels is decided by the last operation that mixes them.
CHANNELS_FIRST = _words("""
    conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d batch_norm group_norm instance_norm
""")
CHANNELS_LAST = _words("""
    linear layer_norm rms_norm embedding multi_head_attention_forward lstm gru rnn_tanh rnn_relu
""")

# Attention is a softmax between two products.
SOFTMAX = _words("softmax safe_softmax")
PRODUCTS = _words("matmul bmm baddbmm einsum")

# What scores and weights may go through before and after the softmax: the pattern is what multiplies the values.
KEEPING = _words("""
    to type type_as float half double bfloat16 contiguous clone dropout nan_to_num masked_fill where add radd sub rsub
    mul rmul multiply div truediv divide true_divide view view_as reshape flatten unflatten squeeze unsqueeze getitem
    max maximum clamp tanh cat
""")

# How heads are put side by side as channels.
JOINING = _words("""
    transpose permute swapaxes swapdims movedim moveaxis contiguous clone to view reshape flatten unflatten squeeze
    unsqueeze getitem
""")


class OperationMode(TorchFunctionMode):
    """While it is active, every tensor operation goes through `operation`."""

    @abstractmethod
    def operation(self, func: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]) -> object:
        """Run `func(*args, **kwargs)`, or what stands for it, and give its result."""

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: object,
        args: tuple[object, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        return self.operation(func, args, kwargs or {})
