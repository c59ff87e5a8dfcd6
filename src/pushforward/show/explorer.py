"""The explorer in a notebook: a widget where a kernel runs, a static card elsewhere."""

import sys
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from pushforward.modules import Modules
from pushforward.page import Scene, front_end, scene_of
from pushforward.page.studies import ModulesStudy, Study
from pushforward.result import Result
from pushforward.show.modules import modules_card

MOUNT = """
export default {
  render({ model, el }) {
    const onSelect = ({ A, B }) => {
      model.set("selection", { A, B });
      model.save_changes();
    };
    const shown = globalThis.pushforwardExplorer.mount(el, model.get("scene"), { onSelect });
    return () => shown.destroy();
  },
};
"""
"""What a widget's module does with the front end."""


class Card:
    """Modules as static HTML, for notebooks whose kernel does not run, and for pages made of them."""

    def __init__(self, modules: Modules):
        self.modules = modules

    def _repr_html_(self) -> str:
        return modules_card(self.modules)

    def __repr__(self) -> str:
        return repr(self.modules)


def explore(modules: Modules, *parts: Study | Result) -> object:
    """See `Modules.explore`."""
    study = any(isinstance(part, ModulesStudy) and part.modules is modules for part in parts)
    scene = scene_of(parts if study else [modules, *parts])
    return _widget(modules, scene) if runs() else Card(modules)


def runs() -> bool:
    """Whether the code is in a notebook's kernel, and widgets are installed."""
    shell = sys.modules.get("IPython")
    running = None if shell is None else shell.get_ipython()
    return getattr(running, "kernel", None) is not None and find_spec("anywidget") is not None


def _widget(modules: Modules, scene: Scene) -> object:
    """The widget; its class is made here, so that nothing but a notebook needs the package that it is of."""
    import anywidget  # pyright: ignore[reportMissingImports]
    import traitlets  # pyright: ignore[reportMissingImports]
    from torch import Tensor

    script, style = front_end()

    class Explorer(anywidget.AnyWidget):
        """The explorer of some modules: `selection` is what was clicked, numbers of modules or None."""

        _esm = script + MOUNT
        _css = style
        scene = traitlets.Dict().tag(sync=True)
        selection = traitlets.Dict({"A": None, "B": None}).tag(sync=True)

        @property
        def neurons(self) -> Tensor:
            """The neurons of module A (k,), none before it is chosen."""
            chosen = self.selection.get("A")
            return modules.labels.new_zeros(0) if chosen is None else modules.blocks[chosen]

        def frame(self) -> Any:
            """The rows of `modules.to_frame()` for these neurons."""
            return modules.to_frame().iloc[self.neurons.tolist()]

        def _repr_mimebundle_(self, **options: Any) -> Any:
            """The widget, and the static card for what cannot show it."""
            bundle = super()._repr_mimebundle_(**options)
            data, *rest = bundle if isinstance(bundle, tuple) else (bundle,)
            card = {"text/html": modules_card(modules)}
            both = {**data, **card} if isinstance(data, Mapping) else card
            return (both, *rest) if isinstance(bundle, tuple) else both

    return Explorer(scene=scene)
