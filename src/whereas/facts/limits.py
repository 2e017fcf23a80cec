"""The limits of fact files; `docs/reference/limits.md` states each of them."""

from __future__ import annotations

# The largest file of each format, in bytes. JSON and YAML are held in memory whole:
# JSON at some 20 times its size, YAML at some 200 times.
FILE_BYTES = {
    ".csv": 16_000_000_000,
    ".jsonl": 16_000_000_000,
    ".ndjson": 16_000_000_000,
    ".parquet": 16_000_000_000,
    ".json": 64_000_000,
    ".yaml": 8_000_000,
    ".yml": 8_000_000,
    ".xlsx": 64_000_000,
}
