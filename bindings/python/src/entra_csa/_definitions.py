"""Attribute sets, definitions and allowed values: listing, creating, changing, browsing."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator
from types import EllipsisType
from typing import Any, Literal

from . import _core
from ._errors import Error, UnknownAttributeError
from ._model import AllowedValue, AttributeDefinition, AttributeSet, ValueType, attribute, attribute_set, names
from ._show import Rows, html_of, html_table, text_of, text_table

Status = Literal["Available", "Deprecated"]


class AttributeSets:
    """The attribute sets of the tenant. They are read when first needed and remembered for an hour.

    >>> [s.attribute_set for s in client.attribute_sets]
    ['Engineering', 'Marketing']

    Source: https://learn.microsoft.com/graph/api/resources/attributeset
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def list(self, *, refresh: bool = False) -> Rows[AttributeSet]:
        """Lists all attribute sets.

        Args:
            refresh: Read them anew.

        Raises:
            ForbiddenError: The sign-in may not read definitions.

        >>> [s.max_attributes for s in client.attribute_sets.list()]
        [25, 25]
        """
        return Rows(attribute_set(item) for item in _core.Items(self._handle, "attributeSet.get", {"refresh": refresh}))

    def create(self, name: str, *, description: str | None = None, max_attributes: int | None = None) -> AttributeSet:
        """Creates an attribute set. It can't be renamed or deleted.

        Args:
            name: 1 to 32 characters, no space, no special character, no leading digit.
            description: What it is for, at most 128 characters.
            max_attributes: Most attributes in use that it may have, 1 to 500; None: as many as the tenant.

        Raises:
            InvalidNameError: The name breaks a rule or is taken; nothing was sent.
            LimitExceededError: A limit is exceeded; nothing was sent.
            ForbiddenError: The sign-in may not create sets.

        >>> client.attribute_sets.create("Finance", description="Attributes for finance", max_attributes=25).attribute_set
        'Finance'
        """
        params = {"attributeSet": name, "description": description, "maxAttributesPerSet": max_attributes}
        return attribute_set(_only(self._handle, "attributeSet.create", params))

    def update(
        self, name: str, *, description: str | None | EllipsisType = ..., max_attributes: int | None | EllipsisType = ...
    ) -> AttributeSet:
        """Changes what is given of an attribute set; None takes it away. Returns the set as it is then.

        Raises:
            UnknownAttributeError: There is no such set.
            LimitExceededError: A limit is exceeded; nothing was sent.
            ForbiddenError: The sign-in may not change sets.

        >>> client.attribute_sets.update("Engineering", max_attributes=20).max_attributes
        20
        """
        params: dict[str, Any] = {"attributeSet": name}
        if description is not ...:
            params["description"] = description
        if max_attributes is not ...:
            params["maxAttributesPerSet"] = max_attributes
        return attribute_set(_only(self._handle, "attributeSet.update", params))

    def __iter__(self) -> Iterator[AttributeSet]:
        return iter(self.list())

    # A debugger's repr must not ask the service; a notebook that shows the object may.
    def __repr__(self) -> str:
        return "<entra_csa.AttributeSets: iterate for all>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(text_of(self.list))

    def _repr_html_(self) -> str:
        return html_of(self.list)


class Attributes:
    """The definitions of the tenant. They are read when first needed and remembered for an hour.

    ``client.attributes.Engineering.Project`` and ``client.attributes["Engineering"]["Project"]`` are definitions; Tab completes
    both.

    >>> client.attributes.Engineering.NumVendors.type
    'Int32'

    Source: https://learn.microsoft.com/graph/api/resources/customsecurityattributedefinition
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def list(
        self,
        attribute: str | Iterable[str] | None = None,
        *,
        attribute_set: str | Iterable[str] | None = None,
        status: Status | None = None,
        type: ValueType | None = None,
        refresh: bool = False,
    ) -> Rows[AttributeDefinition]:
        """Lists definitions, with their allowed values.

        Args:
            attribute: Only these, by full name, or by the attribute's alone where one set alone has it. Case does not matter.
            attribute_set: Only attributes of these sets.
            status: Only those in use, or only those switched off.
            type: Only those of this type.
            refresh: Read them anew.

        Raises:
            UnknownAttributeError: There is no such attribute or set.
            ForbiddenError: The sign-in may not read definitions.

        >>> [definition.name for definition in client.attributes.list(attribute_set="Marketing", type="String[]")]
        ['Marketing.AppCountry']
        """
        params: dict[str, Any] = {"refresh": refresh}
        if attribute is not None:
            params["attributes"] = [{"attribute": name} for name in names(attribute)]
        if attribute_set is not None:
            params["attributeSets"] = names(attribute_set)
        if status is not None:
            params["status"] = status
        if type is not None:
            params["type"] = type
        return Rows(_definition(item) for item in _core.Items(self._handle, "attribute.get", params))

    def create(
        self,
        name: str,
        type: ValueType,
        *,
        description: str | None = None,
        allowed_values: Iterable[str] = (),
        allowed_values_only: bool | None = None,
        searchable: bool = True,
    ) -> AttributeDefinition:
        """Creates an attribute. Name, type and searchability can't be changed later, and it can't be deleted.

        Args:
            name: The full name (``Engineering.Grade``); the set must be there.
            type: Type of its values.
            description: What it is for, at most 128 characters.
            allowed_values: Values that are declared beforehand, at most 100 of 64 characters.
            allowed_values_only: Only these can be assigned; None: if there are any. Can be given up, not brought back.
            searchable: Whether filters may use it.

        Raises:
            InvalidNameError: The name breaks a rule or is taken; nothing was sent.
            InvalidValueError: An allowed value does not fit the type; nothing was sent.
            LimitExceededError: A limit is exceeded; nothing was sent.
            UnknownAttributeError: There is no such attribute set.
            ForbiddenError: The sign-in may not create attributes.

        >>> client.attributes.create("Engineering.Grade", "String", allowed_values=["A", "B"]).allowed_values_only
        True
        """
        params: dict[str, Any] = {
            "attribute": name,
            "type": type,
            "description": description,
            "allowedValues": builtins.list(allowed_values),
            "isSearchable": searchable,
            "usePreDefinedValuesOnly": allowed_values_only,
        }
        return _definition(_only(self._handle, "attribute.create", params))

    def update(
        self,
        name: str,
        *,
        description: str | None | EllipsisType = ...,
        status: Status | None = None,
        allowed_values_only: Literal[False] | None = None,
    ) -> AttributeDefinition:
        """Changes what is given of a definition. Returns it as it is then.

        Args:
            name: The attribute.
            description: What it is for; None takes it away.
            status: ``Deprecated`` switches the attribute off: it takes no new values, and what is assigned stays.
            allowed_values_only: False lets any value be assigned. This can't be undone.

        Raises:
            UnknownAttributeError: There is no such attribute.
            LimitExceededError: The tenant has 500 attributes in use already; nothing was sent.
            ForbiddenError: The sign-in may not change attributes.

        >>> client.attributes.update("Engineering.NumVendors", status="Deprecated").status
        'Deprecated'
        """
        params: dict[str, Any] = {"attribute": name, "status": status, "usePreDefinedValuesOnly": allowed_values_only}
        if description is not ...:
            params["description"] = description
        return _definition(_only(self._handle, "attribute.update", params))

    def __iter__(self) -> Iterator[AttributeDefinition]:
        return iter(self.list())

    def __getitem__(self, name: str) -> AttributesOfSet:
        found = self.list(attribute_set=name)
        return AttributesOfSet(found[0].attribute_set if found else name, found)

    def __getattr__(self, name: str) -> AttributesOfSet:
        # Notebooks look for names of their own on everything.
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except UnknownAttributeError as error:
            raise AttributeError(str(error)) from None

    def __dir__(self) -> builtins.list[str]:
        return [*super().__dir__(), *_sets(self)]

    def _ipython_key_completions_(self) -> builtins.list[str]:
        return _sets(self)

    def __repr__(self) -> str:
        return "<entra_csa.Attributes: iterate for all, or name one like .Engineering.Project>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(text_of(self.list))

    def _repr_html_(self) -> str:
        return html_of(self.list)


class AttributesOfSet:
    """The definitions of one attribute set, by name.

    >>> [definition.attribute for definition in client.attributes["Marketing"]]
    ['AppCountry', 'EmployeeId', 'Level']
    """

    def __init__(self, name: str, definitions: Iterable[AttributeDefinition]) -> None:
        self._name = name
        self._definitions = {definition.attribute: definition for definition in definitions}

    def __iter__(self) -> Iterator[AttributeDefinition]:
        return iter(self._definitions.values())

    def __len__(self) -> int:
        return len(self._definitions)

    def __getitem__(self, name: str) -> AttributeDefinition:
        for known, definition in self._definitions.items():
            if known.lower() == name.lower():
                return definition
        raise KeyError(f"{self._name} has no attribute {name}: it has {', '.join(self._definitions) or 'none'}")

    def __getattr__(self, name: str) -> AttributeDefinition:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(error.args[0]) from None

    def __dir__(self) -> builtins.list[str]:
        return [*super().__dir__(), *self._definitions]

    def _ipython_key_completions_(self) -> builtins.list[str]:
        return builtins.list(self._definitions)

    def __repr__(self) -> str:
        return text_table(builtins.list(self))

    def _repr_html_(self) -> str:
        return html_table(builtins.list(self), self._name)


class AllowedValues:
    """The allowed values of attributes. They can't be deleted, only switched off.

    >>> [value.value for value in client.allowed_values.list("Engineering.Project") if value.is_active]
    ['Alpine', 'Baker', 'Cascade']

    Source: https://learn.microsoft.com/graph/api/resources/allowedvalue
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def list(self, attribute: str, *, refresh: bool = False) -> Rows[AllowedValue]:
        """Lists the allowed values of an attribute, active or not.

        Raises:
            UnknownAttributeError: There is no such attribute.
            ForbiddenError: The sign-in may not read definitions.

        >>> client.allowed_values.list("Engineering.Project")[0].value
        'Alpine'
        """
        params = {"attributes": [{"attribute": attribute}], "refresh": refresh}
        return Rows(_definition(_only(self._handle, "attribute.get", params)).allowed_values)

    def add(self, attribute: str, *values: str, is_active: bool = True) -> None:
        """Adds allowed values to an attribute.

        Args:
            attribute: The attribute.
            values: 1 to 64 characters each; upper and lower case count. For an Int32 attribute, numbers as text.
            is_active: Whether they may be assigned at once.

        Raises:
            InvalidValueError: A value does not fit the type; nothing was sent.
            LimitExceededError: There would be more than 100; nothing was sent.
            ForbiddenError: The sign-in may not change attributes.

        >>> client.allowed_values.add("Engineering.Project", "Denali")
        """
        _all(self._handle, "allowedValue.add", {"attribute": attribute, "values": builtins.list(values), "isActive": is_active})

    def update(self, attribute: str, *values: str, is_active: bool) -> None:
        """Switches allowed values of an attribute on or off. Where one is assigned it stays.

        Raises:
            NotAllowedError: There is no such allowed value; nothing was sent.
            ForbiddenError: The sign-in may not change attributes.

        >>> client.allowed_values.update("Engineering.Project", "Alpine", is_active=False)
        """
        _all(self._handle, "allowedValue.update", {"attribute": attribute, "values": builtins.list(values), "isActive": is_active})


_definition = attribute


def _only(handle: int, operation: str, params: dict[str, Any]) -> dict[str, Any]:
    (item,) = _all(handle, operation, params)
    return item


def _all(handle: int, operation: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    return list(_core.Items(handle, operation, params))


# For completion, where no error may show.
def _sets(definitions: Iterable[AttributeDefinition]) -> list[str]:
    try:
        return list(dict.fromkeys(definition.attribute_set for definition in definitions))
    except Error:
        return []
