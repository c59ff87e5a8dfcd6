"""Captions and alternative texts of a generator's figures."""

from typing import ClassVar

from pushforward.page import are_pictures
from pushforward.page.generators import agreement
from pushforward.page.studies import GeneratorStudy
from pushforward.show.captions import Captions


class GeneratorCaptions(Captions):
    """The captions of a generator's figures."""

    kinds: ClassVar = {
        "samples": "Sheet of inputs",
        "ranked": "Row of inputs",
        "density": "Falling curve above rows of inputs",
        "dimension": "Two charts",
    }

    def __init__(self, study: GeneratorStudy):
        self.study = study

    def _samples(self) -> str:
        first = "Inputs that the generator makes at random points of its latent, none chosen"
        return f"{first}." if self.study.real is None else f"{first}, and real inputs on the same scale."

    def _ranked(self) -> str:
        d = self.study.density
        assert d is not None
        return (
            f"{len(d.log_density)} of {self.study.asked}, densest first. Below each log p in nats, and in grey the "
            "share of other inputs that are less dense. Simple inputs are denser than elaborate ones in most data: "
            "density is not quality."
        )

    def _density(self) -> str:
        d, s = self.study, self.study.density
        assert s is not None
        sigma = s.singular_values[0]
        return (
            f"The density of input {d.index[0]}: singular values of the generator's Jacobian there, from "
            f"{float(sigma[0]):.3g} to {float(sigma[-1]):.3g}. Each spreads the latent's density by a factor 1/σ along "
            "its direction, so the input varies most where σ is large and is confined most tightly where it is small. "
            f"{self._walked()}"
        )

    def _walked(self) -> str:
        """What the lower part shows."""
        steps = "Each direction is walked by −2 … 2 times the latent's spread along it, as far as the latent goes"
        if not are_pictures(tuple(self.study.gen.shape)):
            return f"{steps}."
        return (
            f"{steps}; where it ends, the picture is outlined. At 0 stands what is generated nearest to the input, and "
            "the last column is the change there."
        )

    def _dimension(self) -> str:
        d = self.study.dimension
        assert d is not None
        n = d.neighbours
        what = "all are far above rounding" if d.full else f"those above the gap ({d.gap:.0f} : 1) are counted"
        return (
            f"Dimension {d.estimate}: singular values of the Jacobian, geometric means over {d.points:,} points, of "
            f"which {what}; and how many points have which rank. Marks are estimates from the neighbours of samples: "
            f"calibrated {d.calibrated}, TwoNN {n.two_nn:.1f}, MLE {n.mle:.1f}, angles {n.angles:.1f}, local PCA "
            f"{n.pca:.1f}; {agreement(d)}."
        )
