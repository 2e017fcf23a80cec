"""Where the files are that come with whereas: in the wheel, or in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent
_CHECKOUT = _PACKAGE.parent.parent


def pages_folder() -> Path:
    """Return the folder of the error pages."""
    return _either(_PACKAGE / "pages", _CHECKOUT / "docs" / "reference" / "errors")


def workspace_folder(kind: str, name: str) -> Path:
    """Return the folder of the policy or of the facts that `whereas init` copies."""
    return _either(_PACKAGE / "workspace" / kind / name, _CHECKOUT / kind / name)


def _either(packaged: Path, checkout: Path) -> Path:
    return packaged if packaged.is_dir() else checkout
