"""Calls into the native library: a handle for a client, items pulled from a call."""

from __future__ import annotations

import ctypes
import json
import os.path
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from . import _native
from ._errors import Error, error

if TYPE_CHECKING:
    from threading import Event

# Python sees Ctrl+C only between two native calls.
POLL_MS = 100

# Set by whoever runs work in another thread: the work ends at the next look.
stop_asked: ContextVar[Event | None] = ContextVar("stop_asked", default=None)

# What every message of an Arrow stream begins with, and no JSON.
ARROW = b"\xff\xff\xff\xff"


class Stopped(BaseException):
    """Whoever waited for this work does not any more."""


_FAILURES = {
    _native.CSA_HANDLE: ("closed", "the client is closed", "connect again"),
    _native.CSA_CANCELLED: ("cancelled", "the operation was cancelled", "run it again"),
    _native.CSA_FORKED: ("forked", "this process was forked from one that uses entra_csa", "start a new process and connect there"),
}


def _load() -> None:
    if _native.c_lib is not None:
        return
    name = {"win32": "csa.dll", "darwin": "libcsa.dylib"}.get(sys.platform, "libcsa.so")
    path = os.path.join(os.path.dirname(__file__), "lib", name)
    if not os.path.exists(path):
        raise ImportError(f"entra_csa has no native library at {path}: install it with pip, or run cargo xtask build in a source tree")
    _native.init_lib(path)
    version = _native.csa_abi_version()
    if version != _native.CSA_ABI_VERSION:
        raise ImportError(f"{path} speaks version {version} of its interface, this package version {_native.CSA_ABI_VERSION}")


def encoded(request: Mapping[str, Any]) -> bytes:
    """A request as the library takes it.

    Raises:
        InvalidValueError: A text in it is not Unicode.
    """
    try:
        return json.dumps(request, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise error(_not_unicode(request)) from None


def _lent(value: Mapping[str, Any]) -> tuple[Any, bytes]:
    # The bytes are given back too: they must live as long as the call that borrows them.
    data = encoded(value)
    pointer = ctypes.cast(ctypes.c_char_p(data), ctypes.POINTER(ctypes.c_uint8))
    return _native.CsaStr(pointer, len(data)), data


def _wipe(data: bytes) -> None:
    # Only this module ever had these bytes; of the strings they came from Python keeps its own.
    ctypes.memset(ctypes.c_char_p(data), 0, len(data))


def logger() -> Any | None:
    """The logger ``entra_csa``, if somebody listens to it: who does not log need not wait for its import."""
    logging = sys.modules.get("logging")
    if logging is None:
        return None
    listening = logging.getLogger("entra_csa")
    return listening if listening.isEnabledFor(logging.INFO) else None


def log(item: Mapping[str, Any]) -> None:
    """Logs what became of a write: the target and the names of the attributes; values for a connection that logs them."""
    listening = logger()
    if listening is None:
        return
    target = item["target"]
    written = item["attributes"]
    if "values" in item:
        written = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in zip(written, item["values"], strict=True)]
    listening.info("%s: %s", target["userPrincipalName"] or target["id"] or target["appId"], f"changed {', '.join(written)}" if written else "unchanged")


def _not_unicode(request: Mapping[str, Any]) -> dict[str, Any]:
    def text_of(node: Any) -> str | None:
        if isinstance(node, Mapping):
            node = [*node, *node.values()]
        if isinstance(node, (list, tuple)):
            return next((found for found in map(text_of, node) if found is not None), None)
        return node if isinstance(node, str) and not _is_unicode(node) else None

    params = request.get("params", {})
    values = [entry for entry in params.get("values", []) if isinstance(entry, Mapping)]
    target = next((text for target in params.get("targets", []) for text in target.values() if _is_unicode(text)), None)
    attribute = next((entry["attribute"] for entry in values if text_of(entry["value"]) is not None), params.get("attribute"))
    attribute = attribute if attribute and _is_unicode(attribute) else None
    subject = "".join(f"{name}: " for name in (target, attribute) if name)
    return {
        "code": "invalidValue",
        "message": f"{subject}{text_of(request)!r} holds half of a surrogate pair and is not Unicode",
        "hint": "decode the text again in its right encoding; nothing was sent",
        "target": target,
        "attribute": attribute,
    }


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _taken(buffer: Any) -> bytes:
    try:
        return ctypes.string_at(buffer.ptr, buffer.len) if buffer.ptr else b""
    finally:
        _native.csa_buf_free(buffer)


def _failure(code: int, text: bytes) -> Error:
    if text:
        return error(json.loads(text))
    name, message, hint = _FAILURES.get(code, ("internal", f"the native library answered {code}", "please report this"))
    return error({"code": name, "message": message, "hint": hint})


def open_client(config: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """Opens a client; gives its handle and what it is connected to.

    Raises:
        Error: The configuration is not valid.
    """
    _load()
    handle, buffer = ctypes.c_uint64(), _native.CsaBuf()
    lent, data = _lent(config)
    code = _native.csa_client_open(lent, ctypes.byref(handle), ctypes.byref(buffer))
    _wipe(data)
    text = _taken(buffer)
    if code != _native.CSA_OK:
        raise _failure(code, text)
    return handle.value, json.loads(text)


def close(handle: int) -> None:
    """Closes a client; closing twice does nothing."""
    _native.csa_close(handle)


class Call:
    """One running operation. Close it: that cancels what still runs."""

    def __init__(self, client: int, operation: str, params: Mapping[str, Any]) -> None:
        handle, buffer = ctypes.c_uint64(), _native.CsaBuf()
        lent, data = _lent({"op": operation, "params": params})
        code = _native.csa_call_start(client, lent, ctypes.byref(handle), ctypes.byref(buffer))
        if operation == "token.supply":
            _wipe(data)
        text = _taken(buffer)
        if code != _native.CSA_OK:
            raise _failure(code, text)
        self._handle: int = handle.value
        self.ended = False
        """Whether there are no more items."""

    def next(self, milliseconds: int) -> dict[str, Any] | None:
        """The next item; None if there is none in time, or no more.

        Raises:
            Error: The operation ended with it.
        """
        text = self.piece(milliseconds)
        if text is None:
            return None
        item: dict[str, Any] = json.loads(text)
        return item

    def piece(self, milliseconds: int) -> bytes | None:
        """The next item as it came: JSON, or a piece of an Arrow stream."""
        buffer = _native.CsaBuf()
        code = _native.csa_call_next(self._handle, milliseconds, ctypes.byref(buffer))
        if code == _native.CSA_PENDING:
            stop = stop_asked.get()
            if stop is not None and stop.is_set():
                # Once: what tidies up behind this may take its time.
                stop_asked.set(None)
                raise Stopped
            return None
        text = _taken(buffer)
        if code == _native.CSA_OK:
            return text
        self.ended = True
        if code == _native.CSA_END:
            return None
        raise _failure(code, text)

    def close(self) -> None:
        """Ends it; closing twice does nothing."""
        _native.csa_close(self._handle)


class Items:
    """The items of an operation, as an iterator. It begins with the first that is asked for; closed early, it ends."""

    def __init__(self, client: int, operation: str, params: Mapping[str, Any]) -> None:
        self._request = (client, operation, params)
        self._call: Call | None = None
        self._ended = False

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self

    def __next__(self) -> dict[str, Any]:
        while not self._ended:
            item = self._next(POLL_MS)
            if item is not None:
                return item
        raise StopIteration

    def at_hand(self, most: int) -> list[dict[str, Any]]:
        """The next item and those that are there already; none at the end."""
        items = [item for item in (next(self, None),) if item is not None]
        while items and len(items) < most and not self._ended:
            item = self._next(0)
            if item is None:
                break
            items.append(item)
        return items

    def close(self) -> None:
        """Ends the operation; closing twice does nothing."""
        self._ended = True
        if self._call is not None:
            self._call.close()

    def __del__(self) -> None:
        self.close()

    def _next(self, milliseconds: int) -> dict[str, Any] | None:
        try:
            if self._call is None:
                self._call = Call(*self._request)
            text = self._call.piece(milliseconds)
            if text is None:
                if self._call.ended:
                    self.close()
                return None
            if text.startswith(ARROW):
                return {"kind": "arrow", "piece": text}
            item: dict[str, Any] = json.loads(text)
            if item["kind"] == "error":
                raise error(item["error"])
        except BaseException:
            self.close()
            raise
        if item["kind"] == "log":
            if item["level"] == "warning":
                warnings.warn(item["message"], stacklevel=5)
            return None
        if item["kind"] == "result":
            log(item)
        return item

