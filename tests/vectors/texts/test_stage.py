"""Firm vectors of texts: closed forms on planted firms whose pages and patents are known word for word."""

import logging

import numpy as np
import pandas as pd
import pytest

from ipml.alignment.stage import train as train_alignment
from ipml.errors import InputError, LineageError
from ipml.mapping import serving
from ipml.mapping import stage as mapping
from ipml.text.encoders import TextEncoder
from ipml.tracking import Lineage
from ipml.vectors.stage import build, patents_of_run, read_vectors
from ipml.vectors.table import vectors_are_of
from ipml.vectors.text_vectors import load_text_vectors, text_vectors_of_run
from ipml.vectors.texts import encoders
from tests.vectors.planted import new_world
from tests.vectors.texts.planted import PagesWorld


@pytest.fixture(scope="module")
def world(tmp_path_factory, tracking_database):
    planted = new_world(tmp_path_factory, tracking_database, PagesWorld)
    planted.run(train_alignment, planted.settings("train", "model=alignment", "model.accuracy_at=[1]"))
    planted.add_keywords("JP", "ja")
    planted.add_keywords("US", "en")
    return planted


def built(world, *overrides):
    return world.run(build, world.settings("vectors", "vectors=texts", *overrides))


def run_of(world, country):
    return world.workspace.find_run("vectors", country=country)


def test_products_are_means_of_phrases_with_keywords_and_technology_of_whole_patents(world):
    JP, US = built(world, "country=JP"), built(world, "country=US")
    for number in (0, 17):
        first, second, _ = world.clauses(number)
        expected = (world.mean(first) + world.mean(second)) / 2
        np.testing.assert_allclose(US.P[number], expected, atol=1e-6)
        patents = [world.mean(rows) for rows in world.patent_rows[number]]
        np.testing.assert_allclose(US.T[number], np.mean(patents, axis=0), atol=1e-6)
        np.testing.assert_allclose(np.abs(US.T_error[number]), np.abs(patents[0] - patents[1]) / 2, atol=1e-6)
        np.testing.assert_allclose(
            np.abs(US.P_error[number]), np.abs(world.mean(first) - world.mean(second)) / 2, atol=1e-6
        )
    np.testing.assert_allclose(JP.P, US.P, atol=1e-5)
    np.testing.assert_allclose(JP.T, US.T, atol=1e-5)
    firm = US.firms.iloc[0]
    assert (firm["n_keywords"], firm["n_patents"]) == (2, 2)
    assert firm["keyword_coverage"] == pytest.approx(5 / 9)  # of eight keywords and one that nothing knows
    run = run_of(world, "US")
    assert run.tags["vectors"] == "texts"
    phrases = world.workspace.load_table(run.id, "product_phrases")
    assert phrases.groupby("firm_id")["weight"].sum().to_numpy() == pytest.approx(1.0)
    first = phrases[phrases["firm_id"] == "US-000"]["phrase"].tolist()
    assert first == [world.text(rows, "en") for rows in world.clauses(0)[:2]]


def test_firms_without_a_phrase_are_counted_by_reason(world, capsys):
    vectors = built(world, "country=JP")
    assert len(vectors) == 52
    metrics = run_of(world, "JP").metrics
    reasons = {key.removeprefix("left_out/"): n for key, n in metrics.items() if key.startswith("left_out/")}
    assert reasons == {
        "no keyword": 1,
        "no phrase with a vector": 3,
        "no patent in ja": 0,
        "no patent with a vector": 0,
    }
    out = capsys.readouterr().out
    assert "55.6% of the keywords stand in its phrases, 100.0% of the patents have a vector" in out
    assert "encoder: means of calibrated words" in out


def test_phrases_are_weighed_by_attention_or_rarity_and_the_best_ones_kept(world):
    first, second, _ = world.clauses(5)
    rank = 1.0 / np.arange(1, 6)
    attention = np.array([rank[:3].sum(), rank[3:].sum()])
    means = np.array([world.mean(first), world.mean(second)])
    by_attention = built(world, "country=US", "products.weight=attention")
    np.testing.assert_allclose(by_attention.P[5], attention @ means / attention.sum(), atol=1e-6)
    best = built(world, "country=US", "vectors.max_units=1")
    np.testing.assert_allclose(best.P[5], means[0], atol=1e-6)
    keywords = np.concatenate([*world.keyword_rows.values(), [10_000] * 52])  # the one that nothing knows
    share = {row: (keywords == row).mean() for row in [*first, *second]}
    rarity = np.array([np.mean([0.01 / (0.01 + share[row]) for row in rows]) for rows in (first, second)])
    by_rarity = built(world, "country=US", "products.weight=sif", "sif_constant=0.01")
    np.testing.assert_allclose(by_rarity.P[5], rarity @ means / rarity.sum(), atol=1e-6)
    short = built(world, "country=US", "vectors.unit_characters=10")
    np.testing.assert_allclose(short.P[5], world.mean([*first, *second]), atol=1e-6)  # each word a piece
    by_length = built(world, "country=US", "patents.weight=length")
    title, abstract = (world.mean(rows) for rows in world.patent_rows[5])
    texts = [world.text(rows, "en") for rows in world.patent_rows[5]]
    lengths = np.array([len(texts[0]), len(f"{texts[1]} none-such")])
    np.testing.assert_allclose(by_length.T[5], lengths @ [title, abstract] / lengths.sum(), atol=1e-6)


def test_words_and_texts_do_not_belong_together_and_the_lineage_says_which(world):
    built(world, "country=US")
    of_texts = read_vectors(world.workspace, world.corpus, "US")[1]
    world.run(build, world.settings("vectors", "country=US"))
    of_words = read_vectors(world.workspace, world.corpus, "US")[1]
    assert (vectors_are_of(of_texts), vectors_are_of(of_words), vectors_are_of({})) == (
        "texts",
        "words",
        "words",
    )
    one, other = (Lineage({"firm-vectors": lineage["firm-vectors"]}) for lineage in (of_texts, of_words))
    with pytest.raises(LineageError, match="firm-vectors texts, products equal of 64 phrases"):
        one.merge(other, "one", "the other")


def test_patents_of_a_run_have_the_vectors_that_its_firms_are_means_of(world):
    for kind in ("texts", "words"):
        vectors = world.run(build, world.settings("vectors", "country=US", f"vectors={kind}"))
        patents = patents_of_run(world.workspace, world.corpus, run_of(world, "US").id)
        assert patents.known.all()
        frame = pd.DataFrame(patents.vectors).groupby(patents.table["firm_id"].to_pylist()).mean()
        np.testing.assert_allclose(frame.loc[vectors.firms["firm_id"]].to_numpy(), vectors.T, atol=1e-6)


def test_texts_of_new_firms_get_the_vectors_of_the_stage(world, caplog, monkeypatch):
    vectors = built(world, "country=JP", "patents.weight=length")
    numbers = range(1, 6)
    folder = world.home / "served texts"
    run = run_of(world, "JP").id
    saved = text_vectors_of_run(world.workspace, run).save(folder)
    made = load_text_vectors(folder, saved)
    technology = [world.text(rows, "ja") for number in numbers for rows in world.patent_rows[number]]
    technology = [text + " none-such" * (place % 2) for place, text in enumerate(technology)]
    found = made.make("technology", np.repeat(np.arange(5), 2), technology, 5)
    np.testing.assert_allclose(found, vectors.T[1:6], atol=1e-6)
    products = ["\n".join(world.text(rows, "ja") for rows in world.clauses(number)[:2]) for number in numbers]
    np.testing.assert_allclose(made.make("products", np.arange(5), products, 5), vectors.P[1:6], atol=1e-6)
    assert np.isnan(made.make("products", np.array([0]), ["none-such"], 2)).all()
    settings = world.settings("train", "country=JP", "model=mapping", "firm_type=established")
    monkeypatch.setattr(logging.getLogger("mlflow"), "propagate", True)
    with caplog.at_level(logging.WARNING, "mlflow"):
        trained = world.run(mapping.train, settings)
    assert [record.getMessage() for record in caplog.records if record.name.startswith("mlflow")] == []
    model = world.workspace.find_model(f"{trained.name}/{trained.version}")
    loaded = serving.TextConversion()
    loaded.load_context(type("Context", (), {"artifacts": {"model": str(model.folder)}}))
    answer = loaded.predict(None, pd.DataFrame({"firm_id": ["a"], "technology": technology[:1]}))
    assert len(answer["vector"].iloc[0]) == 8


def test_phrases_weighed_by_what_texts_do_not_tell_are_refused(world):
    built(world, "country=US", "products.weight=attention")
    made = text_vectors_of_run(world.workspace, run_of(world, "US").id)
    with pytest.raises(InputError, match="weight=attention of phrases, which single texts do not tell"):
        made.make("products", np.array([0]), ["x"], 1)


@pytest.fixture
def multilingual(monkeypatch):
    """Stand-in for the multilingual encoder: a text is its words' numbers, in any language; remembers what it read."""
    read = []

    def encode(texts):
        read.extend(texts)
        found = np.zeros((len(texts), 6))
        for row, text in enumerate(texts):
            for word in text.replace("ことば", "word").split():
                if word.startswith("word"):
                    found[row, int(word[4:]) % 6] += 1
        return found + 0.1

    fake = TextEncoder("fake-encoder-1", 6, encode)
    monkeypatch.setattr(encoders, "open_universal", lambda user: fake)
    return read


def test_an_encoder_of_whole_texts_needs_no_alignment_and_is_asked_once(world, multilingual, tmp_path):
    options = ["vectors.encoder.kind=use", f"vectors.cache={tmp_path / 'kept'}"]
    JP, US = built(world, "country=JP", *options), built(world, "country=US", *options)
    np.testing.assert_array_equal(JP.P[:52], US.P)
    np.testing.assert_array_equal(JP.T[1:52], US.T[1:])
    counts = np.bincount(np.array(world.clauses(3)[0]) % 6, minlength=6) + 0.1
    other = np.bincount(np.array(world.clauses(3)[1]) % 6, minlength=6) + 0.1
    unit = [count / np.linalg.norm(count) for count in (counts, other)]
    np.testing.assert_allclose(US.P[3], np.mean(unit, axis=0), atol=1e-6)
    assert "none-such" in " ".join(multilingual)
    asked = len(multilingual)
    assert asked == len(set(multilingual))
    again = built(world, "country=US", *options)
    assert again.hash == US.hash
    assert len(multilingual) == asked
    lineage = read_vectors(world.workspace, world.corpus, "US")[1]
    assert lineage["firm-vectors"].endswith("encoder fake-encoder-1")
    assert "alignment-ja-en" not in read_vectors(world.workspace, world.corpus, "JP")[1]


def test_names_are_taken_out_of_phrases_and_patents(tmp_path_factory, tracking_database):
    named = new_world(tmp_path_factory, tracking_database, PagesWorld, named=3)
    named.add_keywords("US", "en")
    vectors = built(named, "country=US")
    name = named.patent_rows[3][0][0]
    expected = np.mean([named.mean(rows[rows != name]) for rows in named.patent_rows[3]], axis=0)
    np.testing.assert_allclose(vectors.T[3], expected, atol=1e-6)
    np.testing.assert_allclose(
        vectors.T[4], np.mean([named.mean(rows) for rows in named.patent_rows[4]], axis=0), atol=1e-6
    )


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["vectors=sentences"], "vectors=sentences: not a choice; allowed: texts, words"),
        (
            ["vectors=texts", "vectors.unit=word"],
            "vectors.unit=word: not a choice; allowed: phrase, sentence",
        ),
        (["vectors=texts", "vectors.max_units=0"], "vectors.max_units=0: at least 1 is needed"),
        (
            ["vectors=texts", "patents.weight=sif"],
            "patents.weight=sif: vectors=texts encodes a patent as it stands",
        ),
        (
            ["vectors=texts", "vectors.encoder.kind=bert"],
            "vectors.encoder.kind=bert: not a choice; allowed: embeddings, word_",
        ),
        (
            ["vectors=texts", "vectors.encoder.kind=sentence_transformers"],
            "vectors.encoder.model: a value is needed",
        ),
        (
            ["vectors=texts", "vectors.encoder.model=x"],
            "vectors.encoder.model: x is for kind=sentence_transformers",
        ),
        (
            ["vectors=texts", "vectors.encoder.kind=minilm"],
            "sentence_encoder=minilm: reads English only, but language=ja",
        ),
        (
            [
                "vectors=texts",
                "embeddings.languages.en.vectors={kind: encoder, cache: x}",
                "patents.language=en",
            ],
            "texts of one language would be encoded and those of the other not",
        ),
    ],
)
def test_mistakes_are_said_in_one_line(world, overrides, message):
    with pytest.raises(InputError, match=r"^[^\n]*$") as error:
        world.run(build, world.settings("vectors", *overrides))
    assert message in str(error.value)
