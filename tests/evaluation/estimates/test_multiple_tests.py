import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipml.evaluation.estimates.inference import holm
from ipml.evaluation.results import Row, adjust, as_table


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_adjusted_p_values_keep_their_order_and_are_no_smaller(p_values: list[float]) -> None:
    p = np.array(p_values)
    adjusted = holm(p)
    assert np.all(adjusted >= p)
    assert np.all(adjusted <= 1)
    assert np.all(np.diff(adjusted[np.argsort(p)]) >= 0)
    assert adjusted.min() == pytest.approx(min(len(p) * p.min(), 1))


def test_a_family_is_one_method_at_one_level_in_one_direction() -> None:
    def row(group: str, direction: str, p_value: float | None, method: str = "debiased") -> Row:
        return Row("angle", "countries", group, method, 10.0, direction, p_value=p_value)

    table = adjust(
        as_table(
            [
                row("JP-US established", "mean", 0.01),
                row("JP-CN established", "mean", 0.03),
                row("JP-US established", "JP->US", 0.02),
                row("JP-CN established", "CN->JP", 0.5),
                row("JP-US established", "mean", 0.04, "clustered"),
                row("JP-US established", "mean", None, "plug_in"),
            ]
        )
    )
    assert table["p_adjusted"].tolist()[:5] == pytest.approx([0.02, 0.03, 0.04, 0.5, 0.04])
    assert pd.isna(table["p_adjusted"].iloc[5])
