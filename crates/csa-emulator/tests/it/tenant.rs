//! The client's knowledge of the tenant: read once, read again where it may be old, done without where it is withheld.

use csa_emulator::Seed;
use serde_json::{json, Value as Json};

use crate::client::Service;

const DEFINITIONS: &str = "/directory/customSecurityAttributeDefinitions";

fn set(attribute: &str, value: Json) -> Json {
    json!({"targets": [{"user": "dara@contoso.com"}], "values": [{"attribute": attribute, "value": value}]})
}

fn edit(change: Json) -> Json {
    let mut params = json!({"targets": [{"user": "joe@contoso.com"}], "attribute": "Engineering.Project", "readBack": true});
    params
        .as_object_mut()
        .unwrap()
        .extend(change.as_object().unwrap().clone());
    params
}

async fn reads(service: &Service) -> usize {
    let sent = service.sent().await;
    sent.iter()
        .filter(|entry| entry["method"] == "GET" && entry["path"] == DEFINITIONS)
        .count()
}

// Somebody else's program.
async fn post(service: &Service, path: &str, body: Json) {
    let url = format!("{}{path}", service.emulator.graph_root());
    let request = service
        .http
        .clone()
        .post(url)
        .header("Authorization", "Bearer other")
        .header("Content-Type", "application/json");
    let answer = request.body(body.to_string()).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 201);
}

fn seeded(change: impl FnOnce(&mut Json)) -> Seed {
    let mut seed: Json = serde_json::from_str(include_str!("../../seeds/howto.json")).unwrap();
    change(&mut seed);
    Seed::parse(&seed.to_string()).unwrap()
}

#[tokio::test]
async fn definitions_are_read_once_a_client() {
    let service = Service::new(Seed::howto()).await;
    for vendors in 0..50 {
        let items = service
            .run(
                "assignment.set",
                set("Engineering.NumVendors", json!(vendors)),
            )
            .await
            .unwrap();
        assert_eq!(items[0]["status"], "changed");
    }
    assert_eq!(reads(&service).await, 1);
}

#[tokio::test]
async fn what_is_unknown_or_not_allowed_is_looked_up_again_first() {
    let service = Service::new(Seed::howto()).await;
    let run = |attribute, value| service.run("assignment.set", set(attribute, value));
    assert_eq!(
        run("Engineering.Grade", json!(1)).await.unwrap()[0]["error"]["code"],
        "unknownAttribute"
    );
    let grade = json!({"attributeSet": "Engineering", "name": "Grade", "type": "Integer", "isCollection": false,
        "isSearchable": true, "status": "Available", "usePreDefinedValuesOnly": false});
    post(&service, DEFINITIONS, grade).await;
    assert_eq!(
        run("engineering.grade", json!("1")).await.unwrap()[0]["attributes"],
        json!(["Engineering.Grade"])
    );
    assert_eq!(
        run("Engineering.Project", json!("Denali")).await.unwrap()[0]["error"]["code"],
        "notAllowed"
    );
    let values = format!("{DEFINITIONS}/Engineering_Project/allowedValues");
    post(&service, &values, json!({"id": "Denali", "isActive": true})).await;
    assert_eq!(
        run("Engineering.Project", json!("Denali")).await.unwrap()[0]["status"],
        "changed"
    );
}

#[tokio::test]
async fn a_file_full_of_misspelt_names_does_not_read_them_for_each_row() {
    let service = Service::new(Seed::howto()).await;
    for row in 0..50 {
        let name = format!("Engineering.Wrong{row}");
        let items = service
            .run("assignment.set", set(&name, json!("x")))
            .await
            .unwrap();
        assert_eq!(items[0]["error"]["code"], "unknownAttribute");
    }
    // Once at first, and four times within half a minute.
    assert_eq!(reads(&service).await, 5);
}

#[tokio::test]
async fn definitions_come_in_pages() {
    let seed = seeded(|seed| {
        let more = (0..1100).map(|i| {
            json!({"attributeSet": "Marketing", "name": format!("Old{i}"), "type": "String", "isCollection": false,
                "isSearchable": true, "status": "Deprecated", "usePreDefinedValuesOnly": false})
        });
        seed["definitions"].as_array_mut().unwrap().extend(more);
    });
    let service = Service::new(seed).await;
    let items = service
        .run(
            "attribute.get",
            json!({"attributes": [{"attribute": "Marketing.Old1099"}]}),
        )
        .await
        .unwrap();
    assert_eq!(items[0]["status"], "Deprecated");
    assert_eq!(reads(&service).await, 2);
}

#[tokio::test]
async fn a_service_that_takes_no_large_pages_is_asked_for_its_own() {
    let service = Service::new(Seed::howto()).await;
    service
        .fault(json!({"path": DEFINITIONS, "status": 400, "body": {"error": {"code": "Request_BadRequest", "message": "Invalid page size specified: '999'."}}}))
        .await;
    let items = service
        .run("assignment.set", set("engineering.numvendors", json!("4")))
        .await
        .unwrap();
    assert_eq!(items[0]["attributes"], json!(["Engineering.NumVendors"]));
    assert_eq!(reads(&service).await, 2);
}

#[tokio::test]
async fn without_the_right_to_read_definitions_all_works_and_one_warning_says_what_is_lost() {
    let seed = seeded(|seed| {
        seed["tokens"] =
            json!({"s3cr3t": {"permissions": ["CustomSecAttributeAssignment.ReadWrite.All"]}});
    });
    let service = Service::new(seed).await;
    let mut kinds = Vec::new();
    for _ in 0..3 {
        let items = service
            .run("assignment.set", set("Engineering.NumVendors", json!(4)))
            .await
            .unwrap();
        kinds.extend(items.iter().map(|item| item["kind"].clone()));
    }
    assert_eq!(kinds, ["log", "result", "result", "result"]);
    // What the checker would have seen the service says.
    let items = service
        .run("assignment.set", set("engineering.NumVendors", json!("4")))
        .await
        .unwrap();
    assert_eq!(items[0]["error"]["status"], 400);
    assert_eq!(reads(&service).await, 1);
}

#[tokio::test]
async fn a_check_that_is_skipped_reads_nothing() {
    let service = Service::new(Seed::howto()).await;
    let mut params = set("Engineering.NumVendors", json!(4));
    params["skipDefinitionCheck"] = json!(true);
    service.run("assignment.set", params).await.unwrap();
    assert_eq!(reads(&service).await, 0);
}

#[tokio::test]
async fn definitions_that_cannot_be_read_just_now_stop_the_write() {
    let service = Service::new(Seed::howto()).await;
    service
        .fault(json!({"path": DEFINITIONS, "status": 500, "times": 1}))
        .await;
    let run = || service.run("assignment.set", set("Engineering.NumVendors", json!(4)));
    assert_eq!(run().await.unwrap()[0]["error"]["code"], "service");
    assert_eq!(run().await.unwrap()[0]["status"], "changed");
}

#[tokio::test]
async fn an_edit_keeps_the_order_and_writes_only_what_changes() {
    let service = Service::new(Seed::howto()).await;
    let value = |items: &[Json]| items[1]["assignments"][0]["value"].clone();
    let items = service
        .run(
            "assignment.edit",
            edit(json!({"add": ["Cascade", "Baker"]})),
        )
        .await
        .unwrap();
    assert_eq!(value(&items), json!(["Baker", "Alpine", "Cascade"]));
    let items = service
        .run(
            "assignment.edit",
            edit(json!({"add": ["Alpine"], "remove": ["Skagit"]})),
        )
        .await
        .unwrap();
    assert_eq!(items[0]["status"], "unchanged");
    let items = service
        .run(
            "assignment.edit",
            edit(json!({"remove": ["Baker", "Cascade", "Alpine"]})),
        )
        .await
        .unwrap();
    assert_eq!(items[0]["status"], "changed");
    assert_eq!(items[1]["assignments"], json!([]));
    let writes: Vec<_> = service
        .sent()
        .await
        .into_iter()
        .filter(|entry| entry["method"] == "PATCH")
        .map(|entry| entry["body"]["customSecurityAttributes"]["Engineering"]["Project"].clone())
        .collect();
    assert_eq!(writes, [json!(["Baker", "Alpine", "Cascade"]), json!([])]);
}

#[tokio::test]
async fn an_edit_that_another_writer_overwrote_is_done_again() {
    let service = Service::new(Seed::howto()).await;
    // The write is taken, and what is read back is somebody else's.
    service
        .fault(json!({"method": "PATCH", "status": 204, "body": ""}))
        .await;
    let items = service
        .run(
            "assignment.edit",
            edit(json!({"add": "Cascade", "remove": "Baker"})),
        )
        .await
        .unwrap();
    assert_eq!(
        items[1]["assignments"][0]["value"],
        json!(["Alpine", "Cascade"])
    );
    let writes = service.sent().await;
    assert_eq!(
        writes
            .iter()
            .filter(|entry| entry["method"] == "PATCH")
            .count(),
        2
    );
}

#[tokio::test]
async fn creating_is_not_tried_twice() {
    let service = Service::new(Seed::howto()).await;
    service
        .fault(json!({"method": "POST", "status": 503, "times": 3}))
        .await;
    let outcome = service
        .run("attributeSet.create", json!({"attributeSet": "Finance"}))
        .await;
    assert!(outcome.unwrap_err().to_string().contains("unavailable"));
    let posts = service.sent().await;
    assert_eq!(
        posts
            .iter()
            .filter(|entry| entry["method"] == "POST")
            .count(),
        1
    );
}
