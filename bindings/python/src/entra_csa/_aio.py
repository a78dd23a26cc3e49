"""The asyncio twin: the same client, its work done in threads, so that the loop goes on."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial, wraps
from inspect import signature
from itertools import islice
from threading import Event
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from . import _core
from ._client import Client, connect
from ._definitions import AllowedValues, Attributes, AttributeSets
from ._found import Found
from ._model import FoundServicePrincipal, User
from ._sign_in import Context
from ._targets import ServicePrincipals, Users

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound="User | FoundServicePrincipal")

# So many calls of one client can wait for the service at the same time.
_AT_ONCE = 32
# So many items are taken from a thread at once, if they are there.
_AT_HAND = 500


class _Threads:
    """The threads of one client. They end when it is dropped: what is called on a closed client has to say that it is closed."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(_AT_ONCE, "entra-csa")

    async def run(self, work: Callable[P, R], *args: P.args, **options: P.kwargs) -> R:
        """Does work that waits. Cancelled, it asks the work to end and waits for that: at most a tenth of a second."""
        stop = Event()
        context = copy_context()
        context.run(_core.stop_asked.set, stop)
        done = asyncio.get_running_loop().run_in_executor(self._executor, partial(context.run, partial(work, *args, **options)))
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            stop.set()
            await asyncio.wait([done])
            # Looked at, so that asyncio does not complain that nobody did.
            done.exception()
            raise


class _Twin(Generic[R]):
    def __init__(self, of: R, threads: _Threads) -> None:
        self._of = of
        self._threads = threads

    def __repr__(self) -> str:
        return repr(self._of).replace("<entra_csa.", "<entra_csa.Async", 1)


def _awaited(method: Callable[Concatenate[Any, P], R]) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, R]]:
    @wraps(method)
    async def twin(self: _Twin[Any], /, *args: P.args, **options: P.kwargs) -> R:
        return await self._threads.run(method, self._of, *args, **options)

    return twin


def _found(method: Callable[Concatenate[Any, P], Found[F]]) -> Callable[Concatenate[Any, P], AsyncFound[F]]:
    @wraps(method)
    def twin(self: _Twin[Any], /, *args: P.args, **options: P.kwargs) -> AsyncFound[F]:
        return AsyncFound(method(self._of, *args, **options), self._threads)

    return twin


def _streamed(method: Callable[Concatenate[Any, P], Generator[R, None, None]]) -> Callable[Concatenate[Any, P], AsyncGenerator[R, None]]:
    @wraps(method)
    async def twin(self: _Twin[Any], /, *args: P.args, **options: P.kwargs) -> AsyncGenerator[R, None]:
        items = method(self._of, *args, **options)
        try:
            while group := await self._threads.run(lambda: list(islice(items, _AT_HAND))):
                for item in group:
                    yield item
        finally:
            items.close()

    return twin


class AsyncFound(_Twin[Found[F]]):
    """What :class:`Found` is, for ``async for``.

    >>> async def names():
    ...     async with entra_csa.aconnect(sandbox=True) as client:
    ...         return [user.display_name async for user in client.users.find(attr("Marketing.AppCountry") == "Canada")]
    >>> asyncio.run(names())
    ['Jiya', 'Jana']
    """

    def __init__(self, of: Found[F], threads: _Threads) -> None:
        super().__init__(of, threads)
        self._at_hand: deque[F] = deque()

    def __aiter__(self) -> AsyncIterator[F]:
        return self

    async def __anext__(self) -> F:
        if not self._at_hand:
            self._at_hand.extend(await self._threads.run(self._of.at_hand, _AT_HAND))
        if not self._at_hand:
            raise StopAsyncIteration
        return self._at_hand.popleft()

    async def aclose(self) -> None:
        """Ends the request. Closing twice does nothing."""
        self._at_hand.clear()
        self._of.close()

    to_pandas = _awaited(Found.to_pandas)
    to_polars = _awaited(Found.to_polars)
    to_arrow = _awaited(Found.to_arrow)


class AsyncUsers(_Twin[Users]):
    """What :class:`Users` is, with methods to await.

    >>> async def main():
    ...     async with entra_csa.aconnect(sandbox=True) as client:
    ...         await client.users.add("joe@contoso.com", "Engineering.Project", "Cascade")
    ...         return await client.users.remove("joe@contoso.com", attribute_set="Marketing")
    >>> asyncio.run(main())
    ['Marketing.EmployeeId']
    """

    get = _awaited(Users.get)
    get_many = _streamed(Users.get_many)
    set = _awaited(Users.set)
    add = _awaited(Users.add)
    remove = _awaited(Users.remove)
    find = _found(Users.find)


class AsyncServicePrincipals(_Twin[ServicePrincipals]):
    """What :class:`ServicePrincipals` is, with methods to await.

    >>> async def main():
    ...     async with entra_csa.aconnect(sandbox=True) as client:
    ...         return [found.display_name async for found in client.service_principals.find(attr("NumVendors") == 3)]
    >>> asyncio.run(main())
    ['Legacy Sync']
    """

    get = _awaited(ServicePrincipals.get)
    get_many = _streamed(ServicePrincipals.get_many)
    set = _awaited(ServicePrincipals.set)
    add = _awaited(ServicePrincipals.add)
    remove = _awaited(ServicePrincipals.remove)
    find = _found(ServicePrincipals.find)


class AsyncAttributeSets(_Twin[AttributeSets]):
    """What :class:`AttributeSets` is, with methods to await.

    >>> async def main():
    ...     async with entra_csa.aconnect(sandbox=True) as client:
    ...         return [s.attribute_set for s in await client.attribute_sets.list()]
    >>> asyncio.run(main())
    ['Engineering', 'Marketing']
    """

    list = _awaited(AttributeSets.list)
    create = _awaited(AttributeSets.create)
    update = _awaited(AttributeSets.update)


class AsyncAttributes(_Twin[Attributes]):
    """What :class:`Attributes` is, with methods to await.

    >>> async def main():
    ...     async with entra_csa.aconnect(sandbox=True) as client:
    ...         return (await client.attributes.create("Engineering.Grade", "String")).name
    >>> asyncio.run(main())
    'Engineering.Grade'
    """

    list = _awaited(Attributes.list)
    create = _awaited(Attributes.create)
    update = _awaited(Attributes.update)


class AsyncAllowedValues(_Twin[AllowedValues]):
    """What :class:`AllowedValues` is, with methods to await.

    >>> async def main():
    ...     async with entra_csa.aconnect(sandbox=True) as client:
    ...         return (await client.allowed_values.list("Engineering.Project"))[0].value
    >>> asyncio.run(main())
    'Alpine'
    """

    list = _awaited(AllowedValues.list)
    add = _awaited(AllowedValues.add)
    update = _awaited(AllowedValues.update)


class AsyncClient(_Twin[Client]):
    """What :class:`Client` is, for asyncio; made by :func:`aconnect`. Close it, or use it with ``async with``.

    Methods have the arguments, results and errors of their twins. A task that is cancelled stops what it was doing within a tenth
    of a second, a run of many changes as KeyboardInterrupt does: with a warning that says what is done and how to go on.

    >>> async def main():
    ...     async with entra_csa.aconnect(sandbox=True) as client:
    ...         await client.users.set("joe@contoso.com", "Engineering.NumVendors", 4)
    ...         return (await client.users.get("joe@contoso.com", attribute="NumVendors"))[0].value
    >>> asyncio.run(main())
    4
    """

    def __init__(self, of: Client, threads: _Threads) -> None:
        super().__init__(of, threads)
        self.graph_uri = of.graph_uri
        """Where requests go."""
        self.sandbox = of.sandbox
        """Whether that is a sandbox."""
        self.users = AsyncUsers(of.users, threads)
        """The users of the tenant."""
        self.service_principals = AsyncServicePrincipals(of.service_principals, threads)
        """The service principals of the tenant."""
        self.attribute_sets = AsyncAttributeSets(of.attribute_sets, threads)
        """The attribute sets of the tenant."""
        self.attributes = AsyncAttributes(of.attributes, threads)
        """The definitions of the tenant."""
        self.allowed_values = AsyncAllowedValues(of.allowed_values, threads)
        """The allowed values of attributes."""

    bulk = _awaited(Client.bulk)
    bulk_from = _awaited(Client.bulk_from)
    resume = _awaited(Client.resume)
    undo = _awaited(Client.undo)
    plan_undo = _awaited(Client.plan_undo)
    runs = _awaited(Client.runs)
    test_access = _awaited(Client.test_access)

    async def context(self) -> Context:
        """Who is signed in and how; see :class:`Context`."""
        return await self._threads.run(lambda: self._of.context)

    async def aclose(self) -> None:
        """Ends the connection and forgets the sign-in. Closing twice does nothing."""
        self._of.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()


class Connecting(Awaitable[AsyncClient]):
    """A connection that is being made: await it, or use it with ``async with``.

    >>> async def main():
    ...     async with entra_csa.aconnect(sandbox=True) as client:
    ...         return client.sandbox
    >>> asyncio.run(main())
    True
    """

    def __init__(self, connect: Callable[[], Client]) -> None:
        self._connect = connect
        self._client: AsyncClient | None = None

    def __await__(self) -> Generator[Any, None, AsyncClient]:
        return self._made().__await__()

    async def __aenter__(self) -> AsyncClient:
        self._client = await self._made()
        return self._client

    async def __aexit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def _made(self) -> AsyncClient:
        threads = _Threads()
        return AsyncClient(await threads.run(self._connect), threads)


def _connecting(connect: Callable[P, Client]) -> Callable[P, Connecting]:
    def aconnect(*args: P.args, **options: P.kwargs) -> Connecting:
        """Connects as :func:`connect` does, with the same arguments and errors, for asyncio.

        >>> async def main():
        ...     client = await entra_csa.aconnect(sandbox=True)
        ...     await client.aclose()
        >>> asyncio.run(main())
        """
        return Connecting(partial(connect, *args, **options))

    # For people who ask for help; type checkers know it from P.
    told: Any = aconnect
    told.__signature__ = signature(connect).replace(return_annotation="Connecting")
    return aconnect


aconnect = _connecting(connect)
