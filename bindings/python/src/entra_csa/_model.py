"""What goes in and comes out: targets, assignments, users. Named tuples, which cost an import a third of dataclasses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, Union

Value = Union[str, int, bool, list[str], list[int]]
"""A value: text of 1 to 64 characters, a 32-bit number, a truth value, or a list of texts or numbers."""

ValueType = Literal["String", "Int32", "Boolean", "String[]", "Int32[]"]
"""The type of a value, as it is declared in the directory."""


class ServicePrincipal(NamedTuple):
    """A service principal as a target.

    Attributes:
        id: The object id (a GUID).
    """

    id: str


class App(NamedTuple):
    """A service principal as a target, named by its application.

    Attributes:
        app_id: The app id (a GUID), also called client id.
    """

    app_id: str


Target = Union[str, ServicePrincipal, App]


def target_json(target: Target) -> dict[str, str]:
    """A target in the form of the core."""
    if isinstance(target, ServicePrincipal):
        return {"servicePrincipal": target.id}
    if isinstance(target, App):
        return {"appId": target.app_id}
    return {"user": str(target)}


class Assignment(NamedTuple):
    """One attribute that a target holds.

    Attributes:
        target_id: Object id of the target.
        target_type: ``user`` or ``servicePrincipal``.
        user_principal_name: UPN of a user, or None.
        display_name: Display name of the target, or None.
        attribute_set: Name of the attribute set.
        attribute: Name of the attribute within the set.
        type: Type of the value.
        value: The value.
    """

    target_id: str | None
    target_type: str
    user_principal_name: str | None
    display_name: str | None
    attribute_set: str
    attribute: str
    type: ValueType
    value: Value


class User(NamedTuple):
    """A user that a filter found.

    Attributes:
        id: Object id.
        display_name: Display name, or None.
        user_principal_name: UPN.
        assignments: What the user holds.
        properties: The further properties asked for, by Graph's names.
    """

    id: str
    display_name: str | None
    user_principal_name: str | None
    assignments: list[Assignment]
    properties: dict[str, Any]

    @property
    def custom_security_attributes(self) -> dict[str, dict[str, Value]]:
        """The values by attribute set and attribute."""
        table: dict[str, dict[str, Value]] = {}
        for assignment in self.assignments:
            table.setdefault(assignment.attribute_set, {})[assignment.attribute] = assignment.value
        return table


def assignments(target: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> list[Assignment]:
    """The assignments of an item of the core."""
    return [
        Assignment(
            target["id"],
            target["type"],
            target["userPrincipalName"],
            target["displayName"],
            entry["attributeSet"],
            entry["attribute"],
            entry["type"],
            entry["value"],
        )
        for entry in entries
    ]


def user(item: Mapping[str, Any]) -> User:
    """The user of an item of the core."""
    target = item["target"]
    held = assignments(target, item["assignments"])
    return User(target["id"], target["displayName"], target["userPrincipalName"], held, item["properties"])
