from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.firm_representations import PRODUCTS, Representations, Sides
from benchmarks.firm_texts import FirmTexts
from benchmarks.link_methods import METRICS, Outcome, outcomes_of_split
from benchmarks.technology_to_product import summarise
from ipml.statistics.angles import unit_vectors

SPLIT = np.arange(60), np.arange(60, 90)
WORDS = [f"{first}{second}{third}" for first in "kstnhmrg" for second in "aeiou" for third in "nrlm"]


class Letters:
    """An encoder of texts whose vectors are fixed random directions of their words."""

    def __init__(self, d=24):
        rng = np.random.default_rng(0)
        self.of_words = dict(zip(WORDS, rng.normal(size=(len(WORDS), d)) + 1.0, strict=True))

    def encode(self, texts, description=""):
        return unit_vectors(
            np.array([np.sum([self.of_words[word] for word in text.split()], axis=0) for text in texts])
        ).astype(np.float32)

    def select(self, words):
        return np.ones(len(words), dtype=bool), self.encode(words)


def planted(linked=True, n=90):
    """Firms whose patents share three words with their products, or with those of another firm."""
    rng = np.random.default_rng(1)
    own = [rng.choice(WORDS, 3, replace=False).tolist() for _ in range(n)]
    of_patents = own if linked else [own[(firm + 7) % n] for firm in range(n)]

    def texts(words, many):
        return [" ".join([*rng.permutation(words), rng.choice(WORDS)]) for _ in range(many)]

    titles = [texts(words, 4) for words in of_patents]
    found = FirmTexts(
        "XX en", "en", "en", [f"{firm:03}" for firm in range(n)], [texts(words, 5) for words in own],
        [" ".join(words) for words in own], titles, titles,
    )  # fmt: skip
    encoder = Letters()
    tokenizer = SimpleNamespace(tokenize=lambda texts: (text.split() for text in texts))
    language = SimpleNamespace(tokenizer=tokenizer, vectors=encoder, dimension=24)
    return Representations(found, encoder, {"en": language})


@pytest.fixture(scope="module")
def outcomes():
    return outcomes_of_split(planted(), *SPLIT, seed=0)


def test_every_method_finds_a_planted_link_and_the_null_models_do_not(outcomes):
    whole = np.ones((1, 90))
    first = {name: found.figure("first", whole)[0] for name, found in outcomes.items()}
    ten = {name: found.figure("among ten", whole)[0] for name, found in outcomes.items()}
    for name in outcomes:
        if (
            name == "null: shuffled pairs"
        ):  # nothing is learned, but the pull to the identity finds some all the same
            assert first[name] < first["texts, towards identity"] / 2
        elif name.startswith("null"):
            assert first[name] < 0.2, name
            assert abs(ten[name] - 1 / 3) < 0.25, name
        else:  # chance: .03 and .33
            assert (first[name], ten[name]) > (0.2, 0.6), name
    assert min(first[name] for name in first if name.startswith("texts")) > 0.5
    assert first["null: mean P"] == pytest.approx(1 / 30)
    assert outcomes["null: mean P"].figure("R2", whole)[0] == 0
    assert outcomes["texts, chosen"].figure("R2", whole)[0] > 0.3
    assert outcomes["ceiling: halves of texts"].figure("R2", whole)[0] > 0.3
    assert outcomes["null: shuffled pairs"].figure("R2", whole)[0] < 0.1


def test_without_a_link_nothing_is_found():
    found = outcomes_of_split(planted(linked=False), *SPLIT, seed=0)
    for name in ("texts, chosen", "texts, towards identity", "characters, TF-IDF (one language)"):
        assert found[name].figure("first", np.ones((1, 90)))[0] < 0.2


def test_choices_do_not_see_the_firms_they_are_reported_on(outcomes):
    read = planted()

    class Mixed(Representations):
        """Held-out firms have each other's products."""

        def sides(self, of_products, of_patents, train):
            sides = super().sides(of_products, of_patents, train)
            P = sides.P.copy()
            P[SPLIT[1]] = P[SPLIT[1]][::-1]
            return Sides(P, sides.T)

    read.__class__ = Mixed
    mixed = outcomes_of_split(read, *SPLIT, seed=0)["texts, chosen"]
    assert mixed.choice == outcomes["texts, chosen"].choice
    assert mixed.choice.split(", ")[0] in PRODUCTS
    assert mixed.figure("first", np.ones((1, 90)))[0] < 0.2


def test_a_figure_weighs_firms_and_the_table_has_all(outcomes):
    one = Outcome(np.array([1, 3]), {"first": np.array([1.0, 0.0]), "R2": np.array([[1.0, 2.0], [1.0, 4.0]])})
    weights = np.array([[0.0, 3.0, 5.0, 1.0], [1.0, 1.0, 1.0, 1.0]])
    np.testing.assert_allclose(one.figure("first", weights), [0.75, 0.5])
    np.testing.assert_allclose(one.figure("R2", weights), [1 - 4 / 10, 1 - 2 / 6])
    table, figures, first = summarise({name: [found] for name, found in outcomes.items()}, 90, "XX en", 30)
    assert table.row_count == len(outcomes)
    by_name = {figure.name: figure for figure in figures}
    assert by_name["XX en/texts, chosen/first"].value == first["texts, chosen"]
    for metric in METRICS:
        figure = by_name[f"XX en/texts, towards identity/{metric}"]
        assert figure.low <= figure.value <= figure.high
