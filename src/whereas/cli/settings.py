"""`whereas.toml` into the defaults of a command's options.

The options are the one declaration: each that `setting` declares has an environment
variable (`--max-rows`: `WHEREAS_MAX_ROWS`) and a key of this file (`max-rows`). At
the top a key holds for every command that has the option, in `[decide]` for one
command; `[set]` gives parameters. Paths are the workspace's: one that leaves the
folder, through `..` or a link, is refused.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from whereas.codes import Code
from whereas.diagnostics import (
    Diagnostic,
    Invalid,
    Source,
    Span,
    UsageError,
    WhereasError,
)
from whereas.user_files import lies_within, read_regular, reason

if TYPE_CHECKING:
    from collections.abc import Iterator

Function = TypeVar("Function", bound=Callable[..., Any])

FILE = "whereas.toml"
# Formats are each command's own, so no format holds for all.
_OF_ONE_COMMAND = "format"
_PLACES = "whereas.settings"


def setting(
    name: str, *names: str, **attributes: Any
) -> Callable[[Function], Function]:
    """Return an option that the environment and `whereas.toml` can give too."""
    return click.option(name, *names, envvar=variable(name), **attributes)


def variable(option: str) -> str:
    """Return the environment variable of an option: its first name, in capitals."""
    word = option.split("/", maxsplit=1)[0].removeprefix("--")
    return "WHEREAS_" + word.replace("-", "_").upper()


def keys(command: click.Command) -> dict[str, click.Option]:
    """Return the options of a command that have a key here, by their keys."""
    return {
        option.opts[0].removeprefix("--"): option
        for option in command.params
        if isinstance(option, click.Option) and option.envvar is not None
    }


@dataclass(frozen=True, slots=True)
class Settings:
    """What a workspace sets: for every command, for one, and the parameters."""

    common: dict[str, Any] = field(default_factory=dict)
    special: dict[str, dict[str, Any]] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    # Where each key stands: of no table, or of a command's or `set`.
    places: dict[tuple[str | None, str], Span] = field(default_factory=dict)

    def defaults(self, command: click.Command) -> dict[str, Any]:
        """Return the defaults of a command's options, by the names click has."""
        chosen = {**self.common, **self.special.get(str(command.name), {})}
        options = keys(command)
        found = {
            str(options[key].name) if key in options else key: value
            for key, value in chosen.items()
        }
        if self.parameters:
            found["assignments"] = [
                f"{name}={_plain(value)}" for name, value in self.parameters.items()
            ]
        return found

    def said(self, command: click.Command) -> Iterator[tuple[str, str, Span]]:
        """Yield each value that holds for a command: its key, its text, its place."""
        name = str(command.name)
        tables = ((None, self.common), (name, self.special.get(name, {})))
        for table, values in (*tables, ("set", self.parameters)):
            for key, value in values.items():
                for one in value if isinstance(value, list) else [value]:
                    yield key, _plain(one), self.places[table, key]


def read_settings(commands: click.Group, folder: Path | None = None) -> Settings:
    """Read a folder's `whereas.toml` (the working folder's); raise `Invalid`.

    Without the file there are no defaults.
    """
    path = (folder or Path()) / FILE
    try:
        text = read_regular(path).decode("utf-8-sig")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        at = Span(Source(str(path), ""), 0, 0)
        words = (
            f"cannot be read: {reason(error)}"
            if isinstance(error, OSError)
            else "is not UTF-8"
        )
        raise Invalid(
            [
                Diagnostic(
                    Code.SETTINGS_SYNTAX,
                    f"`{FILE}` {words}",
                    at,
                    "save it as UTF-8 text that you may read",
                )
            ]
        ) from None
    source = Source(FILE, text.replace("\r\n", "\n"))
    return _Reader(source, path.parent, commands).read()


def keep(context: click.Context, settings: Settings) -> None:
    """Keep the settings where `default_folder` and `say_where_set` look for them."""
    context.meta[_PLACES] = settings


def default_folder(key: str) -> str | None:
    """Return the `policy` or `facts` of environment or workspace, where a command
    takes it without an option that has the default."""
    kept = click.get_current_context().meta.get(_PLACES, Settings())
    named = os.environ.get(variable(key)) or kept.common.get(key)
    return str(named) if named else None


def say_where_set(error: WhereasError, context: click.Context) -> None:
    """Note with an error where the values stand that it quotes, if in this file."""
    kept = context.meta.get(_PLACES, Settings())
    words = str(error)
    options = keys(context.command)
    for key, value, span in kept.said(context.command):
        source = (
            context.get_parameter_source(str(options[key].name))
            if key in options
            else click.core.ParameterSource.DEFAULT_MAP
        )
        # A fault of a file may quote a word that is the key's only by chance.
        named = isinstance(error, UsageError) and f"`{key}`" in words
        quoted = named or f"`{value}`" in words
        if quoted and source is click.core.ParameterSource.DEFAULT_MAP:
            line, _ = span.source.position(span.start)
            error.add_note(f"`{key}` is set in {FILE}:{line}")


class _Reader:
    """Collects what is wrong in one `whereas.toml`."""

    def __init__(self, source: Source, folder: Path, commands: click.Group) -> None:
        self.source = source
        self.folder = folder
        self.commands = commands
        self.context = click.Context(commands)
        self.names = commands.list_commands(self.context)
        self.faults: list[Diagnostic] = []
        self.settings = Settings()

    def read(self) -> Settings:
        try:
            tables = tomllib.loads(self.source.text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            deep = isinstance(error, RecursionError)
            words = "it is nested too deep" if deep else str(error)
            raise Invalid([self._syntax(words)]) from None
        settings = self.settings
        for key, value in tables.items():
            if key == "set" and isinstance(value, dict):
                self._parameters(value)
                settings.parameters.update(value)
            elif key in self.names and isinstance(value, dict):
                settings.special[key] = self._values(value, key)
            else:
                settings.common.update(self._values({key: value}, None))
        if self.faults:
            raise Invalid(self.faults)
        return settings

    def _values(self, given: dict[str, Any], table: str | None) -> dict[str, Any]:
        values = {}
        for key, value in given.items():
            option = self._option(key, table)
            if option is None:
                self._unknown(key, table)
            else:
                self.settings.places[table, key] = self._place(key, table)
                values[key] = self._value(key, value, option, table)
        return values

    def _option(self, key: str, table: str | None) -> click.Option | None:
        """Find an option; commands are imported until one has it."""
        if table is None and key == _OF_ONE_COMMAND:
            return None
        found = (self._keys(name).get(key) for name in self._commands(table))
        return next((option for option in found if option is not None), None)

    def _commands(self, table: str | None) -> list[str]:
        return self.names if table is None else [table]

    def _keys(self, name: str) -> dict[str, click.Option]:
        command = self.commands.get_command(self.context, name)
        return {} if command is None else keys(command)

    def _unknown(self, key: str, table: str | None) -> None:
        known = sorted(
            {key for name in self._commands(table) for key in self._keys(name)}
        )
        words = known if table else [*known, "set", *self.names]
        close = difflib.get_close_matches(key, words, n=1)
        if key == _OF_ONE_COMMAND and table is None:
            help_ = "each command has formats of its own: put it into `[decide]`"
        elif close:
            help_ = f"did you mean `{close[0]}`?"
        elif table is None:
            help_ = "parameters of the policy stand in `[set]`"
        else:
            help_ = f"known here: {', '.join(known)}"
        where = f" in `[{table}]`" if table else ""
        self._fault(
            Code.SETTINGS_UNKNOWN_KEY, f"unknown key `{key}`{where}", key, table, help_
        )

    def _value(
        self, key: str, value: object, option: click.Option, table: str | None
    ) -> object:
        if option.multiple and isinstance(value, str):
            value = [value]
        example, kinds = _kind(option)
        values = value if option.multiple and isinstance(value, list) else [value]
        help_ = None
        if not all(type(one) in kinds for one in values):
            help_ = f"write it like `{key} = {example}`"
        elif any("\0" in text for text in values if isinstance(text, str)):
            help_ = "leave the NUL character out"
        else:
            try:
                option.type_cast_value(self.context, value)
            except click.BadParameter as error:
                help_ = error.message
        if help_ is not None:
            self._fault(
                Code.SETTINGS_VALUE,
                f"`{key}` cannot be `{_plain(value)}`",
                key,
                table,
                help_,
            )
        elif isinstance(option.type, click.Path):
            self._inside(key, str(value), table)
        return value.isoformat() if isinstance(value, date) else value

    def _inside(self, key: str, value: str, table: str | None) -> None:
        path = Path(value)
        lexical = ".." not in path.parts and not path.is_absolute()
        if lexical and lies_within(self.folder / path, self.folder):
            return
        how = "through a link" if lexical else "of the workspace"
        message = f"the path `{value}` leaves the folder {how}"
        self._fault(
            Code.SETTINGS_OUTSIDE,
            message,
            key,
            table,
            f"put the files into the workspace, or name them with --{key}",
        )

    def _parameters(self, table: dict[str, Any]) -> None:
        for key, value in table.items():
            self.settings.places["set", key] = self._place(key, "set")
            if isinstance(value, (dict, list)):
                self._fault(
                    Code.SETTINGS_VALUE,
                    f"the parameter `{key}` cannot be a table or a list",
                    key,
                    "set",
                    f"write it like `{key} = 12`",
                )

    def _fault(
        self, code: Code, message: str, key: str, table: str | None, help_: str
    ) -> None:
        self.faults.append(Diagnostic(code, message, self._place(key, table), help_))

    def _place(self, key: str, table: str | None) -> Span:
        """Find where a key stands: tomllib does not tell."""
        start = 0
        if table is not None:
            header = re.search(
                rf"^[ \t]*\[[ \t]*{re.escape(table)}[ \t]*\]", self.source.text, re.M
            )
            start = header.end() if header else 0
        found = re.compile(
            rf"^[ \t]*\[?[ \t]*[\"']?({re.escape(key)})[\"']?", re.M
        ).search(self.source.text, start)
        if found is None:
            return Span(self.source, 0, 0)
        return Span(self.source, found.start(1), found.end(1))

    def _syntax(self, words: str) -> Diagnostic:
        found = re.search(r"\(at line (\d+), column (\d+)\)", words)
        offset = len(self.source.text)
        if found:
            lines = self.source.text.splitlines(keepends=True)
            before = sum(len(line) for line in lines[: int(found[1]) - 1])
            offset = before + int(found[2]) - 1
        message = re.sub(r" \(at .*\)$", "", words)
        return Diagnostic(
            Code.SETTINGS_SYNTAX,
            f"not TOML: {message[:1].lower()}{message[1:]}",
            Span(self.source, min(offset, len(self.source.text)), offset + 1),
            'a line is `key = "value"` with its quotation marks, or `[table]`',
        )


def _kind(option: click.Option) -> tuple[str, tuple[type, ...]]:
    """Return how a value of an option is written in TOML, and as what it is read."""
    if option.is_flag:
        return "true", (bool,)
    if isinstance(option.type, click.IntRange):
        return "10", (int,)
    if isinstance(option.type, click.FloatRange):
        return "60", (int, float)
    if option.type.name == "date":
        return "2026-02-10", (date, str)
    return f'"{option.metavar or "…"}"', (str,)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)
