"""A small workspace, quick to decide, and the demonstration's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from run_cli import ROOT
from small_workspace import FILES


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A workspace of one rule and two cases."""
    folder = tmp_path / "small"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """A copy of the demonstration's workspace."""
    folder = tmp_path / "demo"
    for name in ("policy", "facts"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "whereas.toml", folder)
    return folder
