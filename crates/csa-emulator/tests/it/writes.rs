//! What a PATCH of assignments does, and what it refuses.

use serde_json::{json, Value as Json};

use crate::support::{Graph, DARA, JOE, TYPE};

#[tokio::test]
async fn a_patch_merges_and_answers_204_without_a_body() {
    let graph = Graph::new().await;
    let answer = graph
        .assign(JOE, json!({"NumVendors@odata.type": "#Int32", "NumVendors": 9, "Project@odata.type": "#Collection(String)", "Project": ["Cascade"]}))
        .await;
    assert_eq!((answer.status, &answer.body), (204, &Json::Null));
    insta::assert_json_snapshot!(graph.held(JOE).await);
}

#[tokio::test]
async fn clearing_the_last_value_leaves_null() {
    let graph = Graph::new().await;
    assert_eq!(
        graph.assign(DARA, json!({"NumVendors": 4})).await.status,
        204
    );
    assert_eq!(
        graph
            .assign(DARA, json!({"NumVendors": null, "Project": []}))
            .await
            .status,
        204
    );
    assert_eq!(graph.held(DARA).await, Json::Null);
}

#[tokio::test]
async fn both_spellings_of_the_type_are_taken_and_graphs_own_comes_back() {
    let graph = Graph::new().await;
    let set = json!({"@odata.type": "#microsoft.graph.customSecurityAttributeValue", "Certification": true});
    assert_eq!(
        graph
            .patch(
                DARA,
                json!({"customSecurityAttributes": {"Engineering": set}})
            )
            .await
            .status,
        204
    );
    assert_eq!(
        graph.held(DARA).await["Engineering"]["@odata.type"],
        "#microsoft.graph.customSecurityAttributeValue"
    );
}

/// The table of refusals; each leaves everything as it was.
#[tokio::test]
async fn refusals() {
    let graph = Graph::new().await;
    let collection = |name: &str, kind: &str, value: Json| json!({format!("{name}@odata.type"): format!("#Collection({kind})"), name: value});
    let before = graph.held(JOE).await;
    let mut lines = Vec::new();
    let mut note = |what: &str, answer: crate::support::Answer| {
        lines.push(format!(
            "{what}: {} {} {}",
            answer.status,
            answer.code(),
            answer.message()
        ));
    };
    for (what, attributes) in [
        ("unknown attribute", json!({"Unheard": "x"})),
        ("attribute in another case", json!({"projectdate": "x"})),
        ("empty text", json!({"ProjectDate": ""})),
        ("array for a single value", json!({"ProjectDate": ["x"]})),
        ("scalar for a collection", json!({"Project": "Baker"})),
        (
            "collection without annotation",
            json!({"Project": ["Baker"]}),
        ),
        (
            "wrong annotation",
            json!({"NumVendors@odata.type": "#String", "NumVendors": 4}),
        ),
        ("text for a number", json!({"NumVendors": "4"})),
        ("number for a text", json!({"ProjectDate": 4})),
        ("text for a Boolean", json!({"Certification": "true"})),
        ("number above Int32", json!({"NumVendors": 2147483648_u64})),
        ("fraction", json!({"NumVendors": 4.5})),
        ("65 characters", json!({"ProjectDate": "x".repeat(65)})),
        (
            "value that is not predefined",
            collection("Project", "String", json!(["Unheard"])),
        ),
        (
            "predefined value in another case",
            collection("Project", "String", json!(["baker"])),
        ),
        (
            "inactive value",
            collection("Project", "String", json!(["Denali"])),
        ),
        (
            "51 values",
            collection("CostCenter", "Int32", (0..51).collect()),
        ),
        ("deactivated attribute", json!({"Codename": "x"})),
        ("null for a collection", json!({"Project": null})),
        ("empty array for a single value", json!({"ProjectDate": []})),
        (
            "one bad among good",
            json!({"Certification": true, "NumVendors": "x"}),
        ),
    ] {
        note(what, graph.assign(JOE, attributes).await);
    }
    for (what, value) in [
        (
            "unknown set",
            json!({"Finance": {"@odata.type": TYPE, "A": "x"}}),
        ),
        (
            "set in another case",
            json!({"engineering": {"@odata.type": TYPE, "ProjectDate": "x"}}),
        ),
        (
            "set without type",
            json!({"Engineering": {"ProjectDate": "x"}}),
        ),
        (
            "set with another type",
            json!({"Engineering": {"@odata.type": "#x", "ProjectDate": "x"}}),
        ),
        (
            "set with a misspelt type",
            json!({"Engineering": {"odataType": TYPE, "ProjectDate": "x"}}),
        ),
        ("null for a set", json!({"Engineering": null})),
        ("text for a set", json!({"Engineering": "{}"})),
        ("null for everything", json!(null)),
        ("a list", json!([])),
    ] {
        note(
            what,
            graph
                .patch(JOE, json!({"customSecurityAttributes": value}))
                .await,
        );
    }
    note(
        "unknown user",
        graph
            .assign("/users/nobody@contoso.com", json!({"Certification": true}))
            .await,
    );
    note(
        "no JSON",
        graph
            .call("PATCH", JOE, &[("Content-Type", "application/json")], None)
            .await,
    );
    assert_eq!(graph.held(JOE).await, before);
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn values_count_over_the_whole_object() {
    let graph = Graph::new().await;
    let numbers: Vec<_> = (0..44).collect();
    // Joe holds eight values, two of which these replace.
    let many = |last: i32| json!({"CostCenter@odata.type": "#Collection(Int32)", "CostCenter": numbers.iter().copied().chain([last]).collect::<Vec<i32>>()});
    assert_eq!(graph.assign(JOE, many(44)).await.status, 400);
    let fewer = json!({"CostCenter@odata.type": "#Collection(Int32)", "CostCenter": numbers});
    assert_eq!(graph.assign(JOE, fewer).await.status, 204);
}

#[tokio::test]
async fn service_principals_are_found_by_id_and_app_id() {
    let graph = Graph::new().await;
    let (by_id, by_app) = (
        "/servicePrincipals/e61d7de6-6da0-5076-9c3a-9f60c47cb454",
        "/servicePrincipals(appId='954580dd-21a7-5783-9167-011d2ca07734')",
    );
    assert_eq!(
        graph
            .assign(by_app, json!({"Certification": true}))
            .await
            .status,
        204
    );
    assert_eq!(
        graph.held(by_id).await["Engineering"]["Certification"],
        true
    );
    assert_eq!(
        graph
            .get("/servicePrincipals(appId='00000000-0000-0000-0000-000000000000')")
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn odd_user_names_are_found() {
    let graph = Graph::new().await;
    for path in [
        "/users/anna_fabrikam.com%23EXT%23@contoso.onmicrosoft.com",
        "/users/o'brien@contoso.com",
        "/users('o''brien@contoso.com')",
        "/users('$build@contoso.com')",
        "/users/JOE@CONTOSO.COM",
    ] {
        assert_eq!(
            graph
                .assign(path, json!({"Certification": true}))
                .await
                .status,
            204,
            "{path}"
        );
        assert_eq!(
            graph.held(path).await["Engineering"]["Certification"],
            true,
            "{path}"
        );
    }
}

#[tokio::test]
async fn quirks_change_what_is_not_documented() {
    let graph = Graph::quirky(|quirks| {
        quirks.case_sensitive_names = false;
        quirks.missing_int32_annotation = false;
        quirks.missing_collection_annotation = true;
        quirks.null_clears_collection = true;
        quirks.null_clears_set = true;
        quirks.deprecated_refuses_values = false;
        quirks.drop_duplicates = true;
    })
    .await;
    assert_eq!(
        graph
            .assign(JOE, json!({"certification": true}))
            .await
            .status,
        204
    );
    assert_eq!(
        graph.assign(JOE, json!({"NumVendors": 4})).await.status,
        400
    );
    assert_eq!(
        graph
            .assign(JOE, json!({"Project": ["Baker", "Baker"]}))
            .await
            .status,
        204
    );
    assert_eq!(
        graph
            .assign(JOE, json!({"CostCenter": null, "Codename": "x"}))
            .await
            .status,
        204
    );
    let held = graph.held(JOE).await["Engineering"].clone();
    assert_eq!(
        (&held["Certification"], &held["Project"], &held["Codename"]),
        (&json!(true), &json!(["Baker"]), &json!("x"))
    );
    assert_eq!(held["CostCenter"], Json::Null);
    assert_eq!(
        graph
            .patch(
                JOE,
                json!({"customSecurityAttributes": {"Engineering": null}})
            )
            .await
            .status,
        204
    );
    assert_eq!(graph.held(JOE).await["Engineering"], Json::Null);

    let graph = Graph::quirky(|quirks| {
        quirks.atomic_patch = false;
        quirks.text_for_set_is_ignored = true;
    })
    .await;
    let mixed = json!({"Certification": true, "NumVendors": "x"});
    assert_eq!(graph.assign(JOE, mixed).await.status, 400);
    assert_eq!(graph.held(JOE).await["Engineering"]["Certification"], true);
    assert_eq!(
        graph
            .patch(
                JOE,
                json!({"customSecurityAttributes": {"Engineering": "{}"}})
            )
            .await
            .status,
        204
    );
}
