"""What is said of a generator: the verdict, with every reason for doubt."""

from pushforward.generator import Quality
from pushforward.manifold import Dimension
from pushforward.page.words import Verdict, counted, listed, number

# Coverage and precision above this, relative to real data, are called bad.
WORST = 1.2
# The same for the Fréchet distance.
FARTHEST = 1.5
# Memorisation below this is called copying.
COPIED = 0.9
# A reconstruction error above this share of the standard deviation is called bad.
ROUGH = 0.5
# The least share of reconstructions that keep their class.
KEPT = 0.9
# A class with less than this share of what it would have if all were alike is called missing.
RARE = 0.2


def faults(q: Quality) -> list[str]:
    """Everything a quality card says against a generator."""
    lines = []
    if q.coverage > WORST:
        lines.append(f"it misses part of the data (coverage {q.coverage:.2f} × real–real, {WORST:g} is the most)")
    if q.precision > WORST:
        lines.append(f"its samples lie off the data (precision {q.precision:.2f} × real–real, {WORST:g} is the most)")
    if q.frechet_ratio > FARTHEST:
        lines.append(f"its samples are distributed differently (Fréchet distance {q.frechet_ratio:.1f} × real–real)")
    if q.memorisation < COPIED:
        lines.append(f"its samples repeat training inputs (memorisation {q.memorisation:.2f}, below {COPIED:g})")
    if q.reconstruction > ROUGH:
        lines.append(f"it reconstructs held-out inputs badly (error {q.reconstruction:.0%} of a standard deviation)")
    if q.kept is not None and q.kept < KEPT:
        lines.append(f"only {q.kept:.0%} of its reconstructions keep their class")
    missing = [str(i) for i, share in enumerate(q.classes) if share * len(q.classes) < RARE]
    if missing:
        which = f"class {missing[0]} hardly occurs" if len(missing) == 1 else f"classes {listed(missing)} hardly occur"
        lines.append(f"{which} among its samples")
    return lines


def headline(quality: Quality | None, dimension: Dimension | None) -> str:
    """The answer in one line."""
    if quality is None:
        head = "Quality not measured"
    elif bad := faults(quality):
        head = f"Does not match the data in {counted(len(bad), 'respect')}"
    else:
        head = f"Matches the data: coverage {quality.coverage:.2f} and precision {quality.precision:.2f} of real–real"
    if dimension is None:
        return head
    doubt = "" if dimension.agrees else ", readings disagree"
    return f"{head}; dimension {dimension.estimate}{doubt}"


def quality_sentences(quality: Quality | None) -> list[str]:
    """What the quality card says."""
    if quality is None:
        return [
            "Nothing says how well it covers the data: give held-out inputs, `held_out=`, to have that measured before "
            "anything below is believed."
        ]
    bad = faults(quality)
    first = [f"{listed(bad)[0].upper()}{listed(bad)[1:]}."] if bad else []
    return [
        *first,
        f"Held-out inputs are reconstructed up to {quality.reconstruction:.0%} of a standard deviation, and samples "
        f"are {quality.memorisation:.2f} times as far from training inputs as held-out inputs are.",
    ]


def dimension_sentences(d: Dimension | None) -> list[str]:
    """What was read about the dimension, and what speaks against it."""
    if d is None:
        return []
    low, high = d.interval
    first = f"Its image has dimension {d.estimate} (95 %: {low} … {high}); {agreement(d)}."
    more = []
    if d.mixed:
        parts = [f"{dim} at {share:.0%}" for dim, share in d.mixed]
        more.append(f"The dimension is not the same everywhere: {listed(parts)} of the points.")
    if d.full:
        more.append(
            f"All {len(d.spectrum)} latent numbers are used, so the data may have more dimensions than this generator "
            "can show."
        )
    return [first, *more]


def density_sentences(shown: int, off: int) -> list[str]:
    """How many of the inputs asked about have a density."""
    if off == 0:
        return []
    are = "is" if off == 1 else "are"
    return [f"Of {counted(shown + off, 'input')} asked about {off} {are} not on its manifold: no density."]


def verdict(quality: Quality | None, dimension: Dimension | None, *, shown: int, off: int) -> Verdict:
    """Headline and sentences."""
    sentences = (*quality_sentences(quality), *dimension_sentences(dimension), *density_sentences(shown, off))
    return Verdict(headline(quality, dimension), sentences)


def tiles(quality: Quality | None, dimension: Dimension | None, k: int) -> tuple[tuple[str, str, str], ...]:
    """The main numbers: what, how much, compared with what."""
    lines = []
    if dimension is not None:
        low, high = dimension.interval
        lines.append(("dimension", str(dimension.estimate), f"95 %: {low} … {high}; latent {k}"))
    if quality is not None:
        lines += [
            ("coverage", f"{quality.coverage:.2f}", f"{WORST:g} or less is good"),
            ("precision", f"{quality.precision:.2f}", f"{WORST:g} or less is good"),
            ("Fréchet", f"{quality.frechet_ratio:.2f}×", f"real–real; {FARTHEST:g} or less"),
            ("memorisation", f"{quality.memorisation:.2f}", f"{COPIED:g} or more is good"),
            ("reconstruction", f"{quality.reconstruction:.0%}", "of a standard deviation"),
        ]
    return tuple(lines)


def rows(q: Quality) -> tuple[tuple[str, str, str], ...]:
    """The quality card as a table: what, how much, what that means."""
    lines = [
        ("Coverage", f"{q.coverage:.3f}", "held-out inputs to the nearest sample, over held-out to training inputs"),
        ("Precision", f"{q.precision:.3f}", "samples to the nearest training input, over held-out to training inputs"),
        ("Fréchet distance", f"{number(q.frechet)}", f"{number(q.frechet_real)} between training and held-out inputs"),
        ("Memorisation", f"{q.memorisation:.3f}", "samples to the nearest training input, over held-out inputs to it"),
        ("Reconstruction error", f"{q.reconstruction:.1%}", "of the standard deviation of held-out inputs"),
        ("Cycle error", f"{q.cycle:.1%}", "samples encoded and generated again, of their standard deviation"),
        ("Same piece", f"{q.same_piece:.1%}", "of samples are encoded in the piece of the latent they came from"),
    ]
    if q.classes:
        low, high = min(q.classes), max(q.classes)
        shares = ", ".join(f"{share:.1%}" for share in q.classes)
        lines.append(("Classes of samples", f"{low:.1%} … {high:.1%}", f"by the classifier: {shares}"))
    if q.kept is not None:
        lines.append(("Classes kept", f"{q.kept:.1%}", "of held-out inputs keep their class when reconstructed"))
    return tuple(lines)


def agreement(d: Dimension) -> str:
    """Whether the readings agree, and if not, which say what.

    For a generator the second reading is that of its samples' neighbours; for data it is the classical estimates.
    """
    if d.agrees:
        return "the readings agree"
    if d.source == "generator":
        return f"the readings DISAGREE, neighbours of its samples say {d.calibrated}"
    return "the readings DISAGREE, too few classical estimates are near"
