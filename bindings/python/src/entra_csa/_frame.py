"""Tables from the library to pandas, polars and pyarrow: as an Arrow stream, or as columns of JSON where nothing reads Arrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from . import _core

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

# The fixed columns in Python's manner; attributes and properties keep their names.
_NAMES = {
    "displayName": "display_name",
    "userPrincipalName": "user_principal_name",
    "appId": "app_id",
    "attributeSet": "attribute_set",
}

# The types of the library's columns, but for text.
_PANDAS_TYPES = {"Int32": "Int32", "Boolean": "boolean", "String[]": "object", "Int32[]": "object"}


def arrow_table(handle: int, operation: str, params: Mapping[str, Any]) -> pyarrow.Table:
    """A table of pyarrow, on the bytes of the library's stream."""
    import pyarrow as pa

    # Each batch stays where it came: joining them would copy all.
    schema = None
    batches = []
    for piece in _pieces(handle, operation, params):
        message = pa.ipc.read_message(pa.py_buffer(piece))
        if schema is None:
            schema = pa.ipc.read_schema(message)
        else:
            batches.append(pa.ipc.read_record_batch(message, schema))
    table = pa.Table.from_batches(batches, schema)
    return table.rename_columns([_NAMES.get(name, name) for name in table.column_names])


def polars_frame(handle: int, operation: str, params: Mapping[str, Any]) -> polars.DataFrame:
    """A DataFrame of polars."""
    import polars as pl

    frame = pl.read_ipc_stream(b"".join(_pieces(handle, operation, params)))
    return frame.rename(_NAMES, strict=False)


def pandas_frame(handle: int, operation: str, params: Mapping[str, Any]) -> pandas.DataFrame:
    """A DataFrame of pandas, by way of pyarrow where that is installed."""
    import pandas as pd

    try:
        import pyarrow as pa
    except ImportError:
        return _without_pyarrow(handle, operation, params)
    table = arrow_table(handle, operation, params)
    types = {pa.int32(): pd.Int32Dtype(), pa.bool_(): pd.BooleanDtype()}
    if _text(pd) != "object":
        types[pa.string()] = pd.api.types.pandas_dtype(_text(pd))
    columns = {}
    for name, column in zip(table.column_names, table.columns):
        if pa.types.is_list(column.type):
            columns[name] = pd.Series(_lists(column), dtype="object")
        else:
            columns[name] = column.to_pandas(types_mapper=types.get)
    return pd.DataFrame(columns, copy=False)


def _lists(column: pyarrow.ChunkedArray) -> list[list[Any] | None]:
    # Through one flat list: pyarrow makes an object for each list otherwise, and then another.
    lists: list[list[Any] | None] = []
    for chunk in column.chunks:
        flat = chunk.values.to_numpy(zero_copy_only=False).tolist()
        ends = chunk.offsets.to_numpy().tolist()
        is_there = chunk.is_valid().to_numpy(zero_copy_only=False).tolist()
        lists += [flat[begin:end] if there else None for begin, end, there in zip(ends, ends[1:], is_there)]
    return lists


def _without_pyarrow(handle: int, operation: str, params: Mapping[str, Any]) -> pandas.DataFrame:
    import pandas as pd

    types: dict[str, str] = {}
    values: dict[str, list[Any]] = {}
    for item in _core.Items(handle, operation, {**params, "frame": {**params["frame"], "json": True}}):
        for column in item["columns"]:
            name = _NAMES.get(column["name"], column["name"])
            types[name] = column["type"]
            values.setdefault(name, []).extend(column["values"])
    return pd.DataFrame({name: pd.Series(values[name], dtype=_PANDAS_TYPES.get(of_type, _text(pd))) for name, of_type in types.items()})


# pandas has a type for text since 3.0.
def _text(pd: Any) -> str:
    return "object" if int(pd.__version__.partition(".")[0]) < 3 else "str"


def _pieces(handle: int, operation: str, params: Mapping[str, Any]) -> Iterator[bytes]:
    return (item["piece"] for item in _core.Items(handle, operation, params) if item["kind"] == "arrow")
