import pytest

from ipml.codes import code_names
from ipml.errors import InputError
from ipml.published import (
    TABLES,
    published_accuracies,
    published_angles,
    published_directory,
    published_pages_kept,
    published_table,
)

COUNTRIES, FIRM_TYPES = code_names("country"), code_names("firm_type")


def test_every_table_is_there_and_no_other() -> None:
    assert sorted(path.stem for path in published_directory().glob("*.csv")) == sorted(TABLES)


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(InputError, match="firms, page_attention, keywords"):
        published_table("opportunities")


def test_firm_types_partition_the_firms_with_patents() -> None:
    firms = published_table("firms").set_index("country")
    assert firms[list(FIRM_TYPES)].sum(axis=1).equals(firms["with_patents"].rename(None))
    assert (firms["with_patents"] <= firms["total"]).all()


def test_training_and_test_firms_of_the_mappings_are_those_firms() -> None:
    mapping = published_table("mapping").set_index(["country", "firm_type"])
    firms = published_table("firms").set_index("country")
    totals = mapping["train_firms"] + mapping["test_firms"]
    assert all(total == firms.at[country, firm_type] for (country, firm_type), total in totals.items())
    assert (mapping["train_firms"] / totals).between(0.69, 0.71).all()


def test_accuracies_and_shares_are_shares() -> None:
    alignment = published_table("alignment")[["ac1", "ac5", "ac10", "ac100"]]
    assert (alignment.diff(axis=1).iloc[:, 1:] > 0).all(axis=None)
    assert alignment.to_numpy().max() < 1
    assert published_table("keywords")["value"].between(0, 1).all()
    assert len(published_accuracies()) == len(COUNTRIES) * len(FIRM_TYPES)
    assert all(0.8 < accuracy < 0.95 for accuracy, _ in published_accuracies().values())


def test_angles_are_found_by_the_label_of_a_comparison() -> None:
    angles = published_angles()
    assert angles["JP-US established"] == (43.61, 2.0)
    assert angles["CN high_growth-established"] == (24.98, 5.66)
    assert len(angles) == 6


def test_the_attention_of_the_example_firm_sums_to_one_over_few_of_its_pages() -> None:
    weights = published_table("page_attention")["weight"]
    assert weights.sum() == pytest.approx(1, abs=0.02)  # five numbers, rounded to two digits
    assert published_pages_kept() == (5, 31)
