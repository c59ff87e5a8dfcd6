"""Captions and alternative texts of the figures, with the numbers they show."""

from typing import ClassVar

from pushforward.page import listed, number
from pushforward.page import modules as words
from pushforward.page.studies import ModulesStudy
from pushforward.show.captions import Captions


class ModulesCaptions(Captions):
    """The captions of the modules' figures."""

    kinds: ClassVar = {
        "matrix": "Two square matrices, before and after permutation",
        "inputs": "Rows of inputs, one row per module",
        "lesions": "Falls of the metric without each module",
        "layers": "Stacked bars, one per layer",
        "shares": "Stacked shares, one column per neuron",
        "null": "Histogram with a vertical line",
        "spectrum": "Falling curve",
    }

    def __init__(self, study: ModulesStudy):
        self.study, self.modules = study, study.modules

    def _matrix(self) -> str:
        m = self.modules
        sampled, neurons = len(m.sample), len(m.candidate)
        which = f"all {neurons:,} neurons" if sampled == neurons else f"{sampled:,} sampled of {neurons:,} neurons"
        points = len(m.points)
        over = f", mean over {points} inputs" if points > 1 else ""
        first = (
            f"Squared correlation of {which} under the pushed-forward Gaussian{over}, in network order and permuted."
        )
        if words.shown_as_modules(m):
            inside = (
                f"Among neurons in blocks, {m.leakage:.1%} of it lies between different blocks "
                f"({m.chance_leakage:.1%} expected by chance)."
            )
        else:
            inside = "The order is that of the best candidate partition, which is not significant."
        curve = (
            "Below, coverage against leak: the share of the neurons in all sets but the largest, if any two may "
            "overlap at most so much relative to within; grey, where all rotated networks are. Sets count that "
            "score above 95 % of these."
        )
        sizes = "The margin names layers, and blocks with their sizes among all neurons; neurons in no block come last."
        return f"{first} {inside} {sizes} Darker is stronger; the arrow marks the mean. {curve}"

    def _inputs(self) -> str:
        d = self.study.driving
        assert d is not None
        looked = f"{d.points:,}" if d.points == d.total else f"{d.points:,} evenly spaced of {d.total:,}"
        tops = listed([f"{number(float(d.strength[b, 0, b]), 2)} (module {b})" for b in range(len(d.index))])
        seen = "What each module reads: squared correlation of each part of the input with its neurons. "
        own = "mean absolute z-score of the module's neurons"
        numbers = f"Grey: {own}. " if d.words else f"Black: {own}; grey: the mean of the other modules. "
        return (
            f"{seen if self.study.reads is not None else ''}The inputs that activate each module most, among {looked}. "
            f"{numbers}"
            f"The strongest inputs reach {tops}."
        )

    def _lesions(self) -> str:
        L = self.study.lesions
        assert L is not None
        base = listed([f"{name} {number(float(b))}" for name, b in zip(L.metrics, L.baseline, strict=True)])
        inside = " (in brackets: their mean)" if len(L.metrics) > 1 else ""
        return (
            f"What breaks without each module ({L.mode} ablation of its hidden neurons). The whole network has {base}. "
            f"Each fall is compared with {L.control.shape[1]} random sets of as many neurons of each layer{inside}; a "
            f"{'star' if inside else 'dot beyond all dashes'} means that none of them does as much damage."
        )

    def _layers(self) -> str:
        m = self.modules
        left = [f"{n:,} {why}" for why, n in m.left_out.items() if n] or ["no neuron"]
        return (
            "Which layers the blocks run through: the share of each layer's neurons in each block. "
            f"In none: {listed(left)}."
        )

    def _shares(self) -> str:
        return (
            f"How much of each of {len(self.modules.candidate):,} neurons lies in each block; a neuron of one colour "
            "works with the directions of that block alone. Neurons stand block by block, then those on several, "
            "then dead ones."
        )

    def _null(self) -> str:
        e = self.modules.evidence
        how = "all neurons rotated together" if e.across_layers else "the channels of each layer rotated at random"
        return (
            f"Score of this network, {number(e.score, 3)}, and of {len(e.null)} networks with {how}, "
            f"mean {e.mean:.2f}, largest {max(e.null):.2f}. p = {e.p_value:.3f}; {number(e.needed, 2)} is needed. The "
            "score is the coherence of the second best set times its separation, the most over all leaks."
        )

    def _spectrum(self) -> str:
        m = self.modules
        return (
            f"Squared singular values of the unit rows of {len(m.sample):,} neurons over {m.directions} directions. "
            f"The neurons work with about {words.effective_rank(m):.1f} of them (effective rank), so two random "
            "neurons have a squared correlation of about one over that."
        )
