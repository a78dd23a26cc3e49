//! Lists, page by page.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value as Json;

use super::{Client, Request};
use crate::error::{Error, ErrorCode, Result};

// Filters may leave pages empty, but not so many.
const MOST_EMPTY_PAGES: u32 = 1000;
// The count comes from an index and is of the first page's time: twice as many and some pages more are not what it means.
const MORE_THAN_COUNTED: u64 = 20_000;

/// A list that is read one page at a time, by nextLink.
///
/// Source: <https://learn.microsoft.com/graph/paging>
#[derive(Debug)]
pub struct Pages<'a> {
    client: &'a Client,
    next: Option<Request>,
    // Hashes of the links that were followed.
    followed: HashSet<u64>,
    empty_in_a_row: u32,
    objects: u64,
    counted: Option<u64>,
}

impl<'a> Pages<'a> {
    /// The list that `request` begins.
    pub fn new(client: &'a Client, request: Request) -> Self {
        Self {
            client,
            next: Some(request),
            followed: HashSet::new(),
            empty_in_a_row: 0,
            objects: 0,
            counted: None,
        }
    }

    /// The objects of the next page, or `None` at the end. A page may be empty although more follow.
    ///
    /// # Errors
    ///
    /// Those of [`Client::send`]; [`ErrorCode::Refused`] for a nextLink to another place; [`ErrorCode::Protocol`] for an
    /// answer that is no page.
    pub async fn next(&mut self) -> Result<Option<Vec<Json>>> {
        let Some(request) = self.next.take() else {
            return Ok(None);
        };
        let mut body = self.client.send(&request).await?.json()?;
        let link = match body.get("@odata.nextLink") {
            None | Some(Json::Null) => None,
            Some(Json::String(link)) => Some(link.clone()),
            Some(_) => return Err(not_a_page("@odata.nextLink is not a text")),
        };
        if let Some(count) = body.get("@odata.count").and_then(Json::as_u64) {
            self.counted.get_or_insert(count);
        }
        let Some(Json::Array(objects)) = body.get_mut("value").map(Json::take) else {
            return Err(not_a_page("value is not a list"));
        };
        if let Some(link) = link {
            self.check_end(&link, objects.len())?;
            self.next = Some(request.follow(link));
        }
        Ok(Some(objects))
    }

    // A list that does not end must not be followed without end.
    fn check_end(&mut self, link: &str, objects: usize) -> Result<()> {
        let mut hasher = DefaultHasher::new();
        link.hash(&mut hasher);
        if !self.followed.insert(hasher.finish()) {
            return Err(endless("a page that was read already comes again"));
        }
        self.empty_in_a_row = if objects == 0 {
            self.empty_in_a_row + 1
        } else {
            0
        };
        if MOST_EMPTY_PAGES <= self.empty_in_a_row {
            return Err(endless(&format!(
                "{MOST_EMPTY_PAGES} pages in a row without an object"
            )));
        }
        self.objects += objects as u64;
        let most = |counted: u64| counted.saturating_mul(2).saturating_add(MORE_THAN_COUNTED);
        if self
            .counted
            .is_some_and(|counted| most(counted) < self.objects)
        {
            return Err(endless("the service gives more objects than it counted"));
        }
        Ok(())
    }
}

fn endless(reason: &str) -> Error {
    Error::new(
        ErrorCode::Protocol,
        format!("the list does not end: {reason}"),
    )
    .hint("check the Graph root and what stands between you and it")
}

fn not_a_page(reason: &str) -> Error {
    Error::new(
        ErrorCode::Protocol,
        format!("the answer is not a page of a list: {reason}"),
    )
    .hint("check the Graph root and what stands between you and it")
}
