"""Ctrl-C and SIGTERM into an exception: what runs stops, and what it began is undone.

A handler must not raise within a statement of DuckDB, which then never returns: the
statement is interrupted, and the budget raises when it has ended.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from whereas.budget import current

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

# The next SIGINT is that of `wake_main_thread`.
_WOKEN = threading.Event()

# SIGHUP: the terminal is gone. Windows has no such signal.
_ENDING = ("SIGTERM", "SIGHUP")


class Terminated(BaseException):
    """The process was asked to end by a signal other than Ctrl-C."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number


@contextmanager
def handled_signals() -> Iterator[None]:
    """Turn signals into `KeyboardInterrupt` and `Terminated` within a block.

    A signal that is ignored (`nohup`) stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = ("SIGINT", *_ENDING)
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wake_main_thread() -> None:
    """Interrupt what the main thread does, as Ctrl-C would, for a limit."""
    _WOKEN.set()
    ident = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and ident is not None:
        signal.pthread_kill(ident, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)


def _stop(number: int, _: FrameType | None) -> None:
    budget = current()
    if number == signal.SIGINT and _WOKEN.is_set():
        _WOKEN.clear()
        # A block that is being left, or was left, has said already what stopped it.
        if budget is None or budget.raised:
            return
    why: BaseException = KeyboardInterrupt()
    if number != signal.SIGINT:
        why = Terminated(number)
    if budget is None:
        raise why
    if not budget.stop(why):
        # The reason of a limit was first, where the limit woke us.
        budget.check()
