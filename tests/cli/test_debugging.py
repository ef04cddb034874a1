"""``debug=``: small trainings that register nothing, on the firms of a raw corpus."""

import pytest

from ipml.cli import main
from ipml.cli.config_groups import choices_of
from ipml.cli.train import PROFILE
from ipml.commands import TRAININGS
from ipml.config import compose_config, compose_settings
from ipml.errors import InputError
from ipml.tracking import Workspace
from tests.cli.raw_corpus import write_raw_corpus

MODELS = ["dual_attn", "alignment", "fused_alignment", "mapping", "mapping_sgd", "mapping_pooled"]


def train(folder, *overrides):
    raw = folder / "raw"
    if not raw.exists():
        write_raw_corpus(raw)
    corpus = ["country=US", "data=corpus", f"data.root={raw}"]
    vectors = ["embeddings=vec", f"embeddings.languages.en.vectors.path={raw / 'words.vec'}"]
    return main(["train", *corpus, *vectors, *overrides])


@pytest.mark.parametrize("choice", choices_of("debug"))
def test_a_choice_sets_only_keys_that_its_stages_have(choice):
    stages = set()
    for model in MODELS:
        overrides = [f"model={model}", f"debug={choice}", "firm_type=established"]
        config = compose_config("train", overrides)
        if config.model.stage not in config.debug.model:
            with pytest.raises(
                InputError, match=rf"debug={choice} model\.stage={config.model.stage}: not a choice"
            ):
                compose_settings("train", overrides)
            continue
        smaller = compose_settings("train", overrides)
        stages.add(config.model.stage)
        assert smaller.register is False
        assert config.register is True
        assert set(smaller.model.model_dump()) == set(config.model)
    assert stages == (set(TRAININGS) if choice != "overfit" else {"dual_attn", "mapping"})


def test_fast_makes_one_epoch_tags_the_run_and_registers_nothing(home, capsys):
    assert train(home, "debug=fast", "model.max_epochs=30") == 0
    assert "not registered" in capsys.readouterr().out
    client = Workspace(compose_settings("registry")).client
    (run,) = client.search_runs(["1"])
    assert run.data.tags["ipml.debug"] == "fast"
    assert len(client.get_metric_history(run.info.run_id, "fold_1/val/loss")) == 1
    assert "fold_2/val/loss" not in run.data.metrics
    assert not client.search_registered_models()


@pytest.mark.slow
def test_profile_writes_where_the_time_went(home, capsys):
    assert train(home, "debug=profile", "debug.shown=5") == 0
    assert "due to restriction <5>" in capsys.readouterr().out
    (file,) = (home / "runs" / "dual_attn").glob(f"*/{PROFILE}")
    assert "(cross_fit)" in file.read_text()


@pytest.mark.slow
def test_overfit_passes_and_fails(home, capsys):
    assert train(home, "debug=overfit") == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("overfit: ")]
    assert line.startswith("overfit: 16 firms, training loss 0.0")
    assert line.endswith(": pass")
    assert not (home / "runs").exists()
    # No step, no learning; also what a broken gradient would look like.
    assert train(home, "debug=overfit", "model.optimizer.lr=0.0") == 2
    assert "of a coin's: fail (at most 5.0%, debug.greatest_loss, passes)" in capsys.readouterr().err
    assert train(home, "debug=overfit", "debug.cases=600") == 2
    assert "debug.cases=600: US has fewer firms of one class" in capsys.readouterr().err
