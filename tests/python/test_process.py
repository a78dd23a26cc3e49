"""What only a process of its own can show: fork, Ctrl+C, import without side effects."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from conftest import emulator

import entra_csa


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_child_is_told_at_once() -> None:
    script = """
import os, entra_csa
client = entra_csa.connect(sandbox=True)
client.users.get("joe@contoso.com")
child = os.fork()
if child == 0:
    try:
        client.users.get("joe@contoso.com")
    except entra_csa.ForkedError:
        os._exit(7)
    os._exit(1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert len(client.users.get("joe@contoso.com")) == 6
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl+C to a whole console")
def test_ctrl_c_ends_a_call_and_the_client_goes_on(emulator_url: str) -> None:
    emulator("POST", emulator_url + "/emulator/faults", [{"status": 503, "delayMs": 120000}])
    # A process that a shell started in the background ignores SIGINT, and its children with it.
    script = f"""
import entra_csa, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
client = entra_csa.connect(graph_uri="{emulator_url}/v1.0", access_token="t")
try:
    client.users.get("joe@contoso.com")
except KeyboardInterrupt:
    print(len(client.users.get("joe@contoso.com")))
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    while not emulator("GET", emulator_url + "/emulator/requests"):
        time.sleep(0.05)
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert output.strip() == "6"
    # Far below the fault's delay; not a measurement.
    assert time.monotonic() - start < 30


def test_the_package_under_test_is_the_installed_one() -> None:
    assert "site-packages" in entra_csa.__file__
