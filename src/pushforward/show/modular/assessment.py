"""What a network reaches, how modular it is, and what its two sides do, side by side."""

from matplotlib.axes import Axes

from pushforward.modules.lesions import Lesions
from pushforward.modules.modular import Assessment
from pushforward.page import number
from pushforward.show.canvas import WIDE, blank, folded, plain, styled
from pushforward.show.modular.modularity import score_row
from pushforward.show.palette import DEAD, MUTED, PALE, colours
from pushforward.show.target import Target


@styled
def assessment_figure(assessment: Assessment, *, width: float = WIDE) -> Target:
    """The score in each part of the task, the modularity beside mixed networks, and the damage without either side.

    The last where the neurons fall into two sides: a dot for each side and part, dashes for random sets like it.
    """
    lesions, parts = assessment.lesions, len(assessment.scores)
    bars = 0 if lesions is None else lesions.effect.numel()
    heights = [0.26 * parts, 0.3, *([0.26 * bars] if lesions is not None else [])]
    under = 0.62 if width >= 5 else 0.82
    figure = blank(width, 0.35 + sum(heights) + under * len(heights))
    panels = figure.subplots(len(heights), 1, height_ratios=heights)
    _scores(panels[0], assessment)
    score_row(panels[1], assessment.modularity, 0.0)
    panels[1].set_yticks([0], ["network"])
    panels[1].set_ylim(0.6, -0.6)
    panels[1].margins(x=0.1)
    panels[1].axvline(0, color=MUTED, lw=0.7)
    panels[1].set_xlabel(folded("modularity (0: chance); dashes: mixed networks", width - 1))
    if lesions is not None:
        _sides(panels[2], lesions, width)
    for ax in panels:
        ax.tick_params(axis="y", left=False)
    blocks = len(assessment.modules.blocks)
    modules = f"{blocks} modules" if assessment.modules.significant else "no significant modules"
    title = f"Modularity {number(assessment.modularity.score)}, {modules}"
    figure.suptitle(folded(title, width), x=0.01, ha="left", fontsize=9.5, weight="bold")
    return figure


def _scores(ax: Axes, assessment: Assessment) -> None:
    values = list(assessment.scores.values())
    ax.barh(range(len(values)), values, color=PALE, height=0.7)
    for row, value in enumerate(values):
        ax.annotate(number(value), (max(value, 0.0), row), (4, 0), textcoords="offset points", va="center", fontsize=8)
    ax.set_yticks(range(len(values)), [plain(name) for name in assessment.scores])
    ax.set_ylim(len(values) - 0.5, -0.5)
    ax.set_xlim(min(0.0, *values), 1.14 * max([*values, 1e-6]))
    ax.set_xlabel("score in each part of the task")


def _sides(ax: Axes, lesions: Lesions, width: float) -> None:
    m, k = lesions.effect.shape
    hues, names = colours(m), []
    for side in range(m):
        for part in range(k):
            row = side * k + part
            controls = lesions.control[side, :, part].tolist()
            ax.plot(controls, [row] * len(controls), "|", color=DEAD, ms=10, mew=1.1)
            ax.plot([float(lesions.effect[side, part])], [row], "o", color=hues[side], ms=7, mec="white", mew=0.8)
            names.append(f"side {side}, {plain(lesions.metrics[part], 14)}")
    ax.axvline(0, color=MUTED, lw=0.7)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.margins(x=0.08)
    said = f"fall of the score without that side; dashes: {lesions.control.shape[1]} random sets like it"
    ax.set_xlabel(folded(said, width - 1))
