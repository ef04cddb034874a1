import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.errors import LineageError
from ipml.tracking import Lineage

lineages = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["1", "2"])).map(Lineage)


@given(lineages, lineages)
def test_merging_is_the_union_or_an_error_that_names_the_conflict(first, second):
    conflicts = [name for name in sorted(first.keys() & second.keys()) if first[name] != second[name]]
    if conflicts:
        with pytest.raises(LineageError, match=f"left .* {conflicts[0]} .* right"):
            first.merge(second, "left", "right")
    else:
        assert first.merge(second, "left", "right") == {**first, **second}


@given(lineages)
def test_tags_keep_a_lineage(lineage):
    assert Lineage.from_tags({**lineage.as_tags(), "mlflow.user": "someone"}) == lineage


def test_the_message_names_both_sides_and_both_versions():
    first, second = Lineage({"alignment-ja-en": "1"}), Lineage({"alignment-ja-en": "2"})
    with pytest.raises(
        LineageError, match=r"mapping-A .* alignment-ja-en 1 .* mapping-B .* alignment-ja-en 2"
    ):
        first.merge(second, "mapping-A", "mapping-B")
