"""How results look in a notebook and at an IPython prompt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from ._errors import Error

T = TypeVar("T")

# As many as pandas shows.
_MOST_ROWS = 60


class Rows(list[T]):
    """A list that a notebook shows as a table. In everything else it is a list.

    >>> client.users.get("joe@contoso.com", attribute="Engineering.NumVendors")[0].value
    8
    """

    def _repr_html_(self) -> str:
        return html_table(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(text_table(self))


def cells(row: Any) -> Mapping[str, Any]:
    """What to show of a row, by heading: its fields, unless the type chooses others."""
    choose: Callable[[], Mapping[str, Any]] = getattr(row, "_cells", None) or row._asdict
    return choose()


def text_table(rows: Sequence[Any]) -> str:
    """Rows as text, in columns."""
    if not rows:
        return "(none)"
    shown = [cells(row) for row in rows]
    lines = [[_heading(name) for name in shown[0]], *([_text(cell) for cell in row.values()] for row in shown)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def html_table(rows: Sequence[Any], caption: str | None = None) -> str:
    """Rows as an HTML table. What they hold comes from the directory, so it is escaped."""
    from html import escape

    def line(tag: str, given: Iterable[object]) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(_text(cell))}</{tag}>" for cell in given) + "</tr>"

    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    if not rows:
        return f'<table class="dataframe">{title}<tbody><tr><td>none</td></tr></tbody></table>'
    head = line("th", map(_heading, cells(rows[0])))
    body = "".join(line("td", cells(row).values()) for row in rows[:_MOST_ROWS])
    if _MOST_ROWS < len(rows):
        body += f'<tr><td colspan="{len(cells(rows[0]))}">and {len(rows) - _MOST_ROWS:,} more</td></tr>'
    return f'<table class="dataframe">{title}<thead>{head}</thead><tbody>{body}</tbody></table>'


def text_of(read: Callable[[], Sequence[Any]]) -> str:
    """What a prompt shows of rows that are read from the service: why, if they can't be read."""
    try:
        return text_table(read())
    except Error as error:
        return f"({error})"


def html_of(read: Callable[[], Sequence[Any]], caption: str | None = None) -> str:
    """What a notebook shows of the same."""
    try:
        return html_table(read(), caption)
    except Error as error:
        return html_table([], str(error))


def _heading(name: str) -> str:
    return name.replace("_", " ")


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, (list, tuple)):
        return ", ".join(map(str, cell))
    return str(cell)
