"""A model into a file, and back, so that a decision can be explained later.

The file is a database of the model's own kind with one table more, which says what
was decided from what. It is written beside its place and then moved there, so that
a half-written model is never found. A model is opened for the same policy and the
same fact files only (their sizes and times are compared, and their hashes where
only the times differ): else decide again.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from whereas.codes import Code
from whereas.diagnostics import Cell, Diagnostic, Invalid
from whereas.engine import certificate
from whereas.engine.model import Model, Reading
from whereas.engine.ranked import size
from whereas.explain.model_file import (
    META,
    NotAModelError,
    opened,
    refuse_other_tables,
    seal,
)
from whereas.facts.base import FactBase, FactFile
from whereas.facts.database import Duckdb, extension, quoted
from whereas.facts.glossary import Glossary
from whereas.facts.originals import TABLE, Originals
from whereas.output_files import replaced, unwritable
from whereas.policy.core import Setting
from whereas.user_files import modified, reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whereas.facts.database import Database
    from whereas.facts.originals import Original
    from whereas.policy.core import Policy
    from whereas.values import Type, Value

SCHEMA = "whereas.model/2"
# More rows than this are checked whole again only if that is asked for.
CERTIFIED_AGAIN = 10_000
AGAIN = "decide again, with `decide --save`"


# --- saving -------------------------------------------------------------------------


def save(model: Model, path: Path | str) -> None:
    """Keep a model in a file; the model itself stays as it is.

    Raises Invalid, where the file cannot be written.
    """
    path = Path(path)
    meta = json.dumps(_meta(model), ensure_ascii=False)
    cells = list(model.facts.originals)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, reason(error)) from None
    with replaced(path) as part:
        try:
            if isinstance(model.database, Duckdb):
                _save_duckdb(model.database, part, meta, cells)
            else:
                _save_sqlite(model.database, part, meta, cells)
        except (sqlite3.OperationalError, extension().IOException) as error:
            raise unwritable(path, str(error).partition("\n")[0].lower()) from None
        seal(part)


def _save_duckdb(
    database: Duckdb, path: Path, meta: str, cells: Sequence[Original]
) -> None:
    name = str(path).replace("'", "''")
    (current,) = database.query("SELECT current_database()")[0]
    database.execute(f"ATTACH '{name}' AS saved")
    try:
        database.execute(f"COPY FROM DATABASE {quoted(current)} TO saved")
        if cells:
            database.execute(
                f"CREATE OR REPLACE TABLE saved.{quoted(TABLE)} AS SELECT "
                "unnest(?::VARCHAR[]) AS relation, unnest(?::BIGINT[]) AS row, "
                "unnest(?::BIGINT[]) AS place, unnest(?::VARCHAR[]) AS text",
                [list(column) for column in zip(*cells, strict=True)],
            )
        database.execute(f"CREATE TABLE saved.{quoted(META)} (text VARCHAR)")
        database.execute(f"INSERT INTO saved.{quoted(META)} VALUES (?)", (meta,))
    finally:
        database.execute("DETACH saved")


def _save_sqlite(
    database: Database, path: Path, meta: str, cells: Sequence[Original]
) -> None:
    target = sqlite3.connect(path)
    try:
        database.connection.backup(target)  # type: ignore[attr-defined]
        if cells:
            target.execute(f"DROP TABLE IF EXISTS {quoted(TABLE)}")
            target.execute(
                f"CREATE TABLE {quoted(TABLE)} "
                "(relation TEXT, row INTEGER, place INTEGER, text TEXT, "
                "PRIMARY KEY (relation, row, place)) WITHOUT ROWID"
            )
            target.executemany(
                f"INSERT INTO {quoted(TABLE)} VALUES (?, ?, ?, ?)", cells
            )
        target.execute(f"DROP TABLE IF EXISTS {quoted(META)}")
        target.execute(f"CREATE TABLE {quoted(META)} (text TEXT)")
        target.execute(f"INSERT INTO {quoted(META)} VALUES (?)", (meta,))
        target.commit()
    finally:
        target.close()


def _meta(model: Model) -> dict[str, Any]:
    today = model.setting.today
    glossary = model.facts.glossary
    return {
        "schema": SCHEMA,
        "version": _version(),
        "policy": {
            "id": model.policy.id,
            "version": model.policy.version,
            "sha256": model.policy.sha256,
            "folder": model.policy.folder,
        },
        "facts": {
            "path": model.facts.path,
            "sha256": model.facts.sha256,
            "files": [asdict(file) for file in model.facts.files.values()],
            "originals": model.facts.originals.count,
            "glossary": None if glossary.file is None else asdict(glossary),
        },
        "today": None if today is None else today.isoformat(),
        "parameters": {
            name: None if value is None else str(value)
            for name, value in sorted(model.setting.parameters.items())
        },
        "engines": list(model.engines),
        "certified": model.certified,
        "readings": None
        if model.readings is None
        else [
            {"parameter": one.parameter, "value": str(one.value), "table": one.table}
            for one in model.readings
        ],
    }


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("whereas")
    except PackageNotFoundError:
        return "unknown"


# --- opening ------------------------------------------------------------------------


def open_saved(
    path: Path | str,
    policy: Policy,
    facts_path: Path | str | None = None,
    *,
    certify: bool | None = None,
) -> Model:
    """Return a model that was kept, if policy and fact files are still the same.

    `facts_path` is where the fact files are now (where they were, if None).
    `certify`: check the model whole, or do not (None: if it was checked when it was
    saved, and is small). Raises Invalid for a file that is no model, and where
    something differs, and IntegrityError for a model that is wrong.
    """
    path = Path(path)
    database, meta, digested = _opened(path, whole=bool(certify))
    try:
        model = _model(database, meta, policy, path, facts_path)
        refuse_other_tables(database, policy)
        folder = Path(model.facts.path if facts_path is None else facts_path)
        if certify is None:
            small = size(policy, database) <= CERTIFIED_AGAIN
            certify = digested and model.certified and small
        if certify:
            _compare_facts(model, folder)
            certificate.certify(model)
        return replace(model, certified=certify, kept=True)
    except NotAModelError as error:
        database.close()
        raise _no_model(path, str(error)) from None
    except (sqlite3.Error, extension().Error, ArithmeticError, *_MALFORMED):
        database.close()
        raise _no_model(path, "what it says it was decided from is damaged") from None
    except BaseException:
        database.close()
        raise


def _compare_facts(model: Model, folder: Path) -> None:
    """See to it that the stated rows are those of the fact files."""
    # Reading fact files brings their readers, which few who open a model need.
    from whereas.facts.load import load_facts

    facts = load_facts(folder, model.policy, home="sqlite")
    read = replace(model, facts=facts)
    for relation in model.policy.relations.values():
        if relation.stated and list(model.rows(relation.name)) != list(
            read.rows(relation.name)
        ):
            file = facts.files[relation.name].name
            raise _refused(
                Code.MODEL_OF_OTHER_FACTS,
                Path(file),
                f"the model has other rows of `{relation.name}` than the fact file",
                AGAIN,
            )


def _model(
    database: Database,
    meta: dict[str, Any],
    policy: Policy,
    path: Path,
    facts_path: Path | str | None,
) -> Model:
    """Return the model that a file says it is; raises `Invalid` where files differ."""
    folder = Path(facts_path if facts_path is not None else meta["facts"]["path"])
    files = [FactFile(**file) for file in meta["facts"]["files"]]
    glossary = _glossary(meta["facts"].get("glossary"))
    kept = [*files, *([] if glossary.file is None else [glossary.file])]
    found = [*_policy_faults(meta, policy, path), *_file_faults(kept, folder)]
    if found:
        raise Invalid(found)
    today = meta["today"]
    setting = Setting(
        {
            name: _value(meta["parameters"][name], definition.type)
            for name, definition in policy.parameters.items()
        },
        None if today is None else date.fromisoformat(today),
    )
    facts = FactBase(
        path=meta["facts"]["path"],
        sha256=meta["facts"]["sha256"],
        files={file.relation: file for file in files},
        database=database,
        originals=Originals(database, meta["facts"].get("originals", 0)),
        glossary=glossary,
    )
    return Model(
        policy,
        facts,
        setting,
        tuple(meta["engines"]),
        meta["certified"],
        _readings(meta.get("readings"), policy),
    )


def _glossary(kept: dict[str, Any] | None) -> Glossary:
    """Return the words that were kept for the texts of the facts."""
    if kept is None:
        return Glossary()
    return Glossary(kept["words"], FactFile(**kept["file"]))


def _readings(
    kept: list[dict[str, str]] | None, policy: Policy
) -> tuple[Reading, ...] | None:
    """Return the other readings that were tried, whose tables were kept too."""
    if kept is None:
        return None
    return tuple(
        Reading(
            one["parameter"],
            _value(one["value"], policy.parameters[one["parameter"]].type),
            one["table"],
        )
        for one in kept
    )


def _opened(path: Path, *, whole: bool) -> tuple[Database, dict[str, Any], bool]:
    """Open the tables and read what they were made from; was the digest checked?"""
    try:
        database, digested = opened(path, whole=whole)
    except OSError as error:
        raise _refused(
            Code.MODEL_UNREADABLE,
            path,
            f"the model cannot be read: {reason(error)}",
            "name a file that `decide --save` has written",
        ) from None
    except NotAModelError as error:
        raise _no_model(path, str(error)) from None
    try:
        rows = database.query(f"SELECT text FROM {quoted(META)}")
        meta = json.loads(rows[0][0])
        if meta["schema"] != SCHEMA:
            raise _no_model(path, "it was saved by another version of whereas")
    except (sqlite3.Error, extension().Error, *_MALFORMED):
        database.close()
        raise _no_model(path, "it does not say what it was decided from") from None
    except Invalid:
        database.close()
        raise
    return database, meta, digested


# What reading JSON of another shape raises.
_MALFORMED = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


def _no_model(path: Path, why: str) -> Invalid:
    return _refused(
        Code.NO_MODEL, path, f"the file is no model that can be used: {why}", AGAIN
    )


def _refused(code: Code, path: Path, message: str, help_: str) -> Invalid:
    return Invalid([Diagnostic(code, message, Cell(str(path)), help_)])


def _policy_faults(
    meta: dict[str, Any], policy: Policy, path: Path
) -> list[Diagnostic]:
    if meta["policy"]["sha256"] == policy.sha256:
        return []
    return [
        Diagnostic(
            Code.MODEL_OF_OTHER_POLICY,
            f"the model was decided by another text of `{meta['policy']['id']}` "
            f"(version `{meta['policy']['version']}`)",
            Cell(str(path)),
            AGAIN,
        )
    ]


def _file_faults(files: list[FactFile], folder: Path) -> list[Diagnostic]:
    """Return what differs between the fact files as they were and as they are."""
    found = []
    for file in {file.name: file for file in files}.values():
        now = folder / Path(file.name).name
        try:
            state = now.stat()
        except OSError:
            message = "the fact file is gone since the model was decided"
        else:
            if state.st_size == file.size and (
                modified(state) == file.modified_ns or _hash(now) == file.sha256
            ):
                continue
            message = "the fact file has changed since the model was decided"
        found.append(
            Diagnostic(Code.MODEL_OF_OTHER_FACTS, message, Cell(str(now)), AGAIN)
        )
    return found


def _hash(path: Path) -> str | None:
    """Return the hash of a file that was touched, and is perhaps the same still."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _value(text: str | None, type_: Type) -> Value:
    """Return a parameter's value from its text."""
    if text is None:
        return None
    match type_.kind:
        case "integer":
            return int(text)
        case "decimal":
            return Decimal(text)
        case "date":
            return date.fromisoformat(text)
        case "boolean":
            return text == "True"
    return text
