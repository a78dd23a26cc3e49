"""Without pandas, polars, pyarrow and tqdm everything works but their DataFrames. Also run where none of them is installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import entra_csa
from entra_csa import Client

LIBRARIES = ("pandas", "polars", "pyarrow", "tqdm", "tqdm.auto")


@pytest.fixture(autouse=True)
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LIBRARIES:
        monkeypatch.setitem(sys.modules, name, None)


def test_a_table_of_a_library_that_is_not_there_is_an_import_error(client: Client) -> None:
    found = client.users.find()
    for method in (found.to_pandas, found.to_polars, found.to_arrow):
        with pytest.raises(ImportError):
            method()
    assert len(list(found)) == 49


def test_rows_and_csv_files_are_taken_and_answered_with_rows(client: Client, tmp_path: Path) -> None:
    rows = [{"upn": "joe@contoso.com", "Projects": "Baker;Cascade"}, {"upn": "nobody@contoso.com", "Projects": "Baker"}]
    columns = {"Projects": "Engineering.Project"}
    results = client.bulk_from(rows, "upn", columns, separator=";")
    assert [(row["target"], row["status"], row["code"]) for row in results] == [
        ("joe@contoso.com", "changed", None),
        ("nobody@contoso.com", "failed", "notFound"),
    ]
    file = tmp_path / "staff.csv"
    file.write_text('upn,Projects\njoe@contoso.com,"Alpine"\n', encoding="utf-8")
    assert [row["status"] for row in client.bulk_from(str(file), "upn", columns)] == ["changed"]
    assert client.users.get("joe@contoso.com", attribute="Project")[0].value == ["Alpine"]
    file.write_text("upn,Projects\njoe@contoso.com,Alpine,Baker\n", encoding="utf-8")
    with pytest.raises(entra_csa.InvalidRequestError, match="row 1 has another number of cells"):
        client.bulk_from(file, "upn", columns)


def test_progress_is_a_line(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    client.bulk([("joe@contoso.com", {"Engineering.NumVendors": 4})], progress=True)
    assert "1 of 1 done, 0 failed" in capsys.readouterr().err
