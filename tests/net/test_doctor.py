"""`diagnose` tells what works and what does not, and never raises."""

from types import SimpleNamespace
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
    assert report.setup is not None
    small, large = report.costs
    assert (small.directions, large.directions) == (16, 64)
    assert 153 * 36 * 4 < large.memory < 64 * 153 * 36 * 4
    assert 2 * small.memory < large.memory
    assert 3 * small.forward_memory < large.forward_memory
    assert f"{str(large)[:26]}" in str(report)
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
    assert [why.split(":")[0] for why in report.rejected] == ["Forward", "OneByOne", "DoubleReverse"]
    assert "not Forward: " in str(report)
    assert "Give the operation named here a derivative" in str(report)


def test_long_lists_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pushforward.net.doctor.SHOWN", 1)
    assert "… and 2 more" in str(diagnose(mlp(), normal(6)))


class Pair(nn.Module):
    """Two layers; what is made of them, `last` says."""

    def __init__(self, last: Any):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second, self.last = nn.Linear(6, 8), nn.Linear(8, 3), last

    def forward(self, x: torch.Tensor) -> Any:
        return self.last(self, x)


def plain(m: Pair, x: torch.Tensor) -> torch.Tensor:
    return m.second(torch.tanh(m.first(x)))


UNSEEN = {
    "complex": (lambda m, x: torch.fft.fft(plain(m, x)), {"output": "it is of complex64"}),
    "vmap": (lambda m, x: torch.vmap(lambda z: plain(m, z))(x), {"tanh": "does not grow with the batch"}),
    "one by one": (lambda m, x: torch.stack([plain(m, z) for z in x]), {"tanh": "run for each input alone"}),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_runs_and_is_not_recorded_is_told(name: str) -> None:
    last, reasons = UNSEEN[name]
    report = diagnose(Pair(last).eval(), normal(6))
    assert report.ok
    for layer, reason in reasons.items():
        assert reason in dict(report.unseen)[layer]
        assert "not recorded, although it runs:" in str(report)
    assert not diagnose(Pair(plain).eval(), normal(6)).unseen


def test_packed_sequences_are_told() -> None:
    class Packed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.last = nn.LSTM(3, 4, batch_first=True), nn.Linear(4, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            lengths = torch.full((len(x),), x.shape[1])
            packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)
            return self.last(self.lstm(packed)[1][0][-1])

    unseen = dict(diagnose(Packed().eval(), normal(5, 3)).unseen)
    assert unseen["lstm"] == "it is (10, 4) for two inputs, (15, 4) for three: no axis is that of the inputs"


def test_namespaces_and_operations_of_exported_models_are_recorded() -> None:
    spaced = Pair(lambda m, x: SimpleNamespace(logits=plain(m, x)))
    aten = Pair(lambda m, x: m.second(torch.ops.aten.tanh.default(m.first(x))))
    for model in (spaced, aten):
        assert [layer.name for layer in diagnose(model.eval(), normal(6)).layers] == ["tanh", "output"]
