"""The checked policy: names resolved, types known, rules safe and in strata.

`whereas.policy.check` is the only maker of a `Policy`, and engines accept nothing
else. Compared with the syntax tree:

* every atom has one term for each column, in their order; what was left out and
  each `_` is a variable of its own, called `_1`, `_2`, … within its rule;
* `@id` is a constant, and each constant knows the type that it is stored at;
* `@from`, `@until` are comparisons at the end of the body;
* an outcome's condition that is more than one atom is a relation of its own.

Alternatives stay: a proof shows the branch that held. `Rule.conjunctions` gives
the rule without them, for whoever joins.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from whereas.language.syntax import Program

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from whereas.diagnostics import Diagnostic, Source, Span
    from whereas.values import Type, Value


# --- terms and expressions --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Variable:
    """A placeholder; its type stands in `Rule.types`."""

    name: str

    @property
    def anonymous(self) -> bool:
        """Whether the author wrote `_`, or left the column out."""
        return self.name.startswith("_") and self.name[1:].isdigit()


@dataclass(frozen=True, slots=True)
class Constant:
    """A value and the type that it is stored at."""

    value: Value
    type: Type


@dataclass(frozen=True, slots=True)
class Parameter:
    """`$name`; its value comes with the question, `$today` among them."""

    name: str
    type: Type


Term = Variable | Constant | Parameter


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left op right`, op one of `+ - *`; `type` is the type of the result.

    Operands are stored at the scale that makes the integer operation right: for
    `+` and `-` both have the result's scale, for `*` the scales add up. The
    difference of two dates is an integer, in days.
    """

    op: str
    left: Expression
    right: Expression
    type: Type


@dataclass(frozen=True, slots=True)
class Shift:
    """A date moved by `amount` days or months; `month_end` is the policy's."""

    op: str
    left: Expression
    amount: Expression
    unit: str


Expression = Term | Arithmetic | Shift


# --- literals ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Atom:
    """A relation applied to one term for each of its columns."""

    relation: str
    terms: tuple[Term, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Not:
    """There is no row that matches; anonymous variables mean "any"."""

    atom: Atom
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left op right`.

    `binds` is the variable that an `=` gives its value to (the other side being
    bound by then), or None where it only tests. `validity` marks what `@from`
    and `@until` became.
    """

    op: str
    left: Expression
    right: Expression
    binds: str | None = None
    validity: bool = False
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Membership:
    """`term in {…}` or `not term in {…}`: a test."""

    term: Term
    members: tuple[Constant, ...]
    negated: bool
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Either:
    """Alternatives. `binds` are the variables used outside that its branches bind.

    With no `binds` it is a filter: it holds if some branch does. Otherwise each
    branch binds all of them. Variables of a branch that are used nowhere else are
    its own (existential), and have names of their own in the rule.
    """

    branches: tuple[tuple[Literal, ...], ...]
    binds: tuple[str, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`target = function term {body}` over the rows of the body.

    A row is a substitution of all variables of the body (of all columns of its
    atoms, named or not). `group` are the variables that also occur outside; they
    are bound outside. `binds` as in `Comparison`. Alternatives in the body bind
    nothing; aggregates do not nest.
    """

    target: Term
    function: str
    term: Term | None
    body: tuple[Literal, ...]
    group: tuple[str, ...]
    type: Type
    binds: str | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


Literal = Atom | Not | Comparison | Membership | Either | Aggregate


# --- relations and rules ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is said where something holds, and where it does not."""

    text: str
    negative: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Where in the regulation a rule stands: document, slug, title, quoted words."""

    document: str
    slug: str
    title: str
    path: tuple[str, ...]
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name (None in an undeclared relation), type and reference.

    `labels` say what it is called, by language; fact files may use them and the
    `aliases` too. `code`: its cells are codes, which have no blanks, and begin with
    none of the `prefixes`, longest first. `words` are the other words for the members
    of its enumeration, folded. `names` is the
    relation whose row, if there is one, texts may read (`references relation?`).
    A date with `end` is the day on which the fact ends; with `any_day` it says
    nothing of when the fact is there; with neither, the fact begins on that day.
    """

    name: str | None
    type: Type
    references: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)
    aliases: tuple[str, ...] = ()
    code: bool = False
    prefixes: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict, compare=False)
    names: str | None = field(default=None, compare=False)
    end: bool = False
    any_day: bool = False

    @property
    def owner(self) -> str | None:
        """The relation whose row it names: texts may read that row."""
        return self.references or self.names


@dataclass(frozen=True, slots=True)
class Coverage:
    """`covered by relation(columns)`: positions of our columns, in its order."""

    relation: str
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of the policy.

    `stated`: its rows come from a fact file; `key` is then the positions of its
    key (all of them, where none is declared: a file is a set of rows). A derived
    relation has an empty key. `labels` and `aliases` of an input are as a column's.
    `negatives` say what fails, by language, where nothing is said of what holds.

    `contradictions` is the relation that has the rows of this input that share a key
    and differ; `contradicts` is, in that relation, the input.
    """

    name: str
    columns: tuple[Column, ...]
    stated: bool
    declared: bool
    key: tuple[int, ...] = ()
    closed: bool = False
    covered_by: Coverage | None = None
    texts: Mapping[str, Sentence] = field(default_factory=dict, compare=False)
    section: Section | None = field(default=None, compare=False, repr=False)
    span: Span | None = field(default=None, compare=False, repr=False)
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)
    aliases: tuple[str, ...] = ()
    negatives: Mapping[str, str] = field(default_factory=dict, compare=False)
    contradictions: str | None = None
    contradicts: str | None = None

    @property
    def has_file(self) -> bool:
        """Whether it is an input that has a fact file of its own."""
        return self.stated and self.contradicts is None

    @property
    def arity(self) -> int:
        """The number of its columns."""
        return len(self.columns)

    def position(self, column: str) -> int:
        """Return the position of a named column."""
        return next(i for i, c in enumerate(self.columns) if c.name == column)


@dataclass(frozen=True, slots=True)
class Citation:
    """A source of the law and the place in it."""

    source: str
    place: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A head that holds wherever the whole body does.

    `index` is its place among all rules of the policy; `label` its stable name
    (`S-G1#2`: the second of its id; `missing#1` where it has none). `id` None is
    transparent. A ground fact of the policy is a rule with an empty body. With
    `any_day` its author means that facts of any day count.
    """

    index: int
    id: str | None
    label: str
    head: Atom
    body: tuple[Literal, ...]
    types: Mapping[str, Type] = field(compare=False, repr=False)
    cites: tuple[Citation, ...] = ()
    texts: Mapping[str, Sentence] = field(default_factory=dict, compare=False)
    subject_to: tuple[str, ...] = ()
    unproven: bool = False
    any_day: bool = field(default=False, compare=False)
    section: Section | None = field(default=None, compare=False, repr=False)
    span: Span | None = field(default=None, compare=False, repr=False)

    def conjunctions(self) -> Iterator[tuple[tuple[int, ...], tuple[Literal, ...]]]:
        """Yield the body once for each choice of branches, without any `Either`.

        The first part names the branch taken in each `Either`, in the order in
        which they are met.
        """
        yield from conjunctions(self.body)


def conjunctions(
    body: tuple[Literal, ...],
) -> Iterator[tuple[tuple[int, ...], tuple[Literal, ...]]]:
    """Yield a body once for each choice of branches, with the branches chosen."""
    choices: list[list[tuple[tuple[int, ...], tuple[Literal, ...]]]] = []
    for literal in body:
        if isinstance(literal, Either):
            choices.append(
                [
                    ((number, *inner), literals)
                    for number, branch in enumerate(literal.branches)
                    for inner, literals in conjunctions(branch)
                ]
            )
        else:
            choices.append([((), (literal,))])
    for chosen in itertools.product(*choices):
        yield (
            tuple(n for branch, _ in chosen for n in branch),
            tuple(one for _, literals in chosen for one in literals),
        )


@dataclass(frozen=True, slots=True)
class Component:
    """Relations that depend on one another, in the order of evaluation.

    Everything that a component negates or counts lies in earlier components.
    """

    relations: tuple[str, ...]
    rules: tuple[Rule, ...]
    recursive: bool


@dataclass(frozen=True, slots=True)
class ParameterDefinition:
    """A parameter: `unsettled` marks a reading that the law leaves open.

    `labels` say what it is called, by language.
    """

    name: str
    type: Type
    default: Value
    unsettled: bool = False
    cites: tuple[Citation, ...] = ()
    texts: Mapping[str, Sentence] = field(default_factory=dict, compare=False)
    labels: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome; `goal` is an atom over the subject's key (None: `otherwise`)."""

    name: str
    goal: Atom | None
    wanted: bool
    texts: Mapping[str, Sentence] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Belonging:
    """How rows belong to a case: by the columns of a relation that have its key.

    `case` are these columns, in the key's order. `column` None: the rows are those of
    the relation itself; else they are the rows that the column refers to.
    """

    relation: str
    case: tuple[int, ...]
    column: int | None = None


@dataclass(frozen=True, slots=True)
class MovedDay:
    """`timeline filing(filed)`: the date column that a timeline moves.

    A row is moved that belongs to the case in one of some ways.
    """

    relation: str
    column: int
    case: tuple[Belonging, ...]
    texts: Mapping[str, Sentence] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class SourceOfLaw:
    """`[source.SUM]`: title and citation pattern, for each language.

    `places` are how a place is written, by language, where it is not as rules cite it.
    """

    name: str
    title: Mapping[str, str]
    cite: Mapping[str, str]
    places: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def cited(self, place: str, languages: Iterable[str]) -> str:
        """Return a citation in the first of some languages that has a pattern."""
        for language in (*languages, *self.cite):
            if language in self.cite:
                written = self.places.get(language, {}).get(place, place)
                return self.cite[language].replace("{}", written)
        return f"{self.name} {place}"


@dataclass(frozen=True, slots=True)
class Unencoded:
    """A clause that the policy does not encode, and why."""

    id: str
    texts: Mapping[str, Sentence]
    section: Section | None = field(default=None, compare=False, repr=False)
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """What the law leaves open, or its author could not settle: for a lawyer."""

    id: str
    texts: Mapping[str, Sentence]
    section: Section | None = field(default=None, compare=False, repr=False)
    cites: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """A column that may be changed, to any value or in one `direction` only."""

    position: int
    direction: str | None = None


@dataclass(frozen=True, slots=True)
class Correctable:
    """What may be done to a relation's rows: `add`, `change` or `withdraw` them.

    `moves` are the columns that a change may touch; of a row that is added, days that
    can only be later than the day on file. It must not share the values of the
    columns `unless` (all of them) with a stated row.
    """

    action: str
    relation: str
    moves: tuple[Move, ...] = ()
    unless: tuple[int, ...] = ()
    weight: int = 1
    texts: Mapping[str, Sentence] = field(default_factory=dict, compare=False)
    section: Section | None = field(default=None, compare=False, repr=False)
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """A checked policy. Made by `whereas.policy.check` alone."""

    id: str
    version: str
    languages: tuple[str, ...]
    title: Mapping[str, str]
    sources: Mapping[str, SourceOfLaw]
    month_end: str | None
    # Named enumerations: labels[type name][member][language].
    labels: Mapping[str, Mapping[str, Mapping[str, str]]]
    relations: Mapping[str, Relation]
    rules: tuple[Rule, ...]
    components: tuple[Component, ...]
    parameters: Mapping[str, ParameterDefinition]
    # The subject's relation (None: a library of rules that decides nothing).
    subject: str | None
    outcomes: tuple[Outcome, ...]
    show: tuple[str, ...]
    unencoded: Mapping[str, Unencoded]
    uses_today: bool
    # sha256 over the files of the package and of those it uses, templates included.
    sha256: str
    folder: str
    # What a timeline moves, besides `$today`.
    moved: tuple[MovedDay, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    questions: Mapping[str, OpenQuestion] = field(default_factory=dict)
    correctable: tuple[Correctable, ...] = ()
    # What was read, as a syntax tree; the package's own templates, by name.
    program: Program = field(default=Program(()), repr=False)
    templates: Mapping[str, Source] = field(default_factory=dict)
    # Wanted outcomes whose rules do not show that the last wanted one holds too: each
    # model is checked for it.
    unnested: tuple[str, ...] = ()

    def rules_of(self, relation: str) -> tuple[Rule, ...]:
        """Return the rules that give a relation, in their order."""
        return _by_head(self).get(relation, ())

    @property
    def wanted(self) -> frozenset[str]:
        """The outcomes that are marked as wanted: the first, where none is marked."""
        marked = [o.name for o in self.outcomes if o.wanted]
        return frozenset(marked or [o.name for o in self.outcomes[:1]])

    @property
    def target(self) -> Atom:
        """The goal of the last wanted outcome, which holds wherever another does."""
        marked = [o for o in self.outcomes if o.wanted] or list(self.outcomes[:1])
        goal = marked[-1].goal
        assert goal is not None  # noqa: S101  # check refuses a wanted `otherwise`
        return goal


@lru_cache(maxsize=16)
def _by_head(policy: Policy) -> Mapping[str, tuple[Rule, ...]]:
    """Return the rules of each derived relation, in their order."""
    found: dict[str, list[Rule]] = {}
    for rule in policy.rules:
        found.setdefault(rule.head.relation, []).append(rule)
    return {name: tuple(rules) for name, rules in found.items()}


# The values with which a policy is decided: parameters, and the day.
@dataclass(frozen=True, slots=True)
class Setting:
    """The parameters' values (all of them) and `$today` (None where it is not used)."""

    parameters: Mapping[str, Value]
    today: date | None

    def value(self, parameter: Parameter) -> Value:
        """Return the value of a parameter, `$today` included."""
        if parameter.name == "today":
            return self.today
        return self.parameters[parameter.name]
