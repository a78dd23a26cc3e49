"""Custom security attributes of Microsoft Entra users and service principals.

>>> import entra_csa
>>> with entra_csa.connect(sandbox=True) as client:
...     client.set("joe@contoso.com", "Engineering.NumVendors", 4)
...     client.get("joe@contoso.com", attribute="Engineering.NumVendors")[0].value
4
"""

from ._client import Client, connect
from ._errors import (
    AuthError,
    CancelledError,
    ClosedError,
    Error,
    ForbiddenError,
    ForkedError,
    InternalError,
    InvalidFilterError,
    InvalidNameError,
    InvalidRequestError,
    InvalidTargetError,
    InvalidValueError,
    LimitExceededError,
    NotFoundError,
    ProtocolError,
    RefusedError,
    RejectedError,
    ServiceError,
    ThrottledError,
    UnknownAttributeError,
    UnreachableError,
)
from ._model import App, Assignment, ServicePrincipal, User, Value, ValueType

__all__ = [
    "App",
    "Assignment",
    "AuthError",
    "CancelledError",
    "Client",
    "ClosedError",
    "Error",
    "ForbiddenError",
    "ForkedError",
    "InternalError",
    "InvalidFilterError",
    "InvalidNameError",
    "InvalidRequestError",
    "InvalidTargetError",
    "InvalidValueError",
    "LimitExceededError",
    "NotFoundError",
    "ProtocolError",
    "RefusedError",
    "RejectedError",
    "ServiceError",
    "ServicePrincipal",
    "ThrottledError",
    "UnknownAttributeError",
    "UnreachableError",
    "User",
    "Value",
    "ValueType",
    "connect",
]
