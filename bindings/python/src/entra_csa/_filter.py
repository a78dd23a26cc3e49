"""Filters as expressions: ``attr("Marketing.AppCountry") == "Canada"``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Union

from ._model import AttributeDefinition, json_value

Operand = Union[str, int, bool, None]
"""What a field is compared with: one element, for an attribute that holds several. None for ordinary properties only."""


class Filter:
    """A condition on users or service principals, made by comparing :func:`attr` or :func:`prop`.

    Combined with ``&`` (both), ``|`` (one of them) and ``~`` (not), each side in parentheses. ``str`` of it is the OData that
    it becomes; names then get the casing of the tenant, and values the type of the definition.

    >>> canada = attr("Marketing.AppCountry") == "Canada"
    >>> print(canada & ~(attr("Engineering.Certification") == True))
    customSecurityAttributes/Marketing/AppCountry eq 'Canada' and not (customSecurityAttributes/Engineering/Certification eq true)
    >>> [user.display_name for user in client.users.find(canada)]
    ['Jiya', 'Jana']

    Source: https://learn.microsoft.com/graph/filter-query-parameter
    """

    __slots__ = ("_form",)

    def __init__(self, form: Mapping[str, Any]) -> None:
        self._form = form

    def __and__(self, other: Filter) -> Filter:
        return self._joined("and", other)

    def __or__(self, other: Filter) -> Filter:
        return self._joined("or", other)

    def __invert__(self) -> Filter:
        return Filter({"not": self._form})

    def __bool__(self) -> bool:
        raise TypeError("a filter is true or false only for a target: combine filters with & | ~ and parentheses, not with and, or, not")

    def __str__(self) -> str:
        return _odata(self._form)

    def __repr__(self) -> str:
        return f"<entra_csa.Filter {self}>"

    def _joined(self, word: str, other: Filter) -> Filter:
        if not isinstance(other, Filter):
            return NotImplemented
        return Filter({word: [*_clauses(self._form, word), *_clauses(other._form, word)]})


class Field:
    """What a filter looks at, made by :func:`attr` or :func:`prop`: compare it with ``==``, ``!=``, :meth:`startswith` or :meth:`is_in`.

    ``==`` on a collection asks whether one of its elements equals. ``!=`` finds everybody else, those without the attribute too.
    Texts are compared with regard to upper and lower case in attributes.

    >>> print(attr("Marketing.AppCountry") != "Canada")
    customSecurityAttributes/Marketing/AppCountry ne 'Canada'
    """

    __slots__ = ("_subject", "_name")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, subject: str, name: str) -> None:
        self._subject = subject
        self._name = name

    def __eq__(self, value: Operand) -> Filter:  # type: ignore[override]
        return self._compared("eq", value)

    def __ne__(self, value: Operand) -> Filter:  # type: ignore[override]
        return self._compared("ne", value)

    def startswith(self, prefix: str) -> Filter:
        """Texts, or elements of a collection of texts, that begin with ``prefix``.

        >>> print(attr("Marketing.EmployeeId").startswith("GS"))
        startsWith(customSecurityAttributes/Marketing/EmployeeId,'GS')
        """
        return self._compared("startsWith", prefix)

    def is_in(self, values: Iterable[Operand]) -> Filter:
        """One of several values. More than the 15 that the service takes at once are asked for in several requests.

        >>> print(attr("Marketing.AppCountry").is_in(["Canada", "India"]))
        customSecurityAttributes/Marketing/AppCountry eq 'Canada' or customSecurityAttributes/Marketing/AppCountry eq 'India'
        """
        if isinstance(values, str):
            raise TypeError("give several values, or compare with ==")
        return Filter({"or": [self._compared("eq", value)._form for value in values]})

    def __repr__(self) -> str:
        return f"<entra_csa.Field {_path(self._subject, self._name)}>"

    def _compared(self, operator: str, value: Operand) -> Filter:
        if isinstance(value, (list, tuple, set, frozenset)):
            raise TypeError("compare with one element, or use is_in for one of several")
        return Filter({self._subject: self._name, operator: json_value(value)})


def attr(name: str | AttributeDefinition) -> Field:
    """A custom security attribute to compare, for filters.

    Args:
        name: In full (``Marketing.AppCountry``), alone where one set alone has it, or a definition:
            ``attr(client.attributes.Marketing.AppCountry)``.

    >>> next(client.users.find(attr("AppCountry") == "Canada")).display_name
    'Jiya'

    Source: https://learn.microsoft.com/graph/custom-security-attributes-examples
    """
    return Field("attribute", name.name if isinstance(name, AttributeDefinition) else name)


def prop(name: str) -> Field:
    """An ordinary property to compare, for filters.

    Args:
        name: By Graph's name, such as ``department`` or ``accountEnabled``.

    >>> engineers = client.users.find((prop("department") == "Engineering") & (attr("Engineering.NumVendors") == 8))
    >>> [user.display_name for user in engineers]
    ['Joe']

    Source: https://learn.microsoft.com/graph/aad-advanced-queries
    """
    return Field("property", name)


def filter_json(filter: Filter | str | Mapping[str, Any] | None) -> Any:
    """A filter in the form of the core."""
    return filter._form if isinstance(filter, Filter) else filter


def _clauses(form: Mapping[str, Any], word: str) -> list[Mapping[str, Any]]:
    return list(form[word]) if word in form else [form]


# As the core writes it: a test compares the two.
def _odata(form: Mapping[str, Any]) -> str:
    if len(form) == 1:
        ((word, inner),) = form.items()
        if word == "not":
            return f"not ({_odata(inner)})"
        return f" {word} ".join(f"({_odata(clause)})" if "and" in clause or "or" in clause else _odata(clause) for clause in inner)
    (subject, name), (operator, value) = form.items()
    path = _path(subject, name)
    return f"startsWith({path},{_literal(value)})" if operator == "startsWith" else f"{path} {operator} {_literal(value)}"


def _path(subject: str, name: str) -> str:
    if subject == "property":
        return name
    attribute_set, _, attribute = name.replace("/", ".").rpartition(".")
    # Which set has it is known when the tenant has been asked.
    return f"customSecurityAttributes/{attribute_set or '…'}/{attribute}"


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return "null" if value is None else str(value).lower()
