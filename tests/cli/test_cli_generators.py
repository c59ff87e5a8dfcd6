from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from pushforward import progress
from pushforward.cli import main
from pushforward.cli.latents import KINDS, parse_latent
from pushforward.errors import BadInput
from pushforward.generator import Generator, Training
from pushforward.latents import Atlas, Circle, Cube
from pushforward.modules import find_modules
from pushforward.rng import normal

TRAIN = ["train-generator", "--inputs", "ring.npy", "--latent", "circle", "--steps", "60"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with data of several kinds, as the current one."""
    monkeypatch.chdir(tmp_path)
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, 200)
    ring = np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32)
    np.save("ring.npy", ring)
    np.savez("two.npz", a=ring, b=ring[:50])
    np.save("labels.npy", np.arange(200))
    np.save("constant.npy", np.ones((200, 2), dtype=np.float32))
    np.save("wide.npy", np.ones((5, 7), dtype=np.float32))
    save_file({"x": torch.from_numpy(ring)}, "ring.safetensors")
    Path("text.safetensors").write_text("hello")
    Path("table.txt").write_text("1,2")
    Path("code.py").write_text(
        "def pair():\n    import torch\n    return {'a': torch.zeros(3, 2), 'b': torch.zeros(3, 2)}\n"
    )
    return tmp_path


@pytest.fixture
def quick(quick, monkeypatch):
    """Without the reading of the dimension, too."""
    monkeypatch.setattr("pushforward.page.studies.generator.dimension", lambda gen, seed: None)


@pytest.fixture(scope="module")
def ring_generator() -> Generator:
    features = Circle().features(Circle().sample(300, seed=0))
    return Generator.fit(features, Circle(), seed=0, training=Training(steps=400, batch=64))


@pytest.fixture
def trained(ring_generator) -> str:
    """The file of a small generator."""
    return str(ring_generator.save("gen.safetensors"))


def test_help_lists_the_commands(capsys):
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in ("train-generator", "density", "dimension"))


@pytest.mark.usefixtures("quick")
def test_training_writes_a_generator_a_report_and_a_checkpoint(capsys):
    assert main([*TRAIN, "--out", "deep/er"]) == 0
    out = capsys.readouterr().out
    gen = Generator.load("deep/er/generator.safetensors")
    assert gen.latent.dim == 1
    assert f"coverage {gen.quality['coverage']:.2f}" in out
    assert gen.quality["count"] == 20
    assert sorted(p.name for p in Path("deep/er").iterdir()) == [
        "checkpoint.safetensors", "generator.safetensors", "report.html",
    ]  # fmt: skip
    text = Path("deep/er/report.html").read_text()
    assert "pushforward train-generator --inputs ring.npy --latent circle --steps 60" in text


@pytest.mark.usefixtures("quick")
def test_running_twice_gives_the_same_without_training_again(capsys):
    assert main(TRAIN) == 0
    first = Generator.load("pushforward-generator/generator.safetensors")
    before = Path("pushforward-generator/checkpoint.safetensors").read_bytes()
    assert main(TRAIN) == 0
    again = Generator.load("pushforward-generator/generator.safetensors")
    assert Path("pushforward-generator/checkpoint.safetensors").read_bytes() == before
    torch.testing.assert_close(again.sample(5, seed=0), first.sample(5, seed=0), rtol=0, atol=0)
    capsys.readouterr()
    assert main([*TRAIN[:-1], "70"]) == 2
    assert "training.steps was 60 and is 70" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_held_out_inputs_may_be_given_or_be_too_few(capsys):
    assert main([*TRAIN, "--held-out", "two.npz:b", "--out", "a"]) == 0
    assert Generator.load("a/generator.safetensors").quality["count"] == 50
    np.save("few.npy", np.load("ring.npy")[:60])
    assert main(["train-generator", "--inputs", "few.npy", "--latent", "circle", "--steps", "3", "--out", "b"]) == 0
    assert Generator.load("b/generator.safetensors").quality is None


@pytest.mark.parametrize(
    ("inputs", "latent", "more", "cure"),
    [
        ("ring.npy", "blob", [], "There are atlas:CHARTSxDIM, cube:DIM"),
        ("ring.npy", "atlas:3", [], "write whole numbers as in `atlas:16x12`"),
        ("ring.npy", "atlas:axb", [], "write whole numbers as in `atlas:16x12`"),
        ("ring.npy", "circle:2", [], "it takes none, write `circle`"),
        ("ring.npy", "cube:0", [], "the dimension must be at least 1"),
        ("ring.npy", "atlas:2x1*circle", [], "Disjoint"),
        ("missing.npy", "circle", [], "there is no file missing.npy"),
        ("table.txt", "circle", [], "or a file that ends in .npy"),
        ("text.safetensors", "circle", [], "cannot be read as .safetensors"),
        ("two.npz", "circle", [], "Say which: `two.npz:a`"),
        ("labels.npy", "circle", [], "Numbers are points as `X[:, None]`"),
        ("constant.npy", "circle", [], "constant"),
        ("code.py:pair", "circle", [], "one array of inputs (n, ...) is needed. Save that alone"),
        ("ring.npy", "circle", ["--steps", "0"], "a whole number of at least 1"),
        ("ring.npy", "circle", ["--held-out", "missing.npy"], "there is no file missing.npy"),
        ("ring.npy", "circle", ["--held-out", "nowhere"], "`--held-out nowhere`: a name after a colon is needed"),
        ("ring.npy", "circle", ["--out", "ring.npy"], "Give a folder"),
    ],
)
def test_mistakes_in_training_are_explained_in_one_message(inputs, latent, more, cure, refused):
    refused(["train-generator", "--inputs", inputs, "--latent", latent, *more], cure)


def test_arguments_that_are_missing_or_unknown_are_named(capsys):
    assert main(["train-generator", "--inputs", "ring.npy"]) == 2
    assert "--latent" in capsys.readouterr().err
    assert main([*TRAIN, "--stpes", "3"]) == 2
    assert "--stpes" in capsys.readouterr().err
    assert main(["density", "gen.safetensors"]) == 2
    assert "--inputs" in capsys.readouterr().err


@pytest.mark.parametrize("typed", [kind.typed for kind in KINDS.values()])
def test_every_latent_can_be_typed(typed):
    latent = parse_latent(typed.replace("CHARTSxDIM", "4x2").replace("DIM", "3"))
    assert latent.sample(2, seed=0).shape == (2, latent.width)


def test_products_and_unions_can_be_typed():
    assert isinstance(parse_latent("Atlas:4x2"), Atlas)
    assert isinstance(parse_latent("cube:2"), Cube)
    assert parse_latent("circle * interval + circle * interval").pieces == 2
    with pytest.raises(BadInput, match="there is no latent ''"):
        parse_latent("circle+")


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_ctrl_c_keeps_the_checkpoint_and_the_same_command_goes_on(interrupted, capsys, monkeypatch):
    command = [*TRAIN[:-1], "200"]
    ended = interrupted("training a generator: 100 of 200", command)
    assert "the same command resumes from there:\n  pushforward train-generator --inputs ring.npy" in ended.stderr
    folder = Path("pushforward-generator")
    assert [p.name for p in folder.iterdir()] == ["checkpoint.safetensors"]
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "EVERY", 0.0)
    assert main(command) == 0
    said = capsys.readouterr().err
    assert "training a generator: 100 of 200" not in said
    assert (folder / "generator.safetensors").is_file()
    assert (folder / "report.html").is_file()


def test_ctrl_c_before_the_first_step_leaves_nothing(stopped):
    stopped("pushforward.generator.generator.fit", TRAIN)


@pytest.mark.usefixtures("quick")
def test_density_prints_a_table_and_writes_a_picture(trained, capsys):
    run = ["density", trained, "--inputs", "two.npz:a", "--index", "3", "5", "--out", "d"]
    assert main(run) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert "log p (nats)" in lines[0]
    assert [line.split()[0] for line in lines[1:3]] == ["3", "5"]
    assert Path("d/density.png").read_bytes().startswith(b"\x89PNG")
    assert f"Density under {trained}" in Path("d/report.html").read_text()
    assert main(run) == 0
    assert capsys.readouterr().out == out


@pytest.mark.usefixtures("quick")
def test_inputs_off_the_manifold_are_said_to_be(trained, capsys):
    np.save("far.npy", np.array([[9.0, 9.0]], dtype=np.float32))
    assert main(["density", trained, "--inputs", "far.npy"]) == 0
    assert "0  not on the manifold" in capsys.readouterr().out
    assert not Path("pushforward-density/density.png").exists()


@pytest.mark.parametrize(
    ("generator", "inputs", "more", "cure"),
    [
        ("missing.safetensors", "ring.npy", [], "there is no file missing.safetensors"),
        ("ring.npy", "ring.npy", [], "was not written by pushforward"),
        ("ring.safetensors", "ring.npy", [], "was not written by pushforward"),
        ("gen.safetensors", "missing.npy", [], "there is no file missing.npy"),
        ("gen.safetensors", "wide.npy", [], "Give inputs like those it was trained on"),
        ("gen.safetensors", "ring.npy", ["--index", "200"], "Use 0 … 199"),
        ("gen.safetensors", "ring.npy", ["--out", "ring.npy"], "Give a folder"),
    ],
)
def test_mistakes_about_density_are_explained(generator, inputs, more, cure, trained, refused):
    refused(["density", generator, "--inputs", inputs, *more], cure)


def test_dimension_of_data_is_printed_and_drawn(capsys):
    np.save("plane.npy", (normal((150, 2), seed=0) @ normal((2, 6), seed=1)).numpy())
    assert main(["dimension", "plane.npy", "--out", "pictures/plane.svg"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("dimension 2 (95 %")
    assert "picture: pictures/plane.svg" in out
    assert b"<svg" in Path("pictures/plane.svg").read_bytes()
    assert main(["dimension", "plane.npy"]) == 0
    assert capsys.readouterr().out == out.replace("picture: pictures/plane.svg\n", "")


def test_dimension_of_a_generator(trained, capsys):
    assert main(["dimension", trained, "--seed", "1"]) == 0
    assert capsys.readouterr().out.startswith("dimension 1 (95 %: 1 … 1), rank of the Jacobian")


@pytest.mark.parametrize(
    ("of", "more", "cure"),
    [
        ("missing.npy", [], "there is no file missing.npy"),
        ("two.npz", [], "Say which: `two.npz:a`"),
        ("text.safetensors", [], "cannot be read as .safetensors"),
        ("modules.safetensors", [], "a generator or data is needed"),
        ("constant.npy", [], "constant"),
        ("wide.npy", [], "constant"),
        ("ring.npy", ["--out", "x.jpg"], "End it in .png or .svg"),
        ("nowhere", [], "`FILE nowhere`: a name after a colon is needed"),
    ],
)
def test_mistakes_about_dimension_are_explained(of, more, cure, refused):
    if of == "modules.safetensors":
        find_modules(normal((40, 8), seed=0), seed=0, nulls=19).save(of)
    refused(["dimension", of, *more], cure)


class Spots(nn.Module):
    """A spot anywhere in 28 × 28 pixels."""

    def forward(self, z):
        grid, (a, b) = torch.linspace(-1, 1, 28), z[:, :, None].unbind(1)
        return torch.exp(-8 * ((grid - a)[:, :, None] ** 2 + (grid - b)[:, None] ** 2))[:, None]


@pytest.mark.slow
def test_the_demo_has_a_generator_and_modules_through_it(monkeypatch):
    from pushforward.cli import demo
    from pushforward.show import GeneratorStudy

    gen = Generator.wrap(Spots(), Cube(2))
    monkeypatch.setattr(demo, "digit_generator", lambda: gen)
    monkeypatch.setattr(demo, "DENSITIES", 1)
    monkeypatch.setattr(demo, "POINTS", 4)
    monkeypatch.setattr(demo, "_study", lambda *_, **__: SimpleNamespace(modules=SimpleNamespace(blocks=())))
    monkeypatch.setattr(demo, "replace", lambda study, **_: study)
    made = list(demo.studies(0, command="pushforward demo", progress=False))
    assert isinstance(made[2], GeneratorStudy)
    assert len(made[2].off) == demo.DENSITIES  # real digits are no spots
    assert "through the generator" in made[3].title
    assert len(made[3].modules.points) == demo.POINTS
    for study in made[2:]:
        compile(study.code, "copied", "exec")
