"""Synthetic fact sets for `policy/nmpa-summary`, of any size, from a seed.

    python -m benchmarks.generate --batches 100000 --seed 1 --out benchmarks/out/100000

The rows come from integer arithmetic alone, so that the same seed gives the same
bytes on every machine and with every version of DuckDB. Everything is synthetic.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

# One table after another: name, and its rows as SQL over the macro `pick`.
# pick(i, salt, n) is a number in 0 … n-1 that looks random.
TABLES: dict[str, str] = {
    "product": """
        SELECT 'P' || i AS product, 'Synthetic drug ' || i AS name_en,
               '合成药品' || i AS name_zh,
               ['original','improved','generic','biosimilar','other',
                'generic','generic'][pick(i, 1, 7) + 1] AS kind
        FROM range(getvariable('products')) r(i)""",
    "site": """
        SELECT 'S' || i AS site, 'Synthetic site, "' || i || '"' AS name,
               ['IE','DE','US','IN','JP','CH'][pick(i, 2, 6) + 1] AS country
        FROM range(getvariable('sites')) r(i)""",
    "batch": """
        SELECT 'B-' || i AS batch,
               'P' || pick(i, 3, getvariable('products')) AS product,
               'S' || pick(i, 4, getvariable('sites')) AS site,
               DATE '2024-01-01' + pick(i, 5, 700)::INTEGER AS made,
               CASE WHEN pick(i, 6, 20) = 0 THEN 'pilot'
                    WHEN pick(i, 6, 20) = 1 THEN 'clinical'
                    ELSE 'commercial' END AS scale
        FROM range(getvariable('batches')) r(i)""",
    "overseas_approval": """
        SELECT 'P' || i AS product, ['EU','US','JP'][k + 1] AS country,
               DATE '2015-01-01' + pick(i * 3 + k, 7, 3300)::INTEGER AS approved,
               CASE WHEN pick(i * 3 + k, 8, 12) = 0
                    THEN DATE '2025-01-01' + pick(i, 9, 500)::INTEGER END AS withdrawn
        FROM range(getvariable('products')) r(i), range(3) s(k)
        WHERE pick(i * 3 + k, 10, 5) < 3""",
    "china_approval": """
        SELECT 'HJ' || (i * 2 + k) AS number, 'P' || i AS product,
               ['approval','supplemental'][k + 1] AS kind,
               DATE '2025-01-01' + pick(i * 2 + k, 11, 500)::INTEGER AS approved
        FROM range(getvariable('products')) r(i), range(2) s(k)
        WHERE pick(i * 2 + k, 12, 10) < 9 - 5 * k""",
    "expedited": """
        SELECT 'HJ' || (i * 2) AS number,
               ['breakthrough','conditional','priority','special']
               [pick(i, 13, 4) + 1] AS pathway
        FROM range(getvariable('products')) r(i) WHERE pick(i, 14, 8) = 0""",
    "national_list": """
        SELECT ['shortage','key-monitoring','encouraged-generics','paediatric']
               [k + 1] AS list, 'P' || i AS product,
               DATE '2020-01-01' + pick(i * 4 + k, 15, 1500)::INTEGER AS listed,
               CASE WHEN pick(i * 4 + k, 16, 4) = 0
                    THEN DATE '2025-06-01' + pick(i, 17, 400)::INTEGER END AS delisted
        FROM range(getvariable('products')) r(i), range(4) s(k)
        WHERE pick(i * 4 + k, 18, 12) = 0""",
    "indication": """
        SELECT 'P' || i AS product, 'disease ' || pick(i * 2 + k, 19, 900) AS disease
        FROM range(getvariable('products')) r(i), range(2) s(k)
        WHERE k = 0 OR pick(i * 2, 19, 900) <> pick(i * 2 + 1, 19, 900)""",
    "disease_code": """
        SELECT 'disease ' || i AS disease, 1 + pick(i, 20, 2) AS list,
               1 + pick(i, 21, 130) AS number
        FROM range(900) r(i) WHERE pick(i, 22, 4) = 0""",
    "rare_disease": """
        SELECT k + 1 AS list, i + 1 AS number, '合成罕见病' || i AS name_zh,
               'Synthetic disease ' || i AS name_en
        FROM range(121) r(i), range(2) s(k) WHERE k = 0 OR i < 86""",
    "temporary_import": """
        SELECT 'T' || i AS licence, 'P' || i AS product,
               DATE '2024-06-01' + pick(i, 23, 600)::INTEGER AS granted
        FROM range(getvariable('products')) r(i) WHERE pick(i, 24, 25) = 0""",
    "designated_category": """
        SELECT 'P' || i AS product, 'synthetic category' AS category,
               DATE '2025-01-01' + pick(i, 25, 500)::INTEGER AS designated
        FROM range(getvariable('products')) r(i) WHERE pick(i, 26, 40) = 0""",
    "gmp_evidence": """
        SELECT 'G' || (i * 3 + k) AS document, 'S' || i AS site,
               CASE WHEN pick(i * 3 + k, 27, 4) = 0 THEN 'inspection-notification'
                    ELSE 'gmp-certificate' END AS kind,
               ['IE','DE','US','IN','JP','CH']
               [(CASE WHEN pick(i * 3 + k, 28, 3) = 0 THEN pick(i + k, 29, 6)
                 ELSE pick(i, 2, 6) END) + 1] AS country,
               DATE '2022-01-01' + pick(i * 3 + k, 30, 1500)::INTEGER AS issued,
               CASE WHEN pick(i * 3 + k, 31, 3) > 0
                    THEN DATE '2025-01-01' + pick(i * 3 + k, 32, 1500)::INTEGER
               END AS expires
        FROM range(getvariable('sites')) r(i), range(3) s(k)""",
    "filing": """
        SELECT 'F-' || i || '-' || k AS filing, 'B-' || i AS batch,
               DATE '2025-03-01' + pick(i * 2 + k, 33, 500)::INTEGER AS filed
        FROM range(getvariable('batches')) r(i), range(2) s(k)
        WHERE CASE k WHEN 0 THEN pick(i, 34, 20) > 0 ELSE pick(i, 35, 10) = 0 END""",
    "filing_document": """
        SELECT 'F-' || i || '-' || k AS filing, 'document ' || d AS document
        FROM range(getvariable('batches')) r(i), range(2) s(k), range(3) t(d)
        WHERE CASE k WHEN 0 THEN pick(i, 34, 20) > 0 ELSE pick(i, 35, 10) = 0 END
          AND pick(i * 6 + k * 3 + d, 36, 40) > 0""",
    "required_document": "SELECT 'document ' || i AS document FROM range(3) r(i)",
}


def generate(folder: Path, batches: int, seed: int) -> dict[str, int]:
    """Write a fact set of a number of batches; return how many rows each file has."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    connection.execute(
        f"""CREATE MACRO pick(i, salt, n) AS (
            ((i + 1) * 48271 + salt * 69621 + {int(seed)} * 40692) % 2147483647
            * 16807 % 2147483647 * 48271 % 2147483647 // 7 % n)"""
    )
    for name, value in {
        "batches": batches,
        "products": max(20, batches // 100),
        "sites": max(10, batches // 500),
    }.items():
        connection.execute(f"SET VARIABLE {name} = {value}")
    rows: dict[str, int] = {}
    for relation, sql in TABLES.items():
        path = folder / f"{relation}.csv"
        connection.execute(f"COPY ({sql}) TO '{path}' (HEADER, DELIMITER ',')")
        counted = connection.execute(f"SELECT count(*) FROM ({sql})").fetchone()
        rows[relation] = counted[0] if counted else 0
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    rows = generate(arguments.out, arguments.batches, arguments.seed)
    print(f"{sum(rows.values())} facts in {arguments.out}")


if __name__ == "__main__":
    main()
