import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from ipml.corpus import load_corpus
from ipml.errors import InputError
from ipml.files import hash_file, write_json
from ipml.settings import Embeddings, LanguageSource
from ipml.simulation import load_truth
from ipml.simulation import world as world_module
from ipml.text import encode_texts, open_language
from tests.simulation.conftest import SMALL
from tests.simulation.worlds import make_world

IMPORTS = "from tests.simulation.worlds import make_world"


def vectors_of(root, code):
    return (root / "vectors" / code / "vectors.npy").read_bytes()


def test_the_same_seeds_give_the_same_world(small_root, tmp_path):
    again = make_world(tmp_path / "again", SMALL)
    assert again.info.hash == load_corpus(small_root).info.hash
    for path in small_root.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "again" / path.relative_to(small_root)).read_bytes(), path


def test_a_world_of_before_stays_the_same_to_the_bit(small_root):
    """What was added to worlds later does nothing by default."""
    assert load_corpus(small_root).info.hash == "42786a56c1d10e84"
    hashes = [hash_file(small_root / "lexicon" / f"{pair}.train.tsv") for pair in ("ja-en", "zh-en")]
    assert hashes == ["675edd818702fefe", "fdca3807771c3003"]


def test_new_firms_live_in_the_same_world(small_root, small_truth, tmp_path):
    corpus = make_world(tmp_path / "new", SMALL | {"firms_seed": 1})
    truth = load_truth(tmp_path / "new")
    assert not set(corpus.firms()["firm_id"]) & set(load_corpus(small_root).firms()["firm_id"])
    for code in ("ja", "en", "zh"):
        assert vectors_of(small_root, code) == vectors_of(tmp_path / "new", code)
    for path in (small_root / "lexicon").iterdir():
        assert path.read_bytes() == (tmp_path / "new" / "lexicon" / path.name).read_bytes()
    np.testing.assert_array_equal(truth.conversion_matrices, small_truth.conversion_matrices)
    assert truth.angles.equals(small_truth.angles)


def test_another_seed_gives_another_world(small_root, tmp_path):
    other = make_world(tmp_path / "other", SMALL | {"seed": 1})
    assert other.info.hash != load_corpus(small_root).info.hash
    assert vectors_of(small_root, "en") != vectors_of(tmp_path / "other", "en")


def test_the_corpus_does_not_show_what_is_planted(small_root):
    corpus = load_corpus(small_root)
    assert corpus.info.simulated
    pages, patents = corpus.table("pages").to_pandas(), corpus.table("patents").to_pandas()
    assert set(pages["kind"]) == {"web_page"}
    assert pages["url"].is_unique
    assert not pages["url"].str.contains("product|investor|career|privacy|news").any()
    assert patents["patent_id"].is_unique
    firms = corpus.firms()
    assert set(patents["firm_id"]) == set(firms["firm_id"][firms["has_patent"].astype(bool)])
    assert set(pages["firm_id"]) == set(firms["firm_id"])
    assert set(firms["country"]) == {"JP", "US", "CN"}
    assert patents["date"].between("2005-01-01", "2023-12-31").all()


def test_texts_can_be_read_with_the_vectors(small_root):
    corpus = load_corpus(small_root)
    for country, code in (("JP", "ja"), ("US", "en"), ("CN", "zh")):
        vectors = {"kind": "table", "path": str(small_root / "vectors" / code)}
        source = LanguageSource(vectors=vectors, tokenizer={"kind": "whitespace"})
        settings = Embeddings(name="simulated", shared_space=False, languages={code: source})
        pages = corpus.pages(corpus.firms(country)["firm_id"], code)
        encoded = encode_texts(pages["text"].to_pylist(), open_language(settings, code))
        assert 0.85 < encoded.known_share < 1.0


def test_the_truth_stands_beside_the_corpus(small_root, small_truth):
    corpus, truth = load_corpus(small_root), small_truth
    pages = corpus.table("pages").to_pandas()
    assert truth.pages["firm_id"].tolist() == pages["firm_id"].tolist()
    assert truth.pages["url"].tolist() == pages["url"].tolist()
    assert truth.pages["n_words"].tolist() == [len(text.split()) for text in pages["text"]]
    assert set(truth.pages["kind"]) == {"product", "investor", "career", "privacy", "news"}
    assert truth.firms[["firm_id", "industry"]].equals(
        corpus.table("firms").to_pandas()[["firm_id", "industry"]]
    )
    on_product_pages = pages["text"][truth.pages["kind"] == "product"].groupby(pages["firm_id"]).agg(" ".join)
    for firm in truth.firms.itertuples():
        words = on_product_pages[firm.firm_id].split()
        assert [words.count(word) for word in firm.product_words] == list(firm.counts)
        assert (
            sum(firm.counts)
            == truth.pages.query("firm_id == @firm.firm_id and kind == 'product'")["n_product_words"].sum()
        )


def test_the_planted_angles_are_those_of_the_settings(small_truth):
    angles = small_truth.angles.query("industry == 'mean'")
    same_country = angles["country_1"] == angles["country_2"]
    same_type = angles["firm_type_1"] == angles["firm_type_2"]
    assert angles["mean"][same_type].mean() == pytest.approx(20.0, abs=1e-4)
    assert angles["mean"][same_country].mean() == pytest.approx(12.0, abs=1e-4)
    assert len(small_truth.angles) == 9 * 8 * (3 + 2)


def test_angles_agree_with_the_matrices(small_truth):
    truth = small_truth
    row = truth.angles.query(
        "country_1 == 'JP' and firm_type_1 == 'established' and country_2 == 'US' "
        "and firm_type_2 == 'established' and industry == 'all'"
    ).iloc[0]
    g, h = truth.groups.index(("JP", "established")), truth.groups.index(("US", "established"))

    def angle(own, other):
        T = truth.technology_centres @ (truth.industry_shares[own] @ truth.mean_technologies[own])
        P, converted = truth.conversion_matrices[own] @ T, truth.conversion_matrices[other] @ T
        return np.degrees(np.arccos(P @ converted / np.linalg.norm(P) / np.linalg.norm(converted)))

    assert row["forward"] == pytest.approx(angle(g, h), abs=1e-6)
    assert row["backward"] == pytest.approx(angle(h, g), abs=1e-6)
    assert row["mean"] == pytest.approx((row["forward"] + row["backward"]) / 2)


def test_true_translations_cover_the_dictionary_but_for_its_noise(small_root, small_truth):
    correct = set(small_truth.translations("zh-en").itertuples(index=False, name=None))
    lines = (small_root / "lexicon" / "zh-en.train.tsv").read_text(encoding="utf-8").splitlines()
    right = np.mean([tuple(line.split("\t")) in correct for line in lines])
    assert right == pytest.approx(0.9, abs=0.05)


def test_a_world_that_exists_is_opened(small_root, monkeypatch):
    monkeypatch.setattr(world_module, "_build", None)
    assert make_world(small_root, SMALL).info == load_corpus(small_root).info


def test_a_changed_file_of_a_world_is_refused(small_root, tmp_path):
    shutil.copytree(small_root, tmp_path / "world")
    names = ("truth/angles.parquet", "lexicon/ja-en.train.tsv", "vectors/zh/vectors.npy", "patents.arrow")
    for path in (tmp_path / "world" / name for name in names):
        whole = path.read_bytes()
        path.write_bytes(whole[:-20] + bytes([whole[-20] ^ 4]) + whole[-19:])
        with pytest.raises(InputError, match=rf"{path}: changed since it was written.*simulated again"):
            make_world(tmp_path / "world", SMALL)
        path.write_bytes(whole)
    make_world(tmp_path / "world", SMALL)


def test_other_settings_for_the_same_folder_are_refused(small_root):
    with pytest.raises(InputError, match=r"holds a world with data\.world\.patents\.words=80, not 60"):
        make_world(small_root, SMALL | {"patents": {"mean": 3.0, "words": 60}})


def test_a_folder_with_something_else_is_refused(tmp_path):
    with pytest.raises(InputError, match="not a simulated world"):
        make_world(tmp_path, SMALL)
    with pytest.raises(InputError, match="it has no planted truth"):
        load_truth(tmp_path)


def test_a_world_of_another_generator_is_refused(small_root, tmp_path):
    write_json(tmp_path / "truth" / "settings.json", {"generator": 0, "world": {}})
    with pytest.raises(InputError, match="made by version 0 of the generator"):
        make_world(tmp_path, SMALL)


def test_angles_out_of_reach_leave_nothing_behind(tmp_path):
    with pytest.raises(InputError, match=r"country_angle=89: out of reach in this world; at most"):
        make_world(tmp_path / "world", SMALL | {"conversion": {"country_angle": 89}})
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_build_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(world_module, "write_truth", interrupt)
    with pytest.raises(KeyboardInterrupt):
        make_world(tmp_path / "world", SMALL)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [None, OSError("rename failed")])
def test_the_world_of_a_process_that_was_faster_stays(tmp_path, monkeypatch, error):
    root, write_truth = tmp_path / "world", world_module.write_truth

    def be_overtaken(*arguments):
        monkeypatch.setattr(world_module, "write_truth", write_truth)
        make_world(root, SMALL)
        if error:
            raise error
        write_truth(*arguments)

    monkeypatch.setattr(world_module, "write_truth", be_overtaken)
    assert make_world(root, SMALL).info.simulated
    assert [path.name for path in tmp_path.iterdir()] == ["world"]


def test_an_error_of_the_disk_is_not_hidden(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(world_module, "write_truth", fail)
    with pytest.raises(OSError, match="no space left"):
        make_world(tmp_path / "world", SMALL)


def test_two_processes_at_once_end_well(tmp_path):
    call = f"make_world({str(tmp_path / 'world')!r}, {SMALL})"
    code = f"{IMPORTS}; print({call}.info.hash)"
    processes = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=os.environ, text=True)
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=120)[0].split()[-1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert outputs[0] == outputs[1]
    assert [path.name for path in tmp_path.iterdir()] == ["world"]


@pytest.fixture(scope="module")
def hard(tmp_path_factory):
    """A small world with all that makes worlds hard, and its truth."""
    root = tmp_path_factory.mktemp("hard") / "world"
    settings = SMALL | {
        "min_group": 20,
        "firms": {
            "industries": 3,
            "common_effect": 0.5,
            "in_corporate_groups": 0.5,
            "patents_at_parent": 0.5,
        },
        "languages": {"polysemy": 0.2, "stretch": 0.3, "bend": 0.3, "noise_by_rarity": 0.3},
        "pages": SMALL["pages"] | {"leakage": 0.12, "overlap": 0.3, "menu": 0.2, "copied": 0.2},
    }
    return root, make_world(root, settings), load_truth(root)


def test_the_truth_of_a_hard_world_is_what_its_texts_say(hard):
    _, corpus, truth = hard
    pages = corpus.table("pages").to_pandas()
    assert pages["url"].tolist() == truth.pages["url"].tolist()
    assert truth.pages["n_words"].tolist() == [len(text.split()) for text in pages["text"]]
    topics = truth.words.groupby(["language", "word"])["topic"].agg(set)
    products = {word for (_, word), of in topics.items() if any(topic.startswith("product") for topic in of)}
    sold = pages["text"][truth.pages["kind"] == "product"].groupby(pages["firm_id"]).agg(" ".join)
    for firm in truth.firms.itertuples():
        words = sold[firm.firm_id].split()
        assert len(set(firm.product_words)) == len(firm.product_words)
        assert set(firm.product_words) <= products
        # A word that also means something else may stand there in that sense, too.
        assert all(words.count(word) >= n for word, n in zip(firm.product_words, firm.counts, strict=True))
    others = truth.pages[truth.pages["kind"] != "product"]
    assert others["n_product_words"].sum() / others["n_words"].sum() == pytest.approx(0.12, abs=0.02)


def test_planted_angles_and_matrices_stay_those_of_the_settings(hard):
    truth = hard[2]
    angles = truth.angles.query("industry == 'mean'")
    same_type = angles["firm_type_1"] == angles["firm_type_2"]
    assert angles["mean"][same_type].mean() == pytest.approx(20.0, abs=1e-4)
    made = truth.conversion_matrices @ truth.technology_centres
    np.testing.assert_allclose(made, truth.product_centres @ truth.concordances, atol=1e-10)
    assert truth.common_effects.shape == (3, 8)
    assert truth.own_effects.shape == (9, 3, 8)


def test_patents_of_a_firm_may_be_at_another_firm_of_its_group(hard):
    _, corpus, truth = hard
    firms, patents = corpus.table("firms").to_pandas(), corpus.table("patents").to_pandas()
    assert set(patents["firm_id"]) == set(firms["firm_id"][firms["has_patent"]])
    moved = truth.firms[truth.firms["patents_at"].notna()]
    assert len(moved) > 5
    assert not moved["has_patent"].any()
    group = firms.set_index("firm_id")["corporate_group"]
    assert (group[moved["firm_id"]].to_numpy() == group[moved["patents_at"]].to_numpy()).all()
    assert group[moved["firm_id"]].notna().all()
    held = patents.groupby("firm_id").size()
    assert held[moved["patents_at"].unique()].mean() > held.mean()


def test_all_pages_of_a_site_begin_with_its_menu_and_some_bodies_stand_twice(hard):
    pages = hard[1].table("pages").to_pandas()
    bodies, menus = [], []
    for _, texts in pages.groupby("firm_id")["text"]:
        words = [text.split() for text in texts]
        if len(words) > 1:
            size = next(n for n, of_pages in enumerate(zip(*words, strict=False)) if len(set(of_pages)) > 1)
            menus.append(size)
            bodies += [" ".join(page[size:]) for page in words]
    assert min(menus) >= 1
    assert np.mean(menus) == pytest.approx(0.2 * 60 * np.exp(0.6**2 / 2), rel=0.15)
    assert len(bodies) - len(set(bodies)) > 0.05 * len(bodies)


def test_a_word_of_two_meanings_has_one_vector_and_all_its_translations(hard):
    root, _, truth = hard
    words = truth.words[truth.words["language"] == "ja"]
    twice = words["word"][words["word"].duplicated()].tolist()
    assert len(twice) == pytest.approx(0.1 * len(words), rel=0.15)
    table = (root / "vectors" / "ja" / "words.txt").read_text(encoding="utf-8").split()
    assert len(set(table)) == len(table)
    concepts = truth.words.set_index("word")["concept"]
    english = truth.translations("ja-en").groupby("source")["target"].agg(set)
    for word in twice[:10]:
        assert set(concepts.loc[word]) <= {c for target in english[word] for c in concepts.loc[[target]]}
    for part in ("train", "test"):
        lines = (root / "lexicon" / f"ja-en.{part}.tsv").read_text(encoding="utf-8").splitlines()
        right = set(truth.translations("ja-en").itertuples(index=False, name=None))
        assert np.mean([tuple(line.split("\t")) in right for line in lines]) > 0.8
