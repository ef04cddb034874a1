import numpy as np
import pytest

from ipml.alignment.affine import Alignment
from ipml.alignment.fused import FOLDER, FusedAlignment, mean_translations
from ipml.errors import InputError
from ipml.linear_map.solvers import random_orthogonal
from ipml.tracking.model_files import load_model, save_model

ENGLISH = np.array([[1, 0], [0, 1], [2, 2], [5, 5]], dtype=np.float64)


def linear():
    return Alignment(
        random_orthogonal(2, 3, 1),
        np.ones((1, 3)),
        np.full((1, 2), 0.5),
        1.5,
        ("unit", "centre"),
        {"pair": "ja-en", "seed": 3, "source_language": {}},
    )


def fused():
    return FusedAlignment(linear(), ("犬", "猫"), np.array([[1, 2], [3, 4]], dtype=np.float32))


def test_a_word_is_the_weighted_mean_of_its_best_translations():
    found = np.array([[2, 0, 3], [1, 2, 3]])
    probabilities = np.array([[0.6, 0.2, 0.2], [0.9, 0.1, 0.0]])
    vectors = mean_translations(found, probabilities, ENGLISH, 2)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, [[0.75 * 2 + 0.25, 0.75 * 2], [0.1 * 2, 0.9 + 0.1 * 2]], rtol=1e-6)
    np.testing.assert_allclose(mean_translations(found, probabilities, ENGLISH, 1), ENGLISH[[2, 1]])
    np.testing.assert_allclose(mean_translations(found, probabilities, ENGLISH, 10)[1], [0.2, 1.1], rtol=1e-6)


def test_translated_words_have_their_vector_and_others_go_by_the_linear_map():
    vectors = np.random.default_rng(0).normal(size=(3, 3))
    reference = fused().reference_vectors(["猫", "鳥", "犬"], vectors)
    np.testing.assert_array_equal(reference[[0, 2]], [[3, 4], [1, 2]])
    np.testing.assert_array_equal(reference[1], linear().apply(vectors)[1])
    assert fused().reference_vectors([], np.zeros((0, 3))).shape == (0, 2)


def test_a_saved_model_is_read_as_it_was(tmp_path):
    fused().save(tmp_path)
    read = FusedAlignment.load(tmp_path)
    assert read.words == ("犬", "猫")
    assert {key: read.settings[key] for key in ("pair", "seed")} == {"pair": "ja-en", "seed": 3}
    vectors = np.random.default_rng(0).normal(size=(2, 3))
    np.testing.assert_array_equal(
        read.reference_vectors(["犬", "鳥"], vectors), fused().reference_vectors(["犬", "鳥"], vectors)
    )


def shorten(folder):
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[:-4])


def break_settings(folder):
    (folder / "model.json").write_text('{"kind": "fused_alignment", "words": ["犬"')


def drop_settings(folder):
    (folder / "model.json").unlink()


def drop_linear(folder):
    (folder / FOLDER / "model.safetensors").unlink()


def shorten_linear(folder):
    shorten(folder / FOLDER)


def change(**changes):
    """Change what is saved of words or of vectors."""

    def changed(folder):
        tensors, settings = load_model(folder, "fused_alignment")
        for name, value in changes.items():
            kept = tensors if name == "vectors" else settings
            if value is None:
                del kept[name]
            else:
                kept[name] = value
        save_model(folder, settings["kind"], tensors, settings)

    return changed


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (shorten, "changed or cut short"),
        (break_settings, "not readable as JSON"),
        (drop_settings, "missing"),
        (drop_linear, "linear.*missing"),
        (shorten_linear, "linear.*changed or cut short"),
        (change(words=["犬"]), "words and vectors do not match"),
        (change(words=None), "words and vectors do not match"),
        (change(words="犬猫"), "words and vectors do not match"),
        (change(vectors=None), "words and vectors do not match"),
        (change(vectors=np.ones(2, np.float32)), "words and vectors do not match"),
        (change(vectors=np.ones((3, 2), np.float32)), "words and vectors do not match"),
        (change(vectors=np.ones((2, 5), np.float32)), "words and vectors do not match"),
        (change(kind="alignment"), "a model of kind alignment; needed: fused_alignment"),
    ],
)
def test_a_damaged_model_is_refused_in_one_line_that_names_its_folder(tmp_path, damage, message):
    folder = tmp_path / "model"
    fused().save(folder)
    damage(folder)
    with pytest.raises(InputError, match=message) as error:
        FusedAlignment.load(folder)
    assert str(error.value).startswith(str(folder))
    assert "\n" not in str(error.value)
