"""The policy `nmpa-summary` in pyDatalog alone: a peer.

python -m benchmarks.by_pydatalog FACTS OUT.json

Without recursion pyDatalog answers rightly; the bodies stand in the order that it
needs. All relations are asked, as whereas derives all. Dates stay ISO texts, an
empty cell is the text `none`. No reasons: pyDatalog states none.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

from pyDatalog import pyDatalog

from benchmarks.by_hand import SCHEMA

RULES = """
commercial(B) <= batch(B,P,S,M,'commercial')
marketed(F) <= (filing(F,B,D) & batch(B,P,S,M,C) & overseas_approval(P,Y,A,W)
    & (A <= D) & (W == 'none'))
marketed(F) <= (filing(F,B,D) & batch(B,P,S,M,C) & overseas_approval(P,Y,A,W)
    & (A <= D) & (W != 'none') & (W > D))
made_before(B,A) <= batch(B,P,S,M,C) & china_approval(A,P,K,D) & (M < D)
when_filed(F,A) <= (filing(F,B,D) & batch(B,P,S,M,C) & china_approval(A,P,K,G)
    & (G <= D))
eligible_product(P,'S-E1') <= product(P,N,Z,'original')
eligible_product(P,'S-E1') <= product(P,N,Z,'improved')
eligible_product(P,'S-E3') <= (indication(P,D) & disease_code(D,L,N)
    & rare_disease(L,N,Z,E))
eligible_when(F,'S-E2') <= (filing(F,B,D) & batch(B,P,S,M,C)
    & national_list(L,P,X,E) & (X <= D) & (E == 'none'))
eligible_when(F,'S-E2') <= (filing(F,B,D) & batch(B,P,S,M,C)
    & national_list(L,P,X,E) & (X <= D) & (E != 'none') & (E > D))
eligible_when(F,'S-E6') <= (filing(F,B,D) & batch(B,P,S,M,C)
    & designated_category(P,L,X) & (X <= D))
eligible_approval(A,'S-E4') <= (china_approval(A,P,K,D) & temporary_import(L,P,G)
    & (G < D))
eligible_approval(A,'S-E5') <= expedited(A,P)
gmp(F,G) <= (filing(F,B,D) & batch(B,P,S,M,C) & site(S,N,Y)
    & gmp_evidence(G,S,K,I,T,E) & (T <= D) & valid(E,D) & accepted(K,I,Y))
valid(E,D) <= (E == 'none')
valid(E,D) <= (E != 'none') & (E >= D)
accepted(K,I,Y) <= (K == 'inspection-notification')
accepted(K,I,Y) <= (K == 'gmp-certificate') & (I == Y)
missing(F,D) <= filing(F,B,X) & required_document(D) & ~filing_document(F,D)
lacking(F) <= missing(F,D)
complete(F) <= filing(F,B,X) & ~lacking(F)
ground(P,F,A) <= eligible_product(P,G)
ground(P,F,A) <= eligible_when(F,G)
ground(P,F,A) <= eligible_approval(A,G)
importable(B) <= (filing(F,B,D) & batch(B,P,S,M,C) & commercial(B) & marketed(F)
    & made_before(B,A) & when_filed(F,A) & ground(P,F,A) & gmp(F,G) & complete(F))
"""
RELATIONS = (
    "commercial(X)",
    "marketed(X)",
    "made_before(X,Y)",
    "when_filed(X,Y)",
    "eligible_product(X,Y)",
    "eligible_when(X,Y)",
    "eligible_approval(X,Y)",
    "gmp(X,Y)",
    "missing(X,Y)",
    "complete(X)",
)


def main(folder: Path, out: Path) -> None:
    for relation, (columns, _) in SCHEMA.items():
        pyDatalog.assert_fact(relation, *["-"] * len(columns))
        pyDatalog.retract_fact(relation, *["-"] * len(columns))
        with (folder / f"{relation}.csv").open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            for row in rows:
                pyDatalog.assert_fact(relation, *(cell or "none" for cell in row))
    pyDatalog.load(RULES.replace("\n    ", " ").strip())
    for relation in RELATIONS:
        pyDatalog.ask(relation)
    answer = pyDatalog.ask("importable(X)")
    out.write_text(json.dumps(sorted(x for (x,) in answer.answers) if answer else []))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
