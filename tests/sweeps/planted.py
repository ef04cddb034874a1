"""A training that takes no time and whose score is planted: 1 − x²."""

import os
import signal
import sys
import time

from ipml.config import compose_config
from ipml.corpus import CorpusInfo
from ipml.sweeps.stage import sweep
from ipml.tracking import TrainedModel, start_run
from ipml.tracking.runs import report

NAMES = ("lr", "batch_size", "dropout", "word_dropout", "score_scale", "word_scores", "page_attention")
PLANTED = [
    *(f"~sweep.space.{name}" for name in NAMES),
    "+sweep.space.x={key: model.optimizer.lr, kind: float, low: -1.0, high: 1.0}",
    "sweep.reestimate.table=null",
    "~sweep.pruner.n_startup_trials",
    "~sweep.pruner.n_warmup_steps",
    "sweep.pruner._target_=optuna.pruners.NopPruner",
    "heartbeat.interval=1",
    "heartbeat.grace=3",
]
THRESHOLD = (
    "sweep.pruner._target_=optuna.pruners.ThresholdPruner"  # breaks off what is outside of fixed limits
)
CORPUS = CorpusInfo("planted", True, "simulated", None)


def score(config) -> float:
    return 1.0 - config.model.optimizer.lr**2


def train(config) -> TrainedModel:
    """The optimised score is the planted one; the kept-aside one, 0.1 below it, only where it is asked for."""
    with start_run(config, "dual_attn", "dual_attn-JP") as run:
        for step in (1, 2):
            report(score(config), step)
        run.log_metrics({"test/auc": score(config)})
        if config.model.kept_aside.scored:
            unseen = score(config) - 0.1
            run.log_metrics({"kept_aside/auc": unseen, "kept_aside/auc_low": 0, "kept_aside/auc_high": 1})
    return TrainedModel("dual_attn-JP", None, run.id, dict(run.metrics))


def train_slowly(config) -> TrainedModel:
    time.sleep(0.2)
    return train(config)


def killed_once(config) -> TrainedModel:
    """As `train`, but trial 2 kills its process in the middle, the first time."""
    if config.tracking.tags.get("trial") == 2:
        with start_run(config, "dual_attn", "dual_attn-JP"):
            os.kill(os.getpid(), signal.SIGKILL)
    return train(config)


def run(*overrides: str, training=train) -> None:
    words = [*PLANTED, *overrides]
    config = compose_config("sweep", words)
    sweep(config, words, CORPUS, training)


def main() -> None:
    name, *overrides = sys.argv[1:]
    run(*overrides, training=globals()[name])


if __name__ == "__main__":
    main()
