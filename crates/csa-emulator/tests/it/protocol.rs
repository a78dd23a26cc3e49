//! Headers, versions, records, faults.

use csa_emulator::Fault;
use serde_json::json;

use crate::support::{Graph, JOE};

#[tokio::test]
async fn answers_have_the_headers_of_graph() {
    let graph = Graph::new().await;
    let answer = graph
        .call("GET", JOE, &[("client-request-id", "4711")], None)
        .await;
    let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("client-request-id"), "4711");
    assert_eq!(header("request-id").len(), 36);
    assert_eq!(header("OData-Version"), "4.0");
    assert!(header("Content-Type").starts_with("application/json"));
    assert_eq!(header("x-ms-resource-unit"), "1");
    assert_eq!(graph.get("/users").await.headers["x-ms-resource-unit"], "2");
    assert_eq!(
        graph.get("/users?$select=id").await.headers["x-ms-resource-unit"],
        "1"
    );

    let missing = graph.get("/users/nobody@contoso.com").await;
    assert_eq!(
        (missing.status, missing.code()),
        (404, "Request_ResourceNotFound")
    );
    let inner = &missing.body["error"]["innerError"];
    assert_eq!(
        inner["request-id"],
        missing.headers["request-id"].to_str().unwrap()
    );
    assert!(inner["date"].is_string() && inner["client-request-id"].is_string());
}

#[tokio::test]
async fn other_paths_and_methods_are_refused_as_graph_does() {
    let graph = Graph::new().await;
    assert_eq!(graph.get("/unheard").await.status, 400);
    assert_eq!(
        graph
            .call("DELETE", "/directory/attributeSets/Engineering", &[], None)
            .await
            .status,
        405
    );
    assert_eq!(
        graph.get("/users/joe@contoso.com/unheard").await.status,
        400
    );
}

#[tokio::test]
async fn every_request_is_kept_without_its_token() {
    let graph = Graph::new().await;
    graph
        .call(
            "GET",
            "/users?$top=1",
            &[("Authorization", "Bearer s3cr3t"), ("X-Mine", "1")],
            None,
        )
        .await;
    graph.assign(JOE, json!({"Certification": true})).await;
    let record = graph
        .call("GET", "/emulator/requests", &[], None)
        .await
        .body;
    assert_eq!(record.as_array().unwrap().len(), 2);
    assert_eq!(
        (
            &record[0]["method"],
            &record[0]["path"],
            &record[0]["query"]["$top"]
        ),
        (&json!("GET"), &json!("/users"), &json!("1"))
    );
    assert_eq!(record[0]["headers"]["x-mine"], "1");
    assert_eq!(
        (
            &record[1]["status"],
            &record[1]["body"]["customSecurityAttributes"]["Engineering"]["Certification"]
        ),
        (&json!(204), &json!(true))
    );
    assert!(!record.to_string().contains("s3cr3t"));
    graph.call("DELETE", "/emulator/requests", &[], None).await;
    assert_eq!(
        graph
            .call("GET", "/emulator/requests", &[], None)
            .await
            .body,
        json!([])
    );
}

#[tokio::test]
async fn faults_come_as_often_as_asked_and_change_nothing() {
    let graph = Graph::new().await;
    let before = graph.held(JOE).await;
    let faults = json!([
        {"method": "PATCH", "path": "joe", "status": 429, "retryAfter": "1", "times": 2},
        {"method": "PATCH", "status": 503, "body": "<html>busy</html>"},
    ]);
    assert_eq!(graph.post("/emulator/faults", faults).await.status, 204);
    for status in [429, 429] {
        let answer = graph.assign(JOE, json!({"Certification": true})).await;
        assert_eq!(
            (
                answer.status,
                answer.headers["Retry-After"].to_str().unwrap()
            ),
            (status, "1")
        );
        assert_eq!(answer.code(), "TooManyRequests");
    }
    let busy = graph.assign(JOE, json!({"Certification": true})).await;
    assert_eq!(
        (busy.status, busy.headers["Content-Type"].to_str().unwrap()),
        (503, "text/html")
    );
    assert_eq!(graph.held(JOE).await, before);
    assert_eq!(
        graph
            .assign(JOE, json!({"Certification": true}))
            .await
            .status,
        204
    );
    assert_eq!(
        graph
            .post("/emulator/faults", json!([{"wrong": 1}]))
            .await
            .status,
        400
    );
    let fault: Fault = serde_json::from_value(json!({"status": 500})).unwrap();
    assert_eq!((fault.status, fault.times), (500, 1));
}
