//! The definitions of the tenant, read once and remembered.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use tokio::sync::Mutex;

use super::{Client, Pages, Request};
use crate::definition::{AllowedValue, AttributeDefinition, AttributeSet, Definitions};
use crate::error::{ErrorCode, Result};

/// Where attribute sets are.
pub(crate) const SETS: &str = "/directory/attributeSets";
/// Where definitions are.
pub(crate) const DEFINITIONS: &str = "/directory/customSecurityAttributeDefinitions";

// The most that lists of the directory give at once.
const PAGE_SIZE: &str = "999";
const MAX_AGE: Duration = Duration::from_secs(3600);
// Unknown names make the definitions be read again, but a file full of misspelt names must not read them for each row.
const MAX_RENEWALS: usize = 4;
const RENEWAL_WINDOW: Duration = Duration::from_secs(30);

/// What a client remembers.
#[derive(Debug, Default)]
pub(super) struct Cache {
    state: Mutex<State>,
    warned: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    // Inner `None`: this sign-in may not read definitions.
    definitions: Option<Aged<Option<Arc<Definitions>>>>,
    sets: Option<Aged<Option<Arc<Vec<AttributeSet>>>>>,
    renewals: Vec<Instant>,
}

impl State {
    // Whether something may be read again now; counts it, if so.
    fn may_renew(&mut self) -> bool {
        self.renewals
            .retain(|renewal| renewal.elapsed() < RENEWAL_WINDOW);
        let may = self.renewals.len() < MAX_RENEWALS;
        if may {
            self.renewals.push(Instant::now());
        }
        may
    }
}

#[derive(Debug)]
struct Aged<T> {
    read: Instant,
    value: T,
}

impl<T: Clone> Aged<T> {
    fn new(value: T) -> Self {
        Self {
            read: Instant::now(),
            value,
        }
    }

    fn fresh(entry: &Option<Self>) -> Option<T> {
        entry
            .as_ref()
            .filter(|aged| aged.read.elapsed() < MAX_AGE)
            .map(|aged| aged.value.clone())
    }
}

impl Client {
    /// The definitions of the tenant with their allowed values; `None` if this sign-in may not read them. Read when first
    /// needed, by one request for each 999, and remembered for an hour. Who comes while they are read waits for them.
    ///
    /// # Errors
    ///
    /// Those of [`Client::send`], when it can't be told whether they may be read. Nothing is remembered then.
    ///
    /// Source: <https://learn.microsoft.com/graph/api/directory-list-customsecurityattributedefinitions>
    pub async fn definitions(&self) -> Result<Option<Arc<Definitions>>> {
        let mut state = self.inner.definitions.state.lock().await;
        if let Some(known) = Aged::fresh(&state.definitions) {
            return Ok(known);
        }
        self.read_definitions(&mut state).await
    }

    /// The definitions, read again before something is called unknown or not allowed; as they are if that happened four times
    /// within the last 30 s.
    ///
    /// # Errors
    ///
    /// As [`Client::definitions`].
    pub async fn renewed_definitions(&self) -> Result<Option<Arc<Definitions>>> {
        let mut state = self.inner.definitions.state.lock().await;
        match Aged::fresh(&state.definitions) {
            Some(known) if known.is_none() || !state.may_renew() => Ok(known),
            _ => self.read_definitions(&mut state).await,
        }
    }

    /// The attribute sets, read again; at most as often as the definitions.
    ///
    /// # Errors
    ///
    /// As [`Client::definitions`].
    pub async fn renewed_attribute_sets(&self) -> Result<Option<Arc<Vec<AttributeSet>>>> {
        let mut state = self.inner.definitions.state.lock().await;
        match Aged::fresh(&state.sets) {
            Some(known) if known.is_none() || !state.may_renew() => Ok(known),
            _ => self.read_sets(&mut state).await,
        }
    }

    async fn read_definitions(&self, state: &mut State) -> Result<Option<Arc<Definitions>>> {
        let request = Request::get(DEFINITIONS).query("$expand", "allowedValues");
        let found = match self.read_whole_list(request).await? {
            None => None,
            Some(objects) => {
                let mut list = Vec::with_capacity(objects.len());
                for object in objects {
                    list.extend(self.whole_definition(object).await?);
                }
                Some(Arc::new(Definitions::new(list)))
            }
        };
        state.definitions = Some(Aged::new(found.clone()));
        Ok(found)
    }

    // A definition with all its allowed values: an expanded list may be cut, with a link to the rest.
    async fn whole_definition(&self, mut object: Json) -> Result<Option<AttributeDefinition>> {
        let link = object
            .get_mut("allowedValues@odata.nextLink")
            .map(Json::take);
        let mut definition = AttributeDefinition::read(&object)?;
        if let (Some(definition), Some(Json::String(link))) = (&mut definition, link) {
            for value in self.read_all(Request::get("").follow(link)).await? {
                definition.allowed_values.push(AllowedValue::read(&value)?);
            }
        }
        Ok(definition)
    }

    /// The attribute sets of the tenant; `None` if this sign-in may not read them. Remembered like the definitions.
    ///
    /// # Errors
    ///
    /// As [`Client::definitions`].
    ///
    /// Source: <https://learn.microsoft.com/graph/api/directory-list-attributesets>
    pub async fn attribute_sets(&self) -> Result<Option<Arc<Vec<AttributeSet>>>> {
        let mut state = self.inner.definitions.state.lock().await;
        if let Some(known) = Aged::fresh(&state.sets) {
            return Ok(known);
        }
        self.read_sets(&mut state).await
    }

    async fn read_sets(&self, state: &mut State) -> Result<Option<Arc<Vec<AttributeSet>>>> {
        let objects = self.read_whole_list(Request::get(SETS)).await?;
        let read = |objects: Vec<Json>| objects.iter().map(AttributeSet::read).collect();
        let found = objects.map(read).transpose()?.map(Arc::new);
        state.sets = Some(Aged::new(found.clone()));
        Ok(found)
    }

    /// Forgets definitions and sets: the next question reads them again.
    pub async fn forget_definitions(&self) {
        let mut state = self.inner.definitions.state.lock().await;
        state.definitions = None;
        state.sets = None;
    }

    /// Whether nobody was told yet that definitions can't be read. `true` once a client.
    pub fn warn_of_missing_definitions(&self) -> bool {
        !self.inner.definitions.warned.swap(true, Ordering::Relaxed)
    }

    // All of a list, or `None` if this sign-in may not read it. In the largest pages; as the service likes, if it does not take
    // their size: its documentation says `$top` and no maximum.
    async fn read_whole_list(&self, request: Request) -> Result<Option<Vec<Json>>> {
        let large = request.clone().query("$top", PAGE_SIZE);
        let outcome = match self.read_all(large).await {
            Err(error) if error.code() == ErrorCode::Rejected => self.read_all(request).await,
            outcome => outcome,
        };
        match outcome {
            Ok(objects) => Ok(Some(objects)),
            Err(error) if is_withheld(error.code()) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn read_all(&self, request: Request) -> Result<Vec<Json>> {
        let mut pages = Pages::new(self, request);
        let mut all = Vec::new();
        while let Some(page) = pages.next().await? {
            all.extend(page);
        }
        Ok(all)
    }
}

// Answers that mean "not for this sign-in" or "not on this service", other than "not now".
fn is_withheld(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::Forbidden | ErrorCode::NotFound | ErrorCode::Rejected
    )
}
