"""Users and service principals: reading, assigning, removing and finding."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterable, Mapping
from itertools import islice
from typing import Any, Generic, TypeVar, Union

from . import _core
from ._bulk import Change
from ._errors import Error, error
from ._filter import Filter, filter_json
from ._found import Found
from ._model import (
    AgentIdentity,
    AgentIdentityBlueprintPrincipal,
    App,
    Assignment,
    FoundServicePrincipal,
    ServicePrincipal,
    User,
    Value,
    ValueType,
    assignments,
    names,
    service_principal,
    target_json,
    user,
)
from ._show import Rows

AnyUser = Union[str, User]
"""A user: an object id, a UPN, or one that a filter found.

>>> user: entra_csa.AnyUser = "joe@contoso.com"
"""

AnyServicePrincipal = Union[str, ServicePrincipal, FoundServicePrincipal, App, AgentIdentity, AgentIdentityBlueprintPrincipal]
"""A service principal: an object id, one that a filter found, or an object that names one in another way.

>>> principal: entra_csa.AnyServicePrincipal = entra_csa.App("954580dd-21a7-5783-9167-011d2ca07734")
"""

T = TypeVar("T", bound=Union[AnyUser, AnyServicePrincipal])


class _Targets(Generic[T]):
    # One request names its targets in the form of the core.
    def _json(self, target: T) -> dict[str, str]:
        raise NotImplementedError

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def __repr__(self) -> str:
        return f"<entra_csa.{type(self).__name__}: get, set, add, remove, find>"

    def get(
        self, target: T, *, attribute: str | Iterable[str] | None = None, attribute_set: str | Iterable[str] | None = None
    ) -> Rows[Assignment]:
        """Reads what a target holds; an empty list if nothing is assigned.

        Graph answers the same for "nothing is assigned" and "you may not see it". Where the token itself shows that it is the
        second, a warning says so.

        Args:
            target: A user by object id or UPN; a service principal by object id or :class:`App`; or one that was found.
            attribute: Only these attributes, by full name (``Engineering.Project``), in any case of letters.
            attribute_set: Only attributes of these sets, in any case of letters.

        Raises:
            NotFoundError: There is no such target.
            InvalidTargetError: The target is neither id nor UPN.
            Error: Other failures, one class for each code.

        >>> for held in client.users.get("joe@contoso.com", attribute_set="Marketing"):
        ...     print(held.attribute, held.type, held.value)
        EmployeeId String GS45897

        Source: https://learn.microsoft.com/graph/api/user-get, https://learn.microsoft.com/graph/api/serviceprincipal-get
        """
        params: dict[str, Any] = {"targets": [self._json(target)]}
        if attribute is not None:
            params["attributes"] = [{"attribute": name} for name in names(attribute)]
        if attribute_set is not None:
            params["attributeSets"] = names(attribute_set)
        held: Rows[Assignment] = Rows()
        for item in _core.Items(self._handle, "assignment.get", params):
            held += assignments(item["target"], item["assignments"])
        return held

    def get_many(self, targets: Iterable[T]) -> Generator[tuple[T, Rows[Assignment] | Error], None, None]:
        """Reads what many targets hold, in batches, no faster than the service's quota allows.

        Yields each target, in order, with what it holds, or with the error that reading it met. Nothing is sent before the first
        is asked for.

        Args:
            targets: As :meth:`get` takes them.

        >>> for target, held in client.users.get_many(["joe@contoso.com", "nobody@contoso.com"]):
        ...     print(target, held.code if isinstance(held, entra_csa.Error) else len(held))
        joe@contoso.com 6
        nobody@contoso.com notFound

        Source: https://learn.microsoft.com/graph/json-batching
        """
        targets = iter(targets)
        while group := list(islice(targets, 400)):
            call = _core.Call(self._handle, "assignment.get", {"targets": [self._json(target) for target in group]})
            try:
                for target in group:
                    item = _answer(call)
                    yield target, error(item["error"]) if item["kind"] == "error" else assignments(item["target"], item["assignments"])
            finally:
                call.close()

    def set(
        self,
        target: T,
        attribute: str | Mapping[str, Value] | None = None,
        value: Value | None = None,
        *,
        type: ValueType | None = None,
        custom_security_attributes: Mapping[str, Any] | None = None,
        skip_definition_check: bool = False,
    ) -> None:
        """Assigns values to a target in one request; attributes not named keep theirs.

        Names and values are checked against the definitions of the tenant before anything is sent. The definition decides the
        type: text that is written as a number becomes one for an Int32, a single value becomes a collection of one. Without the
        right to read definitions a warning says so once, and ``str`` is String, ``int`` is Int32, ``bool`` is Boolean, a list is
        a collection, even of one element; text is never guessed to be a number.

        Args:
            target: A user by object id or UPN; a service principal by object id or :class:`App`; or one that was found.
            attribute: The name of one attribute, in full or alone where one set alone has it, or a table from names to values.
            value: The value, if ``attribute`` is a name: 1 to 64 characters a text, 32 bits a number, 50 values an object.
            type: The type to send; ``String`` makes text of a number for a String attribute.
            custom_security_attributes: Instead of the above, the nested table of Graph; ``None`` and ``[]`` in it remove.
            skip_definition_check: Send names and values as they are given; only the service checks them.

        Raises:
            InvalidValueError: A value breaks a rule; nothing was sent.
            InvalidNameError: A name breaks a rule; nothing was sent.
            NotAllowedError: The attribute is deprecated, or the value is no active allowed value; nothing was sent.
            UnknownAttributeError: The tenant has no such attribute.
            ForbiddenError: The sign-in may not assign.
            Error: Other failures, one class for each code.

        >>> client.users.set("joe@contoso.com", "Engineering.Project", ["Baker", "Cascade"])
        >>> client.users.set("joe@contoso.com", {"Engineering.NumVendors": 4, "Engineering.Certification": True})

        Source: https://learn.microsoft.com/graph/custom-security-attributes-examples
        """
        change = Change.set(
            target,
            attribute,
            value,
            type=type,
            custom_security_attributes=custom_security_attributes,
            skip_definition_check=skip_definition_check,
        )
        self._write(target, change)

    def add(
        self, target: T, attribute: str, value: Value, *, remove: Value | None = None, skip_definition_check: bool = False
    ) -> None:
        """Adds values to a collection; those that it has keep their order. Adding what is there writes nothing.

        The target is read, changed, written and read back, and this is done again, five times at most, when another writer came
        between.

        Args:
            target: As :meth:`set`.
            attribute: The name of the attribute.
            value: One value or several.
            remove: One value or several to take out in the same request.
            skip_definition_check: As :meth:`set`.

        Raises:
            ConflictError: Another writer kept changing the same collection.
            LimitExceededError: The target would hold more than 50 values.
            Error: As :meth:`set`.

        >>> client.users.add("joe@contoso.com", "Engineering.Project", "Cascade", remove="Alpine")
        >>> client.users.get("joe@contoso.com", attribute="Engineering.Project")[0].value
        ['Baker', 'Cascade']

        Source: https://learn.microsoft.com/graph/custom-security-attributes-examples
        """
        self._write(target, Change.edit(target, attribute, add=value, remove=remove, skip_definition_check=skip_definition_check))

    def remove(
        self,
        target: T,
        attribute: str | Iterable[str] | None = None,
        *,
        value: Value | None = None,
        attribute_set: str | Iterable[str] | None = None,
        all: bool = False,
    ) -> list[str]:
        """Takes assignments away from a target and returns the full names of those that were there.

        Nothing to remove is not an error.

        Args:
            target: As :meth:`set`.
            attribute: Attributes by full name.
            value: Only these values of a collection; its others stay.
            attribute_set: Everything of these sets.
            all: Everything the target holds.

        Raises:
            InvalidRequestError: Nothing is named to remove.
            ForbiddenError: The sign-in may not remove, or can't see what there is.
            Error: Other failures, one class for each code.

        >>> client.users.remove("joe@contoso.com", "Engineering.ProjectDate")
        ['Engineering.ProjectDate']

        Source: https://learn.microsoft.com/graph/custom-security-attributes-examples
        """
        if value is not None:
            if attribute is None or attribute_set is not None or all:
                raise TypeError("give the attributes that hold the value, and nothing else")
            edits = [Change.edit(target, name, remove=value) for name in names(attribute)]
            return [changed for edit in edits for changed in self._write(target, edit)]
        return self._write(target, Change.remove(target, attribute, attribute_set=attribute_set, all=all))

    def _write(self, target: T, change: Change) -> list[str]:
        params = {"targets": [self._json(target)], **change.params}
        return [name for item in _core.Items(self._handle, change.op, params) for name in item["attributes"]]


class Users(_Targets[AnyUser]):
    """The users of the tenant: ``client.users``.

    >>> client.users.set("dara@contoso.com", "Engineering.NumVendors", 4)
    >>> client.users.get("dara@contoso.com")[0].value
    4

    Source: https://learn.microsoft.com/graph/api/resources/user
    """

    def find(
        self,
        filter: Filter | str | Mapping[str, Any] | None = None,
        *,
        properties: Iterable[str] = (),
        first: int | None = None,
        skip_definition_check: bool = False,
    ) -> Found[User]:
        """The users that a filter finds, page by page, or as a DataFrame; all users without one.

        Lists lag behind writes by seconds to minutes. Nothing is sent before the first user is asked for.

        Args:
            filter: What :func:`attr` and :func:`prop` compare, OData text, or the structured form of the library
                (``{"and": [{"attribute": …, "eq": …}, …]}``).
            properties: Further properties of the users to read, by Graph's names.
            first: At most so many users.
            skip_definition_check: Send names and values as they are given. Otherwise names go out in the casing of the tenant, and
                values in the type of the definition.

        Raises:
            InvalidFilterError: The filter can't be built or answered.
            UnknownAttributeError: The tenant has no such attribute.
            Error: Other failures, one class for each code.

        >>> for user in client.users.find(attr("Marketing.EmployeeId").startswith("GS"), properties=["department"], first=1):
        ...     print(user.display_name, user.properties["department"])
        Chandra Marketing

        Source: https://learn.microsoft.com/graph/api/user-list
        """
        return Found(self._handle, "user.find", _search(filter, properties, first, skip_definition_check), user)

    def _json(self, target: AnyUser) -> dict[str, str]:
        if isinstance(target, (str, User)):
            return target_json(target)
        raise TypeError(f"{target!r} is not a user: use client.service_principals for it, or give an id or UPN as text")


class ServicePrincipals(_Targets[AnyServicePrincipal]):
    """The service principals of the tenant, those of managed identities and agents too: ``client.service_principals``.

    >>> portal = next(client.service_principals.find(prop("displayName") == "Contoso Portal"))
    >>> client.service_principals.set(portal, "Engineering.NumVendors", 2)
    >>> client.service_principals.get(entra_csa.App(portal.app_id), attribute="Engineering.NumVendors")[0].value
    2

    Source: https://learn.microsoft.com/graph/api/resources/serviceprincipal
    """

    def find(
        self,
        filter: Filter | str | Mapping[str, Any] | None = None,
        *,
        properties: Iterable[str] = (),
        first: int | None = None,
        skip_definition_check: bool = False,
    ) -> Found[FoundServicePrincipal]:
        """The service principals that a filter finds. Takes what :meth:`Users.find` takes, and raises what it raises.

        >>> frame = client.service_principals.find().to_pandas(wide=True)

        Source: https://learn.microsoft.com/graph/api/serviceprincipal-list
        """
        params = _search(filter, properties, first, skip_definition_check)
        return Found(self._handle, "servicePrincipal.find", params, service_principal)

    def _json(self, target: AnyServicePrincipal) -> dict[str, str]:
        if isinstance(target, str):
            return target_json(ServicePrincipal(target))
        if isinstance(target, User):
            raise TypeError(f"{target.user_principal_name} is a user: use client.users for it")
        return target_json(target)


def _answer(call: _core.Call) -> dict[str, Any]:
    while True:
        item = call.next(_core.POLL_MS)
        if item is None:
            if call.ended:
                raise error({"code": "internal", "message": "an answer is missing", "hint": "please report this"})
        elif item["kind"] != "log":
            return item
        elif item["level"] == "warning":
            warnings.warn(item["message"], stacklevel=3)


def _search(
    filter: Filter | str | Mapping[str, Any] | None, properties: Iterable[str], first: int | None, skip_definition_check: bool
) -> dict[str, Any]:
    params: dict[str, Any] = {"properties": list(properties), "skipDefinitionCheck": skip_definition_check}
    if filter is not None:
        params["filter"] = filter_json(filter)
    if first is not None:
        params["first"] = first
    return params
