"""How a command can end: its exit status, and what is said of what went wrong."""

import errno
import traceback
from enum import IntEnum

from pushforward.errors import BadInput, PushforwardError


class Status(IntEnum):
    """The exit status of every command."""

    DONE = 0
    NOT_FIT = 1
    MISTAKE = 2
    UNEXPECTED = 3
    INTERRUPTED = 130
    CUT_OFF = 141


MEANING = {
    Status.DONE: "done",
    Status.NOT_FIT: "`doctor` cannot push through the network",
    Status.MISTAKE: "what was typed, a file, the network or the data cannot be used; the message says what to do",
    Status.UNEXPECTED: "an error that nobody expected, in the network's code or in pushforward",
    Status.INTERRUPTED: "Ctrl-C",
    Status.CUT_OFF: "whatever read the output stopped reading",
}
CURES = {
    errno.ENOSPC: "Make room there, or choose another folder",
    errno.EDQUOT: "Make room there, or choose another folder",
    errno.ENAMETOOLONG: "Give a shorter name",
    errno.EMFILE: "Too many files are open: raise `ulimit -n`",
}
ELSEWHERE = "Choose another `--out` or path, or change what you may do there"
MEMORY = (
    "there is not enough memory ({reason}). Give fewer inputs, `--points` or a smaller `--rank`, or choose `--layers`."
)


def explained(reason: BaseException) -> tuple[Status, str]:
    """The exit status for an error, and its message."""
    if isinstance(reason, PushforwardError):
        return Status.MISTAKE, str(reason)
    if isinstance(reason, OSError):
        return Status.MISTAKE, _of_system(reason)
    first = (str(reason).strip().splitlines() or ["without a message"])[0]
    if isinstance(reason, MemoryError) or "not enough memory" in str(reason):
        return Status.MISTAKE, MEMORY.format(reason=first)
    return Status.UNEXPECTED, (
        f"{type(reason).__name__}: {first} ({_where(reason)}). Nobody expected this: the network's own code failed, or "
        "pushforward has a defect. `--debug` shows where."
    )


def exit_refused(what: str, reason: SystemExit) -> BadInput:
    """What is said of a user's code that ends Python."""
    return BadInput(
        f"{what} called `sys.exit({reason.code!r})`, which would end the command without an answer. Let it return, and "
        "keep what a script does below `if __name__ == '__main__':`."
    )


def _of_system(reason: OSError) -> str:
    what = reason.strerror or str(reason) or type(reason).__name__
    if reason.filename is None:
        return f"the operating system refused: {what}. {CURES.get(reason.errno or 0, ELSEWHERE)}."
    return f"{reason.filename}: {what}. {CURES.get(reason.errno or 0, ELSEWHERE)}."


def _where(reason: BaseException) -> str:
    frames = traceback.extract_tb(reason.__traceback__)
    return f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else "nowhere"
