"""An aligner of one's own, by the words of docs/extending.md: a file of Python and a file of configuration."""

import re

import numpy as np

from tests.alignment.methods.planted import accuracy, fit, planted
from tests.conftest import REPOSITORY


def test_the_aligner_of_the_guide_works_from_a_folder_of_its_own(tmp_path, monkeypatch):
    guide = (REPOSITORY / "docs" / "extending.md").read_text(encoding="utf-8")
    python, yaml = re.search(
        r"## An aligner.*?```python\n(.*?)```.*?```yaml\n(.*?)```", guide, re.DOTALL
    ).groups()
    (tmp_path / "my_aligner.py").write_text(python, encoding="utf-8")
    (tmp_path / "conf" / "aligner").mkdir(parents=True)
    (tmp_path / "conf" / "aligner" / "weighted.yaml").write_text(yaml, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    data = planted(noise=0.05)
    fitted = fit(data, "weighted", f"hydra.searchpath=[file://{tmp_path / 'conf'}]")
    assert accuracy(data, fitted) > 0.9
    np.testing.assert_allclose(fitted.matrix @ fitted.matrix.T, np.eye(8), atol=1e-9)
    assert fitted.figures == {"power": 0.5}
