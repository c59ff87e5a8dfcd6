"""`diagnose` tells what works and what does not, and never raises."""

from typing import Any

import pytest
import torch
from torch import nn

from parts import Module, cnn, linear, mlp, normal, numpy_tanh, text
from pushforward.net import Diagnosis, diagnose


def checks(report: Diagnosis) -> dict[str, bool]:
    return {finding.check: finding.ok for finding in report.findings}


def test_healthy() -> None:
    report = diagnose(cnn().eval(), normal(1, 6, 6))
    assert report.ok
    assert list(checks(report)) == [
        "runs",
        "deterministic",
        "samples independent",
        "derivatives not zero",
        "finite difference",
        "adjoint",
        "push",
    ]
    assert report.way == "Forward"
    assert report.seconds is not None
    assert [layer.name for layer in report.layers] == ["body.2", "body.6", "output"]
    assert str(report).splitlines()[:6] == [
        "Trained: can be pushed through",
        "",
        "recorded: 153 neurons in 3 layer(s)",
        "  body.2  4×6×6",
        "  body.6  6×1×1",
        "  output  3",
    ]
    assert "✓ adjoint: forward and reverse mode agree" in str(report)


def test_options_are_those_of_neurons() -> None:
    report = diagnose(cnn().eval(), normal(1, 6, 6), layers=["body.2"], unit="channel")
    assert [(layer.name, layer.size) for layer in report.layers] == [("body.2", 4)]


def test_tokens() -> None:
    report = diagnose(text().eval(), torch.tensor([1, 2, 3]), start="tokens")
    assert report.ok
    report = diagnose(text().eval(), torch.tensor([1, 2, 3]))
    assert "start='tokens'" in report.findings[-1].detail


BROKEN: dict[str, tuple[Any, Any, str, str]] = {
    "no module": (None, normal(3), "model", "Load the Python model"),
    "train mode": (nn.Sequential(nn.Linear(3, 4), nn.Dropout()), normal(3), "runs", "Call `model.eval()` first"),
    "wrong shape": (mlp(), normal(3), "runs", "the model failed on a batch of 2 inputs (3,)"),
    "no input": (mlp(), object(), "runs", "`torch.as_tensor`"),
    "noise": (Module(lambda m, x: x + torch.randn(3)), normal(3), "deterministic", "the network is random"),
    "coupled": (Module(lambda m, x: x.softmax(0)), normal(3), "samples independent", "replace what mixes the batch"),
    "sign": (Module(lambda m, x: x.sign()), normal(3), "derivatives not zero", "replace them by smooth ones"),
    "detached": (Module(lambda m, x: x * x.detach()), normal(3), "finite difference", "`detach` in `the model`"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken(name: str) -> None:
    model, x, check, cure = BROKEN[name]
    report = diagnose(model, x)
    assert not report.ok
    assert not checks(report)[check]
    finding = next(finding for finding in report.findings if not finding.ok)
    assert cure in finding.detail
    assert f"✗ {check}:" in str(report)
    assert "cannot be pushed through yet" in str(report)


def test_an_error_of_the_model_itself_is_a_finding() -> None:
    calls: list[int] = []

    def late(_m: Any, x: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        if len(calls) > 3:
            raise ValueError("worn out")
        return x.tanh()

    report = diagnose(Module(late), normal(3))
    assert report.findings[-1].detail == "ValueError: worn out"
    assert not report.ok


def test_second_best_ways_are_said() -> None:
    model = Module(lambda m, x: m.second(numpy_tanh(m.first(x))), **linear(3, 4))
    report = diagnose(model, normal(3))
    assert report.ok
    assert report.way == "Differences"
    assert "Give the operation named here a derivative" in str(report)


def test_long_lists_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pushforward.net.doctor.SHOWN", 1)
    assert "… and 2 more" in str(diagnose(mlp(), normal(6)))
