"""Keep libraries from talking over the console."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_LIBRARIES = ("pytorch_lightning", "lightning_fabric")


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Keep Lightning's remarks on devices, workers and optimisers off the screen while the block runs."""
    # Modules with a level of their own, which the library's does not reach; to set one costs a walk over all loggers.
    known = logging.root.manager.loggerDict.items()
    own = [
        name
        for name, logger in known
        if name.split(".")[0] in _LIBRARIES and isinstance(logger, logging.Logger) and logger.level
    ]
    loggers = [logging.getLogger(name) for name in {*own, *_LIBRARIES}]
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
