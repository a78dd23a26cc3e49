"""The asyncio twin: the same answers, while the loop goes on."""

from __future__ import annotations

import asyncio
import inspect
import time
import warnings
from collections.abc import Awaitable, Callable

import pytest
from conftest import emulator, program

import entra_csa
from entra_csa import AsyncClient, aconnect, attr

JOE = "joe@contoso.com"


def run(work: Callable[[AsyncClient], Awaitable[None]]) -> None:
    async def main() -> None:
        async with aconnect(sandbox=True) as client:
            await work(client)

    asyncio.run(main())


def test_every_method_has_a_twin() -> None:
    twins = {
        entra_csa.Client: AsyncClient,
        entra_csa.Users: entra_csa.AsyncUsers,
        entra_csa.ServicePrincipals: entra_csa.AsyncServicePrincipals,
        entra_csa.AttributeSets: entra_csa.AsyncAttributeSets,
        entra_csa.Attributes: entra_csa.AsyncAttributes,
        entra_csa.AllowedValues: entra_csa.AsyncAllowedValues,
        entra_csa.Found: entra_csa.AsyncFound,
    }
    for one, twin in twins.items():
        for name, method in inspect.getmembers(one, callable):
            other = {"close": "aclose", "at_hand": "__anext__"}.get(name, name)
            if not name.startswith("_"):
                assert callable(getattr(twin, other)), f"{twin.__name__}.{other}"
                if other == name:
                    assert inspect.signature(getattr(twin, name)) == inspect.signature(method)
                    assert getattr(twin, name).__doc__


def test_the_main_job() -> None:
    async def work(client: AsyncClient) -> None:
        assert repr(client).startswith("<entra_csa.AsyncClient http://127.0.0.1:")
        assert client.sandbox
        await client.users.set(JOE, "Engineering.NumVendors", 4)
        await client.users.add(JOE, "Engineering.Project", "Cascade")
        assert (await client.users.get(JOE, attribute="NumVendors"))[0].value == 4
        assert [user.display_name async for user in client.users.find(attr("AppCountry") == "Canada")] == ["Jiya", "Jana"]
        held = [(target, held) async for target, held in client.users.get_many([JOE, "nobody@contoso.com"])]
        assert [target for target, _ in held] == [JOE, "nobody@contoso.com"]
        assert isinstance(held[1][1], entra_csa.NotFoundError)
        assert len(await client.users.find().to_pandas(wide=True)) == 49
        done = await client.bulk([(JOE, {"Engineering.NumVendors": 5})])
        assert done.changed == 1
        results = await client.bulk_from([{"upn": JOE, "n": 6}], "upn", {"n": "Engineering.NumVendors"})
        assert list(results["status"]) == ["changed"]
        assert (await client.context()).mode == "sandbox"
        assert {s.attribute_set for s in await client.attribute_sets.list()} == {"Engineering", "Marketing"}
        with pytest.raises(entra_csa.NotFoundError):
            await client.users.get("nobody@contoso.com")
        assert await client.users.remove(JOE, "Engineering.NumVendors") == ["Engineering.NumVendors"]

    run(work)


def test_a_client_that_was_awaited_is_closed_by_hand() -> None:
    async def main() -> None:
        client = await aconnect(sandbox=True)
        await client.aclose()
        await client.aclose()
        with pytest.raises(entra_csa.ClosedError):
            await client.users.get(JOE)
        with pytest.raises(entra_csa.InvalidRequestError):
            await aconnect(sandbox=True, access_token="t")

    asyncio.run(main())


def test_a_search_is_ended_early() -> None:
    async def work(client: AsyncClient) -> None:
        found = client.users.find()
        async for user in found:
            assert user.id
            break
        await found.aclose()
        assert [user async for user in found] == []

    run(work)


def test_the_loop_goes_on_and_calls_wait_together(emulator_url: str) -> None:
    async def main() -> None:
        emulator("PUT", emulator_url + "/emulator/hostility", {"latencyMs": 1500})
        async with aconnect(graph_uri=emulator_url + "/v1.0", access_token="t") as client:
            beats = 0

            async def beat() -> None:
                nonlocal beats
                while True:
                    beats += 1
                    await asyncio.sleep(0.01)

            heart = asyncio.create_task(beat())
            begun = time.monotonic()
            found = await asyncio.gather(*(client.users.get(f"{name}@contoso.com") for name in ["joe", "jiya", "jana"] * 4))
            took = time.monotonic() - begun
            heart.cancel()
        assert [len(held) for held in found] == [6, 3, 2] * 4
        # One after the other they would take 18 s; a loop that waits would not beat.
        assert took < 12
        assert 20 < beats

    asyncio.run(main())


def test_a_task_that_is_cancelled_ends_its_call_and_the_client_goes_on(emulator_url: str) -> None:
    async def main() -> None:
        emulator("POST", emulator_url + "/emulator/faults", [{"status": 503, "delayMs": 120000}])
        async with aconnect(graph_uri=emulator_url + "/v1.0", access_token="t") as client:
            task = asyncio.create_task(client.users.get(JOE))
            while not emulator("GET", emulator_url + "/emulator/requests"):
                await asyncio.sleep(0.02)
            begun = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            # Far below the delay; not a measurement.
            assert time.monotonic() - begun < 30
            assert len(await client.users.get(JOE)) == 6

    asyncio.run(main())


def test_a_run_that_is_cancelled_says_how_to_go_on() -> None:
    async def main(url: str) -> None:
        async with aconnect(graph_uri=f"{url}/v1.0", access_token="t", quota={"writes": 20, "write_seconds": 1}) as client:
            changes = [(f"user{n:07}@contoso.com", {"Engineering.NumVendors": n}) for n in range(1, 501)]
            task = asyncio.create_task(client.bulk(changes))
            while not [entry for entry in emulator("GET", url + "/emulator/requests") if entry["method"] == "PATCH"]:
                await asyncio.sleep(0.02)
            task.cancel()
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                with pytest.raises(asyncio.CancelledError):
                    await task
            (stopped,) = [str(warning.message) for warning in told if "stopped:" in str(warning.message)]
            assert "client.resume(" in stopped
            (unfinished,) = [run for run in await client.runs() if run.graph_uri == client.graph_uri]
            assert unfinished.state == "unfinished"
            assert 0 < unfinished.left < 500

    with program("--users", "500") as url:
        asyncio.run(main(url))
