"""`ContrastStudy`: everything a report shows about one contrast."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pushforward import structure
from pushforward.arguments import checked
from pushforward.errors import BadInput
from pushforward.modules import Contrast
from pushforward.modules.contrasts import members
from pushforward.net import Neurons
from pushforward.page.studies.modules import Members, Network, members_of, network_of, versions
from pushforward.page.studies.study import Study, origin
from pushforward.points import read


@dataclass(frozen=True, eq=False, kw_only=True)
class ContrastStudy(Study):
    """A contrast of two sets of neurons, and everything that a reader needs to understand, doubt and repeat it.

    Only `title` and `contrast` are needed; what is left out is left out of the report. `ContrastStudy.of` fills in the
    rest. `names`: what A and B are, in words. `members`: the neurons of both, by layer. `tokens`: a vocabulary, where
    the inputs are embeddings. All else is as in `Study`.
    """

    contrast: Contrast
    names: tuple[str, str] = ("A", "B")
    members: tuple[tuple[Members, ...], tuple[Members, ...]] = ((), ())
    network: Network | None = None
    inputs: str = ""
    count: int = 0
    shape: str = ""
    tokens: Mapping[Any, Any] | Tensor | None = None

    @staticmethod
    @checked
    def of(
        net: Neurons,
        inputs: object,
        X: object,
        contrast: Contrast,
        *,
        A: object,
        B: object,
        title: str,
        seed: int,
        names: tuple[str, str] = ("A", "B"),
        tokens: Mapping[Any, Any] | Tensor | None = None,
        timings: Mapping[str, float] | None = None,
        command: str = "",
        code: str = "",
    ) -> "ContrastStudy":
        """The study of what `contrast(net, inputs, A, B, start=X, seed=seed)` gave.

        `code` is what "copy as Python" shows; without it, it is put together from what is known. Raises `BadInput` if
        the contrast is of other neurons than A and B, or A and B are none of the network's.

        >>> from pushforward.inputs import Gaussian
        >>> from pushforward.modules import contrast
        >>> from pushforward.rng import normal
        >>> net, inputs = Neurons(torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.Tanh())), Gaussian.isotropic((4,))
        >>> X = normal((30, 4), seed=0)
        >>> c = contrast(net, inputs, [0], [1, 2], start=X, seed=0)
        >>> study = ContrastStudy.of(net, inputs, X, c, A=[0], B=[1, 2], title="two sets of neurons", seed=0)
        >>> study.members[1][0].neurons
        2
        """
        X = read(X, "`ContrastStudy.of(net, inputs, X, ...)`")
        with torch.no_grad():
            net.expect(structure.item(X, 0))
        a, b = members(net, A, "A"), members(net, B, "B")
        _check(contrast, a, b)
        return ContrastStudy(
            title=title,
            contrast=contrast,
            names=names,
            members=(members_of(net, a), members_of(net, b)),
            network=network_of(net),
            **origin(inputs, X),
            tokens=tokens,
            timings=tuple((timings or {}).items()),
            versions=versions(),
            seed=seed,
            command=command,
            code=code or _code(net, inputs, contrast, seed),
        )

    def summary(self) -> str:
        """What was found, for a terminal."""
        return str(self.contrast)


def _check(contrast: Contrast, a: Tensor, b: Tensor) -> None:
    """Raises `BadInput` if a neuron that was kept fixed is not in the set that was to be."""
    for name, other, traversal in (("B", b, contrast.a), ("A", a, contrast.b)):
        strange = [leak for leak in traversal.worst if leak.neuron not in other]
        if strange:
            raise BadInput(
                f"`ContrastStudy.of(..., {name}=...)`: the contrast kept neuron {strange[0].neuron} "
                f"({strange[0].name}) fixed, which is not in {name}. Give the A and B of which the contrast is."
            )


def _code(net: Neurons, inputs: object, contrast: Contrast, seed: int) -> str:
    model = f"{type(net.model).__module__}.{type(net.model).__qualname__}"
    made = repr(inputs).replace("\n", " ")
    options = "".join(
        f", {name}={value!r}"
        for name, value in (("layers", net.patterns), ("unit", net.unit), ("start", net.start), ("stop", net.stop))
        if value not in (None, "position")
    )
    distance = f", distance={contrast.a.distance:g}" if contrast.a.distance != 0.5 else ""
    return "\n".join(
        (
            "import pushforward as pf",
            "",
            f"model = ...  # {model}",
            "X = ...  # the inputs, one per row",
            "A, B = ..., ...  # two sets of neurons: names of layers, or modules.blocks[0]",
            f"net = pf.Neurons(model{options})",
            f"inputs = ...  # {made}",
            f"contrast = pf.contrast(net, inputs, A, B, start=X, seed={seed}{distance})",
            "print(contrast)",
            'contrast.plot().savefig("contrast.png")',
        )
    )
