//! The C ABI of entra-csa: eight functions, JSON both ways, handles that are numbers.
//!
//! Every operation is [`csa_call_start`], [`csa_call_next`] until it says end, [`csa_close`]. Results are pulled, never pushed:
//! there are no callbacks. A panic never crosses: it is an answer of its own. After `fork` every function that answers a code
//! answers [`CSA_FORKED`] at once, since the threads of the parent are not in the child.
//!
//! This is the one crate with `unsafe`: reading borrowed bytes and freeing buffers.

mod buffer;
mod call;
mod client;
mod guard;
mod handles;
mod runtime;

use std::time::Duration;

use csa_core::{Error, ErrorCode};
use interoptopus::{constant, ffi_constant, ffi_function, function, Inventory, InventoryBuilder};

pub use buffer::{CsaBuf, CsaStr};

use crate::call::Next;
use crate::guard::guarded;

/// The version of this ABI. It changes when a function, a struct or a code changes; not when an operation is added.
#[ffi_constant]
pub const CSA_ABI_VERSION: u32 = 1;

/// Done; `csa_call_next`: `result` holds an item.
#[ffi_constant]
pub const CSA_OK: i32 = 0;
/// The call has no more items.
#[ffi_constant]
pub const CSA_END: i32 = 1;
/// No item yet, the timeout has passed.
#[ffi_constant]
pub const CSA_PENDING: i32 = 2;
/// An argument is NULL or not UTF-8; `result`, where there is one, says which.
#[ffi_constant]
pub const CSA_ARG: i32 = -1;
/// There is no such handle, or it is closed.
#[ffi_constant]
pub const CSA_HANDLE: i32 = -2;
/// The call was cancelled.
#[ffi_constant]
pub const CSA_CANCELLED: i32 = -3;
/// It failed; `result` holds the error as JSON.
#[ffi_constant]
pub const CSA_FAILED: i32 = -4;
/// The library panicked; the handle can be closed, and other handles still work.
#[ffi_constant]
pub const CSA_PANIC: i32 = -5;
/// This process was forked from the one that uses the library; load it in the child for itself.
#[ffi_constant]
pub const CSA_FORKED: i32 = -6;

/// The version of the ABI: `CSA_ABI_VERSION` of the header that fits.
#[ffi_function]
#[no_mangle]
pub extern "C" fn csa_abi_version() -> u32 {
    CSA_ABI_VERSION
}

/// Tells about the library, as JSON: `{"name", "version", "abiVersion", "os", "arch"}`.
///
/// Answers CSA_OK. `result` is always written; free it with `csa_buf_free`.
#[ffi_function]
#[no_mangle]
pub extern "C" fn csa_info(result: Option<&mut CsaBuf>) -> i32 {
    guarded(result, |result| {
        *result = CsaBuf::json(&serde_json::json!({
            "name": "entra-csa", "version": env!("CARGO_PKG_VERSION"), "abiVersion": CSA_ABI_VERSION,
            "os": std::env::consts::OS, "arch": std::env::consts::ARCH,
        }));
        CSA_OK
    })
}

/// Opens a client. `config` is JSON: `{"sandbox": true}`, or `{"signIn": {"mode", …}}` with `cloud`, or `graphUri` and `authority`; all take
/// `customCaPath`, `timeoutSeconds` and `quota` (`{"writes", "writeSeconds", "units", "unitSeconds"}`, for a tenant with another than the
/// published one). A sandbox with `sandboxUsers` has so many users more: `user0000001@contoso.com` and so on. The modes and what each
/// takes are in ARCHITECTURE.md. What is secret is copied into memory that is zeroed; zero the text after the call.
///
/// Answers CSA_OK with the handle in `client` and `{"graphUri", "sandbox"}` in `result`, or CSA_FAILED with an error in
/// `result`. Nothing is sent yet: the operation `context.signIn` signs in, or the first other one does. `result` is always written; free it with `csa_buf_free`. Close the handle with
/// `csa_close`.
#[ffi_function]
#[no_mangle]
pub extern "C" fn csa_client_open(
    config: CsaStr,
    client: Option<&mut u64>,
    result: Option<&mut CsaBuf>,
) -> i32 {
    guarded(result, |result| {
        let Some(client) = client else {
            return arg(result, "client is NULL");
        };
        *client = 0;
        let config = match config.text() {
            Ok(config) => config,
            Err(reason) => return arg(result, &format!("config {reason}")),
        };
        match client::open(config) {
            Ok((handle, info)) => {
                *client = handle;
                *result = CsaBuf::json(&info);
                CSA_OK
            }
            Err(error) => failed(result, &error),
        }
    })
}

/// Starts an operation on a client. `request` is JSON: `{"op": "assignment.get", "params": {…}}`.
///
/// Answers CSA_OK with the handle in `call`, or CSA_FAILED with an error in `result`. `result` is always written; free it
/// with `csa_buf_free`. Close the handle with `csa_close`, also before its end.
#[ffi_function]
#[no_mangle]
pub extern "C" fn csa_call_start(
    client: u64,
    request: CsaStr,
    call: Option<&mut u64>,
    result: Option<&mut CsaBuf>,
) -> i32 {
    guarded(result, |result| {
        let Some(call) = call else {
            return arg(result, "call is NULL");
        };
        *call = 0;
        let request = match request.text() {
            Ok(request) => request,
            Err(reason) => return arg(result, &format!("request {reason}")),
        };
        let Some(owner) = handles::client(client) else {
            return CSA_HANDLE;
        };
        match call::start(client, &owner, request) {
            Ok(handle) => {
                *call = handle;
                CSA_OK
            }
            Err(error) => failed(result, &error),
        }
    })
}

/// Waits up to `timeout_ms` milliseconds for the next item of a call.
///
/// An item is a JSON object with a `kind`; where the request asks for a table, a message of an Arrow stream, which begins with the
/// bytes FF FF FF FF: the schema first, then batches, without a mark at the end.
///
/// Answers CSA_OK with an item in `result`, CSA_END, CSA_PENDING, CSA_CANCELLED, CSA_PANIC, or CSA_FAILED with the error that
/// ended the call. `result` is always written; free it with `csa_buf_free`.
#[ffi_function]
#[no_mangle]
pub extern "C" fn csa_call_next(call: u64, timeout_ms: u32, result: Option<&mut CsaBuf>) -> i32 {
    guarded(result, |result| {
        let Some(call) = handles::call(call) else {
            return CSA_HANDLE;
        };
        match call.next(Duration::from_millis(timeout_ms.into())) {
            Next::Item(bytes) => {
                *result = CsaBuf::bytes(bytes);
                CSA_OK
            }
            Next::End => CSA_END,
            Next::Pending => CSA_PENDING,
            Next::Cancelled => CSA_CANCELLED,
            Next::Failed(error) => failed(result, &error),
            Next::Panicked => {
                *result = CsaBuf::json(&guard::panic_error());
                CSA_PANIC
            }
        }
    })
}

/// Cancels a call: a waiting `csa_call_next` answers CSA_CANCELLED at once, and nothing more is sent. From any thread.
///
/// Answers CSA_OK (also if the call has ended already) or CSA_HANDLE. The handle still has to be closed.
#[ffi_function]
#[no_mangle]
pub extern "C" fn csa_call_cancel(call: u64) -> i32 {
    guard::guarded_bare(|| match handles::call(call) {
        Some(call) => {
            call.cancel();
            CSA_OK
        }
        None => CSA_HANDLE,
    })
}

/// Closes a client or a call. A call that still runs is cancelled; so are all calls of a client.
///
/// Answers CSA_OK, or CSA_HANDLE if it is closed already.
#[ffi_function]
#[no_mangle]
pub extern "C" fn csa_close(handle: u64) -> i32 {
    guard::guarded_bare(|| {
        if handles::close(handle) {
            CSA_OK
        } else {
            CSA_HANDLE
        }
    })
}

/// Frees a buffer that this library wrote, once. A buffer with a NULL `ptr` is left alone.
#[ffi_function]
#[no_mangle]
pub extern "C" fn csa_buf_free(buf: CsaBuf) {
    buf.free();
}

fn failed(result: &mut CsaBuf, error: &Error) -> i32 {
    *result = CsaBuf::json(error);
    CSA_FAILED
}

fn arg(result: &mut CsaBuf, reason: &str) -> i32 {
    let error = Error::new(ErrorCode::InvalidRequest, reason)
        .hint("pass UTF-8 bytes with their length, and pointers to write to");
    *result = CsaBuf::json(&error);
    CSA_ARG
}

/// The functions, structs and constants of the ABI, from which the bindings are written.
pub fn inventory() -> Inventory {
    InventoryBuilder::new()
        .register(constant!(CSA_ABI_VERSION))
        .register(constant!(CSA_OK))
        .register(constant!(CSA_END))
        .register(constant!(CSA_PENDING))
        .register(constant!(CSA_ARG))
        .register(constant!(CSA_HANDLE))
        .register(constant!(CSA_CANCELLED))
        .register(constant!(CSA_FAILED))
        .register(constant!(CSA_PANIC))
        .register(constant!(CSA_FORKED))
        .register(function!(csa_abi_version))
        .register(function!(csa_info))
        .register(function!(csa_client_open))
        .register(function!(csa_call_start))
        .register(function!(csa_call_next))
        .register(function!(csa_call_cancel))
        .register(function!(csa_close))
        .register(function!(csa_buf_free))
        .inventory()
}
