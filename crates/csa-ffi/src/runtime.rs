//! The one runtime of the process, made on first use.

use std::io;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use csa_core::{Error, ErrorCode, Result};
use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Runtime};

pub(crate) const THREAD_NAME: &str = "csa-worker";

static RUNTIME: OnceCell<Runtime> = OnceCell::new();
// The process that made the runtime; 0 before.
static OWNER: AtomicU32 = AtomicU32::new(0);

/// Whether this process has the runtime's memory without its threads.
pub(crate) fn is_forked() -> bool {
    let owner = OWNER.load(Ordering::Acquire);
    owner != 0 && owner != process::id()
}

/// The runtime.
///
/// # Errors
///
/// [`ErrorCode::Internal`] if the system gives no threads.
pub(crate) fn get() -> Result<&'static Runtime> {
    RUNTIME
        .get_or_try_init(|| {
            let runtime = Builder::new_multi_thread()
                .worker_threads(2)
                .thread_name(THREAD_NAME)
                .enable_all()
                .build()?;
            OWNER.store(process::id(), Ordering::Release);
            Ok(runtime)
        })
        .map_err(|error: io::Error| {
            Error::new(
                ErrorCode::Internal,
                format!("no threads for the library: {error}"),
            )
            .hint("raise the limit of threads of this process")
        })
}
