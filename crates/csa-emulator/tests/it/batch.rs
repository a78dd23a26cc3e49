//! `$batch`: twenty at most, in any order, with dependencies.

use std::collections::BTreeMap;

use serde_json::{json, Value as Json};

use crate::support::{Answer, Graph, TYPE};

fn patch(id: &str, user: &str, vendors: Json) -> Json {
    json!({
        "id": id, "method": "PATCH", "url": format!("/users/{user}"), "headers": {"Content-Type": "application/json"},
        "body": {"customSecurityAttributes": {"Engineering": {"@odata.type": TYPE, "NumVendors@odata.type": "#Int32", "NumVendors": vendors}}},
    })
}

fn statuses(answer: &Answer) -> BTreeMap<String, u64> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let responses = answer.body["responses"].as_array().unwrap();
    responses
        .iter()
        .map(|r| {
            (
                r["id"].as_str().unwrap().to_owned(),
                r["status"].as_u64().unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn each_item_has_its_own_answer_in_any_order() {
    let graph = Graph::new().await;
    let requests: Vec<_> = (1..=20)
        .map(|n| match n {
            3 => patch("3", "nobody@contoso.com", json!(1)),
            7 => patch("7", "joe@contoso.com", json!("seven")),
            n => json!({"id": n.to_string(), "method": "GET", "url": "/users/joe@contoso.com?$select=id,customSecurityAttributes"}),
        })
        .collect();
    let answer = graph.post("/$batch", json!({"requests": requests})).await;
    let statuses = statuses(&answer);
    assert_eq!(statuses.len(), 20);
    assert_eq!(
        (statuses["3"], statuses["7"], statuses["1"]),
        (404, 400, 200)
    );
    let order: Vec<_> = answer.body["responses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["id"].as_str().unwrap().parse::<u32>().unwrap())
        .collect();
    assert!(!order.is_sorted(), "{order:?}");
    let third = answer.body["responses"]
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r["id"] == "3")
        .unwrap();
    assert_eq!(third["body"]["error"]["code"], "Request_ResourceNotFound");
}

#[tokio::test]
async fn items_wait_for_those_they_depend_on() {
    let graph = Graph::new().await;
    let mut requests = vec![
        patch("1", "joe@contoso.com", json!(1)),
        patch("2", "joe@contoso.com", json!(2)),
        patch("3", "joe@contoso.com", json!(3)),
    ];
    requests[1]["dependsOn"] = json!(["1"]);
    requests[2]["dependsOn"] = json!(["2"]);
    let answer = graph.post("/$batch", json!({"requests": requests})).await;
    assert!(statuses(&answer).values().all(|status| *status == 204));
    assert_eq!(
        graph.held("/users/joe@contoso.com").await["Engineering"]["NumVendors"],
        3
    );

    requests[0] = patch("1", "nobody@contoso.com", json!(1));
    let answer = graph.post("/$batch", json!({"requests": requests})).await;
    assert_eq!(
        statuses(&answer).into_values().collect::<Vec<_>>(),
        [404, 424, 424]
    );
}

#[tokio::test]
async fn malformed_batches_are_refused_as_a_whole() {
    let graph = Graph::new().await;
    let get = |id: &str| json!({"id": id, "method": "GET", "url": "/users"});
    let many: Vec<_> = (0..21).map(|n| get(&n.to_string())).collect();
    let mut circle = [get("1"), get("2")];
    circle[0]["dependsOn"] = json!(["2"]);
    circle[1]["dependsOn"] = json!(["1"]);
    let mut lines = Vec::new();
    for (what, body) in [
        ("21 items", json!({"requests": many})),
        (
            "the same id twice",
            json!({"requests": [get("1"), get("1")]}),
        ),
        ("a circle", json!({"requests": circle})),
        (
            "an unknown dependency",
            json!({"requests": [{"id": "1", "method": "GET", "url": "/users", "dependsOn": ["9"]}]}),
        ),
        ("no list", json!({})),
        (
            "no id",
            json!({"requests": [{"method": "GET", "url": "/users"}]}),
        ),
    ] {
        let answer = graph.post("/$batch", body).await;
        lines.push(format!(
            "{what}: {} {} {}",
            answer.status,
            answer.code(),
            answer.message()
        ));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn one_item_can_be_throttled_alone() {
    let graph = Graph::new().await;
    let fault = json!([{"method": "PATCH", "path": "joe", "status": 429, "retryAfter": "3.5"}]);
    assert_eq!(graph.post("/emulator/faults", fault).await.status, 204);
    let requests = json!({"requests": [patch("1", "joe@contoso.com", json!(1)), patch("2", "dara@contoso.com", json!(2))]});
    let answer = graph.post("/$batch", requests).await;
    assert_eq!(
        statuses(&answer).into_values().collect::<Vec<_>>(),
        [429, 204]
    );
    let throttled = answer.body["responses"]
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r["id"] == "1")
        .unwrap();
    assert_eq!(throttled["headers"]["Retry-After"], "3.5");
}
