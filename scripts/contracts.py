"""The contract that rooms are entered by their doors; `lint-imports` reads it from pyproject.toml."""

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output


class DoorContract(Contract):
    """A module outside a room imports from the room's `__init__`, never from a module inside it.

    A room is a package. Its own modules, and those of the rooms inside it, may import from each other directly.
    """

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 (the base class's)
        packages = {module.rpartition(".")[0] for module in graph.modules}
        root = self.session_options["root_packages"][0]
        broken = []
        for importer in sorted(graph.modules):
            inside = importer if importer in packages else importer.rpartition(".")[0]
            for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                room = imported.rpartition(".")[0]
                door = imported in packages or room == root or not imported.startswith(f"{root}.")
                if not door and inside != room and not inside.startswith(f"{room}."):
                    broken.append((importer, imported))
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["broken"]:
            output.print_error(f"{importer} imports {imported}: import from {imported.rpartition('.')[0]} instead.")
