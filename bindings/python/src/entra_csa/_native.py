# Written by `cargo xtask bindings` from the ABI of entra-csa. Do not edit.
# mypy: ignore-errors
from __future__ import annotations
import ctypes
import typing

T = typing.TypeVar("T")
c_lib = None

def init_lib(path: str) -> None:
    """Initializes the native library. Must be called at least once before anything else."""
    global c_lib
    c_lib = ctypes.cdll.LoadLibrary(path)

    c_lib.csa_abi_version.argtypes = []
    c_lib.csa_info.argtypes = [ctypes.POINTER(CsaBuf)]
    c_lib.csa_client_open.argtypes = [CsaStr, ctypes.POINTER(ctypes.c_uint64), ctypes.POINTER(CsaBuf)]
    c_lib.csa_call_start.argtypes = [ctypes.c_uint64, CsaStr, ctypes.POINTER(ctypes.c_uint64), ctypes.POINTER(CsaBuf)]
    c_lib.csa_call_next.argtypes = [ctypes.c_uint64, ctypes.c_uint32, ctypes.POINTER(CsaBuf)]
    c_lib.csa_call_cancel.argtypes = [ctypes.c_uint64]
    c_lib.csa_close.argtypes = [ctypes.c_uint64]
    c_lib.csa_buf_free.argtypes = [CsaBuf]

    c_lib.csa_abi_version.restype = ctypes.c_uint32
    c_lib.csa_info.restype = ctypes.c_int32
    c_lib.csa_client_open.restype = ctypes.c_int32
    c_lib.csa_call_start.restype = ctypes.c_int32
    c_lib.csa_call_next.restype = ctypes.c_int32
    c_lib.csa_call_cancel.restype = ctypes.c_int32
    c_lib.csa_close.restype = ctypes.c_int32



def csa_abi_version() -> int:
    """ The version of the ABI: `CSA_ABI_VERSION` of the header that fits."""
    return c_lib.csa_abi_version()

def csa_info(result: ctypes.POINTER(CsaBuf)) -> int:
    """ Tells about the library, as JSON: `{"name", "version", "abiVersion", "os", "arch"}`.

 Answers CSA_OK. `result` is always written; free it with `csa_buf_free`."""
    return c_lib.csa_info(result)

def csa_client_open(config: CsaStr, client: ctypes.POINTER(ctypes.c_uint64), result: ctypes.POINTER(CsaBuf)) -> int:
    """ Opens a client. `config` is JSON: `{"sandbox": true}`, or `{"signIn": {"mode", …}}` with `cloud`, or `graphUri` and `authority`; all take
 `customCaPath`, `timeoutSeconds` and `quota` (`{"writes", "writeSeconds", "units", "unitSeconds"}`, for a tenant with another than the
 published one). A sandbox with `sandboxUsers` has so many users more: `user0000001@contoso.com` and so on. The modes and what each
 takes are in ARCHITECTURE.md. What is secret is copied into memory that is zeroed; zero the text after the call.

 Answers CSA_OK with the handle in `client` and `{"graphUri", "sandbox"}` in `result`, or CSA_FAILED with an error in
 `result`. Nothing is sent yet: the operation `context.signIn` signs in, or the first other one does. `result` is always written; free it with `csa_buf_free`. Close the handle with
 `csa_close`."""
    return c_lib.csa_client_open(config, client, result)

def csa_call_start(client: int, request: CsaStr, call: ctypes.POINTER(ctypes.c_uint64), result: ctypes.POINTER(CsaBuf)) -> int:
    """ Starts an operation on a client. `request` is JSON: `{"op": "assignment.get", "params": {…}}`.

 Answers CSA_OK with the handle in `call`, or CSA_FAILED with an error in `result`. `result` is always written; free it
 with `csa_buf_free`. Close the handle with `csa_close`, also before its end."""
    return c_lib.csa_call_start(client, request, call, result)

def csa_call_next(call: int, timeout_ms: int, result: ctypes.POINTER(CsaBuf)) -> int:
    """ Waits up to `timeout_ms` milliseconds for the next item of a call.

 An item is a JSON object with a `kind`; where the request asks for a table, a message of an Arrow stream, which begins with the
 bytes FF FF FF FF: the schema first, then batches, without a mark at the end.

 Answers CSA_OK with an item in `result`, CSA_END, CSA_PENDING, CSA_CANCELLED, CSA_PANIC, or CSA_FAILED with the error that
 ended the call. `result` is always written; free it with `csa_buf_free`."""
    return c_lib.csa_call_next(call, timeout_ms, result)

def csa_call_cancel(call: int) -> int:
    """ Cancels a call: a waiting `csa_call_next` answers CSA_CANCELLED at once, and nothing more is sent. From any thread.

 Answers CSA_OK (also if the call has ended already) or CSA_HANDLE. The handle still has to be closed."""
    return c_lib.csa_call_cancel(call)

def csa_close(handle: int) -> int:
    """ Closes a client or a call. A call that still runs is cancelled; so are all calls of a client.

 Answers CSA_OK, or CSA_HANDLE if it is closed already."""
    return c_lib.csa_close(handle)

def csa_buf_free(buf: CsaBuf):
    """ Frees a buffer that this library wrote, once. A buffer with a NULL `ptr` is left alone."""
    return c_lib.csa_buf_free(buf)



CSA_ABI_VERSION = 1
CSA_OK = 0
CSA_END = 1
CSA_PENDING = 2
CSA_ARG = -1
CSA_HANDLE = -2
CSA_CANCELLED = -3
CSA_FAILED = -4
CSA_PANIC = -5
CSA_FORKED = -6


TRUE = ctypes.c_uint8(1)
FALSE = ctypes.c_uint8(0)


def _errcheck(returned, success):
    """Checks for FFIErrors and converts them to an exception."""
    if returned == success: return
    else: raise Exception(f"Function returned error: {returned}")


class CallbackVars(object):
    """Helper to be used `lambda x: setattr(cv, "x", x)` when getting values from callbacks."""
    def __str__(self):
        rval = ""
        for var in  filter(lambda x: "__" not in x, dir(self)):
            rval += f"{var}: {getattr(self, var)}"
        return rval


class _Iter(object):
    """Helper for slice iterators."""
    def __init__(self, target):
        self.i = 0
        self.target = target

    def __iter__(self):
        self.i = 0
        return self

    def __next__(self):
        if self.i >= self.target.len:
            raise StopIteration()
        rval = self.target[self.i]
        self.i += 1
        return rval


class CsaBuf(ctypes.Structure):
    """ Bytes that the library gives away: free them once with `csa_buf_free`."""

    # These fields represent the underlying C data layout
    _fields_ = [
        ("ptr", ctypes.POINTER(ctypes.c_uint8)),
        ("len", ctypes.c_uint64),
    ]

    def __init__(self, ptr: ctypes.POINTER(ctypes.c_uint8) = None, len: int = None):
        if ptr is not None:
            self.ptr = ptr
        if len is not None:
            self.len = len

    @property
    def ptr(self) -> ctypes.POINTER(ctypes.c_uint8):
        """ The first byte; NULL if there are none."""
        return ctypes.Structure.__get__(self, "ptr")

    @ptr.setter
    def ptr(self, value: ctypes.POINTER(ctypes.c_uint8)):
        """ The first byte; NULL if there are none."""
        return ctypes.Structure.__set__(self, "ptr", value)

    @property
    def len(self) -> int:
        """ How many bytes."""
        return ctypes.Structure.__get__(self, "len")

    @len.setter
    def len(self, value: int):
        """ How many bytes."""
        return ctypes.Structure.__set__(self, "len", value)


class CsaStr(ctypes.Structure):
    """ Bytes that the caller lends for the call: UTF-8, no NUL needed."""

    # These fields represent the underlying C data layout
    _fields_ = [
        ("ptr", ctypes.POINTER(ctypes.c_uint8)),
        ("len", ctypes.c_uint64),
    ]

    def __init__(self, ptr: ctypes.POINTER(ctypes.c_uint8) = None, len: int = None):
        if ptr is not None:
            self.ptr = ptr
        if len is not None:
            self.len = len

    @property
    def ptr(self) -> ctypes.POINTER(ctypes.c_uint8):
        """ The first byte; may be NULL if `len` is 0."""
        return ctypes.Structure.__get__(self, "ptr")

    @ptr.setter
    def ptr(self, value: ctypes.POINTER(ctypes.c_uint8)):
        """ The first byte; may be NULL if `len` is 0."""
        return ctypes.Structure.__set__(self, "ptr", value)

    @property
    def len(self) -> int:
        """ How many bytes."""
        return ctypes.Structure.__get__(self, "len")

    @len.setter
    def len(self, value: int):
        """ How many bytes."""
        return ctypes.Structure.__set__(self, "len", value)




class callbacks:
    """Helpers to define callbacks."""
