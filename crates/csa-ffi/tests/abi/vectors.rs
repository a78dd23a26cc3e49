//! Every example of Microsoft's how-to and of the pages on definitions, from `tests/vectors`.

use std::fs;
use std::path::Path;

use serde_json::{json, Value as Json};

use crate::support::{run, Sandbox};

fn vectors() -> Vec<(String, Json)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    let read = |path: &Path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (
            name,
            serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap(),
        )
    };
    files.iter().map(|path| read(path)).collect()
}

/// What was sent, cut down to what the vector names.
fn relevant(entry: &Json, expected: &Json) -> Json {
    let names = expected["headers"].as_object().unwrap().keys();
    let headers: serde_json::Map<_, _> = names
        .map(|name| (name.clone(), entry["headers"][name].clone()))
        .collect();
    json!({
        "method": entry["method"], "path": entry["path"], "query": entry["query"],
        "headers": headers, "body": entry["body"],
    })
}

#[test]
fn every_example_of_the_howto_goes_out_and_answers_as_written() {
    let vectors = vectors();
    assert!(
        26 <= vectors.len(),
        "tests/vectors has {} files",
        vectors.len()
    );
    for (name, vector) in vectors {
        let sandbox = Sandbox::open();
        let items = run(sandbox.client, &vector["request"]);
        let sent = sandbox.sent();
        let expected = vector["sent"].as_array().unwrap();
        assert_eq!(sent.len(), expected.len(), "{name}: {sent:?}");
        let sent: Vec<_> = sent
            .iter()
            .zip(expected)
            .map(|(s, e)| relevant(s, e))
            .collect();
        assert_eq!(&sent, expected, "{name}");

        if let Some(answer) = vector.get("answer") {
            assert_eq!(&json!(items), answer, "{name}");
        } else if let Some(finds) = vector["finds"].as_array() {
            assert_eq!(Some(items.len() as u64), vector["count"].as_u64(), "{name}");
            for wanted in finds {
                let found = items
                    .iter()
                    .find(|item| item["target"]["id"] == wanted["id"]);
                let found = found.unwrap_or_else(|| panic!("{name}: {wanted}"));
                assert_eq!(
                    found["target"]["displayName"], wanted["displayName"],
                    "{name}"
                );
                assert_eq!(found["assignments"], wanted["holds"], "{name}");
            }
        } else {
            let target = json!({"targets": [{"user": vector["target"]}]});
            let held = sandbox.run("assignment.get", &target);
            assert_eq!(held[0]["assignments"], vector["holds"], "{name}");
        }
    }
}
