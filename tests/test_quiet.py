import logging
import warnings

import pytest

from ipml.quiet import quiet_lightning


def test_levels_and_warnings_come_back_after_the_block():
    library = logging.getLogger("pytorch_lightning")
    module = logging.getLogger("pytorch_lightning.trainer.connectors")
    module.setLevel(logging.INFO)
    before = library.level
    with quiet_lightning():
        assert library.level == module.level == logging.ERROR
    assert (library.level, module.level) == (before, logging.INFO)


def test_other_libraries_may_still_warn():
    with pytest.warns(UserWarning, match="heard"), quiet_lightning():
        warnings.warn("heard", stacklevel=1)
