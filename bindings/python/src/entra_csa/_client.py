"""The client: a connection to Microsoft Graph or to a sandbox."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from itertools import islice
from os import PathLike, fspath
from os.path import abspath
from types import TracebackType
from typing import Any

from . import _bulk, _core, _sign_in
from ._bulk import AnyChange, Change, Plan, Report, Run, Summary
from ._definitions import AllowedValues, Attributes, AttributeSets
from ._errors import Error, error
from ._model import (
    Access,
    Assignment,
    FoundServicePrincipal,
    Target,
    User,
    Value,
    ValueType,
    assignments,
    names,
    service_principal,
    target_json,
    user,
)
from ._sign_in import Context, TokenCredential


def connect(
    *,
    sandbox: bool = False,
    credential: TokenCredential | None = None,
    access_token: str | None = None,
    tenant_id: str | None = None,
    client_id: str | None = None,
    client_secret: str | None = None,
    certificate_path: str | PathLike[str] | None = None,
    certificate_password: str | None = None,
    identity: bool = False,
    workload_identity: bool = False,
    federated_token_file: str | PathLike[str] | None = None,
    azure_cli: bool = False,
    use_device_code: bool = False,
    scopes: Iterable[str] | None = None,
    environment_variable: bool = False,
    cloud: str | None = None,
    graph_uri: str | None = None,
    authority: str | None = None,
    custom_ca_path: str | PathLike[str] | None = None,
    log_values: bool = False,
    timeout_seconds: int = 100,
    quota: Mapping[str, float] | None = None,
) -> Client:
    """Connects to Microsoft Graph, or to a sandbox inside this process.

    Signs in at once, so that a mistake shows here. Tokens are renewed before they end and when the service takes one no more, except for a
    bare ``access_token``. No secret is in a log or an error. Proxies of the environment (``HTTPS_PROXY``, ``NO_PROXY``) are used.

    One of these says how to sign in:

    Args:
        sandbox: Use a small Microsoft Graph with the people of Microsoft's how-to; it needs no sign-in.
        credential: Any credential of azure-identity, or an object with the same ``get_token``. It is asked in a thread of its own.
        access_token: A bearer token for Microsoft Graph. It can't be renewed.
        client_secret: An application (``client_id`` in ``tenant_id``) with a secret: its value, not its id.
        certificate_path: An application with a certificate: a PEM or PFX file with its RSA key; ``certificate_password`` opens it.
        certificate_password: The password of the PFX file, or of the encrypted key in the PEM file.
        identity: The managed identity of the Azure resource that this runs on; with ``client_id`` a user-assigned one.
        workload_identity: An application with a token of another issuer: of ``federated_token_file`` or the variable
            ``AZURE_FEDERATED_TOKEN_FILE``, or of GitHub Actions in a job with the permission ``id-token: write``.
        federated_token_file: The file that has the token. It is read each time a token is wanted.
        azure_cli: Whoever is signed in with ``az login``.
        use_device_code: A person: prints a code to type at a page in any browser, and waits.
        scopes: The permissions to ask a person for. Those that this package needs, unless given.
        environment_variable: By ``AZURE_TENANT_ID``, ``AZURE_CLIENT_ID``, and ``AZURE_CLIENT_SECRET``,
            ``AZURE_CLIENT_CERTIFICATE_PATH`` or ``AZURE_FEDERATED_TOKEN_FILE``.
        tenant_id: The tenant: its id or one of its domains.
        client_id: The application (client) id.
        cloud: ``Global``, ``USGov`` (GCC High), ``USGovDoD`` or ``China``. It decides where to sign in and where Graph is.
        graph_uri: Root of Graph with its version, for another cloud or an emulator; https, or http to a loopback address.
        authority: Where to sign in, for another cloud or an emulator: such as https://login.microsoftonline.com.
        custom_ca_path: A PEM file with certificates to trust, beside those of the system.
        log_values: Whether the logger ``entra_csa`` is told the values that are written, beside names.
        timeout_seconds: Longest wait for one answer.
        quota: For a tenant with another quota than the published one: ``writes`` and ``write_seconds`` (3,000 writes in 150
            seconds), ``units`` and ``unit_seconds`` (resource units of reads, 3,500 to 8,000 in 10 seconds by the size of the
            tenant). Requests go no faster.

    Raises:
        InvalidRequestError: The arguments contradict each other, something is missing, or a file can't be used.
        AuthError: The sign-in is refused; the hint says what to do.
        UnreachableError: The authority does not answer.

    Source: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow,
    https://learn.microsoft.com/graph/deployments
    """
    given = {
        "credential": credential,
        "access_token": access_token,
        "tenant_id": tenant_id,
        "client_id": client_id,
        "client_secret": client_secret,
        "certificate_path": certificate_path,
        "certificate_password": certificate_password,
        "identity": identity,
        "workload_identity": workload_identity,
        "federated_token_file": federated_token_file,
        "azure_cli": azure_cli,
        "use_device_code": use_device_code,
        "scopes": None if scopes is None else names(scopes),
        "environment_variable": environment_variable,
    }
    config: dict[str, Any] = {"sandbox": sandbox, "timeoutSeconds": timeout_seconds, "logValues": log_values}
    # Given beside a sandbox it is a mistake, which the library tells.
    if not sandbox or any(value is not None and value is not False for value in given.values()):
        config["signIn"] = _sign_in.sign_in_json(given)
    for name, value in (("cloud", cloud), ("graphUri", graph_uri), ("authority", authority)):
        if value is not None:
            config[name] = value
    if custom_ca_path is not None:
        config["customCaPath"] = abspath(fspath(custom_ca_path))
    if quota is not None:
        camel = {"write_seconds": "writeSeconds", "unit_seconds": "unitSeconds"}
        config["quota"] = {camel.get(name, name): amount for name, amount in quota.items()}
    client = Client(*_core.open_client(config))
    try:
        if credential is not None:
            _sign_in.serve(client._handle, credential)
        _sign_in.context(client._handle, "context.signIn")
    except BaseException:
        client.close()
        raise
    return client


class Client:
    """A connection, made by :func:`connect`. Close it, or use it as a context manager. Safe to share by threads."""

    def __init__(self, handle: int, info: Mapping[str, Any]) -> None:
        self._handle = handle
        self.graph_uri: str = info["graphUri"]
        """Where requests go."""
        self.sandbox: bool = info["sandbox"]
        """Whether that is a sandbox."""
        self.attribute_sets = AttributeSets(handle)
        """The attribute sets of the tenant."""
        self.attributes = Attributes(handle)
        """The definitions of the tenant: ``client.attributes.Engineering.Project``."""
        self.allowed_values = AllowedValues(handle)
        """The allowed values of attributes."""

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<entra_csa.Client {self.graph_uri}{' (sandbox)' if self.sandbox else ''}>"

    @property
    def context(self) -> Context:
        """Who is signed in and how, with what permissions and until when; see :class:`Context`."""
        return _sign_in.context(self._handle, "context.get")

    def close(self) -> None:
        """Ends the connection and forgets the sign-in; the sandbox stops. Closing twice does nothing."""
        _core.close(self._handle)

    def get(
        self, target: Target, *, attribute: str | Iterable[str] | None = None, attribute_set: str | Iterable[str] | None = None
    ) -> list[Assignment]:
        """Reads what a target holds; an empty list if nothing is assigned.

        Graph answers the same for "nothing is assigned" and "you may not see it". Where the token itself shows that it is the
        second, a warning says so.

        Args:
            target: A user by object id or UPN, or an object that names a user or service principal (:data:`Target`).
            attribute: Only these attributes, by full name (``Engineering.Project``), in any case of letters.
            attribute_set: Only attributes of these sets, in any case of letters.

        Raises:
            NotFoundError: There is no such target.
            InvalidTargetError: The target is neither id nor UPN.
            Error: Other failures, one class for each code.

        Source: https://learn.microsoft.com/graph/api/user-get
        """
        params: dict[str, Any] = {"targets": [target_json(target)]}
        if attribute is not None:
            params["attributes"] = [{"attribute": name} for name in names(attribute)]
        if attribute_set is not None:
            params["attributeSets"] = names(attribute_set)
        held: list[Assignment] = []
        for item in _core.items(self._handle, "assignment.get", params):
            held += assignments(item["target"], item["assignments"])
        return held

    def get_many(self, targets: Iterable[Target]) -> Generator[tuple[Target, list[Assignment] | Error], None, None]:
        """Reads what many targets hold, in batches, no faster than the service's quota allows.

        Yields each target, in order, with what it holds, or with the error that reading it met. Nothing is sent before the first
        is asked for.

        Args:
            targets: Users by object id or UPN, or objects that name users or service principals.

        Source: https://learn.microsoft.com/graph/json-batching
        """
        targets = iter(targets)
        while group := list(islice(targets, 400)):
            call = _core.Call(self._handle, "assignment.get", {"targets": [target_json(target) for target in group]})
            try:
                for target in group:
                    while True:
                        item = call.next(_core.POLL_MS)
                        if item is None and call.ended:
                            raise error({"code": "internal", "message": "an answer is missing", "hint": "please report this"})
                        if item is None:
                            continue
                        if item["kind"] == "log":
                            if item["level"] == "warning":
                                warnings.warn(item["message"], stacklevel=2)
                            continue
                        break
                    yield target, error(item["error"]) if item["kind"] == "error" else assignments(item["target"], item["assignments"])
            finally:
                call.close()

    def bulk(
        self,
        changes: Iterable[AnyChange],
        *,
        journal: str | PathLike[str] | bool | None = None,
        keep_previous: bool = False,
        skip_unchanged: bool = False,
        quota_share: float = 0.9,
        progress: Report | None = None,
    ) -> Summary:
        """Makes many changes in one run: in batches, no faster than the service's quota allows, as safe as one.

        A change that fails is in ``failures`` of the result, and the others go on. Changes of one target keep their order and go
        in one request where they can: name a target in one way, by id or by UPN. KeyboardInterrupt stops the run within half a
        second; a warning says what is done and how to go on.

        Args:
            changes: Pairs of a target and a table from attributes to values, or :class:`Change` objects; any iterable, which is
                read as far ahead as 50,000 changes.
            journal: A file that holds each change before it is sent and each outcome: after a crash, :meth:`resume` goes on
                with it, and the same run with the same journal does not do again what is done. It holds values; only its owner
                can read it. None: in the state folder of the user beyond 100 changes. False: none.
            keep_previous: Read what is there before each change and keep it in the journal, for :meth:`undo`.
            skip_unchanged: Read first, in pages or batches, and write only what differs.
            quota_share: The part of the service's write quota to use (3,000 writes in 150 seconds for an application in a
                tenant), above 0 and at most 1.
            progress: A function that is told how far the run is, four times a second, or True for a progress bar.

        Raises:
            JournalError: The journal can't be used, or is of another run.
            InvalidRequestError: The arguments contradict each other.

        Source: https://learn.microsoft.com/graph/throttling
        """
        options: dict[str, Any] = {
            "keepPrevious": keep_previous,
            "skipUnchanged": skip_unchanged,
            "quotaShare": quota_share,
            "autoJournal": journal is None or journal is True,
            "command": "client.bulk",
        }
        if journal is not None and not isinstance(journal, bool):
            options["journal"] = _bulk.journal_path(journal)
        return _bulk.run(self._handle, "bulk.start", options, changes, progress)

    def resume(self, journal: str | PathLike[str] | None = None, *, quota_share: float = 0.9, progress: Report | None = None) -> Summary:
        """Goes on with a run that ended before it was done.

        What is confirmed is not sent again. What is not is read first, and written only if it is not there; what failed is tried
        again.

        Args:
            journal: The journal of the run; None: the last unfinished one of this user on this service.
            quota_share: The part of the service's write quota to use.
            progress: As :meth:`bulk`.

        Raises:
            JournalError: There is no such journal, it is damaged, or another process works on it.

        Source: https://learn.microsoft.com/graph/throttling
        """
        options: dict[str, Any] = {"quotaShare": quota_share}
        if journal is not None:
            options["journal"] = _bulk.journal_path(journal)
        return _bulk.run(self._handle, "bulk.resume", options, None, progress)

    def undo(self, journal: str | PathLike[str], *, quota_share: float = 0.9, progress: Report | None = None) -> Summary:
        """Puts back what was there before a run that was begun with ``keep_previous``.

        What somebody changed since is left as it is, with a warning. :meth:`plan_undo` shows beforehand what would be written.

        Args:
            journal: The journal of the run.
            quota_share: The part of the service's write quota to use.
            progress: As :meth:`bulk`.

        Raises:
            JournalError: The journal can't be used, or does not have what was there before.

        Source: https://learn.microsoft.com/graph/custom-security-attributes-examples
        """
        options = {"journal": _bulk.journal_path(journal), "quotaShare": quota_share}
        return _bulk.run(self._handle, "bulk.undo", options, None, progress)

    def plan_undo(self, journal: str | PathLike[str]) -> list[Plan]:
        """Tells what :meth:`undo` would write, as things are now. Nothing is written.

        Raises:
            JournalError: The journal can't be used, or does not have what was there before.
        """
        params = {"journal": _bulk.journal_path(journal), "plan": True}
        return [Plan(item["subject"], item["change"]) for item in _core.items(self._handle, "bulk.undo", params)]

    def runs(self, journals: Iterable[str | PathLike[str]] | None = None) -> list[Run]:
        """Lists runs by their journals, the oldest first. Nothing is sent.

        Args:
            journals: Journals to look at, instead of those in the state folder of the user.

        Raises:
            JournalError: A journal can't be read.
        """
        params: dict[str, Any] = {}
        if journals is not None:
            params["journals"] = [_bulk.journal_path(journal) for journal in journals]
        return [
            Run(
                item["started"],
                item["state"],
                item["changes"],
                item["changed"],
                item["unchanged"],
                item["failed"],
                item["left"],
                item["undone"],
                item["command"],
                item["graphUri"],
                item["keepPrevious"],
                item["journal"],
            )
            for item in _core.items(self._handle, "bulk.list", params)
        ]

    def set(
        self,
        target: Target,
        attribute: str | Mapping[str, Value] | None = None,
        value: Value | None = None,
        *,
        type: ValueType | None = None,
        add: Value | None = None,
        remove: Value | None = None,
        custom_security_attributes: Mapping[str, Any] | None = None,
        skip_definition_check: bool = False,
    ) -> None:
        """Assigns values to a target in one request; attributes not named keep theirs.

        Names and values are checked against the definitions of the tenant before anything is sent. The definition decides the
        type: text that is written as a number becomes one for an Int32, a single value becomes a collection of one. Without the
        right to read definitions a warning says so once, and ``str`` is String, ``int`` is Int32, ``bool`` is Boolean, a list is
        a collection, even of one element; text is never guessed to be a number.

        ``add`` and ``remove`` change single values of a collection: the target is read, changed, written and read back, and this
        is done again, five times at most, when another writer came between. Adding what is there writes nothing.

        Args:
            target: A user by object id or UPN, or an object that names a user or service principal (:data:`Target`).
            attribute: The name of one attribute, in full or alone where one set alone has it, or a table from names to values.
            value: The value, if ``attribute`` is a name: 1 to 64 characters a text, 32 bits a number, 50 values an object.
            type: The type to send; ``String`` makes text of a number for a String attribute.
            add: Instead of ``value``: one value or several to add to a collection.
            remove: Instead of ``value``, or beside ``add``: one value or several to take out of a collection.
            custom_security_attributes: Instead of the above, the nested table of Graph; ``None`` and ``[]`` in it remove.
            skip_definition_check: Send names and values as they are given; only the service checks them.

        Raises:
            InvalidValueError: A value breaks a rule; nothing was sent.
            InvalidNameError: A name breaks a rule; nothing was sent.
            NotAllowedError: The attribute is deprecated, or the value is no active allowed value; nothing was sent.
            ConflictError: Another writer kept changing what ``add`` and ``remove`` should change.
            UnknownAttributeError: The tenant has no such attribute.
            ForbiddenError: The sign-in may not assign.
            Error: Other failures, one class for each code.

        Source: https://learn.microsoft.com/graph/custom-security-attributes-examples
        """
        if add is not None or remove is not None:
            if not isinstance(attribute, str) or value is not None or type is not None or custom_security_attributes is not None:
                raise TypeError("give one attribute with add and remove, and no value")
            change = Change.edit(target, attribute, add=add, remove=remove, skip_definition_check=skip_definition_check)
        else:
            change = Change.set(
                target,
                attribute,
                value,
                type=type,
                custom_security_attributes=custom_security_attributes,
                skip_definition_check=skip_definition_check,
            )
        self._write(change)

    def remove(
        self,
        target: Target,
        attribute: str | Iterable[str] | None = None,
        *,
        value: Value | None = None,
        attribute_set: str | Iterable[str] | None = None,
        all: bool = False,
    ) -> list[str]:
        """Takes assignments away from a target and returns the full names of those that were there.

        Nothing to remove is not an error.

        Args:
            target: A user by object id or UPN, or an object that names a user or service principal (:data:`Target`).
            attribute: Attributes by full name.
            value: Only these values of a collection; its others stay.
            attribute_set: Everything of these sets.
            all: Everything the target holds.

        Raises:
            InvalidRequestError: Nothing is named to remove.
            ForbiddenError: The sign-in may not remove, or can't see what there is.
            Error: Other failures, one class for each code.

        Source: https://learn.microsoft.com/graph/custom-security-attributes-examples
        """
        if value is not None:
            if attribute is None or attribute_set is not None or all:
                raise TypeError("give the attributes that hold the value, and nothing else")
            edits = [Change.edit(target, name, remove=value) for name in names(attribute)]
            return [changed for edit in edits for changed in self._write(edit)]
        return self._write(Change.remove(target, attribute, attribute_set=attribute_set, all=all))

    def _write(self, change: Change) -> list[str]:
        items = _core.items(self._handle, change.op, {"targets": [target_json(change.target)], **change.params})
        return [name for item in items for name in item["attributes"]]

    def find_users(
        self,
        attribute: str | None = None,
        *,
        equal: Value | None = None,
        not_equal: Value | None = None,
        starts_with: str | list[str] | None = None,
        filter: str | Mapping[str, Any] | None = None,
        properties: Iterable[str] = (),
        first: int | None = None,
        skip_definition_check: bool = False,
    ) -> Generator[User, None, None]:
        """Yields the users that a condition finds, page by page; all users without one.

        Values are compared with regard to case. On a collection ``equal`` asks whether one element equals; ``not_equal`` gives
        everybody else, those without the attribute too. A list of values means one of them (``not_equal``: none of them). Lists
        lag behind writes by seconds to minutes. Nothing is sent before the first user is asked for; closing the generator ends
        the request.

        Args:
            attribute: The attribute to compare, in full or by name where one set alone has it.
            equal: Find users with this value.
            not_equal: Find users without this value.
            starts_with: Find users whose text begins so.
            filter: Instead of the above: OData text, or the structured form ``{"and": [{"attribute": …, "eq": …}, …]}``.
            properties: Further properties of the users to read, by Graph's names.
            first: At most so many users.
            skip_definition_check: Send names and values as they are given. Otherwise names go out in the casing of the tenant, and
                values in the type of the definition.

        Raises:
            InvalidFilterError: The filter can't be built or answered.
            UnknownAttributeError: The tenant has no such attribute.
            Error: Other failures, one class for each code.

        Source: https://learn.microsoft.com/graph/api/user-list
        """
        condition = _condition(attribute, equal, not_equal, starts_with, filter)
        return self._users(_search(condition, properties, first, skip_definition_check))

    def find_service_principals(
        self,
        attribute: str | None = None,
        *,
        equal: Value | None = None,
        not_equal: Value | None = None,
        starts_with: str | list[str] | None = None,
        filter: str | Mapping[str, Any] | None = None,
        properties: Iterable[str] = (),
        first: int | None = None,
        skip_definition_check: bool = False,
    ) -> Generator[FoundServicePrincipal, None, None]:
        """Yields the service principals that a condition finds, those of managed identities and agents too.

        Takes what :meth:`find_users` takes, and raises what it raises.

        Source: https://learn.microsoft.com/graph/api/serviceprincipal-list
        """
        condition = _condition(attribute, equal, not_equal, starts_with, filter)
        return self._service_principals(_search(condition, properties, first, skip_definition_check))

    def test_access(self) -> list[Access]:
        """Tells what this sign-in can do, and what is missing for the rest.

        Looks at the permissions and directory roles in the access token, and tries out what can be read. Nothing is written.

        Source: https://learn.microsoft.com/entra/fundamentals/custom-security-attributes-manage
        """
        return [
            Access(item["capability"], item["allowed"], item["missing"], item["permission"], item["role"])
            for item in _core.items(self._handle, "access.test", {})
        ]

    def _users(self, params: Mapping[str, Any]) -> Generator[User, None, None]:
        with closing(_core.items(self._handle, "user.find", params)) as items:
            for item in items:
                yield user(item)

    def _service_principals(self, params: Mapping[str, Any]) -> Generator[FoundServicePrincipal, None, None]:
        with closing(_core.items(self._handle, "servicePrincipal.find", params)) as items:
            for item in items:
                yield service_principal(item)


def _condition(
    attribute: str | None, equal: Value | None, not_equal: Value | None, starts_with: str | list[str] | None, filter: str | Mapping[str, Any] | None
) -> str | Mapping[str, Any] | None:
    conditions = {"eq": equal, "ne": not_equal, "startsWith": starts_with}
    given = {operator: value for operator, value in conditions.items() if value is not None}
    if attribute is None and given:
        raise TypeError("give the attribute to compare")
    if attribute is None:
        return filter
    if len(given) != 1 or filter is not None:
        raise TypeError("give exactly one of equal, not_equal and starts_with with an attribute, and no filter")
    return {"attribute": attribute, **given}


def _search(
    condition: str | Mapping[str, Any] | None, properties: Iterable[str], first: int | None, skip_definition_check: bool
) -> dict[str, Any]:
    params: dict[str, Any] = {"properties": list(properties), "skipDefinitionCheck": skip_definition_check}
    if condition is not None:
        params["filter"] = condition
    if first is not None:
        params["first"] = first
    return params
