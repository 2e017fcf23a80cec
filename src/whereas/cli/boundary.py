"""The one place where what went wrong becomes words on stderr and an exit code."""

from __future__ import annotations

import io
import os
import sys

import click

from whereas.cli.app import commands, unknown_option
from whereas.cli.signals import Terminated, handled_signals
from whereas.cli.terminal import show
from whereas.diagnostics import Invalid, LimitExceeded, WhereasError

PIPE_CLOSED = 141  # what a shell says of a program that SIGPIPE ended
INTERRUPTED = 130
SIGNALLED = 128  # and the number of the signal: 143 for SIGTERM
INTERNAL = 70


def run(words: list[str] | None = None) -> int:
    """Run a command line and return its exit code; nothing is raised."""
    for stream, errors in ((sys.stdout, "strict"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors, newline="\n")
    try:
        with handled_signals():
            code = _answered(words)
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has gone (`| head`). Python would complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except Terminated as signal:
        return SIGNALLED + signal.number
    except Exception as error:  # noqa: BLE001  # the boundary: nobody else catches it
        return _internal(error)
    return code


def _answered(words: list[str] | None) -> int:
    try:
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
    if error.ctx is not None:
        _say(f"  = help: {error.ctx.command_path} --help")
    return error.exit_code


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
    click.echo(words, err=True)
