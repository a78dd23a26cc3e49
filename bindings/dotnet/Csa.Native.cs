// Written by `cargo xtask bindings` from the ABI of entra-csa. Do not edit.
// Links against the library `csa` (libcsa.so, libcsa.dylib, csa.dll).

#pragma warning disable 0105
using System;
using System.Collections;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using EntraCsa;
#pragma warning restore 0105

namespace EntraCsa
{
    public static partial class CsaNative
    {
        public const string NativeLib = "csa";

        static CsaNative()
        {
        }

        /// The version of this ABI. It changes when a function, a struct or a code changes; not when an operation is added.
        public const uint CSA_ABI_VERSION = (uint) 1;

        /// Done; `csa_call_next`: `result` holds an item.
        public const int CSA_OK = (int) 0;

        /// The call has no more items.
        public const int CSA_END = (int) 1;

        /// No item yet, the timeout has passed.
        public const int CSA_PENDING = (int) 2;

        /// An argument is NULL or not UTF-8; `result`, where there is one, says which.
        public const int CSA_ARG = (int) -1;

        /// There is no such handle, or it is closed.
        public const int CSA_HANDLE = (int) -2;

        /// The call was cancelled.
        public const int CSA_CANCELLED = (int) -3;

        /// It failed; `result` holds the error as JSON.
        public const int CSA_FAILED = (int) -4;

        /// The library panicked; the handle can be closed, and other handles still work.
        public const int CSA_PANIC = (int) -5;

        /// This process was forked from the one that uses the library; load it in the child for itself.
        public const int CSA_FORKED = (int) -6;


        /// The version of the ABI: `CSA_ABI_VERSION` of the header that fits.
        [DllImport(NativeLib, CallingConvention = CallingConvention.Cdecl, EntryPoint = "csa_abi_version")]
        public static extern uint csa_abi_version();

        /// Tells about the library, as JSON: `{"name", "version", "abiVersion", "os", "arch"}`.
        ///
        /// Answers CSA_OK. `result` is always written; free it with `csa_buf_free`.
        [DllImport(NativeLib, CallingConvention = CallingConvention.Cdecl, EntryPoint = "csa_info")]
        public static extern int csa_info(out CsaBuf result);

        /// Opens a client. `config` is JSON: `{"sandbox": true}`, or `{"signIn": {"mode", …}}` with `cloud`, or `graphUri` and `authority`; all take
        /// `customCaPath`, `timeoutSeconds` and `quota` (`{"writes", "writeSeconds", "units", "unitSeconds"}`, for a tenant with another than the
        /// published one). A sandbox with `sandboxUsers` has so many users more: `user0000001@contoso.com` and so on. The modes and what each
        /// takes are in ARCHITECTURE.md. What is secret is copied into memory that is zeroed; zero the text after the call.
        ///
        /// Answers CSA_OK with the handle in `client` and `{"graphUri", "sandbox"}` in `result`, or CSA_FAILED with an error in
        /// `result`. Nothing is sent yet: the operation `context.signIn` signs in, or the first other one does. `result` is always written; free it with `csa_buf_free`. Close the handle with
        /// `csa_close`.
        [DllImport(NativeLib, CallingConvention = CallingConvention.Cdecl, EntryPoint = "csa_client_open")]
        public static extern int csa_client_open(CsaStr config, out ulong client, out CsaBuf result);

        /// Starts an operation on a client. `request` is JSON: `{"op": "assignment.get", "params": {…}}`.
        ///
        /// Answers CSA_OK with the handle in `call`, or CSA_FAILED with an error in `result`. `result` is always written; free it
        /// with `csa_buf_free`. Close the handle with `csa_close`, also before its end.
        [DllImport(NativeLib, CallingConvention = CallingConvention.Cdecl, EntryPoint = "csa_call_start")]
        public static extern int csa_call_start(ulong client, CsaStr request, out ulong call, out CsaBuf result);

        /// Waits up to `timeout_ms` milliseconds for the next item of a call.
        ///
        /// An item is a JSON object with a `kind`; where the request asks for a table, a message of an Arrow stream, which begins with the
        /// bytes FF FF FF FF: the schema first, then batches, without a mark at the end.
        ///
        /// Answers CSA_OK with an item in `result`, CSA_END, CSA_PENDING, CSA_CANCELLED, CSA_PANIC, or CSA_FAILED with the error that
        /// ended the call. `result` is always written; free it with `csa_buf_free`.
        [DllImport(NativeLib, CallingConvention = CallingConvention.Cdecl, EntryPoint = "csa_call_next")]
        public static extern int csa_call_next(ulong call, uint timeout_ms, out CsaBuf result);

        /// Cancels a call: a waiting `csa_call_next` answers CSA_CANCELLED at once, and nothing more is sent. From any thread.
        ///
        /// Answers CSA_OK (also if the call has ended already) or CSA_HANDLE. The handle still has to be closed.
        [DllImport(NativeLib, CallingConvention = CallingConvention.Cdecl, EntryPoint = "csa_call_cancel")]
        public static extern int csa_call_cancel(ulong call);

        /// Closes a client or a call. A call that still runs is cancelled; so are all calls of a client.
        ///
        /// Answers CSA_OK, or CSA_HANDLE if it is closed already.
        [DllImport(NativeLib, CallingConvention = CallingConvention.Cdecl, EntryPoint = "csa_close")]
        public static extern int csa_close(ulong handle);

        /// Frees a buffer that this library wrote, once. A buffer with a NULL `ptr` is left alone.
        [DllImport(NativeLib, CallingConvention = CallingConvention.Cdecl, EntryPoint = "csa_buf_free")]
        public static extern void csa_buf_free(CsaBuf buf);

    }

    /// Bytes that the library gives away: free them once with `csa_buf_free`.
    [Serializable]
    [StructLayout(LayoutKind.Sequential)]
    public partial struct CsaBuf
    {
        /// The first byte; NULL if there are none.
        public IntPtr ptr;
        /// How many bytes.
        public ulong len;
    }

    /// Bytes that the caller lends for the call: UTF-8, no NUL needed.
    [Serializable]
    [StructLayout(LayoutKind.Sequential)]
    public partial struct CsaStr
    {
        /// The first byte; may be NULL if `len` is 0.
        public IntPtr ptr;
        /// How many bytes.
        public ulong len;
    }



    public class InteropException<T> : Exception
    {
        public T Error { get; private set; }

        public InteropException(T error): base($"Something went wrong: {error}")
        {
            Error = error;
        }
    }

}
