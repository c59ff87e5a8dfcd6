"""Generators on disk: weights as safetensors, all else as JSON; nothing is unpickled."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from torch import Tensor, nn

from pushforward import latents, store
from pushforward.codec import BROKEN
from pushforward.errors import BadInput, PushforwardError
from pushforward.generator.adversarial import COLUMNS
from pushforward.generator.header import Reads, architecture, checked, damaged
from pushforward.generator.layers import channels_last
from pushforward.generator.networks import Architecture
from pushforward.generator.scaling import Scaling
from pushforward.generator.tilts import Tilt, restored
from pushforward.latents import Latent
from pushforward.training import under

if TYPE_CHECKING:
    from pushforward.generator.generator import Generator

KIND = "Generator"
# Fields that are JSON as they are.
PLAIN = ("shape", "residual_scale", "reads", "raw", "ours", "settings", "quality", "tolerance")


def frozen(net: nn.Module) -> nn.Module:
    """A copy in eval mode whose weights ask for no derivative. Raises `BadInput` for what cannot be copied."""
    try:
        return copy.deepcopy(net).eval().requires_grad_(False)
    except (RuntimeError, TypeError) as reason:
        raise BadInput(
            f"a network of type {type(net).__name__} cannot be copied ({reason}), and yours must not be changed. Give "
            "one without tensors that carry a graph: `detach` them."
        ) from reason


class Fields(TypedDict):
    """The arguments of `Generator`."""

    latent: Latent
    network: nn.Module
    encoder: nn.Module | None
    shape: tuple[int, ...]
    scaling: Scaling
    residual_scale: float
    reads: Reads
    raw: bool
    architecture: Architecture | None
    ours: tuple[str, ...]
    history: Tensor
    settings: dict[str, object]
    quality: dict[str, object] | None
    tilt: Tilt | None
    tolerance: float | None


def moved(gen: "Generator", to: tuple[Any, ...]) -> dict[str, Any]:
    """Copies of what a generator is made of, on another device or in another dtype."""
    nets = {"network": gen.network, "encoder": gen.encoder, "tilt": gen.tilt}
    try:
        copies = {name: None if net is None else frozen(net).to(*to) for name, net in nets.items()}
        return {**copies, "scaling": gen.scaling.to(*to)}
    except (TypeError, ValueError, RuntimeError, AttributeError, NotImplementedError, AssertionError) as reason:
        raise BadInput(f"`gen.to(...)`: {reason}. Give a device or a floating-point dtype.") from reason


def write(gen: "Generator", path: str | Path, *, half: bool) -> Path:
    """All of a generator; `half` rounds weights to 16 bits."""
    parts = {part: net for part, net in (("network", gen.network), ("encoder", gen.encoder)) if net is not None}
    tensors = {f"{part}.{key}": t.detach() for part, net in parts.items() for key, t in net.state_dict().items()}
    tensors = {key: t.half() if half and t.is_floating_point() else t for key, t in tensors.items()}
    tensors |= {} if gen.tilt is None else {f"tilt.{key}": t for key, t in gen.tilt.state_dict().items()}
    tensors |= {"offset": gen.scaling.offset, "scale": gen.scaling.scale, "history": gen.history}
    header = {
        "kind": KIND,
        "latent": latents.save(gen.latent),
        "parts": {part: type(net).__name__ for part, net in parts.items()},
        "architecture": None if gen.architecture is None else gen.architecture.spec(),
        "law": None if gen.tilt is None else gen.tilt.spec(),
        **{name: getattr(gen, name) for name in PLAIN},
    }
    return store.save(path, {key: t.clone() for key, t in tensors.items()}, header)  # tied weights may not share memory


def read(path: str | Path, own: dict[str, nn.Module | None]) -> Fields:
    """The fields of the generator in a file. Networks of the user's `own` take their weights in copies of these."""
    tensors, whole = store.load(path, KIND)
    header = checked(path, whole, tensors, len(COLUMNS))
    try:
        latent = latents.load(header.latent)
        sizes, scaling = architecture(header, latent, tensors), Scaling(tensors["offset"], tensors["scale"])
        default = {} if sizes is None else _default(sizes, latent, scaling, header.ours)
        tilt = None if header.law is None else _tilt(latent, header.law, tensors)
    except PushforwardError:
        raise
    except BROKEN as reason:
        raise damaged(path, str(reason)) from reason
    nets: dict[str, nn.Module] = {}
    for part, kind in header.parts.items():
        net = own[part]
        if net is None and part not in default:
            raise BadInput(
                f"{path} holds a generator whose {part} is a {kind}, which pushforward cannot rebuild. Make such a "
                f"network and give it: `Generator.load(path, {part}=...)`."
            )
        nets[part] = _filled(default[part] if net is None else frozen(net), part, tensors, path)
    return Fields(
        latent=latent,
        network=nets["network"],
        encoder=nets.get("encoder"),
        shape=tuple(header.shape),
        scaling=scaling,
        residual_scale=header.residual_scale,
        reads=header.reads,
        raw=header.raw,
        architecture=sizes,
        ours=tuple(header.ours),
        history=tensors["history"],
        settings=header.settings,
        quality=header.quality,
        tilt=tilt,
        tolerance=header.tolerance,
    )


def _tilt(latent: Latent, spec: dict[str, object], tensors: dict[str, Tensor]) -> Tilt:
    """The learned law with its weights."""
    tilt, weights = restored(latent, spec), under(tensors, "tilt")
    tilt.load_state_dict(weights)
    return tilt.to(tensors["scale"]).eval().requires_grad_(False)


def _default(sizes: Architecture, latent: Latent, scaling: Scaling, ours: Sequence[str]) -> dict[str, nn.Module]:
    built = sizes.build(latent, seed=0)
    nets = {"network": built.generator, "encoder": built.encoder}
    return {part: nets[part].to(scaling.scale) for part in ours}


def _filled(net: nn.Module, part: str, tensors: dict[str, Tensor], path: str | Path) -> nn.Module:
    """The network with its weights from the file, in eval mode."""
    try:
        net.load_state_dict(under(tensors, part))
    except RuntimeError as reason:
        raise BadInput(
            f"the weights of the {part} in {path} do not fit this {type(net).__name__} "
            f"({str(reason).splitlines()[-1].strip()}). Give a network of the kind that was saved: "
            f"`Generator.load(path, {part}=...)`."
        ) from reason
    return channels_last(net).eval().requires_grad_(False)
