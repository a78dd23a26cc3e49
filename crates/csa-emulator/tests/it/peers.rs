//! Answers that another project recorded: our reader takes them, and the emulator's have the same shape.
//!
//! `tests/fixtures/graph-mocks.json` is a part of waldekmastykarz/graph-mocks (MIT).

use serde_json::Value as Json;

use crate::support::Graph;

fn mocks() -> Vec<Json> {
    let text = include_str!("../../../../tests/fixtures/graph-mocks.json");
    let mut file: Json = serde_json::from_str(text).unwrap();
    serde_json::from_value(file["mocks"].take()).unwrap()
}

/// The names of an answer's members, with those of the first element of a list. What depends on how much there is, is left out.
fn shape(json: &Json) -> Vec<String> {
    let members = json.as_object().into_iter().flatten();
    let mut names: Vec<_> = members
        .filter(|(name, _)| *name != "@odata.nextLink")
        .map(|(name, _)| name.clone())
        .collect();
    if let Some(first) = json["value"].as_array().and_then(|list| list.first()) {
        names.extend(shape(first).into_iter().map(|name| format!("value/{name}")));
    }
    names.sort();
    names
}

fn context(json: &Json) -> &str {
    json["@odata.context"]
        .as_str()
        .and_then(|url| url.split_once("/$metadata#"))
        .map_or("", |(_, rest)| rest)
}

#[tokio::test]
async fn the_emulator_answers_in_the_shapes_that_were_recorded() {
    let mocks = mocks();
    assert_eq!(mocks.len(), 18);
    for mock in mocks {
        let graph = Graph::new().await;
        let method = mock["request"]["method"].as_str().unwrap();
        let url = mock["request"]["exampleUrl"]
            .as_str()
            .or(mock["request"]["url"].as_str())
            .unwrap();
        let path = url
            .strip_prefix("https://graph.microsoft.com/v1.0")
            .unwrap();
        let id = if path.starts_with("/users") {
            "joe@contoso.com"
        } else {
            "a39b3e54-94b8-5aca-a13d-9bedb49e7224"
        };
        let path = path.replace("{id}", id).replace('+', "%20");
        let recorded = &mock["response"]["body"];
        // The recording has no request bodies: the answer of a POST says what was created, under a name that is still free.
        let body = match method {
            "POST" => {
                let mut body = recorded.clone();
                let members = body.as_object_mut().unwrap();
                members.remove("@odata.context");
                let name = if members.contains_key("name") {
                    "name"
                } else {
                    "id"
                };
                members.insert(name.into(), "Recorded".into());
                Some(body)
            }
            "PATCH" if path.contains("allowedValues") => {
                Some(serde_json::json!({"isActive": false}))
            }
            "PATCH" => Some(serde_json::json!({"description": "Recorded"})),
            _ => None,
        };
        let answer = graph.call(method, &path, &[], body).await;
        assert_eq!(
            Some(u64::from(answer.status)),
            mock["response"]["statusCode"].as_u64(),
            "{method} {path}: {}",
            answer.body
        );
        assert_eq!(shape(&answer.body), shape(recorded), "{method} {path}");
        assert_eq!(context(&answer.body), context(recorded), "{method} {path}");
    }
}

#[test]
fn the_reader_takes_what_was_recorded() {
    let assignments: Vec<_> = mocks()
        .iter()
        .filter_map(|mock| mock["response"]["body"].get("customSecurityAttributes"))
        .map(|json| csa_core::wire::read(json).unwrap().unwrap().to_list())
        .collect();
    assert_eq!(assignments.len(), 2);
    insta::assert_json_snapshot!(assignments);
}
