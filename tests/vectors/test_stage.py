import numpy as np
import pytest

from ipml.alignment.stage import train
from ipml.errors import InputError, LineageError
from ipml.text.embeddings.table import write_table
from ipml.tracking import Lineage
from ipml.vectors.stage import build, read_vectors
from tests.vectors.planted import World


@pytest.fixture(scope="module")
def aligned(world):
    settings = world.settings("train", "model=alignment", "model.accuracy_at=[1]")
    world.run(train, settings)
    return world


def test_japanese_and_english_firms_that_say_the_same_have_the_same_vectors(aligned):
    keywords_run = aligned.add_keywords("JP", "ja")
    aligned.add_keywords("US", "en")
    JP = aligned.run(build, aligned.settings("vectors", "country=JP"))
    US = aligned.run(build, aligned.settings("vectors", "country=US"))
    np.testing.assert_allclose(JP.P, US.P, atol=1e-5)
    np.testing.assert_allclose(JP.T, US.T, atol=1e-5)
    for number in (0, 17):
        np.testing.assert_allclose(US.P[number], aligned.mean(aligned.keyword_rows[number]), atol=1e-6)
        patents = [aligned.mean(rows) for rows in aligned.patent_rows[number]]
        np.testing.assert_allclose(US.T[number], np.mean(patents, axis=0), atol=1e-6)
    assert np.linalg.norm(JP.P.mean(axis=0)) > 0.2  # the common mean is still there

    run = aligned.workspace.find_run("vectors", country="JP", table_hash=JP.hash)
    lineage = run.lineage
    assert lineage["keywords-JP"] == keywords_run
    assert lineage["alignment-ja-en"] == aligned.workspace.find_model("alignment-ja-en@challenger").version
    assert lineage["dual_attn-JP"] == "1"
    assert lineage["corpus"] == aligned.corpus.info.hash
    read, read_lineage = read_vectors(aligned.workspace, aligned.corpus, "JP")
    assert read.hash == JP.hash
    assert read_lineage == {**lineage, "vectors-JP": run.id}
    US_lineage = read_vectors(aligned.workspace, aligned.corpus, "US")[1]
    assert "alignment-ja-en" not in US_lineage
    read_lineage.merge(US_lineage, "JP", "US")


def test_firms_left_out_are_counted_by_reason_and_coverage_is_said(aligned, capsys):
    aligned.add_keywords("JP", "ja")
    settings = aligned.settings("vectors", "country=JP")
    vectors = aligned.run(build, settings)
    assert len(vectors) == 52
    assert not vectors.firms["firm_id"].str.contains("-x-").any()
    metrics = aligned.workspace.find_run("vectors", country="JP").metrics
    reasons = {key.removeprefix("left_out/"): n for key, n in metrics.items() if key.startswith("left_out/")}
    assert reasons == {
        "no keyword": 1,
        "no keyword with a vector": 1,
        "no patent in ja": 1,
        "no patent word with a vector": 1,
    }
    first = vectors.firms.iloc[0]
    assert (first["n_keywords"], first["n_patents"]) == (8, 2)
    assert first["keyword_coverage"] == pytest.approx(8 / 9)
    assert first["patent_coverage"] == pytest.approx(36 / 37)
    out = capsys.readouterr().out
    assert "52 simulated firms (40 established, 12 high_growth)" in out
    assert "1 (no patent in ja)" in out


def test_weights_and_fields_are_options(aligned):
    aligned.add_keywords("US", "en")
    overrides = ["country=US", "products.weight=attention", "patents.weight=length", "patents.fields=[title]"]
    vectors = aligned.run(build, aligned.settings("vectors", *overrides))
    rank = 1.0 / np.arange(1, 9)
    rows = aligned.keyword_rows[3]
    unit = aligned.English / np.linalg.norm(aligned.English, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors.P[3], rank @ unit[rows] / rank.sum(), atol=1e-6)
    np.testing.assert_allclose(vectors.T[3], aligned.mean(aligned.patent_rows[3][0]), atol=1e-6)


def test_rare_words_count_for_more_with_sif(aligned):
    aligned.add_keywords("US", "en")
    overrides = ["country=US", "products.weight=sif", "patents.weight=sif", "sif_constant=0.01"]
    vectors = aligned.run(build, aligned.settings("vectors", *overrides))
    unit = aligned.English / np.linalg.norm(aligned.English, axis=1, keepdims=True)
    keywords = np.concatenate(list(aligned.keyword_rows.values()))
    patents = np.concatenate([rows for both in aligned.patent_rows.values() for rows in both])
    weight = {}
    for kind, rows in {"keywords": keywords, "patents": patents}.items():
        share = np.bincount(rows, minlength=len(unit)) / len(rows)
        weight[kind] = 0.01 / (0.01 + share)
    rows = aligned.keyword_rows[3]
    expected = weight["keywords"][rows] @ unit[rows] / weight["keywords"][rows].sum()
    np.testing.assert_allclose(vectors.P[3], expected, atol=1e-6)
    means = [
        weight["patents"][rows] @ unit[rows] / weight["patents"][rows].sum()
        for rows in aligned.patent_rows[3]
    ]
    np.testing.assert_allclose(vectors.T[3], np.mean(means, axis=0), atol=1e-6)


def test_the_errors_are_those_of_two_halves(aligned):
    aligned.add_keywords("US", "en")
    vectors = aligned.run(build, aligned.settings("vectors", "country=US"))
    first, second = (aligned.mean(rows) for rows in aligned.patent_rows[3])
    np.testing.assert_allclose(np.abs(vectors.T_error[3]), np.abs(first - second) / 2, atol=1e-6)
    assert (np.linalg.norm(vectors.P_error, axis=1) > 0).all()
    assert np.linalg.norm(vectors.P_error) < np.linalg.norm(vectors.P - vectors.P.mean(axis=0))
    metrics = aligned.workspace.find_run("vectors", country="US").metrics
    assert metrics["n_with_one_patent"] == metrics["n_with_one_keyword"] == 0


def test_patents_are_read_without_the_names_of_their_firm(home):
    world = World(home, named=3)
    world.add_keywords("US", "en")
    vectors = world.run(build, world.settings("vectors", "country=US"))
    name = world.patent_rows[3][0][0]
    for number in (3, 4):
        rows_of_patents = [rows[rows != name] if number == 3 else rows for rows in world.patent_rows[number]]
        expected = np.mean([world.mean(rows) for rows in rows_of_patents], axis=0)
        np.testing.assert_allclose(vectors.T[number], expected, atol=1e-6)
    assert name in np.concatenate(
        [rows for number in range(52) if number != 3 for rows in world.patent_rows[number]]
    )


def test_keywords_of_other_kinds_of_pages_are_refused(aligned):
    aligned.add_keywords("US", "en", page_kinds="web_page")
    with pytest.raises(
        InputError, match="page_kinds: all, but the newest keywords of US were made from web_page"
    ):
        aligned.run(build, aligned.settings("vectors", "country=US"))
    settings = aligned.settings("vectors", "country=US", "country.page_kinds=[web_page]")
    aligned.run(build, settings)
    assert aligned.workspace.find_run("vectors", country="US").tags["page_kinds"] == "web_page"


def test_vectors_that_are_weighted_otherwise_do_not_belong_together(aligned):
    aligned.add_keywords("US", "en")
    lineages = []
    for override in ("products.weight=equal", "products.weight=sif", "patents.fields=[claim,title,abstract]"):
        aligned.run(build, aligned.settings("vectors", "country=US", override))
        _, lineage = read_vectors(aligned.workspace, aligned.corpus, "US")
        lineages.append(Lineage({"firm-vectors": lineage["firm-vectors"]}))
    assert lineages[0].merge(lineages[2], "one", "the other") == lineages[0]
    with pytest.raises(LineageError, match="firm-vectors products equal, patents equal of abstract"):
        lineages[0].merge(lineages[1], "one", "the other")


def test_patents_can_be_read_in_another_language_than_pages(aligned):
    aligned.add_keywords("JP", "ja")
    vectors = aligned.run(build, aligned.settings("vectors", "country=JP", "patents.language=en"))
    assert vectors.firms["firm_id"].tolist() == ["JP-000", "JP-x-english"]
    np.testing.assert_allclose(vectors.T[0], aligned.mean([0, 1]), atol=1e-6)


def test_languages_of_one_space_need_no_alignment(world):
    world.add_keywords("JP", "ja")
    vectors = world.run(build, world.settings("vectors", "country=JP", "embeddings.shared_space=true"))
    assert len(vectors) == 52


def test_without_keywords_or_alignment_the_missing_stage_is_named(home):
    world = World(home)
    settings = world.settings("vectors", "country=JP")
    with pytest.raises(InputError, match="no finished run of stage keywords with country=JP"):
        world.run(build, settings)
    world.add_keywords("JP", "ja", corpus_hash="another")
    with pytest.raises(InputError, match=f"corpus={world.corpus.info.hash}"):
        world.run(build, settings)
    world.add_keywords("JP", "ja")
    with pytest.raises(InputError, match="alignment-ja-en: not in the registry"):
        world.run(build, settings)


def test_the_newest_keywords_of_this_corpus_are_read(aligned):
    right = aligned.add_keywords("JP", "ja")
    aligned.add_keywords("JP", "ja", corpus_hash="another")
    settings = aligned.settings("vectors", "country=JP")
    aligned.run(build, settings)
    assert read_vectors(aligned.workspace, aligned.corpus, "JP")[1]["keywords-JP"] == right


def test_an_alignment_for_other_vectors_is_refused(aligned):
    aligned.add_keywords("JP", "ja")
    write_table(aligned.home / "other", aligned.words["ja"], aligned.English[:, ::-1].copy(), "other")
    settings = aligned.settings("vectors", f"embeddings.languages.ja.vectors.path={aligned.home / 'other'}")
    with pytest.raises(LineageError, match="alignment-ja-en version 1 was made with embeddings-ja"):
        aligned.run(build, settings)


def test_a_country_without_firms_that_have_both_is_an_error(aligned):
    aligned.add_keywords("US", "en")
    with pytest.raises(
        InputError, match=r"none of 52 firms has both vectors; left out: .*52 \(no patent in ja\)"
    ):
        aligned.run(build, aligned.settings("vectors", "country=US", "patents.language=ja"))


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("products.weight=tfidf", "products.weight=tfidf: not a choice; allowed: equal, attention, sif"),
        ("patents.weight=tfidf", "patents.weight=tfidf: not a choice; allowed: equal, length, sif"),
        ("sif_constant=0", "sif_constant=0: allowed: more than 0"),
        ("patents.fields=[summary]", "patents.fields=summary: not a choice; allowed: title"),
        ("patents.fields=[]", "patents.fields=[]: a list with at least one entry is needed"),
    ],
)
def test_mistakes_are_said_in_one_line(world, override, message):
    with pytest.raises(InputError, match=r"^[^\n]*$") as error:
        world.run(build, world.settings("vectors", override))
    assert message in str(error.value)


def test_the_run_keeps_the_table(aligned):
    aligned.add_keywords("US", "en")
    settings = aligned.settings("vectors", "country=US")
    aligned.run(build, settings)
    frame = aligned.workspace.load_table(aligned.workspace.find_run("vectors", country="US").id, "vectors")
    assert len(frame.loc[0, "product_vector"]) == len(frame.loc[0, "technology_vector"]) == 8
