"""What a page says of the network, and of how everything was made."""

import torch

from pushforward.modules import Modules
from pushforward.page.schema import LayerFacts, Made, NetworkFacts
from pushforward.page.studies import ContrastStudy, ModulesStudy, Study


def network_facts(study: ModulesStudy | ContrastStudy) -> NetworkFacts | None:
    """The network of a study; of modules alone only the sizes of the layers are known, of anything else nothing."""
    if study.network is None:
        return of_modules(study.modules) if isinstance(study, ModulesStudy) else None
    start, layers = 0, list[LayerFacts]()
    for one in study.network.layers:
        layers.append(
            LayerFacts(
                name=one.name, shape=list(one.shape), channel_axis=one.channel_axis, start=start, size=one.neurons,
                pooled=one.pooled, heads=one.heads,
            )
        )  # fmt: skip
        start += one.neurons
    return NetworkFacts(
        model=study.network.model,
        parameters=study.network.parameters,
        unit=study.network.unit,
        neurons=start,
        layers=layers,
        inputs=study.inputs,
        count=study.count,
        shape=study.shape,
    )


def of_modules(m: Modules) -> NetworkFacts:
    """Layers as long as they are, the rest unknown."""
    sizes = torch.bincount(m.layer, minlength=len(m.layers)).tolist()
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    layers = [
        LayerFacts(name=name, shape=[size], channel_axis=0, start=start, size=size, pooled=False, heads=0)
        for name, size, start in zip(m.layers, sizes, starts, strict=True)
    ]
    return NetworkFacts(
        model="", parameters=0, unit="", neurons=len(m.layer), layers=layers, inputs="", count=0, shape=""
    )


def made(study: Study | None, title: str) -> Made:
    """How to get the same again; of results without a study only their title."""
    if study is None:
        return Made(title=title, command="", code="", seed=None, versions=[], timings=[])
    return Made(
        title=study.title,
        command=study.command,
        code=study.code,
        seed=study.seed,
        versions=list(study.versions),
        timings=[(name, float(f"{seconds:.6g}")) for name, seconds in study.timings],
    )
