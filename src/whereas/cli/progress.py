"""What is being done, said on a terminal once it takes longer than a second."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from whereas.budget import doing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 1.0


@contextmanager
def progress(words: str) -> Iterator[Callable[[str], None]]:
    """Show `words` on stderr while a block runs; what is yielded changes them.

    Nothing is shown where stderr is no terminal, nor in the first second.
    """
    said = [words]
    with doing(lambda: f"it was {said[-1]}"):
        if not sys.stderr.isatty():
            yield said.append
            return
        yield from _shown(said)


def _shown(said: list[str]) -> Iterator[Callable[[str], None]]:
    done = threading.Event()
    thread = threading.Thread(target=_show, args=(said, done), daemon=True)
    thread.start()
    try:
        yield said.append
    finally:
        done.set()
        thread.join()


def _show(said: list[str], done: threading.Event) -> None:
    if done.wait(PATIENCE):
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{said[-1]} …") as status:
        while not done.wait(0.2):
            status.update(f"{said[-1]} …")
