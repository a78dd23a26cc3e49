"""The client: a connection to Microsoft Graph or to a sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from os import PathLike, fspath
from os.path import abspath
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from . import _bulk, _core, _sign_in
from ._bulk import AnyChange, Outcome, Plan, Report, Run, Summary
from ._definitions import AllowedValues, Attributes, AttributeSets
from ._model import Access, Target, ValueType, names
from ._show import Rows
from ._sign_in import Context, TokenCredential
from ._targets import ServicePrincipals, Users

if TYPE_CHECKING:
    from ._table import Column


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

    >>> with entra_csa.connect(sandbox=True) as other:
    ...     other.context.mode
    'sandbox'

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
    """A connection, made by :func:`connect`. Close it, or use it as a context manager. Safe to share by threads.

    >>> client.sandbox, client.graph_uri.endswith("/v1.0")
    (True, True)
    """

    def __init__(self, handle: int, info: Mapping[str, Any]) -> None:
        self._handle = handle
        self.graph_uri: str = info["graphUri"]
        """Where requests go."""
        self.sandbox: bool = info["sandbox"]
        """Whether that is a sandbox."""
        self.users = Users(handle)
        """The users of the tenant."""
        self.service_principals = ServicePrincipals(handle)
        """The service principals of the tenant."""
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
        """Who is signed in and how, with what permissions and until when; see :class:`Context`.

        >>> client.context.tenant_id
        'aaaabbbb-0000-cccc-1111-dddd2222eeee'
        """
        return _sign_in.context(self._handle, "context.get")

    def close(self) -> None:
        """Ends the connection and forgets the sign-in; the sandbox stops. Closing twice does nothing.

        >>> other = entra_csa.connect(sandbox=True)
        >>> other.close()
        """
        _core.close(self._handle)

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

        >>> changes = [("joe@contoso.com", {"Engineering.NumVendors": 4}), ("nobody@contoso.com", {"Engineering.NumVendors": 4})]
        >>> done = client.bulk(changes, journal="run.jsonl")
        >>> done.changed, [failure.error.code for failure in done.failures]
        (1, ['notFound'])

        Source: https://learn.microsoft.com/graph/throttling
        """
        options = _bulk.options("client.bulk", journal, keep_previous, skip_unchanged, quota_share)
        return _bulk.run(self._handle, "bulk.start", options, changes, progress)

    def bulk_from(
        self,
        frame: Any,
        target: str,
        columns: Mapping[str, str | tuple[str, ValueType]] | None = None,
        *,
        separator: str | None = None,
        empty: Literal["keep", "remove"] = "keep",
        target_type: Callable[[str], Target] = str,
        journal: str | PathLike[str] | bool | None = None,
        keep_previous: bool = False,
        skip_unchanged: bool = False,
        quota_share: float = 0.9,
        progress: Report | None = None,
    ) -> Any:
        """Assigns what a table says, in one run as :meth:`bulk` makes it, and gives a table of what became of each row.

        A cell is a text, a whole number, a truth value or a list of these. A float that is a whole number counts as one: pandas
        makes it so in columns with gaps. An empty cell (missing, ``""`` or an empty list) leaves what is assigned as it is,
        unless ``empty`` says otherwise; the directory knows no empty lists. Everything that can be wrong with the table as a
        whole is told before anything is sent; what is wrong with one row fails that row.

        Args:
            frame: A DataFrame of pandas or polars, a table of pyarrow (or anything that gives an Arrow stream), the path of a CSV
                file with a head (UTF-8), or rows as dictionaries.
            target: The column with the targets: UPNs or object ids.
            columns: The attributes of the columns that have values. A pair of an attribute and a type is sent with that type.
                None: all columns that are named like attributes (``Engineering.Project``), as a wide table of :meth:`Found.to_pandas`
                has them; or, in a long one, the columns ``attribute_set``, ``attribute``, ``type`` and ``value``.
            separator: What stands between the elements where text holds a collection, such as ``";"``.
            empty: ``remove``: an empty cell takes the attribute away.
            target_type: What makes a target of a cell: :class:`ServicePrincipal` or :class:`App`, for example.
            journal: As :meth:`bulk`.
            keep_previous: As :meth:`bulk`.
            skip_unchanged: As :meth:`bulk`.
            quota_share: As :meth:`bulk`.
            progress: As :meth:`bulk`.

        Returns:
            A table of the same library, for CSV and rows of the first of pandas, polars and pyarrow that is installed, else a list
            of dictionaries. One row for each row given, in order, with its index in pandas: ``target``; ``status``: ``changed``,
            ``unchanged``, ``failed``, ``empty`` (the row asks for nothing) or ``skipped`` (confirmed by an earlier run with this
            journal); ``attributes``: the full names of what was written; ``code``, ``message`` and ``hint`` of a failure.

        Raises:
            InvalidRequestError: A column is missing, or two rows give different values for one attribute of one target. Nothing
                was sent.
            UnknownAttributeError: The tenant has no such attribute. Nothing was sent.
            JournalError: The journal can't be used, or is of another run.

        >>> staff = [{"upn": "joe@contoso.com", "Projects": "Baker;Cascade"}, {"upn": "dara@contoso.com", "Projects": "Alpine"}]
        >>> done = client.bulk_from(staff, target="upn", columns={"Projects": "Engineering.Project"}, separator=";")
        >>> list(done["status"])
        ['changed', 'changed']

        Source: https://learn.microsoft.com/graph/throttling
        """
        # Who has no table need not wait for its import.
        from . import _table

        source = _table.read(frame)
        chosen = _table.columns_of(source, target, columns)
        if separator is not None and chosen is not None:
            chosen = [self._with_separator(column, separator) for column in chosen]
        rows = _table.rows(source, target, chosen, removes=empty == "remove")
        changes = _table.changes(rows, target_type)
        numbers = {id(change): number for number, change in changes}
        outcomes: dict[int, list[Outcome]] = {}

        def tell(outcome: Outcome) -> None:
            outcomes.setdefault(numbers.get(id(outcome.change), -1), []).append(outcome)

        options = _bulk.options("client.bulk_from", journal, keep_previous, skip_unchanged, quota_share)
        _bulk.run(self._handle, "bulk.start", options, (change for _, change in changes), progress, tell)
        return _table.results(source, rows, outcomes)

    def _with_separator(self, column: Column, separator: str) -> Column:
        # Only collections have elements: in any other text the separator is a part of it.
        of_type = column.type or self.attributes.list(column.attribute)[0].type
        return column._replace(separator=separator if of_type.endswith("[]") else None)

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

        >>> done = client.bulk([("joe@contoso.com", {"Engineering.NumVendors": 4})], journal="run.jsonl")
        >>> client.resume("run.jsonl").skipped
        1

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

        >>> done = client.bulk([("joe@contoso.com", {"Engineering.NumVendors": 4})], journal="run.jsonl", keep_previous=True)
        >>> client.undo("run.jsonl").changed
        1
        >>> client.users.get("joe@contoso.com", attribute="Engineering.NumVendors")[0].value
        8

        Source: https://learn.microsoft.com/graph/custom-security-attributes-examples
        """
        options = {"journal": _bulk.journal_path(journal), "quotaShare": quota_share}
        return _bulk.run(self._handle, "bulk.undo", options, None, progress)

    def plan_undo(self, journal: str | PathLike[str]) -> Rows[Plan]:
        """Tells what :meth:`undo` would write, as things are now. Nothing is written.

        Raises:
            JournalError: The journal can't be used, or does not have what was there before.

        >>> done = client.bulk([("joe@contoso.com", {"Engineering.NumVendors": 4})], journal="run.jsonl", keep_previous=True)
        >>> [(plan.target, plan.change) for plan in client.plan_undo("run.jsonl")]
        [('joe@contoso.com', 'Engineering.NumVendors from 4 to 8')]
        """
        params = {"journal": _bulk.journal_path(journal), "plan": True}
        return Rows(Plan(item["subject"], item["change"]) for item in _core.Items(self._handle, "bulk.undo", params))

    def runs(self, journals: Iterable[str | PathLike[str]] | None = None) -> Rows[Run]:
        """Lists runs by their journals, the oldest first. Nothing is sent.

        Args:
            journals: Journals to look at, instead of those in the state folder of the user.

        Raises:
            JournalError: A journal can't be read.

        >>> done = client.bulk([("joe@contoso.com", {"Engineering.NumVendors": 4})], journal="run.jsonl")
        >>> [(run.state, run.changed) for run in client.runs(["run.jsonl"])]
        [('complete', 1)]
        """
        params: dict[str, Any] = {}
        if journals is not None:
            params["journals"] = [_bulk.journal_path(journal) for journal in journals]
        return Rows(
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
            for item in _core.Items(self._handle, "bulk.list", params)
        )

    def test_access(self) -> Rows[Access]:
        """Tells what this sign-in can do, and what is missing for the rest.

        Looks at the permissions and directory roles in the access token, and tries out what can be read. Nothing is written.

        >>> [access.capability for access in client.test_access() if access.allowed][:2]
        ['read assignments', 'write assignments']

        Source: https://learn.microsoft.com/entra/fundamentals/custom-security-attributes-manage
        """
        return Rows(
            Access(item["capability"], item["allowed"], item["missing"], item["permission"], item["role"])
            for item in _core.Items(self._handle, "access.test", {})
        )
