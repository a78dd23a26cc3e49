"""Changes from the rows of a table, and a table of what became of each row."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from ._bulk import Change, Outcome
from ._errors import Error, error
from ._model import Target, ValueType, entry

# In this order, for input that is none of theirs.
_LIBRARIES = ("pandas", "polars", "pyarrow")


class Source(NamedTuple):
    """A table that was given.

    Attributes:
        library: Whose it is, or None.
        names: Its columns.
        column: Gives the cells of one.
        index: The index of a pandas DataFrame.
    """

    library: str | None
    names: list[str]
    column: Callable[[str], list[Any]]
    index: Any = None


class Column(NamedTuple):
    """Where the values of an attribute are.

    Attributes:
        name: The column.
        attribute: The attribute.
        type: Its type, if the caller said one.
        separator: What stands between the elements in a text, for a collection.
    """

    name: str
    attribute: str
    type: ValueType | None
    separator: str | None


class Row(NamedTuple):
    """What one row asks for.

    Attributes:
        target: Who it is about, as it was given.
        values: The values to set, with the names and types of their attributes.
        removed: The attributes to take away.
        failure: Why it can't be done at all.
    """

    target: Any
    values: list[tuple[str, Any, ValueType | None]]
    removed: list[str]
    failure: Error | None = None


def read(frame: Any) -> Source:
    """The table of pandas, polars or pyarrow, of a CSV file, or of rows."""
    library = type(frame).__module__.partition(".")[0]
    if library == "polars":
        frame = frame.collect() if hasattr(frame, "collect") else frame
        return Source(library, frame.columns, lambda name: list(frame[name].to_list()))
    if library == "pandas":
        return Source(library, list(map(str, frame.columns)), lambda name: list(frame[name].tolist()), frame.index)
    if library != "pyarrow" and hasattr(frame, "__arrow_c_stream__"):
        frame, library = import_module("pyarrow").table(frame), "pyarrow"
    if library == "pyarrow":
        return Source(library, frame.schema.names, lambda name: list(frame.column(name).to_pylist()))
    rows = _csv_rows(frame) if isinstance(frame, (str, os.PathLike)) else list(frame)
    if not all(isinstance(row, Mapping) for row in rows):
        raise TypeError("give a DataFrame of pandas or polars, a table of pyarrow, the path of a CSV file, or rows as dictionaries")
    names = list(dict.fromkeys(name for row in rows for name in row))
    return Source(_installed(), names, lambda name: [row.get(name) for row in rows])


def rows(source: Source, target: str, columns: Sequence[Column] | None, *, removes: bool) -> list[Row]:
    """What each row asks for; ``columns``: None for a table with a row for each attribute."""
    cells = {name: source.column(name) for name in [target, *(column.name for column in columns or [])]}
    if columns is None:
        given = _long_rows(source, cells[target])
    else:
        given = [_row(who, [(column, cells[column.name][n]) for column in columns], removes) for n, who in enumerate(cells[target])]
    _check_twice(given)
    return given


def changes(rows: Iterable[Row], target_type: Callable[[str], Target]) -> list[tuple[int, Change]]:
    """The changes of rows, with the numbers of the rows."""
    made = []
    for number, row in enumerate(rows):
        if row.failure is not None:
            continue
        if row.values:
            params = {"values": [entry(*value) for value in row.values], "skipDefinitionCheck": False}
            made.append((number, Change(target_type(row.target), "assignment.set", params)))
        if row.removed:
            made.append((number, Change.remove(target_type(row.target), row.removed)))
    return made


def results(source: Source, rows: Sequence[Row], outcomes: Mapping[int, list[Outcome]]) -> Any:
    """What became of each row, in the library of the table."""
    told = [_told(row, outcomes.get(number, [])) for number, row in enumerate(rows)]
    names = ("target", "status", "attributes", "code", "message", "hint")
    columns = {name: [line[n] for line in told] for n, name in enumerate(names)}
    if source.library == "pandas":
        return import_module("pandas").DataFrame(columns, index=source.index)
    if source.library == "polars":
        pl = import_module("polars")
        return pl.DataFrame(columns, schema={name: pl.List(pl.String) if name == "attributes" else pl.String for name in names})
    if source.library == "pyarrow":
        pa = import_module("pyarrow")
        return pa.table(columns, pa.schema([(name, pa.list_(pa.string()) if name == "attributes" else pa.string()) for name in names]))
    return [dict(zip(names, line)) for line in told]


def columns_of(
    source: Source, target: str, columns: Mapping[str, str | tuple[str, ValueType]] | None
) -> list[Column] | None:
    """The columns that hold values: those given, else those named like attributes; None: the table has a row for each attribute.

    Raises:
        InvalidRequestError: A column is not there, or none is named like an attribute.
    """
    if columns is None:
        if {"attribute", "value"} <= set(source.names):
            chosen = None
        else:
            chosen = [Column(name, name, None, None) for name in source.names if "." in name and name != target]
    else:
        named = {name: (to, None) if isinstance(to, str) else to for name, to in columns.items()}
        chosen = [Column(name, attribute, of_type, None) for name, (attribute, of_type) in named.items()]
    missing = [name for name in [target, *(column.name for column in chosen or [])] if name not in source.names]
    if missing:
        raise _invalid(f"the table has no column {missing[0]!r}", f"it has {', '.join(source.names) or 'none'}")
    if chosen == []:
        raise _invalid("no column is named like an attribute", 'give columns={"Projects": "Engineering.Project"}')
    return chosen


def _csv_rows(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    # Only who reads CSV waits for its import.
    import csv

    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    for number, row in enumerate(rows, 1):
        if None in row or None in row.values():
            raise _invalid(f"{os.fspath(path)}: row {number} has another number of cells than the head", "quote cells that hold a comma")
    return rows


def _row(target: Any, cells: Iterable[tuple[Column, Any]], removes: bool) -> Row:
    if _is_nothing(target):
        return Row(None, [], [], _no_target())
    row = Row(str(target), [], [])
    for column, cell in cells:
        value = _value(cell, column.separator)
        if value is not None:
            row.values.append((column.attribute, value, column.type))
        elif removes:
            row.removed.append(column.attribute)
    return row


def _long_rows(source: Source, targets: list[Any]) -> list[Row]:
    nothing = [None] * len(targets)
    sets, types = (source.column(name) if name in source.names else nothing for name in ("attribute_set", "type"))
    rows = []
    for target, attribute_set, attribute, of_type, cell in zip(targets, sets, source.column("attribute"), types, source.column("value")):
        if _is_nothing(target) or _is_nothing(attribute):
            rows.append(Row(None if _is_nothing(target) else str(target), [], [], _no_target()))
            continue
        name = str(attribute) if _is_nothing(attribute_set) else f"{attribute_set}.{attribute}"
        row = Row(str(target), [], [])
        try:
            value = _value(_elements(cell) if str(of_type).endswith("[]") else cell, None)
            if value is not None:
                row.values.append((name, value, None if _is_nothing(of_type) else of_type))
        except ValueError:
            failure = {
                "code": "invalidValue",
                "message": f"{target}: {name}: {cell!r} begins like a JSON list and is none",
                "hint": 'write a collection as ["Baker","Cascade"]',
                "target": str(target),
                "attribute": name,
            }
            row = row._replace(failure=error(failure))
        rows.append(row)
    return rows


# As a long table writes a collection.
def _elements(cell: Any) -> Any:
    return json.loads(cell) if isinstance(cell, str) and cell.startswith("[") else cell


def _value(cell: Any, separator: str | None) -> Any:
    # The arrays and numbers of numpy, as Python has them.
    cell = cell.tolist() if hasattr(cell, "tolist") else cell
    if isinstance(cell, str) and separator is not None:
        cell = [element for element in map(str.strip, cell.split(separator)) if element]
    if isinstance(cell, (list, tuple, set, frozenset)):
        return [_single(element) for element in cell] or None
    return None if _is_nothing(cell) else _single(cell)


def _single(cell: Any) -> Any:
    # pandas makes a float of a whole number that stands in a column with gaps.
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def _is_nothing(cell: Any) -> bool:
    if cell is None or isinstance(cell, str):
        return not cell
    return type(cell).__name__ in ("NAType", "NaTType") or (isinstance(cell, float) and cell != cell)


# Two rows that want different things of one attribute: nobody can tell which one is meant.
def _check_twice(rows: Iterable[Row]) -> None:
    seen: dict[tuple[str, str], tuple[int, Any]] = {}
    for number, row in enumerate(rows):
        for attribute, value in [*((name, value) for name, value, _ in row.values), *((name, None) for name in row.removed)]:
            before, other = seen.setdefault((str(row.target).lower(), attribute.lower()), (number, value))
            if value != other or type(value) is not type(other):
                raise _invalid(
                    f"{row.target}: {attribute}: rows {before + 1} and {number + 1} give different values",
                    "keep one of them; nothing was sent",
                )


def _told(row: Row, outcomes: Sequence[Outcome]) -> tuple[Any, str, list[str], str | None, str | None, str | None]:
    failures = [row.failure, *(outcome.error for outcome in outcomes)]
    failure = next((found for found in failures if found is not None), None)
    attributes = [name for outcome in outcomes for name in outcome.attributes]
    if failure is not None:
        return (row.target, "failed", attributes, failure.code, failure.message, failure.hint)
    if not row.values and not row.removed:
        status = "empty"
    elif not outcomes:
        status = "skipped"
    else:
        status = "changed" if attributes else "unchanged"
    return (row.target, status, attributes, None, None, None)


def _installed() -> str | None:
    for library in _LIBRARIES:
        try:
            import_module(library)
        except ImportError:
            continue
        return library
    return None


def _no_target() -> Error:
    hint = "every row needs an object id or UPN, and with a row for each attribute its name"
    return error({"code": "invalidTarget", "message": "the row names no target or no attribute", "hint": hint})


def _invalid(message: str, hint: str) -> Error:
    return error({"code": "invalidRequest", "message": message, "hint": hint})
