"""Whether the network can learn a few firms by heart, as it must if its gradients are right."""

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from ipml.console import print_verdict
from ipml.corpus import Corpus
from ipml.corpus.labels import labelled_firms
from ipml.dual_attention.bundle import network_logits
from ipml.dual_attention.data.data_module import SiteData
from ipml.dual_attention.data.sites import read_sites
from ipml.dual_attention.network.factory import reading_of
from ipml.dual_attention.settings import DualAttentionTraining
from ipml.dual_attention.training.cross_fitting import train_network
from ipml.errors import InputError
from ipml.text import open_language


def overfit(settings: DualAttentionTraining, corpus: Corpus) -> float:
    """Train on a few firms, half of them with patents, and say whether the network knows them afterwards.

    Parameters
    ----------
    settings
        Of ``ipml train model=dual_attn debug=overfit``.
    corpus
        Firms with ``has_patent`` and their pages.

    Returns
    -------
    Loss after training, as a share of that of a coin.

    Raises
    ------
    InputError
        If the loss stays above ``debug.greatest_loss``, or there are too few firms of a class.
    """
    if settings.debug is None or settings.debug.cases is None or settings.debug.greatest_loss is None:
        raise InputError("debug: needed: debug=overfit")
    model, country, half = settings.model, settings.country.name, settings.debug.cases // 2
    firms, _ = labelled_firms(corpus, country)
    chosen = firms.groupby("has_patent", sort=True).head(half)
    if len(chosen) < 2 * half:
        raise InputError(f"debug.cases={settings.debug.cases}: {country} has fewer firms of one class")
    sites = read_sites(
        corpus,
        chosen.index.tolist(),
        open_language(settings.embeddings, settings.language),
        settings.country.page_kinds,
        **reading_of(model.model_dump()),
    )
    labels = chosen.loc[list(sites.firm_ids), "has_patent"].to_numpy(dtype=np.float32)
    every = np.arange(len(sites))
    data = SiteData(
        sites, labels, every, every, test=every[:0], batch_size=model.batch_size, seed=settings.seed
    )
    network = train_network(data, model, settings.trainer, settings.seed, f"overfit {country}")
    logits = torch.from_numpy(network_logits(network, sites, every))
    loss = float(binary_cross_entropy_with_logits(logits, torch.from_numpy(labels).double()))
    share = loss / float(np.log(2))
    line = f"overfit: {len(every)} firms, training loss {loss:.4f}, {share:.1%} of a coin's"
    print_verdict(line, share, settings.debug.greatest_loss)
    return share
