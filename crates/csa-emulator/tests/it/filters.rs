//! Lists, filters, pages.

use csa_emulator::FilterOutcome;
use serde_json::{json, Value as Json};

use crate::support::{Answer, Graph, DARA};

const PATH: &str = "customSecurityAttributes/Marketing/AppCountry";

fn names(answer: &Answer) -> Vec<&str> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["displayName"].as_str().unwrap())
        .collect()
}

async fn filter(graph: &Graph, filter: &str) -> Answer {
    let filter: String = filter
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    graph.list(&format!("/users?$count=true&$top=999&$select=id,displayName,customSecurityAttributes&$filter={filter}")).await
}

#[tokio::test]
async fn the_answers_of_the_howto_come_out() {
    let graph = Graph::new().await;
    let canada = filter(&graph, &format!("{PATH} eq 'Canada'")).await;
    assert_eq!(names(&canada), ["Jiya", "Jana"]);
    insta::assert_json_snapshot!(canada.body["value"]);
    let context = canada.body["@odata.context"].as_str().unwrap();
    assert!(
        context.ends_with("/v1.0/$metadata#users(id,displayName,customSecurityAttributes)"),
        "{context}"
    );
    let gs = filter(
        &graph,
        "startsWith(customSecurityAttributes/Marketing/EmployeeId,'GS')",
    )
    .await;
    assert_eq!(names(&gs), ["Chandra", "Jana", "Joe"]);
    let others = filter(&graph, &format!("{PATH} ne 'Canada'")).await;
    assert_eq!(
        (names(&others).len(), &others.body["@odata.count"]),
        (47, &json!(47))
    );
    let dara = others.body["value"]
        .as_array()
        .unwrap()
        .iter()
        .find(|user| user["displayName"] == "Dara")
        .unwrap();
    assert_eq!(dara["customSecurityAttributes"], Json::Null);
}

#[tokio::test]
async fn operators() {
    let graph = Graph::new().await;
    for (text, expected) in [
        ("customSecurityAttributes/Engineering/NumVendors eq 8", vec!["Joe"]),
        ("customSecurityAttributes/Engineering/Certification eq true", vec!["Erik Sync"]),
        ("customSecurityAttributes/Marketing/AppCountry eq 'canada'", vec![]),
        ("not(customSecurityAttributes/Marketing/AppCountry eq 'Canada') and startsWith(displayName,'Ji')", vec![]),
        ("customSecurityAttributes/Marketing/AppCountry eq 'France' or customSecurityAttributes/Marketing/AppCountry eq 'Japan'", vec!["Isabella", "Alain"]),
        ("(displayName eq 'Joe' or displayName eq 'Dara') and accountEnabled eq true", vec!["Joe", "Dara"]),
        ("displayName in ('Joe', 'Adele')", vec!["Joe", "Adele"]),
        ("userType eq 'Guest' and not startsWith(displayName,'A')", vec!["Bo Northwind", "Ceyda Tailspin"]),
        ("displayName eq 'Shea O''Brien'", vec!["Shea O'Brien"]),
    ] {
        assert_eq!(names(&filter(&graph, text).await), expected, "{text}");
    }
}

#[tokio::test]
async fn filters_that_are_refused() {
    let graph = Graph::new().await;
    let mut lines = Vec::new();
    let or = |count: usize| {
        (0..count)
            .map(|n| format!("{PATH} eq 'C{n}'"))
            .collect::<Vec<_>>()
            .join(" or ")
    };
    for text in [
        format!("{PATH} ge 'a'"),
        format!("contains({PATH},'a')"),
        format!("endsWith({PATH},'a')"),
        format!("{PATH} eq null"),
        "customSecurityAttributes/Marketing/Unheard eq 'a'".to_owned(),
        "customSecurityAttributes/Engineering/Notes eq 'a'".to_owned(),
        "customSecurityAttributes/Marketing eq 'a'".to_owned(),
        or(16),
        "this is no filter".to_owned(),
        String::new(),
    ] {
        let answer = filter(&graph, &text).await;
        let shown: String = text.chars().take(60).collect();
        lines.push(format!(
            "{shown}: {} {} {}",
            answer.status,
            answer.code(),
            answer.message()
        ));
    }
    assert_eq!(filter(&graph, &or(15)).await.status, 200);
    for (what, header, query) in [
        ("no header", false, "$count=true&"),
        ("no $count", true, ""),
        ("neither", false, ""),
    ] {
        let path = format!("/users?{query}$filter={PATH}%20eq%20'Canada'");
        let answer = if header {
            graph.list(&path).await
        } else {
            graph.get(&path).await
        };
        lines.push(format!(
            "{what}: {} {} {}",
            answer.status,
            answer.code(),
            answer.message()
        ));
    }
    for top in ["0", "1000", "x"] {
        let answer = graph.get(&format!("/users?$top={top}")).await;
        lines.push(format!(
            "$top={top}: {} {} {}",
            answer.status,
            answer.code(),
            answer.message()
        ));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn pages_have_the_count_once_and_end() {
    let graph = Graph::new().await;
    let mut answer = graph.list("/users?$count=true&$top=20&$select=id").await;
    let (mut ids, mut pages) = (Vec::new(), 0);
    loop {
        pages += 1;
        assert_eq!(answer.body["@odata.count"].is_number(), pages == 1);
        ids.extend(
            answer.body["value"]
                .as_array()
                .unwrap()
                .iter()
                .map(|user| user["id"].to_string()),
        );
        let Some(next) = answer.body["@odata.nextLink"].as_str().map(str::to_owned) else {
            break;
        };
        answer = graph
            .list(next.strip_prefix(&graph.emulator.graph_root()).unwrap())
            .await;
        assert_eq!(answer.status, 200);
    }
    ids.sort();
    ids.dedup();
    assert_eq!((pages, ids.len()), (3, 49));
}

#[tokio::test]
async fn a_count_without_the_header_is_ignored_on_a_plain_list() {
    let graph = Graph::new().await;
    let answer = graph.get("/users?$count=true").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["@odata.count"], Json::Null);
    assert_eq!(answer.body["value"].as_array().unwrap().len(), 49);
}

#[tokio::test]
async fn attributes_come_only_when_selected() {
    let graph = Graph::new().await;
    let user = graph.get("/users/joe@contoso.com").await.body;
    assert_eq!(user["displayName"], "Joe");
    assert!(user.get("customSecurityAttributes").is_none());
    let listed = graph.get("/users").await.body;
    assert!(listed["value"]
        .as_array()
        .unwrap()
        .iter()
        .all(|user| user.get("customSecurityAttributes").is_none()));
}

#[tokio::test]
async fn quirks_of_filters() {
    let graph = Graph::quirky(|quirks| {
        quirks.filter_null = true;
        quirks.max_or_clauses = 2;
        quirks.filter_unsearchable = FilterOutcome::Empty;
        quirks.index_delay_ms = 60_000;
    })
    .await;
    assert_eq!(
        names(&filter(&graph, &format!("{PATH} ne null")).await).len(),
        4
    );
    assert_eq!(
        filter(
            &graph,
            "displayName eq 'a' or displayName eq 'b' or displayName eq 'c'"
        )
        .await
        .status,
        400
    );
    assert_eq!(
        names(&filter(&graph, "customSecurityAttributes/Engineering/Notes eq 'a'").await),
        Vec::<&str>::new()
    );
    // The index lags behind the write, the object itself does not.
    assert_eq!(
        graph.assign(DARA, json!({"NumVendors": 77})).await.status,
        204
    );
    assert_eq!(
        names(
            &filter(
                &graph,
                "customSecurityAttributes/Engineering/NumVendors eq 77"
            )
            .await
        ),
        Vec::<&str>::new()
    );
    assert_eq!(graph.held(DARA).await["Engineering"]["NumVendors"], 77);
}
