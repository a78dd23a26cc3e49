//! Tokens, permissions, roles.

use serde_json::{json, Value as Json};

use crate::support::{Answer, Graph, TYPE};

const SELECT: &str = "/users/joe@contoso.com?$select=id,customSecurityAttributes";

async fn configured() -> Graph {
    let graph = Graph::new().await;
    let tokens = json!({
        "writer": {"permissions": ["CustomSecAttributeAssignment.ReadWrite.All", "User.Read.All"]},
        "reader": {"permissions": ["CustomSecAttributeAssignment.Read.All", "User.Read.All"]},
        "directory": {"permissions": ["User.Read.All", "Directory.Read.All"]},
        "definer": {"permissions": ["CustomSecAttributeDefinition.ReadWrite.All"]},
        "globalAdmin": {"permissions": ["CustomSecAttributeAssignment.ReadWrite.All", "User.Read.All"], "roles": ["Global Administrator"]},
        "assignmentReader": {"permissions": ["CustomSecAttributeAssignment.ReadWrite.All", "User.Read.All"], "roles": ["Attribute Assignment Reader"]},
        "marketingAdmin": {"permissions": ["CustomSecAttributeAssignment.ReadWrite.All", "User.Read.All"], "roles": ["Attribute Assignment Administrator"], "attributeSets": ["Marketing"]},
        "old": {"permissions": ["User.Read.All"], "expired": true},
    });
    assert_eq!(
        graph
            .call("PUT", "/emulator/tokens", &[], Some(tokens))
            .await
            .status,
        204
    );
    graph
}

async fn as_caller(
    graph: &Graph,
    token: &str,
    method: &str,
    path: &str,
    body: Option<Json>,
) -> Answer {
    let authorization = format!("Bearer {token}");
    graph
        .call(
            method,
            path,
            &[
                ("Authorization", &authorization),
                ("ConsistencyLevel", "eventual"),
            ],
            body,
        )
        .await
}

fn vendors() -> Option<Json> {
    Some(
        json!({"customSecurityAttributes": {"Engineering": {"@odata.type": TYPE, "NumVendors": 4}}}),
    )
}

#[tokio::test]
async fn without_a_good_token_there_is_401() {
    let graph = configured().await;
    for (authorization, token) in [
        ("", "none"),
        ("Basic abc", "basic"),
        ("Bearer stranger", "stranger"),
        ("Bearer old", "old"),
    ] {
        let answer = graph
            .call("GET", SELECT, &[("Authorization", authorization)], None)
            .await;
        assert_eq!(
            (answer.status, answer.code()),
            (401, "InvalidAuthenticationToken"),
            "{token}"
        );
        assert!(answer.headers.contains_key("WWW-Authenticate"));
    }
    let bare = Graph::new().await;
    assert_eq!(
        bare.call("GET", SELECT, &[("Authorization", "")], None)
            .await
            .status,
        401
    );
    assert_eq!(bare.get(SELECT).await.status, 200);
}

/// Who sees what and may write what; a directory role that is no attribute role gives nothing.
#[tokio::test]
async fn rights() {
    let graph = configured().await;
    let mut lines = Vec::new();
    for token in [
        "writer",
        "reader",
        "directory",
        "definer",
        "globalAdmin",
        "assignmentReader",
        "marketingAdmin",
    ] {
        let read = as_caller(&graph, token, "GET", SELECT, None).await;
        let seen: Vec<_> = read.body["customSecurityAttributes"]
            .as_object()
            .map(|sets| sets.keys().cloned().collect())
            .unwrap_or_default();
        let write = as_caller(&graph, token, "PATCH", "/users/joe@contoso.com", vendors()).await;
        let filter =
            "/users?$count=true&$filter=customSecurityAttributes/Engineering/NumVendors%20eq%204";
        let find = as_caller(&graph, token, "GET", filter, None).await;
        let define = as_caller(
            &graph,
            token,
            "POST",
            "/directory/attributeSets",
            Some(json!({"id": format!("Of{token}")})),
        )
        .await;
        let definitions = as_caller(
            &graph,
            token,
            "GET",
            "/directory/customSecurityAttributeDefinitions",
            None,
        )
        .await;
        lines.push(format!(
            "{token}: sees {seen:?} ({}), writes {} {}, finds {}, defines {}, reads definitions {}",
            read.status,
            write.status,
            write.code(),
            find.status,
            define.status,
            definitions.status
        ));
    }
    insta::assert_snapshot!(lines.join("\n"));
}
