import numpy as np
import pytest

from ipml.errors import InputError
from tests.alignment.methods.planted import fit, planted


def test_the_identity_maps_nothing():
    np.testing.assert_array_equal(fit(planted(), "identity").matrix, np.eye(8))


def test_different_dimensions_are_refused_in_one_line():
    with pytest.raises(
        InputError, match=r"identity: source vectors of 8 dimensions and target ones of 5"
    ) as error:
        fit(planted(8, 5), "identity")
    assert "\n" not in str(error.value)
