"""The notebook, on the smallest world that has all groups."""

import json
import re
import sys

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from tests.conftest import REPOSITORY
from tests.small_study import GROUP, TINY

NOTEBOOK = REPOSITORY / "notebooks" / "study.ipynb"


class ThisPython(KernelSpecManager):
    """Runs every notebook with the interpreter of the tests, whatever kernels the machine knows."""

    def get_kernel_spec(self, kernel_name):
        return KernelSpec(argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"])


def test_it_is_kept_without_results_and_says_that_it_is_simulated():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    assert all(
        cell.execution_count is None and not cell.outputs
        for cell in notebook.cells
        if cell.cell_type == "code"
    )
    assert "simulated" in notebook.cells[0].source
    (parameters,) = (cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    assert parameters.source == "overrides = []"


@pytest.mark.slow
@pytest.mark.xdist_group(GROUP)
def test_it_runs_from_beginning_to_end(small_study, monkeypatch):
    """Where the study is there already: its command keeps the stages and evaluates again."""
    monkeypatch.setenv("IPML_HOME", str(small_study.home))
    monkeypatch.chdir(small_study.home)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = f"overrides = {json.dumps(TINY)}"
    kernel = AsyncKernelManager(kernel_spec_manager=ThisPython())
    NotebookClient(notebook, km=kernel, timeout=600).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    printed = "".join(output.get("text", "") for cell in code for output in cell.outputs)
    assert "mapping-JP-established version 1" in printed
    assert "intervals cover the planted angle (simulated)" in printed
    assert float(re.search(r"largest difference of an entry of A: (\S+)", printed)[1]) < 1e-6
    assert any("image/png" in output.get("data", {}) for cell in code for output in cell.outputs)
