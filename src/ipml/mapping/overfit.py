"""Whether gradient descent can learn a few pairs of vectors by heart, as it must if its gradients are right."""

import numpy as np
from omegaconf import DictConfig

from ipml.console import print_verdict
from ipml.corpus import Corpus
from ipml.errors import InputError
from ipml.linear_map.data import PairsData
from ipml.linear_map.fitting import fit_linear_map
from ipml.mapping.centre import choose_centre
from ipml.mapping.parts import Pairs, pairs
from ipml.vectors.stage import read_vectors


def overfit(config: DictConfig, corpus: Corpus) -> float:
    """Train on a few firms and say whether the matrix converts them afterwards.

    Parameters
    ----------
    config
        Of ``ipml train model=mapping_sgd debug=overfit``.
    corpus
        The corpus the firm vectors were made from.

    Returns
    -------
    Squared error after training, as a share of that of the identity.

    Raises
    ------
    InputError
        If the error stays above ``debug.greatest_loss``, or the solver is none that is trained.
    """
    solver = config.model.map.module._target_.rpartition(".")[2]
    if solver != "GradientMap":
        raise InputError(f"debug=overfit: {solver} is solved, not trained; allowed: model=mapping_sgd")
    country, firm_type = config.country.name, config.firm_type
    every, _ = read_vectors(config, corpus, country)
    whole = pairs(every.of_type(firm_type), config.model.direction, choose_centre(config).vector)
    few = Pairs(whole.source[: config.debug.cases], whole.target[: config.debug.cases])
    description = f"overfit {country} {firm_type}"
    fitted = fit_linear_map(
        config.model.map, config.trainer, PairsData(few, None, few, seed=config.seed), description
    )
    error = float(np.square(few.source @ fitted.matrix.T - few.target).sum())
    start = np.eye(few.target.shape[1], few.source.shape[1])
    share = error / float(np.square(few.source @ start.T - few.target).sum())
    line = f"overfit: {len(few.source)} firms, squared error {share:.1%} of the identity's"
    print_verdict(line, share, config.debug.greatest_loss)
    return share
