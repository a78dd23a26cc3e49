//! `$batch`. Source: <https://learn.microsoft.com/graph/json-batching>

use std::collections::HashMap;

use serde_json::{json, Value as Json};

use crate::call::{decode_url, Body, Call, Reply};
use crate::router;
use crate::store::Store;

const MAX_ITEMS: usize = 20;

/// Answers each item on its own, in an order of the service's choice.
pub(crate) fn run(store: &mut Store, call: &Call) -> Result<Reply, Reply> {
    let malformed = |message: String| Reply::error(400, "BadRequest", message);
    let Some(items) = call
        .object()?
        .get("requests")
        .and_then(Json::as_array)
        .cloned()
    else {
        return Err(malformed("Invalid batch payload format.".into()));
    };
    if items.is_empty() || MAX_ITEMS < items.len() {
        return Err(malformed(format!(
            "Number of batch request steps must be between 1 and {MAX_ITEMS}."
        )));
    }
    // Ids are told apart without regard to case.
    let mut statuses: HashMap<String, u16> = HashMap::new();
    let mut seen: Vec<String> = Vec::new();
    for item in &items {
        let Some(id) = item.get("id").and_then(Json::as_str).map(str::to_lowercase) else {
            return Err(malformed("Each batch request must have an id.".into()));
        };
        if seen.contains(&id) {
            return Err(malformed(format!("Duplicate request id '{id}' in batch.")));
        }
        for before in depends_on(item) {
            if !seen.contains(&before) {
                return Err(malformed(format!(
                    "Invalid dependency for request Id: {id}."
                )));
            }
        }
        seen.push(id);
    }
    let mut responses = Vec::with_capacity(items.len());
    for (id, item) in seen.iter().zip(&items) {
        let failed = depends_on(item)
            .iter()
            .any(|before| !statuses.get(before).is_some_and(|s| (200..300).contains(s)));
        let reply = if failed {
            Reply::error(
                424,
                "FailedDependency",
                "The request depends on a request that failed.",
            )
        } else {
            match item_call(call, item) {
                Ok(inner) => router::answer(store, &inner),
                Err(reply) => reply,
            }
        };
        statuses.insert(id.clone(), reply.status);
        if let Some(url) = item.get("url").and_then(Json::as_str) {
            store.record.add_item(id, url, item, reply.status);
        }
        responses.push(response(&item["id"], reply));
    }
    if store.quirks.shuffle_batch {
        responses.reverse();
    }
    Ok(Reply::ok(200, json!({ "responses": responses })))
}

fn depends_on(item: &Json) -> Vec<String> {
    let list = item.get("dependsOn").and_then(Json::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .map(str::to_lowercase)
        .collect()
}

fn item_call(batch: &Call, item: &Json) -> Result<Call, Reply> {
    let text = |name: &str| item.get(name).and_then(Json::as_str);
    let (Some(method), Some(url)) = (text("method"), text("url")) else {
        return Err(Reply::error(
            400,
            "BadRequest",
            "A batch request needs a method and a relative url.",
        ));
    };
    if url.contains("://") || url.trim_start_matches('/').starts_with("$batch") {
        return Err(Reply::error(
            400,
            "BadRequest",
            "The url of a batch request is relative to the version.",
        ));
    }
    let mut headers: Vec<(String, String)> = match item.get("headers") {
        Some(Json::Object(headers)) => headers
            .iter()
            .filter_map(|(n, v)| Some((n.to_lowercase(), v.as_str()?.to_owned())))
            .collect(),
        _ => Vec::new(),
    };
    let body = item.get("body").cloned().map_or(Body::None, Body::Json);
    if matches!(body, Body::Json(_)) && !headers.iter().any(|(name, _)| name == "content-type") {
        return Err(Reply::error(
            400,
            "BadRequest",
            "A batch request with a body needs a Content-Type header.",
        ));
    }
    headers.extend(
        batch
            .headers
            .iter()
            .filter(|(name, _)| name == "authorization")
            .cloned(),
    );
    let (path, query) = decode_url(url);
    Ok(Call {
        method: method.to_uppercase(),
        root: batch.root.clone(),
        path,
        query,
        headers,
        body,
    })
}

fn response(id: &Json, reply: Reply) -> Json {
    let mut headers: serde_json::Map<_, _> = reply
        .headers
        .into_iter()
        .map(|(n, v)| (n, json!(v)))
        .collect();
    headers.insert("Cache-Control".into(), json!("no-cache"));
    headers.insert("x-ms-resource-unit".into(), json!(reply.units.to_string()));
    if reply.body.is_some() {
        headers.insert("Content-Type".into(), json!("application/json"));
    }
    let body = reply
        .raw
        .map(Json::String)
        .or(reply.body)
        .unwrap_or(Json::Null);
    json!({"id": id, "status": reply.status, "headers": headers, "body": body})
}
