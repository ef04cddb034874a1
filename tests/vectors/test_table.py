import numpy as np
import pandas as pd
import pytest

from ipml.errors import InputError
from ipml.vectors.table import FIRM_COLUMNS, FirmVectors


def planted(n=4, d=3):
    rng = np.random.default_rng(0)
    firms = pd.DataFrame({column: [0.5] * n for column in FIRM_COLUMNS})
    firms["firm_id"] = [f"JP-{i}" for i in range(n)]
    firms["firm_type"] = ["established", "high_growth"] * (n // 2)
    P, T = rng.normal(size=(2, n, d)).astype(np.float32)
    return FirmVectors(firms, P, T)


def test_the_table_comes_back_from_a_file_unchanged(tmp_path):
    vectors = planted()
    vectors.to_frame().to_parquet(tmp_path / "v.parquet")
    loaded = FirmVectors.from_frame(pd.read_parquet(tmp_path / "v.parquet"), "v.parquet")
    np.testing.assert_array_equal(loaded.P, vectors.P)
    np.testing.assert_array_equal(loaded.T, vectors.T)
    assert loaded.firms["firm_id"].tolist() == vectors.firms["firm_id"].tolist()
    assert loaded.hash == vectors.hash


def test_errors_go_with_their_firms_and_old_tables_have_none():
    vectors = planted()
    with_errors = FirmVectors(vectors.firms, vectors.P, vectors.T, vectors.P + 1, vectors.T + 2)
    loaded = FirmVectors.from_frame(with_errors.to_frame(), "t").of_type("high_growth")
    np.testing.assert_array_equal(loaded.P_error, vectors.P[[1, 3]] + 1)
    np.testing.assert_array_equal(loaded.T_error, vectors.T[[1, 3]] + 2)
    old = FirmVectors.from_frame(vectors.to_frame(), "t").of_type("high_growth")
    assert old.P_error is None
    assert old.T_error is None


def test_the_hash_sees_every_change():
    vectors = planted()
    hashes = {
        vectors.hash,
        FirmVectors(vectors.firms, vectors.T, vectors.P).hash,
        vectors.where([1, 1, 1, 0]).hash,
    }
    renamed = vectors.firms.assign(firm_id=["a", "b", "c", "d"])
    hashes.add(FirmVectors(renamed, vectors.P, vectors.T).hash)
    assert len(hashes) == 4


def test_firms_of_a_type():
    vectors = planted()
    chosen = vectors.of_type("high_growth")
    assert len(chosen) == 2
    np.testing.assert_array_equal(chosen.P, vectors.P[[1, 3]])
    assert chosen.firms["firm_id"].tolist() == ["JP-1", "JP-3"]
    assert len(vectors.of_type("multinational")) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="industry"), "table.parquet: no column industry"),
        (lambda f: f.assign(product_vector=[[1.0]] * 3 + [[1.0, 2.0]]), r"different lengths \[1, 2\]"),
        (lambda f: f.assign(product_vector=[[1.0]] * 4), r"shape \(4, 1\), technology vectors \(4, 3\)"),
        (
            lambda f: f.assign(technology_vector=[[1.0, 0, 0]] * 3 + [[1.0, np.nan, 0]]),
            "technology_vector: NaN or infinity in row 4",
        ),
    ],
)
def test_a_table_that_is_none_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        FirmVectors.from_frame(change(planted().to_frame()), "table.parquet")
