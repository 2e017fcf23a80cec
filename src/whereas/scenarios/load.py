"""Reads the scenario files beside a policy into a `Suite`, or finds every fault."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid, Label, Source, Span
from whereas.policy.core import Setting
from whereas.policy.spelling import did_you_mean
from whereas.scenarios.expectations import Expectations
from whereas.scenarios.reader import Reader, items
from whereas.scenarios.rows import Rows
from whereas.scenarios.suite import Facts, Scenario, Suite
from whereas.scenarios.tree import Mapping, Node, Scalar
from whereas.user_files import lies_within

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from whereas.policy.core import Policy
    from whereas.values import Value

SUFFIXES = (".yaml", ".yml")

_DELTAS = ("remove", "change", "add")
_FILE_KEYS = (
    *("about", "extends", "today", "set"),
    *("remove", "change", "base", "scenarios"),
)
_SCENARIO_KEYS = ("name", "about", "today", "set", *_DELTAS, "expect", "facts")


def load(policy: Policy, folder: Path | None = None) -> Suite:
    """Return the scenarios of a policy: of its folder `tests`, unless told otherwise.

    A folder without files is a suite without scenarios. Raises `Invalid` with every
    fault of every file.
    """
    folder = Path(policy.folder) / "tests" if folder is None else folder
    loader = _Loader(policy, folder)
    paths = _visible(folder)
    for path in paths:
        if path.parent == folder and path.suffix in SUFFIXES:
            loader.file(path.name)
    faults = [*loader.reader.diagnostics, *_passed_over(folder, paths)]
    if faults:
        raise Invalid(faults)
    return Suite(policy, str(folder), tuple(loader.scenarios))


def _visible(folder: Path) -> list[Path]:
    """Return the paths within a folder, sorted, without what is hidden."""
    return sorted(
        path
        for path in folder.rglob("*")
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _passed_over(folder: Path, paths: Sequence[Path]) -> Iterator[Diagnostic]:
    """Yield an error for each file of scenarios whose place or name hides it."""
    for path in paths:
        if path.parent == folder and path.suffix in SUFFIXES:
            continue
        if path.suffix.lower() in SUFFIXES and not path.is_dir():
            yield Diagnostic(
                Code.PASSED_OVER,
                f"`{path}` is named like a scenario file, and is not read",
                None,
                f"scenario files stand in `{folder}` itself, and their names end in "
                "`.yaml` or `.yml`",
            )


@dataclass(slots=True)
class _Given:
    """What a file or a scenario supposes: facts, parameters, the day."""

    facts: Facts
    parameters: dict[str, Value]
    today: date | None = None


@dataclass(slots=True)
class _Loader:
    policy: Policy
    folder: Path
    reader: Reader = field(default_factory=Reader)
    scenarios: list[Scenario] = field(default_factory=list)
    # What each file supposes; None where it could not be read.
    files: dict[str, _Given | None] = field(default_factory=dict)
    # The files that are being read, each extended by the one before.
    reading: list[str] = field(default_factory=list)
    names: dict[tuple[str, str], Span] = field(default_factory=dict)

    # --- files ---

    def file(self, name: str) -> _Given | None:
        """Read a file, once; return what it supposes, or None if it is broken."""
        if name not in self.files:
            self.reading.append(name)
            self.files[name] = self._file(name)
            self.reading.pop()
        return self.files[name]

    def _file(self, name: str) -> _Given | None:
        root = self._tree(name)
        if root is None:
            return None
        entries = self.reader.entries(root, _FILE_KEYS)
        defaults = {p.name: p.default for p in self.policy.parameters.values()}
        start: _Given | None = _Given({}, defaults)
        if "extends" in entries:
            start = self._extended(entries["extends"])
        if start is None:
            return None
        rows = Rows(self.policy, self.reader)
        facts = self._deltas(start.facts, entries, "remove", "change")
        if "base" in entries:
            facts = rows.added(facts, entries["base"])
        given = self._given(start, facts, entries)
        for node in items(entries.get("scenarios")):
            self._scenario(node, given)
        return given

    def _tree(self, name: str) -> Mapping | None:
        path = self.folder / name
        empty = Source(str(path), "")
        if path.is_symlink() and path.exists() and not lies_within(path, self.folder):
            self.reader.complain(
                Code.SCENARIO_SYNTAX,
                f"`{name}` is a link that leaves the folder",
                Span(empty, 0, 0),
                "put the file itself into the folder",
            )
            return None
        return self.reader.tree(path)

    def _extended(self, node: Node) -> _Given | None:
        """Return what another file of the folder supposes."""
        wanted = node.text if isinstance(node, Scalar) else node.span.text
        others = [p.name for p in self.folder.iterdir() if p.suffix in SUFFIXES]
        if wanted not in others:
            self.reader.complain(
                Code.SCENARIO_EXTENDS,
                f"there is no scenario file `{wanted}` beside this one",
                node.span,
                did_you_mean(wanted, others, "name a file of the same folder"),
            )
            return None
        if wanted in self.reading:
            self.reader.complain(
                Code.SCENARIO_EXTENDS,
                f"`{wanted}` extends itself: {' → '.join((*self.reading, wanted))}",
                node.span,
                "let one of them stand on its own",
            )
            return None
        return self.file(wanted)

    # --- scenarios ---

    def _scenario(self, node: Node, given: _Given) -> None:
        if not isinstance(node, Mapping):
            self.reader.misshapen(
                node, "a scenario is a map", "begin with `- name: what it shows`"
            )
            return
        before = len(self.reader.diagnostics)
        entries = self.reader.entries(node, _SCENARIO_KEYS)
        understood = len(self.reader.diagnostics) == before
        name = self._name(node, entries.get("name"))
        before = len(self.reader.diagnostics)
        facts = self._deltas(given.facts, entries, *_DELTAS)
        sound = len(self.reader.diagnostics) == before
        own = self._given(given, facts, entries)
        if self.policy.uses_today and own.today is None:
            self.reader.complain(
                Code.SCENARIO_VALUE,
                "the policy reads `$today`, and nothing says which day it is",
                node.entries[0][0].span,
                "add `today: 2026-02-10` to the scenario or to its file",
            )
        rows = Rows(self.policy, self.reader)
        expected = tuple(rows.expected(entries["facts"])) if "facts" in entries else ()
        if "expect" not in entries and "facts" not in entries and understood:
            self.reader.complain(
                Code.SCENARIO_EXPECTATION,
                f"the scenario `{name}` expects nothing",
                node.entries[0][0].span if node.entries else node.span,
                "add `expect:` with the outcome, and with `held` or `failed`",
            )
        expectations = (
            Expectations(self.policy, self.reader).all(entries["expect"], facts)
            if "expect" in entries and sound
            else ()
        )
        self.scenarios.append(
            Scenario(
                name,
                facts,
                Setting(own.parameters, own.today),
                expectations,
                expected,
                node.span,
            )
        )

    def _name(self, node: Mapping, name: Node | None) -> str:
        if not isinstance(name, Scalar) or name.is_none:
            self.reader.misshapen(
                name or node, "a scenario needs a name", "add `name: what it shows`"
            )
            return "?"
        full = (node.span.source.name, name.text)
        if full in self.names:
            self.reader.complain(
                Code.SCENARIO_EXPECTATION,
                f"two scenarios are called `{name.text}`",
                name.span,
                "say in the name what is different",
                Label(self.names[full], "the first one"),
            )
        self.names.setdefault(full, name.span)
        return name.text

    def _deltas(self, facts: Facts, entries: dict[str, Node], *which: str) -> Facts:
        rows = Rows(self.policy, self.reader)
        apply = {"remove": rows.removed, "change": rows.changed, "add": rows.added}
        for delta in which:
            if delta in entries:
                facts = apply[delta](facts, entries[delta])
        return facts

    def _given(self, start: _Given, facts: Facts, entries: dict[str, Node]) -> _Given:
        """Return what is supposed, `today` and `set` taken into account."""
        chosen = self.reader.parameters(self.policy, entries.get("set"))
        today = self.reader.day(entries.get("today")) or start.today
        return _Given(facts, {**start.parameters, **chosen}, today)
