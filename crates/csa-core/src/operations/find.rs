use std::borrow::Cow;
use std::collections::HashSet;

use futures_util::future;
use serde::Deserialize;
use serde_json::Value as Json;
use tokio::task;

use super::tenant::{known_definition, with_definitions};
use super::{AttributeParam, Item, Sink};
use crate::assignment::Assignments;
use crate::definition::Definitions;
use crate::error::{Error, ErrorCode, Result};
use crate::filter::Filter;
use crate::frame::{json_columns, Frame, Shape, Stream, Wanted};
use crate::graph::{Client, Pages, Request, TargetInfo};
use crate::wire;

// The most that Graph gives at once: https://learn.microsoft.com/graph/api/user-list
const PAGE_SIZE: usize = 999;

/// What to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Collection {
    /// <https://learn.microsoft.com/graph/api/user-list>
    Users,
    /// <https://learn.microsoft.com/graph/api/serviceprincipal-list>
    ServicePrincipals,
}

impl Collection {
    fn path(self) -> &'static str {
        match self {
            Self::Users => "/users",
            Self::ServicePrincipals => "/servicePrincipals",
        }
    }

    fn type_name(self) -> &'static str {
        match self {
            Self::Users => "user",
            Self::ServicePrincipals => "servicePrincipal",
        }
    }

    fn identity(self) -> [&'static str; 3] {
        match self {
            Self::Users => ["id", "displayName", "userPrincipalName"],
            Self::ServicePrincipals => ["id", "displayName", "appId"],
        }
    }
}

/// `user.find` and `servicePrincipal.find`: list the objects that a filter finds, page by page, each once.
///
/// Parameters: `filter`, in the structured form of [`Filter::from_json`] or as OData text (text that only Graph understands is
/// sent as it is); `properties`: further properties to read; `first`: how many objects at most; `skipDefinitionCheck`; `frame`: a
/// table of them in place of an item each, see [`FrameParam`]. Without a filter: all of them. Items: one `user` or
/// `servicePrincipal` each; or the messages of an Arrow stream, the schema first, or `columns`.
///
/// Names of attributes go out in the casing of the tenant, and what they are compared with in the type of the definition.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Find {
    #[serde(skip, default = "users")]
    collection: Collection,
    filter: Option<Json>,
    #[serde(default)]
    properties: Vec<String>,
    first: Option<usize>,
    #[serde(default)]
    skip_definition_check: bool,
    frame: Option<FrameParam>,
}

/// How a table is to be: `wide`, a row for each target and a column for each attribute, or a row for each attribute; `attributes`:
/// only these, in this order; `json`: columns of JSON in place of an Arrow stream.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FrameParam {
    #[serde(default)]
    wide: bool,
    attributes: Option<Vec<AttributeParam>>,
    #[serde(default)]
    json: bool,
}

fn users() -> Collection {
    Collection::Users
}

impl Find {
    pub(super) fn checked(mut self, collection: Collection) -> Result<Self> {
        self.collection = collection;
        let plain = |name: &String| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        if let Some(name) = self.properties.iter().find(|name| !plain(name)) {
            return Err(Error::new(
                ErrorCode::InvalidRequest,
                format!(
                    "\"{name}\" is not a property of a {}",
                    collection.type_name()
                ),
            )
            .hint("name properties as Graph does, such as department"));
        }
        let mut named = HashSet::from([wire::PROPERTY.to_owned()]);
        named.extend(collection.identity().map(str::to_owned));
        self.properties.retain(|name| named.insert(name.clone()));
        // A filter that is wrong in itself is told before anything is sent; names are looked up later.
        match self.queries(None) {
            Err(error) if error.code() != ErrorCode::InvalidName => Err(error),
            Ok(_) | Err(_) => Ok(self),
        }
    }

    // The queries to send; `None` for no filter.
    fn queries(&self, definitions: Option<&Definitions>) -> Result<Vec<Option<String>>> {
        let filter = match &self.filter {
            None => return Ok(vec![None]),
            Some(Json::String(text)) if text.trim().is_empty() => {
                return Err(Error::new(ErrorCode::InvalidFilter, "the filter is empty")
                    .hint("leave the filter out to list everything"))
            }
            Some(Json::String(text)) => match Filter::parse(text) {
                Ok(filter) => filter,
                // Graph knows more operators than this crate needs to: it decides.
                Err(_) => return Ok(vec![Some(text.clone())]),
            },
            Some(structured) => match definitions {
                Some(definitions) => Filter::from_json(&in_full(structured, definitions)?)?,
                None => Filter::from_json(structured)?,
            },
        };
        let filter = match definitions {
            Some(definitions) => filter.by_definitions(definitions)?,
            None => filter,
        };
        Ok(filter
            .split()?
            .iter()
            .map(|filter| Some(filter.to_string()))
            .collect())
    }

    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        let mut table = match &self.frame {
            Some(param) => Some(self.table(param, client).await?),
            None => None,
        };
        let skip = self.skip_definition_check || self.filter.is_none();
        let queries = with_definitions(client, sink, skip, |all| self.queries(all)).await?;
        let select: Vec<_> = self.columns().chain([wire::PROPERTY]).collect();
        let select = select.join(",");
        let mut left = self.first.unwrap_or(usize::MAX);
        // One query finds an object once; several may find the same.
        let mut seen = HashSet::new();
        let several = 1 < queries.len();
        let mut listed = 0;
        for query in &queries {
            if left == 0 {
                break;
            }
            // With several queries a page may hold users already given, so `first` can't bound it.
            let top = if several {
                PAGE_SIZE
            } else {
                PAGE_SIZE.min(left)
            };
            let mut request = Request::get(self.collection.path())
                .advanced()
                .query("$select", select.clone());
            if let Some(filter) = query {
                request = request.query("$filter", filter.clone());
            }
            let mut pages = Pages::new(client, request.query("$top", top.to_string()));
            let mut page = pages.next().await?;
            while let Some(mut objects) = page {
                listed += objects.len() as u64;
                if self.collection == Collection::Users {
                    client.tenant_has(listed);
                }
                let id = |object: &Json| object.get("id").and_then(Json::as_str).map(str::to_owned);
                objects.retain(|object| !several || seen.insert(id(object).unwrap_or_default()));
                objects.truncate(left);
                left -= objects.len();
                let mut next = async || match left {
                    0 => Ok(None),
                    _ => pages.next().await,
                };
                page = match table.take() {
                    // All pages are wanted: the next one comes while this one is taken in.
                    Some(filling) => {
                        let filled = filling.filled(objects);
                        let (following, filled) = future::join(next(), filled).await;
                        let filled = table.insert(filled?);
                        if !filled.give(false, sink).await? {
                            return Ok(());
                        }
                        following?
                    }
                    None => {
                        if !self.give(&objects, sink).await? {
                            return Ok(());
                        }
                        next().await?
                    }
                };
            }
        }
        if let Some(mut table) = table {
            table.give(true, sink).await?;
        }
        Ok(())
    }

    // `false`: nobody takes items any more.
    async fn give(&self, objects: &[Json], sink: &impl Sink) -> Result<bool> {
        for object in objects {
            if !sink.send(self.item(object)?).await {
                return Ok(false);
            }
        }
        Ok(true)
    }

    // What says who an object is, and the properties asked for.
    fn columns(&self) -> impl Iterator<Item = &str> {
        let properties = self.properties.iter().map(String::as_str);
        self.collection.identity().into_iter().chain(properties)
    }

    async fn table(&self, param: &FrameParam, client: &Client) -> Result<Table> {
        let shape = if param.wide { Shape::Wide } else { Shape::Long };
        let mut wanted: Vec<Wanted> = Vec::new();
        for param in param.attributes.iter().flatten() {
            let definition = known_definition(client, param).await?;
            let path = match &definition {
                Some(definition) => definition.path(),
                None => param.path()?,
            };
            if wanted.iter().all(|other| other.path != path) {
                let value_type = definition.map(|definition| definition.value_type);
                wanted.push(Wanted { path, value_type });
            }
        }
        let wanted = param.attributes.as_ref().map(|_| wanted);
        let names: Vec<&str> = self.columns().collect();
        Ok(Table {
            frame: Frame::new(shape, &names, wanted),
            names: names.into_iter().map(str::to_owned).collect(),
            stream: (!param.json).then(Stream::default),
        })
    }

    fn item(&self, object: &Json) -> Result<Item> {
        let target = TargetInfo::of_object(self.collection.type_name(), object);
        let assignments = held(object)?.to_list();
        let property = |name: &String| {
            (
                name.clone(),
                object.get(name).cloned().unwrap_or(Json::Null),
            )
        };
        let properties = self.properties.iter().map(property).collect();
        Ok(match self.collection {
            Collection::Users => Item::User {
                target,
                assignments,
                properties,
            },
            Collection::ServicePrincipals => Item::ServicePrincipal {
                target,
                assignments,
                properties,
            },
        })
    }
}

fn held(object: &Json) -> Result<Assignments> {
    let name = ["userPrincipalName", "id"]
        .into_iter()
        .find_map(|name| object.get(name)?.as_str());
    let held = wire::read(object.get(wire::PROPERTY).unwrap_or(&Json::Null))
        .map_err(|error| error.target(name.unwrap_or("an object")))?;
    Ok(held.unwrap_or_default())
}

// The table that is asked for in place of items.
struct Table {
    names: Vec<String>,
    frame: Frame,
    // None: columns of JSON.
    stream: Option<Stream>,
}

impl Table {
    // With these objects too. It takes a thread of its own, since a page is work for some milliseconds.
    async fn filled(mut self, objects: Vec<Json>) -> Result<Self> {
        let work = move || self.fill(&objects).map(|()| self);
        task::spawn_blocking(work).await.unwrap_or_else(|error| {
            Err(Error::new(
                ErrorCode::Internal,
                format!("the table can't be filled: {error}"),
            )
            .hint("please report this"))
        })
    }

    fn fill(&mut self, objects: &[Json]) -> Result<()> {
        for object in objects {
            // A property that is no text is told as JSON.
            let cell = |name: &String| match object.get(name) {
                None | Some(Json::Null) => None,
                Some(Json::String(text)) => Some(Cow::from(text)),
                Some(other) => Some(other.to_string().into()),
            };
            let cells: Vec<Option<Cow<'_, str>>> = self.names.iter().map(cell).collect();
            let who: Vec<Option<&str>> = cells.iter().map(Option::as_deref).collect();
            self.frame.push(&who, &held(object)?)?;
        }
        Ok(())
    }

    // `false`: nobody takes items any more.
    async fn give(&mut self, is_end: bool, sink: &impl Sink) -> Result<bool> {
        for batch in self.frame.batches(is_end)? {
            let items = match &mut self.stream {
                Some(stream) => stream.write(&batch)?.into_iter().map(Item::Arrow).collect(),
                None => vec![Item::Columns {
                    columns: json_columns(&batch),
                }],
            };
            drop(batch);
            for item in items {
                if !sink.send(item).await {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}

// The structured filter with the full name of each attribute, which may stand alone.
fn in_full(filter: &Json, definitions: &Definitions) -> Result<Json> {
    Ok(match filter {
        Json::Array(clauses) => clauses
            .iter()
            .map(|clause| in_full(clause, definitions))
            .collect::<Result<_>>()?,
        Json::Object(members) => {
            let member = |(name, value): (&String, &Json)| {
                let value = match (name.as_str(), value.as_str()) {
                    ("attribute", Some(name)) => {
                        let param = AttributeParam {
                            attribute_set: None,
                            attribute: name.to_owned(),
                        };
                        Json::from(param.find(definitions)?.path().to_string())
                    }
                    ("and" | "or" | "not", _) => in_full(value, definitions)?,
                    _ => value.clone(),
                };
                Ok((name.clone(), value))
            };
            Json::Object(members.iter().map(member).collect::<Result<_>>()?)
        }
        other => other.clone(),
    })
}
