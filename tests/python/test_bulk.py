"""Many changes in one run: what becomes of them, of the journal, and of a process that is killed in the middle."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import emulator, program, sent, sent_all, url_of

import entra_csa
from entra_csa import Change

FAST = {"writes": 1e8, "units": 1e8}
PEOPLE = 300


@pytest.fixture
def service() -> Iterator[str]:
    """An emulator with many people, as a program that outlives its clients."""
    with program("--users", str(PEOPLE)) as url:
        yield url


def connect(service: str, quota: dict[str, float] = FAST) -> entra_csa.Client:
    return entra_csa.connect(access_token="any", graph_uri=f"{service}/v1.0", quota=quota)


def person(number: int) -> str:
    return f"user{number:07}@contoso.com"


def job(count: int = PEOPLE) -> list[tuple[str, dict[str, Any]]]:
    return [(person(n), {"Engineering.NumVendors": n, "Engineering.ProjectDate": f"day {n}"}) for n in range(1, count + 1)]


def held(client: entra_csa.Client) -> dict[str, Any]:
    return {
        str(target): {one.attribute: one.value for one in what} if isinstance(what, list) else what
        for target, what in client.users.get_many(person(n) for n in range(1, PEOPLE + 1))
    }


WANTED = {person(n): {"NumVendors": n, "ProjectDate": f"day {n}"} for n in range(1, PEOPLE + 1)}


def test_a_run_changes_everybody_and_says_what_it_took(service: str) -> None:
    told: list[entra_csa.Progress] = []
    with connect(service) as client:
        emulator("PUT", f"{service}/emulator/hostility", {"latencyMs": 20})
        done = client.bulk(job(), progress=told.append)
        assert (done.changes, done.changed, done.failed, done.failures) == (PEOPLE, PEOPLE, 0, [])
        assert done.requests < PEOPLE / 10
        assert done.journal is not None and Path(done.journal).stat().st_mode & 0o777 == 0o600
        assert held(client) == WANTED
        assert told[-1].done == PEOPLE and told[-1].input_ended
        assert [run.state for run in client.runs() if run.journal == done.journal] == ["complete"]


def test_a_failure_is_told_with_what_was_given(client: entra_csa.Client) -> None:
    bad = ("nobody@contoso.com", {"Engineering.NumVendors": 4})
    half = ("joe@contoso.com", {"Engineering.ProjectDate": "\ud800"})
    done = client.bulk([bad, half, ("dara@contoso.com", {"Engineering.NumVendors": 4})])
    assert (done.changed, done.failed) == (1, 2)
    assert {failure.error.code: failure.change for failure in done.failures} == {"notFound": bad, "invalidValue": half}


def test_changes_of_every_kind_keep_their_order(client: entra_csa.Client) -> None:
    joe = "joe@contoso.com"
    done = client.bulk(
        [
            Change.set(joe, "Engineering.Project", ["Baker"]),
            Change.edit(joe, "Engineering.Project", add="Cascade"),
            Change.remove(joe, attribute_set="Marketing"),
            Change.set(joe, custom_security_attributes={"Engineering": {"@odata.type": "#microsoft.graph.customSecurityAttributeValue", "ProjectDate": None}}),
            (joe, {"Engineering.NumVendors": 9}),
        ]
    )
    assert (done.changed, done.failed) == (5, 0)
    assert {one.attribute: one.value for one in client.users.get(joe)} == {
        "Project": ["Baker", "Cascade"],
        "NumVendors": 9,
        "CostCenter": [1001, 1003],
        "Certification": False,
    }


def test_many_are_read_in_batches_and_in_order(client: entra_csa.Client) -> None:
    people = ["joe@contoso.com", "nobody@contoso.com", "dara@contoso.com", "not an id"] * 30
    sent_all(client)
    found = list(client.users.get_many(people))
    assert [target for target, _ in found] == people
    assert isinstance(found[1][1], entra_csa.NotFoundError) and isinstance(found[3][1], entra_csa.InvalidTargetError)
    assert isinstance(found[0][1], list) and len(found[0][1]) == 6
    assert all(entry["status"] == 200 or "inBatch" in entry for entry in sent(client) if entry["path"] != "/users/nobody@contoso.com")


def test_what_is_there_is_not_written(service: str) -> None:
    with connect(service) as client:
        client.bulk(job())
        emulator("DELETE", f"{service}/emulator/use")
        done = client.bulk([*job()[:-1], (person(PEOPLE), {"Engineering.NumVendors": 0})], skip_unchanged=True)
        assert (done.changed, done.unchanged) == (1, PEOPLE - 1)
        used = emulator("GET", f"{service}/emulator/use")
        assert used["writes"] == 1 and used["requests"] <= 6


def test_the_same_run_twice_and_undo(service: str, tmp_path: Path) -> None:
    journal = tmp_path / "run.jsonl"
    with connect(service) as client:
        before = held(client)
        client.bulk(job(), journal=journal, keep_previous=True)
        emulator("DELETE", f"{service}/emulator/use")
        again = client.bulk(job(), journal=journal, keep_previous=True)
        assert (again.changed, again.skipped) == (0, PEOPLE)
        assert client.resume(journal).skipped == PEOPLE
        assert emulator("GET", f"{service}/emulator/use")["writes"] == 0
        with pytest.raises(entra_csa.JournalError, match="its change 1 is not"):
            client.bulk(job()[1:], journal=journal, keep_previous=True)
        client.users.set(person(7), "Engineering.NumVendors", 1000)
        with pytest.warns(UserWarning, match="somebody changed it"):
            assert client.plan_undo(journal)[0].target == person(1)
        with pytest.warns(UserWarning, match=rf"{person(7)}: Engineering.NumVendors: somebody changed it"):
            assert client.undo(journal).changed == PEOPLE
        assert held(client) == {**before, person(7): {"NumVendors": 1000}}
        assert client.runs([journal])[0].state == "undone"
        with pytest.raises(entra_csa.JournalError, match="undone"):
            client.resume(journal)


def test_a_damaged_journal_is_refused_with_its_line(service: str, tmp_path: Path) -> None:
    journal = tmp_path / "run.jsonl"
    with connect(service) as client:
        client.bulk(job(5), journal=journal)
        text = journal.read_text()
        journal.write_text(text.replace("day 3", "day 4"))
        with pytest.raises(entra_csa.JournalError, match="line 4 does not fit its checksum"):
            client.resume(journal)
        journal.write_text(text[:-20])
        assert client.resume(journal).failed == 0


@pytest.mark.parametrize("journal", [True, False])
def test_ctrl_c_stops_soon_and_leaves_the_client_usable(service: str, tmp_path: Path, journal: bool) -> None:
    # A terminal sends it; who started the tests in the background may have it ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    path = tmp_path / "run.jsonl"
    pressed: list[float] = []

    def press(progress: entra_csa.Progress) -> None:
        if progress.done and PEOPLE <= progress.taken and not pressed:
            pressed.append(time.monotonic())
            threading.Thread(target=lambda: os.kill(os.getpid(), signal.SIGINT)).start()

    many = [(person(1 + n % PEOPLE), {"Engineering.CostCenter": [n]}) for n in range(20000)]
    try:
        # Slow enough not to be done before the key is pressed, on any machine.
        with connect(service, {"writes": 100, "write_seconds": 60}) as client:
            with pytest.warns(UserWarning, match="stopped: .*" + ("client.resume" if journal else "There is no journal")):
                with pytest.raises(KeyboardInterrupt):
                    client.bulk(many, journal=path if journal else False, progress=press)
                took = time.monotonic() - pressed[0]
            assert took < 5, "far beyond what a slow machine explains"
            assert client.users.get(person(1))
        if journal:
            with connect(service) as client:
                left = client.runs([path])[0]
                assert 0 < left.left < left.changes
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    client.resume(path)
                assert client.runs([path])[0].left == 0
    finally:
        signal.signal(signal.SIGINT, before)


# A child that is killed; the journal and the service are what is left of it.
CHILD = textwrap.dedent(
    """
    import sys, entra_csa
    url, journal, people = sys.argv[1], sys.argv[2], int(sys.argv[3])
    changes = [(f"user{n:07}@contoso.com", {"Engineering.NumVendors": n, "Engineering.ProjectDate": f"day {n}"}) for n in range(1, people + 1)]
    with entra_csa.connect(access_token="any", graph_uri=url, quota={"writes": 1e8, "units": 1e8}) as client:
        client.bulk(changes, journal=journal)
    """
)


def test_a_killed_run_loses_nothing_and_doubles_nothing(service: str, tmp_path: Path) -> None:
    times = int(os.environ.get("CSA_KILLS", "20"))
    chance = random.Random(42)
    emulator("PUT", f"{service}/emulator/hostility", {"latencyMs": 4})
    stopped_in_the_middle = 0
    with connect(service) as client:
        takes = 0.0
        for turn in range(times + 1):
            client.bulk([Change.remove(person(n), all=True) for n in range(1, PEOPLE + 1)], journal=False)
            emulator("DELETE", f"{service}/emulator/requests")
            journal = tmp_path / f"{turn}.jsonl"
            child = subprocess.Popen([sys.executable, "-c", CHILD, f"{service}/v1.0", str(journal), str(PEOPLE)], stderr=subprocess.PIPE)
            # From the first line of the journal on, any moment is as good as another.
            while child.poll() is None and not (journal.exists() and journal.stat().st_size):
                time.sleep(0.001)
            if turn == 0:
                # The first one shows how long it takes here.
                begin = time.monotonic()
                assert child.wait() == 0
                takes = time.monotonic() - begin
            time.sleep(chance.random() * takes)
            child.kill()
            child.communicate()
            # What is on its way to the service has arrived.
            time.sleep(0.02)
            state = client.runs([journal])[0]
            stopped_in_the_middle += 0 < state.changed < PEOPLE
            if state.state == "inputCutOff":
                # The command itself, again.
                done = client.bulk(job(), journal=journal)
            else:
                done = client.resume(journal)
            assert done.failed == 0
            assert done.changed + done.unchanged + done.skipped == PEOPLE
            assert held(client) == WANTED, f"turn {turn}: lost"
            log = emulator("GET", f"{service}/emulator/requests")
            writes = Counter(entry["path"] for entry in log if entry["method"] == "PATCH" and entry["status"] == 204)
            assert set(writes.values()) == {1} and len(writes) == PEOPLE, f"turn {turn}: doubled {writes.most_common(3)}"
            states = client.runs([journal])[0]
            assert (states.state, states.left) == ("complete", 0)
            journal.unlink()
    if times >= 20:
        assert stopped_in_the_middle >= times / 10, "the kills came too early or too late to show anything"


def test_the_whole_job_under_a_hostile_service(client: entra_csa.Client) -> None:
    rules = {
        "seed": 11, "throttle": 0.1, "retryAfter": 0.5, "retryAfterSeconds": 0.02, "unavailable": 0.05, "cutBefore": 0.05, "cutAfter": 0.05,
        "half": 0.05, "slow": 0.1, "slowMs": 50, "tokenRequests": 20,
    }  # fmt: skip
    people = ["joe@contoso.com", "dara@contoso.com", "adele@contoso.com", "jana@contoso.com"]
    emulator("PUT", url_of(client) + "/emulator/hostility", rules)
    done = client.bulk((people[n % 4], {"Engineering.NumVendors": n}) for n in range(2000))
    emulator("PUT", url_of(client) + "/emulator/hostility", {})
    assert (done.changed, done.failed) == (2000, 0)
    assert [client.users.get(who, attribute="Engineering.NumVendors")[0].value for who in people] == [1996, 1997, 1998, 1999]


def test_a_progress_bar_without_tqdm_is_a_line(
    client: entra_csa.Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    client.bulk([("joe@contoso.com", {"Engineering.NumVendors": 4})], progress=True)
    assert "1 of 1 done, 0 failed" in capsys.readouterr().err


def test_tqdm_is_used_when_installed(client: entra_csa.Client, capsys: pytest.CaptureFixture[str]) -> None:
    client.bulk([("joe@contoso.com", {"Engineering.NumVendors": 4})], progress=True)
    shown = capsys.readouterr().err
    assert "100%" in shown
    assert "1/1" in shown
    assert "0 failed" in shown


def test_a_journal_holds_no_token(service: str, tmp_path: Path) -> None:
    journal = tmp_path / "run.jsonl"
    with entra_csa.connect(access_token="s3cr3t-t0ken", graph_uri=f"{service}/v1.0") as client:
        client.bulk(job(3), journal=journal)
    text = journal.read_text()
    assert "s3cr3t" not in text
    assert [next(key for key in json.loads(line) if key != "line") for line in text.splitlines()][:5] == ["run", "change", "change", "change", "inputEnded"]


def test_resume_alone_takes_the_last_unfinished_run(service: str) -> None:
    with connect(service) as client:
        client.bulk(job(150))
        with pytest.raises(entra_csa.JournalError, match="no unfinished run"):
            client.resume()
        left = client.bulk([*job(150), ("nobody@contoso.com", {"Engineering.NumVendors": 1})])
        resumed = client.resume()
        assert (resumed.journal, resumed.skipped, resumed.failed) == (left.journal, 150, 1)
        assert resumed.failures[0].change is None and resumed.failures[0].error.code == "notFound"
