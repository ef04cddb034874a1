"""A training that takes no time and whose score is planted: 1 − x²."""

import os
import signal
import sys
import time

from ipml.config import compose_settings
from ipml.corpus import CorpusInfo
from ipml.sweeps.stage import sweep
from ipml.tracking import TrainedModel, Workspace
from ipml.tracking.runs import report_score

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


def score(settings) -> float:
    return 1.0 - settings.model.optimizer["lr"] ** 2


def train(settings) -> TrainedModel:
    """The optimised score is the planted one; the kept-aside one, 0.1 below it, only where it is asked for."""
    with Workspace(settings).start_run("dual_attn", "dual_attn-JP") as run:
        for step in (1, 2):
            report_score(score(settings), step)
        run.log_metrics({"test/auc": score(settings)})
        if settings.model.kept_aside.scored:
            unseen = score(settings) - 0.1
            run.log_metrics({"kept_aside/auc": unseen, "kept_aside/auc_low": 0, "kept_aside/auc_high": 1})
    return TrainedModel("dual_attn-JP", None, run.id, dict(run.metrics))


def train_slowly(settings) -> TrainedModel:
    time.sleep(0.4)
    return train(settings)


def killed_once(settings) -> TrainedModel:
    """As `train`, but trial 2 kills its process in the middle, the first time."""
    if settings.tracking.tags.get("trial") == 2:
        with Workspace(settings).start_run("dual_attn", "dual_attn-JP"):
            os.kill(os.getpid(), signal.SIGKILL)
    return train(settings)


def run(*overrides: str, training=train) -> None:
    words = [*PLANTED, *overrides]
    settings = compose_settings("sweep", words)
    sweep(settings, Workspace(settings), words, CORPUS, training)


def main() -> None:
    name, *overrides = sys.argv[1:]
    run(*overrides, training=globals()[name])


if __name__ == "__main__":
    main()
