"""One exception class for each error code of the core."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Error(Exception):
    """Something failed; what to do next is in ``hint``.

    Attributes:
        code: The stable code, such as ``notFound``.
        message: One line that names the target and the attribute.
        hint: What to do next, or None.
        status: The HTTP status, if the service answered.
        graph_code: The service's own error code, if it gave one.
        request_id: The service's id of the request, for its support.
        target: The target as the caller named it, or None.
        attribute: The attribute's full name, or None.

    >>> try:
    ...     client.users.get("nobody@contoso.com")
    ... except entra_csa.Error as error:
    ...     print(error.code, error.status, error.target)
    notFound 404 nobody@contoso.com
    """

    def __init__(self, shape: Mapping[str, Any]) -> None:
        self.code: str = shape["code"]
        self.message: str = shape["message"]
        self.hint: str | None = shape.get("hint")
        self.status: int | None = shape.get("status")
        self.graph_code: str | None = shape.get("graphCode")
        self.request_id: str | None = shape.get("requestId")
        self.target: str | None = shape.get("target")
        self.attribute: str | None = shape.get("attribute")
        end = "" if self.hint and self.hint.endswith("?") else "."
        super().__init__(f"{self.message}. To do: {self.hint}{end}" if self.hint else self.message)


class InvalidRequestError(Error):
    """The call itself is malformed: a missing or misspelt parameter.

    >>> client.users.remove("joe@contoso.com")
    Traceback (most recent call last):
        ...
    entra_csa.InvalidRequestError: ...
    """


class InvalidNameError(Error):
    """A name breaks a documented rule; nothing was sent.

    >>> client.attribute_sets.create("Two words")
    Traceback (most recent call last):
        ...
    entra_csa.InvalidNameError: ...
    """


class InvalidValueError(Error):
    """A value has the wrong type or breaks a documented rule; nothing was sent.

    >>> client.users.set("joe@contoso.com", "Engineering.NumVendors", "eight")
    Traceback (most recent call last):
        ...
    entra_csa.InvalidValueError: joe@contoso.com: Engineering.NumVendors: "eight" is not an Int32...
    """


class NotAllowedError(Error):
    """The attribute is deprecated, or the value is no active allowed value; nothing was sent.

    >>> client.users.set("joe@contoso.com", "Engineering.Project", "Skagit")
    Traceback (most recent call last):
        ...
    entra_csa.NotAllowedError: joe@contoso.com: Engineering.Project: the allowed value "Skagit" is not active...
    """


class InvalidTargetError(Error):
    """The target is not an object id, UPN or app id; nothing was sent.

    >>> client.users.get("Joe")
    Traceback (most recent call last):
        ...
    entra_csa.InvalidTargetError: ...
    """


class InvalidFilterError(Error):
    """A filter can't be built, or the service can't answer it.

    >>> next(client.users.find(attr("Engineering.NumVendors").startswith("8")))
    Traceback (most recent call last):
        ...
    entra_csa.InvalidFilterError: ...
    """


class LimitExceededError(Error):
    """A documented limit is exceeded; nothing was sent.

    >>> client.users.set("joe@contoso.com", "Engineering.CostCenter", list(range(51)))
    Traceback (most recent call last):
        ...
    entra_csa.LimitExceededError: ...
    """


class UnknownAttributeError(Error):
    """The tenant has no such attribute set or attribute.

    >>> client.users.set("joe@contoso.com", "Engineering.Projct", "Baker")
    Traceback (most recent call last):
        ...
    entra_csa.UnknownAttributeError: ...did you mean Engineering.Project?
    """


class NotFoundError(Error):
    """The target does not exist, or the caller may not see it (HTTP 404).

    >>> client.users.get("nobody@contoso.com")
    Traceback (most recent call last):
        ...
    entra_csa.NotFoundError: nobody@contoso.com: ...
    """


class ConflictError(Error):
    """Another writer kept changing the same value.

    >>> try:
    ...     client.users.add("joe@contoso.com", "Engineering.Project", "Cascade")
    ... except entra_csa.ConflictError as error:
    ...     print("somebody else is at it:", error.hint)
    """


class ForbiddenError(Error):
    """The sign-in lacks a permission or a directory role (HTTP 403).

    >>> try:
    ...     client.users.set("joe@contoso.com", "Engineering.NumVendors", 4)
    ... except entra_csa.ForbiddenError as error:
    ...     print("ask for the permission:", error.hint)
    """


class AuthError(Error):
    """The access token is missing, expired or not for this Graph (HTTP 401).

    >>> try:
    ...     client.users.set("joe@contoso.com", "Engineering.NumVendors", 4)
    ... except entra_csa.AuthError as error:
    ...     print("sign in again:", error.hint)
    """


class ThrottledError(Error):
    """Still refused after the last retry (HTTP 429).

    >>> try:
    ...     client.users.set("joe@contoso.com", "Engineering.NumVendors", 4)
    ... except entra_csa.ThrottledError as error:
    ...     print("later:", error.hint)
    """


class UnreachableError(Error):
    """No answer: name not found, connection refused or cut, timeout.

    >>> try:
    ...     client.users.set("joe@contoso.com", "Engineering.NumVendors", 4)
    ... except entra_csa.UnreachableError as error:
    ...     print("check the network:", error.hint)
    """


class RefusedError(Error):
    """The answer pointed to another place; the token was not sent there.

    >>> try:
    ...     client.users.set("joe@contoso.com", "Engineering.NumVendors", 4)
    ... except entra_csa.RefusedError as error:
    ...     print("something stands in between:", error.hint)
    """


class ProtocolError(Error):
    """The answer can't be understood.

    >>> try:
    ...     client.users.set("joe@contoso.com", "Engineering.NumVendors", 4)
    ... except entra_csa.ProtocolError as error:
    ...     print("something stands in between:", error.hint)
    """


class RejectedError(Error):
    """The service refused the request (other HTTP 4xx).

    >>> try:
    ...     client.users.set("joe@contoso.com", "Engineering.NumVendors", 4)
    ... except entra_csa.RejectedError as error:
    ...     print("the service does not want it:", error.hint)
    """


class ServiceError(Error):
    """The service failed (HTTP 5xx) and went on failing.

    >>> try:
    ...     client.users.set("joe@contoso.com", "Engineering.NumVendors", 4)
    ... except entra_csa.ServiceError as error:
    ...     print("later:", error.hint)
    """


class JournalError(Error):
    """The journal of a run can't be read or written, is damaged, in use, or of another run.

    >>> client.resume("nowhere.jsonl")
    Traceback (most recent call last):
        ...
    entra_csa.JournalError: ...
    """


class InternalError(Error):
    """The library itself failed; please report it.

    >>> try:
    ...     client.users.set("joe@contoso.com", "Engineering.NumVendors", 4)
    ... except entra_csa.InternalError as error:
    ...     print("please report this:", error.hint)
    """


class ClosedError(Error):
    """The client is closed.

    >>> other = entra_csa.connect(sandbox=True)
    >>> other.close()
    >>> other.users.get("joe@contoso.com")
    Traceback (most recent call last):
        ...
    entra_csa.ClosedError: the client is closed. To do: connect again.
    """


class CancelledError(Error):
    """The operation was cancelled.

    >>> try:
    ...     client.users.set("joe@contoso.com", "Engineering.NumVendors", 4)
    ... except entra_csa.CancelledError as error:
    ...     print("run it again:", error.hint)
    """


class ForkedError(Error):
    """This process was forked from one that uses the library; connect in a new process instead.

    >>> try:
    ...     client.users.set("joe@contoso.com", "Engineering.NumVendors", 4)
    ... except entra_csa.ForkedError as error:
    ...     print("in a process of its own:", error.hint)
    """


CLASSES: dict[str, type[Error]] = {
    "invalidRequest": InvalidRequestError,
    "invalidName": InvalidNameError,
    "invalidValue": InvalidValueError,
    "notAllowed": NotAllowedError,
    "conflict": ConflictError,
    "invalidTarget": InvalidTargetError,
    "invalidFilter": InvalidFilterError,
    "limitExceeded": LimitExceededError,
    "unknownAttribute": UnknownAttributeError,
    "notFound": NotFoundError,
    "forbidden": ForbiddenError,
    "auth": AuthError,
    "throttled": ThrottledError,
    "unreachable": UnreachableError,
    "refused": RefusedError,
    "protocol": ProtocolError,
    "rejected": RejectedError,
    "service": ServiceError,
    "journal": JournalError,
    "internal": InternalError,
    "closed": ClosedError,
    "cancelled": CancelledError,
    "forked": ForkedError,
}


# A traceback shows the name that one imports.
for _class in (Error, *CLASSES.values()):
    _class.__module__ = __package__


def error(shape: Mapping[str, Any]) -> Error:
    """The exception for an error of the core."""
    return CLASSES.get(shape["code"], Error)(shape)
