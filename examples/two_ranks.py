"""
Two processes, the same result to the bit
=========================================

A search for modules is divided among the processes that ``torchrun`` starts. By however many, the result is the same.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import matplotlib.pyplot as plt

import pushforward as pf

# %%
# The search, as a script of its own. In a process group its items are shared; rank 0 saves what came out.
folder = Path(tempfile.mkdtemp())
(folder / "search.py").write_text("""
import os, sys, torch, pushforward as pf
if "RANK" in os.environ:
    torch.distributed.init_process_group("gloo")
X = pf.datasets.pairs(500, seed=0).images
net, inputs = pf.Neurons(pf.datasets.pair_classifier()), pf.Gaussian.fit(X, rank=32)
modules = pf.find_modules(net, inputs, X, points=8, nulls=19, seed=0, shards=sys.argv[1] + ".shards")
if os.environ.get("RANK", "0") == "0":
    modules.save(sys.argv[1])
""")

# %%
# Once by one process and once by two.
starts = {"one": [sys.executable], "two": [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]}
seconds = {}
for name, start in starts.items():
    began = time.perf_counter()
    command = [*start, str(folder / "search.py"), str(folder / name)]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    seconds[name] = time.perf_counter() - began
one, two = (pf.load(folder / name) for name in starts)
print(two)
two.plot(figure=plt.figure(figsize=(7.4, 6.0)))
plt.show()

took = f"{seconds['two']:.0f} s, one in {seconds['one']:.0f} s"
print(f"What to see: the modules that two processes found in {took}. Equal to the bit: {one == two}.")
print("Most of the time is the start; networks that are worth dividing are larger.")
