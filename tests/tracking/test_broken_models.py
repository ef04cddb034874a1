"""A registered model that was changed, cut or taken away stops every command that reads it, and is named."""

import shutil
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ipml.cli import main
from ipml.config import compose_settings
from ipml.dual_attention import serving
from ipml.errors import InputError, NotRegisteredError
from ipml.tracking import Workspace, register_model
from ipml.tracking.model_files import SETTINGS, TENSORS, save_model
from tests.vectors.planted import World

GROUP = "country=JP firm_type=established model.min_firms=2"


class SmallStudy(World):
    """Planted firms with the models of a whole study; those that are read first need not work."""

    simulated = False  # it has no planted truth

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.register("dual_attn-JP", "dual_attention")
        self.register("mapping_pooled", "pooled_conversion")
        lexicon = [f"lexicon.{part}={self.root}/lexicon/ja-en.{part}.tsv" for part in ("train", "test")]
        assert self.run("train", "model=alignment", "language=ja", *lexicon) == 0
        for country, code in {"JP": "ja", "US": "en"}.items():
            self.add_keywords(country, code)
            assert self.run("vectors", f"country={country}") == 0
            assert self.run("train", "model=mapping", *GROUP.replace("JP", country).split()) == 0
        assert self.run("promote") == 0
        self._add_evaluation()

    def run(self, command: str, *words: str) -> int:
        """Run a command on these firms."""
        where = [f"paths.root={self.home}"]
        if command not in ("promote", "aligned_vectors", "specification_curve"):
            where += ["data=corpus", f"data.root={self.root}", "namespace=''"]
        if command in ("train", "vectors"):
            where.append("embeddings=simulated")
        return main([command, *where, *words])

    def register(self, name: str, kind: str) -> None:
        with self.workspace.start_run(name, name) as run:
            save_model(run.model_folder, kind, {"a": np.zeros(2)}, {})
            register_model(run, run.name, Path(serving.__file__), serving.signature())

    def _add_evaluation(self) -> None:
        """Save what the specification curve reads of an evaluation."""
        models = "mapping-JP-established/1 mapping-US-established/1"
        row = {"what": "angle", "group": "JP-US established", "direction": "mean", "level": "group"}
        row |= {
            "value": 9.0,
            "low": 8.0,
            "high": 10.0,
            "n1": 40,
            "n2": 40,
            "simulated": True,
            "models": models,
        }
        with self.workspace.start_run("evaluate", "evaluate") as run:
            run.log_table("results", pd.DataFrame([row | {"method": of} for of in ("plug_in", "debiased")]))

    @property
    def workspace(self) -> Workspace:
        return Workspace(compose_settings("registry", [f"paths.root={self.home}"]))

    @contextmanager
    def broken(self, name: str, break_it):
        folder = self.workspace.find_model(f"{name}@champion").folder
        whole = folder.with_name("whole")
        shutil.copytree(folder, whole)
        try:
            break_it(folder)
            yield
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            whole.rename(folder)


@pytest.fixture(scope="module")
def study(tmp_path_factory, tracking_database):
    home = tmp_path_factory.mktemp("study")
    (home / "mlruns").mkdir()
    shutil.copy(tracking_database, home / "mlruns" / "mlflow.db")
    return SmallStudy(home)


def flip_a_byte(folder):
    content = bytearray((folder / TENSORS).read_bytes())
    content[-1] ^= 1
    (folder / TENSORS).write_bytes(content)


def change_a_setting(folder):
    text = (folder / SETTINGS).read_text(encoding="utf-8")
    (folder / SETTINGS).write_text(text.replace('"kind"', '"kin"', 1), encoding="utf-8")


def take_the_settings_away(folder):
    (folder / SETTINGS).unlink()


def take_all_away(folder):
    shutil.rmtree(folder)


BREAKS = [flip_a_byte, change_a_setting, take_the_settings_away, take_all_away]
READERS = {
    "keywords country=JP": "dual_attn-JP",
    "score model=dual_attn-JP@challenger country=JP": "dual_attn-JP",
    "faithfulness country=JP": "dual_attn-JP",
    "picture country=JP firm=JP-000": "dual_attn-JP",
    "vectors country=JP": "alignment-ja-en",
    "aligned_vectors model=alignment-ja-en@champion output=OUTPUT": "alignment-ja-en",
    f"train model=mapping {GROUP}": "alignment-ja-en",
    f"train model=mapping_sgd {GROUP} ckpt_path=mapping-JP-established@champion": "mapping-JP-established",
    "evaluate min_firms=5": "mapping-JP-established",
    "evaluate min_firms=6": "mapping_pooled",
    "evaluate min_firms=7": "alignment-ja-en",
    "differences pair=[JP-established,US-established]": "mapping-US-established",
    "specification_curve pair=[JP-established,US-established]": "mapping-JP-established",
    "promote margin=null": "mapping-JP-established",
}


@pytest.mark.parametrize("break_it", BREAKS)
def test_a_broken_model_is_never_found_as_absent(study, break_it):
    with study.broken("alignment-ja-en", break_it), pytest.raises(InputError) as caught:
        study.workspace.find_model("alignment-ja-en@champion")
    assert not isinstance(caught.value, NotRegisteredError)
    assert str(caught.value).startswith("alignment-ja-en version 1: ")


# Each way of breaking comes up with several commands: all of them read models by the one function tested above.
@pytest.mark.parametrize(
    ("command", "model", "break_it"),
    [(*reader, BREAKS[number % len(BREAKS)]) for number, reader in enumerate(READERS.items())],
)
def test_a_broken_model_stops_the_command_and_is_named(study, command, model, break_it, tmp_path, capsys):
    with study.broken(model, break_it):
        code = study.run(*command.replace("OUTPUT", str(tmp_path / "out.vec")).split())
    (line,) = capsys.readouterr().err.splitlines()
    assert code == 2
    assert line.startswith("error: ")
    assert f"{model} version 1: " in line
    assert "not in the registry" not in line
