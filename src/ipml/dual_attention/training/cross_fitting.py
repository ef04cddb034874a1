"""Training of one fold, and of all folds so that each firm is scored by a model that has not seen it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback, EarlyStopping
from pytorch_lightning.loggers import Logger

from ipml.console import console, progress
from ipml.corpus import stratified_part
from ipml.dual_attention.bag_of_words import frequent_terms
from ipml.dual_attention.bundle import Bundle, FoldModel, Member, member_name, no_scores
from ipml.dual_attention.data.data_module import Firms, SiteData
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.network.factory import make_network, saved_settings
from ipml.dual_attention.network.module import DualAttentionNetwork
from ipml.dual_attention.network.standardisation import fit_standardisation
from ipml.dual_attention.settings import DualAttentionModel
from ipml.dual_attention.training.beside import finished_fold, prepare_beside
from ipml.dual_attention.training.ddp import ProcessSettings, check_shares, in_several_processes, queue_logger
from ipml.dual_attention.training.ensemble import keep_models
from ipml.dual_attention.training.fold_checkpoints import FoldCheckpoints
from ipml.dual_attention.training.folds import fold_of_sites, same_pages
from ipml.dual_attention.training.lightning_module import BestWeights, DualAttentionModule, EpochProgress
from ipml.dual_attention.training.predictive_pages import predictive_query
from ipml.errors import InputError
from ipml.quiet import quiet_lightning
from ipml.settings import Trainer
from ipml.statistics.classification import classification_metrics
from ipml.targets import make
from ipml.tracking.epoch_loggers import LoggerFactory, no_loggers
from ipml.tracking.runs import Listener

NO_CHECKPOINTS = FoldCheckpoints()


def train_network(
    data: SiteData,
    model: DualAttentionModel,
    trainer: Trainer,
    seed: int,
    description: str,
    loggers: Sequence[Logger] = (),
    start: Mapping[str, torch.Tensor] | None = None,
    **network_options: Any,
) -> DualAttentionNetwork:
    """Train one network on the training firms of ``data``; early stopping on its validation firms.

    Parameters
    ----------
    data
        Sites, labels and parts.
    model
        Used are ``network``, ``encoder``, ``optimizer``, ``class_weight``, ``max_epochs``, ``patience``, ``threads``.
    trainer
        Makes Lightning's trainer.
    seed
        Of the initial weights and of dropout; the global random state is left as it was.
    description
        Text of the progress line.
    start
        Weights of a trained network of the same settings to go on from; they count as an epoch, so that what comes out
        has no higher validation loss. None: initial weights.
    network_options
        Replace those of ``model.network``, as ``attention=False``.

    Returns
    -------
    The network with the weights of its best epoch, in evaluation mode, on the CPU.
    """
    with (
        torch.random.fork_rng(),
        cpu_threads(model.threads),
        quiet_lightning(),
        progress(description, model.max_epochs) as step,
    ):
        torch.manual_seed(seed)
        network = make_network(saved_settings(model), *data.sites.vectors.shape[::-1], **network_options)
        data.make_batch = network.batch
        if start is not None:
            network.load_state_dict(start)
        else:
            prepare(network, data, seed)
        balance = class_balance(data.labels[data.parts["training"]]) if model.class_weight else 1.0
        module = DualAttentionModule(network, partial(make, "model.optimizer", model.optimizer), balance)
        callbacks: list[Callback] = [BestWeights(), EarlyStopping("val/loss", patience=model.patience)]

        def advance(metrics: Mapping[str, Any]) -> None:
            if "val/loss" in metrics:
                text = f"{description}, validation loss {float(metrics['val/loss']):.4f}"
                step.advance(description=text)

        with ExitStack() as stack:
            if in_several_processes(trainer):
                if start is not None:
                    raise InputError("ckpt_path: goes on in one process; leave out trainer=ddp")
                callbacks.append(ProcessSettings(model.threads, seed))
                loggers = [stack.enter_context(queue_logger(loggers, advance))]
            else:
                callbacks.append(EpochProgress(advance))
            pl_trainer: pl.Trainer = make(
                "trainer", trainer, max_epochs=model.max_epochs, callbacks=callbacks, logger=list(loggers)
            )
            check_shares(data.batch_size, pl_trainer.world_size)
            if start is not None:
                pl_trainer.validate(module, datamodule=data, verbose=False)
            pl_trainer.fit(module, datamodule=data)
    return network.cpu().eval()


def cross_fit(
    sites: Sites,
    labels: npt.NDArray[np.floating],
    model: DualAttentionModel,
    trainer: Trainer,
    seed: int,
    loggers: LoggerFactory = no_loggers,
    description: str = "dual attention",
    on_fold: Listener | None = None,
    start: Bundle | None = None,
    checkpoints: FoldCheckpoints = NO_CHECKPOINTS,
    groups: npt.NDArray[np.object_] | None = None,
    **network_options: Any,
) -> Bundle:
    """Train one model a fold and seed, each on the labelled firms outside its fold.

    Parameters
    ----------
    sites
        Sites of the firms.
    labels
        1 holds patents, 0 holds none, NaN unknown, (F,).
    model, trainer
        As for `train_network`.
    seed
        Of folds and networks; network s of a fold has the seeds of one trained with ``seed + s * n_folds``.
    loggers
        Loggers of a network, which is named ``fold_0`` and so on, of further seeds ``fold_0_seed_1``.
    on_fold
        Called after each fold with the cross-fitted AUC of the firms of the folds so far, and the number of these
        folds; not while all these firms are of one class.
    start
        Fold models with the same folds to go on from, as `open_start` gives them.
    checkpoints
        Where finished folds are kept, and found again.
    groups
        Firms of one name are in one fold and one part of it, (F,); None: those whose pages are the same.

    Raises
    ------
    InputError
        If a training or validation part would be without firms of one class.
    """
    labelled = np.flatnonzero(~np.isnan(labels))
    firm_ids = np.asarray(sites.firm_ids, dtype=object)
    groups = same_pages(sites) if groups is None else groups
    fold = fold_of_sites(sites, labels, model.n_folds, seed, groups)
    words = list(sites.words) if model.network.word_bias or model.bag_of_words else []
    terms = frequent_terms(sites, len(words), model.bag_of_words)
    beside = prepare_beside(sites, model, terms, len(words), groups, seed)
    untrained = partial(make_network, saved_settings(model), *sites.vectors.shape[::-1], **network_options)
    folds: list[FoldModel] = []
    members: list[Member] = []
    dropped: list[str] = []
    scores = no_scores(sites)
    with progress(f"{description}: folds", model.n_folds) as step:
        for number in range(model.n_folds):
            seen = labelled[fold != number]
            held_back = stratified_part(
                firm_ids[seen], labels[seen], model.validation_share, seed, "validation", groups[seen]
            )
            parts = {"training": seen[~held_back], "validation": seen[held_back]}
            check_classes(parts, labels, number)
            trained: list[FoldModel] = []
            for again in range(model.n_seeds):
                member, own_seed = (number, again), seed + again * model.n_folds
                data = SiteData(
                    sites,
                    labels,
                    **parts,
                    test=np.zeros(0, np.int64),
                    batch_size=model.batch_size,
                    seed=own_seed,
                )
                line = f"{description}: fold {number + 1} of {model.n_folds}"
                if model.n_seeds > 1:
                    line += f", network {again + 1} of {model.n_seeds}"
                known = checkpoints.read(member, untrained)
                if known is None:
                    network = train_network(
                        data,
                        model,
                        trainer,
                        own_seed + number,
                        line,
                        loggers(member_name(member)),
                        None if start is None else start.weights(member),
                        **network_options,
                    )
                    known = finished_fold(network, data, beside)
                    checkpoints.write(member, known)
                else:
                    console.print(f"{line}: kept from a run that was stopped", highlight=False)
                trained.append(known)
            kept = keep_models(trained, sites, labels, parts["validation"], model.min_overlap)
            folds += [trained[again] for again in kept.numbers]
            members += [(number, again) for again in kept.numbers]
            dropped += kept.dropped(number)
            step.advance()
            if on_fold is not None:
                for known in folds[-len(kept.numbers) :]:
                    held_out = labelled[fold == number]
                    known.add_probabilities(
                        scores, sites, held_out, beside.counts, 1 / len(kept.numbers), beside.blocks
                    )
                done = labelled[fold <= number]
                auc = classification_metrics(labels[done] > 0, scores.probabilities[done])["auc"]
                if not np.isnan(auc):
                    on_fold(float(auc), number + 1)
    for name in dropped:
        console.print(f"{description}: dropped {name}", highlight=False)
    fold_of_firm = dict(start.fold_of_firm) if start else {}  # what those firms taught is in the weights
    fold_of_firm.update(zip(firm_ids[labelled].tolist(), fold.tolist(), strict=True))
    return Bundle(
        folds,
        fold_of_firm,
        words,
        terms,
        {"dropped": dropped, "model": saved_settings(model)},
        members=members,
    )


def prepare(network: DualAttentionNetwork, data: SiteData, seed: int) -> None:
    """Set what a new network takes from its training firms: the standardisation, and a predictive page query."""
    firms, sites = data.parts["training"], data.sites
    if network.standardise:
        network.set_standardisation(fit_standardisation(sites.counts, sites.pages_of(firms), sites.vectors))
    if network.scores_all_words and network.attention:
        query = predictive_query(sites, data.labels, firms, network.standardisation, seed)
        with torch.no_grad():
            network.page_query.copy_(network.score_scale * torch.from_numpy(query))


def class_balance(labels: npt.NDArray[np.floating]) -> float:
    """Compute the weight of a firm with patents at which both classes count the same."""
    return float((labels == 0).sum() / (labels == 1).sum())


def check_classes(parts: Mapping[str, Firms], labels: npt.NDArray[np.floating], fold: int) -> None:
    """Refuse a part in which a class is missing."""
    for part, firms in parts.items():
        with_patents = int(labels[firms].sum())
        if with_patents in (0, len(firms)):
            raise InputError(
                f"model.n_folds: the {part} part of fold {fold + 1} has {with_patents} firms with and "
                f"{len(firms) - with_patents} without patents; needed: some of both (fewer folds, "
                "or more firms; those with the same pages are in one fold)"
            )


@contextmanager
def cpu_threads(number: int) -> Iterator[None]:
    """Let PyTorch use so many threads of the CPU while the block runs."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
