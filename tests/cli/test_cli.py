import resource
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from pushforward.cli import main
from pushforward.errors import Unidentifiable
from pushforward.modules import Modules
from pushforward.page import modules_of
from pushforward.runs import Run

MODELS = """
import torch
from torch import nn

def build():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 12), nn.Dropout(), nn.Tanh(), nn.Linear(12, 4))

class Wide(nn.Module):
    def __init__(self, width):
        super().__init__()

class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.table, self.out = nn.Embedding(9, 6), nn.Linear(6, 8)

    def forward(self, ids):
        return torch.tanh(self.out(self.table(ids).mean(1)))

class Holder:
    inner = build()

ready = build()
number = 3
inputs = torch.randn(30, 6)

def make_inputs():
    return torch.randn(30, 6)

def broken():
    raise RuntimeError("no such checkpoint")
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with models and inputs, as the current one; modules imported from it are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    Path("models.py").write_text(MODELS)
    Path("halfway.py").write_text("import not_installed_anywhere\n")
    x = np.random.default_rng(0).normal(size=(30, 6))
    np.save("x.npy", x)
    np.savez("two.npz", first=x, second=x[:2])
    np.savez("one.npz", only=x)
    np.save("whole.npy", np.ones((30, 6), dtype=np.int64))
    np.save("none.npy", x[:0])
    np.save("objects.npy", np.array([{}], dtype=object))
    save_file({"x": torch.from_numpy(x).float()}, "x.safetensors")
    torch.save(torch.from_numpy(x), "x.pt")
    yield tmp_path
    for name in ("models", "models_", "halfway"):
        sys.modules.pop(name, None)


def run(*arguments: str) -> int:
    before = list(sys.path)
    status = main(arguments)
    assert sys.path == before
    return status


def test_version(capsys):
    assert run("--version") == 0
    assert capsys.readouterr().out.startswith("pushforward ")


def test_help_lists_the_commands(capsys):
    assert run("--help") == 0
    text = capsys.readouterr().out
    assert all(command in text for command in ("demo", "modules", "doctor", "--version"))
    assert run() == 0
    assert run("nonsense") == 2
    assert "nonsense" in capsys.readouterr().err


def test_modules_writes_what_it_prints(capsys):
    assert run("modules", "models:build", "--inputs", "x.npy", "--points", "4", "--out", "deep/er") == 0
    text = capsys.readouterr().out
    modules = Modules.load("deep/er/modules.safetensors")
    assert modules.summary() in text
    assert str(modules.linearity) in text
    assert str(Path("deep/er/report.html")) in text
    page = Path("deep/er/report.html").read_text()
    assert "pushforward modules models:build --inputs x.npy --points 4" in page
    assert f"p = {modules.p_value:.3f}" in page
    assert sorted(p.name for p in Path("deep/er").iterdir()) == [
        "modules.safetensors",
        "report.html",
        "results",
        "run.json",
        "scene.json",
    ]


@pytest.mark.usefixtures("quick")
def test_the_run_holds_modules_of_a_network_that_cannot_be_identified(monkeypatch):
    def unknown(*_):
        raise Unidentifiable("it depends on an open file")

    monkeypatch.setattr("pushforward.training.calls.identity", lambda **_: unknown())
    assert run("modules", "models:build", "--inputs", "x.npy", "--points", "4", "--out", "new") == 0
    assert modules_of(Run("new")) == Modules.load("new/modules.safetensors")


@pytest.mark.usefixtures("quick")
def test_the_report_has_python_that_finds_the_same(capsys, reported):
    torch.save({"state_dict": models().build().state_dict()}, "w.pt")
    arguments = ["--weights", "w.pt", "--layers", "2", "output", "--points", "4", "--rank", "5", "--seed", "3"]
    assert run("modules", "models.py:build", "--inputs", "two.npz:first", *arguments) == 0
    assert reported("pushforward-modules/report.html") in capsys.readouterr().out


def models():
    sys.path.insert(0, str(Path.cwd()))
    try:
        import models
    finally:
        sys.path.pop(0)
    return models


@pytest.mark.parametrize(
    ("model", "inputs"),
    [
        ("models:build", "one.npz"),
        ("models.py:build", "two.npz:first"),
        ("models:ready", "x.safetensors"),
        ("models:Holder.inner", "x.safetensors:x"),
        ("models:build", "x.pt"),
        ("models:build", "models:make_inputs"),
        ("models:build", "models.py:inputs"),
    ],
)
def test_doctor_finds_models_and_inputs_everywhere(model, inputs, capsys):
    assert run("doctor", model, "--inputs", inputs) == 0
    told = capsys.readouterr().out
    assert "can be pushed through" in told
    assert "✓ how linear: " in told
    assert "linear near one input: J Σ Jᵀ is right to 10 %" in told


def test_doctor_fails_where_the_network_does(capsys):
    assert run("doctor", "models:build", "--inputs", "x.npy", "--layers", "nowhere") == 1
    assert "nowhere" in capsys.readouterr().out


@pytest.mark.usefixtures("quick")
def test_networks_of_tokens_start_from_their_embedding(capsys):
    np.save("ids.npy", np.random.default_rng(0).integers(0, 9, size=(30, 5)))
    start = ["--inputs", "ids.npy", "--start", "table"]
    assert run("doctor", "models:Tokens", *start) == 0
    assert "how linear" in capsys.readouterr().out
    assert run("modules", "models:Tokens", *start, "--points", "3") == 0
    assert "Modules" in type(Modules.load("pushforward-modules/modules.safetensors")).__name__


def weights(kind: str) -> str:
    state = models().build().state_dict()
    if kind == "fits.safetensors":
        save_file(state, kind)
    elif kind == "fits.pt":
        torch.save(state, kind)
    elif kind == "other.pt":
        torch.save({f"layer{i}": torch.zeros(1) for i in range(9)}, kind)
    elif kind == "tensor.pt":
        torch.save(torch.zeros(2), kind)
    elif kind == "pickled.pt":
        torch.save(models().build(), kind)
    elif kind == "text.safetensors":
        Path(kind).write_text("hello")
    return kind


@pytest.mark.parametrize("kind", ["fits.safetensors", "fits.pt"])
def test_weights_are_loaded(kind, capsys):
    assert run("doctor", "models:build", "--inputs", "x.npy", "--weights", weights(kind)) == 0


@pytest.mark.parametrize(
    ("model", "inputs", "options", "cure"),
    [
        ("models", "x.npy", [], "a name after a colon is needed"),
        ("models:", "x.npy", [], "a name after a colon is needed"),
        ("nowhere:build", "x.npy", [], "there is no module 'nowhere'"),
        ("models:biuld", "x.npy", [], "models has no 'biuld'. It has: build, Wide, Tokens, Holder"),
        ("models:number", "x.npy", [], "cannot be called"),
        ("models:Wide", "x.npy", [], "Name a function that takes none"),
        ("models:make_inputs", "x.npy", [], "a `torch.nn.Module` is needed"),
        ("models:broken", "x.npy", [], "failed with RuntimeError: no such checkpoint. `--debug` shows where"),
        ("halfway:build", "x.npy", [], "failed with ModuleNotFoundError: No module named 'not_installed_anywhere'"),
        ("halfway.py:build", "x.npy", [], "failed with ModuleNotFoundError"),
        ("missing.py:build", "x.npy", [], "there is no file missing.py"),
        ("models:build", "missing.npy", [], "there is no file missing.npy"),
        ("models:build", "x.csv", [], "there is no file x.csv"),
        ("models:build", "inputs", [], "or a folder of images, or a file that ends in .npy"),
        ("full.pt", "x.npy", [], "and give `--weights full.pt`"),
        ("X.csv", "x.npy", [], "these are inputs and no network"),
        ("resnet18", "x.npy", [], "return torchvision.models.resnet18("),
        ("bert-base-uncased", "x.npy", [], "transformers.AutoModel.from_pretrained('bert-base-uncased')"),
        ("models:build", "two.npz", [], "holds several arrays: first, second. Say which: `two.npz:first`"),
        ("models:build", "two.npz:third", [], "there is no array 'third'. There are: first, second"),
        ("models:build", "x.npy:x", [], "one array without a name. Write `x.npy`"),
        ("models:build", "objects.npy", [], "Save plain arrays or tensors"),
        ("models:build", "whole.npy", [], "whole numbers, which cannot be moved"),
        ("models:build", "none.npy", [], "the batch is empty"),
        ("models:build", "x.npy", ["--weights", "other.pt"], "does not fit the model"),
        ("models:build", "x.npy", ["--weights", "tensor.pt"], "a state dict is needed"),
        ("models:build", "x.npy", ["--weights", "pickled.pt"], "Save tensors alone"),
        ("models:build", "x.npy", ["--weights", "pickled.pt"], "torch.load('pickled.pt', weights_only=False)`"),
        ("models.py", "x.npy", [], "For instance `models.py:build`. It has: build, Wide,"),
        ("models:build", "x.npy", ["--weights", "text.safetensors"], "cannot be read as .safetensors"),
        ("models:build", "x.npy", ["--weights", "models.py"], "files that end in .safetensors, .pt"),
    ],
)
def test_mistakes_are_explained_in_one_message(model, inputs, options, cure, refused):
    for option in options:
        if option.endswith((".pt", ".safetensors")):
            weights(option)
    refused(["modules", model, "--inputs", inputs, *options], cure)


def test_errors_of_the_library_are_mistakes_too(refused):
    refused(["modules", "models:build", "--inputs", "x.npy", "--layers", "nowhere"], "nowhere")
    refused(["modules", "models:build", "--inputs", "x.npy", "--points", "0"], "at least 1")


def test_debug_shows_where(capsys):
    from pushforward.errors import BadInput

    with pytest.raises(BadInput, match="no such checkpoint") as caught:
        main(["doctor", "models:broken", "--inputs", "x.npy", "--debug"])
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_a_bad_folder_is_refused_before_the_work(capsys, monkeypatch):
    import_module("pushforward.cli.demo")  # before the patch, which it would keep

    def never(*_, **__):
        raise AssertionError("this should not have started")

    monkeypatch.setattr("pushforward.modules.find_modules", never)
    assert run("modules", "models:build", "--inputs", "x.npy", "--out", "x.npy") == 2
    assert "Give a folder" in capsys.readouterr().err
    Path("out/report.html").mkdir(parents=True)
    assert run("demo", "--out", "out") == 2
    assert "report.html is a folder" in capsys.readouterr().err


@pytest.mark.usefixtures("quick")
def test_a_folder_that_cannot_be_made_is_explained(monkeypatch, refused):
    def refuse(self, *_, **__):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    cure = "'pushforward-modules/shards'`: no folder can be made there ([Errno 13] Permission denied"
    refused(["modules", "models:build", "--inputs", "x.npy", "--points", "2"], cure)


def test_ctrl_c_says_one_line_and_leaves_no_files(stopped):
    stopped("pushforward.modules.find_modules", ["modules", "models:build", "--inputs", "x.npy"])


@pytest.mark.usefixtures("quick")
def test_open_shows_the_report(monkeypatch, capsys):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert run("modules", "models:build", "--inputs", "x.npy", "--points", "2", "--open") == 0
    assert opened == [Path("pushforward-modules/report.html").resolve().as_uri()]


def test_the_demo_gives_threads_back():
    from pushforward.cli.demo import one_thread

    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


@pytest.mark.slow
def test_demo_is_quick_and_finds_the_two_halves():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run([sys.executable, "-m", "pushforward.cli", "demo"], capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime < 90  # seconds of processors
    assert "2 modules among 276 neurons" in out.stdout
    assert "A moves, B should stay: kept fixed" in out.stdout
    assert "lesions (zero ablation)" in out.stdout
    assert "report: pushforward-demo/report.html" in out.stdout
    assert all(" left" in line or " done" in line for line in out.stderr.splitlines())
    assert [p.name for p in Path("pushforward-demo").iterdir()] == ["report.html"]
    assert Path("pushforward-demo/report.html").stat().st_size < 5e6


@pytest.mark.slow
def test_ctrl_c_in_the_middle_of_the_demo(interrupted):
    interrupted("2 modules among 276 neurons", ["demo"])
    assert not Path("pushforward-demo").exists()
