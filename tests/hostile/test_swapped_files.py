"""A fact file that is replaced while it is read: the hash is of what was read."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from facts.helper import GOOD, POLICY, folder
from whereas.diagnostics import Invalid
from whereas.facts import load_facts

# Two contents of one length: a size tells nothing.
CONTENTS = {
    name: "product,name,kind\n"
    + "P1,Aspirin,new\nP2,药品,old\n"
    + "".join(f"{letter}{i:06},name,new\n" for i in range(20_000))
    for name, letter in (("a", "A"), ("b", "B"))
}


@contextmanager
def swapping(path: Path, *, in_place: bool) -> Iterator[None]:
    """Put one content and then the other into a file, until the end of the block."""
    done = threading.Event()

    def swap() -> None:
        while not done.is_set():
            for content in CONTENTS.values():
                if in_place:
                    with path.open("r+b") as file:
                        file.write(content.encode())
                else:
                    other = path.with_suffix(".part")
                    other.write_text(content, encoding="utf-8")
                    other.replace(path)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def set_hash(content: str) -> str:
    files = {**GOOD, "product.csv": content}
    lines = [
        f"{hashlib.sha256(files[name].encode()).hexdigest()}  {name}\n"
        for name in sorted(files)
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@pytest.mark.parametrize("home", ["sqlite", "duckdb"])
@pytest.mark.parametrize("in_place", [False, True], ids=["replaced", "in-place"])
def test_the_hash_is_of_the_rows_that_were_read(
    tmp_path: Path, home: str, in_place: bool
) -> None:
    path = folder(tmp_path, {"product.csv": CONTENTS["a"]})
    expected = {set_hash(content): name for name, content in CONTENTS.items()}
    with swapping(path / "product.csv", in_place=in_place):
        for _ in range(8):
            try:
                facts = load_facts(path, POLICY, home=home)  # type: ignore[arg-type]
            except Invalid as invalid:
                # Refused is right too; only a wrong hash is wrong.
                assert in_place, invalid
                continue
            read = "a" if "A000000" in texts(facts) else "b"
            if not in_place or facts.sha256 in expected:
                assert expected[facts.sha256] == read
            facts.database.close()


def texts(facts: object) -> set[str]:
    query = facts.database.query  # type: ignore[attr-defined]
    return {
        text for (text,) in query("SELECT text FROM symbol WHERE text LIKE '%000000'")
    }
