"""An option of the command line has the name that it has in Python."""

from dataclasses import fields
from importlib import import_module
from inspect import signature

import pytest

import pushforward as pf
from pushforward.cli import main
from pushforward.cli.table import COMMANDS, RENAMED
from pushforward.modules import plan

CALLS = {
    "demo": (pf.find_modules,),
    "modules": (pf.Neurons, pf.Gaussian.fit, pf.find_modules, pf.settings.Shards),
    "plan": (pf.Neurons, pf.Gaussian.fit, pf.find_modules, plan),
    "merge": (),
    "doctor": (pf.Neurons,),
    "contrast": (pf.Neurons, pf.Gaussian.fit, pf.contrast),
    "modularize": (pf.Gaussian.fit, pf.train_modular, pf.settings.ModularTraining),
    "train-generator": (pf.Generator.fit, pf.settings.Training, pf.quality),
    "density": (pf.density, pf.studies.GeneratorStudy.of),
    "dimension": (pf.dimension,),
    "geodesic": (pf.geodesic,),
    "transport": (pf.geometry.carry,),
    "topology": (pf.topology,),
    "latents": (pf.try_latents,),
    "modularity": (pf.Neurons, pf.Gaussian.fit, pf.modular.measure_modularity),
    "completion": (),
    "explore": (pf.Neurons, pf.Gaussian.fit, pf.find_modules, pf.results.Modules.lesion),
}
"""What is called with the options of a command."""
FILES = {"model", "weights", "inputs", "generator", "of", "change", "out", "folders"}
SERVER = {"demo", "host", "port", "password_file", "no_open"}
TERMINAL = FILES | SERVER | {"json", "debug", "open", "index", "direction", "shell"}
"""Options that say where things are, which of them, and what the terminal does: Python has the things themselves."""


@pytest.mark.parametrize("name", COMMANDS)
def test_options_are_named_as_in_python(name):
    entry = COMMANDS[name]
    options = {field.name for field in fields(getattr(import_module(f"pushforward.cli.{entry.module}"), entry.name))}
    python = {parameter.lower() for call in CALLS[name] for parameter in signature(call).parameters}
    assert options - TERMINAL <= python


@pytest.mark.parametrize(("command", "old"), RENAMED)
@pytest.mark.parametrize("form", ["{} 4", "{}=4"])
def test_old_names_are_refused_with_the_new_one(command, old, form, refused):
    new = RENAMED[command, old]
    refused([command, *form.format(old).split()], f"`pushforward {command} {old}` is `pushforward {command} {new}`")
    assert main([command, new, "nonsense"]) == 2  # there is such an option: what is wrong is its value
