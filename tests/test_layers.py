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


def test_helpers_of_the_tests_have_names_of_their_own() -> None:
    """They are imported by that name alone, from whichever folder comes first."""
    names: dict[str, Path] = {}
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if not path.name.startswith(("test_", "conftest")):
            assert path.name not in names, f"{path} and {names[path.name]}"
            names[path.name] = path
