"""Bad input, refusals, broken connections: each its exception, naming the target, the attribute and what to do."""

from __future__ import annotations

import datetime
import socket
from typing import Any

import pytest
from conftest import emulator, sent, url_of

import entra_csa
from entra_csa import Client, Error, connect
from entra_csa._errors import CLASSES

JOE = "joe@contoso.com"


@pytest.mark.parametrize(
    ("attribute", "value", "exception", "reason"),
    [
        ("Engineering.ProjectDate", "x" * 65, entra_csa.InvalidValueError, "65 characters is too long"),
        ("Engineering.ProjectDate", "", entra_csa.InvalidValueError, "empty text"),
        ("Engineering.ProjectDate", None, entra_csa.InvalidValueError, "null is not a value"),
        ("Engineering.ProjectDate", datetime.date(2024, 11, 15), entra_csa.InvalidValueError, "date"),
        ("Engineering.ProjectDate", "a\ud83d", entra_csa.InvalidValueError, "surrogate"),
        ("Engineering.NumVendors", 4.0, entra_csa.InvalidValueError, "float"),
        ("Engineering.NumVendors", 2**31, entra_csa.InvalidValueError, "outside the range of Int32"),
        ("Engineering.NumVendors", 10**40, entra_csa.InvalidValueError, "int of 133 bits"),
        ("Engineering.Certification", [True], entra_csa.InvalidValueError, "defined as Boolean, and a list is given"),
        ("Engineering.Project", {"a": 1}, entra_csa.InvalidValueError, "nested table"),
        ("Engineering.Project", [["a"]], entra_csa.InvalidValueError, "nested"),
        ("Engineering.Project", ["Baker", 1], entra_csa.InvalidValueError, "1, a number, is given"),
        ("Engineering.Project", [], entra_csa.InvalidValueError, "empty list"),
        ("Engineering.CostCenter", list(range(51)), entra_csa.LimitExceededError, "can hold 50"),
        ("Eng ineering.Project", "x", entra_csa.InvalidNameError, "contains"),
        ("Proyect", "x", entra_csa.UnknownAttributeError, "did you mean Engineering.Project"),
    ],
)
def test_bad_input_is_refused_before_anything_is_sent(
    client: Client, attribute: str, value: Any, exception: type[Error], reason: str
) -> None:
    with pytest.raises(exception, match=reason) as caught:
        client.users.set(JOE, attribute, value)
    assert caught.value.target == JOE
    assert JOE in str(caught.value)
    assert caught.value.hint
    if exception is not entra_csa.InvalidNameError:
        assert caught.value.attribute == attribute
    assert sent(client) == []


@pytest.mark.parametrize(
    ("attribute", "value", "exception"),
    [
        ("Finance.Project", "x", entra_csa.UnknownAttributeError),
        ("Engineering.Unheard", "x", entra_csa.UnknownAttributeError),
        ("Engineering.NumVendors", "eight", entra_csa.InvalidValueError),
        ("Engineering.Project", "Baker", entra_csa.InvalidValueError),
        ("Engineering.Project", ["Unheard"], entra_csa.InvalidValueError),
    ],
)
def test_what_the_service_refuses_names_target_and_attribute(
    client: Client, attribute: str, value: Any, exception: type[Error]
) -> None:
    with pytest.raises(exception) as caught:
        client.users.set(JOE, attribute, value, skip_definition_check=True)
    error = caught.value
    assert (error.target, error.attribute, error.status, error.graph_code) == (JOE, attribute, 400, "Request_BadRequest")
    assert error.request_id
    assert error.hint


def test_an_unknown_user_is_not_found_and_a_name_is_no_target(client: Client) -> None:
    for call in (client.users.get, client.users.remove):
        with pytest.raises(entra_csa.NotFoundError, match="nobody@contoso.com"):
            call("nobody@contoso.com", attribute="Engineering.Project")
    with pytest.raises(entra_csa.InvalidTargetError, match="not an object id or a UPN"):
        client.users.get("Joe")


def test_contradicting_arguments_are_type_errors(client: Client) -> None:
    with pytest.raises(TypeError, match="client.service_principals"):
        client.users.get(entra_csa.App("954580dd-21a7-5783-9167-011d2ca07734"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="client.users"):
        client.service_principals.get(next(client.users.find()))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        client.users.set(JOE, "Engineering.Project", ["a"], custom_security_attributes={})
    with pytest.raises(entra_csa.InvalidRequestError, match="nothing is named"):
        client.users.remove(JOE)
    with pytest.raises(entra_csa.InvalidRequestError):
        connect(sandbox=True, access_token="t")
    with pytest.raises(entra_csa.InvalidRequestError, match="not https"):
        connect(graph_uri="http://graph.microsoft.com/v1.0", access_token="t")


def test_permissions(emulator_url: str) -> None:
    emulator("PUT", emulator_url + "/emulator/tokens", {"reader": {"permissions": ["CustomSecAttributeAssignment.Read.All"]}})
    with connect(graph_uri=emulator_url + "/v1.0", access_token="reader") as client:
        with pytest.raises(entra_csa.ForbiddenError, match="Attribute Assignment Administrator") as caught:
            client.users.set(JOE, "Engineering.NumVendors", 4, skip_definition_check=True)
        assert caught.value.status == 403
        assert len(client.users.get(JOE)) == 6
    with connect(graph_uri=emulator_url + "/v1.0", access_token="stranger") as client:
        with pytest.raises(entra_csa.AuthError, match="sign in again"):
            client.users.get(JOE)


def test_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with connect(graph_uri=f"http://127.0.0.1:{port}/v1.0", access_token="t") as client:
            with pytest.raises(entra_csa.UnreachableError, match=f"127.0.0.1:{port} can't be reached"):
                client.users.get(JOE)


def test_throttling_is_waited_for_and_told_when_it_stays(client: Client) -> None:
    emulator("POST", url_of(client) + "/emulator/faults", [{"method": "PATCH", "status": 429, "retryAfter": "0.1", "times": 2}])
    client.users.set(JOE, "Engineering.NumVendors", 4)
    assert len(sent(client)) == 3
    emulator("POST", url_of(client) + "/emulator/faults", [{"status": 429, "retryAfter": "3600"}])
    with pytest.raises(entra_csa.ThrottledError):
        client.users.get(JOE)


def test_a_closed_client_says_so() -> None:
    client = connect(sandbox=True)
    client.close()
    client.close()
    with pytest.raises(entra_csa.ClosedError, match="connect again"):
        client.users.get(JOE)


def test_each_code_has_its_class() -> None:
    for code, exception in CLASSES.items():
        assert exception.__name__ == code[0].upper() + code[1:] + "Error"
        assert issubclass(exception, Error)
        assert getattr(entra_csa, exception.__name__) is exception
