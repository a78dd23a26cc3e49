//! The service at its worst, reproducibly.

use std::time::{Duration, Instant};

use csa_emulator::{start, Hostility, Options, Quota, Seed};
use serde_json::{json, Value as Json};

use crate::support::{Answer, Graph, DARA};

async fn hostile(hostility: Hostility) -> Graph {
    let emulator = start(Options {
        seed: Some(Seed::howto()),
        hostility: Some(hostility),
        ..Options::default()
    })
    .await
    .unwrap();
    Graph {
        emulator,
        http: crate::support::http(),
    }
}

async fn assign(graph: &Graph, vendors: i32) -> Answer {
    graph.assign(DARA, json!({"NumVendors": vendors})).await
}

fn seconds(answer: &Answer) -> f64 {
    answer.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap()
}

#[tokio::test]
async fn the_first_burst_may_use_the_whole_quota_of_writes() {
    let graph = hostile(Hostility {
        quota: Some(Quota {
            writes: 5,
            write_seconds: 2.0,
            ..Quota::default()
        }),
        ..Hostility::default()
    })
    .await;
    for vendors in 0..5 {
        assert_eq!(assign(&graph, vendors).await.status, 204);
    }
    let refused = assign(&graph, 5).await;
    assert_eq!(refused.status, 429);
    assert_eq!(
        refused.headers["x-ms-throttle-scope"],
        "Tenant_Application/Write/emulator/emulator"
    );
    assert_eq!(
        refused.headers["x-ms-throttle-information"],
        "WriteLimitExceeded"
    );
    // Reads have a bucket of their own.
    assert_eq!(graph.get(DARA).await.status, 200);
    let wait = seconds(&refused);
    assert!(0.0 < wait && wait <= 0.4, "{wait}");
    tokio::time::sleep(Duration::from_secs_f64(wait)).await;
    assert_eq!(assign(&graph, 6).await.status, 204);
}

#[tokio::test]
async fn reads_use_up_resource_units() {
    let graph = hostile(Hostility {
        quota: Some(Quota {
            units: 3,
            unit_seconds: 600.0,
            ..Quota::default()
        }),
        ..Hostility::default()
    })
    .await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(graph.get(DARA).await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 429]);
}

#[tokio::test]
async fn throttling_may_say_when_to_come_back_or_not() {
    let all = |retry_after| Hostility {
        throttle: 1.0,
        retry_after,
        retry_after_seconds: 2.128,
        ..Hostility::default()
    };
    let says = hostile(all(1.0)).await.get(DARA).await;
    assert_eq!((says.status, seconds(&says)), (429, 2.128));
    let silent = hostile(all(0.0)).await.get(DARA).await;
    assert_eq!(silent.status, 429);
    assert!(!silent.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn items_of_a_batch_are_throttled_one_by_one() {
    let graph = hostile(Hostility {
        seed: 7,
        throttle: 0.5,
        retry_after: 1.0,
        retry_after_seconds: 1.0,
        ..Hostility::default()
    })
    .await;
    let item = |id: usize| json!({"id": id.to_string(), "method": "GET", "url": DARA});
    let body = json!({"requests": (0..20).map(item).collect::<Vec<_>>()});
    let answer = graph.post("/$batch", body).await;
    assert_eq!(answer.status, 200);
    let items = answer.body["responses"].as_array().unwrap();
    let throttled: Vec<&Json> = items.iter().filter(|item| item["status"] == 429).collect();
    assert!(!throttled.is_empty() && throttled.len() < 20);
    assert_eq!(throttled[0]["headers"]["Retry-After"], "1.000");
}

#[tokio::test]
async fn an_outage_is_a_page_of_html() {
    let graph = hostile(Hostility {
        unavailable: 1.0,
        ..Hostility::default()
    })
    .await;
    for _ in 0..4 {
        let answer = graph.get(DARA).await;
        assert!([503, 504].contains(&answer.status));
        assert_eq!(answer.headers["content-type"], "text/html");
    }
}

#[tokio::test]
async fn a_connection_is_cut_before_or_after_the_write_took_effect() {
    for (cut, holds) in [("cutBefore", Json::Null), ("cutAfter", json!(4))] {
        let graph = Graph::new().await;
        let hostility = |rules: Json| graph.call("PUT", "/emulator/hostility", &[], Some(rules));
        assert_eq!(hostility(json!({ cut: 1.0 })).await.status, 204);
        let body = json!({"customSecurityAttributes": {"Engineering": {"@odata.type": crate::support::TYPE, "NumVendors": 4}}});
        let sent = graph
            .http
            .patch(format!("{}{DARA}", graph.emulator.graph_root()))
            .header("Authorization", "Bearer any")
            .header("Content-Type", "application/json")
            .body(body.to_string())
            .send()
            .await;
        assert!(sent.is_err(), "{cut}");
        assert_eq!(hostility(Json::Null).await.status, 204);
        assert_eq!(
            graph.held(DARA).await["Engineering"]["NumVendors"],
            holds,
            "{cut}"
        );
    }
}

#[tokio::test]
async fn a_token_ends_and_another_is_taken() {
    let graph = hostile(Hostility {
        token_requests: Some(2),
        ..Hostility::default()
    })
    .await;
    let graph = &graph;
    let get = |token: &'static str| async move {
        let headers = [("Authorization", token)];
        graph.call("GET", DARA, &headers, None).await.status
    };
    assert_eq!(
        [
            get("Bearer a").await,
            get("Bearer a").await,
            get("Bearer a").await
        ],
        [200, 200, 401]
    );
    assert_eq!(get("Bearer b").await, 200);
}

#[tokio::test]
async fn an_answer_may_be_slow() {
    let graph = hostile(Hostility {
        slow: 1.0,
        slow_ms: 300,
        ..Hostility::default()
    })
    .await;
    let begin = Instant::now();
    assert_eq!(graph.get(DARA).await.status, 200);
    assert!(Duration::from_millis(300) <= begin.elapsed());
}

#[tokio::test]
async fn the_same_seed_does_the_same() {
    let statuses = |seed| async move {
        let graph = hostile(Hostility {
            seed,
            throttle: 0.3,
            unavailable: 0.3,
            ..Hostility::default()
        })
        .await;
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(graph.get(DARA).await.status);
        }
        statuses
    };
    let first = statuses(1).await;
    assert_eq!(first, statuses(1).await);
    assert_ne!(first, statuses(2).await);
    for status in [200, 429] {
        assert!(first.contains(&status), "{first:?}");
    }
}

#[tokio::test]
async fn an_answer_may_break_off_in_the_middle() {
    let graph = hostile(Hostility {
        half: 1.0,
        ..Hostility::default()
    })
    .await;
    let answer = graph
        .http
        .get(format!("{}{DARA}", graph.emulator.graph_root()))
        .header("Authorization", "Bearer any")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert!(answer.text().await.is_err());
}

#[tokio::test]
async fn what_is_used_up_is_counted_item_by_item() {
    let graph = Graph::new().await;
    let write = json!({"customSecurityAttributes": {"Engineering": {"@odata.type": crate::support::TYPE, "NumVendors": 4}}});
    let body = json!({"requests": [
        {"id": "1", "method": "PATCH", "url": DARA, "headers": {"Content-Type": "application/json"}, "body": write},
        {"id": "2", "method": "GET", "url": "/users"},
    ]});
    assert_eq!(graph.post("/$batch", body).await.status, 200);
    graph.get(DARA).await;
    let used = graph.call("GET", "/emulator/use", &[], None).await.body;
    assert_eq!(
        used,
        json!({"requests": 2, "reads": 2, "writes": 1, "units": 4, "throttled": 0})
    );
    let log = graph
        .call("GET", "/emulator/requests", &[], None)
        .await
        .body;
    let said: Vec<_> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| format!("{} {} {}", entry["method"], entry["path"], entry["inBatch"]))
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    "PATCH" "/users/dara@contoso.com" "1"
    "GET" "/users" "2"
    "POST" "/$batch" null
    "GET" "/users/dara@contoso.com" null
    "#);
}

#[tokio::test]
async fn a_tenant_may_have_many_people() {
    let graph = Graph::with(Seed::howto().populated(3000)).await;
    let first = graph
        .list("/users?$count=true&$top=999&$select=id,userPrincipalName")
        .await;
    assert!(3000 < first.body["@odata.count"].as_u64().unwrap());
    assert!(first.body["@odata.nextLink"].is_string());
    assert_eq!(
        graph.held("/users/user0002942@contoso.com").await["Engineering"]["NumVendors"],
        42
    );
}
