"""Custom security attributes of Microsoft Entra users and service principals.

>>> import entra_csa
>>> from entra_csa import attr
>>> with entra_csa.connect(sandbox=True) as client:
...     client.users.set("joe@contoso.com", "Engineering.NumVendors", 4)
...     [user.display_name for user in client.users.find(attr("Engineering.NumVendors") == 4)]
['Joe']
"""

from typing import TYPE_CHECKING, Any

from ._bulk import AnyChange, Change, Failure, Plan, Progress, Report, Run, Summary
from ._client import Client, connect
from ._definitions import AllowedValues, Attributes, AttributeSets, AttributesOfSet
from ._errors import (
    AuthError,
    CancelledError,
    ClosedError,
    ConflictError,
    Error,
    ForbiddenError,
    ForkedError,
    InternalError,
    InvalidFilterError,
    InvalidNameError,
    InvalidRequestError,
    InvalidTargetError,
    InvalidValueError,
    JournalError,
    LimitExceededError,
    NotAllowedError,
    NotFoundError,
    ProtocolError,
    RefusedError,
    RejectedError,
    ServiceError,
    ThrottledError,
    UnknownAttributeError,
    UnreachableError,
)
from ._filter import Field, Filter, attr, prop
from ._found import Found
from ._model import (
    Access,
    AgentIdentity,
    AgentIdentityBlueprintPrincipal,
    AllowedValue,
    App,
    Assignment,
    AttributeDefinition,
    AttributeSet,
    FoundServicePrincipal,
    ServicePrincipal,
    Target,
    User,
    Value,
    ValueType,
)
from ._show import Rows
from ._sign_in import AccessToken, Context, TokenCredential
from ._targets import AnyServicePrincipal, AnyUser, ServicePrincipals, Users

if TYPE_CHECKING:
    from ._aio import (
        AsyncAllowedValues,
        AsyncAttributes,
        AsyncAttributeSets,
        AsyncClient,
        AsyncFound,
        AsyncServicePrincipals,
        AsyncUsers,
        Connecting,
        aconnect,
    )

__all__ = [
    "Access",
    "AccessToken",
    "AgentIdentity",
    "AgentIdentityBlueprintPrincipal",
    "AllowedValue",
    "AllowedValues",
    "AnyChange",
    "AnyServicePrincipal",
    "AnyUser",
    "App",
    "Assignment",
    "AsyncAllowedValues",
    "AsyncAttributeSets",
    "AsyncAttributes",
    "AsyncClient",
    "AsyncFound",
    "AsyncServicePrincipals",
    "AsyncUsers",
    "AttributeDefinition",
    "AttributeSet",
    "AttributeSets",
    "Attributes",
    "AttributesOfSet",
    "AuthError",
    "CancelledError",
    "Change",
    "Client",
    "ClosedError",
    "ConflictError",
    "Connecting",
    "Context",
    "Error",
    "Failure",
    "Field",
    "Filter",
    "ForbiddenError",
    "ForkedError",
    "Found",
    "FoundServicePrincipal",
    "InternalError",
    "InvalidFilterError",
    "InvalidNameError",
    "InvalidRequestError",
    "InvalidTargetError",
    "InvalidValueError",
    "JournalError",
    "LimitExceededError",
    "NotAllowedError",
    "NotFoundError",
    "Plan",
    "Progress",
    "ProtocolError",
    "RefusedError",
    "RejectedError",
    "Report",
    "Rows",
    "Run",
    "ServiceError",
    "ServicePrincipal",
    "ServicePrincipals",
    "Summary",
    "Target",
    "ThrottledError",
    "TokenCredential",
    "UnknownAttributeError",
    "UnreachableError",
    "User",
    "Users",
    "Value",
    "ValueType",
    "aconnect",
    "attr",
    "connect",
    "prop",
]


# asyncio takes longer to import than everything else here.
def __getattr__(name: str) -> Any:
    if name in __all__:
        from . import _aio

        return getattr(_aio, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
