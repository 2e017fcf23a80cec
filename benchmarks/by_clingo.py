"""The policy `nmpa-summary` in clingo's language: a peer.

python -m benchmarks.by_clingo FACTS OUT.json

Texts enter as quoted symbols, dates as day numbers, an empty cell as `none`. It
gives the importable batches, without reasons: clingo states none.
"""

from __future__ import annotations

import csv
import json
import sys
from datetime import date
from pathlib import Path

import clingo

from benchmarks.by_hand import SCHEMA

PROGRAM = """
commercial(B) :- batch(B,_,_,_,"commercial").
marketed(F) :- filing(F,B,D), batch(B,P,_,_,_), overseas_approval(P,_,A,W), A <= D,
    open(W,D).
open(none,D) :- filing(_,_,D).
open(W,D) :- filing(_,_,D), W > D, W != none, last(W).
last(W) :- overseas_approval(_,_,_,W).  last(W) :- national_list(_,_,_,W).
made_before(B,A) :- batch(B,P,_,M,_), china_approval(A,P,_,D), M < D.
when_filed(F,A) :- filing(F,B,D), batch(B,P,_,_,_), china_approval(A,P,_,G), G <= D.
by_product(P) :- product(P,_,_,("original";"improved")).
by_product(P) :- indication(P,D), disease_code(D,L,N), rare_disease(L,N,_,_).
by_filing(F) :- filing(F,B,D), batch(B,P,_,_,_), national_list(_,P,L,E), L <= D,
    open(E,D).
by_filing(F) :- filing(F,B,D), batch(B,P,_,_,_), designated_category(P,_,G), G <= D.
by_approval(A) :- china_approval(A,P,_,D), temporary_import(_,P,G), G < D.
by_approval(A) :- expedited(A,_).
ground(F,A) :- when_filed(F,A), filing(F,B,_), batch(B,P,_,_,_), by_product(P).
ground(F,A) :- when_filed(F,A), by_filing(F).
ground(F,A) :- when_filed(F,A), by_approval(A).
gmp(F) :- filing(F,B,D), batch(B,_,S,_,_), site(S,_,C), gmp_evidence(_,S,K,I,G,E),
    G <= D, valid(E,D), kind(K,I,C).
valid(none,D) :- filing(_,_,D).
valid(E,D) :- filing(_,_,D), gmp_evidence(_,_,_,_,_,E), E != none, E >= D.
kind("inspection-notification",I,C) :- gmp_evidence(_,_,_,I,_,_), site(_,_,C).
kind("gmp-certificate",C,C) :- site(_,_,C).
missing(F) :- filing(F,_,_), required_document(D), not filing_document(F,D).
importable(B) :- filing(F,B,_), commercial(B), marketed(F), made_before(B,A),
    when_filed(F,A), ground(F,A), gmp(F), not missing(F).
#show importable/1.
"""


def facts(folder: Path) -> str:
    """Return the fact files as clingo's facts."""
    lines = []
    for relation, (columns, _) in SCHEMA.items():
        with (folder / f"{relation}.csv").open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            types = list(columns.values())
            for row in rows:
                terms = ",".join(term(c, t) for c, t in zip(row, types, strict=True))
                lines.append(f"{relation}({terms}).")
    return "\n".join(lines)


def term(cell: str, type_: str) -> str:
    """Return a cell as clingo writes it."""
    if not cell:
        return "none"
    if type_ == "DATE":
        return str(date.fromisoformat(cell).toordinal())
    if type_ == "BIGINT":
        return cell
    escaped = cell.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def main(folder: Path, out: Path) -> None:
    control = clingo.Control(["--warn=none"])
    control.add("base", [], PROGRAM + facts(folder))
    control.ground([("base", [])])
    importable: list[str] = []
    control.solve(
        on_model=lambda model: importable.extend(
            symbol.arguments[0].string for symbol in model.symbols(shown=True)
        )
    )
    out.write_text(json.dumps(sorted(importable)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
