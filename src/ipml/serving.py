"""A registered model in three lines, loaded without MLflow's own way, which runs the code file beside a model.

>>> from ipml import load_model                                              # doctest: +SKIP
>>> model = load_model("dual_attn-JP@champion")                              # doctest: +SKIP
>>> model.predict(pandas.DataFrame({"firm_id": ["a"], "text": ["半導体"]}))   # doctest: +SKIP
"""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import ModelSignature
from mlflow.pyfunc import PythonModel, PythonModelContext

from ipml.config import compose_settings
from ipml.errors import InputError, choice_error
from ipml.reach import Download
from ipml.tracking import Lineage, Workspace
from ipml.tracking.model_files import model_kind

MODULES = {
    "dual_attention": "ipml.dual_attention.serving",
    "alignment": "ipml.alignment.serving",
    "fused_alignment": "ipml.alignment.serving",
    "conversion": "ipml.mapping.serving",
    "pooled_conversion": "ipml.mapping.pooled.serving",
}


@dataclass(frozen=True)
class LoadedModel:
    """A registered model that is ready to predict.

    Attributes
    ----------
    name, version, lineage
        As registered.
    folder
        Its files.
    """

    name: str
    version: str
    lineage: Lineage
    folder: Path
    _model: PythonModel
    _parameters: tuple[str, ...]

    def predict(self, table: pd.DataFrame, **parameters: Any) -> pd.DataFrame:
        """Take a table of texts and return the model's table; which ones, docs/tracking.md says for each model.

        Raises
        ------
        InputError
            For a column, a text or a parameter that does not fit.
        """
        for name, value in parameters.items():
            if name not in self._parameters:
                allowed = ", ".join(self._parameters)
                raise InputError(f"{name}={value}: not a parameter of {self.name}; allowed: {allowed}")
        found: pd.DataFrame = self._model.predict(None, table, parameters)
        return found


def load_model(
    reference: str, overrides: Sequence[str] = (), *, allow_download: Download = False
) -> LoadedModel:
    """Load a registered model; only its tensors and settings are read, and checked against their hashes.

    Parameters
    ----------
    reference
        ``NAME@ALIAS`` or ``NAME/VERSION``, as ``dual_attn-JP@champion``.
    overrides
        As on the command line, for example ``["tracking.uri=http://127.0.0.1:5000"]``; with none, the registry is in
        the current folder or ``IPML_HOME``. ``model_folders=[DIR]`` lets the model read word vectors there, too.
    allow_download
        Fetch an encoder that the model names and that is not on this machine: ``"with_token"`` as its user.

    Raises
    ------
    InputError
        If there is no such model, its files are not those that were registered, or what it needs is not installed.
    """
    workspace = Workspace(compose_settings("registry", overrides))
    registered = workspace.find_model(reference)
    kind = model_kind(registered.folder)
    if kind not in MODULES:
        raise choice_error(f"kind of {registered.folder}", kind, MODULES)
    module = importlib.import_module(MODULES[kind])
    model = module.Served()
    model.reach = replace(workspace.reach, download=allow_download or workspace.reach.download)
    model.load_context(PythonModelContext({"model": str(registered.folder)}, None))
    signature: ModelSignature = module.signature()
    return LoadedModel(
        registered.name,
        registered.version,
        registered.lineage,
        registered.folder,
        model,
        tuple(param.name for param in signature.params or ()),
    )
