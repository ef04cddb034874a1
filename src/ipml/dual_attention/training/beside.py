"""What is fitted beside a fold's network: a bag of words, and classifiers of the whole text."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ipml.dual_attention.bag_of_words import Codes, fit_bag_of_words, term_counts
from ipml.dual_attention.bundle import FoldModel, network_logits
from ipml.dual_attention.data.data_module import SiteData
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.network.module import DualAttentionNetwork
from ipml.dual_attention.settings import DualAttentionModel
from ipml.dual_attention.stack.blocks import make_blocks, text_cache
from ipml.dual_attention.stack.stacking import Block, choose_share, fit_stack
from ipml.reach import Reach


@dataclass(frozen=True)
class Beside:
    """Features of all F firms, and how to fit on them.

    Attributes
    ----------
    model
        Used are ``class_weight`` and ``stack``.
    groups
        Firms of one name are in one part of every split, (F,).
    seed
        Of inner folds.
    counts
        Counts of terms, CSR (F, N); None: no bag of words.
    blocks
        Features for the stack by name; None: no stack.
    """

    model: DualAttentionModel
    groups: npt.NDArray[np.object_]
    seed: int
    counts: sparse.csr_matrix | None
    blocks: Mapping[str, Block] | None


def prepare_beside(
    sites: Sites,
    model: DualAttentionModel,
    terms: Codes,
    n_words: int,
    groups: npt.NDArray[np.object_],
    seed: int,
) -> Beside:
    """Compute the features of all firms that the settings ask for.

    Parameters
    ----------
    terms, n_words
        Terms of the bags of words, coded in a vocabulary of ``n_words``.
    groups, seed
        As `Beside` keeps them.
    """
    counts = term_counts(sites, n_words, terms) if model.bag_of_words else None
    blocks = None
    if model.stack is not None:
        blocks = make_blocks(sites, model.stack.model_dump(), text_cache(Reach.of_now()))
    return Beside(model, groups, seed, counts, blocks)


def finished_fold(network: DualAttentionNetwork, data: SiteData, beside: Beside) -> FoldModel:
    """Make the fold model of a trained network, with what is asked for beside it.

    A bag of words is fitted on the training firms, a stack on the validation firms too, which it scores by classifiers
    that have not seen them. The validation firms decide on the shares.
    """
    training, validation = data.parts["training"], data.parts["validation"]
    model, labels = beside.model, data.labels
    logits = network_logits(network, data.sites, validation)
    fold = FoldModel(network)
    if beside.counts is not None:
        bag = fit_bag_of_words(beside.counts, labels, training, validation, logits, model.class_weight)
        logits = bag.mix(logits, beside.counts[validation])
        fold = replace(fold, bag=bag)
    if beside.blocks is not None and model.stack is not None:
        seen = np.concatenate([training, validation])
        stack, own = fit_stack(
            beside.blocks,
            labels,
            seen,
            beside.groups,
            model.class_weight,
            beside.seed,
            model.stack.landmarks,
        )
        stack = choose_share(stack, logits, own[len(training) :], labels[validation], model.class_weight)
        fold = replace(fold, stack=stack)
    return fold
