"""A room imports only rooms below it, in the order of `pyproject.toml`."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "whereas"
# A module that grows beyond this has two subjects.
CEILING = 650


def modules() -> Iterator[Path]:
    return (path for path in sorted(SOURCE.rglob("*.py")))


def layers() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = settings["tool"]["importlinter"]["contracts"]
    return [name.strip("()") for name in contract["layers"]]


def test_every_room_has_its_place() -> None:
    """The contract names each room, so that none escapes it."""
    rooms = {
        path.name.removesuffix(".py")
        for path in SOURCE.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert rooms - {"__init__", "__main__"} <= set(layers())


def test_a_room_imports_only_what_is_below() -> None:
    """Imports inside functions count; those for type checkers do too."""
    order = layers()
    for path in modules():
        room = path.relative_to(SOURCE).parts[0].removesuffix(".py")
        if room.startswith("__"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                words = node.module.split(".")
                if words[0] == "whereas" and len(words) > 1:
                    assert order.index(words[1]) >= order.index(room), (
                        f"{path.relative_to(ROOT)} imports {node.module}"
                    )


def test_modules_stay_small_enough_to_read() -> None:
    """A ceiling, not a goal."""
    for path in modules():
        lines = path.read_text(encoding="utf-8").count("\n")
        assert lines <= CEILING, f"{path.relative_to(ROOT)} has {lines} lines"


def test_every_module_says_what_it_is() -> None:
    """A docstring of at least one sentence."""
    for path in modules():
        words = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        assert words, f"{path.relative_to(ROOT)} has no docstring"
        assert "TODO" not in words, f"{path.relative_to(ROOT)} is not written"


def test_helpers_that_share_a_name_are_imported_by_their_folder() -> None:
    """`from facts.helper import …`: the bare name would be whichever comes first."""
    paths = sorted((ROOT / "tests").rglob("*.py"))
    stems = [path.stem for path in paths if not path.stem.startswith("test_")]
    shared = {stem for stem in stems if stems.count(stem) > 1}
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.module not in shared, f"{path} imports {node.module}"
