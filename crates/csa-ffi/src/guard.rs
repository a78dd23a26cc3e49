//! Around every entry: no panic gets out, no call after a fork gets in.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use csa_core::{Error, ErrorCode};

use crate::buffer::CsaBuf;
use crate::{runtime, CSA_ARG, CSA_FORKED, CSA_PANIC};

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs an entry that writes `result`, which is always written.
pub(crate) fn guarded(result: Option<&mut CsaBuf>, entry: impl FnOnce(&mut CsaBuf) -> i32) -> i32 {
    let Some(result) = result else { return CSA_ARG };
    *result = CsaBuf::EMPTY;
    let code = guarded_bare(|| entry(result));
    if code == CSA_PANIC && result.ptr.is_null() {
        *result = CsaBuf::json(&panic_error());
    }
    code
}

/// Runs an entry without a result.
pub(crate) fn guarded_bare(entry: impl FnOnce() -> i32) -> i32 {
    if runtime::is_forked() {
        return CSA_FORKED;
    }
    silence_own_panics();
    INSIDE.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(entry));
    INSIDE.set(false);
    outcome.unwrap_or(CSA_PANIC)
}

pub(crate) fn panic_error() -> Error {
    Error::new(ErrorCode::Internal, "entra-csa failed inside")
        .hint("please report this with the request that led to it")
}

// The default hook prints to the console of whoever loaded the library. Panics outside of it keep their hook.
fn silence_own_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let own = INSIDE.try_with(Cell::get).unwrap_or(false)
                || std::thread::current().name() == Some(runtime::THREAD_NAME);
            if !own {
                previous(info);
            }
        }));
    });
}
