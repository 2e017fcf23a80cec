"""The budget of a command: time, memory and rows, and the one way to stop early.

`with limited(Limits(seconds=5)):` holds everything within the block to these limits,
in the thread that entered it. A statement of SQLite or DuckDB is interrupted; loops
of ours call `check`. What stops a block early (a limit, Ctrl-C) is kept as `stopped`
and raised by the next `check`, so that it is not lost where a library catches it.

A thread watches the clock and the memory of the process. On a command line it also
wakes the main thread (`wake`), so that a loop without `check` stops too.
"""

from __future__ import annotations

import contextlib
import math
import os
import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from whereas.diagnostics import LimitExceeded, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# A share of the machine's memory: the rest is for the system and other programs.
MEMORY_SHARE = 0.75
# The least that a limit of memory can be: Python and the databases take half of it.
LEAST_MEMORY = 128 * 10**6

# How often the clock and the memory are looked at.
_INTERVAL = 0.05
# The main thread is woken again after so long if it has not left the block.
_AGAIN = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a command may use.

    `seconds` and `memory` (bytes of the process; None: a share of the machine) are
    for the whole command. `rows` and `rounds` are for each model that is derived: its
    derived rows, and the rounds of one component.
    """

    seconds: float = 600.0
    rows: int = 10**8
    rounds: int = 100_000
    memory: int | None = None

    def __post_init__(self) -> None:
        """Refuse what is no limit."""
        if not (math.isfinite(self.seconds) and self.seconds > 0):
            raise UsageError(
                f"a limit of {self.seconds:g} seconds is none: it is a number above 0"
            )
        for name in ("rows", "rounds"):
            if getattr(self, name) < 1:
                raise UsageError(f"a limit of {name} is at least 1")
        if self.memory is not None and self.memory < LEAST_MEMORY:
            raise UsageError(f"a limit of memory is at least {in_units(LEAST_MEMORY)}")


class Budget:
    """What a block may use, what it has used, and whether it is to stop."""

    def __init__(
        self,
        limits: Limits,
        outer: Budget | None = None,
        wake: Callable[[], None] | None = None,
    ) -> None:
        """Begin now; the narrower of these limits and those of `outer` hold."""
        self.limits = limits
        self.memory = limits.memory or memory_by_default()
        self.until = time.monotonic() + limits.seconds
        self.stopped: BaseException | None = None
        # The block has raised what stops it: it is being left.
        self.raised = False
        # What is being done, for the error: words, or a function that gives them.
        self.doing: str | Callable[[], str] = "it had just begun"
        self._wake = wake
        self._wake_after = 0.0
        self._interrupt: Callable[[], None] | None = None
        self._left = threading.Event()
        if outer is not None:
            self.until = min(self.until, outer.until)
            self.memory = min(self.memory, outer.memory)
            self.doing = outer.doing

    @property
    def seconds_left(self) -> float:
        """The time that may still be used."""
        return self.until - time.monotonic()

    def check(self) -> None:
        """Raise what stops the block, if anything does."""
        if self.stopped is None and time.monotonic() > self.until:
            self.stopped = self.exceeded(f"{self.limits.seconds:g} seconds")
        if self.stopped is not None:
            self.raised = True
            raise self.stopped

    def stop(self, why: BaseException) -> bool:
        """Stop the block: the first reason stays.

        Return whether a statement is running that has been interrupted; else the
        caller may raise at once.
        """
        if self.stopped is None:
            self.stopped = why
            self._wake_after = time.monotonic() + _AGAIN
        interrupt = self._interrupt
        if interrupt is not None:
            interrupt()
        return interrupt is not None

    def exceeded(self, limit: str) -> LimitExceeded:
        """Return the error about a limit, which says what was being done."""
        doing = self.doing if isinstance(self.doing, str) else self.doing()
        return LimitExceeded(f"stopped at the limit of {limit}: {doing}")

    def out_of_memory(self) -> LimitExceeded:
        """Return the error about the limit of memory."""
        return self.exceeded(f"{in_units(self.memory)} of memory")

    # --- the watching thread ------------------------------------------------------

    def watch(self) -> None:
        """Stop the block when a limit is exceeded; ends when the block is left."""
        while not self._left.wait(_INTERVAL):
            if self.stopped is None:
                if time.monotonic() > self.until:
                    self.stopped = self.exceeded(f"{self.limits.seconds:g} seconds")
                elif (memory_used() or 0) > self.memory:
                    self.stopped = self.out_of_memory()
            if self.stopped is None:
                continue
            # An interrupt before the statement has begun is lost: it is repeated.
            interrupted = self.stop(self.stopped)
            now = time.monotonic()
            asleep = not (interrupted or self.raised)
            if self._wake is not None and asleep and now > self._wake_after:
                self._wake_after = now + _AGAIN
                self._wake()

    def leave(self) -> None:
        """End the watching thread: the block is left."""
        self._left.set()

    def running(self, interrupt: Callable[[], None] | None) -> None:
        """Note how the running statement is interrupted; None: none is running."""
        self._interrupt = interrupt


_CURRENT: ContextVar[Budget | None] = ContextVar("budget", default=None)


def current() -> Budget | None:
    """Return the budget of the block that this runs in."""
    return _CURRENT.get()


def current_limits() -> Limits:
    """Return the limits that hold here; the default ones outside of any block."""
    budget = _CURRENT.get()
    return Limits() if budget is None else budget.limits


def check() -> None:
    """Raise what stops the block that this runs in, if anything does."""
    budget = _CURRENT.get()
    if budget is not None:
        budget.check()


def is_stopped() -> bool:
    """Return whether the block that this runs in is to stop."""
    budget = _CURRENT.get()
    if budget is None:
        return False
    return budget.stopped is not None or budget.seconds_left < 0


@contextmanager
def limited(
    limits: Limits | None = None, wake: Callable[[], None] | None = None
) -> Iterator[Budget]:
    """Hold a block to limits; raises `LimitExceeded` where one is exceeded.

    Within another such block the narrower limits hold; without limits of its own the
    inner block is part of the outer one. `wake` interrupts the main thread.
    """
    outer = _CURRENT.get()
    if outer is not None and limits is None:
        yield outer
        return
    budget = Budget(limits or Limits(), outer, wake)
    token = _CURRENT.set(budget)
    thread = threading.Thread(target=budget.watch, daemon=True)
    thread.start()
    try:
        yield budget
    except MemoryError:
        raise budget.out_of_memory() from None
    finally:
        budget.leave()
        _CURRENT.reset(token)


@contextmanager
def doing(what: str | Callable[[], str]) -> Iterator[None]:
    """Say what a block does, for the error about a limit that is exceeded in it."""
    budget = _CURRENT.get()
    if budget is None:
        yield
        return
    before, budget.doing = budget.doing, what
    try:
        yield
    finally:
        budget.doing = before


class Statement:
    """A running statement that is interrupted where its block is to stop.

    `interrupt` stops it from another thread; `no_memory` is what it raises where it
    reaches the limit of memory.
    """

    __slots__ = ("_budget", "_interrupt", "_no_memory")

    def __init__(
        self, interrupt: Callable[[], None], no_memory: type[BaseException]
    ) -> None:
        """Prepare to run a statement."""
        self._interrupt = interrupt
        self._no_memory = no_memory
        self._budget = _CURRENT.get()

    def __enter__(self) -> None:
        """Begin, unless the block is to stop."""
        budget = self._budget
        if budget is not None:
            budget.check()
            budget.running(self._interrupt)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End; what stopped the statement is raised in place of its own error."""
        budget = self._budget
        if budget is None:
            return
        budget.running(None)
        if budget.stopped is not None:
            budget.check()
        if kind is not None and issubclass(kind, self._no_memory):
            raise budget.out_of_memory() from None


# --- memory -------------------------------------------------------------------------


def memory_by_default() -> int:
    """Return the limit of memory where none is given: a share of the machine's."""
    return max(int(_machine_memory() * MEMORY_SHARE), LEAST_MEMORY)


def memory_used() -> int | None:
    """Return the memory that the process holds now; None where the system hides it."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123  # often called
            return int(file.read().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return None


def in_units(number: int) -> str:
    """Return a number of bytes as `--max-memory` takes it: `2GB`, `1500MB`."""
    for unit, size in (("GB", 10**9), ("MB", 10**6)):
        if number >= size and not number % size:
            return f"{number // size}{unit}"
    return f"{number // 10**6}MB"


def _machine_memory() -> int:
    """Return the memory of the machine, or of the container if that has less."""
    found = [8 * 10**9]
    with contextlib.suppress(OSError, ValueError, AttributeError):
        found = [os.sysconf("SC_PHYS_PAGES") * _PAGE]
    for name in _CONTAINER:
        with contextlib.suppress(OSError, ValueError):
            found.append(int(Path(name).read_text("ascii")))
    return min(found)


_CONTAINER = (
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
)
_PAGE = 4096
with contextlib.suppress(OSError, ValueError, AttributeError):
    _PAGE = os.sysconf("SC_PAGE_SIZE")
