"""`DualAttention`: who holds patents, from the pages of a firm's site, as a classifier that names keywords."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from ipml.console import without_progress
from ipml.dual_attention.data.sites import Sites
from ipml.dual_attention.keywords.contrast import fold_contrast
from ipml.dual_attention.keywords.selection import select
from ipml.dual_attention.settings import DualAttentionModel, DualAttentionTraining, KeywordsSettings
from ipml.dual_attention.training.cross_fitting import cross_fit
from ipml.errors import InputError
from ipml.estimators.defaults import RandomState, default_settings, seed_of
from ipml.estimators.pages import Firms, Page, check_firm_ids, labels_of_firms, read_firms, sites_of_firms
from ipml.estimators.word_vectors import WordVectors, vector_table
from ipml.settings import validated
from ipml.text.tokenizers import make_tokenizer

# Parameters that are keys of the configuration group ``model`` under the same name.
_OF_MODEL = (
    "n_folds",
    "validation_share",
    "max_pages",
    "max_tokens",
    "class_weight",
    "batch_size",
    "max_epochs",
    "patience",
)


class DualAttention(ClassifierMixin, TransformerMixin, BaseEstimator):
    """Two attentions, over the words of a page and the pages of a firm, and one linear layer over word vectors.

    Motohashi & Zhu, Technological Forecasting and Social Change 2023 (RIETI DP 23-E-024), section 3. The same networks
    and the same cross-fitting as ``ipml train model=dual_attn``: one network a fold, of whose probabilities a new firm
    gets the mean.

    Parameters
    ----------
    vectors
        Word vectors: a mapping of words to vectors, or words and a matrix of shape (V, d). Cloning copies them.
    tokenizer
        For pages that are texts: ``whitespace``, ``latin``, ``sudachi`` or ``jieba``.
    n_folds, validation_share
        Folds, and the share of a fold's training firms that early stopping looks at.
    max_pages, max_tokens
        The first pages of a firm and the first known words of a page that are read.
    page_attention
        ``sparsemax``, ``entmax15`` or ``softmax`` over the pages of a firm.
    attention
        False: all words and pages weigh the same, as a control.
    class_weight
        None, or ``balanced``: both classes count the same in the loss.
    learning_rate, batch_size, max_epochs, patience
        Of training with Adam; the batch in firms, patience in epochs without a lower validation loss.
    random_state
        Decides folds, first weights, dropout and the order of the firms.

    Attributes
    ----------
    classes_
        The two labels; ``predict_proba`` has a column for each.
    class_prior_
        Their shares in training, (2,): what a firm without a known word gets.
    cross_fitted_probabilities_
        Of each training firm by the network that has not seen it, shape (n, 2): for honest figures on these firms.
    known_share_
        Share of the training words that have a vector.
    bundle_
        The networks (`ipml.dual_attention.bundle.Bundle`).

    Examples
    --------
    >>> vectors = {"laser": [1.0, 0.0], "silk": [0.0, 1.0], "we": [0.7, 0.7]}
    >>> firms = [[["we"] * n + [word], ["we"]] for n in range(1, 21) for word in ("laser", "silk")]
    >>> model = DualAttention(vectors, n_folds=2, max_epochs=30, batch_size=4).fit(firms, ["yes", "no"] * 20)
    >>> model.predict([["we laser"], ["we silk"]]).tolist()
    ['yes', 'no']
    """

    def __init__(
        self,
        vectors: WordVectors | None = None,
        *,
        tokenizer: str = "whitespace",
        n_folds: int = 5,
        validation_share: float = 0.15,
        max_pages: int = 32,
        max_tokens: int = 864,
        page_attention: str = "sparsemax",
        attention: bool = True,
        class_weight: str | None = None,
        learning_rate: float = 0.01,
        batch_size: int = 32,
        max_epochs: int = 40,
        patience: int = 6,
        random_state: RandomState = 0,
    ) -> None:
        self.vectors = vectors
        self.tokenizer = tokenizer
        self.n_folds = n_folds
        self.validation_share = validation_share
        self.max_pages = max_pages
        self.max_tokens = max_tokens
        self.page_attention = page_attention
        self.attention = attention
        self.class_weight = class_weight
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.patience = patience
        self.random_state = random_state

    @without_progress()
    def fit(
        self, X: Firms, y: npt.ArrayLike | Mapping[str, Any], firm_ids: Sequence[str] | None = None
    ) -> Self:
        """Train on firms whose class is known.

        Parameters
        ----------
        X
            n firms, each a list of pages; a page is a text or a list of words. Or a DataFrame with the columns
            ``firm_id`` and ``text``, a row a page: its firms in the order in which they first stand there.
        y
            Class of each firm, shape (n,): two classes. For a DataFrame of pages also a dict or a Series of classes by
            ``firm_id``.
        firm_ids
            Identifiers that decide the folds, as in the stages, where a firm keeps its fold when others come or go;
            None: those of a DataFrame of pages, else the numbers of the firms.

        Raises
        ------
        InputError
            If there are not two classes, no page has a known word, or a part would lack a class; if X, y or the
            identifiers are something else than this, or y is a Series with another index than X.
        """
        firms, own_ids = read_firms(X)
        firm_ids = own_ids if firm_ids is None else check_firm_ids(firm_ids, len(firms))
        labels = labels_of_firms(X, y, own_ids, len(firms))
        check_classification_targets(labels)
        classes, numbers = np.unique(labels, return_inverse=True)
        if len(classes) != 2:
            raise InputError(
                f"y: {len(classes)} class{'es' * (len(classes) > 1)}; needed: two, as in with and without"
            )
        settings = self._settings()
        sites, read = self._read(firms)
        if not len(sites):
            raise InputError(
                f"X: no word of {len(firms)} firms has a vector; do vectors and tokenizer fit the texts?"
            )
        if firm_ids is not None:
            sites = replace(sites, firm_ids=np.asarray(firm_ids, dtype=object)[read])
        seed = seed_of(self.random_state)
        bundle = cross_fit(sites, numbers[read].astype(np.float32), settings.model, settings.trainer, seed)
        self.classes_ = classes
        self.class_prior_ = np.bincount(numbers) / len(numbers)
        self.known_share_ = sites.known_share
        self.cross_fitted_probabilities_ = self._columns(bundle.score(sites).probabilities, read, len(firms))
        self.bundle_ = replace(bundle, fold_of_firm={})  # to a fitted estimator every firm is a new one
        return self

    @without_progress()
    def predict_proba(self, X: Firms) -> npt.NDArray[np.float64]:
        """Predict the probability of each class, shape (n, 2); `class_prior_` for a firm without a known word."""
        check_is_fitted(self)
        firms, _ = read_firms(X)
        sites, read = self._read(firms)
        return self._columns(self.bundle_.score(sites).probabilities, read, len(firms))

    def predict(self, X: Firms) -> npt.NDArray[np.generic]:
        """Predict the likelier class of each firm, shape (n,)."""
        likely = self.predict_proba(X)[:, 1] >= 0.5
        return self.classes_[likely.astype(int)]

    @without_progress()
    def transform(self, X: Firms) -> npt.NDArray[np.float64]:
        """Average the words of firms under both attentions: (n, d), with zeros for a firm without a known word."""
        check_is_fitted(self)
        firms, _ = read_firms(X)
        sites, read = self._read(firms)
        scores = self.bundle_.score(sites)
        page = sites.page_of_entry
        weights = scores.page_weights[page] * scores.word_weights
        entries = (weights.astype(np.float64), (sites.firm_of_page[page], sites.counts.indices))
        vectors = np.zeros((len(firms), sites.vectors.shape[1]))
        vectors[read] = (
            sparse.coo_matrix(entries, shape=(len(sites), len(sites.words))).tocsr() @ sites.vectors
        )
        return vectors

    @without_progress()
    def keywords(self, X: Firms, selection: str = "contrast") -> pd.DataFrame:
        """Name keywords of firms by the rule of ``ipml keywords``; it looks at all of them together.

        Parameters
        ----------
        selection
            ``contrast`` (for sites), ``attention`` (for single pages) or ``published``: a file of ``conf/selection``.

        Returns
        -------
        A row a keyword, best first: ``firm`` and ``page`` (numbers from 0), ``word``, ``word_weight`` (attention of one
        occurrence on its page), ``page_weight``, ``contrast`` (log of how much likelier it is on pages with attention)
        and ``rank``.
        """
        check_is_fitted(self)
        settings = default_settings(KeywordsSettings, "keywords", f"selection={selection}")
        sites, _ = self._read(read_firms(X)[0])
        chosen = select(
            sites, self.bundle_.score(sites), fold_contrast(self.bundle_, sites), {}, settings.selection
        )
        table = chosen.table(sites).rename(columns={"firm_id": "firm"}).drop(columns="url")
        return table.astype({"firm": int}).sort_values(["firm", "rank"], ignore_index=True)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.two_d_array, tags.input_tags.string = False, True  # lists of pages
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _read(self, firms: list[list[Page]]) -> tuple[Sites, npt.NDArray[np.int64]]:
        tokenizer = make_tokenizer({"kind": self.tokenizer})
        return sites_of_firms(
            firms, vector_table(self.vectors, "vectors"), tokenizer, self.max_pages, self.max_tokens
        )

    def _settings(self) -> DualAttentionTraining:
        settings = default_settings(DualAttentionTraining, "train", "model=dual_attn")
        model = settings.model.model_dump() | {key: getattr(self, key) for key in _OF_MODEL}
        model["network"] |= {"page_attention": self.page_attention, "attention": self.attention}
        model["optimizer"] = {**model["optimizer"], "lr": self.learning_rate}
        return settings.model_copy(update={"model": validated(DualAttentionModel, model, "model")})

    def _columns(
        self, probabilities: npt.NDArray[np.float32], read: npt.NDArray[np.int64], n: int
    ) -> npt.NDArray[np.float64]:
        """Columns of both classes for n firms, of which some were read."""
        second = np.full(n, self.class_prior_[1])
        second[read] = probabilities
        return np.stack([1 - second, second], axis=1)
