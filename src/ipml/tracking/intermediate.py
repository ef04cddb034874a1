"""Scores that a training reports on its way, to a listener that may break it off; without one nothing happens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[float, int], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


class BrokenOff(Exception):  # noqa: N818 -- nothing went wrong
    """A listener has seen enough of a training; its run ends as KILLED, with the tag ``ipml.pruned``."""


def report(score: float, step: int) -> None:
    """Tell the listener how good a training is so far.

    Parameters
    ----------
    score
        Of data that was not trained on, and that the training's figures may be chosen by; the higher the better.
    step
        How far the training is, in epochs or folds: 1, 2, …

    Raises
    ------
    BrokenOff
        If the listener thinks it is not worth going on.
    """
    listener = _listener.get()
    if listener is not None:
        listener(score, step)


def is_listened_to() -> bool:
    """Whether anybody hears what is reported, for scores that a training would not compute otherwise."""
    return _listener.get() is not None


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Hand what trainings report to ``listener`` while the block runs."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
