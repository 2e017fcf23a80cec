"""The policy `nmpa-summary` in clingo's language, explained by xclingo: a peer.

PYTHON -m benchmarks.by_xclingo FACTS OUT.json

PYTHON is one that has xclingo. It writes the importable batches that got a tree, and
says on stdout how many seconds the explaining took, all that comes after reading.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
import time
from pathlib import Path

from xclingo import Explainer, XclingoControl  # type: ignore[import-not-found]

from benchmarks.by_clingo import PROGRAM, facts


def main(folder: Path, out: Path) -> None:
    rules = PROGRAM.replace("#show importable/1.\n", "")
    # xclingo takes no `_`, and no pools in arguments.
    fresh = itertools.count(1)
    rules = re.sub(r"(?<=[(,])_(?=[,)])", lambda _: f"V{next(fresh)}", rules)
    rules = re.sub(
        r"by_product\(P\) :- product\(P,(\w+),(\w+),\(.*?\)\)\.",
        r'by_product(P) :- product(P,\1,\2,"original").\n'
        r'by_product(P) :- product(P,\1,\2,"improved").',
        rules,
    )
    traced = re.sub(
        r"^(\w+)\((.*?)\) :-", r'%!trace_rule {"\1"}.\n\1(\2) :-', rules, flags=re.M
    )
    began = time.perf_counter()
    control = XclingoControl(["1"], n_explanations="1")
    program = f"{traced}\n%!show_trace {{importable(B)}}.\n{facts(folder)}\n"
    # Its messages about atoms that no rule gives would end the explaining.
    control.explainer = Explainer(["1", "--warn=none"], logger=lambda *_: None)
    control.add("base", [], program)
    control.ground([("base", [])])
    explained: set[str] = set()
    for model in control.solve():
        for graph in model.explain_model():
            for atom in graph.show_trace:
                if graph.explain(atom).ascii_tree():
                    explained.add(atom.arguments[0].string)
    out.write_text(json.dumps(sorted(explained)))
    print(f"{time.perf_counter() - began:.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
