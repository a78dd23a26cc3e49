//! Query options of lists: `$filter`, `$select`, `$top`, `$count`, `$skiptoken`.
//!
//! Source: <https://learn.microsoft.com/graph/query-parameters>, <https://learn.microsoft.com/graph/aad-advanced-queries>

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use csa_core::filter::{Field, Filter, Literal};
use serde_json::{json, Map, Value as Json};

use crate::access::Access;
use crate::call::{Call, Reply};
use crate::quirks::FilterOutcome;
use crate::store::{values_json, Definition, Object, Store};

const CSA: &str = "customSecurityAttributes";
const USER_DEFAULTS: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
];
const USER_MORE: [&str; 15] = [
    "accountEnabled",
    "city",
    "companyName",
    "country",
    "createdDateTime",
    "department",
    "employeeId",
    "employeeType",
    "mailNickname",
    "onPremisesSyncEnabled",
    "otherMails",
    "proxyAddresses",
    "streetAddress",
    "usageLocation",
    "userType",
];
const PRINCIPAL_DEFAULTS: [&str; 7] = [
    "id",
    "accountEnabled",
    "appId",
    "appDisplayName",
    "displayName",
    "servicePrincipalType",
    "tags",
];
const PRINCIPAL_MORE: [&str; 3] = ["createdDateTime", "description", "appOwnerOrganizationId"];

fn resource(
    collection: &str,
) -> (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
) {
    if collection == "users" {
        ("User", &USER_DEFAULTS, &USER_MORE)
    } else {
        ("ServicePrincipal", &PRINCIPAL_DEFAULTS, &PRINCIPAL_MORE)
    }
}

/// The properties to answer: those of `$select`, else the default ones.
pub(crate) fn selected(call: &Call, collection: &str) -> Result<Option<Vec<String>>, Reply> {
    let (type_name, defaults, more) = resource(collection);
    let Some(select) = call.option("$select") else {
        return Ok(None);
    };
    let names: Vec<String> = select
        .split(',')
        .map(|name| name.trim().to_owned())
        .collect();
    let known = |name: &str| name == CSA || defaults.contains(&name) || more.contains(&name);
    match names.iter().find(|name| !known(name)) {
        None => Ok(Some(names)),
        Some(name) => {
            let type_name = format!("{}{}", type_name[..1].to_lowercase(), &type_name[1..]);
            Err(Reply::error(400, "BadRequest", format!("Could not find a property named '{name}' on type 'microsoft.graph.{type_name}'.")))
        }
    }
}

/// Items that have all their members, cut down to those of `$select`; expanded members stay.
pub(crate) fn selected_members(
    call: &Call,
    items: Vec<Map<String, Json>>,
) -> Result<Vec<Map<String, Json>>, Reply> {
    let Some(select) = call.option("$select") else {
        return Ok(items);
    };
    let names: Vec<&str> = select.split(',').map(str::trim).collect();
    if let Some(first) = items.first() {
        if let Some(name) = names.iter().find(|name| !first.contains_key(**name)) {
            return Err(Reply::error(
                400,
                "BadRequest",
                format!("Could not find a property named '{name}'."),
            ));
        }
    }
    let kept =
        |(name, _): &(String, Json)| names.contains(&name.as_str()) || name == "allowedValues";
    Ok(items
        .into_iter()
        .map(|item| item.into_iter().filter(kept).collect())
        .collect())
}

/// An object with the selected properties, `null` for what it does not have.
pub(crate) fn project(
    object: &Object,
    collection: &str,
    select: Option<&[String]>,
    access: &Access,
    delay_ms: u64,
) -> Map<String, Json> {
    let (_, defaults, _) = resource(collection);
    let value = |name: &str| match name {
        CSA => values_json(object.values_seen(delay_ms), |set| {
            access.reads_assignments_of(set)
        }),
        _ => object.properties.get(name).cloned().unwrap_or_else(|| {
            if name.ends_with('s') {
                json!([])
            } else {
                Json::Null
            }
        }),
    };
    match select {
        Some(names) => names
            .iter()
            .map(|name| (name.clone(), value(name)))
            .collect(),
        None => defaults
            .iter()
            .map(|name| ((*name).to_owned(), value(name)))
            .collect(),
    }
}

/// `$top`: 1 to 999, 100 by default.
pub(crate) fn page_size(call: &Call) -> Result<usize, Reply> {
    let Some(text) = call.option("$top") else {
        return Ok(100);
    };
    match text.parse() {
        Ok(size @ 1..=999) => Ok(size),
        _ => Err(Reply::bad_request(format!(
            "Invalid page size specified: '{text}'. Must be between 1 and 999 inclusive."
        ))),
    }
}

/// Where the page begins that a `$skiptoken` asks for.
pub(crate) fn skipped(call: &Call) -> Result<usize, Reply> {
    let Some(token) = call.option("$skiptoken") else {
        return Ok(0);
    };
    let position = URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok());
    position.ok_or_else(|| Reply::error(400, "Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be included in your request."))
}

/// The link to the page that begins at `position`: the same options with another token.
pub(crate) fn next_link(call: &Call, position: usize) -> String {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let mut options: Vec<_> = call
        .query
        .iter()
        .filter(|(name, _)| name != "$skiptoken")
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    options.push(format!(
        "$skiptoken={}",
        URL_SAFE_NO_PAD.encode(position.to_string())
    ));
    format!(
        "{}/{}?{}",
        call.root,
        call.path.join("/"),
        options.join("&")
    )
}

/// Answers a page of `items`, which fit the filter.
pub(crate) fn page(
    call: &Call,
    context: &str,
    items: Vec<Map<String, Json>>,
    with_count: bool,
) -> Result<Reply, Reply> {
    let (size, start, count) = (page_size(call)?, skipped(call)?, items.len());
    let mut body = json!({"@odata.context": format!("{}/$metadata#{context}", call.root)});
    // The count is on the first page only.
    if with_count && start == 0 {
        body["@odata.count"] = json!(count);
    }
    if start + size < count {
        body["@odata.nextLink"] = json!(next_link(call, start + size));
    }
    body["value"] = items
        .into_iter()
        .skip(start)
        .take(size)
        .map(Json::Object)
        .collect();
    Ok(Reply::ok(200, body))
}

/// The filter of a list of objects, checked against what Graph supports.
pub(crate) fn checked_filter(
    store: &Store,
    access: &Access,
    call: &Call,
    collection: &str,
) -> Result<Option<Filter>, Reply> {
    let Some(text) = call.option("$filter") else {
        return Ok(None);
    };
    let Ok(filter) = Filter::parse(text) else {
        return Err(Reply::unsupported_query(format!(
            "Unsupported or invalid query filter clause: '{text}'."
        )));
    };
    let longest = filter.or_clauses();
    if store.quirks.max_or_clauses < longest {
        return Err(Reply::unsupported_query(format!(
            "Too many child clauses specified in search filter expression containing 'OR' operators: {longest}. Max allowed: {}.",
            store.quirks.max_or_clauses
        )));
    }
    check(store, access, call, collection, &filter)?;
    Ok(Some(filter))
}

fn check(
    store: &Store,
    access: &Access,
    call: &Call,
    collection: &str,
    filter: &Filter,
) -> Result<(), Reply> {
    match filter {
        Filter::And(clauses) | Filter::Or(clauses) => clauses
            .iter()
            .try_for_each(|c| check(store, access, call, collection, c)),
        Filter::Not(inner) => {
            if !call.is_advanced() {
                return Err(needs_advanced("not"));
            }
            check(store, access, call, collection, inner)
        }
        Filter::Eq(field, literal) => {
            check_clause(store, access, call, collection, field, Some(literal), false)
        }
        Filter::Ne(field, literal) => {
            check_clause(store, access, call, collection, field, Some(literal), true)
        }
        Filter::StartsWith(field, _) => {
            check_clause(store, access, call, collection, field, None, false)
        }
    }
}

fn needs_advanced(operator: &str) -> Reply {
    Reply::unsupported_query(format!(
        "Operator '{operator}' is not supported because the required parameters might be missing. Try adding $count=true query parameter and ConsistencyLevel:eventual header. Refer to https://aka.ms/graph-docs/advanced-queries for more information"
    ))
}

fn check_clause(
    store: &Store,
    access: &Access,
    call: &Call,
    collection: &str,
    field: &Field,
    literal: Option<&Literal>,
    complement: bool,
) -> Result<(), Reply> {
    let path = match field {
        Field::Property(name) => {
            let (type_name, defaults, more) = resource(collection);
            if !defaults.contains(&name.as_str()) && !more.contains(&name.as_str()) {
                return Err(Reply::unsupported_query(format!(
                    "Unsupported or invalid query filter clause specified for property '{name}' of resource '{type_name}'."
                )));
            }
            return if complement && !call.is_advanced() {
                Err(needs_advanced("ne"))
            } else {
                Ok(())
            };
        }
        Field::Attribute(path) => path,
    };
    let unsupported = || {
        Err(Reply::unsupported_query(format!(
            "Unsupported or invalid query filter clause specified for property '{}_{}' of resource 'CustomSecurityAttributeValue'.",
            path.set, path.attribute
        )))
    };
    if !call.is_advanced() {
        return unsupported();
    }
    if !access.reads_assignments_of(path.set.as_str())
        && store.quirks.filter_without_right == FilterOutcome::Refused
    {
        return Err(Reply::forbidden());
    }
    let Some(definition) = store.definition(path.set.as_str(), path.attribute.as_str()) else {
        return unsupported();
    };
    if !definition.is_searchable && store.quirks.filter_unsearchable == FilterOutcome::Refused {
        return unsupported();
    }
    let fits = match (literal, definition.value_type.as_str()) {
        (None | Some(Literal::String(_)), "String")
        | (Some(Literal::Int(_)), "Integer")
        | (Some(Literal::Boolean(_)), "Boolean") => true,
        (Some(Literal::Null), _) => store.quirks.filter_null,
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        unsupported()
    }
}

/// Whether the filter finds the object. `ne` and `not` are set complements.
pub(crate) fn matches(store: &Store, access: &Access, filter: &Filter, object: &Object) -> bool {
    match filter {
        Filter::And(clauses) => clauses.iter().all(|c| matches(store, access, c, object)),
        Filter::Or(clauses) => clauses.iter().any(|c| matches(store, access, c, object)),
        Filter::Not(inner) => !matches(store, access, inner, object),
        Filter::Eq(field, literal) => any_value(
            store,
            access,
            field,
            object,
            literal == &Literal::Null,
            |v| equals(field, v, literal),
        ),
        Filter::Ne(field, literal) => !any_value(
            store,
            access,
            field,
            object,
            literal == &Literal::Null,
            |v| equals(field, v, literal),
        ),
        Filter::StartsWith(field, prefix) => {
            any_value(store, access, field, object, false, |value| {
                match (field, value.as_str()) {
                    (Field::Attribute(_), Some(text)) => text.starts_with(prefix.as_str()),
                    (Field::Property(_), Some(text)) => {
                        text.to_lowercase().starts_with(&prefix.to_lowercase())
                    }
                    (_, None) => false,
                }
            })
        }
    }
}

// Whether one value of the field passes; `absent` is the answer if there is no value.
fn any_value(
    store: &Store,
    access: &Access,
    field: &Field,
    object: &Object,
    absent: bool,
    test: impl Fn(&Json) -> bool,
) -> bool {
    let value = match field {
        Field::Property(name) => object.properties.get(name),
        Field::Attribute(path) => {
            searchable(store, access, path.set.as_str(), path.attribute.as_str()).and_then(
                |definition| {
                    object
                        .values_seen(store.quirks.index_delay_ms)
                        .get(&definition.attribute_set)?
                        .get(&definition.name)
                },
            )
        }
    };
    match value {
        None | Some(Json::Null) => absent,
        Some(Json::Array(list)) => list.iter().any(test),
        Some(single) => test(single),
    }
}

fn searchable<'a>(
    store: &'a Store,
    access: &Access,
    set: &str,
    attribute: &str,
) -> Option<&'a Definition> {
    store
        .definition(set, attribute)
        .filter(|d| d.is_searchable && access.reads_assignments_of(&d.attribute_set))
}

// Attributes are compared with regard to case, ordinary properties without.
fn equals(field: &Field, value: &Json, literal: &Literal) -> bool {
    match (literal, value) {
        (Literal::String(text), Json::String(value)) if matches!(field, Field::Attribute(_)) => {
            text == value
        }
        (Literal::String(text), Json::String(value)) => text.to_lowercase() == value.to_lowercase(),
        (Literal::Int(number), value) => value.as_i64() == Some(*number),
        (Literal::Boolean(truth), value) => value.as_bool() == Some(*truth),
        _ => false,
    }
}
