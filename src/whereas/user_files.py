"""Files that a user names: opened only if they are regular, read up to a stated size.

A FIFO would wait for a writer that never comes, a device has no end, and a file can
be larger than memory. Each reader of rules, TOML, scenarios, proofs, models, changes
and facts opens its files here.

An `OSError` says that a file cannot be opened; the caller knows which error code it
has, and `reason` has the words. `Invalid` (E690) says that it is too large.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from whereas.codes import Code
from whereas.diagnostics import Cell, Diagnostic, Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

# The largest file of rules, TOML, scenarios, changes or templates.
TEXT_BYTES = 16_000_000

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a FIFO (a pipe)"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


Use = Literal["reads", "writes"]
# Device and number of each file and folder that was used within `noting_uses`.
_USES: ContextVar[dict[tuple[int, int], Use] | None] = ContextVar("uses", default=None)


@contextmanager
def noting_uses() -> Iterator[None]:
    """Note within a block which files are read and written, for `use_of`."""
    token = _USES.set({})
    try:
        yield
    finally:
        _USES.reset(token)


def note(path: Path, use: Use) -> None:
    """Note that a file, or all files of a folder, are read or written."""
    uses = _USES.get()
    if uses is not None:
        with suppress(OSError):
            status = path.stat()
            uses[status.st_dev, status.st_ino] = use


def use_of(path: Path) -> Use | None:
    """Return what was done to a file or folder within the block of `noting_uses`."""
    uses = _USES.get()
    try:
        status = path.stat()
    except OSError:
        return None
    return uses.get((status.st_dev, status.st_ino)) if uses else None


def open_regular(path: Path | str, limit: int) -> BinaryIO:
    """Open a regular file of at most `limit` bytes for reading.

    Raises `OSError` if it cannot be opened or is no regular file, and `Invalid` if
    it is larger. Links are followed.
    """
    try:
        # Asked first: to open a device may already do something to it.
        _require_regular(Path(path).stat(), path)
        handle = os.open(path, os.O_RDONLY | _NO_WAITING)
    except ValueError:
        raise OSError(errno.EINVAL, "its name holds a NUL character") from None
    file = os.fdopen(handle, "rb")
    try:
        status = os.fstat(handle)
        _require_regular(status, path)
        if status.st_size > limit:
            raise too_large(path, limit)
        uses = _USES.get()
        if uses is not None:
            uses[status.st_dev, status.st_ino] = "reads"
    except BaseException:
        file.close()
        raise
    return file


def read_regular(path: Path | str, limit: int = TEXT_BYTES) -> bytes:
    """Return the content of a regular file of at most `limit` bytes.

    Raises as `open_regular` does.
    """
    with open_regular(path, limit) as file:
        # It may have grown since it was opened, or not have said its size.
        content = file.read(limit + 1)
    if len(content) > limit:
        raise too_large(path, limit)
    return content


def modified(status: os.stat_result) -> int:
    """Return when a file was last changed, in nanoseconds.

    Its own time can be set by anyone; that of its entry cannot (Windows has it not).
    """
    return max(status.st_mtime_ns, status.st_ctime_ns)


def lies_within(path: Path, folder: Path) -> bool:
    """Whether a path lies in a folder when all links are followed.

    A path whose links go in a circle lies nowhere.
    """
    try:
        real = os.path.realpath(path, strict=path.is_symlink())
        return Path(real).is_relative_to(os.path.realpath(folder))
    except (OSError, ValueError):
        return False


def reason(error: OSError) -> str:
    """Return why the system refused, in our words."""
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return "permission denied"
        case errno.ENOENT:
            return "it does not exist"
        case errno.ELOOP:
            return "its links go in a circle"
        case _:
            return (error.strerror or "the system refuses").lower()


def too_large(path: Path | str, limit: int) -> Invalid:
    """Return the error about a file that has more bytes than it may have."""
    return Invalid(
        [
            Diagnostic(
                Code.FILE_TOO_LARGE,
                f"the file has more than {in_bytes(limit)}, the most that is read",
                Cell(str(path)),
                "see whether it is the file that you mean; split it if it is",
            )
        ]
    )


def in_bytes(number: int) -> str:
    """Return a number of bytes as a limit is written: `16 MB`."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if number >= size and not number % size:
            return f"{number // size} {unit}"
    return f"{number} bytes"


def _require_regular(status: os.stat_result, path: Path | str) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = next((word for is_, word in _KINDS if is_(status.st_mode)), None)
        words = f"it is {kind}" if kind else "it is not a regular file"
        raise OSError(errno.EINVAL, f"{words}, not a file to read", str(path))


_NO_WAITING = (
    getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)
