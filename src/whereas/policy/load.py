"""Reads a folder of rule files, each once, into a checked `Policy`."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid, Source, Span
from whereas.language import parse_package
from whereas.policy.check import check
from whereas.policy.manifest import Manifest, parse_manifest
from whereas.policy.spelling import did_you_mean
from whereas.user_files import lies_within, note, read_regular, reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whereas.policy.core import Policy, SourceOfLaw

MANIFEST = "policy.toml"
TEMPLATES = "templates"
# Folders whose files shape an answer, beside the rules: they are part of the hash.
_SHAPING = (TEMPLATES, "words")
_RULES = re.compile(rb"^ {0,3}(?:```+|~~~+) *datalog\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Package:
    """One folder as read: manifest, rules, templates, and the hash of each file."""

    manifest: Manifest
    sources: tuple[Source, ...]
    templates: Mapping[str, Source]
    hashes: tuple[tuple[str, str], ...]


def load_policy(folder: Path | str, *, search: Sequence[Path] = ()) -> Policy:
    """Return the checked policy of a folder; raises Invalid with all that is wrong.

    The packages that it `uses` are looked for beside it, then in the folders of
    `search`; their rules come first.
    """
    manifest, sources = read_package(folder, search=search)
    return check(parse_package(sources), manifest)


def read_package(
    folder: Path | str, *, search: Sequence[Path] = ()
) -> tuple[Manifest, tuple[Source, ...]]:
    """Return the manifest of a folder, and the texts of it and of all it uses."""
    packages: dict[Path, _Package] = {}
    top = Path(folder)
    _read(top, search, (), packages)
    own = packages[_real(top)]
    laws: dict[str, SourceOfLaw] = {}
    for package in packages.values():
        laws.update(package.manifest.sources)
    lines = sorted(
        f"{path}\0{digest}\n"
        for one in packages.values()
        for path, digest in one.hashes
    )
    manifest = replace(
        own.manifest,
        sources=laws,
        folder=str(folder),
        templates=own.templates,
        sha256=hashlib.sha256("".join(lines).encode()).hexdigest(),
    )
    return manifest, tuple(s for one in packages.values() for s in one.sources)


def _read(
    folder: Path,
    search: Sequence[Path],
    stack: tuple[Path, ...],
    packages: dict[Path, _Package],
) -> None:
    """Read a folder after the packages that it uses; each is read once."""
    package = _read_folder(folder)
    home = _real(folder)
    faults = []
    for name in package.manifest.uses:
        at = _use_place(package.manifest.source, name)
        found = _locate(name, folder, search, at)
        if isinstance(found, Diagnostic):
            faults.append(found)
            continue
        used = _real(found)
        if used in (*stack, home):
            trail = [*stack, home]
            cycle = [p.name for p in trail[trail.index(used) :]] + [used.name]
            faults.append(
                Diagnostic(
                    Code.PACKAGE_CYCLE,
                    f"packages use each other in a circle: `{' -> '.join(cycle)}`",
                    at,
                    f"drop `{name}` from `uses`",
                )
            )
        elif used not in packages:
            _read(found, search, (*stack, home), packages)
    if faults:
        raise Invalid(faults)
    packages[home] = package


def _use_place(source: Source, name: str) -> Span:
    start = source.text.find(f'"{name}"', max(source.text.find("uses"), 0))
    if start < 0:
        return Span(source, 0, 0)
    return Span(source, start + 1, start + 1 + len(name))


def _locate(
    name: str, folder: Path, search: Sequence[Path], at: Span
) -> Path | Diagnostic:
    """Return the folder of a used package, or why there is none."""
    path = Path(name)
    if path.is_absolute() or len(path.parts) != 1 or ".." in path.parts or "\\" in name:
        return Diagnostic(
            Code.PACKAGE_OUTSIDE,
            f"`{name}` is a path, not the name of a package",
            at,
            "write the name of a folder that stands beside this one",
        )
    homes = [_parent(folder), *search]
    for home in homes:
        found = home / name
        if not (found / MANIFEST).is_file():
            continue
        if not lies_within(found, home):
            return Diagnostic(
                Code.PACKAGE_OUTSIDE,
                f"package `{name}` is a link that leaves `{home}`",
                at,
                "put the package's folder there itself",
            )
        return found
    known = [
        one.parent.name
        for home in homes
        if home.is_dir()
        for one in sorted(home.glob(f"*/{MANIFEST}"))
        if _real(one.parent) != _real(folder)
    ]
    return Diagnostic(
        Code.UNKNOWN_PACKAGE,
        f"package `{name}` is not there",
        at,
        did_you_mean(name, known, f"put its folder beside `{folder}`"),
    )


def _parent(folder: Path) -> Path:
    """Return the folder's parent as the user would write it."""
    return folder.parent if folder.name not in {"", ".."} else _real(folder).parent


def _real(path: Path) -> Path:
    """Return a path with all links followed; links in a circle stay as they are."""
    return Path(os.path.realpath(path))


def _read_folder(folder: Path) -> _Package:
    if not folder.is_dir():
        known = (
            [one.parent.name for one in sorted(folder.parent.glob(f"*/{MANIFEST}"))]
            if folder.parent.is_dir()
            else []
        )
        raise Invalid(
            [
                Diagnostic(
                    Code.NO_MANIFEST,
                    f"`{folder}` is not a folder",
                    None,
                    did_you_mean(folder.name, known, "name a folder of rule files"),
                )
            ]
        )
    if not (folder / MANIFEST).is_file():
        raise Invalid(
            [
                Diagnostic(
                    Code.NO_MANIFEST,
                    f"`{folder}` has no `{MANIFEST}`",
                    None,
                    f"add `{MANIFEST}` with a table `[policy]`, or name another folder",
                )
            ]
        )
    note(folder, "reads")
    try:
        entries = sorted(folder.iterdir(), key=lambda path: path.name)
        paths = [p for p in entries if p.suffix == ".md" and p.name != "README.md"]
        faults = list(_passed_over(entries))
        extras = [
            path
            for path in entries
            if path.name in _SHAPING and path.is_dir()
            for path in sorted(path.rglob("*"))
            if not path.is_dir()
        ]
    except OSError as error:
        raise Invalid([_unreadable(folder, error)]) from None
    sources: dict[Path, Source] = {}
    hashes = []
    for path in [folder / MANIFEST, *paths, *extras]:
        found = _read_file(path, folder)
        if isinstance(found, Diagnostic):
            faults.append(found)
            continue
        data, sources[path] = found
        name = f"{_real(folder).name}/{path.relative_to(folder).as_posix()}"
        hashes.append((name, hashlib.sha256(data).hexdigest()))
    if faults:
        raise Invalid(faults)
    return _Package(
        parse_manifest(sources[folder / MANIFEST]),
        tuple(sources[path] for path in paths),
        {
            path.relative_to(folder / TEMPLATES).as_posix(): sources[path]
            for path in extras
            if path.is_relative_to(folder / TEMPLATES)
        },
        tuple(hashes),
    )


def _passed_over(entries: Sequence[Path]) -> Iterator[Diagnostic]:
    """Yield an error for each file with rules that is not read: where it stands, or
    what it is called, would hide it."""
    for path in entries:
        inside = [path]
        if path.name.startswith(".") or path.name in {*_SHAPING, "tests"}:
            continue
        if path.is_dir():
            if (path / MANIFEST).is_file():
                continue
            inside = sorted(path.rglob("*"))
        for one in inside:
            if one.parent == path.parent and one.suffix == ".md":
                continue
            if one.suffix.lower() in {".md", ".markdown"} and _has_rules(one):
                yield Diagnostic(
                    Code.PASSED_OVER,
                    f"`{one}` has rules, and is not read",
                    None,
                    "rule files stand in the package's folder itself, and their names "
                    "end in `.md`",
                )


def _has_rules(path: Path) -> bool:
    try:
        return _RULES.search(read_regular(path)) is not None
    except OSError:
        return False


def _unreadable(path: Path, error: OSError) -> Diagnostic:
    return Diagnostic(
        Code.UNREADABLE_RULES,
        f"`{path}` cannot be read: {reason(error)}",
        None,
        "make it a readable file, or take it out of the folder"
        if path.suffix
        else "make it a folder that may be read",
    )


def _read_file(path: Path, folder: Path) -> tuple[bytes, Source] | Diagnostic:
    if path.exists() and not lies_within(path, folder):
        return Diagnostic(
            Code.PACKAGE_OUTSIDE,
            f"`{path}` is a link that leaves the package",
            None,
            "put the file itself into the folder",
        )
    try:
        data = read_regular(path)
    except OSError as error:
        return _unreadable(path, error)
    except Invalid as error:
        return error.diagnostics[0]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return Diagnostic(
            Code.NOT_UTF8_POLICY,
            f"`{path}` is not UTF-8: byte {data[error.start]:#04x} in line {line}",
            None,
            "save the file as UTF-8",
        )
    # A byte-order mark is no part of the text.
    return data, Source(str(path), text.removeprefix("\ufeff"))
