"""What is wrong on the command line is said in one line, before anything is loaded, made or written."""

import subprocess
import sys

import pytest

from ipml.cli import COMMANDS, main
from ipml.cli.config_groups import groups_of
from ipml.config import compose_config, keys_of
from ipml.errors import InputError

CASES = [
    (["trian"], "trian: not a command, did you mean train?; allowed: ingest, "),
    (["train", "modle=mapping"], "modle: no such key in the configuration of train, did you mean model?"),
    (["train", "model.n_fold=3"], "did you mean model.n_folds?; allowed: stage, n_folds, "),
    (["train", "model.network.page_atention=x"], "did you mean model.network.page_attention?"),
    (["train", "trainer=tpu"], "trainer=tpu: not a choice; allowed: cpu, "),
    (["train", "trainer=ddp", "trainer.devices=0"], "trainer.devices=0: allowed: a number from 1, "),
    (["train", "mapping"], "mapping: keys are set as KEY=VALUE"),
    (["train", "=3"], "=3: keys are set as KEY=VALUE"),
    (["train", "~seed"], "~seed: keys are set as KEY=VALUE"),
    (["train", "--model", "mapping"], "--model: no such flag; keys are set as KEY=VALUE"),
    (["train", "data.root=["], "data.root=[: the value cannot be read"),
    (["train", "model=[dual_attn,mapping]"], "model=[dual_attn,mapping]: one choice is needed"),
    (["train", "model.network=3"], "model.network=3: keys of their own are needed, as model.network.word_scores="),
    (["train", "seed=[1]"], "seed=[1]: one value is needed, as seed=0"),
    (["train", "model.network.page_attention=foo"], "=foo: not a choice; allowed: sparsemax, entmax15, softmax"),
    (["train", "model.max_epochs=-5"], "model.max_epochs=-5: at least 1 is needed"),
    (["train", "model=mapping"], "firm_type: model=mapping needs one; allowed: high_growth, "),
    (["train", "language=xx"], "language=xx: embeddings=simulated has no vectors of it; allowed: ja, en, zh"),
    (["train", "data=corpus"], "data.root: a value is needed, for example data.root=…"),
    (["sweep", "debug=fast"], "debug=fast: not in a sweep; set single keys, as model.max_epochs=1"),
    (["train", "tracking.uri=here"], "tracking.uri=here: allowed: null, a database or a server"),
    (["train", "model=mapping_pooled", "ckpt_path=a/1"], "ckpt_path=a/1: mapping_pooled has no weights to start from"),
    (["train", "model=fused_alignment", "ckpt_path=a/1"], "ckpt_path=a/1: fused_alignment has no weights to start"),
    (["train", "model=alignment", "ckpt_path=a/1"], "ckpt_path=a/1: alignment with ClosedFormMap has no weights"),
    (["evaluate", "countries=JP"], "countries=JP: a list is needed, as countries=[JP,US,CN]"),
    (["evaluate", "countries=[XX]"], "countries=XX: not a choice; allowed: JP, US, CN"),
    (["differences", "pair=[XX-old,JP-established]"], "pair=[XX-old,JP-established]: two groups are needed"),
    (["specification_curve", "pair=[a,b]"], "pair=[a,b]: two groups are needed"),
    (["score", "model=foo"], "model=foo: allowed: NAME@ALIAS or NAME/VERSION"),
    (["score"], "data.root, registered_model: values are needed, for example "),
    (["train", "model.optimizer.lr=x"], "model.optimizer.lr=x: a number is needed, as model.optimizer.lr=0.01"),
    (["train", "model.optimizer.lr=[1]"], "model.optimizer.lr=[1]: one value is needed, as model.optimizer.lr=0.01"),
    (["train", "model.optimizer.lr=null"], "model.optimizer.lr=null: a number is needed"),
    (["train", "data=corpus", "data.root=/nowhere"], "data.root=/nowhere: no such folder"),
    (["differences", "pair=JP-established"], "pair=JP-established: two groups are needed, as [JP-established,"),
    (["score", "model=null", "data.root=x"], "model=null: allowed: NAME@ALIAS or NAME/VERSION"),
    (["train", "model.n_folds=null"], "model.n_folds=null: a whole number is needed"),
    (["train", "model.network.dropout=nan"], "model.network.dropout=nan: 0 to 0.99 is needed"),
    (["evaluate", "countries=null"], "countries=null: a list with at least one entry is needed"),
    (["train", "firm_type=big"], "firm_type=big: not a choice; allowed: high_growth, established, multinational, null"),
    (["train", "language=null"], "error: language=null: embeddings=simulated has no vectors of it; allowed: ja, "),
    (["train", "reference_language=xx"], "reference_language=xx: not a choice; allowed: en, ja, zh; another one needs"),
    (["train", "country=null"], "country=null: one choice is needed"),
    (["run", "study=null"], "study=null: one choice is needed; without study= there is the default, or none"),
    (["run", "+study=null"], "+study=null: one choice is needed"),
    (["promote", "study=null"], "study=null: one choice is needed"),
    (["train", "debug=null"], "debug=null: one choice is needed"),
    (["sweep", "debug=null"], "debug=null: one choice is needed"),
    (["registry", "tracking.uri=sqlite:///"], "tracking.uri=sqlite:///: a database in memory is gone when the command"),
    (["train", "country=12E4"], "country=12E4: not a choice; allowed: CN, "),
    (["train", "namespace=../../x"], "namespace=../../x: letters, digits, _ . and - are allowed in a name, "),
    (["train", "namespace=it's"], "namespace=it's: letters, digits, "),
    (["train", "namespace=a:b"], "namespace=a:b: letters, digits, "),
    (["train", "namespace=a@b"], "namespace=a@b: letters, digits, "),
    (["train", "namespace=.a"], "namespace=.a: letters, digits, "),
    (["train", "namespace=a\u200bb"], "letters, digits, _ . and - are allowed in a name"),
    (["train", "namespace=a\tb"], "letters, digits, _ . and - are allowed in a name"),
    (["train", f"namespace={'x' * 101}"], "101 characters; a name has at most 100"),
    (["run", "study.name=../x"], "study.name=../x: letters, digits, "),
    (["sweep", "sweep.name=a/b"], "sweep.name=a/b: letters, digits, "),
    (["promote", "models=[a/b]"], "models=a/b: allowed: NAME, NAME@ALIAS or NAME/VERSION"),
    (["registry", "models=[it's]"], "models=it's: allowed: NAME, NAME@ALIAS or NAME/VERSION"),
    (["score", "model=it's@champion", "data.root=x"], "model=it's@champion: allowed: NAME@ALIAS or NAME/VERSION"),
    (["keywords", "inputs.model=a/b"], "inputs.model=a/b: letters, digits, "),
    (["evaluate", "inputs.alias=it's"], "inputs.alias=it's: letters, digits, "),
    (["train", "+tracking.params={a@b: 1}"], "=a@b: letters, digits, _ . and - are allowed in a name, "),
    (["train", "--cfg", "foo"], "--cfg foo: not a choice; allowed: job, hydra, all"),
    (["train", "--info=foo"], "--info foo: not a choice; allowed: all, config, "),
    (["train", "hydra.searchpath=[/nowhere]"], "hydra.searchpath=/nowhere: no such folder"),
    (["train", "hydra.searchpath=/nowhere"], "hydra.searchpath=/nowhere: a list of folders is needed, as hydra."),
    (["train", "tracking.tags.a=b"], "tracking.tags.a: keys are added by +, as +tracking.tags.a=…"),
    (["train", "tracking.params={a: 1}"], "tracking.params: keys are added by +, as +tracking.params.NAME=…"),
    (["train", "tracking.tags=[1]"], "tracking.tags=[1]: another kind of value is needed, as +tracking.tags.NAME=…"),
    (["train", "--config-dir"], "--config-dir: a value is needed"),
    (["train", "--config-dir", "/nowhere"], "hydra.searchpath=/nowhere: no such folder"),
    (["run", "study=no/such.yaml"], "study=no/such.yaml: no such file; /"),
    (["train", "seed=1\n2\x1b[31m"], "error: seed=1 2 [31m: a number is needed"),
    (["train", "lr=0.01"], "lr: no such key in the configuration of train, did you mean model.optimizer.lr?"),
    (["train", "min_firms=3"], "; there is model.min_firms of model=mapping, mapping_ident"),
    (["train", "data=corpus", "data.root=nowhere"], "data.root=nowhere: no such folder; /"),
    (["train", "data.root=/"], "not a simulated world; firms of your own are read by data=corpus data.root=/"),
    (["evaluate", "+evaluators.pair.a={_target_: no.Such}"], "evaluators.pair.a._target_=no.Such: No module "),
    (["evaluate", "evaluators.pair.parts._target_=builtins.No"], "evaluators.pair.parts._target_=builtins.No: "),
    (["evaluate", "+evaluators.pair.parts.a=1"], "evaluators.pair.parts.a: ipml.evaluation.rows.parts.Parts takes no"),
    (["evaluate", "+evaluators.pair.mine={a: 1}"], "evaluators.pair: mine needs a class, as mine._target_="),
]  # fmt: skip


@pytest.mark.parametrize(("words", "said"), CASES, ids=[" ".join(words) for words, _ in CASES])
def test_a_mistake_is_one_line_and_nothing_is_written(words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("IPML_HOME", str(tmp_path / "home"))
    assert main(words) == 2
    output = capsys.readouterr()
    (line,) = output.err.splitlines()
    assert line.startswith("error: ")
    assert said in line
    assert output.out == ""
    assert not (tmp_path / "home").exists()


def test_a_mistake_is_said_before_torch_is_loaded():
    code = (
        "import sys\n"
        "from ipml.cli import main\n"
        "print(main(['differences', 'pair=[XX-old,JP-established]']), 'torch' in sys.modules, 'pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "2 False False\n"
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_every_group_of_every_command_names_its_choices(command):
    for group in groups_of(command):
        if group.parents:
            continue
        with pytest.raises(InputError) as caught:
            compose_config(command, [f"{group.key}=nothing"])
        assert str(caught.value) == f"{group.key}=nothing: not a choice; allowed: {', '.join(group.choices)}"


def test_every_misspelt_key_of_training_is_met_with_one_that_exists():
    config = compose_config("train")
    keys = keys_of(config)
    assert {"model.network.dropout", "country.language", "data.world.pages.mean"} <= set(keys)
    for key in ("firm_typ", "model.patiense", "data.world.scal", "trainer.acelerator"):
        with pytest.raises(InputError, match=r"did you mean [\w.]+\?; allowed: ") as caught:
            compose_config("train", [f"{key}=1"])
        assert str(caught.value).split("did you mean ")[1].split("?")[0] in keys
