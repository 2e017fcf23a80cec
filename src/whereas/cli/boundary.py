"""The one place where what went wrong becomes words on stderr and an exit code."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from pathlib import Path

import click

from whereas.cli.app import commands, unknown_option
from whereas.cli.signals import Terminated, handled_signals
from whereas.cli.terminal import show
from whereas.diagnostics import Invalid, LimitExceeded, WhereasError
from whereas.output_files import unwritable
from whereas.user_files import noting_uses, reason

PIPE_CLOSED = 141  # what a shell says of a program that SIGPIPE ended
INTERRUPTED = 130
SIGNALLED = 128  # and the number of the signal: 143 for SIGTERM
INTERNAL = 70

# The disk is full, or stdout is closed.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}


def run(words: list[str] | None = None) -> int:
    """Run a command line and return its exit code; nothing is raised."""
    if sys.stdout is None:
        # Closed by the caller. What is written must fail, not be lost in silence.
        sys.stdout = open(os.open(os.devnull, os.O_RDONLY), "w")  # noqa: PTH123, SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115
    for stream, errors in ((sys.stdout, "strict"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors, newline="\n")
    try:
        with handled_signals():
            code = _answered(words)
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has gone (`| head`).
        _discard_output()
        return PIPE_CLOSED
    except OSError as error:
        if error.errno not in _FULL:
            return _internal(error)
        _discard_output()
        return show(unwritable(Path("stdout"), reason(error), "free some space"))
    except UnicodeEncodeError as error:
        if not _has_surrogate(error.object):
            return _internal(error)
        _say(f"error: a name is not UTF-8: `{error.object.strip()[:200]}`")
        _say("  = help: rename the file or folder: answers quote its name")
        return Invalid.exit_code
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except Terminated as signal:
        return SIGNALLED + signal.number
    except Exception as error:  # noqa: BLE001  # the boundary: nobody else catches it
        return _internal(error)
    return code


def _discard_output() -> None:
    """Discard what stdout still holds: Python would complain when it flushes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _answered(words: list[str] | None) -> int:
    try:
        with noting_uses():
            result = commands.main(words, prog_name="whereas", standalone_mode=False)
    except click.UsageError as error:
        return _usage(error)
    except click.ClickException as error:
        _say(f"error: {error.format_message()}")
        return click.UsageError.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    except Invalid as invalid:
        return show(invalid)
    except LimitExceeded as error:
        _say(f"error[{error.code.value}]: {error}")
        _say("  = help: `whereas COMMAND --help` lists the limits: --max-seconds, …")
        _say(f"  = page: explain-code {error.code.value}")
        return error.exit_code
    except WhereasError as error:
        _say(f"error: {error}")
        for note in getattr(error, "__notes__", ()):
            _say(f"  = help: {note}")
        return error.exit_code
    return result if isinstance(result, int) else 0


def _usage(error: click.UsageError) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        _say(error.format_message())
        return error.exit_code
    if isinstance(error, click.NoSuchOption):
        _say(f"error: {unknown_option(error)}")
    else:
        _say(f"error: {error.format_message()}")
    if isinstance(error, click.BadParameter):
        _say_variable(error)
    if error.ctx is not None:
        _say(f"  = help: {error.ctx.command_path} --help")
    return error.exit_code


def _say_variable(error: click.BadParameter) -> None:
    """Name the environment variable that a wrong value comes from."""
    if error.ctx is None or error.param is None:
        return
    value = error.param.resolve_envvar_value(error.ctx)
    if value is not None and value in error.message:
        _say(f"  = help: {error.param.envvar} is `{value}`")


def _internal(error: Exception) -> int:
    import traceback

    if os.environ.get("WHEREAS_DEBUG"):
        traceback.print_exception(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    words = " ".join(str(error).split())
    _say(
        f"internal error: {type(error).__name__}: {words}"
        f" ({os.path.basename(last.filename)}:{last.lineno})"  # noqa: PTH119
    )
    _say("  = help: this is a fault of whereas, not of your files; nothing was decided")
    _say("  = help: report it with the command and the output of WHEREAS_DEBUG=1")
    return INTERNAL


def _say(words: str) -> None:
    # Where stderr is closed or full, the exit code still says it.
    with suppress(OSError):
        click.echo(words, err=True)
