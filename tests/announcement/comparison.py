"""The policy and the oracle over the same facts, and where they differ."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import whereas
from announcement.findings import WEIGHTS, Parameters, Verdict, Weight
from announcement.mutations import Mutation, mutations
from announcement.oracle import decide
from announcement.slices import cut, side_by_side
from announcement.tables import Facts, select
from whereas.policy import Policy

# How many mutated batches one run decides.
RUN = 5000
# The relations of the policy that hold the ids of its reasons, by their weight.
RELATIONS = {
    Weight.BREACH: "breach",
    Weight.MISSING: "gap",
    Weight.PERSON: "referral",
    Weight.DUTY: "obligation",
}
GROUNDS = "ground"
CATEGORY = re.compile(r"^ANN-1\(\d\)$")


@dataclass(frozen=True)
class Case:
    """A batch to decide: its number, its rows, and what was changed in them."""

    number: str
    facts: Facts
    change: str


@dataclass(frozen=True)
class Decided:
    """What the policy decides about a batch: its outcome, and the ids of its reasons."""

    outcome: str
    ids: dict[str, set[str]]


@dataclass(frozen=True)
class Compared:
    """One batch, as the policy and as the oracle decide it."""

    case: Case
    outcome: str
    ids: dict[str, set[str]]
    verdict: Verdict

    def decisive(self) -> tuple[set[str], set[str]]:
        """Return the ids of the reasons that decide: the policy's and the oracle's.

        The categories share one id where they are not known.
        """
        weight = WEIGHTS[self.outcome]
        if weight not in RELATIONS:
            return set(), set()
        names = self.ids.get(RELATIONS[weight], set())
        return set(map(_shared, names)), set(
            map(_shared, self.verdict.articles(weight))
        )


def _shared(name: str) -> str:
    """Return the id of a category as that of article 1."""
    return CATEGORY.sub("ANN-1", name)


@dataclass(frozen=True)
class Cuts:
    """Every batch of a folder, cut out with the rows that bear on it."""

    facts: Facts
    cuts: dict[str, Facts]

    @classmethod
    def of(cls, facts: Facts) -> Cuts:
        """Cut out every batch of some facts."""
        numbers = [row["batch"] for row in facts["batch"]]
        return cls(facts, {number: cut(facts, number) for number in numbers})

    def unchanged(self) -> list[Case]:
        """Return every batch as it is."""
        return [Case(number, own, number) for number, own in self.cuts.items()]

    def mutations(self, policy: Policy) -> list[Mutation]:
        """Return every mutation of every batch."""
        return [
            mutation
            for number, own in self.cuts.items()
            for mutation in mutations(policy, number, own)
        ]

    def mutated(self, mutation: Mutation) -> Case:
        """Return the batch of a mutation, changed."""
        own = self.cuts[mutation.batch]
        return Case(mutation.batch, mutation.apply(own), mutation.described(own))


def write_folder(policy: Policy, facts: Facts, folder: Path) -> None:
    """Write facts as a folder of CSV files, with the columns that the policy has."""
    folder.mkdir(parents=True)
    for table, rows in facts.items():
        columns = [column.name or "" for column in policy.relations[table].columns]
        path = folder / f"{table}.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)


def decided(
    policy: Policy, facts: Facts, cases: Sequence[Case], folder: Path
) -> Iterator[Decided]:
    """Yield what the policy decides about changed batches, RUN of them at a time.

    The facts are those that the batches were cut from; the folder is new.
    """
    for start in range(0, len(cases), RUN):
        some = cases[start : start + RUN]
        part = folder / str(start)
        write_folder(policy, side_by_side(facts, [case.facts for case in some]), part)
        decisions = whereas.decide(
            policy, whereas.load_facts(part, policy), readings=False, certify=False
        )
        outcomes = {str(one.case[0]): one.outcome for one in decisions}
        ids: dict[str, dict[str, set[str]]] = {}
        for relation in (GROUNDS, *RELATIONS.values()):
            for batch, name in decisions.model.rows(relation):
                ids.setdefault(str(batch), {}).setdefault(relation, set()).add(
                    str(name)
                )
        for copy, case in enumerate(some):
            key = f"{case.number}~{copy}"
            outcome = outcomes[key]
            assert outcome is not None, case.change
            yield Decided(outcome, ids.get(key, {}))


def compare(
    policy: Policy,
    facts: Facts,
    cases: Sequence[Case],
    folder: Path,
    parameters: Parameters,
) -> Iterator[Compared]:
    """Decide changed batches twice: by the policy in runs, by the oracle one by one."""
    lists = select(facts, "lookup", subject="list")
    both = zip(cases, decided(policy, facts, cases, folder), strict=True)
    for case, one in both:
        whole = {**case.facts, "lookup": case.facts["lookup"] + lists}
        verdict = decide(whole, case.number, parameters)
        yield Compared(case, one.outcome, one.ids, verdict)
