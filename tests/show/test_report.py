import dataclasses
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import torch

import pushforward
from pushforward.errors import BadInput, UnreadableFile
from pushforward.show import ModulesStudy, report, write
from pushforward.show.figures import card

VOID = {"meta", "link", "img", "source", "br"}
LOADING = {"src", "srcset", "href", "data", "action", "poster", "background", "xlink:href"}


SCRIPT = re.compile(r"<script(?: type=\"application/octet-stream\" id=\"scene\"[^>]*)?>.*?</script>", re.DOTALL)


class Page(HTMLParser):
    """A strict reader: elements must be closed in order; ids, links, loads and text are kept."""

    def __init__(self, text: str):
        super().__init__()
        self.open, self.ids, self.links, self.loads, self.tags, self.words = [], [], [], [], [], []
        text, self.scripts = SCRIPT.subn("", text)  # the front end and its data: see tests/page
        self.size = len(text.encode())
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            if name == "id":
                self.ids.append(value)
            if name == "href" and tag == "a":
                self.links.append(value)
            elif name in LOADING and not value.startswith("#"):
                self.loads.append(value)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page(study, tmp_path: Path) -> Page:
    return Page(report(study, tmp_path / "report.html").read_text())


@pytest.fixture
def undrawn(monkeypatch):
    """For tests of words: figures are drawn, but not as images."""
    monkeypatch.setattr("pushforward.show.html_page.image", lambda figure, kind: "<svg></svg>")


@pytest.fixture(scope="module")
def both(world, nothing, tmp_path_factory) -> Page:
    """A report about one network with modules and one without."""
    return page([world.study, nothing], tmp_path_factory.mktemp("both"))


def test_it_is_whole_html_that_loads_nothing(both):
    assert both.loads
    assert both.size < 3e6
    assert both.scripts == 2
    assert all(load.startswith("data:") for load in both.loads)
    assert "script" not in both.tags
    assert all(link.startswith("#") and link[1:] in both.ids for link in both.links)
    assert len(set(both.ids)) == len(both.ids)
    assert "http" not in both.text


def test_styles_load_nothing():
    style = (Path(pushforward.__file__).parent / "show" / "templates" / "report.css").read_text()
    assert "url(" not in style
    assert "@import" not in style


def test_every_figure_is_numbered_and_described(both):
    assert both.tags.count("figure") == both.tags.count("figcaption") == 11
    for number in (*(f"1.{i}" for i in range(1, 7)), *(f"2.{i}" for i in range(1, 6))):
        assert f"Figure {number}." in both.text


def test_its_numbers_are_those_of_the_modules(both, world):
    m = world.modules
    text = both.text
    assert (
        f"{len(m.blocks)} modules, p = {m.p_value:.3f}, score {m.evidence.score:.2f} of {m.evidence.needed:.2f} needed"
        in text
    )
    assert f"scores {m.evidence.score:.3f}" in text
    assert f"{m.leakage_all:.1%} lies in no module" in text
    assert f"{m.leakage:.1%} lies between different blocks" in text
    assert f"it would be {m.chance_leakage:.1%}" in text
    for b, block in enumerate(m.blocks):
        share = float(m.shares[block, b].mean())
        row = f"{b} {len(block)} {len(block) / len(m.labels):.0%} {float(m.stability[b]):.2f} {share:.2f}"
        assert row in text
        top = world.study.driving
        assert f"{int(top.index[b, 0])} ({float(top.strength[b, 0, b]):.2f})" in text
    left = sum(m.left_out.values())
    assert f"{left} of {len(m.labels)} neurons" in text or left == 0
    assert f"{sum(p.numel() for p in world.net.model.parameters()):,} parameters" in text
    assert "all 1.2" in text


def test_how_linear_the_network_is_ends_the_verdict(both, three, world, tmp_path, undrawn):
    told = str(world.modules.linearity)
    assert world.modules.linearity.worst in world.net.layers
    assert f"{told[0].upper()}{told[1:]}, by 32 samples a scale." in both.text
    assert three.linearity.missing
    assert f"was not looked at: {three.linearity.missing}." in page(three, tmp_path).text


def test_inside_and_outside_are_means_over_pairs(both, world):
    m = world.modules
    label, R = m.labels[m.sample], m.overlap
    for b in range(3):
        own = (label == b).nonzero()[:, 0]
        pairs = [float(R[i, j]) for i in own for j in own if i != j]
        others = [float(R[i, j]) for i in own for j in (label >= 0).nonzero()[:, 0] if label[j] != b]
        assert f"{sum(pairs) / len(pairs):.3f} {sum(others) / len(others):.3f}" in both.text


def test_all_neurons_of_a_module_are_named(both, world):
    for members in world.study.members:
        for part in members:
            assert f"{part.layer} ( {part.neurons} )".replace(" ", "") in both.text.replace(" ", "")
            assert " ".join(part.names) in both.text


def test_methods_say_what_was_done(both, world):
    m = world.modules
    assert f"{len(m.points)} inputs" in both.text
    assert f"{m.directions} columns" in both.text
    assert f"at most {m.leak} times as much" in both.text
    assert f"{len(m.evidence.null)} rotated ones" in both.text


@pytest.mark.usefixtures("undrawn")
def test_nothing_significant_is_said_first(nothing, tmp_path):
    found = page(nothing, tmp_path)
    assert "No modules, p =" in found.text or "Modules undetermined, p =" in found.text
    assert "should not be read as modules" in found.text or "no two sets that keep apart" in found.text
    assert "table" not in found.tags
    assert "What they do" not in found.text


@pytest.mark.usefixtures("undrawn")
def test_forced_blocks_are_called_so(forced, tmp_path):
    found = page(forced, tmp_path)
    assert "3 blocks, as asked for; not significant" in found.text
    assert "that number was asked for" in found.text


@pytest.mark.usefixtures("undrawn")
def test_whole_layers_and_structure_without_separate_parts_are_told_apart(three, tmp_path):
    whole = dataclasses.replace(three, evidence=dataclasses.replace(three.evidence, across_layers=True))
    assert "all neurons are rotated together" in page(whole, tmp_path).text
    fickle = dataclasses.replace(three, stability=torch.full_like(three.stability, 0.5))
    assert "its sets are not found again" in page(fickle, tmp_path).text
    one = dataclasses.replace(three, candidate=torch.zeros_like(three.candidate), shares=three.shares[:, :1])
    none = dataclasses.replace(one, stability=torch.zeros(0))
    assert "There are no two sets that keep apart" in page(none, tmp_path).text


@pytest.mark.usefixtures("undrawn")
def test_groups_are_listed(three, tmp_path):
    from pushforward.modules.finding.hierarchy import Group

    grouped = dataclasses.replace(three, groups=(Group((0, 2), 0.5, 0.125),))
    assert "Modules 0 and 2: overlap 0.50 with each other, 0.12 with the rest." in page(grouped, tmp_path).text


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("metrics", [1, 3])
def test_lesions_have_a_figure_and_columns(world, lesions, metrics, tmp_path):
    hurt = dataclasses.replace(world.study, lesions=lesions(3, metrics))
    found = page(hurt, tmp_path)
    assert "What breaks without each module (mean ablation of its hidden neurons)" in found.text
    mean = float(hurt.lesions.control[0, :, 0].double().mean())
    assert f"0.625* ({mean:.3f})" in found.text
    assert f"Without it: metric {metrics - 1}" in found.text


@pytest.mark.usefixtures("undrawn")
def test_hostile_names_are_text(world, tmp_path):
    evil = '</title><script>alert("x")</script>$\\frac$<img src=http://a.b onerror=x>'
    study = dataclasses.replace(
        world.study,
        title=evil,
        inputs=evil,
        command=evil,
        code=evil,
        network=world.study.network._replace(model=evil),
        modules=dataclasses.replace(world.modules, layers=(evil, *world.modules.layers[1:])),
    )
    found = page(study, tmp_path)
    assert found.scripts == 2
    assert "script" not in found.tags
    assert all(load.startswith("data:") for load in found.loads)
    assert 'alert("x")' in found.text
    shown = Page(card(study.modules))
    assert "script" not in shown.tags


def test_a_report_that_fails_leaves_the_old_one(world, tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")
    broken = dataclasses.replace(world.study, lesions="none of these")
    with pytest.raises(AttributeError):
        report(broken, path)
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(UnreadableFile, match=r"No space left on device.*Make room"):
        write(path, "new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_bad_paths_and_nothing_to_report_are_refused(three, tmp_path):
    with pytest.raises(UnreadableFile, match=r"it is a folder. Name a file in it"):
        report(three, tmp_path)
    with pytest.raises(UnreadableFile, match=r"does not exist. Make it first"):
        report(three, tmp_path / "no" / "report.html")
    with pytest.raises(UnreadableFile, match="File name too long"):
        report(three, tmp_path / ("x" * 400))
    with pytest.raises(BadInput, match="give at least one"):
        report([], tmp_path / "report.html")
    with pytest.raises(BadInput, match=r"str was given; a `ModulesStudy`, a `GeneratorStudy`"):
        report(["modules"], tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []


def test_a_study_of_other_modules_or_inputs_is_refused(world, three):
    of = {"title": "", "seed": 0}
    with pytest.raises(BadInput, match="give the `Neurons` with which they were found"):
        ModulesStudy.of(world.net, world.inputs, world.X, three, **of)
    with pytest.raises(BadInput, match="give the X with which they were found"):
        ModulesStudy.of(world.net, world.inputs, world.X[:2], world.modules, **of)


def test_the_code_to_copy_is_python_that_names_what_was_used(world):
    code = world.study.code
    compile(code, "copied", "exec")
    assert "points=6" in code
    assert "seed=0" in code
    assert "Gaussian.isotropic((64,), sigma=1)" in code


def test_the_notebook_card_is_small_and_static(three, sixteen, nothing):
    for modules in (three, sixteen, nothing):
        html = modules._repr_html_()
        assert len(html) < 400_000
        shown = Page(html)
        assert "script" not in shown.tags
        assert f"p = {modules.p_value:.3f}" in shown.text
        assert shown.tags.count("tr") == (1 + len(modules.blocks) if modules.blocks else 0)


@pytest.mark.slow
def test_importing_loads_no_plotting_and_drawing_no_pyplot():
    code = (
        "import sys, torch, pushforward as pf, pushforward.show, pushforward.cli\n"
        "heavy = ('matplotlib', 'jinja2', 'tyro', 'graspologic_native', 'PIL')\n"
        "print([m for m in heavy if m in sys.modules])\n"
        "m = pf.find_modules(torch.randn(40, 8), seed=0, nulls=19)\n"
        "m.plot()._repr_png_()\n"
        "print('matplotlib' in sys.modules, 'matplotlib.pyplot' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert out.stdout.split("\n")[:2] == ["[]", "True False"]
