"""The words after `whereas` into one command, whose module is imported only then."""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING, Any

import click

from whereas.cli.limits import limit_options, within_limits
from whereas.cli.settings import FILE, keep, read_settings, say_where_set
from whereas.cli.terminal import show
from whereas.diagnostics import Invalid, WhereasError

if TYPE_CHECKING:
    from collections.abc import Sequence

# In the order of the help page: name, and the line that the help page says.
COMMANDS = {
    "init": "Lay down a workspace, or empty fact files.",
    "decide": "Say which case gets which outcome.",
    "why": "Justify one decision, or say what stands against it.",
    "repair": "Say what could be supplied or corrected to get the wanted outcome.",
    "timeline": "Say from when to when each outcome holds.",
    "why-not": "Say why something is not so, the nearest miss first.",
    "contrast": "Say where two cases part.",
    "robustness": "Say which facts a decision cannot do without.",
    "checklist": "Lay a case before a reviewer, check by check.",
    "verify": "Check a written proof, step by step.",
    "what-if": "Suppose other facts, parameters or another day.",
    "diff": "Compare two policies, or two sets of facts, by their decisions.",
    "query": "Ask any question in the language of the rules.",
    "check": "Check the policy, or the facts, without deciding.",
    "graph": "Draw what rests on what in the policy.",
    "doc": "Write the page of the policy: text, rules, questions, gaps.",
    "fmt": "Lay rule files out in the one canonical way.",
    "test": "Run the policy's scenarios.",
    "explain-code": "Say what an error code means, with examples.",
    "completion": "Print a shell's completion script.",
}

EPILOG = f"""\
Defaults come from {FILE} in the working folder, then from the environment
(WHEREAS_POLICY, WHEREAS_FORMAT, …), then from flags; the later wins. The page
docs/reference/settings.md lists the options that have defaults there.

Exit codes: 0 done; 1 done, with a result that you asked to fail on; 2 usage;
3 policy, facts, question or saved model invalid; 4 undetermined; 5 nothing
selected; 6 integrity failure; 7 a limit was exceeded; 70 internal error;
130 stopped by Ctrl-C; 143 stopped by SIGTERM.
"""


class Command(click.Command):
    """A command with limits, whose options take their defaults from `whereas.toml`."""

    def __init__(self, *words: Any, **extra: Any) -> None:
        """Make the command, with the options that every command has."""
        super().__init__(*words, **extra)
        self.params += limit_options()

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # click's own signature
    ) -> click.Context:
        """Read the defaults, then the words; a plea for help needs no defaults."""
        if {"-h", "--help"} & {*args} or extra.get("resilient_parsing"):
            return super().make_context(info_name, args, parent, **extra)
        group = commands if parent is None else parent.command
        assert isinstance(group, click.Group)  # noqa: S101
        settings = read_settings(group)
        extra["default_map"] = settings.defaults(self)
        context = super().make_context(info_name, args, parent, **extra)
        keep(context, settings)
        return context

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; show what is wrong with its input as it wishes."""
        try:
            with within_limits(ctx):
                return super().invoke(ctx)
        except Invalid as invalid:
            say_where_set(invalid, ctx)
            return show(invalid)
        except WhereasError as error:
            say_where_set(error, ctx)
            raise

    def format_epilog(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the epilogue line by line, as it was laid out."""
        if self.epilog:
            formatter.write_paragraph()
            for line in self.epilog.splitlines():
                formatter.write(f"{line}\n" if line else "\n")


class Commands(click.Group):
    """The commands, each in a module of its own that is imported when it is named."""

    def list_commands(self, _: click.Context) -> list[str]:
        """Return the names, in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module, and return the command."""
        if cmd_name not in COMMANDS:
            return None
        word = cmd_name.replace("-", "_")
        module = importlib.import_module(f"whereas.cli.{word}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for a misspelt one, say which was meant."""
        word = args[0]
        if word not in COMMANDS and not word.startswith("-"):
            ctx.fail(f"no command is called `{word}`{_meant(word, list(COMMANDS))}")
        return super().resolve_command(ctx, args)

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def format_epilog(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the epilogue line by line, as it was laid out."""
        formatter.write_paragraph()
        formatter.write(EPILOG)


def unknown_option(error: click.NoSuchOption) -> str:
    """Return what is said of an option that a command does not have."""
    command = error.ctx.command if error.ctx is not None else None
    known = [] if command is None else [o for p in command.params for o in p.opts]
    who = "" if error.ctx is None else f"`{error.ctx.command_path}` has "
    meant = _meant(error.option_name, known)
    return f"{who}no option `{error.option_name}`{meant}"


def _meant(word: str, words: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, words, n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88},
)
@click.version_option(package_name="whereas", message="whereas %(version)s")
def commands() -> None:
    """Decide cases by rules that stand beside the law, and say why.

    A policy is a folder of Markdown with Datalog rules; facts are files.
    """
