"""The limits of fact files; `docs/reference/limits.md` states each of them."""

from __future__ import annotations

# The largest file of each format, in bytes. JSON and YAML are held in memory whole:
# JSON at some 20 times its size, YAML at some 200 times.
FILE_BYTES = {
    ".csv": 16_000_000_000,
    ".jsonl": 16_000_000_000,
    ".ndjson": 16_000_000_000,
    ".parquet": 16_000_000_000,
    ".json": 32_000_000,
    ".yaml": 4_000_000,
    ".yml": 4_000_000,
    ".xlsx": 64_000_000,
}

# A header, or an object in JSON and YAML, has at most so many columns.
COLUMNS = 1_000

# A cell has at most so many characters; a line of CSV or JSON lines so many bytes.
CELL_CHARACTERS = 1_000_000
LINE_BYTES = 4_000_000

# The number of rows that the format of workbooks allows a sheet.
SHEET_ROWS = 1_048_576

# A workbook unpacks to at most so many bytes (and times its size, above 10 MB), in
# so many parts, with so many XML tags in all and in a row.
ARCHIVE_BYTES = 256_000_000
ARCHIVE_RATIO = 100
ARCHIVE_ENTRIES = 10_000
WORKBOOK_TAGS = 20_000_000
ROW_TAGS = 500_000

# A Parquet file has at most so many rows: it can say a number of rows for nothing.
PARQUET_ROWS = 50_000_000
PARQUET_BYTES = 32_000_000_000
