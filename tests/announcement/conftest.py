"""The portfolio cut into batches, and the policy of the announcement."""

from __future__ import annotations

from pathlib import Path

import pytest

from announcement.comparison import Cuts
from announcement.tables import read_folder
from whereas.policy import Policy, load_policy

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def announcement() -> Policy:
    """Return the policy."""
    return load_policy(ROOT / "policy" / "nmpa-2025-96")


@pytest.fixture(scope="session")
def portfolio() -> Cuts:
    """Return the batches of the portfolio."""
    return Cuts.of(read_folder(ROOT / "facts" / "portfolio"))
