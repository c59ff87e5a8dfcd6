"""Networks as functions of all their neurons, and their derivatives."""

from pushforward.net.ablate import Ablated, is_output
from pushforward.net.doctor import Diagnosis, diagnose
from pushforward.net.graphs import Graphs
from pushforward.net.jacobian_map import Jacobian, jacobian
from pushforward.net.kernels import differentiable_kernels
from pushforward.net.linearities import PASSES, SAMPLES, Linearities, how_linear
from pushforward.net.linearity import Linearity
from pushforward.net.neurons import Neurons
from pushforward.net.program import TangentPush, trace
from pushforward.net.push_forward import push
from pushforward.net.push_result import Push
from pushforward.net.stamps import stamp
from pushforward.net.table import Table
from pushforward.net.verify import verified_way
from pushforward.net.ways import Differences, Forward, OneByOne, Way, first_line

__all__ = [
    "PASSES",
    "SAMPLES",
    "Ablated",
    "Diagnosis",
    "Differences",
    "Forward",
    "Graphs",
    "Jacobian",
    "Linearities",
    "Linearity",
    "Neurons",
    "OneByOne",
    "Push",
    "Table",
    "TangentPush",
    "Way",
    "diagnose",
    "differentiable_kernels",
    "first_line",
    "how_linear",
    "is_output",
    "jacobian",
    "push",
    "stamp",
    "trace",
    "verified_way",
]
