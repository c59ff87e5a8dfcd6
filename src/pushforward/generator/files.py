"""Generators on disk: weights as safetensors, all else as JSON; nothing is unpickled."""

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from pushforward import latents, store
from pushforward.errors import BadInput
from pushforward.generator.layers import channels_last
from pushforward.generator.networks import Architecture
from pushforward.generator.scaling import Scaling

if TYPE_CHECKING:
    from pushforward.generator.generator import Generator

KIND = "Generator"
PLAIN = ("shape", "residual_scale", "reads", "raw", "ours", "settings", "quality")
"""Fields that are JSON as they are."""


def frozen(net: nn.Module) -> nn.Module:
    """A copy in eval mode whose weights ask for no derivative. Raises `BadInput` for what cannot be copied."""
    try:
        return copy.deepcopy(net).eval().requires_grad_(False)
    except (RuntimeError, TypeError) as reason:
        raise BadInput(
            f"a network of type {type(net).__name__} cannot be copied ({reason}), and yours must not be changed. Give "
            "one without tensors that carry a graph: `detach` them."
        ) from reason


def write(gen: "Generator", path: str | Path, *, half: bool) -> Path:
    """All of a generator; `half` rounds weights to 16 bits."""
    parts = {part: net for part, net in (("network", gen.network), ("encoder", gen.encoder)) if net is not None}
    held = {f"{part}.{key}": t.detach() for part, net in parts.items() for key, t in net.state_dict().items()}
    held = {key: t.half() if half and t.is_floating_point() else t for key, t in held.items()}
    held |= {"offset": gen.scaling.offset, "scale": gen.scaling.scale, "history": gen.history}
    header = {
        "kind": KIND,
        "latent": latents.save(gen.latent),
        "parts": {part: type(net).__name__ for part, net in parts.items()},
        "architecture": None if gen.architecture is None else gen.architecture.spec(),
        **{name: getattr(gen, name) for name in PLAIN},
    }
    return store.save(path, {key: t.clone() for key, t in held.items()}, header)  # tied weights may not share memory


def read(path: str | Path, given: dict[str, nn.Module | None]) -> dict[str, Any]:
    """The fields of the generator in a file. Networks that are not ours take their weights in copies of those given."""
    held, header = store.load(path, KIND)
    latent, sizes = latents.load(header["latent"]), header["architecture"]
    architecture = None if sizes is None else Architecture(**sizes | {"shape": tuple(sizes["shape"])})
    scaling = Scaling(held["offset"], held["scale"])
    fields = {name: header[name] for name in PLAIN}
    fields |= {"shape": tuple(header["shape"]), "ours": tuple(header["ours"]), "history": held["history"]}
    fields |= {"latent": latent, "scaling": scaling, "architecture": architecture, "encoder": None}
    ours = {} if architecture is None else _default(architecture, fields)
    for part, kind in header["parts"].items():
        net = given[part]
        if net is None and part not in ours:
            raise BadInput(
                f"{path} holds a generator whose {part} is a {kind}, which is not ours to rebuild. Make such a network "
                f"and give it: `Generator.load(path, {part}=...)`."
            )
        fields[part] = _filled(ours[part] if net is None else frozen(net), part, held, path)
    return fields


def _default(architecture: Architecture, fields: dict[str, Any]) -> dict[str, nn.Module]:
    built = architecture.build(fields["latent"], seed=0)
    nets = {"network": built.generator, "encoder": built.encoder}
    return {part: nets[part].to(fields["scaling"].scale) for part in fields["ours"]}


def _filled(net: nn.Module, part: str, held: dict[str, Tensor], path: str | Path) -> nn.Module:
    """The network with its weights from the file, in eval mode."""
    weights = {key.removeprefix(part + "."): t for key, t in held.items() if key.startswith(part + ".")}
    try:
        net.load_state_dict(weights)
    except RuntimeError as reason:
        raise BadInput(
            f"the weights of the {part} in {path} do not fit the network given "
            f"({str(reason).splitlines()[-1].strip()}). Give one of the kind that was saved: "
            f"`Generator.load(path, {part}=...)`."
        ) from reason
    return channels_last(net).eval().requires_grad_(False)
