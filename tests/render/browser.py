"""A page in headless Chromium: what its script does, and what paper shows."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--virtual-time-budget=2000",
)


def chromium() -> str:
    """The browser's path; without one, the test is skipped and says so."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    pytest.skip("no Chromium is installed (apt-get install chromium)")


def browsed(page: str, script: str, folder: Path, *, width: int = 1280) -> Any:
    """Open a page, run a script in it, and return what the script returns."""
    tail = (
        "<script>addEventListener('load', function () {"
        "var said; try { said = (function () {" + script + "}()); }"
        " catch (error) { said = String(error); }"
        "var box = document.createElement('pre'); box.id = 'said';"
        "box.textContent = JSON.stringify(said); document.body.append(box);"
        "});</script></body>"
    )
    file = folder / "page.html"
    file.write_text(page.replace("</body>", tail), encoding="utf-8")
    done = subprocess.run(
        [
            chromium(),
            *FLAGS,
            f"--user-data-dir={folder / 'profile'}",
            f"--window-size={width},900",
            "--dump-dom",
            f"file://{file}",
        ],
        capture_output=True,
        check=True,
        timeout=120,
    )
    found = re.search(r'<pre id="said">(.*?)</pre>', done.stdout.decode(), re.S)
    assert found, done.stderr.decode()
    return json.loads(html.unescape(found[1]))


def printed(page: str, folder: Path) -> list[str]:
    """Print a page, and return the words of each sheet."""
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("pdftotext is not installed (apt-get install poppler-utils)")
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    paper = folder / "page.pdf"
    subprocess.run(
        [
            chromium(),
            *FLAGS,
            f"--user-data-dir={folder / 'profile'}",
            "--no-pdf-header-footer",
            f"--print-to-pdf={paper}",
            f"file://{file}",
        ],
        capture_output=True,
        check=True,
        timeout=120,
    )
    done = subprocess.run(
        [reader, "-raw", str(paper), "-"], capture_output=True, check=True
    )
    return done.stdout.decode().split("\f")[:-1]
