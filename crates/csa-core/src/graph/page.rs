//! Lists, page by page.

use serde_json::Value as Json;

use super::{Client, Request};
use crate::error::{Error, ErrorCode, Result};

/// A list that is read one page at a time, by nextLink.
///
/// Source: <https://learn.microsoft.com/graph/paging>
#[derive(Debug)]
pub struct Pages<'a> {
    client: &'a Client,
    next: Option<Request>,
}

impl<'a> Pages<'a> {
    /// The list that `request` begins.
    pub fn new(client: &'a Client, request: Request) -> Self {
        Self {
            client,
            next: Some(request),
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
        self.next = link.map(|link| request.follow(link));
        match body.get_mut("value").map(Json::take) {
            Some(Json::Array(objects)) => Ok(Some(objects)),
            _ => Err(not_a_page("value is not a list")),
        }
    }
}

fn not_a_page(reason: &str) -> Error {
    Error::new(
        ErrorCode::Protocol,
        format!("the answer is not a page of a list: {reason}"),
    )
    .hint("check the Graph root and what stands between you and it")
}
