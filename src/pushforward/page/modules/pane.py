"""The pane of modules: coverage against leak with its null band, and the sets at the leak that was asked for."""

import math

import torch

from pushforward.modules import Modules
from pushforward.page.arrays import digits, finite, row
from pushforward.page.modules.evidence import criteria
from pushforward.page.modules.words import groups, left_out, verdict
from pushforward.page.pictures import Painter
from pushforward.page.schema import LayerCount, ModuleFacts, ModulesPane, Picture
from pushforward.page.studies import ModulesStudy

# The quantiles of rotated networks between which the band lies.
BAND = 0.05, 0.95


def modules_pane(study: ModulesStudy, numbers: dict[int, int], *, names: tuple[str, ...] = ()) -> ModulesPane:
    """The answer in words and numbers; `numbers` are the places of inputs, by number in X, among those shown.

    `names` are those of the features of vectors.
    """
    m, said = study.modules, verdict(study.modules)
    curve, reads = m.curve, _reads(study, names)
    return ModulesPane(
        verdict=m.verdict,
        words=" ".join((f"{said.headline}.", *said.sentences, *left_out(m), *groups(m))),
        reason="; ".join(one["words"] for one in criteria(m) if not one["passed"]),
        p_value=digits(m.p_value),
        leak=finite(m.leak),
        leaks=row(curve.leaks),
        coverage=row(curve.coverage),
        sets=list(curve.sets),
        band=(row(curve.band(BAND[0])), row(curve.band(BAND[1]))) if curve.null else ([], []),
        twin=[digits(max(at)) for at in zip(*curve.twin, strict=True)] if curve.twin else None,
        no_twin=curve.no_twin,
        leakage=finite(m.leakage),
        chance_leakage=finite(m.chance_leakage),
        left_out=[(why, count) for why, count in m.left_out.items()],
        copies=m.copies,
        modules=[_facts(study, b, reads[b] if reads else None, numbers) for b in range(len(m.blocks))],
    )


def overlaps(m: Modules, b: int) -> tuple[float, float]:
    """Mean squared correlation of sampled neurons of a module with each other, and with those of other modules.

    NaN where there are no such pairs.
    """
    label = m.labels[m.sample]
    own, other = label == b, (label >= 0) & (label != b)
    within, across = m.overlap[own][:, own], m.overlap[own][:, other]
    pairs = len(within) * (len(within) - 1)
    inside = float(within.sum()) / pairs if pairs else math.nan  # the diagonal is 0
    return inside, float(across.mean()) if across.numel() else math.nan


def _facts(study: ModulesStudy, b: int, reads: Picture | None, numbers: dict[int, int]) -> ModuleFacts:
    m, block, driving = study.modules, study.modules.blocks[b], study.driving
    inside, outside = overlaps(m, b)
    layers, counts = m.layer[block].unique(return_counts=True)
    top = [] if driving is None else [numbers[i] for i in driving.index[b].tolist()]
    return ModuleFacts(
        name=f"module {b}",
        size=len(block),
        stability=finite(float(m.stability[b])) if b < len(m.stability) else None,
        share=digits(float(m.shares[block, b].double().mean())) if len(block) else 0.0,
        inside=finite(inside),
        outside=finite(outside),
        layers=[LayerCount(layer=i, neurons=n) for i, n in zip(layers.tolist(), counts.tolist(), strict=True)],
        reads=reads,
        top=top,
        strength=_strength(study, b),
    )


def _strength(study: ModulesStudy, b: int) -> list[tuple[float, float]]:
    """Of each input that drives a module most: how far it moves this one, and the others on average."""
    if study.driving is None:
        return []
    moved = study.driving.strength[b].double()  # (k m)
    others = torch.cat([moved[:, :b], moved[:, b + 1 :]], 1)
    mean = others.mean(1) if others.shape[1] else torch.zeros(len(moved))
    return list(zip(row(moved[:, b]), row(mean), strict=True))


def _reads(study: ModulesStudy, names: tuple[str, ...]) -> list[Picture]:
    """What each module reads, all on one scale from 0 on."""
    if study.reads is None:
        return []
    most = [float(part.max()) for part in study.reads]
    alts = [f"what module {b} reads: squared correlations up to {high:.2f}" for b, high in enumerate(most)]
    return Painter(study.reads, names=names, heat=True).pictures(study.reads, alts)
