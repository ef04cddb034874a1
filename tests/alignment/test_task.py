import numpy as np
import pytest

from ipml.alignment.task import dictionary_folds, open_task
from ipml.errors import InputError


def task_config(world, *overrides):
    return world.settings("train", "model=alignment", *overrides)


def write(path, lines):
    path.write_text("".join(f"{source}\t{target}\n" for source, target in lines), encoding="utf-8")
    return path


def test_the_dictionary_comes_in_three_parts_without_a_word_in_two(world):
    task = open_task(task_config(world, "model.validation_share=0.3"))
    assert task.pair == "ja-en"
    assert list(task.source.words) == world.words["ja"]
    assert list(task.target.words) == world.words["en"]
    parts = [set(part.translations()) for part in (task.train, task.validation, task.test)]
    assert all(20 < len(part) < 130 for part in parts)
    assert sum(map(len, parts)) == len(set.union(*parts)) == 240
    assert parts[2] == set(world.words["ja"][1::2])
    again = open_task(task_config(world, "model.validation_share=0.3"))
    assert (again.train, again.dictionaries) == (task.train, task.dictionaries)
    assert open_task(task_config(world, "model.validation_share=0.3", "seed=1")).train != task.train


def test_all_pairs_of_a_source_word_are_in_one_part(world, tmp_path):
    ja, en = world.words["ja"], world.words["en"]
    pairs = [(ja[i], en[j]) for i in range(0, 240, 2) for j in (i, i + 1)]
    path = write(tmp_path / "train.tsv", pairs)
    task = open_task(task_config(world, f"lexicon.train={path}", "model.validation_share=0.3"))
    assert len(task.train) + len(task.validation) == 240
    for part in (task.train, task.validation):
        assert all(len(translations) == 2 for translations in part.translations().values())


def test_a_test_word_is_dropped_from_training(world, tmp_path, capsys):
    ja, en = world.words["ja"], world.words["en"]
    given = [(ja[i], en[i]) for i in range(0, 240, 2)]
    leak = [(ja[1], en[9]), (ja[3], en[3])]
    clean = open_task(task_config(world))
    task = open_task(task_config(world, f"lexicon.train={write(tmp_path / 'train.tsv', given + leak)}"))
    assert "2 training pairs left out: their source words are in lexicon.test" in capsys.readouterr().out
    assert (task.train, task.validation) == (clean.train, clean.validation)
    assert task.dictionaries == clean.dictionaries


def test_the_hash_is_that_of_the_dictionaries(world, tmp_path):
    path = write(tmp_path / "test.tsv", [(world.words["ja"][1], world.words["en"][7])])
    assert (
        open_task(task_config(world, f"lexicon.test={path}")).dictionaries
        != open_task(task_config(world)).dictionaries
    )


def test_words_are_looked_up_as_rows(world, tmp_path):
    ja, en = world.words["ja"], world.words["en"]
    pairs = [(ja[3], en[8]), (ja[3], en[2]), (ja[5], "none"), ("無", en[1])]
    path = write(tmp_path / "test.tsv", pairs)
    task = open_task(task_config(world, f"lexicon.test={path}", "model.max_words=100"))
    assert len(task.source.words) == len(task.target.words) == 100
    test, validation = task.words()
    assert test.rows.tolist() == [3, 5]
    assert test.correct == [[8, 2], []]
    assert test.n_without_vector == 1
    assert {task.source.words[row] for row in validation.rows} <= set(task.validation.translations())


def test_pairs_are_prepared_and_weighed(world, tmp_path):
    ja, en = world.words["ja"], world.words["en"]
    pairs = [(ja[0], en[0]), (ja[0], en[2]), (ja[4], en[4]), (ja[6], "none")]
    overrides = [f"lexicon.train={write(tmp_path / 'train.tsv', pairs)}", "model.validation_share=0"]
    config = task_config(world, *overrides)
    task = open_task(config)
    data = task.data(config.model.pair_weights, 0)
    assert data.train_rows.tolist() == [[0, 0], [0, 2], [4, 4]]
    assert data.weights.tolist() == [0.5, 0.5, 1]
    np.testing.assert_allclose(np.linalg.norm(data.X, axis=1), 1)
    assert sorted(data.held_out) == list(range(1, 240, 2))
    assert data.is_held_out().sum() == 120
    by_pair = task_config(world, *overrides, "model.pair_weights=pair")
    assert open_task(by_pair).data(by_pair.model, 0).weights.tolist() == [1, 1, 1]


def test_held_out_words_are_those_of_test_and_validation(world):
    config = task_config(world, "model.validation_share=0.3")
    task = open_task(config)
    held_out = {task.source.words[row] for row in task.data(config.model.pair_weights, 0).held_out}
    assert held_out == set(task.test.translations()) | set(task.validation.translations())


def test_folds_are_those_of_the_words():
    words = [f"語{i}" for i in range(2000)]
    fold = dictionary_folds(words, 5, seed=0)
    assert np.bincount(fold) == pytest.approx(np.full(5, 400), abs=80)
    np.testing.assert_array_equal(dictionary_folds(words[::-1], 5, seed=0), fold[::-1])
    assert (dictionary_folds(words, 5, seed=1) != fold).mean() > 0.6


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("country=US", "language=en: the reference language needs no alignment"),
        ("model.validation_share=-0.1", "model.validation_share=-0.1: allowed: at least 0, less than 1"),
        ("model.pair_weights=word", "model.pair_weights=word: not a choice; allowed: source, pair"),
        ("lexicon.test=none.tsv", "lexicon.test=none.tsv: no such file"),
    ],
)
def test_mistakes_are_said_in_one_line(world, override, message):
    with pytest.raises(InputError) as error:
        open_task(task_config(world, override))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_dictionary_of_test_words_alone_leaves_nothing_to_train_on(world, tmp_path):
    path = write(tmp_path / "train.tsv", [(world.words["ja"][1], world.words["en"][1])])
    with pytest.raises(InputError, match=r"lexicon\.train=.*: no pair has vectors in both languages"):
        open_task(task_config(world, f"lexicon.train={path}"))
