"""An aligner of one's own, by the words of docs/extending.md: a file of Python and a file of configuration."""

import numpy as np

from tests.alignment.methods.planted import accuracy, fit, planted
from tests.recipes import write_recipes


def test_the_aligner_of_the_guide_works_from_a_folder_of_its_own(tmp_path, monkeypatch):
    searchpath = write_recipes(tmp_path, "An aligner")
    monkeypatch.syspath_prepend(tmp_path)
    data = planted(noise=0.05)
    fitted = fit(data, "weighted", searchpath)
    assert accuracy(data, fitted) > 0.9
    np.testing.assert_allclose(fitted.matrix @ fitted.matrix.T, np.eye(8), atol=1e-9)
    assert fitted.figures == {"power": 0.5}
