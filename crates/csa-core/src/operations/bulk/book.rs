//! The journal of a run, if it has one: from the start, or once it is large.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::bulk::{state_folder, Before, Header, Journal, Line};
use crate::error::{Error, ErrorCode, Result};

// Finished runs that nobody gave a journal are of use for some time only, and their values are nobody's business for longer.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// Where the lines of a run go.
#[derive(Debug)]
pub(in crate::operations) struct Book(Mutex<Pages>);

#[derive(Debug)]
enum Pages {
    None,
    // Until it is known whether the run is large.
    Waiting(Header, Vec<Line>),
    Open(Journal),
}

impl Book {
    pub(super) fn none() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Pages::None)))
    }

    pub(super) fn waiting(header: Header) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Pages::Waiting(header, Vec::new()))))
    }

    pub(super) fn open(journal: Journal) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Pages::Open(journal))))
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn path(&self) -> Option<PathBuf> {
        match &*self.pages() {
            Pages::Open(journal) => Some(journal.path().to_owned()),
            Pages::None | Pages::Waiting(..) => None,
        }
    }

    /// Adds lines; with `sync` they are on the disk when this ends.
    pub(super) async fn append(self: &Arc<Self>, lines: Vec<Line>, sync: bool) -> Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        match &mut *self.pages() {
            Pages::None => return Ok(()),
            Pages::Waiting(_, waiting) => {
                waiting.extend(lines);
                return Ok(());
            }
            // Into the memory of the system: as fast as a lock.
            Pages::Open(journal) if !sync => return journal.append(&lines, false),
            Pages::Open(_) => {}
        }
        let book = Arc::clone(self);
        blocking(move || match &mut *book.pages() {
            Pages::Open(journal) => journal.append(&lines, true),
            Pages::None | Pages::Waiting(..) => Ok(()),
        })
        .await
    }

    /// Notes what is there before a write.
    pub(in crate::operations) async fn before(self: &Arc<Self>, before: Before) -> Result<()> {
        self.append(vec![Line::Before(before)], false).await
    }

    /// Begins a file in the user's state folder for a run that waited with it. Without one, it goes on without.
    pub(super) async fn write_down(self: &Arc<Self>) -> Result<()> {
        let book = Arc::clone(self);
        blocking(move || {
            let mut pages = book.pages();
            let Pages::Waiting(header, lines) = std::mem::replace(&mut *pages, Pages::None) else {
                return Ok(());
            };
            let folder = state_folder()?;
            remove_old(&folder);
            let name = format!("{}-{}.jsonl", header.started.replace(':', ""), header.run);
            let (mut journal, _) = Journal::open_or_create(&folder.join(name), &header)?;
            journal.append(&lines, true)?;
            *pages = Pages::Open(journal);
            Ok(())
        })
        .await
    }

    pub(super) fn is_waiting(&self) -> bool {
        matches!(&*self.pages(), Pages::Waiting(..))
    }
}

// What can't be looked at stays: it is tried again with the next large run.
fn remove_old(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let written = path.metadata().and_then(|data| data.modified());
        let is_old = written.is_ok_and(|then| {
            SystemTime::now()
                .duration_since(then)
                .is_ok_and(|age| KEPT < age)
        });
        if is_old
            && Journal::read(&path).is_ok_and(|(replay, in_use)| replay.is_complete() && !in_use)
        {
            let _ = std::fs::remove_file(path);
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(
            Error::new(ErrorCode::Internal, "writing the journal broke off")
                .hint("please report this"),
        )
    })
}
