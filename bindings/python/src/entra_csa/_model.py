"""What goes in and comes out: targets, assignments, users. Named tuples, which cost an import a third of dataclasses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Union

from ._show import Rows, html_table

Value = Union[str, int, bool, list[str], list[int]]
"""A value: text of 1 to 64 characters, a 32-bit number, a truth value, or a list of texts or numbers. Never a date: that is text.

>>> value: entra_csa.Value = ["Baker", "Cascade"]
"""

ValueType = Literal["String", "Int32", "Boolean", "String[]", "Int32[]"]
"""The type of a value, as it is declared in the directory.

>>> of_type: entra_csa.ValueType = "Int32[]"
"""


class ServicePrincipal(NamedTuple):
    """A service principal as a target.

    Attributes:
        id: The object id (a GUID).

    >>> client.bulk([(entra_csa.ServicePrincipal("e61d7de6-6da0-5076-9c3a-9f60c47cb454"), {"Engineering.NumVendors": 2})]).changed
    1
    """

    id: str


class App(NamedTuple):
    """A service principal as a target, named by its application.

    Attributes:
        app_id: The app id (a GUID), also called client id.

    >>> client.service_principals.set(entra_csa.App("954580dd-21a7-5783-9167-011d2ca07734"), "Engineering.NumVendors", 2)
    """

    app_id: str


class AgentIdentity(NamedTuple):
    """An agent identity as a target.

    Attributes:
        id: The object id (a GUID).

    >>> client.service_principals.get(entra_csa.AgentIdentity("e61d7de6-6da0-5076-9c3a-9f60c47cb454"), attribute="NumVendors")
    []
    """

    id: str


class AgentIdentityBlueprintPrincipal(NamedTuple):
    """The principal of an agent identity blueprint as a target.

    Attributes:
        id: The object id (a GUID).

    >>> entra_csa.AgentIdentityBlueprintPrincipal("e61d7de6-6da0-5076-9c3a-9f60c47cb454").id
    'e61d7de6-6da0-5076-9c3a-9f60c47cb454'
    """

    id: str


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

    >>> (held,) = client.users.get("joe@contoso.com", attribute="Engineering.CostCenter")
    >>> held.attribute_set, held.attribute, held.type, held.value
    ('Engineering', 'CostCenter', 'Int32[]', [1001, 1003])
    """

    target_id: str | None
    target_type: str
    user_principal_name: str | None
    display_name: str | None
    attribute_set: str
    attribute: str
    type: ValueType
    value: Value

    def _cells(self) -> dict[str, Any]:
        target = self.user_principal_name or self.display_name or self.target_id
        return {"target": target, "attribute": f"{self.attribute_set}.{self.attribute}", "type": self.type, "value": self.value}

    def _repr_html_(self) -> str:
        return html_table([self])


class User(NamedTuple):
    """A user that a filter found. Can be given as a target.

    Attributes:
        id: Object id.
        display_name: Display name, or None.
        user_principal_name: UPN.
        assignments: What the user holds.
        properties: The further properties asked for, by Graph's names.

    >>> user = next(client.users.find(attr("Marketing.AppCountry") == "Canada"))
    >>> user.user_principal_name, user.custom_security_attributes["Marketing"]["AppCountry"]
    ('jiya@contoso.com', ['India', 'Canada'])
    """

    id: str
    display_name: str | None
    user_principal_name: str | None
    assignments: Rows[Assignment]
    properties: dict[str, Any]

    @property
    def custom_security_attributes(self) -> dict[str, dict[str, Value]]:
        """The values by attribute set and attribute."""
        return _by_set(self.assignments)

    def _cells(self) -> dict[str, Any]:
        return {"display_name": self.display_name, "user_principal_name": self.user_principal_name, "holds": _held(self.assignments), **self.properties}

    def _repr_html_(self) -> str:
        return html_table([self])


class FoundServicePrincipal(NamedTuple):
    """A service principal that a filter found. Can be given as a target.

    Attributes:
        id: Object id.
        display_name: Display name, or None.
        app_id: App id, also called client id.
        assignments: What it holds.
        properties: The further properties asked for, by Graph's names.

    >>> next(client.service_principals.find(attr("Engineering.NumVendors") == 3)).display_name
    'Legacy Sync'
    """

    id: str
    display_name: str | None
    app_id: str | None
    assignments: Rows[Assignment]
    properties: dict[str, Any]

    @property
    def custom_security_attributes(self) -> dict[str, dict[str, Value]]:
        """The values by attribute set and attribute."""
        return _by_set(self.assignments)

    def _cells(self) -> dict[str, Any]:
        return {"display_name": self.display_name, "app_id": self.app_id, "holds": _held(self.assignments), **self.properties}

    def _repr_html_(self) -> str:
        return html_table([self])


Target = Union[str, User, ServicePrincipal, FoundServicePrincipal, App, AgentIdentity, AgentIdentityBlueprintPrincipal]
"""A user by object id or UPN, or one of the objects that name a user or service principal.

>>> target: entra_csa.Target = entra_csa.App("954580dd-21a7-5783-9167-011d2ca07734")
"""


def target_json(target: Target) -> dict[str, str]:
    """A target in the form of the core."""
    if isinstance(target, User):
        return {"user": target.id}
    if isinstance(target, (ServicePrincipal, FoundServicePrincipal)):
        return {"servicePrincipal": target.id}
    if isinstance(target, App):
        return {"appId": target.app_id}
    if isinstance(target, AgentIdentity):
        return {"agentIdentity": target.id}
    if isinstance(target, AgentIdentityBlueprintPrincipal):
        return {"agentIdentityBlueprintPrincipal": target.id}
    return {"user": str(target)}


def names(given: str | Iterable[str]) -> list[str]:
    """One name or several, as a list."""
    return [given] if isinstance(given, str) else list(given)


class AttributeSet(NamedTuple):
    """A group of attributes.

    Attributes:
        attribute_set: The name.
        description: What it is for, or None.
        max_attributes: Most attributes in use that it may have; None: as many as the tenant (500).

    >>> client.attribute_sets.list()[0].attribute_set
    'Engineering'
    """

    attribute_set: str
    description: str | None
    max_attributes: int | None

    def _repr_html_(self) -> str:
        return html_table([self])


class AllowedValue(NamedTuple):
    """A value that is declared beforehand.

    Attributes:
        value: The value; a number is written as text.
        is_active: Whether it may be assigned anew.

    >>> client.allowed_values.list("Engineering.Project")[0]
    AllowedValue(value='Alpine', is_active=True)
    """

    value: str
    is_active: bool


class AttributeDefinition(NamedTuple):
    """The declared shape of an attribute.

    Attributes:
        attribute_set: Name of the attribute set.
        attribute: Name of the attribute within the set.
        type: Type of its values.
        description: What it is for, or None.
        status: ``Available``, or ``Deprecated``: it takes no new values.
        is_searchable: Whether filters may use it.
        allowed_values_only: Whether only allowed values may be assigned.
        allowed_values: The allowed values, active or not.

    >>> project = client.attributes.Engineering.Project
    >>> project.name, project.type, project.allowed_values_only
    ('Engineering.Project', 'String[]', True)
    """

    attribute_set: str
    attribute: str
    type: ValueType
    description: str | None
    status: Literal["Available", "Deprecated"]
    is_searchable: bool
    allowed_values_only: bool
    allowed_values: list[AllowedValue]

    @property
    def name(self) -> str:
        """The full name, such as ``Engineering.Project``."""
        return f"{self.attribute_set}.{self.attribute}"

    def _cells(self) -> dict[str, Any]:
        active = [value.value for value in self.allowed_values if value.is_active]
        return {
            "attribute": self.name,
            "type": self.type,
            "status": self.status,
            "allowed_values": active,
            "description": self.description,
        }

    def _repr_html_(self) -> str:
        return html_table([self])


class Access(NamedTuple):
    """Whether a sign-in has one right.

    Attributes:
        capability: What the right is for, such as ``write assignments``.
        allowed: Whether it has it; None: can't be told.
        missing: The permission or role that is missing, or None.
        permission: The least permission that gives the right.
        role: The least directory role that a person needs too, or None.

    >>> [access.missing for access in client.test_access() if access.allowed is False]
    []
    """

    capability: str
    allowed: bool | None
    missing: str | None
    permission: str
    role: str | None


def _by_set(assignments: Sequence[Assignment]) -> dict[str, dict[str, Value]]:
    table: dict[str, dict[str, Value]] = {}
    for assignment in assignments:
        table.setdefault(assignment.attribute_set, {})[assignment.attribute] = assignment.value
    return table


def _held(assignments: Sequence[Assignment]) -> list[str]:
    return [f"{held.attribute_set}.{held.attribute} = {held.value}" for held in assignments]


def assignments(target: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> Rows[Assignment]:
    """The assignments of an item of the core."""
    return Rows(
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
    )


def user(item: Mapping[str, Any]) -> User:
    """The user of an item of the core."""
    target = item["target"]
    held = assignments(target, item["assignments"])
    return User(target["id"], target["displayName"], target["userPrincipalName"], held, item["properties"])


def service_principal(item: Mapping[str, Any]) -> FoundServicePrincipal:
    """The service principal of an item of the core."""
    target = item["target"]
    held = assignments(target, item["assignments"])
    return FoundServicePrincipal(target["id"], target["displayName"], target["appId"], held, item["properties"])


def attribute_set(item: Mapping[str, Any]) -> AttributeSet:
    """The attribute set of an item of the core."""
    return AttributeSet(item["attributeSet"], item["description"], item["maxAttributesPerSet"])


def attribute(item: Mapping[str, Any]) -> AttributeDefinition:
    """The definition of an item of the core."""
    return AttributeDefinition(
        item["attributeSet"],
        item["attribute"],
        item["type"],
        item["description"],
        item["status"],
        item["isSearchable"],
        item["usePreDefinedValuesOnly"],
        [AllowedValue(value["value"], value["isActive"]) for value in item["allowedValues"]],
    )


def entry(name: str, value: Any, value_type: ValueType | None) -> dict[str, Any]:
    """One attribute with its value, in the form of the core."""
    member = {"attribute": name, "value": json_value(value)}
    if value_type is not None:
        member["type"] = value_type
    return member


def json_value(value: Any) -> Any:
    """A value in the form of the core; what JSON has no form for by its name."""
    # Subclasses too: numpy's text and numbers are not among them, and are named in the error.
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, int):
        # More bits than these no JSON reader takes; the core says what is wrong with less.
        return value if value.bit_length() < 64 else {"unsupported": f"int of {value.bit_length()} bits"}
    if isinstance(value, Mapping):
        return {}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [json_value(element) for element in value]
    return {"unsupported": value.__class__.__qualname__}


def table_json(table: Mapping[str, Any]) -> dict[str, Any]:
    """The nested table of Graph, in the form of the core."""

    def of_set(attributes: Any) -> Any:
        if isinstance(attributes, Mapping):
            return {str(name): json_value(value) for name, value in attributes.items()}
        return json_value(attributes)

    return {str(name): of_set(attributes) for name, attributes in table.items()}
