"""How to sign in: the arguments of :func:`entra_csa.connect`, what a connection is, and tokens of the caller's own credential."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from . import _core
from ._errors import Error, error

if TYPE_CHECKING:
    from datetime import datetime

# What the library looks up, as this process sees it.
_VARIABLES = (
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_AUTHORITY_HOST",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
)


class AccessToken(Protocol):
    """What a credential gives: azure-identity's ``AccessToken``, or anything like it.

    >>> class Token:
    ...     token = "eyJ0eXAi..."
    ...     expires_on = 4102444800
    >>> token: entra_csa.AccessToken = Token()
    """

    @property
    def token(self) -> str:
        """The bearer token."""

    @property
    def expires_on(self) -> int:
        """When it ends, in seconds since 1970."""


class TokenCredential(Protocol):
    """Any credential of azure-identity, or an object with the same method.

    >>> class Credential:
    ...     def get_token(self, *scopes, **options):
    ...         return ask_my_broker(scopes)
    >>> credential: entra_csa.TokenCredential = Credential()

    Source: https://learn.microsoft.com/python/api/azure-core/azure.core.credentials.tokencredential
    """

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """A token for the scopes; ``claims`` and ``enable_cae`` may be among the options."""


class Context(NamedTuple):
    """What a connection is. It never holds a token or a secret.

    Attributes:
        mode: How the sign-in was done: ``accessToken``, ``clientSecret``, ``clientCertificate``, ``managedIdentity``,
            ``workloadIdentity``, ``azureCli``, ``deviceCode``, ``supplied`` (by a credential), or ``sandbox``.
        tenant_id: The tenant of the latest token.
        client_id: The application that the latest token was given to.
        account: The user name of the person, if it is one.
        cloud: ``Global``, ``USGov``, ``USGovDoD`` or ``China``; None for another root.
        permissions: The permissions in the latest token.
        expires_on: When the latest token ends, as far as that is known. It is renewed before, where the mode can.
        graph_uri: Where requests go.

    >>> client.context.mode, client.context.permissions[0]
    ('sandbox', 'CustomSecAttributeAssignment.ReadWrite.All')
    """

    mode: str
    tenant_id: str | None
    client_id: str | None
    account: str | None
    cloud: str | None
    permissions: tuple[str, ...]
    expires_on: datetime | None
    graph_uri: str


def context(handle: int, operation: str) -> Context:
    """What a connection is, after an operation that tells.

    Raises:
        AuthError: The sign-in is refused.
    """
    # Importing the package must not wait for it.
    from datetime import datetime

    found: Context | None = None
    for item in _core.Items(handle, operation, {}):
        if item["kind"] == "deviceCode":
            print(item["message"], flush=True)
        else:
            ends = item["expiresOn"]
            found = Context(
                mode=item["mode"],
                tenant_id=item["tenantId"],
                client_id=item["clientId"],
                account=item["account"],
                cloud=item["cloud"],
                permissions=tuple(item["permissions"]),
                expires_on=None if ends is None else datetime.fromisoformat(ends.replace("Z", "+00:00")),
                graph_uri=item["graphUri"],
            )
    if found is None:
        raise error({"code": "internal", "message": "the connection does not say what it is", "hint": "please report this"})
    return found


def sign_in_json(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of ``connect`` that say how to sign in, as the library takes them.

    Raises:
        InvalidRequestError: None or more than one way is given.
    """
    modes = {
        "accessToken": given["access_token"] is not None,
        "clientSecret": given["client_secret"] is not None,
        "clientCertificate": given["certificate_path"] is not None,
        "managedIdentity": bool(given["identity"]),
        "workloadIdentity": bool(given["workload_identity"]) or given["federated_token_file"] is not None,
        "azureCli": bool(given["azure_cli"]),
        "deviceCode": bool(given["use_device_code"]),
        "environmentVariable": bool(given["environment_variable"]),
        "supplied": given["credential"] is not None,
    }
    chosen = [mode for mode, is_given in modes.items() if is_given]
    if len(chosen) != 1:
        raise error(
            {
                "code": "invalidRequest",
                "message": f"{' and '.join(chosen)} are given together" if chosen else "no way to sign in is given",
                "hint": "give one: sandbox, credential, client_secret, certificate_path, identity, workload_identity, azure_cli, "
                "use_device_code, environment_variable or access_token",
            }
        )
    names = {
        "access_token": "accessToken",
        "tenant_id": "tenantId",
        "client_id": "clientId",
        "client_secret": "clientSecret",
        "certificate_password": "certificatePassword",
        "scopes": "scopes",
    }
    json: dict[str, Any] = {"mode": chosen[0]}
    json.update({camel: given[name] for name, camel in names.items() if given[name] is not None})
    for name, camel in (("certificate_path", "certificatePath"), ("federated_token_file", "federatedTokenFile")):
        if given[name] is not None:
            json[camel] = os.path.abspath(os.fspath(given[name]))
    if chosen[0] in ("workloadIdentity", "environmentVariable"):
        json["environment"] = {name: os.environ[name] for name in _VARIABLES if name in os.environ}
    return json


def serve(handle: int, credential: TokenCredential) -> None:
    """Asks the credential whenever the connection wants a token, in a thread of its own that ends with the connection."""
    # Most connections need no thread, and importing it takes time.
    from threading import Thread

    requests = _core.Call(handle, "token.requests", {})
    Thread(target=_serve, args=(handle, requests, credential), name="entra-csa-tokens", daemon=True).start()


def _serve(handle: int, requests: _core.Call, credential: TokenCredential) -> None:
    try:
        while not requests.ended:
            wanted = requests.next(_core.POLL_MS)
            if wanted is not None:
                answer = {"request": wanted["request"], **_token(credential.get_token, wanted)}
                for _ in _core.Items(handle, "token.supply", answer):
                    pass
    except Error:
        # The connection is closed.
        pass
    finally:
        requests.close()


def _token(get_token: Callable[..., AccessToken], wanted: Mapping[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = {"enable_cae": True}
    if wanted["claims"] is not None:
        options["claims"] = wanted["claims"]
    try:
        try:
            token = get_token(wanted["scope"], **options)
        except TypeError:
            # One that takes no options; a challenge can't be answered by it.
            if wanted["claims"] is not None:
                raise
            token = get_token(wanted["scope"])
        coroutine: Any = token
        if hasattr(coroutine, "__await__"):
            coroutine.close()
            return {"error": "it is one of azure.identity.aio: give the credential of azure.identity"}
        return {"accessToken": token.token, "expiresOn": token.expires_on}
    # Whatever the credential raises is what the person has to know.
    except Exception as failure:
        return {"error": f"{type(failure).__name__}: {failure}"}
