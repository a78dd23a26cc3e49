"""Filters as expressions: what they print is what the service is asked."""

from __future__ import annotations

import random

import pytest
from conftest import sent

from entra_csa import Client, Filter, attr, prop

COUNTRY = attr("Marketing.AppCountry")
ID = attr("Marketing.EmployeeId")


def asked(client: Client, condition: Filter) -> list[str]:
    list(client.users.find(condition))
    return [request["query"]["$filter"] for request in sent(client)]


@pytest.mark.parametrize(
    ("condition", "odata"),
    [
        (COUNTRY == "Canada", "customSecurityAttributes/Marketing/AppCountry eq 'Canada'"),
        (COUNTRY != "Canada", "customSecurityAttributes/Marketing/AppCountry ne 'Canada'"),
        (ID.startswith("GS"), "startsWith(customSecurityAttributes/Marketing/EmployeeId,'GS')"),
        (ID == "O'Brien", "customSecurityAttributes/Marketing/EmployeeId eq 'O''Brien'"),
        (attr("Engineering/NumVendors") == 8, "customSecurityAttributes/Engineering/NumVendors eq 8"),
        (attr("Engineering.Certification") != True, "customSecurityAttributes/Engineering/Certification ne true"),  # noqa: E712
        (prop("department") == None, "department eq null"),  # noqa: E711
        (
            (ID == "a") & (prop("department") == "b") & ~(ID == "c"),
            "customSecurityAttributes/Marketing/EmployeeId eq 'a' and department eq 'b' and not (customSecurityAttributes/Marketing/EmployeeId eq 'c')",
        ),
        (
            ((ID == "a") | (ID == "b")) & (prop("department") == "c"),
            "(customSecurityAttributes/Marketing/EmployeeId eq 'a' or customSecurityAttributes/Marketing/EmployeeId eq 'b') and department eq 'c'",
        ),
        (ID.is_in(["a"]), "customSecurityAttributes/Marketing/EmployeeId eq 'a'"),
    ],
)
def test_what_is_printed_is_what_is_asked(client: Client, condition: Filter, odata: str) -> None:
    assert str(condition) == odata
    assert repr(condition) == f"<entra_csa.Filter {odata}>"
    assert asked(client, condition) == [odata]


def test_any_expression_is_asked_as_it_is_printed(client: Client) -> None:
    choose = random.Random(7)

    def expression(depth: int) -> Filter:
        if depth == 0 or choose.random() < 0.3:
            field = choose.choice([COUNTRY, ID, prop("department"), prop("city")])
            text = choose.choice(["a", "it's", "שלום", "e\u0301\U0001f600", "and", "(", "x eq 'y'"])
            return choose.choice([field == text, field != text, field.startswith(text)])
        kind = choose.choice("&|~")
        if kind == "~":
            return ~expression(depth - 1)
        one, other = expression(depth - 1), expression(depth - 1)
        return one & other if kind == "&" else one | other

    for _ in range(60):
        condition = expression(3)
        assert asked(client, condition) == [str(condition)]


def test_names_and_types_are_those_of_the_tenant(client: Client) -> None:
    assert asked(client, attr("appcountry") == "Canada") == ["customSecurityAttributes/Marketing/AppCountry eq 'Canada'"]
    assert asked(client, attr("engineering.numvendors") == "8") == ["customSecurityAttributes/Engineering/NumVendors eq 8"]
    assert str(attr("appcountry") == "Canada") == "customSecurityAttributes/…/appcountry eq 'Canada'"
    definition = client.attributes.Marketing.AppCountry
    assert str(attr(definition) == "Canada") == "customSecurityAttributes/Marketing/AppCountry eq 'Canada'"
    assert repr(attr(definition)) == "<entra_csa.Field customSecurityAttributes/Marketing/AppCountry>"


def test_what_would_mislead_is_refused() -> None:
    with pytest.raises(TypeError, match="& | ~"):
        bool((COUNTRY == "Canada") and (COUNTRY == "India"))
    with pytest.raises(TypeError, match="is_in"):
        COUNTRY == ["Canada"]
    with pytest.raises(TypeError, match="several"):
        COUNTRY.is_in("Canada")
    with pytest.raises(TypeError):
        (COUNTRY == "Canada") & "India"  # type: ignore[operator]
    with pytest.raises(TypeError):
        hash(COUNTRY)
