"""`whereas completion`: the script that teaches a shell our words."""

from __future__ import annotations

import sys

import click

from whereas.cli.app import Command


@click.command(
    "completion",
    cls=Command,
    short_help="Print a shell's completion script.",
    epilog='For bash: eval "$(whereas completion bash)", once, in ~/.bashrc.',
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print the script that completes commands and options in SHELL."""
    from click.shell_completion import get_completion_class

    from whereas.cli.app import commands

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101  # the choice above
    script = kind(commands, {}, "whereas", "_WHEREAS_COMPLETE")
    # Not `kind.source()` for bash: it runs bash to learn its version.
    sys.stdout.write(script.source_template % script.source_vars())
    sys.stdout.write("\n")
    return 0
