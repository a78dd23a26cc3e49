"""DataFrames, out and in: pandas, polars and pyarrow."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from conftest import program, sent

import entra_csa
from entra_csa import Client, attr, connect

# Text that something might take for a date, a number, a truth value or nothing; marks, emoji, right to left; what CSV and JSON quote.
TEXTS = [
    "2024-11-15", "2024-11-15T08:00:00+02:00", "12/31/1999", "007", "1e5", "-0.0", "1_000", "0x1F", "true", "False", "NaN", "nan", "None",
    "null", "NA", "N/A", "<NA>", "[]", '["a"]', "{}", "e\u0301\u0323", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1e8\U0001f1e6",
    "\u05e9\u05dc\u05d5\u05dd", "\u202eabc", "\u0645\u0631\u062d\u0628\u0627 abc", "a,b", "a;b", 'a"b', "a'b", "a\\b", "a\tb", "\u2028", "=1+1", "\u00a0x",
    "\U0001f600" * 64, "x" * 64,
]  # fmt: skip
# pandas has a type for text since 3.0.
TEXT = "str" if int(pd.__version__.partition(".")[0]) >= 3 else "object"
NUMBERS = [-(2**31), 2**31 - 1, 0, 1, -1]
COLUMNS = ["Test.Text", "Test.Number", "Test.Truth", "Test.Texts", "Test.Numbers"]


class Library(NamedTuple):
    """What a test needs of one library."""

    read: Callable[..., Any]
    make: Callable[[dict[str, list[Any]]], Any]
    rows: Callable[[Any], list[dict[str, Any]]]


def pandas_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    def plain(cell: Any) -> Any:
        return None if cell is pd.NA or (isinstance(cell, float) and cell != cell) else cell

    return [{name: plain(cell) for name, cell in row.items()} for row in frame.to_dict("records")]


def pandas_frame(columns: dict[str, list[Any]]) -> pd.DataFrame:
    types = {"Test.Number": "Int32", "Test.Truth": "boolean", "Test.Texts": "object", "Test.Numbers": "object"}
    return pd.DataFrame({name: pd.Series(cells, dtype=types.get(name, TEXT)) for name, cells in columns.items()})


def polars_frame(columns: dict[str, list[Any]]) -> pl.DataFrame:
    types: dict[str, Any] = {
        "Test.Number": pl.Int32,
        "Test.Truth": pl.Boolean,
        "Test.Texts": pl.List(pl.String),
        "Test.Numbers": pl.List(pl.Int32),
    }
    return pl.DataFrame(columns, schema={name: types.get(name, pl.String) for name in columns})


def arrow_table(columns: dict[str, list[Any]]) -> Any:
    types = {
        "Test.Number": pa.int32(),
        "Test.Truth": pa.bool_(),
        "Test.Texts": pa.list_(pa.string()),
        "Test.Numbers": pa.list_(pa.int32()),
    }
    return pa.table({name: pa.array(cells, types.get(name, pa.string())) for name, cells in columns.items()})


LIBRARIES = {
    "pandas": Library(entra_csa.Found.to_pandas, pandas_frame, pandas_rows),
    "polars": Library(entra_csa.Found.to_polars, polars_frame, lambda frame: list(frame.to_dicts())),
    "pyarrow": Library(entra_csa.Found.to_arrow, arrow_table, lambda table: list(table.to_pylist())),
}


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Library:
    return LIBRARIES[request.param]


@pytest.fixture
def without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)


def declared() -> Client:
    """A sandbox with an attribute of each type that takes any value."""
    client = connect(sandbox=True)
    client.attribute_sets.create("Test")
    types: list[entra_csa.ValueType] = ["String", "Int32", "Boolean", "String[]", "Int32[]"]
    for name, of_type in zip(COLUMNS, types):
        client.attributes.create(name, of_type)
    return client


def wanted(client: Client) -> dict[str, list[Any]]:
    """Every value there is to try, for as many users as that takes; what is None or empty is not assigned."""
    users = [user.id for user in client.users.find()]
    count = len(TEXTS)
    assert count <= len(users)
    return {
        "id": users[:count],
        "Test.Text": [None if n == 3 else text for n, text in enumerate(TEXTS)],
        "Test.Number": [None if n % 4 == 3 else NUMBERS[n % len(NUMBERS)] for n in range(count)],
        "Test.Truth": [[True, False, None][n % 3] for n in range(count)],
        "Test.Texts": [[None, [], [text], [text, "b"]][n % 4] for n, text in enumerate(TEXTS)],
        "Test.Numbers": [[None, [], [0], NUMBERS][n % 4] for n in range(count)],
    }


def expected(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    rows = [dict(zip(columns, cells)) for cells in zip(*columns.values())]
    # The directory knows no empty list.
    return [{name: None if cell == [] else cell for name, cell in row.items()} for row in rows]


def read(client: Client, library: Library) -> Any:
    return library.read(client.users.find(), wide=True, attributes=COLUMNS)


def held(client: Client, library: Library) -> list[dict[str, Any]]:
    rows = library.rows(read(client, library))
    kept = [{name: row[name] for name in ["id", *COLUMNS]} for row in rows]
    return [row for row in kept if any(row[name] is not None for name in COLUMNS)]


def status(results: Any) -> list[str]:
    return list(results["status"].to_pylist() if isinstance(results, pa.Table) else results["status"])


def same(one: Any, other: Any) -> bool:
    return bool(one.equals(other))


def test_what_goes_in_comes_out_equal(library: Library) -> None:
    with declared() as client, declared() as other:
        columns = wanted(client)
        frame = library.make(columns)
        assert set(status(client.bulk_from(frame, target="id"))) == {"changed"}
        assert held(client, library) == expected(columns)

        # And once more, from frame to frame: into another tenant, and nothing to do in the same.
        first = read(client, library)
        assert set(status(other.bulk_from(first, target="id"))) == {"changed", "empty"}
        assert same(read(other, library), first)
        sent(other)
        assert set(status(other.bulk_from(first, target="id", skip_unchanged=True))) == {"unchanged", "empty"}
        assert [request["method"] for request in sent(other) if request["method"] == "PATCH"] == []


def test_a_long_table_comes_out_equal(library: Library) -> None:
    with declared() as client, declared() as other:
        columns = wanted(client)
        client.bulk_from(library.make(columns), target="id")
        long = library.read(client.users.find(), attributes=COLUMNS)
        assert set(status(other.bulk_from(long, target="id"))) == {"changed"}
        assert same(library.read(other.users.find(), attributes=COLUMNS), long)
        assert held(other, library) == expected(columns)


def test_a_csv_file_comes_out_equal(tmp_path: Path) -> None:
    with declared() as client:
        columns = wanted(client)
        # CSV has text only, and nothing between two commas is nothing.
        frame = pl.DataFrame(
            {
                "upn": columns["id"],
                "Text": columns["Test.Text"],
                "Number": columns["Test.Number"],
                "Truth": columns["Test.Truth"],
                "Numbers": ["|".join(map(str, cell or [])) for cell in columns["Test.Numbers"]],
            },
            strict=False,
        )
        frame.write_csv(tmp_path / "staff.csv", include_bom=True)
        names = {"Text": "Test.Text", "Number": "Test.Number", "Truth": "Test.Truth", "Numbers": "Test.Numbers"}
        results = client.bulk_from(tmp_path / "staff.csv", target="upn", columns=names, separator="|")
        assert isinstance(results, pd.DataFrame)
        assert set(results["status"]) == {"changed"}
        kept = [{name: row[name] for name in row if name != "Test.Texts"} for row in expected(columns)]
        assert [{name: row[name] for name in row if name != "Test.Texts"} for row in held(client, LIBRARIES["polars"])] == kept


def test_types_are_those_of_the_definitions() -> None:
    with declared() as client:
        client.users.set("joe@contoso.com", {"Test.Text": "007", "Test.Number": 7, "Test.Truth": True, "Test.Texts": ["a"], "Test.Numbers": [1]})
        found = client.users.find(attr("Test.Number") == 7)
        frame = found.to_pandas(wide=True, attributes=COLUMNS)
        assert [str(of_type) for of_type in frame.dtypes[COLUMNS]] == [TEXT, "Int32", "boolean", "object", "object"]
        assert list(frame.loc[0, COLUMNS]) == ["007", 7, True, ["a"], [1]]
        assert found.to_polars(wide=True, attributes=COLUMNS).schema == {
            "id": pl.String,
            "display_name": pl.String,
            "user_principal_name": pl.String,
            "Test.Text": pl.String,
            "Test.Number": pl.Int32,
            "Test.Truth": pl.Boolean,
            "Test.Texts": pl.List(pl.String),
            "Test.Numbers": pl.List(pl.Int32),
        }
        types = found.to_arrow(wide=True, attributes=COLUMNS).schema.types[3:]
        assert types[:3] == [pa.string(), pa.int32(), pa.bool_()]
        assert [of_type.value_type for of_type in types[3:]] == [pa.string(), pa.int32()]
        # Nobody holds any: the columns are there all the same.
        nobody = client.users.find(attr("Test.Number") == 8)
        empty = nobody.to_pandas(wide=True, attributes=COLUMNS)
        assert list(empty.dtypes) == list(frame.dtypes)
        assert len(empty) == 0
        assert nobody.to_polars().columns == ["id", "display_name", "user_principal_name", "attribute_set", "attribute", "type", "value"]


@pytest.mark.usefixtures("without_pyarrow")
def test_pandas_is_the_same_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    with declared() as client:
        client.bulk_from(polars_frame(wanted(client)), target="id")
        found = client.users.find(properties=["department", "accountEnabled"])
        slow = [found.to_pandas(wide=wide) for wide in (True, False)]
        monkeypatch.undo()
        assert "pyarrow" in sys.modules
        for one, other in zip(slow, [found.to_pandas(wide=wide) for wide in (True, False)]):
            pd.testing.assert_frame_equal(one, other)


@pytest.mark.usefixtures("without_pyarrow")
def test_polars_needs_no_pyarrow(client: Client) -> None:
    assert client.users.find().to_polars(wide=True).height == 49
    with pytest.raises(ImportError):
        client.users.find().to_arrow()


def test_long_and_wide_tables_of_the_sandbox(client: Client) -> None:
    long = client.users.find(attr("Engineering.NumVendors") == 8, properties=["department", "accountEnabled"]).to_pandas()
    assert list(long.columns) == [
        "id", "display_name", "user_principal_name", "department", "accountEnabled", "attribute_set", "attribute", "type", "value",
    ]  # fmt: skip
    assert list(long["value"]) == ['["Baker","Alpine"]', "2024-11-15", "8", "[1001,1003]", "false", "GS45897"]
    assert set(long["department"]) == {"Engineering"}
    assert set(long["accountEnabled"]) == {"true"}
    apps = client.service_principals.find().to_polars(wide=True)
    assert apps.columns[:3] == ["id", "display_name", "app_id"]
    assert apps["Engineering.NumVendors"].drop_nulls().to_list() == [3]
    few = client.users.find().to_arrow(attributes="NumVendors")
    assert set(few["attribute"].to_pylist()) == {"NumVendors"}
    with pytest.raises(entra_csa.UnknownAttributeError):
        client.users.find().to_arrow(attributes="NumVendor")
    # A name that is given twice is one column; no name is no attribute.
    twice = client.users.find(properties=["department", "id", "department"]).to_arrow(wide=True, attributes=["NumVendors", "engineering.numvendors"])
    assert twice.column_names == ["id", "display_name", "user_principal_name", "department", "Engineering.NumVendors"]
    assert client.users.find().to_arrow(wide=True, attributes=[]).num_columns == 3
    assert client.users.find().to_arrow(attributes=[]).num_rows == 0
    assert len(client.users.find(first=5).to_pandas(wide=True)) == 5


def test_many_pages_and_batches_make_one_table() -> None:
    with program("--users", "20000") as url, connect(graph_uri=f"{url}/v1.0", access_token="t") as client:
        table = client.users.find().to_arrow(wide=True)
        assert table.num_rows == 20049
        assert table["user_principal_name"].to_pylist()[-1] == "user0020000@contoso.com"
        assert table["Engineering.NumVendors"].null_count < 100
        assert client.users.find().to_polars(wide=True).equals(pl.DataFrame(table))


def test_what_is_wrong_with_a_table_is_told_before_anything_is_sent(client: Client) -> None:
    rows = [{"upn": "joe@contoso.com", "Vendors": 1}, {"upn": "JOE@contoso.com", "Vendors": 2}]
    vendors = {"Vendors": "Engineering.NumVendors"}
    with pytest.raises(entra_csa.InvalidRequestError, match="rows 1 and 2 give different values"):
        client.bulk_from(rows, target="upn", columns=vendors)
    with pytest.raises(entra_csa.InvalidRequestError, match="no column 'user'.*upn, Vendors"):
        client.bulk_from(rows, target="user", columns=vendors)
    with pytest.raises(entra_csa.InvalidRequestError, match="no column 'Vendor'"):
        client.bulk_from(rows, target="upn", columns={"Vendor": "Engineering.NumVendors"})
    with pytest.raises(entra_csa.InvalidRequestError, match="named like an attribute"):
        client.bulk_from(rows, target="upn")
    with pytest.raises(entra_csa.UnknownAttributeError, match="did you mean"):
        client.bulk_from(rows[:1], target="upn", columns={"Vendors": "Engineering.NumVendor"}, separator=";")
    with pytest.raises(TypeError, match="rows as dictionaries"):
        client.bulk_from([("joe@contoso.com", 1)], target="upn")
    assert sent(client) == []


def test_a_row_that_fails_stops_no_other(client: Client, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "upn": ["joe@contoso.com", "nobody@contoso.com", None, "dara@contoso.com", "erik@contoso.com", "jiya@contoso.com"],
            "Vendors": [4.0, 5.0, 6.0, None, 4.5, 7.0],
            "Since": pd.to_datetime([None, None, None, None, None, "2024-11-15"]),
        },
        index=list("abcdef"),
    )
    results = client.bulk_from(frame, "upn", {"Vendors": "Engineering.NumVendors", "Since": "Engineering.ProjectDate"})
    assert list(results.index) == list("abcdef")
    assert list(results["status"]) == ["changed", "failed", "failed", "empty", "failed", "failed"]
    assert list(results["code"].dropna()) == ["notFound", "invalidTarget", "invalidValue", "invalidValue"]
    assert "Timestamp" in results.loc["f", "message"]
    assert results.loc["a", "attributes"] == ["Engineering.NumVendors"]
    assert frame.join(results).loc["b", "hint"]
    assert client.users.get("joe@contoso.com", attribute="NumVendors")[0].value == 4
    # The same with a journal does nothing the second time.
    journal = tmp_path / "run.jsonl"
    for expected_status in ("changed", "skipped"):
        done = client.bulk_from(frame.loc[["a"]], "upn", {"Vendors": "Engineering.NumVendors"}, journal=journal)
        assert list(done["status"]) == [expected_status]


def test_an_empty_cell_takes_away_only_where_that_is_said(client: Client) -> None:
    rows = [{"upn": "joe@contoso.com", "Projects": [], "Date": "", "Vendors": 9}]
    columns = {"Projects": "Engineering.Project", "Date": "Engineering.ProjectDate", "Vendors": "Engineering.NumVendors"}
    client.bulk_from(rows, "upn", columns)
    assert len(client.users.get("joe@contoso.com")) == 6
    sent(client)
    (done,) = pandas_rows(client.bulk_from(rows, "upn", columns, empty="remove"))
    assert sorted(done["attributes"]) == ["Engineering.NumVendors", "Engineering.Project", "Engineering.ProjectDate"]
    assert {a.attribute for a in client.users.get("joe@contoso.com")} == {"NumVendors", "CostCenter", "Certification", "EmployeeId"}


def test_only_collections_are_split(client: Client) -> None:
    rows = [{"upn": "dara@contoso.com", "Projects": " Baker ; Cascade;", "Date": "a;b", "Centers": "1001;7"}]
    columns: dict[str, Any] = {"Projects": "Project", "Date": "ProjectDate", "Centers": ("Engineering.CostCenter", "Int32[]")}
    client.bulk_from(rows, "upn", columns, separator=";")
    values = {a.attribute: a.value for a in client.users.get("dara@contoso.com")}
    assert values == {"Project": ["Baker", "Cascade"], "ProjectDate": "a;b", "CostCenter": [1001, 7]}


def test_service_principals_are_named_as_the_caller_says(client: Client) -> None:
    app_id = "954580dd-21a7-5783-9167-011d2ca07734"
    done = client.bulk_from(pl.DataFrame({"app": [app_id], "Engineering.NumVendors": [6]}), "app", target_type=entra_csa.App)
    assert done["status"].to_list() == ["changed"]
    assert client.service_principals.get(entra_csa.App(app_id), attribute="NumVendors")[0].value == 6


def test_cells_of_numpy_and_lazy_frames_are_taken(client: Client) -> None:
    # What pyarrow makes of lists for pandas are arrays of numpy.
    table = pa.table({"id": ["dara@contoso.com"], "Engineering.Project": [["Baker"]], "Engineering.CostCenter": [[1, 2]]})
    frame = table.to_pandas()
    assert type(frame.loc[0, "Engineering.Project"]).__module__ == "numpy"
    assert list(client.bulk_from(frame, "id")["status"]) == ["changed"]
    lazy = pl.LazyFrame({"id": ["joe@contoso.com"], "Engineering.NumVendors": [3]})
    assert client.bulk_from(lazy, "id")["status"].to_list() == ["changed"]

    class Stream:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return pa.table({"id": ["joe@contoso.com"], "Engineering.NumVendors": [2]}).__arrow_c_stream__(requested_schema)

    assert client.bulk_from(Stream(), "id")["status"].to_pylist() == ["changed"]


def test_a_malformed_list_in_a_long_table_fails_its_row(client: Client) -> None:
    long = pl.DataFrame(
        {
            "id": ["joe@contoso.com", "dara@contoso.com"],
            "attribute": ["Engineering.Project", "Engineering.Project"],
            "type": ["String[]", "String[]"],
            "value": ['["Baker"', '["Baker"]'],
        }
    )
    results = client.bulk_from(long, "id")
    assert results["status"].to_list() == ["failed", "changed"]
    assert results["code"].to_list() == ["invalidValue", None]
