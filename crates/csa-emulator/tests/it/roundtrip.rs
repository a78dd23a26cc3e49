//! Any assignments go through the wire and the emulator and come back as they were.

use csa_core::wire;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{json, Value as Json};

use crate::support::{Graph, DARA};

// Attributes of the seed that take any value of their type.
fn values() -> impl Strategy<Value = Json> {
    let text = || {
        proptest::collection::vec(any::<char>(), 1..=64)
            .prop_map(|chars| chars.into_iter().collect::<String>())
    };
    let int = any::<i32>;
    let lists = (
        proptest::option::of(proptest::collection::hash_set(text(), 1..=20)),
        proptest::option::of(proptest::collection::hash_set(int(), 1..=20)),
    );
    let single = (
        proptest::option::of(text()),
        proptest::option::of(int()),
        proptest::option::of(any::<bool>()),
    );
    (lists, single).prop_filter_map("nothing to assign", |((datacenter, cost_center), (notes, vendors, certification))| {
        let entries = [
            ("Datacenter", "String[]", datacenter.map(|v| json!(v))),
            ("CostCenter", "Int32[]", cost_center.map(|v| json!(v))),
            ("Notes", "String", notes.map(Json::from)),
            ("NumVendors", "Int32", vendors.map(Json::from)),
            ("Certification", "Boolean", certification.map(Json::from)),
        ];
        let given: Vec<_> = entries
            .into_iter()
            .filter_map(|(name, kind, value)| Some(json!({"attributeSet": "Engineering", "attribute": name, "type": kind, "value": value?})))
            .collect();
        (!given.is_empty()).then(|| json!(given))
    })
}

#[test]
fn assignments_survive_the_wire_and_the_service() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let graph = runtime.block_on(Graph::new());
    let clear = json!({"Datacenter": [], "CostCenter": [], "Notes": null, "NumVendors": null, "Certification": null});
    let mut runner = TestRunner::new(Config {
        cases: 128,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&values(), |given| {
        runtime.block_on(async {
            assert_eq!(graph.assign(DARA, clear.clone()).await.status, 204);
            // From the model to the wire as the client does it: read the plain form, write the wire form.
            let table = given.as_array().unwrap().iter().map(|entry| {
                let name = entry["attribute"].as_str().unwrap();
                let kind = entry["type"].as_str().unwrap();
                let mut pair = vec![(name.to_owned(), entry["value"].clone())];
                if kind.ends_with("[]") {
                    let annotation = format!("#Collection({})", kind.trim_end_matches("[]"));
                    pair.push((format!("{name}@odata.type"), json!(annotation)));
                }
                pair
            });
            let mut set: serde_json::Map<_, _> = table.flatten().collect();
            set.insert("@odata.type".into(), json!(crate::support::TYPE));
            let changes = wire::read_changes(&json!({"Engineering": set}), None).unwrap();
            let sent = graph
                .patch(
                    DARA,
                    json!({"customSecurityAttributes": wire::write(&changes)}),
                )
                .await;
            assert_eq!(sent.status, 204, "{}", sent.body);
            let read = wire::read(&graph.held(DARA).await).unwrap().unwrap();
            let mut got = serde_json::to_value(read.to_list()).unwrap();
            let key = |entry: &Json| entry["attribute"].to_string();
            got.as_array_mut().unwrap().sort_by_key(key);
            let mut wanted = given.clone();
            wanted.as_array_mut().unwrap().sort_by_key(key);
            assert_eq!(got, wanted);
        });
        Ok(())
    });
    outcome.unwrap();
}
