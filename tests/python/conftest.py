"""A fresh sandbox for each test, and what its emulator recorded."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import entra_csa

# Journals that nobody gave a place, of this process and of those it starts.
_state = tempfile.TemporaryDirectory(prefix="entra-csa-state-")
os.environ["XDG_STATE_HOME"] = _state.name


def emulator(method: str, url: str, body: object = None) -> Any:
    """One request to the emulator's own paths."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data, method=method)) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def url_of(client: entra_csa.Client) -> str:
    return client.graph_uri.removesuffix("/v1.0")


def sent(client: entra_csa.Client) -> list[dict[str, Any]]:
    """Takes the requests since the last time, without the reading of what the tenant has."""
    return [entry for entry in sent_all(client) if entry["method"] != "GET" or not entry["path"].startswith("/directory/")]


def sent_all(client: entra_csa.Client) -> list[dict[str, Any]]:
    """Takes all requests since the last time."""
    entries: list[dict[str, Any]] = emulator("GET", url_of(client) + "/emulator/requests")
    emulator("DELETE", url_of(client) + "/emulator/requests")
    return entries


@pytest.fixture
def client() -> Iterator[entra_csa.Client]:
    with entra_csa.connect(sandbox=True) as client:
        yield client


@contextmanager
def program(*arguments: str) -> Iterator[str]:
    """The emulator as a program of its own; gives its URL."""
    process = subprocess.Popen([os.environ["CSA_EMULATOR"], *arguments], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def emulator_url() -> Iterator[str]:
    """The same, with nothing but the how-to."""
    with program() as url:
        yield url
