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
    """The call itself is malformed: a missing or misspelt parameter."""


class InvalidNameError(Error):
    """A name breaks a documented rule; nothing was sent."""


class InvalidValueError(Error):
    """A value has the wrong type or breaks a documented rule; nothing was sent."""


class NotAllowedError(Error):
    """The attribute is deprecated, or the value is no active allowed value; nothing was sent."""


class InvalidTargetError(Error):
    """The target is not an object id, UPN or app id; nothing was sent."""


class InvalidFilterError(Error):
    """A filter can't be built, or the service can't answer it."""


class LimitExceededError(Error):
    """A documented limit is exceeded; nothing was sent."""


class UnknownAttributeError(Error):
    """The tenant has no such attribute set or attribute."""


class NotFoundError(Error):
    """The target does not exist, or the caller may not see it (HTTP 404)."""


class ConflictError(Error):
    """Another writer kept changing the same value."""


class ForbiddenError(Error):
    """The sign-in lacks a permission or a directory role (HTTP 403)."""


class AuthError(Error):
    """The access token is missing, expired or not for this Graph (HTTP 401)."""


class ThrottledError(Error):
    """Still refused after the last retry (HTTP 429)."""


class UnreachableError(Error):
    """No answer: name not found, connection refused or cut, timeout."""


class RefusedError(Error):
    """The answer pointed to another place; the token was not sent there."""


class ProtocolError(Error):
    """The answer can't be understood."""


class RejectedError(Error):
    """The service refused the request (other HTTP 4xx)."""


class ServiceError(Error):
    """The service failed (HTTP 5xx) and went on failing."""


class JournalError(Error):
    """The journal of a run can't be read or written, is damaged, in use, or of another run."""


class InternalError(Error):
    """The library itself failed; please report it."""


class ClosedError(Error):
    """The client is closed."""


class CancelledError(Error):
    """The operation was cancelled."""


class ForkedError(Error):
    """This process was forked from one that uses the library; connect in a new process instead."""


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


def error(shape: Mapping[str, Any]) -> Error:
    """The exception for an error of the core."""
    return CLASSES.get(shape["code"], Error)(shape)
