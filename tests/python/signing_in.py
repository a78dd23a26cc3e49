"""An emulator that people sign in at, and the secrets that they have."""

from __future__ import annotations

import json
import os
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from conftest import emulator

CERTIFICATES = Path(__file__).parent.parent / "fixtures" / "certificates"
TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
CLIENT = "00001111-aaaa-2222-bbbb-3333cccc4444"
SECRET = 'cl13nt~S3cret/+="\\'
PASSWORD = "c3rt-Pa55"
IDENTITY_HEADER = "1dent1ty-H3ader"
GITHUB_TOKEN = "gh-request-t0ken"
PERMISSIONS = [
    "CustomSecAttributeAssignment.ReadWrite.All",
    "CustomSecAttributeDefinition.ReadWrite.All",
    "User.Read.All",
    "Application.Read.All",
]


def directory(**changes: Any) -> dict[str, Any]:
    return {
        "applications": [
            {
                "clientId": CLIENT,
                "secrets": [SECRET],
                "certificates": [(CERTIFICATES / "encrypted.pem").read_text()],
                "federated": [
                    {"issuer": "https://kubernetes", "subject": "hr", "audience": "api://AzureADTokenExchange"},
                    {"issuer": "https://token.actions.githubusercontent.com", "subject": "repo", "audience": "api://AzureADTokenExchange"},
                ],
                "publicClient": True,
                "permissions": PERMISSIONS,
            }
        ],
        "identities": [
            {"clientId": "own", "systemAssigned": True, "permissions": PERMISSIONS},
            {"clientId": "other", "permissions": PERMISSIONS},
        ],
        "identityHeader": IDENTITY_HEADER,
        "person": {"polls": 1, "interval": 0},
        "github": {"token": GITHUB_TOKEN, "subject": "repo"},
        **changes,
    }


def token(url: str, secret: str = SECRET) -> str:
    """A token that the emulator gives to whoever asks with the secret."""
    form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": secret, "scope": f"{url}/.default"}
    data = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(f"{url}/{TENANT}/oauth2/v2.0/token", data=data) as answer:
        text: str = json.load(answer)["access_token"]
    return text


def federated_token(url: str) -> str:
    wanted = {"issuer": "https://kubernetes", "subject": "hr", "audience": "api://AzureADTokenExchange"}
    text: str = emulator("POST", f"{url}/emulator/federated-tokens", wanted)["value"]
    return text


def azure_cli(folder: Path, answer: str) -> str:
    """A PATH with an ``az`` that runs these lines of shell."""
    program = folder / "az"
    program.write_text(f"#!/bin/sh\n{answer}\n")
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"
