"""Where the files are that come with whereas: in the wheel, or in a checkout."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

_PACKAGE = Path(__file__).parent.parent
_CHECKOUT = _PACKAGE.parent.parent


def pages_folder() -> Path:
    """Return the folder of the error pages."""
    return _either(_PACKAGE / "pages", _CHECKOUT / "docs" / "reference" / "errors")


def workspace_folder(kind: str, name: str) -> Path:
    """Return the folder of the policy or of the facts that `whereas init` copies."""
    return _either(_PACKAGE / "workspace" / kind, _CHECKOUT / kind) / name


@dataclass(frozen=True, slots=True)
class Example:
    """A policy that comes along: sets of facts that fit it, and one of their cases."""

    facts: tuple[str, ...]
    case: str


def examples() -> dict[str, Example]:
    """Return the policies that `whereas init` can lay down, by their names."""
    text = workspace_folder("policy", "examples.toml").read_text(encoding="utf-8")
    return {
        name: Example(tuple(table["facts"]), table["case"])
        for name, table in tomllib.loads(text).items()
    }


def policies_of(name: str) -> list[str]:
    """Return a policy with the packages that it uses, which lie beside it."""
    manifest = workspace_folder("policy", name) / "policy.toml"
    table = tomllib.loads(manifest.read_text(encoding="utf-8"))["policy"]
    return [name, *(one for used in table.get("uses", ()) for one in policies_of(used))]


def _either(packaged: Path, checkout: Path) -> Path:
    return packaged if packaged.is_dir() else checkout
