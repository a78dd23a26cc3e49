//! From a path to the code that answers it.

use crate::access::Access;
use crate::call::{Call, Reply};
use crate::store::Store;
use crate::{definitions, faults, objects, query};

/// Answers one request, alone or in a batch.
pub(crate) fn answer(store: &mut Store, call: &Call) -> Reply {
    if let Some(fault) = faults::take(&mut store.faults, call) {
        return fault.reply();
    }
    let units = units(call);
    let refused = store
        .hostile
        .as_mut()
        .and_then(|hostile| hostile.throttle(call, units));
    let mut reply = match refused {
        Some(refused) => refused,
        None => route(store, call).unwrap_or_else(|refused| refused),
    };
    reply.units = units;
    store.usage.add(&call.method, units, reply.status);
    reply
}

// Source: https://learn.microsoft.com/graph/throttling-limits (identity and access)
fn units(call: &Call) -> u32 {
    let lists = call.method == "GET" && call.path.len() == 1 && call.path[0] == "users";
    let base: u32 = if lists { 2 } else { 1 };
    let more = u32::from(call.option("$expand").is_some());
    let less = u32::from(call.option("$select").is_some())
        + u32::from(query::page_size(call).is_ok_and(|size| size < 20));
    (base + more).saturating_sub(less).max(1)
}

fn route(store: &mut Store, call: &Call) -> Result<Reply, Reply> {
    let access = Access::of(call, store)?;
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["directory", "attributeSets", rest @ ..] => {
            check_definition_right(&access, call)?;
            match (call.method.as_str(), rest) {
                ("GET", []) => definitions::list_sets(store, call),
                ("POST", []) => definitions::create_set(store, call),
                ("GET", [id]) => definitions::get_set(store, call, id),
                ("PATCH", [id]) => definitions::patch_set(store, call, id),
                (_, [] | [_]) => Err(Reply::method_not_allowed()),
                _ => Err(no_segment(&path)),
            }
        }
        ["directory", "customSecurityAttributeDefinitions", rest @ ..] => {
            check_definition_right(&access, call)?;
            match (call.method.as_str(), rest) {
                ("GET", []) => definitions::list_definitions(store, call),
                ("POST", []) => definitions::create_definition(store, call),
                ("GET", [id]) => definitions::get_definition(store, call, id),
                ("PATCH", [id]) => definitions::patch_definition(store, call, id),
                ("GET", [id, "allowedValues"]) => definitions::list_values(store, call, id),
                ("POST", [id, "allowedValues"]) => definitions::create_value(store, call, id),
                ("GET", [id, "allowedValues", value]) => {
                    definitions::get_value(store, call, id, value)
                }
                ("PATCH", [id, "allowedValues", value]) => {
                    definitions::patch_value(store, call, id, value)
                }
                (_, [] | [_] | [_, "allowedValues"] | [_, "allowedValues", _]) => {
                    Err(Reply::method_not_allowed())
                }
                _ => Err(no_segment(&path)),
            }
        }
        ["directoryObjects", id] if call.method == "GET" => {
            objects::directory_object(store, call, id)
        }
        [collection @ ("users" | "servicePrincipals")] => match call.method.as_str() {
            "GET" => objects::list(store, &access, call, collection),
            "POST" => objects::create(store, &access, call, collection),
            _ => Err(Reply::method_not_allowed()),
        },
        [collection @ ("users" | "servicePrincipals"), "$count"] if call.method == "GET" => {
            objects::count(store, &access, call, collection)
        }
        [segment, rest @ ..] => {
            let (collection, key, rest) = match (object_key(segment), rest) {
                (Some((collection, key)), rest) => (collection, key, rest),
                (None, [key, rest @ ..]) if ["users", "servicePrincipals"].contains(segment) => {
                    (*segment, (*key).to_owned(), rest)
                }
                _ => return Err(no_segment(&path)),
            };
            // Agent identities are service principals that are changed by their typed path.
            if !matches!(
                rest,
                [] | ["microsoft.graph.agentIdentity"
                    | "microsoft.graph.agentIdentityBlueprintPrincipal"]
            ) {
                return Err(no_segment(&path));
            }
            match call.method.as_str() {
                "GET" => objects::get(store, &access, call, collection, &key),
                "PATCH" => objects::patch(store, &access, call, collection, &key),
                _ => Err(Reply::method_not_allowed()),
            }
        }
        [] => Err(no_segment(&path)),
    }
}

fn check_definition_right(access: &Access, call: &Call) -> Result<(), Reply> {
    let allowed = if call.method == "GET" {
        access.reads_definitions()
    } else {
        access.writes_definitions()
    };
    allowed.then_some(()).ok_or_else(Reply::forbidden)
}

// `users('joe@contoso.com')`, `servicePrincipals('id')` and `servicePrincipals(appId='id')`.
fn object_key(segment: &str) -> Option<(&str, String)> {
    let (collection, rest) = segment.split_once('(')?;
    if !["users", "servicePrincipals"].contains(&collection) {
        return None;
    }
    let rest = rest.strip_suffix(')')?;
    let quoted = rest.strip_prefix("appId=").unwrap_or(rest);
    let key = quoted.strip_prefix('\'')?.strip_suffix('\'')?;
    Some((collection, key.replace("''", "'")))
}

fn no_segment(path: &[&str]) -> Reply {
    let segment = path.last().unwrap_or(&"");
    Reply::error(
        400,
        "BadRequest",
        format!("Resource not found for the segment '{segment}'."),
    )
}
