//! `$batch`: up to 20 requests in one.
//!
//! Source: <https://learn.microsoft.com/graph/json-batching>

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{json, Value as Json};

use super::{Answer, Request};

/// The most that one batch takes.
pub(super) const MAX_ITEMS: usize = 20;

/// The batch of `requests`; their ids are their positions.
pub(super) fn request(requests: &[&Request]) -> Request {
    let items: Vec<Json> = requests
        .iter()
        .enumerate()
        .map(|(id, request)| {
            let mut item = json!({
                "id": id.to_string(), "method": request.method.name(), "url": request.relative_url(),
            });
            if let Some(body) = &request.body {
                item["headers"] = json!({"Content-Type": "application/json"});
                item["body"] = body.clone();
            }
            item
        })
        .collect();
    Request::post("/$batch", json!({ "requests": items }))
}

/// The answers by position; `None` for a request that the answer of the batch says nothing of.
pub(super) fn answers(count: usize, batch: Answer) -> Vec<Option<Answer>> {
    let mut answers: Vec<_> = (0..count).map(|_| None).collect();
    let request_id = batch.header("request-id").map(str::to_owned);
    let Ok(mut body) = batch.json() else {
        return answers;
    };
    let Some(Json::Array(responses)) = body.get_mut("responses").map(Json::take) else {
        return answers;
    };
    for mut response in responses {
        let position = response
            .get("id")
            .and_then(Json::as_str)
            .and_then(|id| id.parse::<usize>().ok());
        let status = response.get("status").and_then(Json::as_u64);
        let (Some(slot), Some(status)) = (
            position.and_then(|position| answers.get_mut(position)),
            status.and_then(|status| u16::try_from(status).ok()),
        ) else {
            continue;
        };
        let mut headers = header_map(response.get("headers"));
        if let (false, Some(id)) = (headers.contains_key("request-id"), &request_id) {
            headers.extend(
                HeaderValue::from_str(id).map(|id| (HeaderName::from_static("request-id"), id)),
            );
        }
        let body = response.get_mut("body").map(Json::take).unwrap_or_default();
        *slot = Some(Answer::of_item(status, headers, body));
    }
    answers
}

// Names come in any case, values as text.
fn header_map(headers: Option<&Json>) -> HeaderMap {
    headers
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            Some((name, HeaderValue::from_str(&text).ok()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_batch_is_as_documented() {
        let read = Request::get("/users/joe@contoso.com").query("$select", "id,displayName");
        let write = Request::patch(
            "/users/b@contoso.com",
            json!({"customSecurityAttributes": {}}),
        );
        insta::assert_json_snapshot!(request(&[&read, &write]).body);
    }

    #[test]
    fn answers_are_told_apart_by_id() {
        let body = json!({"responses": [
            {"id": "1", "status": 429, "headers": {"RETRY-AFTER": "2.5"}, "body": {"error": {"code": "TooManyRequests"}}},
            {"id": "0", "status": 204, "headers": {}, "body": null},
            {"id": "7", "status": 204}, {"id": "x", "status": 204}, {"status": 204}, 5,
        ]});
        let batch = Answer::new(200, HeaderMap::new(), body.to_string().into_bytes());
        let answers = answers(3, batch);
        assert_eq!(answers[0].as_ref().unwrap().status(), 204);
        assert_eq!(
            answers[1].as_ref().unwrap().header("retry-after"),
            Some("2.5")
        );
        assert!(answers[2].is_none());
    }

    proptest! {
        #[test]
        fn no_body_breaks_the_reader(body in ".{0,200}", count in 0usize..21) {
            let batch = Answer::new(200, HeaderMap::new(), body.into_bytes());
            prop_assert_eq!(answers(count, batch).len(), count);
        }
    }
}
