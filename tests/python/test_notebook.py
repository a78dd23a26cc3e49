"""What a notebook shows: tables, without what could run in them; and the first-hour notebook itself."""

from __future__ import annotations

import html
import re
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import emulator
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

import entra_csa
from entra_csa import Client, attr

FIRST_HOUR = Path(__file__).parents[2] / "bindings/python/examples/first-hour.ipynb"


def cells(table: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", table)
    return [[html.unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


def test_results_are_tables(client: Client) -> None:
    held = client.users.get("joe@contoso.com", attribute_set="Engineering")
    assert cells(held._repr_html_())[:2] == [
        ["target", "attribute", "type", "value"],
        ["joe@contoso.com", "Engineering.Project", "String[]", "Baker, Alpine"],
    ]
    assert held == list(held)
    assert cells(held[0]._repr_html_())[1][1] == "Engineering.Project"
    (joe,) = client.users.find(attr("Engineering.NumVendors") == 8)
    head, row = cells(joe._repr_html_())
    assert head == ["display name", "user principal name", "holds"]
    assert "Engineering.NumVendors = 8" in row[2]


def test_a_search_shows_its_first_ten(client: Client) -> None:
    found = client.users.find(properties=["department"])
    shown = found._repr_html_()
    assert "the first 10" in shown
    assert len(cells(shown)) == 11
    # And is still whole.
    assert len(list(found)) == 49
    nobody = client.users.find(attr("Marketing.EmployeeId") == "nobody")
    assert "none" in nobody._repr_html_()
    assert "did you mean" in client.users.find(attr("Marketing.EmployeId") == "x")._repr_html_()


def test_definitions_are_tables(client: Client) -> None:
    for shown in (client.attributes, client.attributes.list(), client.attributes.Engineering):
        table = cells(shown._repr_html_())
        assert table[0] == ["attribute", "type", "status", "allowed values", "description"]
        assert ["Engineering.Project", "String[]", "Available"] in [row[:3] for row in table]
    assert "Attributes for engineering team" in client.attribute_sets._repr_html_()
    assert "Attributes for engineering team" in client.attribute_sets.list()[0]._repr_html_()
    assert "Engineering.Project" in client.attributes.Engineering.Project._repr_html_()
    assert len(cells(client.allowed_values.list("Engineering.Project")._repr_html_())) > 3
    assert len(cells(client.test_access()._repr_html_())) > 4


def test_summaries_failures_and_plans_are_tables(client: Client, tmp_path: object) -> None:
    journal = f"{tmp_path}/run.jsonl"
    changes = [("joe@contoso.com", {"Engineering.NumVendors": 4}), ("nobody@contoso.com", {"Engineering.NumVendors": 4})]
    done = client.bulk(changes, journal=journal, keep_previous=True)
    shown = done._repr_html_()
    assert "1 of 2 changes are made, 1 failed" in shown
    assert ["nobody@contoso.com", "", "notFound"] in [row[:3] for row in cells(shown)]
    plans = client.plan_undo(journal)
    assert cells(plans._repr_html_())[0] == ["target", "change"]
    assert cells(client.runs([journal])._repr_html_())[0][:2] == ["started", "state"]


def test_what_the_directory_holds_can_not_run(client: Client) -> None:
    evil = '<script>alert("x")</script>'
    client.users.set("joe@contoso.com", "Engineering.ProjectDate", evil)
    for shown in (client.users.get("joe@contoso.com")._repr_html_(), client.users.find(attr("ProjectDate") == evil)._repr_html_()):
        assert "<script" not in shown
        assert "&lt;script&gt;" in shown
    client.attribute_sets.create("Evil", description=evil)
    assert "<script" not in client.attribute_sets._repr_html_()
    failed = client.bulk([(evil, {"Engineering.NumVendors": 1})])
    assert "<script" not in failed._repr_html_()


def test_long_lists_are_cut(client: Client) -> None:
    many = entra_csa.Rows(client.users.get("joe@contoso.com") * 20)
    shown = cells(many._repr_html_())
    assert len(shown) == 1 + 60 + 1
    assert shown[-1] == ["and 60 more"]


def test_a_prompt_shows_columns(client: Client) -> None:
    class Printer:
        def text(self, text: str) -> None:
            self.shown = text

    printer = Printer()
    client.users.get("joe@contoso.com", attribute="NumVendors")._repr_pretty_(printer, False)
    assert printer.shown.splitlines() == [
        "target           attribute               type   value",
        "joe@contoso.com  Engineering.NumVendors  Int32  8",
    ]
    client.users.get("dara@contoso.com")._repr_pretty_(printer, False)
    assert printer.shown == "(none)"


def test_the_first_hour_runs(tmp_path: Path) -> None:
    untyped: Any = nbformat
    notebook = untyped.read(FIRST_HOUR, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code), "outputs are not committed"
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()

    def shown(source: str) -> str:
        cell = next(cell for cell in code if source in cell.source)
        texts = [output.get("text", "") + "".join(map(str, output.get("data", {}).values())) for output in cell.outputs]
        return "".join(texts)

    assert "Engineering.ProjectDate" in shown("client.attributes.Engineering")
    assert "is not an Int32" in shown('"eight"')
    assert "customSecurityAttributes/Marketing/AppCountry eq 'Canada' and not" in shown("print(in_canada)")
    assert "<td>Jiya</td>" in shown("print(in_canada)")
    assert "Int32" in shown("wide.dtypes")
    for status in ("changed", "failed", "empty"):
        assert status in shown("bulk_from")
    assert "100%" in shown("bulk_from")
    assert "<td>joe@contoso.com</td>" in shown("plan_undo")
    assert "undone" in shown("client.runs")
    assert "Joe" in shown("aconnect")


def run_in_kernel(kernel: Any, code: str, interrupt: Any = None) -> tuple[str, float]:
    """What a cell prints or raises, and how long it took to end after the interrupt."""
    identity = kernel.execute(code)
    told, begun = "", time.monotonic()
    if interrupt is not None:
        interrupt()
        begun = time.monotonic()
    while True:
        message = kernel.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != identity:
            continue
        content = message["content"]
        if message["msg_type"] == "stream":
            told += content["text"]
        elif message["msg_type"] == "error":
            told += content["ename"]
        elif message["msg_type"] == "status" and content["execution_state"] == "idle":
            return told, time.monotonic() - begun


@pytest.mark.parametrize(
    "code",
    [
        "client.users.get('joe@contoso.com')",
        "client.users.find().to_pandas(wide=True)",
        "for user in client.users.find(): pass",
        "client.bulk([('joe@contoso.com', {'Engineering.NumVendors': 4})])",
    ],
)
def test_interrupting_a_kernel_ends_a_call_and_the_client_goes_on(emulator_url: str, code: str) -> None:
    manager, kernel = start_new_kernel(kernel_name="python3")
    try:
        connected = f"import entra_csa; client = entra_csa.connect(graph_uri='{emulator_url}/v1.0', access_token='t'); client.attributes.list()"
        assert run_in_kernel(kernel, connected + "; import pandas")[0] == ""
        took = []
        # What else runs on the machine may disturb one try or another.
        for _ in range(3):
            emulator("DELETE", emulator_url + "/emulator/requests")
            emulator("POST", emulator_url + "/emulator/faults", [{"status": 503, "delayMs": 60000}])

            def interrupt() -> None:
                while not emulator("GET", emulator_url + "/emulator/requests"):
                    time.sleep(0.02)
                manager.interrupt_kernel()

            told, seconds = run_in_kernel(kernel, code, interrupt)
            assert "KeyboardInterrupt" in told
            took.append(seconds)
            told, _ = run_in_kernel(kernel, "print(len(client.users.get('jiya@contoso.com')))")
            assert told == "3\n"
        assert min(took) < 0.5, took
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)
