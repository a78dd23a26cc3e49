"""No secret is in anything that a process writes, with every way to sign in, whether it works or not."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

from conftest import emulator, program
from signing_in import CERTIFICATES, CLIENT, GITHUB_TOKEN, IDENTITY_HEADER, PASSWORD, SECRET, TENANT, azure_cli, directory, token

KEY = (CERTIFICATES / "application.pem").read_text().splitlines()[-3]
SECRETS = [SECRET, PASSWORD, IDENTITY_HEADER, GITHUB_TOKEN, KEY]
# Every token and assertion begins so.
JWT = "eyJhbGciOi"


def traces(secret: str) -> Iterator[str]:
    """A secret as it is, and in the forms that a log might have it in."""
    yield secret
    yield urllib.parse.quote(secret, safe="")
    yield json.dumps(secret)[1:-1]
    # Base64 depends on what stands before: all three positions, without the characters that depend on the neighbours.
    for shift, start in ((0, 0), (1, 2), (2, 3)):
        code = base64.b64encode(b"\0" * shift + secret.encode()).decode()[start:].rstrip("=")[:-1]
        yield code
        yield code.replace("+", "-").replace("/", "_")


def found(text: str) -> list[str]:
    return [trace for secret in SECRETS for trace in traces(secret) if trace in text] + [JWT] * (JWT in text)


SCRIPT = """
import json, logging, os, sys, traceback, warnings
logging.basicConfig(level=logging.DEBUG)
warnings.simplefilter("always")
import entra_csa
from types import SimpleNamespace

url, journal, certificates, tenant, client = sys.argv[1:]
secret, password = os.environ["TEST_SECRET"], os.environ["TEST_PASSWORD"]
app = {"tenant_id": tenant, "client_id": client}

class Credential:
    def get_token(self, *scopes, **options):
        return SimpleNamespace(token=os.environ["TEST_TOKEN"], expires_on=4000000000)

class Broken:
    def get_token(self, *scopes, **options):
        raise RuntimeError("no account")

for number, way in enumerate([
    {**app, "client_secret": secret},
    {**app, "client_secret": secret + "!"},
    {"tenant_id": tenant, "client_id": "nobody", "client_secret": secret},
    {**app, "certificate_path": f"{certificates}/encrypted.pem", "certificate_password": password},
    {**app, "certificate_path": f"{certificates}/encrypted.pem", "certificate_password": secret},
    {**app, "certificate_path": f"{certificates}/mismatched.pem"},
    {"identity": True},
    {"identity": True, "client_id": "nobody"},
    {**app, "workload_identity": True},
    {"tenant_id": tenant, "client_id": "nobody", "workload_identity": True},
    {"environment_variable": True},
    {"azure_cli": True},
    {"azure_cli": True, "tenant_id": "broken"},
    {"use_device_code": True, "client_id": client},
    {"credential": Credential()},
    {"credential": Broken()},
    {"access_token": os.environ["TEST_TOKEN"]},
    {"access_token": password},
    {"access_token": "a " + secret},
    {"sandbox": True, "client_secret": secret},
    {"client_secret": secret, "access_token": secret},
]):
    try:
        with entra_csa.connect(graph_uri=f"{url}/v1.0" if "sandbox" not in way else None, authority=url, **way) as connection:
            print(connection, connection.context, vars(connection))
            connection.users.set("joe@contoso.com", "Engineering.NumVendors", number)
            print(connection.bulk([("joe@contoso.com", {"Engineering.NumVendors": 4}), ("nobody@contoso.com", {"Engineering.NumVendors": 4})], journal=f"{journal}{number}"))
    except entra_csa.Error as error:
        print(repr(error), error, vars(error), error.hint)
        traceback.print_exc()
print("done")
raise RuntimeError("the last words of a process")
"""


def test_no_secret_is_anywhere(tmp_path: Path) -> None:
    log = tmp_path / "emulator.jsonl"
    with program("--log", str(log)) as url:
        emulator("PUT", f"{url}/emulator/sign-in", directory())
        bare = token(url)
        answer = json.dumps({"accessToken": bare, "expires_on": 4000000000, "tokenType": "Bearer"})
        variables = {
            "TEST_SECRET": SECRET,
            "TEST_PASSWORD": PASSWORD,
            "TEST_TOKEN": bare,
            "IDENTITY_ENDPOINT": f"{url}/msi/token",
            "IDENTITY_HEADER": IDENTITY_HEADER,
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/github/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": GITHUB_TOKEN,
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": CLIENT,
            "AZURE_CLIENT_SECRET": SECRET,
            "PATH": azure_cli(tmp_path, f"case \"$*\" in *broken*) echo 'ERROR: no subscription' >&2; exit 1;; esac; echo '{answer}'"),
        }
        arguments = [url, str(tmp_path / "journal"), str(CERTIFICATES), TENANT, CLIENT]
        ran = subprocess.run([sys.executable, "-c", SCRIPT, *arguments], env={**os.environ, **variables}, capture_output=True, text=True)
        requests = json.dumps(emulator("GET", f"{url}/emulator/requests"))
    journals = "".join(path.read_text() for path in tmp_path.glob("journal*"))
    written = ran.stdout + ran.stderr + requests + log.read_text() + journals
    # It did happen: all ways were tried, tokens given, writes made and logged, failures told.
    assert "done" in ran.stdout and "the last words" in ran.stderr, ran.stderr
    assert requests.count('/oauth2/v2.0/token"') + requests.count('/msi/token"') >= 9
    assert "AADSTS7000215" in ran.stdout and "changed Engineering.NumVendors" in ran.stderr and "nobody@contoso.com" in journals
    assert len(list(tmp_path.glob("journal*"))) == 9
    assert found(written) == []


def test_a_secret_would_be_found() -> None:
    for secret in SECRETS:
        data = secret.encode() + b"12"
        forms = [secret, urllib.parse.quote(secret, safe=""), json.dumps({"a": secret})]
        forms += [base64.b64encode(b"x" * before + data).decode() for before in range(3)]
        forms += [base64.urlsafe_b64encode(b"x" * before + data).decode() for before in range(3)]
        for form in forms:
            assert found(f"log: {form}."), form
    assert found(f"Bearer {JWT}JSUzI1NiJ9.e30.")
