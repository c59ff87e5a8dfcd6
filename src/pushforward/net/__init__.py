"""Networks as functions of all their neurons, and their derivatives."""

from pushforward.net.doctor import Diagnosis as Diagnosis
from pushforward.net.doctor import diagnose as diagnose
from pushforward.net.jacobian import Jacobian as Jacobian
from pushforward.net.jacobian import jacobian as jacobian
from pushforward.net.neurons import Neurons as Neurons
from pushforward.net.push import Push as Push
from pushforward.net.push import push as push
