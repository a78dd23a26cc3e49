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

#[test]
fn nothing_visible_is_a_warning() {
    let sandbox = Sandbox::open();
    // A token whose claims show that it can't see assignments: {"roles": ["User.Read.All"]}.
    let token = "eyJhbGciOiJub25lIn0.eyJyb2xlcyI6WyJVc2VyLlJlYWQuQWxsIl19.";
    sandbox.tokens(json!({token: {"permissions": ["User.Read.All"]}}));
    let (_, client, _) =
        open(&json!({"graphUri": format!("{}/v1.0", sandbox.url), "accessToken": token}));
    let items = run(
        client,
        &json!({"op": "assignment.get", "params": {"targets": joe()}}),
    );
    csa::csa_close(client);
    assert_json_snapshot!(steady(json!(items)));
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
        set("Engineering.Project", json!("Baker")),
        set("Engineering.ProjectDate", json!(["2024-11-15"])),
        set("Engineering.Project", json!(["Unheard of"])),
        set("Engineering.CostCenter", json!(many)),
        set("Engineering.Codename", json!("x")),
        set("Engineering.Nothing", json!("x")),
        set("Finance.Project", json!("x")),
        sandbox.run("assignment.get", &json!({"targets": [{"user": "joe"}, {"appId": "joe@contoso.com"}, {"user": "nobody@contoso.com"}]})),
        sandbox.run("user.find", &json!({"filter": {"attribute": "Engineering.Project", "like": "x"}})),
        sandbox.run("user.find", &json!({"filter": ""})),
        sandbox.run("user.find", &json!({"filter": "customSecurityAttributes/Engineering/Nothing eq 'x'"})),
        faulty(json!({"status": 400, "body": {"error": {"code": "Request_BadRequest", "message": "Something else."}}})),
        faulty(json!({"status": 429, "retryAfter": "3600"})),
        faulty(json!({"status": 500, "body": "<html>Internal Server Error</html>"})),
        faulty(json!({"status": 302, "headers": {"Location": "https://example.org/"}, "body": ""})),
        faulty(json!({"status": 200, "body": "<html>Sign in to the hotel's network</html>"})),
        other(json!({"graphUri": "http://127.0.0.1:9/v1.0", "accessToken": "t"})),
    ];
    sandbox.tokens(json!({"reader": {"permissions": ["CustomSecAttributeAssignment.Read.All", "User.Read.All"]}}));
    met.push(other(json!({"graphUri": root, "accessToken": "stranger"})));
    let (_, reader, _) = open(&json!({"graphUri": root, "accessToken": "reader"}));
    met.push(run(
        reader,
        &json!({"op": "assignment.set", "params": values("Engineering.NumVendors", json!(4))}),
    ));
    csa::csa_close(reader);
    sandbox.tokens(json!({}));
    met.push(vec![
        crate::support::start(sandbox.client, br#"{"op": "selftest.panicAtStart"}"#).2,
    ]);

    let errors: Vec<Json> = met
        .into_iter()
        .flatten()
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
