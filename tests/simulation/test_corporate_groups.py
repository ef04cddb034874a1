import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.settings.world import Firms
from ipml.simulation.corporate_groups import NO_GROUP, draw_corporate_groups


def draw(n, seed=0, **settings):
    rng = np.random.default_rng(seed)
    country, industry, invents = rng.integers(2, size=n), rng.integers(3, size=n), rng.random(n) < 0.6
    groups = draw_corporate_groups(country, industry, invents, Firms(**settings), rng)
    return country, industry, invents, groups


@given(st.integers(0, 60), st.floats(0, 1), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_a_group_is_of_one_country_and_industry_and_has_one_holder(n, share, at_parent, seed):
    country, industry, invents, groups = draw(n, seed, in_corporate_groups=share, patents_at_parent=at_parent)
    moved = groups.hands_over()
    assert invents[moved].all()
    assert invents[groups.holder[moved]].all()
    assert not moved[groups.holder].any()  # a holder holds its own
    assert (groups.number[moved] == groups.number[groups.holder[moved]]).all()
    assert (groups.number[moved] != NO_GROUP).all()
    for number in set(groups.number[groups.number != NO_GROUP]):
        members = groups.number == number
        assert 2 <= members.sum() <= 4
        assert len(set(zip(country[members], industry[members], strict=True))) == 1
        assert len(set(groups.holder[members & moved])) <= 1


def test_shares_of_firms_and_of_patents_that_move():
    _, _, invents, groups = draw(20_000, in_corporate_groups=0.3, patents_at_parent=0.5)
    inside = groups.number != NO_GROUP
    assert inside.mean() == pytest.approx(0.3, abs=0.01)
    inventors = np.bincount(groups.number[inside & invents])
    movable = (inventors[inventors > 0] - 1).sum()
    assert groups.hands_over().sum() / movable == pytest.approx(0.5, abs=0.03)


def test_without_a_share_every_firm_stands_alone():
    *_, groups = draw(500)
    assert (groups.number == NO_GROUP).all()
    assert not groups.hands_over().any()
