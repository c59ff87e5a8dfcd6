"""One search for modules by several ranks: how much faster, whether to the bit the same, and what kills cost.

Ranks are processes of this machine that `torchrun` starts (gloo on loopback), one thread each.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import torch
from torch import nn

import pushforward as pf
from common import RESULTS, Bar, arguments, write
from pushforward.ranks import joined
from pushforward.rng import normal

RANK = 64


def cnn() -> tuple[nn.Module, torch.Tensor]:
    """Make a CNN of 41,034 neurons, with random inputs."""
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU()]
    layers += [nn.Conv2d(16, 32, 3, padding=1, stride=2), nn.ReLU(), nn.Flatten()]
    return nn.Sequential(*layers, nn.Linear(8192, 64), nn.ReLU(), nn.Linear(64, 10)), normal((600, 3, 32, 32), seed=0)


def mlp() -> tuple[nn.Module, torch.Tensor]:
    """Make a small MLP, which starts, is killed and goes on quickly."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU()), normal((600, 64), seed=0)


NETWORKS, POINTS = {"CNN": cnn, "MLP": mlp}, {"CNN": 256, "MLP": 24}


def child(network: str, folder: Path, seed: int) -> None:
    """Find modules as one of the ranks; the first one says how long it took and a digest of all that was found."""
    torch.set_num_threads(1)
    with joined() as ranks:
        model, X = NETWORKS[network]()
        net, inputs = pf.Neurons(model.eval()), pf.Gaussian.fit(X, rank=RANK)
        net.see(X)
        (folder / f"rank-{ranks.rank}").write_text(str(os.getpid()))
        ranks.gather(b"here")
        began, cpu = time.perf_counter(), time.process_time()
        found = pf.find_modules(net, inputs, X, points=POINTS[network], seed=seed, shards=folder / "shards")
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        most = max(float(told) for told in ranks.gather(str(cpu).encode()))
        tensors = b"".join(t.contiguous().numpy().tobytes() for t in (found.labels, found.shares, found.overlap))
        numbers = repr((found.evidence, found.curve, found.power, found.leakage, found.stability.tolist())).encode()
        digest = hashlib.sha256(tensors + numbers).hexdigest()[:16]
        if ranks.first:
            print(json.dumps({"ranks": ranks.size, "seconds": seconds, "cpu": most, "digest": digest}), flush=True)


def started(ranks: int, network: str, folder: Path, seed: int) -> "subprocess.Popen[str]":
    """Start a search by so many ranks."""
    own = [__file__, "--child", network, "--folder", str(folder), "--seed", str(seed)]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", str(ranks), "--standalone"]
    command = [*torchrun, *own] if ranks > 1 else [sys.executable, *own]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment, start_new_session=True
    )


def result(process: "subprocess.Popen[str]") -> dict[str, object]:
    """What a search found."""
    out = process.communicate()[0]
    return json.loads(next(line for line in out.splitlines() if line.startswith("{")))


def times(seed: int, runs: int) -> list[dict[str, object]]:
    """Time the CNN by one rank and by two, in turn; and see what three and eight find."""
    rows = []
    for ranks in [1, 2] * runs + [3, 8]:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(result(started(ranks, "CNN", Path(folder), seed)))
            print(rows[-1], flush=True)
    rows.append({"ranks": 1, "at once": 2, **at_once(seed)})
    print(rows[-1], flush=True)
    return rows


def at_once(seed: int) -> dict[str, object]:
    """Two searches that have nothing to do with each other, at once: what two cores give at the most."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        found = [result(process) for process in [started(1, "CNN", Path(folder), seed) for folder in (one, other)]]
    return {"seconds": max(float(str(one["seconds"])) for one in found), "digest": found[0]["digest"]}


def killed(seed: int, count: int) -> list[dict[str, object]]:
    """Kill the MLP's search at random moments: one rank, or all of them; then start it again."""
    chance, rows = random.Random(seed), []
    with tempfile.TemporaryDirectory() as folder:
        whole = result(started(2, "MLP", Path(folder), seed))
    for number in range(count):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            process = started(2, "MLP", folder, seed)
            ranks = [folder / "rank-0", folder / "rank-1"]
            while not all(path.exists() and path.read_text() for path in ranks):
                time.sleep(0.01)
            time.sleep(chance.uniform(0, float(str(whole["seconds"]))))
            made = len(list((folder / "shards").glob("*.safetensors"))) if (folder / "shards").exists() else 0
            both = number % 2 == 1
            for path in ranks if both else [chance.choice(ranks)]:
                kill(int(path.read_text()))
            process.wait()
            for path in ranks:
                path.unlink()
            again = result(started(2, "MLP", folder, seed))
            rows.append({"both": both, "files": made, "same": again["digest"] == whole["digest"]} | again)
            print(rows[-1], flush=True)
            shutil.rmtree(folder / "shards")
    return [whole | {"files": 0, "same": True}, *rows]


def kill(process: int) -> None:
    """Kill a process, if it still runs."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        print("too late")


def main() -> None:
    options = arguments(__doc__, child="", folder=None, seed=8000, runs=3, kills=20, parts="times,kills")
    if options.child:
        return child(options.child, options.folder, options.seed)
    path = RESULTS / "surveys.json"
    details = json.loads(path.read_text())["details"] if path.exists() else {}
    if "times" in options.parts:
        details["times"] = times(options.seed, options.runs)
    if "kills" in options.parts:
        details["kills"] = killed(options.seed, options.kills)
    rows, kills = details["times"], details["kills"]
    alone = [row for row in rows if "at once" not in row]
    (both,) = (float(str(row["seconds"])) for row in rows if "at once" in row)
    of = lambda ranks, key: median(float(str(row[key])) for row in alone if row["ranks"] == ranks)  # noqa: E731
    faster, work = of(1, "seconds") / of(2, "seconds"), of(1, "cpu") / of(2, "cpu")
    digests = {str(row["digest"]) for row in rows}
    same = sum(bool(row["same"]) for row in kills[1:])
    write(
        "surveys",
        title="One search for modules by several ranks of one machine",
        seeds=f"{options.seed}",
        peer="the same search by one rank",
        bars=[
            Bar(
                f"CNN of 41,034 neurons, {POINTS['CNN']} inputs: two ranks against one, time (processor time of the slower "
                "rank); what two cores give two searches that share nothing",
                f"{faster:.2f}× faster ({work:.2f}×); {2 * of(1, 'seconds') / both:.2f}×",
                "≥ 1.8×",
                faster >= 1.8,
            ),
            Bar(
                "… labels, shares, overlaps, evidence and curve by 1, 2, 3 and 8 ranks: equal to the bit",
                f"{len(digests)} result{'s' if len(digests) > 1 else ''}",
                "1",
                len(digests) == 1,
            ),
            Bar(
                "MLP, two ranks, killed at random moments (one of them, or both), the same command again: the same to the bit",
                f"{same} of {len(kills) - 1}",
                f"{options.kills} of {options.kills}",
                same == options.kills == len(kills) - 1,
            ),
        ],
        notes="A survey keeps finished shards of inputs and of null networks in files; the same command goes on from them.",
        details=details,
    )
    return None


if __name__ == "__main__":
    main()
