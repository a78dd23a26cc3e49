//! What the definition check lets through the service takes, and what it refuses the service refuses.

use std::sync::Arc;

use csa_core::definition::Definitions;
use csa_core::wire;
use csa_emulator::Seed;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{json, Value as Json};

use crate::client::Service;
use crate::support::{DARA, TYPE};

// Every type, with and without allowed values, in use and deprecated.
const ATTRIBUTES: [(&str, &str); 10] = [
    ("Project", "#Collection(String)"),
    ("Datacenter", "#Collection(String)"),
    ("CostCenter", "#Collection(Int32)"),
    ("ProjectDate", "#String"),
    ("Notes", "#String"),
    ("NumVendors", "#Int32"),
    ("Clearance", "#Int32"),
    ("Certification", "#Boolean"),
    ("Codename", "#String"),
    ("Level", "#String"),
];

fn scalar() -> impl Strategy<Value = Json> {
    let words = [
        "Alpine",
        "alpine",
        "Baker",
        "Skagit",
        "Public",
        "public",
        "true",
        "False",
        "yes",
        "8",
        " 8",
        "8.0",
        "08",
        "+8",
        "-0",
        "",
        "1",
        "4",
        "2147483647",
        "2147483648",
        "-2147483648",
    ];
    prop_oneof![
        4 => prop::sample::select(words.to_vec()).prop_map(Json::from),
        2 => any::<i32>().prop_map(Json::from),
        2 => (0..5_i64).prop_map(Json::from),
        1 => any::<i64>().prop_map(Json::from),
        1 => any::<f64>().prop_map(Json::from),
        2 => any::<bool>().prop_map(Json::from),
        2 => prop::collection::vec(any::<char>(), 62..=66).prop_map(|c| Json::from(c.into_iter().collect::<String>())),
        2 => ".{0,8}".prop_map(Json::from),
        1 => Just(Json::Null),
        1 => Just(json!({})),
    ]
}

fn value() -> impl Strategy<Value = Json> {
    prop_oneof![
        4 => scalar(),
        3 => prop::collection::vec(scalar(), 0..4).prop_map(Json::from),
        1 => (48..53_i32).prop_map(|n| (0..n).collect::<Vec<_>>().into()),
        1 => (48..53_i32).prop_map(|n| (0..n).map(|i| i.to_string()).collect::<Vec<_>>().into()),
        1 => prop::collection::vec(prop::sample::select(vec!["Alpine", "Baker", "Cascade"]), 1..5).prop_map(|v| json!(v)),
    ]
}

async fn send(
    service: &Service,
    set: &str,
    attribute: &str,
    annotation: &str,
    value: &Json,
) -> u16 {
    let mut object = json!({"@odata.type": TYPE, attribute: value});
    if annotation.contains("Int32") || annotation.contains("Collection") {
        object[format!("{attribute}@odata.type")] = json!(annotation);
    }
    patch(service, json!({ set: object })).await
}

async fn patch(service: &Service, table: Json) -> u16 {
    let url = format!("{}{DARA}", service.emulator.graph_root());
    let request = service
        .http
        .clone()
        .patch(url)
        .header("Authorization", "Bearer any")
        .header("Content-Type", "application/json")
        .body(json!({wire::PROPERTY: table}).to_string());
    request.send().await.unwrap().status().as_u16()
}

#[test]
fn the_checker_and_the_service_agree() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let service = runtime.block_on(Service::new(Seed::howto()));
    let definitions: Arc<Definitions> = runtime
        .block_on(service.client.definitions())
        .unwrap()
        .unwrap();
    let mut runner = TestRunner::new(Config {
        cases: 1000,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(
        &(prop::sample::select(ATTRIBUTES.to_vec()), value()),
        |((attribute, annotation), value)| {
            let set = if attribute == "Level" {
                "Marketing"
            } else {
                "Engineering"
            };
            let checked =
                wire::read_changes(&json!({ set: {attribute: value} }), Some(&definitions))
                    .and_then(|changes| changes.check().map(|()| changes));
            runtime.block_on(async {
                match checked {
                    Ok(changes) => {
                        assert_eq!(
                            patch(&service, wire::write(&changes)).await,
                            204,
                            "{attribute} = {value}"
                        );
                        let clear = if annotation.contains("Collection") {
                            json!([])
                        } else {
                            Json::Null
                        };
                        assert_eq!(send(&service, set, attribute, "", &clear).await, 204);
                    }
                    Err(error) => {
                        let status = send(&service, set, attribute, annotation, &value).await;
                        assert_eq!(status, 400, "{attribute} = {value}: {error}");
                    }
                }
            });
            Ok(())
        },
    );
    outcome.unwrap();
}
