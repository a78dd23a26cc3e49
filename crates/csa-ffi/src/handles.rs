//! Handles: numbers that are never used twice, so that a closed one stays unknown.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use once_cell::sync::Lazy;

use crate::call::Call;
use crate::client::Client;

#[derive(Default)]
struct Table {
    last: u64,
    clients: HashMap<u64, Arc<Client>>,
    calls: HashMap<u64, Arc<Call>>,
}

static TABLE: Lazy<Mutex<Table>> = Lazy::new(Mutex::default);

fn table() -> MutexGuard<'static, Table> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Table {
    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

pub(crate) fn add_client(client: Client) -> u64 {
    let mut table = table();
    let handle = table.next();
    table.clients.insert(handle, Arc::new(client));
    handle
}

pub(crate) fn add_call(call: Call) -> u64 {
    let mut table = table();
    let handle = table.next();
    table.calls.insert(handle, Arc::new(call));
    handle
}

pub(crate) fn client(handle: u64) -> Option<Arc<Client>> {
    table().clients.get(&handle).cloned()
}

pub(crate) fn call(handle: u64) -> Option<Arc<Call>> {
    table().calls.get(&handle).cloned()
}

/// Forgets a handle and cancels what runs under it. `false`: there is none.
pub(crate) fn close(handle: u64) -> bool {
    let mut table = table();
    if let Some(call) = table.calls.remove(&handle) {
        call.cancel();
        return true;
    }
    let found = table.clients.remove(&handle).is_some();
    for call in table.calls.values().filter(|call| call.client() == handle) {
        call.cancel();
    }
    found
}
