//! Attribute sets, definitions, allowed values.

use serde_json::{json, Value as Json};

use crate::support::{Graph, DARA};

const SETS: &str = "/directory/attributeSets";
const DEFINITIONS: &str = "/directory/customSecurityAttributeDefinitions";

fn definition(changes: Json) -> Json {
    let mut definition = json!({
        "attributeSet": "Engineering", "name": "Site", "description": "Where", "type": "String", "isCollection": false,
        "isSearchable": true, "status": "Available", "usePreDefinedValuesOnly": true,
    });
    for (name, value) in changes.as_object().unwrap() {
        definition[name] = value.clone();
    }
    definition
}

#[tokio::test]
async fn a_whole_life_of_an_attribute() {
    let graph = Graph::new().await;
    let created = graph
        .post(
            SETS,
            json!({"id": "Finance", "description": "Money", "maxAttributesPerSet": 25}),
        )
        .await;
    assert_eq!(created.status, 201);
    assert_eq!(created.body["id"], "Finance");
    assert_eq!(
        graph
            .patch(
                &format!("{SETS}/Finance"),
                json!({"description": "More money"})
            )
            .await
            .status,
        204
    );
    assert_eq!(
        graph.get(&format!("{SETS}/Finance")).await.body["description"],
        "More money"
    );

    let created = graph.post(DEFINITIONS, definition(json!({"attributeSet": "Finance", "allowedValues": [{"id": "Oslo", "isActive": true}]}))).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.body["id"], "Finance_Site");
    assert!(created.body.get("allowedValues").is_none());
    let values = format!("{DEFINITIONS}/Finance_Site/allowedValues");
    assert_eq!(
        graph
            .post(&values, json!({"id": "New York", "isActive": true}))
            .await
            .status,
        201
    );
    assert_eq!(
        graph.get(&format!("{values}/New%20York")).await.body["isActive"],
        true
    );
    assert_eq!(
        graph
            .patch(&format!("{values}/Oslo"), json!({"isActive": false}))
            .await
            .status,
        204
    );
    let listed = graph.get(&values).await.body["value"].clone();
    assert_eq!(
        listed,
        json!([{"id": "Oslo", "isActive": false}, {"id": "New York", "isActive": true}])
    );
    let expanded = graph
        .get(&format!("{DEFINITIONS}/Finance_Site?$expand=allowedValues"))
        .await
        .body;
    assert_eq!(expanded["allowedValues"], listed);

    let assign = |value: &str| json!({"customSecurityAttributes": {"Finance": {"@odata.type": crate::support::TYPE, "Site": value}}});
    assert_eq!(graph.patch(DARA, assign("Oslo")).await.status, 400);
    assert_eq!(graph.patch(DARA, assign("New York")).await.status, 204);
    let path = format!("{DEFINITIONS}/Finance_Site");
    assert_eq!(
        graph
            .patch(&path, json!({"usePreDefinedValuesOnly": false}))
            .await
            .status,
        204
    );
    assert_eq!(graph.patch(DARA, assign("Anywhere")).await.status, 204);
    assert_eq!(
        graph
            .patch(&path, json!({"status": "Deprecated"}))
            .await
            .status,
        204
    );
    assert_eq!(graph.patch(DARA, assign("New York")).await.status, 400);
    assert_eq!(graph.held(DARA).await["Finance"]["Site"], "Anywhere");
    assert_eq!(
        graph
            .patch(&path, json!({"status": "Available"}))
            .await
            .status,
        204
    );
    assert_eq!(graph.patch(DARA, assign("New York")).await.status, 204);
}

#[tokio::test]
async fn nothing_is_ever_deleted() {
    let graph = Graph::new().await;
    for path in [
        format!("{SETS}/Engineering"),
        format!("{DEFINITIONS}/Engineering_Project"),
        format!("{DEFINITIONS}/Engineering_Project/allowedValues/Baker"),
        SETS.to_owned(),
    ] {
        assert_eq!(
            graph.call("DELETE", &path, &[], None).await.status,
            405,
            "{path}"
        );
    }
}

#[tokio::test]
async fn lists_are_filtered_selected_and_paged() {
    let graph = Graph::new().await;
    let list = |query: &'static str| {
        let graph = &graph;
        async move {
            let answer = graph.get(&format!("{DEFINITIONS}?{query}")).await;
            assert_eq!(answer.status, 200, "{query}: {}", answer.body);
            answer.body
        }
    };
    let strings = list("$filter=attributeSet%20eq%20'Engineering'%20and%20status%20eq%20'Available'%20and%20type%20eq%20'Integer'").await;
    let ids: Vec<_> = strings["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["id"].clone())
        .collect();
    assert_eq!(
        ids,
        [
            "Engineering_NumVendors",
            "Engineering_CostCenter",
            "Engineering_Clearance"
        ]
    );
    let expanded = list("$expand=allowedValues&$filter=name%20eq%20'Project'").await;
    assert_eq!(expanded["value"][0]["allowedValues"][0]["id"], "Alpine");
    assert!(list("$top=1").await["@odata.nextLink"].is_string());
    let selected = list("$select=id&$filter=name%20eq%20'Project'").await;
    assert_eq!(selected["value"][0], json!({"id": "Engineering_Project"}));
    assert_eq!(
        graph
            .get(&format!("{DEFINITIONS}?$filter=startsWith(name,'P')"))
            .await
            .status,
        400
    );
    assert_eq!(
        graph
            .get(&format!("{DEFINITIONS}/engineering_project"))
            .await
            .status,
        200
    );
    assert_eq!(
        graph
            .get(&format!("{DEFINITIONS}/Engineering_Unheard"))
            .await
            .status,
        404
    );
    assert_eq!(
        graph.get(SETS).await.body["value"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn refusals() {
    let graph = Graph::new().await;
    let mut lines = Vec::new();
    let mut note = |what: &str, answer: crate::support::Answer| {
        lines.push(format!(
            "{what}: {} {} {}",
            answer.status,
            answer.code(),
            answer.message()
        ));
    };
    for (what, body) in [
        ("set that exists", json!({"id": "Engineering"})),
        ("set that differs in case", json!({"id": "ENGINEERING"})),
        ("set without id", json!({"description": "x"})),
        ("set with a space", json!({"id": "a b"})),
        ("set with a leading digit", json!({"id": "1a"})),
        ("set of 33 characters", json!({"id": "x".repeat(33)})),
        (
            "description of 129 characters",
            json!({"id": "Long", "description": "x".repeat(129)}),
        ),
    ] {
        note(what, graph.post(SETS, body).await);
    }
    for (what, change) in [
        ("definition that exists", json!({"name": "Project"})),
        (
            "definition that differs in case",
            json!({"name": "PROJECT"}),
        ),
        (
            "definition in an unknown set",
            json!({"attributeSet": "Unheard"}),
        ),
        (
            "collection of Booleans",
            json!({"type": "Boolean", "isCollection": true, "usePreDefinedValuesOnly": false}),
        ),
        ("predefined Boolean", json!({"type": "Boolean"})),
        ("unknown type", json!({"type": "Double"})),
        ("name with an underscore", json!({"name": "a_b"})),
        (
            "101 allowed values",
            json!({"allowedValues": (0..101).map(|n| json!({"id": n.to_string(), "isActive": true})).collect::<Vec<_>>()}),
        ),
    ] {
        note(what, graph.post(DEFINITIONS, definition(change)).await);
    }
    let path = format!("{DEFINITIONS}/Engineering_ProjectDate");
    note(
        "another type",
        graph.patch(&path, json!({"type": "Integer"})).await,
    );
    note(
        "predefined only, later",
        graph
            .patch(&path, json!({"usePreDefinedValuesOnly": true}))
            .await,
    );
    let values = format!("{DEFINITIONS}/Engineering_Project/allowedValues");
    note(
        "value that exists",
        graph
            .post(&values, json!({"id": "Baker", "isActive": true}))
            .await,
    );
    note(
        "value without id",
        graph.post(&values, json!({"isActive": true})).await,
    );
    note(
        "value of 65 characters",
        graph
            .post(&values, json!({"id": "x".repeat(65), "isActive": true}))
            .await,
    );
    note(
        "unknown value",
        graph
            .patch(&format!("{values}/Unheard"), json!({"isActive": true}))
            .await,
    );
    note(
        "delta at the child",
        graph
            .post(&values, json!({"allowedValues@delta": []}))
            .await,
    );
    insta::assert_snapshot!(lines.join("\n"));
}
