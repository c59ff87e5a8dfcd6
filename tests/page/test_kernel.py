"""The widget where a kernel runs: made, shown, and its selection as neurons."""

import pytest

pytest.importorskip("anywidget", reason="anywidget is not installed")
pytest.importorskip("ipykernel", reason="ipykernel is not installed")
nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
pytestmark = pytest.mark.slow

CODE = """
import pushforward as pf
truth = pf.datasets.planted(60, modules=2, seed=0)
net, inputs = pf.Neurons(truth.model), pf.Gaussian.isotropic((64,))
modules = pf.find_modules(net, inputs, truth.inputs, points=4, seed=0)
widget = modules.explore()
widget
"""
SELECT = """
widget.selection = {"A": 1, "B": None}
print(widget.neurons.tolist() == modules.blocks[1].tolist(), len(widget.frame()) == len(modules.blocks[1]))
"""


def test_a_kernel_shows_a_widget_whose_selection_is_neurons(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in (CODE, SELECT)])
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown, selected = (cell.outputs for cell in notebook.cells)
    assert any("application/vnd.jupyter.widget-view+json" in one.get("data", {}) for one in shown)
    assert selected[0].text.strip() == "True True"
