"""SIGTERM, SIGHUP and Ctrl-C end a command in one way: what is open is closed, and the exit code tells the signal."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP


class Stop:
    """What has stopped a command: the number of the signal, or None."""

    number: int | None = None

    @property
    def exit_code(self) -> int:
        """As shells give it: 128 and the signal's number."""
        return 128 + (self.number or signal.SIGINT)


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Raise `KeyboardInterrupt` for each of the signals while the block runs.

    What is caught need not be that: Lightning turns it into an exit of its own. A signal that is ignored, as SIGHUP
    under ``nohup``, stays so, and nothing is done outside the main thread.
    """
    stop = Stop()
    before: dict[int, Any] = {}

    def interrupt(number: int, _: FrameType | None) -> NoReturn:
        first, stop.number = stop.number is None, number
        if first:  # closing what is open is not to be cut short, but by another Ctrl-C
            for other in before:
                if other != signal.SIGINT:
                    signal.signal(other, signal.SIG_IGN)
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        for number in (getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)):
            if (found := signal.getsignal(number)) not in (signal.SIG_IGN, None):
                before[number] = found
                signal.signal(number, interrupt)
    try:
        yield stop
    finally:
        for number, found in before.items():
            signal.signal(number, found)
