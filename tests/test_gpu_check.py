"""The script that checks devices runs on the CPU, where everything must be right."""

import json
import runpy
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "gpu_check.py"


@pytest.mark.slow
def test_all_checks_of_a_device_pass_on_the_cpu(tmp_path, monkeypatch, capsys):
    out = tmp_path / "checks.json"
    monkeypatch.setattr("sys.argv", [str(SCRIPT), "--device", "cpu", "--out", str(out)])
    assert runpy.run_path(str(SCRIPT))["main"]() == 0
    checks = json.loads(out.read_text())["checks"]
    assert {row["check"] for row in checks} == {"equality", "memory", "speed", "modules", "contrast", "training"}
    assert "WRONG" not in capsys.readouterr().out


def test_a_check_that_raises_is_told_and_the_others_go_on(monkeypatch):
    script = runpy.run_path(str(SCRIPT))
    run, Check = script["run"], script["Check"]

    def broken(device):
        raise RuntimeError("no such kernel")

    def late(device):
        raise AssertionError

    clock = iter([0.0, 1.0, 2.0, 3.0, 4.0, 1000.0, 1001.0])
    monkeypatch.setitem(run.__globals__, "time", type("Clock", (), {"perf_counter": staticmethod(lambda: next(clock))}))
    monkeypatch.setitem(run.__globals__, "CHECKS", (broken, lambda device: [Check("fine", True, {})], late))
    rows = run(script["Device"]("cpu", large=False))
    assert [row["right"] for row in rows] == [False, True, False]
    assert "no such kernel" in rows[0]["numbers"]["error"]
    assert "no time was left" in rows[2]["numbers"]["error"]
