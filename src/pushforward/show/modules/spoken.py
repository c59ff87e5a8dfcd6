"""What activates each module, in words."""

from pushforward.modules.exemplars import TopInputs
from pushforward.show.canvas import begun, plain
from pushforward.show.palette import INK, MUTED, colours
from pushforward.show.sheet import Sheet
from pushforward.show.target import Target

# Inputs of a module that are written, at most; inches of the title, of a line, and between modules.
LINES, TITLE, LINE, APART = 8, 0.36, 0.175, 0.14
# Where numbers and words begin, and characters in an inch.
NUMBER, WORDS, PITCH = 0.35, 0.85, 15


def words_figure(driving: TopInputs, width: float) -> Target:
    """A line for each of the inputs that activate a module most: how far it moves it, in σ, and what it says."""
    few = min(driving.index.shape[1], LINES)
    block = few * LINE + APART
    sheet = Sheet(width, TITLE + len(driving.words) * block)
    title = f"activated most by ({few} of {driving.points:,} inputs; how far each moves the module, σ)"
    sheet.write(0.05, 0.06, plain(title, int(width * 14)), fontsize=9, weight="bold")
    for b, hue in enumerate(colours(len(driving.words))):
        top = TITLE + b * block
        sheet.write(0.1, top, str(b), fontsize=11, weight="bold", color=hue)
        for row, said in enumerate(driving.words[b][:few]):
            at = top + row * LINE
            sheet.write(NUMBER, at, f"{float(driving.strength[b, row, b]):.2f}", color=MUTED)
            sheet.write(WORDS, at, begun(said, int((width - WORDS) * PITCH)), color=INK)
    return sheet.figure
