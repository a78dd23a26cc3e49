//! The JSON that leaves the core: every operation, and every error code by a way that reaches it.

use std::collections::BTreeSet;

use csa_core::ErrorCode;
use insta::assert_json_snapshot;
use serde_json::{json, Value as Json};

use crate::support::{open, run, Sandbox};

const JOE: &str = "joe@contoso.com";
const DARA: &str = "dara@contoso.com";

fn joe() -> Json {
    json!([{"user": JOE}])
}

// Without what differs from run to run and from system to system.
fn steady(json: Json) -> Json {
    match json {
        Json::Array(items) => items.into_iter().map(steady).collect(),
        Json::Object(members) => {
            let member = |(name, value): (String, Json)| match (name.as_str(), &value) {
                ("requestId", Json::String(_)) => (name, json!("[the service's]")),
                _ => (name, steady(value)),
            };
            Json::Object(members.into_iter().map(member).collect())
        }
        Json::String(text) => match text.split_once("http://127.0.0.1:") {
            Some((before, _)) => json!(format!("{before}[loopback can't be reached]")),
            None => json!(text),
        },
        other => other,
    }
}

macro_rules! operation {
    ($name:ident, $op:literal, $params:expr) => {
        #[test]
        fn $name() {
            let sandbox = Sandbox::open();
            assert_json_snapshot!(steady(json!(sandbox.run($op, &$params))));
        }
    };
}

operation!(
    set,
    "assignment.set",
    json!({"targets": joe(), "values": [{"attribute": "Engineering.Project", "value": ["Baker", "Cascade"]}]})
);
operation!(
    set_and_read_back,
    "assignment.set",
    json!({"targets": [{"user": DARA}, {"appId": "954580dd-21a7-5783-9167-011d2ca07734"}], "readBack": true, "values": [
        {"attribute": "NumVendors", "attributeSet": "Engineering", "value": 4},
        {"attribute": "Engineering/CostCenter", "value": "1001", "type": "Int32[]"},
        {"attribute": "Engineering.Certification", "value": true},
        {"attribute": "Marketing.EmployeeId", "value": "007"},
    ]})
);
operation!(
    set_a_graph_table,
    "assignment.set",
    json!({"targets": joe(), "readBack": true, "customSecurityAttributes": {"Engineering": {
        "@odata.type": "#Microsoft.DirectoryServices.CustomSecurityAttributeValue",
        "ProjectDate": null, "Project": [], "NumVendors@odata.type": "#Int32", "NumVendors": 5,
    }}})
);
operation!(
    set_goes_on_after_a_failure,
    "assignment.set",
    json!({
        "targets": [{"user": "nobody@contoso.com"}, {"user": "not an id"}, {"user": DARA}],
        "values": [{"attribute": "Engineering.NumVendors", "value": 4}],
    })
);
operation!(
    find_as_a_table,
    "user.find",
    json!({"filter": {"attribute": "Engineering.NumVendors", "eq": 8}, "properties": ["department"], "frame": {"json": true}})
);
operation!(
    find_as_a_wide_table,
    "user.find",
    json!({"filter": {"attribute": "Marketing.AppCountry", "eq": "Canada"}, "frame": {"json": true, "wide": true,
        "attributes": [{"attribute": "appcountry"}, {"attribute": "Engineering.NumVendors"}]}})
);
operation!(
    get,
    "assignment.get",
    json!({"targets": [{"user": JOE}, {"user": DARA}, {"user": "anna_fabrikam.com#EXT#@contoso.onmicrosoft.com"}, {"user": "o'brien@contoso.com"}, {"user": "$build@contoso.com"}]})
);
operation!(
    get_some_attributes,
    "assignment.get",
    json!({"targets": joe(), "attributeSets": ["marketing"], "attributes": [{"attribute": "engineering.projectdate"}]})
);
operation!(
    get_service_principals,
    "assignment.get",
    json!({"targets": [{"servicePrincipal": "a39b3e54-94b8-5aca-a13d-9bedb49e7224"}, {"appId": "4d2acfec-d3bf-5483-ab4b-b534168ca9c6"}]})
);
operation!(
    find,
    "user.find",
    json!({"filter": {"attribute": "Marketing.AppCountry", "eq": "Canada"}, "properties": ["department"]})
);
operation!(find_the_first, "user.find", json!({"first": 2}));
operation!(
    find_by_text,
    "user.find",
    json!({"filter": "customSecurityAttributes/Engineering/NumVendors eq 8 and accountEnabled eq true"})
);
operation!(
    remove,
    "assignment.remove",
    json!({"targets": joe(), "attributes": [{"attribute": "engineering.projectdate"}, {"attribute": "Engineering.Project"}]})
);
operation!(
    remove_a_set,
    "assignment.remove",
    json!({"targets": joe(), "attributeSets": ["Engineering"]})
);
operation!(
    remove_all,
    "assignment.remove",
    json!({"targets": joe(), "all": true})
);
operation!(
    remove_nothing,
    "assignment.remove",
    json!({"targets": [{"user": DARA}], "attributes": [{"attribute": "Engineering.Project"}]})
);

operation!(
    set_by_definition,
    "assignment.set",
    json!({"targets": [{"user": DARA}], "readBack": true, "values": [
        {"attribute": "engineering.numvendors", "value": "4"},
        {"attribute": "Certification", "value": "TRUE"},
        {"attribute": "Engineering.Project", "value": "Baker"},
        {"attribute": "Engineering.CostCenter", "value": ["1001", 1002]},
        {"attribute": "Marketing.EmployeeId", "value": 7, "type": "String"},
    ]})
);
operation!(
    edit,
    "assignment.edit",
    json!({"targets": [{"user": JOE}, {"user": DARA}], "attribute": "Engineering.Project", "add": "Cascade", "remove": ["Alpine"], "readBack": true})
);
operation!(
    edit_nothing,
    "assignment.edit",
    json!({"targets": joe(), "attribute": "Engineering.CostCenter", "add": [1001, "1003"]})
);
operation!(
    find_service_principals,
    "servicePrincipal.find",
    json!({"filter": {"attribute": "engineering.numvendors", "eq": "3"}, "properties": ["servicePrincipalType"]})
);
operation!(get_attribute_sets, "attributeSet.get", json!({}));
operation!(
    create_an_attribute_set,
    "attributeSet.create",
    json!({"attributeSet": "Finance", "description": "Money", "maxAttributesPerSet": 10})
);
operation!(
    plan_an_attribute_set,
    "attributeSet.create",
    json!({"attributeSet": "Finance", "plan": true})
);
operation!(
    update_an_attribute_set,
    "attributeSet.update",
    json!({"attributeSet": "engineering", "description": "All of engineering", "maxAttributesPerSet": null})
);
operation!(
    plan_a_change_of_an_attribute_set,
    "attributeSet.update",
    json!({"attributeSet": "Engineering", "description": null, "maxAttributesPerSet": 25, "plan": true})
);
operation!(
    get_attributes,
    "attribute.get",
    json!({"attributeSets": ["engineering"], "type": "string[]", "status": "available"})
);
operation!(
    get_named_attributes,
    "attribute.get",
    json!({"attributes": [{"attribute": "codename"}, {"attribute": "Engineering.Proyect"}, {"attribute": "Marketing.Level"}]})
);
operation!(
    create_an_attribute,
    "attribute.create",
    json!({"attribute": "engineering.Grade", "type": "Int32", "description": "Pay grade", "allowedValues": ["1", "2"]})
);
operation!(
    plan_an_attribute,
    "attribute.create",
    json!({"attributeSet": "Engineering", "attribute": "Grade", "type": "String[]", "isSearchable": false, "plan": true})
);
operation!(
    update_an_attribute,
    "attribute.update",
    json!({"attribute": "Engineering.Project", "status": "Deprecated", "usePreDefinedValuesOnly": false, "description": "Projects"})
);
operation!(
    plan_a_change_of_an_attribute,
    "attribute.update",
    json!({"attribute": "Engineering.Codename", "status": "Available", "plan": true})
);
operation!(
    add_allowed_values,
    "allowedValue.add",
    json!({"attribute": "Engineering.Project", "values": ["Denali", "Rainier"]})
);
operation!(
    update_an_allowed_value,
    "allowedValue.update",
    json!({"attribute": "Engineering.Project", "values": ["Skagit"], "isActive": true})
);
operation!(
    complete_attributes,
    "definition.complete",
    json!({"of": "attribute", "typed": "proj"})
);
operation!(
    complete_attributes_of_a_set,
    "definition.complete",
    json!({"of": "attribute", "typed": "c", "attributeSet": "engineering", "inactive": true})
);
operation!(
    complete_allowed_values,
    "definition.complete",
    json!({"of": "allowedValue", "attribute": "Marketing.Level"})
);
operation!(
    complete_attribute_sets,
    "definition.complete",
    json!({"of": "attributeSet", "typed": "m"})
);
operation!(test_access, "access.test", json!({}));

#[test]
fn nothing_visible_is_a_warning() {
    let sandbox = Sandbox::open();
    // A token whose claims show that it can't see assignments: {"roles": ["User.Read.All"]}.
    let token = "eyJhbGciOiJub25lIn0.eyJyb2xlcyI6WyJVc2VyLlJlYWQuQWxsIl19.";
    sandbox.tokens(json!({token: {"permissions": ["User.Read.All"]}}));
    let (_, client, _) = open(
        &json!({"graphUri": format!("{}/v1.0", sandbox.url), "signIn": {"mode": "accessToken", "accessToken": token}}),
    );
    let items = run(
        client,
        &json!({"op": "assignment.get", "params": {"targets": joe()}}),
    );
    csa::csa_close(client);
    assert_json_snapshot!(steady(json!(items)));
}

/// What sign-ins of different rights are told: what they can do, what they don't see, and that nothing is checked for them.
#[test]
fn what_sign_ins_are_told() {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use base64::Engine;

    let sandbox = Sandbox::open();
    let all = [
        "CustomSecAttributeAssignment.ReadWrite.All",
        "CustomSecAttributeDefinition.ReadWrite.All",
        "User.Read.All",
    ];
    let reader = "ffd52fa5-98dc-465c-991d-fc073eb59f8f";
    let mut told = serde_json::Map::new();
    for (who, claims, rights) in [
        (
            "an application that may not",
            json!({"roles": ["User.Read.All"]}),
            json!({"permissions": ["User.Read.All"]}),
        ),
        (
            "an application that may only assign",
            json!({"roles": all[..1]}),
            json!({"permissions": all[..1]}),
        ),
        (
            "a person without the permission",
            json!({"scp": "User.Read.All", "wids": [reader]}),
            json!({"permissions": ["User.Read.All"]}),
        ),
        (
            "a person with a reader's role",
            json!({"scp": all.join(" "), "wids": [reader]}),
            json!({"permissions": all, "roles": ["Attribute Assignment Reader"]}),
        ),
        (
            "a person whose roles do not show",
            json!({"scp": all.join(" ")}),
            json!({"permissions": all, "roles": []}),
        ),
        (
            "a token that can't be read",
            Json::Null,
            json!({"permissions": ["User.Read.All"]}),
        ),
    ] {
        let token = if claims.is_null() {
            "opaque".to_owned()
        } else {
            format!("e30.{}.", URL_SAFE_NO_PAD.encode(claims.to_string()))
        };
        sandbox.tokens(json!({ &token: rights }));
        let (_, client, _) = open(
            &json!({"graphUri": format!("{}/v1.0", sandbox.url), "signIn": {"mode": "accessToken", "accessToken": token}}),
        );
        let ask = |op: &str, params: Json| json!(run(client, &json!({"op": op, "params": params})));
        let told_to_them = json!({
            "access.test": ask("access.test", json!({})),
            "assignment.get": ask("assignment.get", json!({"targets": [{"user": DARA}]})),
            "assignment.remove": ask("assignment.remove", json!({"targets": [{"user": DARA}], "attributes": [{"attribute": "Engineering.NumVendors"}]})),
            "assignment.set": ask("assignment.set", json!({"targets": [{"user": DARA}], "values": [{"attribute": "Engineering.NumVendors", "value": 4}]})),
        });
        csa::csa_close(client);
        told.insert(who.to_owned(), told_to_them);
        sandbox.tokens(json!({}));
        sandbox.run(
            "assignment.remove",
            &json!({"targets": [{"user": DARA}], "all": true}),
        );
    }
    assert_json_snapshot!(steady(Json::Object(told)));
}

/// How each error code is met.
#[test]
fn every_error() {
    let sandbox = Sandbox::open();
    let values = |attribute: &str, value: Json| json!({"targets": joe(), "values": [{"attribute": attribute, "value": value}]});
    let set =
        |attribute: &str, value: Json| sandbox.run("assignment.set", &values(attribute, value));
    let get = || sandbox.run("assignment.get", &json!({"targets": joe()}));
    let faulty = |fault: Json| {
        sandbox.fault(fault);
        get()
    };
    let other = |config: Json| {
        let (_, client, _) = open(&config);
        let items = run(
            client,
            &json!({"op": "assignment.get", "params": {"targets": joe()}}),
        );
        csa::csa_close(client);
        items
    };
    let root = format!("{}/v1.0", sandbox.url);
    let many: Vec<_> = (0..51).collect();
    let as_given = |attribute: &str, value: Json| {
        let mut params = values(attribute, value);
        params["skipDefinitionCheck"] = json!(true);
        sandbox.run("assignment.set", &params)
    };
    let edit = |attribute: &str, edit: Json| {
        let mut params = json!({"targets": joe(), "attribute": attribute});
        params
            .as_object_mut()
            .unwrap()
            .extend(edit.as_object().unwrap().clone());
        sandbox.run("assignment.edit", &params)
    };
    // Every read shows what another writer put there.
    let conflict = || {
        let theirs = json!({"id": "33dd33dd-ee44-ff55-aa66-77bb77bb77bb", "displayName": "Joe", "userPrincipalName": JOE,
            "customSecurityAttributes": {"Engineering": {"Project@odata.type": "#Collection(String)", "Project": ["Alpine"]}}});
        sandbox.fault(
            json!({"method": "GET", "path": JOE, "status": 200, "body": theirs, "times": 6}),
        );
        edit("Engineering.Project", json!({"add": "Cascade"}))
    };
    let mut met = vec![
        sandbox.run("assignment.fly", &json!({})),
        sandbox.run("assignment.get", &json!({"target": JOE})),
        sandbox.run("assignment.set", &json!({"targets": joe()})),
        sandbox.run("assignment.remove", &json!({"targets": joe()})),
        set("Engineering.Pro ject", json!("x")),
        set("Project", json!("x")),
        set("Engineering.ProjectDate", json!("")),
        set("Engineering.ProjectDate", json!("x".repeat(65))),
        set("Engineering.NumVendors", json!(2147483648_u64)),
        set("Engineering.NumVendors", json!(4.5)),
        set("Engineering.Certification", json!([true])),
        set("Engineering.Project", json!({"a": 1})),
        set("Engineering.Project", json!(["a", 1])),
        set("Engineering.Project", json!(null)),
        set("Engineering.Project", json!([])),
        set("Engineering.NumVendors", json!("eight")),
        set("Engineering.ProjectDate", json!(["2024-11-15"])),
        set("Engineering.Project", json!(["Unheard of"])),
        set("Engineering.CostCenter", json!(many)),
        set("Engineering.Codename", json!("x")),
        set("Engineering.Nothing", json!("x")),
        set("Finance.Project", json!("x")),
        set("Level", json!("x")),
        set("Engineering.Proyect", json!("Baker")),
        set("Engineering.Project", json!(["baker"])),
        set("Engineering.Project", json!(["Skagit"])),
        set("Engineering.ProjectDate", json!(20241115)),
        sandbox.run("assignment.get", &json!({"targets": joe(), "attributes": [{"attribute": "Engineering.Proyect"}]})),
        sandbox.run("assignment.get", &json!({"targets": joe(), "attributeSets": ["Enginering"]})),
        sandbox.run("assignment.remove", &json!({"targets": joe(), "attributes": [{"attribute": "Engineering.Proyect"}]})),
        as_given("Project", json!("x")),
        as_given("Engineering.NumVendors", json!("eight")),
        as_given("Engineering.Project", json!("Baker")),
        as_given("Engineering.ProjectDate", json!(["2024-11-15"])),
        as_given("Engineering.Project", json!(["Unheard of"])),
        as_given("Engineering.Codename", json!("x")),
        as_given("Engineering.Nothing", json!("x")),
        as_given("Finance.Project", json!("x")),
        edit("Engineering.Project", json!({})),
        edit("Engineering.Project", json!({"add": "Baker", "remove": "Baker"})),
        edit("Engineering.Project", json!({"add": "Skagit"})),
        edit("Engineering.ProjectDate", json!({"add": "2024"})),
        edit("Engineering.CostCenter", json!({"add": "x", "skipDefinitionCheck": true})),
        edit("Engineering.NumVendors", json!({"add": 9, "skipDefinitionCheck": true})),
        sandbox.run("attributeSet.update", &json!({"attributeSet": "Engineering", "maxAttributesPerSet": 501})),
        sandbox.run("attribute.update", &json!({"attribute": "Engineering.Notes", "description": "x".repeat(129)})),
        sandbox.run("allowedValue.add", &json!({"attribute": "Engineering.Project", "values": []})),
        sandbox.run("allowedValue.add", &json!({"attribute": "Engineering.Project", "values": (0..97).map(|i| i.to_string()).collect::<Vec<_>>()})),
        edit("Engineering.CostCenter", json!({"add": (2000..2046).collect::<Vec<_>>()})),
        sandbox.run("attributeSet.create", &json!({"attributeSet": "1st"})),
        sandbox.run("attributeSet.create", &json!({"attributeSet": "engineering"})),
        sandbox.run("attributeSet.update", &json!({"attributeSet": "Finance", "description": "x"})),
        sandbox.run("attribute.create", &json!({"attribute": "Engineering.New", "type": "Boolean[]"})),
        sandbox.run("attribute.create", &json!({"attribute": "Finance.New", "type": "String"})),
        sandbox.run("attribute.update", &json!({"attribute": "Engineering.ProjectDate", "usePreDefinedValuesOnly": true})),
        sandbox.run("attribute.update", &json!({"attribute": "Engineering.ProjectDate", "status": "Gone"})),
        sandbox.run("allowedValue.add", &json!({"attribute": "Engineering.Project", "values": ["Alpine"]})),
        sandbox.run("allowedValue.add", &json!({"attribute": "Engineering.Clearance", "values": ["four"]})),
        sandbox.run("allowedValue.add", &json!({"attribute": "Engineering.Certification", "values": ["true"]})),
        sandbox.run("allowedValue.update", &json!({"attribute": "Engineering.Project", "values": ["alpine"], "isActive": false})),
        conflict(),
        sandbox.run("assignment.get", &json!({"targets": [{"user": "joe"}, {"appId": "joe@contoso.com"}, {"user": "nobody@contoso.com"}]})),
        sandbox.run("user.find", &json!({"filter": {"attribute": "Engineering.Project", "like": "x"}})),
        sandbox.run("user.find", &json!({"filter": ""})),
        sandbox.run("user.find", &json!({"filter": "customSecurityAttributes/Engineering/Nothing eq 'x'"})),
        sandbox.run("user.find", &json!({"filter": "customSecurityAttributes/Engineering/Nothing eq 'x'", "skipDefinitionCheck": true})),
        sandbox.run("user.find", &json!({"filter": {"attribute": "NumVendor", "eq": 8}})),
        sandbox.run("user.find", &json!({"filter": {"attribute": "NumVendors", "eq": 8}, "skipDefinitionCheck": true})),
        sandbox.run("user.find", &json!({"filter": {"attribute": "Engineering.NumVendors", "eq": "eight"}})),
        sandbox.run("user.find", &json!({"filter": {"attribute": "Engineering.NumVendors", "startsWith": "8"}})),
        sandbox.run("user.find", &json!({"filter": {"attribute": "Engineering.Notes", "eq": "x"}})),
        faulty(json!({"status": 400, "body": {"error": {"code": "Request_BadRequest", "message": "Something else."}}})),
        faulty(json!({"status": 429, "retryAfter": "3600"})),
        faulty(json!({"status": 500, "body": "<html>Internal Server Error</html>"})),
        faulty(json!({"status": 302, "headers": {"Location": "https://example.org/"}, "body": ""})),
        faulty(json!({"status": 200, "body": "<html>Sign in to the hotel's network</html>"})),
        other(json!({"graphUri": "http://127.0.0.1:9/v1.0", "signIn": {"mode": "accessToken", "accessToken": "t"}})),
        sandbox.run("bulk.resume", &json!({"journal": "no such folder/run.jsonl"})),
        sandbox.run("bulk.start", &json!({"keepPrevious": true})),
        sandbox.run("bulk.start", &json!({"quotaShare": 1.5})),
        sandbox.run("bulk.add", &json!({"run": "r", "changes": []})),
        open(&json!({"sandbox": true, "quota": {"writes": 0}})).2.as_object().map(|e| vec![json!(e)]).unwrap(),
    ];
    sandbox.tokens(json!({"reader": {"permissions": ["CustomSecAttributeAssignment.Read.All", "User.Read.All"]}}));
    met.push(other(
        json!({"graphUri": root, "signIn": {"mode": "accessToken", "accessToken": "stranger"}}),
    ));
    let (_, reader, _) = open(
        &json!({"graphUri": root, "signIn": {"mode": "accessToken", "accessToken": "reader"}}),
    );
    met.push(run(
        reader,
        &json!({"op": "assignment.set", "params": values("Engineering.NumVendors", json!(4))}),
    ));
    met.push(run(reader, &json!({"op": "attribute.get", "params": {}})));
    csa::csa_close(reader);
    sandbox.tokens(json!({"reader": {"permissions": ["CustomSecAttributeDefinition.Read.All"]}}));
    let (_, reader, _) = open(
        &json!({"graphUri": root, "signIn": {"mode": "accessToken", "accessToken": "reader"}}),
    );
    met.push(run(
        reader,
        &json!({"op": "attributeSet.create", "params": {"attributeSet": "Finance"}}),
    ));
    csa::csa_close(reader);
    sandbox.tokens(json!({}));
    met.push(vec![
        crate::support::start(sandbox.client, br#"{"op": "selftest.panicAtStart"}"#).2,
    ]);

    let errors: Vec<Json> = met
        .into_iter()
        .flatten()
        .filter(|item| item["kind"] != "log")
        .map(|item| item.get("error").unwrap_or(&item).clone())
        .collect();
    let codes: BTreeSet<_> = errors
        .iter()
        .map(|error| error["code"].to_string())
        .collect();
    let all: BTreeSet<_> = ErrorCode::ALL
        .iter()
        .map(|code| serde_json::to_string(code).unwrap())
        .collect();
    assert_json_snapshot!(steady(json!(errors)));
    assert_eq!(codes, all);
}
