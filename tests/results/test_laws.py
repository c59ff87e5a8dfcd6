"""What holds of every result: see `pushforward.result.Result`."""

import builtins
import json
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace

import pytest
import torch
from matplotlib.figure import Figure
from safetensors import safe_open

import pushforward as pf
from pushforward.result import WIDTH, Result
from pushforward.schema import saved

every = pytest.mark.parametrize("name", pf.results.__all__)


@every
def test_it_is_a_frozen_result_of_its_class(name, example):
    result = example(name)
    kind = getattr(pf.results, name)
    assert type(result) is kind
    assert issubclass(kind, Result)
    assert is_dataclass(kind)
    for field in fields(kind):
        with pytest.raises(FrozenInstanceError):
            setattr(result, field.name, None)


@every
def test_its_repr_is_one_line_and_its_words_are_str(name, example):
    result = example(name)
    line = repr(result)
    assert line.startswith(f"{name}(")
    assert line.endswith(")")
    assert "\n" not in line
    assert len(line) <= WIDTH
    assert str(result) == result.summary() != ""
    assert not str(result).startswith(f"{name}(")


@every
def test_loading_gives_what_was_saved(name, example, tmp_path):
    result = example(name)
    file = result.save(tmp_path / "result.safetensors")
    for again in (pf.load(file), getattr(pf.results, name).load(str(file))):
        assert type(again) is type(result)
        assert again == result
        assert hash(again) == hash(result)
        assert repr(again) == repr(result)
        assert str(again) == str(result)
        assert again.columns() == result.columns() or "nan" in str(result.columns())
        for field in fields(result):
            if field not in saved(type(result)):
                assert getattr(again, field.name) is None


@every
def test_a_file_is_standard_json_with_kind_format_and_version(name, example, tmp_path):
    file = example(name).save(tmp_path / "result.safetensors")
    with safe_open(file, "pt") as opened:
        header = json.loads(opened.metadata()["pushforward"], parse_constant=pytest.fail)
    assert (header["kind"], header["format"]) == (name, 2)
    assert header["library"] == pf.__version__


@every
def test_every_saved_field_counts_in_equality(name, example):
    result = example(name)
    assert result == replace(result)
    assert result != name
    for field in saved(type(result)):
        assert replace(result, **{field.name: other_than(getattr(result, field.name))}) != result, field.name


def other_than(value):
    """Another value of a field."""
    if isinstance(value, torch.Tensor):
        return value + 1 if value.dtype != torch.bool else ~value
    if isinstance(value, pf.latents.Latent):
        return pf.latents.Moebius()
    return "another"


@every
def test_its_table_has_columns_of_one_length(name, example):
    columns = example(name).columns()
    assert columns
    assert len({len(column) for column in columns.values()}) == 1
    assert all(isinstance(title, str) for title in columns)


@every
def test_its_table_is_a_data_frame(name, example):
    pandas = pytest.importorskip("pandas")
    result = example(name)
    frame = result.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == list(result.columns())
    assert len(frame) == len(next(iter(result.columns().values())))


def test_without_pandas_it_says_what_to_install(example, monkeypatch):
    given = builtins.__import__

    def missing(name, *args, **kwargs):
        if name == "pandas":
            raise ImportError(name)
        return given(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(pf.errors.MissingPackage, match=r"pip install pandas.*columns\(\)"):
        example("Lesions").to_frame()


@every
def test_it_plots_into_a_new_figure_and_into_one_of_yours(name, example, tmp_path):
    result = example(name)
    assert isinstance(result.plot(), Figure)
    mine = Figure(figsize=(7.4, 6.0))
    assert result.plot(figure=mine) is mine
    assert mine.get_children()[1:]
    again = pf.load(result.save(tmp_path / "result.safetensors"))
    assert isinstance(again.plot(), Figure)


@every
def test_its_card_is_self_contained(name, example):
    card = example(name)._repr_html_()
    assert "<script" not in card
    assert "http" not in card.replace("http://www.w3.org", "")
    assert "data:image/png;base64," in card
    assert len(card) < 400_000


def test_importing_results_loads_no_plotting_and_no_pandas():
    code = (
        "import sys, pushforward as pf; pf.results, pf.load\n"
        "print([m for m in ('matplotlib', 'pandas') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert out.stdout.strip() == "[]"
