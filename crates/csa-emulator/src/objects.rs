//! `/users` and `/servicePrincipals`: list, read, create, change.

use serde_json::{json, Map, Value as Json};
use uuid::Uuid;

use crate::access::Access;
use crate::assign;
use crate::call::{Call, Reply};
use crate::query;
use crate::store::{Object, Store, Values};

const CSA: &str = "customSecurityAttributes";

/// Source: <https://learn.microsoft.com/graph/api/user-list>
pub(crate) fn list(
    store: &Store,
    access: &Access,
    call: &Call,
    collection: &str,
) -> Result<Reply, Reply> {
    if !access.lists(collection) {
        return Err(Reply::forbidden());
    }
    for option in ["$skip", "$expand", "$search", "$orderby"] {
        if call.option(option).is_some() {
            return Err(Reply::bad_request(format!(
                "'{option}' is not supported by this emulator or by Graph for '{collection}'."
            )));
        }
    }
    let select = query::selected(call, collection)?;
    let filter = query::checked_filter(store, access, call, collection)?;
    let (start, size) = (query::skipped(call)?, query::page_size(call)?);
    let delay = store.quirks.index_delay_ms;
    let objects = store.objects(collection);
    // Only the objects of the page are looked at and written out: a list of a million people has thousands of pages.
    let (page, count): (Vec<&Object>, usize) = match &filter {
        None => (
            objects.iter().skip(start).take(size).collect(),
            objects.len(),
        ),
        Some(filter) => {
            let found: Vec<_> = objects
                .iter()
                .filter(|object| query::matches(store, access, filter, object))
                .collect();
            let page = found.iter().skip(start).take(size).copied().collect();
            (page, found.len())
        }
    };
    let value: Vec<_> = page
        .into_iter()
        .map(|object| {
            let select = select.as_deref();
            Json::Object(query::project(object, collection, select, access, delay))
        })
        .collect();
    let context = select.map_or(collection.to_owned(), |names| {
        format!("{collection}({})", names.join(","))
    });
    let mut body = json!({"@odata.context": format!("{}/$metadata#{context}", call.root)});
    // `$count=true` without the header is ignored in silence; the count is on the first page only.
    if call.is_advanced() && start == 0 {
        body["@odata.count"] = json!(count);
    }
    if start + size < count {
        body["@odata.nextLink"] = json!(query::next_link(call, start + size));
    }
    body["value"] = json!(value);
    Ok(Reply::ok(200, body))
}

/// `/users/$count`.
pub(crate) fn count(
    store: &Store,
    access: &Access,
    call: &Call,
    collection: &str,
) -> Result<Reply, Reply> {
    if !access.lists(collection) {
        return Err(Reply::forbidden());
    }
    if !call.is_eventual() {
        return Err(Reply::bad_request("$count is not currently supported."));
    }
    let mut counted = call.clone();
    counted.query.push(("$count".into(), "true".into()));
    let filter = query::checked_filter(store, access, &counted, collection)?;
    let matches = |object: &&Object| {
        filter
            .as_ref()
            .is_none_or(|filter| query::matches(store, access, filter, object))
    };
    let mut reply = Reply::ok(200, Json::Null);
    reply.body = None;
    reply.raw = Some(
        store
            .objects(collection)
            .iter()
            .filter(matches)
            .count()
            .to_string(),
    );
    reply
        .headers
        .push(("Content-Type".into(), "text/plain".into()));
    Ok(reply)
}

/// Source: <https://learn.microsoft.com/graph/api/user-get>
pub(crate) fn get(
    store: &Store,
    access: &Access,
    call: &Call,
    collection: &str,
    key: &str,
) -> Result<Reply, Reply> {
    if !access.lists(collection) && !access.reads_assignments() {
        return Err(Reply::forbidden());
    }
    let object = store
        .objects(collection)
        .find(key)
        .ok_or_else(|| Reply::not_found(key))?;
    let select = query::selected(call, collection)?;
    let mut body = Map::new();
    let context = select.as_ref().map_or(collection.to_owned(), |names| {
        format!("{collection}({})", names.join(","))
    });
    body.insert(
        "@odata.context".into(),
        json!(format!("{}/$metadata#{context}/$entity", call.root)),
    );
    body.extend(query::project(
        object,
        collection,
        select.as_deref(),
        access,
        store.quirks.read_delay_ms,
    ));
    Ok(Reply::ok(200, Json::Object(body)))
}

/// Source: <https://learn.microsoft.com/graph/api/user-update>
pub(crate) fn patch(
    store: &mut Store,
    access: &Access,
    call: &Call,
    collection: &str,
    key: &str,
) -> Result<Reply, Reply> {
    let mut properties = call.object()?.clone();
    let assigned = properties.remove(CSA);
    properties.retain(|name, _| !name.starts_with('@'));
    if (assigned.is_some() && !access.writes_assignments())
        || (!properties.is_empty() && !access.writes_objects(collection))
    {
        return Err(Reply::forbidden());
    }
    let object = store
        .objects(collection)
        .find(key)
        .ok_or_else(|| Reply::not_found(key))?;
    let outcome = match &assigned {
        None => Ok(None),
        // Undocumented; nobody has reported that it clears.
        Some(Json::Null) => return Err(Reply::bad_request(format!("Invalid property '{CSA}'."))),
        Some(patch) => assign::merged(store, access, object.values(), patch).map(Some),
    };
    let atomic = store.quirks.atomic_patch;
    let object = store
        .objects_mut(collection)
        .find_mut(key)
        .ok_or_else(|| Reply::not_found(key))?;
    match outcome {
        Ok(values) => {
            if let Some(values) = values {
                object.set_values(values);
            }
            object.properties.extend(properties);
            Ok(Reply::no_content())
        }
        Err((reply, kept)) => {
            if !atomic {
                object.set_values(kept);
            }
            Err(reply)
        }
    }
}

/// Source: <https://learn.microsoft.com/graph/api/user-post-users>
pub(crate) fn create(
    store: &mut Store,
    access: &Access,
    call: &Call,
    collection: &str,
) -> Result<Reply, Reply> {
    if !access.writes_objects(collection) {
        return Err(Reply::forbidden());
    }
    let mut properties = call.object()?.clone();
    let required = if collection == "users" {
        "userPrincipalName"
    } else {
        "appId"
    };
    if !properties.get(required).is_some_and(Json::is_string) {
        return Err(Reply::bad_request(format!(
            "A value is required for property '{required}' of resource."
        )));
    }
    properties.remove("passwordProfile");
    let values = match properties.remove(CSA) {
        None => Values::default(),
        Some(patch) => {
            assign::merged(store, access, &Values::default(), &patch).map_err(|(reply, _)| reply)?
        }
    };
    let id = Uuid::new_v4().to_string();
    properties.insert("id".into(), json!(id));
    if !store
        .objects_mut(collection)
        .add(Object::new(properties, values))
    {
        return Err(Reply::error(
            400,
            "Request_BadRequest",
            format!("Another object with the same value for property {required} already exists."),
        ));
    }
    let mut reply = get(store, &Access::Everything, call, collection, &id)?;
    reply.status = 201;
    Ok(reply)
}

/// `/directoryObjects/{id}`: tells the type of an object.
pub(crate) fn directory_object(store: &Store, call: &Call, id: &str) -> Result<Reply, Reply> {
    for (collection, type_name) in [
        ("users", "#microsoft.graph.user"),
        ("servicePrincipals", "#microsoft.graph.servicePrincipal"),
    ] {
        if let Some(object) = store.objects(collection).find(id).filter(|object| {
            object
                .text("id")
                .is_some_and(|i| i.eq_ignore_ascii_case(id))
        }) {
            let mut body = Map::new();
            body.insert(
                "@odata.context".into(),
                json!(format!("{}/$metadata#directoryObjects/$entity", call.root)),
            );
            body.insert("@odata.type".into(), json!(type_name));
            body.extend(query::project(
                object,
                collection,
                None,
                &Access::Everything,
                0,
            ));
            return Ok(Reply::ok(200, Json::Object(body)));
        }
    }
    Err(Reply::not_found(id))
}
