"""Keep libraries from talking over the console."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_LIBRARIES = ("pytorch_lightning", "lightning_fabric")


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Keep Lightning's remarks on devices, workers and optimisers off the screen while the block runs."""
    # Its modules have levels of their own, which the library's level does not reach.
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in _LIBRARIES]
    loggers = [logging.getLogger(name) for name in {*names, *_LIBRARIES}]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            for library in _LIBRARIES:
                warnings.filterwarnings("ignore", module=library)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
