//! Calls: one running operation, its items waiting to be pulled.

use std::sync::Arc;
use std::time::Duration;

use csa_core::operations::{Item, Operation, Sink};
use csa_core::{Error, Result};
use serde::Deserialize;
use tokio::sync::{mpsc, watch, Mutex};
use tokio::task::{AbortHandle, JoinError};

use crate::client::Client;
use crate::{handles, runtime};

// A few items are made ahead; a slow reader makes the operation wait.
const ITEMS_AHEAD: usize = 16;

/// What a call handle stands for.
pub(crate) struct Call {
    client: u64,
    events: Mutex<mpsc::Receiver<Event>>,
    cancelled: watch::Sender<bool>,
    work: AbortHandle,
}

enum Event {
    Item(Vec<u8>),
    Failed(Error),
    Panicked,
}

/// What [`Call::next`] found.
pub(crate) enum Next {
    Item(Vec<u8>),
    End,
    Pending,
    Cancelled,
    Failed(Error),
    Panicked,
}

struct Channel(mpsc::Sender<Event>);

impl Sink for Channel {
    async fn send(&self, item: Item) -> bool {
        let event = item.into_bytes().map_or_else(Event::Failed, Event::Item);
        self.0.send(event).await.is_ok()
    }
}

/// Starts an operation; gives the handle of the call.
pub(crate) fn start(handle: u64, client: &Arc<Client>, request: &str) -> Result<u64> {
    let operation = Work::parse(request)?;
    let runtime = runtime::get()?;
    let (sender, events) = mpsc::channel(ITEMS_AHEAD);
    let (client, sink) = (Arc::clone(client), Channel(sender.clone()));
    let work = runtime.spawn(async move { operation.run(&client, &sink).await });
    let abort = work.abort_handle();
    runtime.spawn(async move {
        let last = match work.await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => Event::Failed(error),
            Err(error) if JoinError::is_panic(&error) => Event::Panicked,
            Err(_) => return,
        };
        // Nobody waits any more if this fails.
        let _ = sender.send(last).await;
    });
    let call = Call {
        client: handle,
        events: Mutex::new(events),
        cancelled: watch::Sender::new(false),
        work: abort,
    };
    Ok(handles::add_call(call))
}

enum Work {
    Operation(Box<Operation>),
    // Lets users of the ABI test how they take a panic.
    Panic,
}

impl Work {
    fn parse(request: &str) -> Result<Self> {
        // Without the parameters, which may hold a token.
        #[derive(Deserialize)]
        struct Named<'a> {
            op: &'a str,
        }
        match serde_json::from_str::<Named<'_>>(request)
            .ok()
            .map(|named| named.op)
        {
            Some("selftest.panic") => Ok(Self::Panic),
            Some("selftest.panicAtStart") => panic!("asked for"),
            _ => Operation::parse(request.as_bytes()).map(|it| Self::Operation(Box::new(it))),
        }
    }

    async fn run(self, client: &Client, sink: &Channel) -> Result<()> {
        match self {
            Self::Operation(operation) => operation.run(client.graph(), sink).await,
            Self::Panic => panic!("asked for"),
        }
    }
}

impl Call {
    pub(crate) fn client(&self) -> u64 {
        self.client
    }

    pub(crate) fn cancel(&self) {
        self.cancelled.send_replace(true);
        self.work.abort();
    }

    /// Waits up to `timeout` for the next item.
    pub(crate) fn next(&self, timeout: Duration) -> Next {
        let mut cancelled = self.cancelled.subscribe();
        let event = async {
            tokio::select! {
                biased;
                _ = cancelled.wait_for(|cancelled| *cancelled) => Next::Cancelled,
                event = async { self.events.lock().await.recv().await } => match event {
                    Some(Event::Item(bytes)) => Next::Item(bytes),
                    Some(Event::Failed(error)) => Next::Failed(error),
                    Some(Event::Panicked) => Next::Panicked,
                    None => Next::End,
                },
            }
        };
        match runtime::get() {
            Ok(runtime) => runtime.block_on(async {
                tokio::time::timeout(timeout, event)
                    .await
                    .unwrap_or(Next::Pending)
            }),
            Err(error) => Next::Failed(error),
        }
    }
}
