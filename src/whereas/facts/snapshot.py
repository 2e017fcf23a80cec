"""The bytes of a fact file, read once: what is hashed is what every reader reads.

A file may be replaced or changed at any time. So it is opened once and copied while
it is hashed: into memory if it is small, else into a file that has no name and is
gone when it is closed. Readers see the copy alone.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from whereas.user_files import modified, open_regular, too_large

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 1 << 20

# A file of at most so many bytes is kept in memory.
_SMALL = 4 * CHUNK


class Observer(Protocol):
    """Sees every byte of a file while it is copied."""

    def add(self, chunk: bytes) -> None:
        """See the next bytes."""


class Snapshot:
    """A private copy of a file; `take` makes it, once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._memory: bytes | None = None
        self._file: BinaryIO | None = None
        self.sha256 = ""
        self.size = 0
        self.modified_ns = 0

    def take(self, limit: int, observer: Observer | None = None) -> None:
        """Copy the file, unless that is done; the observer sees the bytes either way.

        Raises `OSError` if it cannot be read or copied, or changes meanwhile, and
        `Invalid` if it has more than `limit` bytes.
        """
        if self.sha256:
            if observer:
                for chunk in self.chunks():
                    observer.add(chunk)
            return
        self.size, self._memory, self._file = 0, None, None
        digest = hashlib.sha256()
        with open_regular(self._path, limit) as source:
            before = os.fstat(source.fileno())
            while chunk := source.read(_SMALL if not self.size else CHUNK):
                self.size += len(chunk)
                if self.size > limit:
                    raise too_large(self._path, limit)
                digest.update(chunk)
                if observer:
                    observer.add(chunk)
                self._keep(chunk)
            after = os.fstat(source.fileno())
        if not self.size == before.st_size == after.st_size or (
            before.st_mtime_ns != after.st_mtime_ns
        ):
            raise OSError(errno.EBUSY, "it changed while it was read")
        self.modified_ns = modified(after)
        self.sha256 = digest.hexdigest()

    def open(self) -> BinaryIO:
        """Open the copy at its beginning."""
        if self._memory is not None:
            return io.BytesIO(self._memory)
        return Path(self.path).open("rb")

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes of the copy."""
        with self.open() as file:
            while chunk := file.read(CHUNK):
                yield chunk

    @property
    def path(self) -> str:
        """A path at which this process, and no other, finds the copy."""
        if self._file is None:
            self._move_to_file()
        assert self._file is not None  # noqa: S101  # just made
        return f"/dev/fd/{self._file.fileno()}"

    @property
    def ends_its_last_line(self) -> bool:
        """Whether the last byte is a line end."""
        with self.open() as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def _keep(self, chunk: bytes) -> None:
        if self._file is None:
            if self._memory is None:
                self._memory = chunk
                return
            self._move_to_file()
            self._memory = None
        self._write(chunk)

    def _move_to_file(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # kept open
        weakref.finalize(self, self._file.close)
        self._write(self._memory or b"")

    def _write(self, chunk: bytes) -> None:
        assert self._file is not None  # noqa: S101  # the caller made it
        try:
            self._file.write(chunk)
            self._file.flush()
        except OSError as error:
            folder = tempfile.gettempdir()
            raise OSError(
                error.errno, f"it cannot be copied into {folder}: {error.strerror}"
            ) from None
