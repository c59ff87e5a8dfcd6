"""Kill every verb that has a checkpoint at random moments, and see that it comes to the same result: `make crash`.

The library is imported once; every run is a fork. Writes benchmarks/results/crash.json with --write.
"""

import argparse
import json
import os
import platform
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import torch
from crash_verbs import VERBS, Verb

import pushforward as pf
from pushforward import store
from pushforward.training import describe

RESULT = Path(__file__).parents[1] / "benchmarks" / "results" / "crash.json"
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
NOBODY = 65534
MEMORY = next((one for one in ("/dev/shm",) if os.access(one, os.W_OK)), None)  # noqa: S108
"""Where files cost no time: runs are short, and write at every step."""
# Seconds after which a run is taken to hang.
PATIENCE = 600.0


class Outcome(NamedTuple):
    """How a run ended: the status of its process, and what it said."""

    status: int
    said: str

    @property
    def interrupted(self) -> bool:
        """Whether a signal ended it."""
        return self.status < 0 or self.status == 130


@contextmanager
def running(verb: Verb, path: Path, prepare: Callable[[], object] = lambda: None) -> "Iterator[Run]":
    """A fork that runs a verb and tells its result; it is killed at the end if it still runs."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        _work(verb, path, prepare, writer)
    os.close(writer)
    run = Run(process, reader)
    try:
        yield run
    finally:
        run.end(signal.SIGKILL)
        os.close(reader)


def _work(verb: Verb, path: Path, prepare: Callable[[], object], writer: int) -> None:
    status = 2
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        prepare()
        said, status = describe(verb(path)), 0
    except KeyboardInterrupt:
        said, status = "interrupted", 130
    except pf.errors.PushforwardError as reason:
        said, status = str(reason), 1
    except BaseException as reason:
        said = f"{type(reason).__name__}: {reason}"
    finally:
        os.write(writer, said.encode()[:4000])
        os._exit(status)


class Run:
    """A process that works."""

    def __init__(self, process: int, reader: int):
        self.process, self.reader, self.outcome = process, reader, None

    def wait(self, seconds: float = PATIENCE) -> Outcome | None:
        """How it ended, or None if it has not by then."""
        until = time.monotonic() + seconds
        while self.outcome is None:
            done, status = os.waitpid(self.process, os.WNOHANG)
            if done:
                self.outcome = Outcome(os.waitstatus_to_exitcode(status), os.read(self.reader, 4000).decode())
            elif time.monotonic() > until:
                return None
            else:
                time.sleep(0.001)
        return self.outcome

    def end(self, number: signal.Signals) -> Outcome:
        """How it ended, at the latest by this signal."""
        if self.outcome is None:
            os.kill(self.process, number)
        outcome = self.wait(60.0)
        if outcome is None:
            os.kill(self.process, signal.SIGKILL)
            outcome = self.wait()
        assert outcome is not None
        return outcome


def whole(verb: Verb, path: Path, prepare: Callable[[], object] = lambda: None) -> Outcome:
    """A run that nothing disturbs."""
    with running(verb, path, prepare) as run:
        return run.wait() or Outcome(2, "hangs")


class Campaign:
    """What comes of one verb that is killed again and again."""

    def __init__(self, verb: Verb, folder: Path, *, seed: int):
        self.verb, self.folder, self.random = verb, folder, random.Random(seed)  # noqa: S311
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        verb(folder / "first")  # what is loaded late is loaded now, for all forks
        began = time.monotonic()
        self.truth = whole(verb, folder / "undisturbed")
        self.seconds = time.monotonic() - began
        if self.truth.status:
            raise RuntimeError(f"{verb.__name__} ends with {self.truth}")

    def kill(self, kills: int) -> None:
        """Cases until so many runs were killed; in each a run is killed some times and then goes on to its end."""
        case = 0
        while self.counts["kills"] < kills:
            case += 1
            self._case(self.folder / f"case {case}", self.random.randint(1, 5))

    def _case(self, place: Path, most: int) -> None:
        place.mkdir()
        path = place / "run.safetensors"
        for _ in range(most):
            number, there, began = self.random.choice(SIGNALS), path.exists(), time.monotonic()
            with running(self.verb, path) as run:
                outcome = run.wait(self.random.uniform(0, self.seconds)) or run.end(number)
            self.counts["kills" if outcome.interrupted else "ended before it was killed"] += 1
            self.counts[number.name] += outcome.interrupted
            if not there and not outcome.interrupted:
                self.seconds = time.monotonic() - began  # the machine is faster than it was
            self._intact(path, there)
        self._same(path, "resumed to the same result")
        shutil.rmtree(place)

    def _intact(self, path: Path, there: bool) -> None:
        if there and not path.exists():
            self._is_wrong("a file was lost")
        if path.exists():
            self.counts["checkpoints read after a kill"] += 1
            try:
                store.read(path)
            except pf.errors.PushforwardError as reason:
                self._is_wrong(f"a damaged checkpoint: {reason}")

    def _same(self, path: Path, what: str) -> None:
        outcome = whole(self.verb, path)
        if outcome == self.truth:
            self.counts[what] += 1
        else:
            self._is_wrong(f"not {what}: {outcome}")
        left = [one.name for one in path.parent.iterdir() if one != path]
        self.counts["starts that left nothing behind"] += not left
        if left:
            self._is_wrong(f"left behind: {left}")

    def _is_wrong(self, what: str) -> None:
        self.counts["wrong"] += 1
        self.wrong.append(what)

    def refused(self, path: Path, what: str, needle: str, prepare: Callable[[], object]) -> None:
        """A run in trouble says so; what was there stays, and the next run goes on."""
        before = path.read_bytes() if path.exists() else None
        outcome = whole(self.verb, path, prepare)
        if outcome.status == 1 and needle in outcome.said:
            self.counts[what] += 1
        else:
            self._is_wrong(f"not {what}: {outcome}")
        if before is not None and path.read_bytes() != before:
            self._is_wrong(f"{what}: the file has changed")

    def storage(self, repeats: int) -> None:
        """A full disk, a folder that is read-only, and a second process on the same file."""
        for i in range(repeats):
            place = self.folder / f"storage {i}"
            place.mkdir()
            path = place / "run.safetensors"
            with running(self.verb, path) as run:
                while not path.exists() and run.outcome is None:
                    run.wait(0.002)
                run.end(signal.SIGKILL)
            self.refused(path, "full disk refused", "Make room", _full)
            self._same(path, "went on after a full disk")
            path.unlink()
            self.refused(path, "read-only folder refused", "nothing may be written in the folder", _read_only(place))
            place.chmod(0o700)
            self._second(path)
            self._same(path, "went on after a second process")

    def _second(self, path: Path) -> None:
        """The second of two processes on one file is told."""
        with running(self.verb, path) as run:
            while not _reserved(path.parent):
                if run.wait(0.001):
                    return self._is_wrong("no reservation was seen")
            os.kill(run.process, signal.SIGSTOP)  # so that it does not end meanwhile
            self.refused(path, "second process refused", f"in use by process {run.process}", lambda: None)
            os.kill(run.process, signal.SIGCONT)
            if run.wait() != self.truth:
                self._is_wrong(f"the first of two processes: {run.outcome}")
        return None


def _reserved(place: Path) -> bool:
    """Whether a run has a file there, and has said which run it is."""
    try:
        return any(one.stat().st_size for one in place.glob(".*.pushforward-reserved"))
    except FileNotFoundError:  # it has just ended
        return False


def _full() -> None:
    """Files of this process hold at most 256 bytes: writing more fails, as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (256, 256))


def _read_only(place: Path) -> Callable[[], None]:
    def prepare() -> None:
        place.chmod(0o500)
        if os.geteuid() == 0:
            os.chown(place, NOBODY, NOBODY)
            os.seteuid(NOBODY)

    return prepare


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100, help="of each verb")
    parser.add_argument("--repeats", type=int, default=5, help="of full disks, read-only folders, second processes")
    parser.add_argument("--verbs", default=",".join(verb.__name__ for verb in VERBS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help=f"write {RESULT.name}")
    told = parser.parse_args()
    torch.set_num_threads(1)
    details, wrong = {}, []
    for verb in (verb for verb in VERBS if verb.__name__ in told.verbs.split(",")):
        with tempfile.TemporaryDirectory(prefix="crash-", dir=MEMORY) as folder:
            Path(folder).chmod(0o755)
            campaign = Campaign(verb, Path(folder), seed=told.seed)
            campaign.kill(told.kills)
            campaign.storage(told.repeats)
        details[verb.__name__] = {"seconds of a run": round(campaign.seconds, 2), **sorted_counts(campaign.counts)}
        wrong += [f"{verb.__name__}: {one}" for one in campaign.wrong]
        print(verb.__name__, details[verb.__name__], flush=True)
    for one in wrong:
        print(f"wrong: {one}", file=sys.stderr)
    if told.write:
        write(details, wrong, told.seed)
    return bool(wrong)


def sorted_counts(counts: Counter[str]) -> dict[str, int]:
    return {name: counts[name] for name in sorted(counts)}


def write(details: dict[str, dict[str, float]], wrong: list[str], seed: int) -> None:
    """Figures of verbs that were not run now stay."""
    if RESULT.exists():
        before = json.loads(RESULT.read_text())["details"]
        wrong = [one for one in before.pop("wrong") if one.partition(":")[0] not in details] + wrong
        details = before | details
    kills = min(int(one["kills"]) for one in details.values())
    same = sum(int(one["resumed to the same result"]) for one in details.values())
    bars = [
        {"what": "kills of each verb", "measured": f"{kills} at least", "bar": "100", "reached": kills >= 100},
        {"what": "resumed to another result, files lost, anything left behind", "measured": str(len(wrong)),
         "bar": "0", "reached": not wrong},
    ]  # fmt: skip
    content = {
        "title": "Runs that are killed",
        "command": "make crash",
        "seeds": str(seed),
        "peer": f"undisturbed runs, {same} resumed ones equal to them",
        "machine": f"{platform.machine()}, Python {platform.python_version()}, torch {torch.__version__}",
        "threads": 1,
        "bars": bars,
        "notes": "SIGKILL, SIGTERM and SIGINT in turn at random, at uniformly random moments of a run.",
        "details": details | {"wrong": wrong},
    }
    RESULT.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
