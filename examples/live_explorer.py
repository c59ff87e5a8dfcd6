"""
The live explorer
=================

``pushforward explore`` serves a page on which modules are moved by a slider. Here its server is started for the demo
that ships with the package, and a page that a browser showed is drawn.
"""

import re
import subprocess
import sys
from pathlib import Path
from urllib.request import HTTPCookieProcessor, build_opener

import matplotlib.pyplot as plt

# %%
# From a shell it is ``pushforward explore --demo``, and a browser opens. The first line printed is the address.
command = [sys.executable, "-m", "pushforward", "explore", "--demo", "--port", "0", "--no-open"]
server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
try:
    address = server.stdout.readline().strip()
    page = build_opener(HTTPCookieProcessor()).open(address).read().decode()
finally:
    server.terminate()
    server.wait()
print(f"{len(page):,} characters of page, title: {re.search('<title>(.*?)</title>', page)[1]}")

# %%
# This is what a browser shows after *Compute the way*: the slider moves module 0, and module 1 stays.
here = Path(__file__).parent if "__file__" in globals() else Path.cwd()
picture = plt.imread(here.parent / "docs" / "img" / "explorer-contrast.png")
figure, axes = plt.subplots(figsize=(10, 6.25), layout="constrained")
axes.imshow(picture)
axes.axis("off")
plt.show()

print(
    "What to see: below the slider the original, the frame at its position and their difference; on the right, how far"
)
print("both modules moved. The off-target change was measured by a forward pass at this very position.")
