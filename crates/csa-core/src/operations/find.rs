use std::collections::HashSet;

use serde::Deserialize;
use serde_json::Value as Json;

use super::{Item, Sink};
use crate::error::{Error, ErrorCode, Result};
use crate::filter::Filter;
use crate::graph::{Client, Pages, Request, TargetInfo};
use crate::wire;

// The most that Graph gives at once: https://learn.microsoft.com/graph/api/user-list
const PAGE_SIZE: usize = 999;
const IDENTITY: [&str; 3] = ["id", "displayName", "userPrincipalName"];

/// `user.find`: lists the users that a filter finds, page by page, each once.
///
/// Parameters: `filter`, in the structured form of [`Filter::from_json`] or as OData text (text that only Graph understands is
/// sent as it is); `properties`: further properties to read; `first`: how many users at most. Without a filter: all users.
/// Items: one `user` each.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FindUsers {
    filter: Option<Json>,
    #[serde(default)]
    properties: Vec<String>,
    first: Option<usize>,
    #[serde(skip)]
    queries: Vec<Option<String>>,
}

impl FindUsers {
    pub(super) fn checked(mut self) -> Result<Self> {
        let plain = |name: &String| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        if let Some(name) = self.properties.iter().find(|name| !plain(name)) {
            return Err(Error::new(
                ErrorCode::InvalidRequest,
                format!("\"{name}\" is not a property of users"),
            )
            .hint("name properties as Graph does, such as department"));
        }
        self.properties
            .retain(|name| !IDENTITY.contains(&name.as_str()) && name != wire::PROPERTY);
        self.queries = match &self.filter {
            None => vec![None],
            Some(Json::String(text)) if text.trim().is_empty() => {
                return Err(Error::new(ErrorCode::InvalidFilter, "the filter is empty")
                    .hint("leave the filter out to list all users"))
            }
            Some(Json::String(text)) => match Filter::parse(text) {
                Ok(filter) => odata(filter)?,
                // Graph knows more operators than this crate needs to: it decides.
                Err(_) => vec![Some(text.clone())],
            },
            Some(structured) => odata(Filter::from_json(structured)?)?,
        };
        Ok(self)
    }

    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        let select: Vec<_> = IDENTITY
            .into_iter()
            .chain(self.properties.iter().map(String::as_str))
            .chain([wire::PROPERTY])
            .collect();
        let select = select.join(",");
        let mut left = self.first.unwrap_or(usize::MAX);
        // One query finds an object once; several may find the same.
        let mut seen = HashSet::new();
        let several = 1 < self.queries.len();
        for query in &self.queries {
            if left == 0 {
                break;
            }
            // With several queries a page may hold users already given, so `first` can't bound it.
            let top = if several {
                PAGE_SIZE
            } else {
                PAGE_SIZE.min(left)
            };
            let mut request = Request::get("/users")
                .advanced()
                .query("$select", select.clone());
            if let Some(filter) = query {
                request = request.query("$filter", filter.clone());
            }
            let mut pages = Pages::new(client, request.query("$top", top.to_string()));
            while let Some(users) = pages.next().await? {
                for user in users {
                    let item = self.item(&user)?;
                    let id = user.get("id").and_then(Json::as_str).unwrap_or_default();
                    if several && !seen.insert(id.to_owned()) {
                        continue;
                    }
                    if !sink.send(item).await {
                        return Ok(());
                    }
                    left -= 1;
                    if left == 0 {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    fn item(&self, user: &Json) -> Result<Item> {
        let target = TargetInfo::of_object("user", user);
        let assignments =
            wire::read(user.get(wire::PROPERTY).unwrap_or(&Json::Null)).map_err(|error| {
                error.target(target.user_principal_name.as_deref().unwrap_or("a user"))
            })?;
        let property =
            |name: &String| (name.clone(), user.get(name).cloned().unwrap_or(Json::Null));
        Ok(Item::User {
            target,
            assignments: assignments.unwrap_or_default().to_list(),
            properties: self.properties.iter().map(property).collect(),
        })
    }
}

fn odata(filter: Filter) -> Result<Vec<Option<String>>> {
    Ok(filter
        .split()?
        .iter()
        .map(|filter| Some(filter.to_string()))
        .collect())
}
