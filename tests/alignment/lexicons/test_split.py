"""The split of a package's source words."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.alignment.lexicons import sources_in, thousandth
from ipml.errors import InputError


@given(st.sets(st.text(st.characters(codec="utf-8"), max_size=5)), st.integers(1, 999))
def test_two_parts_share_no_source_and_lose_none(words, cut):
    low, high = sources_in(words, [0, cut], "train"), sources_in(words, [cut, 1000], "test")
    assert not low & high
    assert low | high == words


@pytest.mark.parametrize(
    "bounds", [[], [1], [420, 420], [500, 20], [-1, 20], [0, 1001], [0.1, 20], [True, 2]]
)
def test_bounds_that_are_none(bounds):
    with pytest.raises(InputError, match=r"lexicon\.train=\[.*\]: thousandths are needed"):
        sources_in(["犬"], bounds, "lexicon.train")


@pytest.mark.parametrize(("part", "low", "high"), [("train", 420, 1000), ("valid", 200, 420)])
@pytest.mark.parametrize("pair", ["ja-en", "zh-en"])
def test_it_is_the_split_of_the_shared_dictionaries(shared, pair, part, low, high):
    with gzip.open(shared / "data" / "lexicon" / f"{pair}.{part}.tsv.gz", "rt", encoding="utf-8") as stream:
        assert all(low <= thousandth(line.split("\t")[0]) < high for line in stream)
