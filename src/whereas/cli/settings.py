"""`whereas.toml` into the defaults of a command's options.

Keys are the options' own names. At the top they hold for every command that has
the option, in `[decide]` for one command; `[set]` gives parameters. Paths are the
workspace's: one that leaves the folder, through `..` or a link, is refused.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid, Source, Span

FILE = "whereas.toml"

# What may stand at the top, and what it must be.
PATHS = frozenset({"policy", "facts"})
KINDS: dict[str, type | tuple[type, ...]] = {
    "policy": str,
    "facts": str,
    "today": (date, str),
    "lang": str,
    "engine": str,
    "certify": bool,
    "color": str,
    "format": str,
    "max-seconds": (int, float),
    "max-memory": str,
    "max-rows": int,
    "max-rounds": int,
    "fail-on": (str, list),
    "fail-under": (int, float),
    "section": str,
}
WORDS = {
    "policy": '"policy/name"',
    "facts": '"facts/name"',
    "today": "2026-02-10",
    "certify": "true",
    "max-seconds": "60",
    "max-memory": '"2GB"',
    "max-rows": "1000000",
    "max-rounds": "1000",
    "fail-on": '"not-importable"',
    "fail-under": "100",
}
# Options whose names in the code are not their own.
_NAMES = {"format": "format_"}
CHOICES = {
    "color": ("auto", "always", "never"),
}
TABLES = (
    *("decide", "why", "verify", "what-if", "diff", "query"),
    *("check", "checklist", "graph", "doc", "fmt", "test"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a workspace sets: for every command, for one, and the parameters."""

    common: dict[str, Any]
    special: dict[str, dict[str, Any]]
    parameters: dict[str, Any]

    def defaults(self, command: str, options: set[str]) -> dict[str, Any]:
        """Return the defaults of a command's options, as click names them."""
        chosen = {**self.common, **self.special.get(command, {})}
        found = {_NAMES.get(k, k.replace("-", "_")): v for k, v in chosen.items()}
        if self.parameters:
            found["assignments"] = [
                f"{name}={_plain(value)}" for name, value in self.parameters.items()
            ]
        return {name: value for name, value in found.items() if name in options}


def read_settings(folder: Path | None = None) -> Settings:
    """Read a folder's `whereas.toml` (the working folder's); raise `Invalid`.

    Without the file there are no defaults.
    """
    path = (folder or Path()) / FILE
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return Settings({}, {}, {})
    except (OSError, UnicodeDecodeError) as error:
        at = Span(Source(str(path), ""), 0, 0)
        words = "is not UTF-8" if isinstance(error, ValueError) else "cannot be read"
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
    return _Reader(Source(FILE, text.replace("\r\n", "\n")), path.parent).read()


def default_facts() -> str | None:
    """Return the facts folder of environment or workspace, for a bare `--facts`."""
    named = os.environ.get("WHEREAS_FACTS") or read_settings().common.get("facts")
    return str(named) if named else None


class _Reader:
    """Collects what is wrong in one `whereas.toml`."""

    def __init__(self, source: Source, folder: Path) -> None:
        self.source = source
        self.folder = folder
        self.faults: list[Diagnostic] = []

    def read(self) -> Settings:
        try:
            tables = tomllib.loads(self.source.text)
        except tomllib.TOMLDecodeError as error:
            raise Invalid([self._syntax(str(error))]) from None
        common: dict[str, Any] = {}
        special: dict[str, dict[str, Any]] = {}
        parameters: dict[str, Any] = {}
        for key, value in tables.items():
            if key == "set" and isinstance(value, dict):
                parameters = self._parameters(value)
            elif key in TABLES and isinstance(value, dict):
                special[key] = {
                    inner: self._value(inner, one, key)
                    for inner, one in value.items()
                    if self._known(inner, key)
                }
            elif self._known(key, None):
                common[key] = self._value(key, value, None)
        if self.faults:
            raise Invalid(self.faults)
        return Settings(common, special, parameters)

    def _known(self, key: str, table: str | None) -> bool:
        words = [*KINDS] if table else [*KINDS, "set", *TABLES]
        if key in KINDS and (table or key != "format"):
            return True
        close = difflib.get_close_matches(key, words, n=1)
        if key == "format":
            help_ = "each command has formats of its own: put it into `[decide]`"
        elif close:
            help_ = f"did you mean `{close[0]}`?"
        elif table is None:
            help_ = "parameters of the policy stand in `[set]`"
        else:
            help_ = f"known here: {', '.join(sorted(KINDS))}"
        where = f" in `[{table}]`" if table else ""
        self._fault(
            Code.SETTINGS_UNKNOWN_KEY, f"unknown key `{key}`{where}", key, table, help_
        )
        return False

    def _value(self, key: str, value: object, table: str | None) -> object:
        kind = KINDS[key]
        fits = isinstance(value, kind) and (isinstance(value, bool) == (kind is bool))
        if fits and key in CHOICES:
            fits = value in CHOICES[key]
        if fits and key == "today" and not _is_day(value):
            fits = False
        if not fits:
            example = WORDS.get(key) or " or ".join(
                f'"{word}"' for word in CHOICES.get(key, ("…",))
            )
            self._fault(
                Code.SETTINGS_VALUE,
                f"`{key}` cannot be `{_plain(value)}`",
                key,
                table,
                f"write it like `{key} = {example}`",
            )
        elif key in PATHS:
            self._inside(key, str(value), table)
        return value.isoformat() if isinstance(value, date) else value

    def _inside(self, key: str, value: str, table: str | None) -> None:
        root = self.folder.resolve()
        path = Path(value)
        lexical = ".." not in path.parts and not path.is_absolute()
        if lexical and (self.folder / path).resolve().is_relative_to(root):
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

    def _parameters(self, table: dict[str, Any]) -> dict[str, Any]:
        for key, value in table.items():
            if isinstance(value, (dict, list)):
                self._fault(
                    Code.SETTINGS_VALUE,
                    f"the parameter `{key}` cannot be a table or a list",
                    key,
                    "set",
                    f"write it like `{key} = 12`",
                )
        return table

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


def _is_day(value: object) -> bool:
    if isinstance(value, str):
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
        return len(value) == len("2026-02-10")
    return type(value) is date


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)
