"""Data and a latent in, trained networks out."""

import copy
import math
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from pushforward.errors import BadInput
from pushforward.generator.adversarial.likelihood import Likelihood, ThenLikelihood
from pushforward.generator.adversarial.pieces import reweighted
from pushforward.generator.adversarial.reserve import clusters, reserve
from pushforward.generator.adversarial.settings import Training
from pushforward.generator.adversarial.state import begin
from pushforward.generator.adversarial.step import Game
from pushforward.generator.adversarial.train import train
from pushforward.generator.layers import channels_last
from pushforward.generator.networks import Architecture, Networks, are_images
from pushforward.generator.scaling import Scaling, suited
from pushforward.latents import Latent
from pushforward.points import Source, Statistics, some, source, statistics
from pushforward.progress import Show
from pushforward.rng import Seed, generator, integers
from pushforward.training import identity, resumable


class Fitted(NamedTuple):
    """Trained networks with what is needed to use them, some training points, and what was recorded."""

    latent: Latent
    network: nn.Module
    encoder: nn.Module
    scaling: Scaling
    shape: tuple[int, ...]
    deviation: float
    architecture: Architecture | None
    ours: tuple[str, ...]
    points: Tensor
    history: Tensor
    settings: dict[str, object]
    order: int
    """The seed of the order of the data, from which what comes after training draws, too."""
    law_steps: int
    """For a law on the latent: a small part of the time of training."""
    clusters: Tensor | None
    """Of the first of the points (m,), −1 for none, where one is rare; None otherwise."""


# Training points kept to measure a typical residual.
POINTS = 512
# Training points from which the law is learned, of vectors and of images, and numbers in all of them.
KEPT, PICTURES, NUMBERS = 20_000, 4000, 2**25
# Steps of that at most.
LAW_STEPS = 1000
# Training points that say how likely each piece of the latent is.
WEIGHED = 10_000


@resumable
def fit(
    X: object,
    latent: Latent,
    *,
    seed: Seed,
    networks: dict[str, nn.Module | None],
    scaling: Scaling | None,
    training: Training,
    law: bool,
    checkpoint: str | Path | None,
    progress: Show,
    device: torch.device | str | None,
) -> Fitted:
    """Networks trained on X. Of `networks`, the user's own, copies are trained; they see units of `scaling`.

    Where a `law` is learned afterwards, which finds their shares, rare clusters are shown more often.
    """
    if isinstance(progress, type):
        raise BadInput("`Generator.fit(progress=...)`: True, False or a function of a dict is needed, not a class.")
    data = source(X)
    summary = statistics(data.parts())
    if summary.count <= latent.dim:
        raise BadInput(
            f"{summary.count} points were given for a latent of dimension {latent.dim}; more points than dimensions "
            "are needed. Give more data, or a latent of lower dimension."
        )
    images = are_images(data.shape)
    training = training.suited(images=images)
    root = integers(2**62, (2,), seed=generator(seed))
    draws, order = generator(int(root[0])), int(root[1])
    device = _device(device) if device is not None else next(iter(data.parts())).device
    missing = any(net is None for net in networks.values())
    architecture = Architecture.suited(data.shape) if missing else None
    nets = _networks(architecture, latent, networks, device, draws)
    check(nets, data.shape, latent, device)
    scaling = (scaling or suited(summary, images=images)).to(device)
    same = {} if checkpoint is None else _identity(summary, latent, training, nets, scaling, root, device)
    state = begin(nets, training, draws, device)
    variance = _variance(summary, scaling)
    points = some(data, _kept(data, training), seed=order)
    inside = scaling.inside(points.to(device)).float()
    apart = clusters(inside) if law else None
    rare = reserve(inside, apart)
    same |= {} if rare is None or checkpoint is None else {"rare points": str(len(rare.points))}
    play = Game(latent, training, variance, images, even=rare is not None)
    game = ThenLikelihood(play, Likelihood(latent, training, variance), rare)
    train(state, game, data, scaling, order=order, identity=same, checkpoint=checkpoint, show=progress)
    history = torch.tensor(state.history, dtype=torch.float64)
    nets, settings = state.averages, {"training": training.spec(), "seed": order, "count": summary.count}
    if latent.pieces > 1 and training.reconstruction:  # without it the encoder does not know the pieces
        latent = reweighted(latent, nets.encoder, scaling.inside(some(data, WEIGHED, seed=order).to(device).float()))
    return Fitted(
        latent,
        nets.generator,
        nets.encoder,
        scaling,
        data.shape,
        summary.deviation,
        architecture,
        tuple(name for name, part in (("network", "generator"), ("encoder", "encoder")) if networks[part] is None),
        points,
        history,
        settings,
        order,
        min(LAW_STEPS, training.steps or 0) if law else 0,
        None if apart is None else apart.known,
    )


def _kept(data: Source, training: Training) -> int:
    """How many training points are looked at again: no more than were seen in training, but for the first few."""
    most = min(PICTURES if are_images(data.shape) else KEPT, max(POINTS, NUMBERS // math.prod(data.shape)))
    return min(most, max(POINTS, (training.steps or 0) * (training.batch or 0)))


def _networks(
    architecture: Architecture | None,
    latent: Latent,
    networks: dict[str, nn.Module | None],
    device: torch.device,
    draws: Seed,
) -> Networks:
    """The user's networks, copied, and the default ones for those that are missing."""
    nets = {name: copy.deepcopy(net) for name, net in networks.items() if net is not None}
    if architecture is not None:
        nets = architecture.build(latent, seed=draws)._asdict() | nets
    return Networks(**{name: channels_last(net.to(device)) for name, net in nets.items()})


@torch.no_grad()
def check(nets: Networks, shape: tuple[int, ...], latent: Latent, device: torch.device) -> None:
    """Raises `BadInput` where a network does not make what is needed of it."""
    n = 2
    x, z = torch.zeros(n, *shape, dtype=torch.float32, device=device), latent.sample(n, seed=0).to(device)
    for net, inputs, needed in (
        (nets.generator, latent.features(z), (n, *shape)),
        (nets.critic, x, (n,)),
        (nets.encoder, x, (n, latent.code_count)),
    ):
        try:
            output = net.eval()(inputs)
            outcome = tuple(output.shape)
        except (RuntimeError, TypeError, AttributeError) as reason:
            outcome = str(reason).splitlines()[0]
        if outcome != needed:
            raise BadInput(
                f"`Generator.fit`: from {tuple(inputs.shape)} your {type(net).__name__} should make {needed}, but: "
                f"{outcome}. `network` reads features and makes data, `critic` scores data, `encoder` gives codes."
            )


def _variance(summary: Statistics, scaling: Scaling) -> float:
    """Of the data, per coordinate, in the units of the networks."""
    return (summary.deviation / float(scaling.scale)) ** 2


def _identity(
    summary: Statistics,
    latent: Latent,
    training: Training,
    nets: Networks,
    scaling: Scaling,
    root: Tensor,
    device: torch.device,
) -> dict[str, object]:
    """What must be the same for a checkpoint to be continued."""
    settings = {f"training.{name}": value for name, value in training.spec().items()} | {"training.loss": training.loss}
    first = {f"first weights of the {name}": net for name, net in nets._asdict().items()}
    data = f"{summary.count} points of {tuple(summary.mean.shape)}, {summary.fingerprint[:16]}"
    seed = str(root.tolist())
    parts = {"latent": latent, "scaling": scaling, "seed": seed, "device": device.type, "data": data}
    return {**identity(**settings, **first, **parts)}


def _device(device: torch.device | str) -> torch.device:
    try:
        place = torch.device(device)
        if place.type == "meta":
            raise RuntimeError("it holds no numbers")
        return place
    except RuntimeError as reason:
        raise BadInput(
            f"`Generator.fit(device={str(device)[:40]!r})`: there is no such device. Use 'cpu' or 'cuda'."
        ) from reason
