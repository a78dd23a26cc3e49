"""Every way to sign in, over HTTP to the emulator's own token endpoint."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import emulator, program
from signing_in import (
    CERTIFICATES,
    CLIENT,
    GITHUB_TOKEN,
    IDENTITY_HEADER,
    PASSWORD,
    PERMISSIONS,
    SECRET,
    TENANT,
    azure_cli,
    directory,
    federated_token,
    token,
)

import entra_csa

JOE = "joe@contoso.com"
APPLICATION = {"tenant_id": TENANT, "client_id": CLIENT}


@pytest.fixture
def url() -> Iterator[str]:
    with program() as url:
        emulator("PUT", f"{url}/emulator/sign-in", directory())
        yield url


def connect(url: str, **arguments: Any) -> entra_csa.Client:
    return entra_csa.connect(graph_uri=f"{url}/v1.0", authority=url, **arguments)


def given(url: str) -> int:
    """How many tokens were given."""
    sent: list[dict[str, Any]] = emulator("GET", f"{url}/emulator/requests")
    return sum(entry["path"].endswith("/token") and entry["status"] == 200 for entry in sent)


def reads(client: entra_csa.Client) -> bool:
    return bool(client.users.get(JOE))


def test_a_secret(url: str) -> None:
    with connect(url, **APPLICATION, client_secret=SECRET) as client:
        assert reads(client)
        context = client.context
    assert (context.mode, context.tenant_id, context.client_id, context.account) == ("clientSecret", TENANT, CLIENT, None)
    assert list(context.permissions) == PERMISSIONS
    assert context.expires_on is not None and context.expires_on > datetime.now(timezone.utc)
    with pytest.raises(entra_csa.AuthError, match="AADSTS7000215") as caught:
        connect(url, **APPLICATION, client_secret="wrong")
    assert caught.value.hint == "give the value of the client secret, not its id"


def test_a_certificate(url: str, tmp_path: Path) -> None:
    with connect(url, **APPLICATION, certificate_path=CERTIFICATES / "encrypted.pem", certificate_password=PASSWORD) as client:
        assert reads(client) and client.context.mode == "clientCertificate"
    pfx = tmp_path / "application.pfx"
    import base64

    pfx.write_bytes(base64.b64decode((CERTIFICATES / "application.pfx.txt").read_text()))
    with connect(url, **APPLICATION, certificate_path=str(pfx), certificate_password=PASSWORD) as client:
        assert reads(client)
    with pytest.raises(entra_csa.InvalidRequestError, match="this password does not open"):
        connect(url, **APPLICATION, certificate_path=CERTIFICATES / "encrypted.pem", certificate_password="wrong")
    with pytest.raises(entra_csa.AuthError, match="AADSTS700027"):
        connect(url, **APPLICATION, certificate_path=CERTIFICATES / "stranger.pem")


def test_a_token_of_another_issuer(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "token"
    file.write_text(federated_token(url))
    with connect(url, **APPLICATION, federated_token_file=file) as client:
        assert reads(client) and client.context.mode == "workloadIdentity"
    monkeypatch.setenv("AZURE_TENANT_ID", TENANT)
    monkeypatch.setenv("AZURE_CLIENT_ID", CLIENT)
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(file))
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", url)
    with entra_csa.connect(graph_uri=f"{url}/v1.0", workload_identity=True) as client:
        assert reads(client)
    with entra_csa.connect(graph_uri=f"{url}/v1.0", environment_variable=True) as client:
        assert reads(client)
    monkeypatch.delenv("AZURE_FEDERATED_TOKEN_FILE")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", f"{url}/github/token?api-version=2.0")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", GITHUB_TOKEN)
    with connect(url, workload_identity=True) as client:
        assert reads(client)


def test_variables_of_the_environment(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(entra_csa.InvalidRequestError, match="the environment has no way to sign in"):
        connect(url, environment_variable=True)
    monkeypatch.setenv("AZURE_TENANT_ID", TENANT)
    monkeypatch.setenv("AZURE_CLIENT_ID", CLIENT)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", SECRET)
    with connect(url, environment_variable=True) as client:
        assert reads(client) and client.context.mode == "clientSecret"
    # Where a secret is given, the environment's is none of its business.
    with pytest.raises(entra_csa.AuthError):
        connect(url, **APPLICATION, client_secret="wrong")
    with pytest.raises(entra_csa.InvalidRequestError, match="tenantId is missing"):
        connect(url, client_id=CLIENT, client_secret=SECRET)


def child(url: str, arguments: str, **environment: str) -> dict[str, Any]:
    """What a process of its own says of its connection: some sign-ins go by the environment that a process starts with."""
    script = f"""
import entra_csa, json
try:
    with entra_csa.connect(graph_uri="{url}/v1.0", authority="{url}", {arguments}) as client:
        held = client.users.get("{JOE}")
        print(json.dumps({{"mode": client.context.mode, "client": client.context.client_id, "held": len(held)}}))
except entra_csa.Error as error:
    print(json.dumps({{"error": str(error), "hint": error.hint}}))
"""
    ran = subprocess.run([sys.executable, "-c", script], env={**os.environ, **environment}, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def test_a_managed_identity_of_a_virtual_machine(url: str) -> None:
    machine = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": url}
    own = child(url, "identity=True", **machine)
    assert (own["mode"], own["client"]) == ("managedIdentity", "own") and own["held"]
    assert child(url, "identity=True, client_id='other'", **machine)["client"] == "other"
    assert "has not been assigned" in child(url, "identity=True, client_id='nobody'", **machine)["error"]


def test_a_machine_without_an_identity_says_so_soon(url: str) -> None:
    begin = time.monotonic()
    answer = child(url, "identity=True", AZURE_POD_IDENTITY_AUTHORITY_HOST="http://127.0.0.1:9")
    assert "can't be reached" in answer["error"] and "managed identity" in answer["hint"], answer
    assert time.monotonic() - begin < 30


def test_a_managed_identity_of_app_service_and_automation(url: str) -> None:
    service = {"IDENTITY_ENDPOINT": f"{url}/msi/token", "IDENTITY_HEADER": IDENTITY_HEADER}
    assert child(url, "identity=True", **service)["client"] == "own"
    assert child(url, "identity=True, client_id='other'", **service)["client"] == "other"
    assert "error" in child(url, "identity=True", **{**service, "IDENTITY_HEADER": "wrong"})


def test_a_metadata_service_that_is_busy_is_asked_again(url: str) -> None:
    emulator("POST", f"{url}/emulator/faults", [{"path": "/metadata/", "status": 429, "retryAfter": "0"}])
    assert child(url, "identity=True", AZURE_POD_IDENTITY_AUTHORITY_HOST=url)["client"] == "own"


@pytest.mark.skipif(sys.platform == "win32", reason="the az of this test is a shell script")
def test_the_azure_cli(url: str, tmp_path: Path) -> None:
    answer = json.dumps({"accessToken": token(url), "expires_on": int(time.time()) + 3600, "tokenType": "Bearer"})
    path = azure_cli(tmp_path, f"[ \"$*\" = 'account get-access-token -o json --scope {url}/.default' ] && echo '{answer}'")
    assert child(url, "azure_cli=True", PATH=path)["mode"] == "azureCli"
    path = azure_cli(tmp_path, "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1")
    refused = child(url, "azure_cli=True", PATH=path)
    assert "az login" in refused["error"] and "az login" in refused["hint"]


def test_a_device_code(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with connect(url, use_device_code=True, client_id=CLIENT, scopes=["CustomSecAttributeAssignment.Read.All", "User.Read.All"]) as client:
        assert f"{url}/device" in capsys.readouterr().out
        context = client.context
    assert (context.mode, context.account, context.permissions) == ("deviceCode", "admin@contoso.com", ("User.Read.All",))
    with connect(url, use_device_code=True, client_id=CLIENT) as client:
        assert reads(client)


def test_ctrl_c_ends_waiting_for_a_person(url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    emulator("PUT", f"{url}/emulator/sign-in", directory(person={"polls": 1000000, "interval": 1}))

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.print", interrupt)
    with pytest.raises(KeyboardInterrupt):
        connect(url, use_device_code=True, client_id=CLIENT)


class Credential:
    """As those of azure-identity."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.calls: list[tuple[tuple[str, ...], dict[str, Any]]] = []

    def get_token(self, *scopes: str, **options: Any) -> Any:
        self.calls.append((scopes, options))
        return SimpleNamespace(token=token(self.url), expires_on=int(time.time()) + 3600)


def test_a_credential_of_azure_identity(url: str) -> None:
    credential = Credential(url)
    with connect(url, credential=credential) as client:
        assert reads(client) and client.context.mode == "supplied"
        assert credential.calls == [((f"{url}/.default",), {"enable_cae": True})]
        emulator("PUT", f"{url}/emulator/challenge", {"access_token": {"nbf": {"value": "1"}}})
        # Its tokens do not have what the challenge wants.
        with pytest.raises(entra_csa.AuthError):
            reads(client)
        assert credential.calls[1][1]["claims"] == '{"access_token":{"nbf":{"value":"1"}}}'


def test_a_credential_that_takes_scopes_only(url: str) -> None:
    class Plain:
        def get_token(self, *scopes: str) -> Any:
            return SimpleNamespace(token=token(url), expires_on=int(time.time()) + 3600)

    with connect(url, credential=Plain()) as client:
        assert reads(client)


def test_what_a_credential_raises_is_told(url: str) -> None:
    class Broken:
        def get_token(self, *scopes: str, **options: Any) -> Any:
            raise ValueError("no account is signed in")

    class Asynchronous:
        async def get_token(self, *scopes: str, **options: Any) -> Any:
            return None

    with pytest.raises(entra_csa.AuthError, match="ValueError: no account is signed in"):
        connect(url, credential=Broken())
    asynchronous: Any = Asynchronous()
    with pytest.raises(entra_csa.AuthError, match="give the credential of azure.identity"):
        connect(url, credential=asynchronous)


def test_a_bare_token_that_ends_says_how_to_go_on_and_the_journal_does(url: str, tmp_path: Path) -> None:
    journal = tmp_path / "run.jsonl"
    people = [user.user_principal_name for user in connect(url, **APPLICATION, client_secret=SECRET).users.find()][:100]
    changes = [(person, {"Marketing.EmployeeId": f"E{number}"}) for number, person in enumerate(people) if person]
    with connect(url, access_token=token(url)) as client:
        client.attributes.Marketing.EmployeeId.type  # noqa: B018 - reads the definitions
        emulator("PUT", f"{url}/emulator/hostility", {"tokenRequests": 2})
        done = client.bulk(changes, journal=journal)
    assert 0 < done.changed < len(changes)
    error = done.failures[-1].error
    assert isinstance(error, entra_csa.AuthError) and error.hint is not None
    assert "a sign-in that lasts" in error.hint and "client.resume" in error.hint
    emulator("PUT", f"{url}/emulator/hostility", {})
    with connect(url, **APPLICATION, client_secret=SECRET) as client:
        resumed = client.resume(journal)
    assert resumed.skipped + resumed.changed + resumed.unchanged == len(changes) and not resumed.failures


def test_two_tenants_at_once(url: str) -> None:
    with program() as other:
        emulator("PUT", f"{other}/emulator/sign-in", directory(tenantId="fabrikam.com"))
        with (
            connect(url, **APPLICATION, client_secret=SECRET) as contoso,
            connect(other, tenant_id="fabrikam.com", client_id=CLIENT, client_secret=SECRET) as fabrikam,
        ):
            contoso.users.set(JOE, "Engineering.NumVendors", 71)
            fabrikam.users.set(JOE, "Engineering.NumVendors", 72)
            assert [c.users.get(JOE, attribute="Engineering.NumVendors")[0].value for c in (contoso, fabrikam)] == [71, 72]
            assert fabrikam.context.tenant_id == "fabrikam.com"


def test_https_with_a_certificate_authority_of_ones_own(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    with program("--tls", str(ca)) as url:
        import ssl
        import urllib.request

        trusting = ssl.create_default_context(cafile=str(ca))
        body = json.dumps(directory()).encode()
        request = urllib.request.Request(f"{url}/emulator/sign-in", data=body, method="PUT")
        urllib.request.urlopen(request, context=trusting).close()
        with connect(url, **APPLICATION, client_secret=SECRET, custom_ca_path=ca) as client:
            assert reads(client)
        with pytest.raises(entra_csa.UnreachableError) as caught:
            connect(url, **APPLICATION, client_secret=SECRET)
        assert caught.value.hint is not None and "custom_ca_path" in caught.value.hint
    with pytest.raises(entra_csa.InvalidRequestError, match="can't be read"):
        connect(url, access_token="t", custom_ca_path=tmp_path / "none.pem")


def test_the_proxy_of_the_environment_is_used(url: str) -> None:
    # The emulator does what a proxy would; nobody is at the address that is asked for.
    proxied = {"HTTP_PROXY": url, "http_proxy": url, "NO_PROXY": "", "no_proxy": ""}
    elsewhere = "http://127.0.0.1:9"
    answer = child(elsewhere, f"tenant_id='{TENANT}', client_id='{CLIENT}', client_secret={SECRET!r}", **proxied)
    assert answer.get("held"), answer
    # The machine's own endpoint is not asked for through a proxy.
    answer = child(url, "identity=True", **{**proxied, "HTTP_PROXY": elsewhere, "http_proxy": elsewhere, "NO_PROXY": "none.example", "AZURE_POD_IDENTITY_AUTHORITY_HOST": url})
    assert "can't be reached" in answer["error"] and given(url) == 2


def test_clouds_by_name(tmp_path: Path) -> None:
    roots = {
        "Global": "https://graph.microsoft.com/v1.0",
        "USGov": "https://graph.microsoft.us/v1.0",
        "USGovDoD": "https://dod-graph.microsoft.us/v1.0",
        "china": "https://microsoftgraph.chinacloudapi.cn/v1.0",
    }
    for cloud, root in roots.items():
        with entra_csa.connect(cloud=cloud, access_token="t") as client:
            assert client.graph_uri == root
            assert client.context.cloud == ("China" if cloud == "china" else cloud)
    with pytest.raises(entra_csa.InvalidRequestError, match='there is no cloud "Mars"'):
        entra_csa.connect(cloud="Mars", access_token="t")
    with pytest.raises(entra_csa.InvalidRequestError, match="is not https"):
        entra_csa.connect(authority="http://login.microsoftonline.com", tenant_id="t", client_id="c", client_secret="s")


def test_one_way_to_sign_in_has_to_be_given() -> None:
    with pytest.raises(entra_csa.InvalidRequestError, match="no way to sign in is given"):
        entra_csa.connect()
    with pytest.raises(entra_csa.InvalidRequestError, match="clientSecret and azureCli are given together"):
        entra_csa.connect(client_secret="s", azure_cli=True)
    with pytest.raises(entra_csa.InvalidRequestError, match="certificatePassword is given and has no use here"):
        entra_csa.connect(tenant_id="t", client_id="c", client_secret="s", certificate_password="p")


def test_writes_are_logged_with_values_only_on_demand(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="entra_csa"):
        with entra_csa.connect(sandbox=True) as client:
            client.users.set(JOE, "Engineering.NumVendors", 4711)
            client.bulk([(JOE, {"Engineering.NumVendors": 4712})])
        assert caplog.messages == [f"{JOE}: changed Engineering.NumVendors"] * 2
        caplog.clear()
        with entra_csa.connect(sandbox=True, log_values=True) as client:
            client.users.set(JOE, "Engineering.NumVendors", 4711)
            client.users.add(JOE, "Engineering.Project", ["Cascade"])
        assert caplog.messages[0] == f"{JOE}: changed Engineering.NumVendors = 4711"
        assert "Cascade" in caplog.messages[1]
