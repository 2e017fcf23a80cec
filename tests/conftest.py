"""What all tests share: `--accept` rewrites the outputs that files hold."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--accept",
        action="store_true",
        help="rewrite expected outputs (docs, golden files); read the diff afterwards",
    )


@pytest.fixture
def accept(request: pytest.FixtureRequest) -> bool:
    """Whether actual output becomes the expected one."""
    return bool(request.config.getoption("--accept"))
