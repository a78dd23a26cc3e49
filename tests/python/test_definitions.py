"""Definitions: browsing, checking, creating and changing; single values; access; service principals."""

from __future__ import annotations

import base64
import json
import warnings
from typing import Any

import pytest
from conftest import emulator, sent, sent_all, url_of

import entra_csa
from entra_csa import Client, attr, connect

JOE = "joe@contoso.com"
DARA = "dara@contoso.com"
PORTAL = "a39b3e54-94b8-5aca-a13d-9bedb49e7224"


@pytest.mark.parametrize(
    ("attribute", "typed", "value"),
    [
        ("engineering.numvendors", "8", 8),
        ("Engineering.Certification", "TRUE", True),
        ("Project", "Baker", ["Baker"]),
        ("Engineering/CostCenter", ["1001", 7], [1001, 7]),
        ("Engineering.ProjectDate", "2024-11-15", "2024-11-15"),
    ],
)
def test_the_definition_decides(client: Client, attribute: str, typed: Any, value: Any) -> None:
    client.users.set(DARA, attribute, typed)
    (held,) = client.users.get(DARA)
    assert held.value == value
    assert type(held.value) is type(value)


@pytest.mark.parametrize(
    ("attribute", "typed", "exception", "rule"),
    [
        ("Engineering.NumVendors", " 8", entra_csa.InvalidValueError, "space around it"),
        ("Engineering.NumVendors", "8.0", entra_csa.InvalidValueError, "without point and comma"),
        ("Engineering.NumVendors", "", entra_csa.InvalidValueError, "it is empty"),
        ("Engineering.NumVendors", "2147483648", entra_csa.InvalidValueError, "outside the range"),
        ("Engineering.Certification", "yes", entra_csa.InvalidValueError, "not a Boolean"),
        ("Engineering.ProjectDate", 20241115, entra_csa.InvalidValueError, "20241115, a number, is given"),
        ("Engineering.Project", "baker", entra_csa.NotAllowedError, 'did you mean "Baker"?'),
        ("Engineering.Project", ["Skagit"], entra_csa.NotAllowedError, "not active"),
        ("Engineering.Clearance", 4, entra_csa.NotAllowedError, 'use "1", "2" or "3"'),
        ("Engineering.Codename", "x", entra_csa.NotAllowedError, "deprecated"),
        ("Engineering.Projct", "x", entra_csa.UnknownAttributeError, r"did you mean Engineering.Project\?$"),
    ],
)
def test_a_wrong_value_never_leaves(client: Client, attribute: str, typed: Any, exception: type[entra_csa.Error], rule: str) -> None:
    with pytest.raises(exception, match=rule) as caught:
        client.users.set(DARA, attribute, typed)
    assert (caught.value.target, caught.value.attribute) == (DARA, attribute)
    assert sent(client) == []


def test_a_type_that_is_said_converts_and_must_fit(client: Client) -> None:
    client.users.set(DARA, "Engineering.ProjectDate", 20241115, type="String")
    assert client.users.get(DARA)[0].value == "20241115"
    with pytest.raises(entra_csa.InvalidValueError, match="the type String is given"):
        client.users.set(DARA, "Engineering.NumVendors", "8", type="String")


def test_misspelt_names_are_told_in_reads_removals_and_filters(client: Client) -> None:
    for call in (
        lambda: client.users.get(JOE, attribute="Engineering.Projct"),
        lambda: client.users.remove(JOE, "Engineering.Projct"),
        lambda: client.users.remove(JOE, attribute_set="Enginering"),
        lambda: list(client.users.find(attr("Engineering.Projct") == "Baker")),
    ):
        with pytest.raises(entra_csa.UnknownAttributeError, match="did you mean Engineering"):
            call()
    assert len(client.users.get(JOE)) == 6


def test_definitions_are_read_once(client: Client) -> None:
    for vendors in range(1000):
        client.users.set(DARA, "Engineering.NumVendors", vendors)
    requests = sent_all(client)
    assert sum(request["method"] == "PATCH" for request in requests) == 1000
    assert sum(request["path"].startswith("/directory/") for request in requests) == 1


def test_single_values(client: Client) -> None:
    client.users.add(JOE, "Engineering.Project", "Cascade", remove=["Baker"])
    assert client.users.get(JOE, attribute="Engineering.Project")[0].value == ["Alpine", "Cascade"]
    assert client.users.remove(JOE, "Engineering.Project", value="Alpine") == ["Engineering.Project"]
    assert client.users.remove(JOE, "Engineering.Project", value="Alpine") == []
    client.users.add(DARA, "Engineering.CostCenter", 7)
    assert client.users.get(DARA)[0].value == [7]
    with pytest.raises(entra_csa.NotAllowedError, match="not active"):
        client.users.add(JOE, "Engineering.Project", "Skagit")
    with pytest.raises(TypeError):
        client.users.remove(JOE, "Engineering.Project", value="Alpine", all=True)
    with pytest.raises(TypeError):
        client.users.remove(JOE, value="Alpine")


def test_another_writer_between_is_noticed(client: Client) -> None:
    emulator("POST", url_of(client) + "/emulator/faults", [{"method": "PATCH", "status": 204, "body": ""}])
    client.users.add(JOE, "Engineering.Project", "Cascade")
    assert client.users.get(JOE, attribute="Engineering.Project")[0].value == ["Baker", "Alpine", "Cascade"]
    theirs = {"customSecurityAttributes": {"Engineering": {"Project@odata.type": "#Collection(String)", "Project": ["Alpine"]}}}
    emulator("POST", url_of(client) + "/emulator/faults", [{"method": "GET", "path": JOE, "status": 200, "body": theirs, "times": 6}])
    with pytest.raises(entra_csa.ConflictError, match="another writer"):
        client.users.add(JOE, "Engineering.Project", "Baker", remove="Alpine")


def test_the_life_of_an_attribute(client: Client) -> None:
    created = client.attribute_sets.create("Finance", description="Money", max_attributes=10)
    assert created == entra_csa.AttributeSet("Finance", "Money", 10)
    budget = client.attributes.create("finance.Budget", "String[]", allowed_values=["Small", "Very large"])
    assert (budget.name, budget.allowed_values_only) == ("Finance.Budget", True)
    client.allowed_values.add("Finance.Budget", "Huge")
    client.users.set(DARA, "budget", "Huge")
    client.allowed_values.update("Finance.Budget", "Huge", is_active=False)
    assert client.allowed_values.list("Finance.Budget")[2] == entra_csa.AllowedValue("Huge", False)
    with pytest.raises(entra_csa.NotAllowedError, match="not active"):
        client.users.set(JOE, "Finance.Budget", "Huge")
    assert client.attributes.update("Finance.Budget", status="Deprecated", description=None).status == "Deprecated"
    with pytest.raises(entra_csa.NotAllowedError, match="deprecated"):
        client.users.set(JOE, "Finance.Budget", "Small")
    assert client.users.remove(DARA, "Finance.Budget") == ["Finance.Budget"]
    assert client.attribute_sets.update("finance", max_attributes=None) == entra_csa.AttributeSet("Finance", "Money", None)
    assert [s.attribute_set for s in client.attribute_sets] == ["Engineering", "Marketing", "Finance"]


@pytest.mark.parametrize(
    ("call", "exception", "rule"),
    [
        (lambda c: c.attribute_sets.create("1st"), entra_csa.InvalidNameError, "digit"),
        (lambda c: c.attribute_sets.create("engineering"), entra_csa.InvalidNameError, "already"),
        (lambda c: c.attribute_sets.create("Finance", description="x" * 129), entra_csa.LimitExceededError, "129 characters"),
        (lambda c: c.attribute_sets.update("Finance", description="x"), entra_csa.UnknownAttributeError, "no attribute set Finance"),
        (lambda c: c.attributes.create("Engineering.New", "Boolean[]"), entra_csa.InvalidValueError, "no collection of Booleans"),
        (lambda c: c.attributes.create("Finance.New", "String"), entra_csa.UnknownAttributeError, "client.attribute_sets.create"),
        (lambda c: c.attributes.create("Engineering.New", "Int32", allowed_values=["a"]), entra_csa.InvalidValueError, "not an Int32"),
        (lambda c: c.attributes.create("Engineering.New", "String", allowed_values=map(str, range(101))), entra_csa.LimitExceededError, "101"),
        (lambda c: c.attributes.update("Engineering.Projct", status="Deprecated"), entra_csa.UnknownAttributeError, "did you mean"),
        (lambda c: c.allowed_values.add("Engineering.Project", "Alpine"), entra_csa.InvalidRequestError, "already"),
        (lambda c: c.allowed_values.add("Engineering.Project", "a\ud83d"), entra_csa.InvalidValueError, "Engineering.Project: .*surrogate"),
        (lambda c: c.users.add(JOE, "Engineering.Project", "a\ud83d"), entra_csa.InvalidValueError, "Engineering.Project: .*surrogate"),
        (lambda c: c.allowed_values.update("Engineering.Project", "alpine", is_active=False), entra_csa.NotAllowedError, "Alpine"),
    ],
)
def test_what_cannot_be_created_is_refused_before_anything_is_sent(
    client: Client, call: Any, exception: type[entra_csa.Error], rule: str
) -> None:
    with pytest.raises(exception, match=rule):
        call(client)
    assert sent(client) == []


def test_definitions_are_browsed_by_name(client: Client) -> None:
    project = client.attributes.Engineering.Project
    assert project.type == "String[]"
    assert [value.value for value in project.allowed_values if value.is_active] == ["Alpine", "Baker", "Cascade"]
    assert client.attributes["engineering"]["project"] == project
    assert {"Engineering", "Marketing", "list"} <= set(dir(client.attributes))
    assert {"Project", "ProjectDate"} <= set(dir(client.attributes.Engineering))
    assert client.attributes._ipython_key_completions_() == ["Engineering", "Marketing"]
    assert "Level" in client.attributes.Marketing._ipython_key_completions_()
    assert len(client.attributes.Marketing) == 3
    with pytest.raises(AttributeError, match="did you mean Engineering"):
        client.attributes.Enginering
    with pytest.raises(AttributeError, match="ProjectDate"):
        client.attributes.Engineering.Projct
    with pytest.raises(AttributeError):
        client.attributes._repr_latex_
    assert len(sent_all(client)) <= 2 + 4


def test_definitions_show_themselves(client: Client) -> None:
    class Printer:
        def text(self, text: str) -> None:
            self.shown = text

    printer = Printer()
    client.attributes._repr_pretty_(printer, False)
    lines = printer.shown.splitlines()
    assert lines[0].split("  ")[0] == "attribute"
    assert any(line.startswith("Marketing.Level") and "Highly confidential" in line for line in lines)
    assert repr(client.attributes.Marketing).splitlines()[1].startswith("Marketing.AppCountry")
    client.attribute_sets._repr_pretty_(printer, False)
    assert "Attributes for engineering team" in printer.shown
    # A repr asks nobody.
    with connect(graph_uri="http://127.0.0.1:9/v1.0", access_token="t") as nobody:
        assert "Attributes" in repr(nobody.attributes)
        nobody.attributes._repr_pretty_(printer, False)
        assert "can't be reached" in printer.shown
        assert "can&#x27;t be reached" in nobody.attribute_sets._repr_html_()
        assert "list" in dir(nobody.attributes)


def test_lists_are_filtered(client: Client) -> None:
    def names(**filters: Any) -> list[str]:
        return [definition.attribute for definition in client.attributes.list(**filters)]

    assert names(attribute_set="marketing") == ["AppCountry", "EmployeeId", "Level"]
    assert names(status="Deprecated") == ["Codename"]
    assert names(type="Int32") == ["NumVendors", "Clearance"]
    assert names(attribute=["Level", "engineering.notes"]) == ["Notes", "Level"]


def token(claims: dict[str, Any]) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(claims)}."


def test_access_and_nothing_visible(emulator_url: str) -> None:
    reader = token({"roles": ["CustomSecAttributeAssignment.Read.All", "User.Read.All"]})
    blind = token({"roles": ["User.Read.All"]})
    rights = {
        reader: {"permissions": ["CustomSecAttributeAssignment.Read.All", "User.Read.All"]},
        blind: {"permissions": ["User.Read.All"]},
    }
    emulator("PUT", emulator_url + "/emulator/tokens", rights)
    with connect(graph_uri=emulator_url + "/v1.0", access_token=reader) as client:
        rows = client.test_access()
        assert [row.allowed for row in rows] == [True, False, False, False, True, False]
        assert rows[1].missing == "the permission CustomSecAttributeAssignment.ReadWrite.All"
        assert rows[1].role == "Attribute Assignment Administrator"
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert client.users.get(DARA) == []
    with connect(graph_uri=emulator_url + "/v1.0", access_token=blind) as client:
        with pytest.warns(UserWarning, match="nothing visible: this sign-in lacks CustomSecAttributeAssignment.Read.All"):
            assert client.users.get(DARA) == []


def test_without_the_right_to_read_definitions_one_warning_says_so(emulator_url: str) -> None:
    emulator("PUT", emulator_url + "/emulator/tokens", {"writer": {"permissions": ["CustomSecAttributeAssignment.ReadWrite.All"]}})
    with connect(graph_uri=emulator_url + "/v1.0", access_token="writer") as client:
        with pytest.warns(UserWarning, match="CustomSecAttributeDefinition.Read.All"):
            client.users.set(DARA, "Engineering.NumVendors", 4)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            client.users.set(DARA, "Engineering.NumVendors", 5)
        assert client.users.get(DARA)[0].value == 5
        with pytest.raises(entra_csa.ForbiddenError, match="CustomSecAttributeDefinition.Read.All"):
            client.attributes.list()


def test_service_principals(client: Client) -> None:
    (legacy,) = client.service_principals.find(attr("engineering.NumVendors") == "3")
    assert legacy.display_name == "Legacy Sync"
    assert legacy.custom_security_attributes == {"Engineering": {"NumVendors": 3}}
    client.service_principals.set(legacy, "Engineering.NumVendors", 4)
    assert client.service_principals.get(legacy)[0].value == 4
    for target, suffix in (
        (entra_csa.AgentIdentity(legacy.id), "/microsoft.graph.agentIdentity"),
        (entra_csa.AgentIdentityBlueprintPrincipal(legacy.id), "/microsoft.graph.agentIdentityBlueprintPrincipal"),
    ):
        sent(client)
        client.service_principals.set(target, "Engineering.NumVendors", 5)
        assert sent(client)[-1]["path"] == f"/servicePrincipals/{legacy.id}{suffix}"
    identities = client.service_principals.find("servicePrincipalType eq 'ManagedIdentity'")
    assert [found.display_name for found in identities] == ["vm-build-01"]
    both = {"and": [{"attribute": "NumVendors", "eq": 8}, {"not": {"attribute": "Certification", "eq": True}}]}
    assert JOE in [user.user_principal_name for user in client.users.find(both)]
    (joe,) = [user for user in client.users.find(attr("Engineering.NumVendors") == 8) if user.user_principal_name == JOE]
    assert len(client.users.get(joe)) == 6
