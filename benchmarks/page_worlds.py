"""The worlds of ``page_recovery``: sites, labels to learn from, and the kind of each page."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.mixed_sites import encode_sites, mix_sites, overlap, read_boilerplate
from benchmarks.page_figures import PageTruth
from benchmarks.page_kinds import PRODUCT
from benchmarks.training_settings import training_settings
from ipml.cli.dispatch import open_corpus
from ipml.corpus.labels import labelled_firms
from ipml.dual_attention.data.sites import Sites, read_sites
from ipml.dual_attention.settings import DualAttentionTraining
from ipml.simulation import load_truth
from ipml.text import open_language


@dataclass(frozen=True)
class World:
    """Sites with labels to learn from, and the kind of each of their pages, (G,)."""

    title: str
    settings: DualAttentionTraining
    sites: Sites
    labels: npt.NDArray[np.float32]
    kinds: npt.NDArray[np.object_]

    @property
    def truth(self) -> PageTruth:
        """Which pages are product pages."""
        return PageTruth(self.sites.page_offsets, self.kinds == PRODUCT)


def simulated_world(country: str, overrides: Sequence[str]) -> World:
    """Sites of a country of the planted world."""
    return world_of(training_settings([*overrides, f"country={country}"]))


def world_of(settings: DualAttentionTraining) -> World:
    """Sites of a training on a planted world."""
    country, corpus = settings.country.name, open_corpus(settings.data)
    firms, _ = labelled_firms(corpus, country)
    language = open_language(settings.embeddings, settings.language)
    model = settings.model
    sites = read_sites(corpus, firms.index.tolist(), language, None, model.max_pages, model.max_tokens)
    kinds = load_truth(settings.data.root).pages.set_index("url")["kind"]
    labels = firms.loc[list(sites.firm_ids), "has_patent"].to_numpy(np.float32)
    return World(f"{country}, simulated", settings, sites, labels, kinds[list(sites.urls)].to_numpy(object))


def mixed_world(overrides: Sequence[str], mention: float) -> World:
    """Sites mixed from real English text, of the Japanese firms whose ``has_patent`` is known."""
    settings = training_settings(overrides)
    corpus = open_corpus(settings.data)
    firms, _ = labelled_firms(corpus, "JP")
    profiles = corpus.pages(firms.index.tolist(), "en", ["profile_en"]).to_pandas()
    texts = profiles.drop_duplicates("firm_id").set_index("firm_id")["text"]
    names = firms.loc[texts.index, "name"].fillna("")
    mixed = mix_sites(texts, names, read_boilerplate(corpus), mention, settings.seed)
    sites = encode_sites(mixed, open_language(settings.embeddings, "en"))
    labels = firms.loc[list(sites.firm_ids), "has_patent"].to_numpy(np.float32)
    on_product_pages, on_others = overlap(mixed)
    title = (
        f"Mixed from real JP profiles and US pages, en; {on_product_pages:.0%} of the words of other pages stand on "
        f"product pages of the firm, {on_others:.0%} of the words of its product pages on its others; "
        f"{len(mixed.left_out)} firms with too short a profile left out"
    )
    return World(title, settings, sites, labels, sites.urls)
