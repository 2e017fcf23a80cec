"""Files that a command writes: each whole or not at all, in place of no other thing.

A file is made in a folder of its own beside its place and then moved there. The folder
is removed whatever happens; one that a killed process (SIGKILL) left is removed when
something is next written beside it. A device, a FIFO or a link is never replaced, and
neither is a file that the same command has read or written.
"""

from __future__ import annotations

import itertools
import os
import platform
import re
import shutil
import stat
import zlib
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid
from whereas.user_files import note, reason, use_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NUMBERS = itertools.count(1)
# The folders of this machine: a process number says nothing about another's.
_MACHINE = f"{zlib.crc32(platform.node().encode()):08x}"
_STAGING = re.compile(rf"\.whereas-{_MACHINE}-(\d+)-\d+\.part")


@contextmanager
def replaced(path: Path, *, in_place: bool = False) -> Iterator[Path]:
    """Yield where to write a file, which then takes the place of `path`.

    `in_place`: that the same command has read it is meant so. Raises `Invalid` (E644)
    where it cannot be written.
    """
    try:
        mode = _mode(path)
        use = use_of(path)
        if use is not None and not in_place:
            raise unwritable(path, f"the command {use} it", "name another file")
        with staging(path.parent) as folder:
            part = folder / "whole"
            yield part
            part.chmod(mode)
            part.replace(path)
            note(path, "writes")
    except OSError as error:
        raise unwritable(path, reason(error)) from None


@contextmanager
def filled(folder: Path) -> Iterator[Path]:
    """Yield a new folder, whose files are moved into `folder` when the block ends.

    Where the block fails, or one of the files cannot be written, none is there: only
    a file that had been replaced stays so. Raises `Invalid` (E644), also for a folder
    whose files the same command reads.
    """
    if use_of(folder) is not None:
        raise unwritable(folder, "the command reads its files", "name another folder")
    new: list[Path] = []
    made: list[Path] = []
    try:
        for parent in reversed((folder, *folder.parents)):
            if not parent.exists():
                parent.mkdir()
                made.append(parent)
        with staging(folder) as part:
            yield part
            for path in part.rglob("*"):
                if path.is_file():
                    _mode(folder / path.relative_to(part))
            _move(part, folder, new)
    except OSError as error:
        _remove(new, made)
        raise unwritable(folder, reason(error)) from None
    except BaseException:
        _remove(new, made)
        raise


def _move(source: Path, target: Path, new: list[Path]) -> None:
    """Move what is in a folder into another; note what was not there before."""
    for path in sorted(source.iterdir()):
        place = target / path.name
        if path.is_dir() and place.exists():
            _move(path, place, new)
            continue
        if not place.exists():
            new.append(place)
        path.replace(place)


def _remove(new: list[Path], made: list[Path]) -> None:
    """Remove what was moved into a folder, and the folders that were made for it."""
    for path in new:
        with suppress(OSError):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    for folder in reversed(made):
        with suppress(OSError):
            folder.rmdir()


@contextmanager
def staging(parent: Path) -> Iterator[Path]:
    """Yield a new folder within `parent`; what is left in it at the end is removed."""
    _remove_left(parent)
    folder = parent / f".whereas-{_MACHINE}-{os.getpid()}-{next(_NUMBERS)}.part"
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        try:
            shutil.rmtree(folder, ignore_errors=True)
        except BaseException:
            # A signal came while it was removed.
            shutil.rmtree(folder, ignore_errors=True)
            raise


def unwritable(path: Path, why: str, help_: str | None = None) -> Invalid:
    """Return the error that a file cannot be written."""
    return Invalid(
        [
            Diagnostic(
                Code.FILE_UNWRITABLE,
                f"`{path}` cannot be written: {why}",
                None,
                help_ or "name a file in a folder that you may write to",
            )
        ]
    )


def _mode(path: Path) -> int:
    """Return the mode of the file that is replaced, or of any new one."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
    if stat.S_ISLNK(status.st_mode):
        raise unwritable(path, "it is a link", "name the file that it leads to")
    if stat.S_ISDIR(status.st_mode):
        raise unwritable(path, "it is a folder", "name a file")
    if not stat.S_ISREG(status.st_mode):
        raise unwritable(
            path,
            "it is a device or a FIFO, not a file",
            "leave the option out: what goes to stdout can be sent anywhere",
        )
    return stat.S_IMODE(status.st_mode)


def _remove_left(parent: Path) -> None:
    """Remove the folders that killed processes left."""
    with suppress(OSError):
        for name in os.listdir(parent):  # noqa: PTH208  # names are enough
            match = _STAGING.fullmatch(name)
            if match is not None and not _runs(int(match[1])):
                shutil.rmtree(parent / name, ignore_errors=True)


def _runs(process: int) -> bool:
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
