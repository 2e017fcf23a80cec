"""The ids that fail with goals that do not hold: followed down, a table of goals each.

Of an attempt, each literal that is not met gives ids:

- a derived atom: for each of its rules that can give it, the rule's id; or, where
  the rule has none, the ids of that rule's nearest attempt in turn,
- an alternative: the ids of the nearest attempt at each of its branches,
- a negated atom that is there: the ids that support it,
- any other literal, and a negated atom that nothing with an id supports: the id of
  the rule, or of the nearest rule above it that has one.

So a rule without an id is transparent. The literals that its nearest attempt meets
count as held, like those of the attempt that was followed. Goals are numbered, and
what is found below them belongs to the number with which the way down began; a goal
that was reached before adds nothing.

A goal has a value in each place, or NULL. That is either any value, where the atom
asks for none; or it is a value that is open, since what would have given it is not
met: the column `w` has a bit for each such place. What mentions an open value is not
met either.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whereas.engine.bodies import Names
from whereas.explain.batch_attempts import Sweep
from whereas.explain.bodies import Conjunction, expanded, order_of, variables_of
from whereas.explain.lineage_bits import ABOVE, Masks, SupportMasks, TemporaryTables
from whereas.facts.database import columns, quoted
from whereas.policy.core import Atom, Either, Not, Variable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from whereas.explain.explainer import Explainer
    from whereas.explain.lineage_bits import Bits
    from whereas.policy.core import Literal, Rule
    from whereas.values import Type

# The words of a mask, as SQL.
Words = list[str]


@dataclass(frozen=True, slots=True)
class Tried:
    """Attempts at one body, as a table: one for each goal, the nearest.

    `c` numbers the attempts, `root` is the column of the number with which the way
    down began. Whether literal n is unmet is the column `u…`, for each literal that
    is followed; `variables` are the columns of the values that these mention. `own`
    are the bits of the rule's id, or of what stands for the rule above.
    """

    source: str
    root: str
    body: Sequence[Literal]
    types: Mapping[str, Type]
    variables: Mapping[str, str]
    gives: Mapping[int, set[str]]
    own: int


class FailedIds:
    """Finds the ids that fail with goals, and the ids that support facts."""

    def __init__(self, explainer: Explainer, bits: Bits, title: str) -> None:
        """Find nothing yet; `title` begins the names of the tables."""
        self.explainer = explainer
        self.policy = explainer.policy
        self.encoding = explainer.encoding
        self.bits = bits
        self.above = bits.of([ABOVE])
        self.tables = TemporaryTables(explainer.database, title)
        self.support = SupportMasks(explainer, bits, f"{title} support", self)
        self._negated: dict[tuple[int, Atom], tuple[str, list[int]]] = {}

    def drop(self) -> None:
        """Drop the tables that were made."""
        self.tables.drop()
        self.support.drop()

    # --- what is known of a literal without looking below it --------------------------

    def own(self, rule: Rule) -> int:
        """Return the bit of a rule's id; of a rule without one, what stands for it."""
        return self.above if rule.id is None else self.bits.of([rule.id])

    def constant(self, relation: str) -> int | None:
        """Return the ids that fail with every goal of a relation; None: they differ."""
        bits = 0
        for rule in self.policy.rules_of(relation):
            names = [t.name for t in rule.head.terms if isinstance(t, Variable)]
            general = len({*names}) == len(rule.head.terms)
            if rule.id is None or not general:
                return None
            bits |= self.bits.of([rule.id])
        return bits

    def followed(self, literal: Literal) -> bool:
        """Return whether one has to look below a literal for the ids that it gives."""
        match literal:
            case Atom(relation) if not self.policy.relations[relation].stated:
                return any(r.id is None for r in self.policy.rules_of(relation))
            case Not(atom) if not self.policy.relations[atom.relation].stated:
                self.support.measure(atom.relation)
                return self.support.of(atom.relation).constant is None
            case Either(branches):
                return any(len(b) != 1 or self.followed(b[0]) for b in branches)
            case _:
                return False

    def given(
        self, literal: Literal, value: Callable[[str], str | None], own: int
    ) -> Words:
        """Return the words that an unmet literal gives without looking below it."""
        match literal:
            case Atom() if not self.policy.relations[literal.relation].stated:
                return self._of_rules(literal, value, own)
            case Not(atom) if not self.policy.relations[atom.relation].stated:
                bits = self.support.of(atom.relation).constant
                if not bits:
                    return self._words(own)
                values = [value(name) for name in variables_of(literal)]
                known = " AND ".join(f"{one} IS NOT NULL" for one in values if one)
                return self._words(bits, known, own)
            case Either(branches):
                return self.bits.any_of(
                    [self.given(branch[0], value, own) for branch in branches]
                )
            case _:
                return self._words(own)

    def _words(self, bits: int, test: str = "", otherwise: int = 0) -> Words:
        if not test:
            return [str(word) for word in self.bits.split(bits)]
        return [
            str(word)
            if word == other
            else f"CASE WHEN {test} THEN {word} ELSE {other} END"
            for word, other in zip(
                self.bits.split(bits), self.bits.split(otherwise), strict=True
            )
        ]

    def _of_rules(
        self, atom: Atom, value: Callable[[str], str | None], own: int
    ) -> Words:
        """Return the ids of the rules that have one and whose head can be an atom.

        What no rule can give is like an input: it gives what `own` stands for.
        """
        found: dict[str, int] = {}
        terms = self.terms(atom, value)
        for rule in self.policy.rules_of(atom.relation):
            tests = self.fits(rule.head, terms)
            if tests is not None:
                bits = 0 if rule.id is None else self.bits.of([rule.id])
                test = " AND ".join(tests)
                found[test] = found.get(test, 0) | bits
        parts = [self._words(bits, test) for test, bits in found.items()]
        if "" not in found:
            some = " OR ".join(f"({test})" for test in found)
            parts.append(self._words(own, f"NOT ({some})" if some else ""))
        return self.bits.any_of(parts)

    def terms(self, atom: Atom, value: Callable[[str], str | None]) -> list[str | None]:
        """Return an atom's values as SQL; None for a variable that has none."""
        return [
            value(term.name)
            if isinstance(term, Variable)
            else str(self.encoding.constant(term))
            for term in atom.terms
        ]

    def fits(self, head: Atom, terms: Sequence[str | None]) -> list[str] | None:
        """Return the tests that a head can be a goal; None, if it cannot."""
        tests = []
        before: dict[str, list[str]] = {}
        for term, asked in zip(head.terms, terms, strict=True):
            if asked is None:
                continue
            if isinstance(term, Variable):
                others = before.setdefault(term.name, [])
                pairs = [(asked, other) for other in others]
                others.append(asked)
            else:
                pairs = [(asked, str(self.encoding.constant(term)))]
            for one, other in pairs:
                if _is_number(one) and _is_number(other):
                    if one != other:
                        return None
                    continue
                doubts = [f"{x} IS NULL" for x in (one, other) if not _is_number(x)]
                tests.append(f"({' OR '.join([*doubts, f'{one} = {other}'])})")
        return tests

    # --- attempts ---------------------------------------------------------------------

    def columns_of(self, chain: Sweep, own: int) -> tuple[Words, dict[str, str]]:
        """Return what attempts give without looking below, and the columns to follow.

        Those are the words as SQL, and the flags and values that `Tried` has.
        """
        parts = []
        kept: dict[str, str] = {}
        for number, literal in enumerate(chain.body):
            if self.followed(literal):
                kept[f"u{number}"] = f"p.u{number}"
                for name in variables_of(literal):
                    if name in chain.columns:
                        kept[chain.columns[name]] = f"p.{chain.columns[name]}"
            else:
                words = self.given(literal, _values("p", chain.columns), own)
                parts.append(
                    [
                        word
                        if word == "0"
                        else f"CASE WHEN p.u{number} = 0 THEN 0 ELSE {word} END"
                        for word in words
                    ]
                )
        return self.bits.any_of(parts), kept

    def below(self, tried: Tried, held: Masks) -> str:
        """Return a table of what is below attempts: `n`, the words `h…` and `f…`."""
        walk = _Walk(self, held)
        walk.attempts(tried)
        return walk.result()

    def of_negated(self, rule: Rule, atom: Atom) -> tuple[str, list[int]]:
        """Return a table of the ids that fail with what instances of a rule negate.

        It has the known values of the atom as `a…`, whose places are returned, and the
        words `f…`.
        """
        key = rule.index, atom
        if key not in self._negated:
            self._negated[key] = self._of_negated(rule, atom)
        return self._negated[key]

    def _of_negated(self, rule: Rule, atom: Atom) -> tuple[str, list[int]]:
        statements = []
        known: list[int] = []
        for way in expanded(rule.body, filters=True):
            query = Conjunction(self.encoding, self.policy, Names(), {}).add(way)
            terms = self.terms(atom, query.variables.get)
            known = [place for place, term in enumerate(terms) if term is not None]
            values = ", ".join(
                f"CAST({term or 'NULL'} AS BIGINT) AS a{place}"
                for place, term in enumerate(terms)
            )
            statements.append(f"SELECT {values} {query.source()}")
        goals = self.tables.table(
            "SELECT row_number() OVER () AS n, g.* "
            f"FROM ({' UNION '.join(statements)}) AS g"
        )
        walk = _Walk(
            self, Masks(self.explainer, self.bits, f"{self.tables.title} none")
        )
        walk.goals(atom.relation, goals)
        chosen = [f"g.a{place} AS a{place}" for place in known]
        chosen += [
            f"coalesce(x.f{number}, 0) & {~above} AS f{number}"
            for number, above in enumerate(self.bits.split(self.above))
        ]
        table = self.tables.table(
            f"SELECT {', '.join(chosen)} FROM {goals} AS g "
            f"LEFT JOIN {walk.result()} AS x ON x.n = g.n"
        )
        return table, known


class _Walk:
    """One way down, from attempts or from goals, for many of them together."""

    def __init__(self, failed: FailedIds, held: Masks) -> None:
        self.failed = failed
        self.held = held
        self.bits = failed.bits
        self.tables = failed.tables
        self.policy = failed.policy
        # Statements that say which goals of a relation to look at: `n` and `a…`.
        self._asked: dict[str, list[str]] = defaultdict(list)
        # Goals of recursive relations that were looked at.
        self._done: dict[str, str] = {}
        self._parts: list[str] = []

    def result(self) -> str:
        """Follow all that was asked for; return the table of what was found."""
        for component in reversed(self.policy.components):
            while any(self._asked.get(name) for name in component.relations):
                for name in component.relations:
                    if self._asked.get(name):
                        self._rules(name, recursive=component.recursive)
        if not self._parts:
            nothing = ", ".join(
                f"0 AS {kind}{number}"
                for kind in "hf"
                for number in range(self.bits.words)
            )
            self._parts.append(f"SELECT 0 AS n, {nothing} WHERE 1 = 0")
        words = ", ".join(
            f"bit_or({kind}{number}) AS {kind}{number}"
            for kind in "hf"
            for number in range(self.bits.words)
        )
        return self.tables.table(
            f"SELECT n, {words} FROM ({' UNION ALL '.join(self._parts)}) AS part "
            "GROUP BY n"
        )

    def goals(self, relation: str, goals: str) -> None:
        """Begin with a table of goals: `n` and `a…`."""
        names = columns(self.policy.relations[relation].arity)
        value = {name: f"p.{name}" for name in names}.get
        atom = Atom(relation, tuple(Variable(name) for name in names))
        words = self.failed.given(atom, value, self.failed.above)
        self._part(f"{goals} AS p", "p.n", words)
        self._ask(atom, value, f"{goals} AS p", "p.n", {*names})

    def attempts(self, tried: Tried) -> None:
        """Look below the literals that attempts do not meet."""
        value = _values("p", tried.variables)
        for number, literal in enumerate(tried.body):
            if not self.failed.followed(literal):
                continue
            source = f"(SELECT * FROM {tried.source} WHERE u{number} = 1) AS p"
            root = f"p.{tried.root}"
            if isinstance(literal, Either):
                known = [
                    name
                    for name in dict.fromkeys(variables_of(literal))
                    if name in tried.variables
                    and name not in tried.gives.get(number, ())
                ]
                given = [f"p.{tried.variables[n]} AS v{i}" for i, n in enumerate(known)]
                start = ", ".join(["p.c AS c", f"{root} AS n", *given])
                for branch in literal.branches:
                    chain = Sweep(
                        self.held,
                        branch,
                        tried.types,
                        start=f"SELECT {start} FROM {source}",
                        given=known,
                    )
                    self._nearest(chain, tried.own)
            elif isinstance(literal, Not):
                self._supported(literal.atom, value, source, root, tried.own)
            else:
                assert isinstance(literal, Atom)  # noqa: S101
                words = self.failed.given(literal, value, tried.own)
                self._part(source, root, words)
                free = tried.gives.get(number, set())
                self._ask(literal, value, source, root, free)

    def _part(
        self, source: str, root: str, failed: Words, held: Words | None = None
    ) -> None:
        held = held or ["0"] * self.bits.words
        if all(word == "0" for word in (*failed, *held)):
            return
        chosen = [f"{word} AS h{number}" for number, word in enumerate(held)]
        chosen += [f"{word} AS f{number}" for number, word in enumerate(failed)]
        self._parts.append(
            f"SELECT {', '.join([f'{root} AS n', *chosen])} FROM {source}"
        )

    def _ask(
        self,
        atom: Atom,
        value: Callable[[str], str | None],
        source: str,
        root: str,
        free: Collection[str],
    ) -> None:
        """Ask for the attempts at an atom, of its rules that have no id.

        Where a variable that is `free` has no value, any is good.
        """
        if not self.failed.followed(atom):
            return
        terms = self.failed.terms(atom, value)
        values = [f"CAST({t or 'NULL'} AS BIGINT) AS a{i}" for i, t in enumerate(terms)]
        waiting = [
            f"CASE WHEN {value(term.name)} IS NULL THEN {1 << place} ELSE 0 END"
            for place, term in enumerate(atom.terms)
            if isinstance(term, Variable)
            and term.name not in free
            and value(term.name) is not None
        ]
        chosen = [f"{root} AS n", *values, f"{' + '.join(waiting) or '0'} AS w"]
        self._asked[atom.relation].append(
            f"SELECT DISTINCT {', '.join(chosen)} FROM {source}"
        )

    def _supported(
        self,
        atom: Atom,
        value: Callable[[str], str | None],
        source: str,
        root: str,
        own: int,
    ) -> None:
        """Add the ids that support what should be absent, or the rule's own."""
        masks = self.failed.support
        tests = [
            f"t.a{place} = {term}"
            for place, term in enumerate(self.failed.terms(atom, value))
            if term is not None
        ]
        first: dict[str, int] = {}
        for place, term in enumerate(atom.terms):
            if isinstance(term, Variable) and value(term.name) is None:
                if term.name in first:
                    tests.append(f"t.a{place} = t.a{first[term.name]}")
                first.setdefault(term.name, place)
        words = masks.sql(atom.relation, "t")
        united = ", ".join(f"bit_or({word}) AS w{n}" for n, word in enumerate(words))
        table = quoted(masks.source(atom.relation))
        found = (
            f"SELECT p.c AS c, {united} FROM {source} "
            f"JOIN {table} AS t ON {' AND '.join(tests) or '1 = 1'} GROUP BY p.c"
        )
        every = [f"coalesce(x.w{n}, 0)" for n in range(self.bits.words)]
        nothing = " AND ".join(f"{one} = 0" for one in every)
        failed = [
            f"CASE WHEN {nothing} THEN {mine} ELSE {one} END"
            for one, mine in zip(every, self.bits.split(own), strict=True)
        ]
        self._part(f"{source} LEFT JOIN ({found}) AS x ON x.c = p.c", root, failed)

    def _rules(self, relation: str, *, recursive: bool) -> None:
        """Look at the goals of a relation that were asked for: its rules without id."""
        names = [*columns(self.policy.relations[relation].arity), "w"]
        wanted = " UNION ".join(self._asked.pop(relation))
        if recursive:
            done = self._done.get(relation)
            if done is not None:
                wanted = f"{wanted} EXCEPT SELECT n, {', '.join(names)} FROM {done}"
        goals = self.tables.table(
            f"SELECT row_number() OVER () AS c, g.* FROM ({wanted}) AS g"
        )
        if not self.tables.any(goals):
            return
        if recursive:
            chosen = f"SELECT n, {', '.join(names)} FROM {goals}"
            if done is None:
                self._done[relation] = self.tables.table(chosen)
            else:
                self.failed.explainer.database.execute(f"INSERT INTO {done} {chosen}")
        known = ", ".join([*(f"{name} IS NOT NULL" for name in names[:-1]), "w"])
        masks = self.failed.explainer.database.query(
            f"SELECT DISTINCT {known} FROM {goals}"
        )
        for *mask, waiting in sorted(masks):
            for rule in self.policy.rules_of(relation):
                if rule.id is None:
                    self._rule(rule, goals, mask, waiting)

    def _rule(self, rule: Rule, goals: str, mask: Sequence[bool], waiting: int) -> None:
        """Try a rule on the goals whose values are known, or open, in some places."""
        terms = [f"g.a{place}" if known else None for place, known in enumerate(mask)]
        tests = self.failed.fits(rule.head, terms)
        if tests is None:
            return
        tests += [
            f"g.a{place} IS {'NOT ' if known else ''}NULL"
            for place, known in enumerate(mask)
        ]
        tests.append(f"g.w = {waiting}")
        given: dict[str, str] = {}
        for known in (True, False):
            for place, (term, asked) in enumerate(
                zip(rule.head.terms, terms, strict=True)
            ):
                if isinstance(term, Variable) and known and asked is not None:
                    given.setdefault(term.name, asked)
                elif isinstance(term, Variable) and not known and waiting >> place & 1:
                    given.setdefault(term.name, "CAST(NULL AS BIGINT)")
        chosen = [f"{asked} AS v{i}" for i, asked in enumerate(given.values())]
        chain = Sweep(
            self.held,
            rule.body,
            rule.types,
            start=f"SELECT {', '.join(['g.c AS c', 'g.n AS n', *chosen])} "
            f"FROM {goals} AS g WHERE {' AND '.join(tests)}",
            given=list(given),
            used=[t.name for t in rule.head.terms if isinstance(t, Variable)],
        )
        self._nearest(chain, self.failed.above)

    def _nearest(self, chain: Sweep, own: int) -> None:
        """Keep the nearest attempt at each goal, and look below it."""
        words, followed = self.failed.columns_of(chain, own)
        chosen = ["p.c AS c", "p.n AS n", f"{chain.unmet()} AS unmet"]
        chosen += [f"{word} AS h{number}" for number, word in enumerate(chain.held())]
        chosen += [f"{word} AS f{number}" for number, word in enumerate(words)]
        chosen += [f"{sql} AS {name}" for name, sql in followed.items()]
        chosen += [f"{order_of(*key)} AS k{i}" for i, key in enumerate(chain.order)]
        by = ["unmet", *(f"k{i}" for i in range(len(chain.order)))]
        window = ", ".join(f"{key} NULLS FIRST" for key in by)
        rows = self.tables.table(
            f"SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY c "
            f"ORDER BY {window}) AS place FROM ({chain.sql()} "
            f"SELECT {', '.join(chosen)} FROM {chain.last} AS p) AS q) AS r "
            "WHERE place = 1"
        )
        if not self.tables.any(rows):
            return
        numbers = range(self.bits.words)
        self._part(
            f"{rows} AS p",
            "p.n",
            [f"p.f{number}" for number in numbers],
            [f"p.h{number}" for number in numbers],
        )
        if followed:
            variables = {n: c for n, c in chain.columns.items() if c in followed}
            self.attempts(
                Tried(rows, "n", chain.body, chain.types, variables, chain.gives, own)
            )


def _values(alias: str, variables: Mapping[str, str]) -> Callable[[str], str | None]:
    return lambda name: f"{alias}.{variables[name]}" if name in variables else None


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdigit()
