"""Get, set, find, remove, as a notebook would use them."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from conftest import emulator, sent, url_of

import entra_csa
from entra_csa import App, Client, ServicePrincipal, attr, connect

DARA = "dara@contoso.com"
JOE = "joe@contoso.com"


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("Engineering.ProjectDate", "2024-11-15"),
        ("Engineering.ProjectDate", "2024-11-15T08:00:00+02:00"),
        ("Engineering.ProjectDate", "007"),
        ("Engineering.ProjectDate", "true"),
        ("Engineering.ProjectDate", "e\u0301 \U0001f600 \u05e9 \\ \" ' \t\n \u2028"),
        ("Engineering.ProjectDate", "\U0001f600" * 64),
        ("Engineering.Project", ["Baker"]),
        ("Engineering.Project", ("Cascade", "Baker")),
        ("Engineering.NumVendors", -(2**31)),
        ("Engineering.CostCenter", [2**31 - 1, 0]),
        ("Engineering.Certification", False),
    ],
)
def test_values_come_back_as_they_went(client: Client, attribute: str, value: Any) -> None:
    client.users.set(DARA, attribute, value)
    (held,) = client.users.get(DARA)
    assert held.value == (list(value) if isinstance(value, tuple) else value)
    assert type(held.value) is (list if isinstance(value, tuple) else type(value))
    assert (held.target_id, held.target_type) == ("66aa66aa-bb77-cc88-dd99-00ee00ee00ee", "user")
    assert (held.user_principal_name, held.display_name) == (DARA, "Dara")


def test_several_attributes_go_in_one_request(client: Client) -> None:
    client.users.set(DARA, {"Engineering.NumVendors": 4, "Marketing/EmployeeId": "X"})
    assert {(a.attribute, a.type, a.value) for a in client.users.get(DARA)} == {("NumVendors", "Int32", 4), ("EmployeeId", "String", "X")}
    assert [request["method"] for request in sent(client)] == ["PATCH", "GET"]


def test_a_type_decides_over_text(client: Client) -> None:
    client.users.set(DARA, "Engineering.NumVendors", "4", type="Int32")
    (held,) = client.users.get(DARA)
    assert held.value == 4


def test_a_table_of_graph_is_taken_with_none_and_empty_lists(client: Client) -> None:
    table: dict[str, dict[str, Any]] = {"Engineering": {"@odata.type": "#Microsoft.DirectoryServices.CustomSecurityAttributeValue", "ProjectDate": None, "Project": []}}
    client.users.set(JOE, custom_security_attributes=table)
    assert [a.attribute for a in client.users.get(JOE, attribute_set="engineering")] == ["NumVendors", "CostCenter", "Certification"]


@pytest.mark.parametrize(
    "target",
    [
        "anna_fabrikam.com#EXT#@contoso.onmicrosoft.com",
        "o'brien@contoso.com",
        "$build@contoso.com",
        "66aa66aa-bb77-cc88-dd99-00ee00ee00ee",
        "e61d7de6-6da0-5076-9c3a-9f60c47cb454",
        ServicePrincipal("e61d7de6-6da0-5076-9c3a-9f60c47cb454"),
        App("954580dd-21a7-5783-9167-011d2ca07734"),
    ],
)
def test_every_kind_of_target(client: Client, target: str | ServicePrincipal | App) -> None:
    targets: Any = client.users if isinstance(target, str) and target[:3] != "e61" else client.service_principals
    targets.set(target, "Engineering.NumVendors", 4)
    (held,) = targets.get(target, attribute="engineering.numvendors")
    assert held.value == 4
    assert targets.remove(target, "Engineering.NumVendors") == ["Engineering.NumVendors"]
    assert targets.get(target) == []


def test_remove_tells_what_was_there(client: Client) -> None:
    assert client.users.remove(DARA, "Engineering.Project") == []
    assert client.users.remove(JOE, attribute_set="Marketing") == ["Marketing.EmployeeId"]
    assert len(client.users.remove(JOE, all=True)) == 5
    assert client.users.get(JOE) == []


def test_users_carry_what_they_hold_and_the_properties_asked_for(client: Client) -> None:
    (joe,) = client.users.find(attr("Engineering.NumVendors") == 8, properties=["department"])
    assert joe.properties == {"department": "Engineering"}
    assert joe.custom_security_attributes["Engineering"]["CostCenter"] == [1001, 1003]
    structured = {"and": [{"attribute": "Marketing.AppCountry", "ne": "Canada"}, {"property": "displayName", "startsWith": "Jo"}]}
    assert [user.display_name for user in client.users.find(structured)] == ["Joe", "Johanna", "Joni"]


def test_many_values_are_split_and_users_come_once(client: Client) -> None:
    values = [f"C{number}" for number in range(40)] + ["Canada", "India"]
    names = sorted(user.display_name or "" for user in client.users.find(attr("Marketing.AppCountry").is_in(values)))
    assert names == ["Jana", "Jiya"]
    assert len(sent(client)) == 3


def test_an_iterator_closed_early_ends_its_call(client: Client) -> None:
    users = client.users.find()
    assert next(users).id
    users.close()
    assert list(users) == []
    assert len(list(client.users.find(first=2))) == 2


def test_nothing_is_sent_before_the_first_item_is_asked_for(client: Client) -> None:
    client.users.find()
    assert sent(client) == []


def test_what_the_sign_in_cannot_see_is_a_warning(emulator_url: str) -> None:
    # {"roles": ["User.Read.All"]}: a token that shows what it lacks.
    token = "eyJhbGciOiJub25lIn0.eyJyb2xlcyI6WyJVc2VyLlJlYWQuQWxsIl19."
    emulator("PUT", emulator_url + "/emulator/tokens", {token: {"permissions": ["User.Read.All"]}})
    with connect(graph_uri=emulator_url + "/v1.0", access_token=token) as client:
        with pytest.warns(UserWarning, match="CustomSecAttributeAssignment.Read.All"):
            assert client.users.get(JOE) == []


def test_threads_share_a_client(client: Client) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(5):
                client.users.set(DARA, "Engineering.NumVendors", number)
                assert len(client.users.get(JOE)) == 6
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_the_client_says_where_it_is_connected(client: Client) -> None:
    assert client.sandbox
    assert repr(client) == f"<entra_csa.Client {url_of(client)}/v1.0 (sandbox)>"
    with connect(access_token="s3cr3t") as other:
        assert repr(other) == "<entra_csa.Client https://graph.microsoft.com/v1.0>"
        assert "s3cr3t" not in repr(vars(other))
