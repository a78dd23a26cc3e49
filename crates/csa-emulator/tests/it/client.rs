//! The operations of csa-core over real HTTP to the emulator: what the client does about throttling, pages and a service that misleads it.

use std::sync::Mutex;
use std::time::Duration;

use csa_core::graph::{Client, Config, Quota};
use csa_core::http::Http;
use csa_core::operations::{Item, Operation, Sink};
use csa_core::sign_in::Credential;
use csa_core::{Error, ErrorCode};
use csa_emulator::{start, Emulator, Options, Seed};
use serde_json::{json, Value as Json};

#[derive(Default)]
struct Items(Mutex<Vec<Json>>);

impl Sink for Items {
    async fn send(&self, item: Item) -> bool {
        self.0
            .lock()
            .unwrap()
            .push(serde_json::to_value(item).unwrap());
        true
    }
}

pub(crate) struct Service {
    pub(crate) emulator: Emulator,
    pub(crate) client: Client,
    // For the emulator's own paths.
    pub(crate) http: reqwest::Client,
}

impl Service {
    pub(crate) async fn new(seed: Seed) -> Self {
        let emulator = start(Options {
            seed: Some(seed),
            ..Options::default()
        })
        .await
        .unwrap();
        let root = emulator.graph_root();
        let client = Client::new(Config {
            root,
            credential: Credential::token("s3cr3t".into()).unwrap(),
            http: Http::new(Duration::from_secs(30), None).unwrap(),
            quota: Quota::default(),
            log_values: false,
        })
        .unwrap();
        Self {
            emulator,
            client,
            http: crate::support::http(),
        }
    }

    pub(crate) async fn run(&self, op: &str, params: Json) -> Result<Vec<Json>, Error> {
        let items = Items::default();
        let request = json!({"op": op, "params": params}).to_string();
        Operation::parse(request.as_bytes())?
            .run(&self.client, &items)
            .await?;
        Ok(items.0.into_inner().unwrap())
    }

    pub(crate) async fn fault(&self, fault: Json) {
        let url = format!("{}/emulator/faults", self.emulator.url());
        let sent = self
            .http
            .post(url)
            .body(json!([fault]).to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status().as_u16(), 204);
    }

    pub(crate) async fn sent(&self) -> Vec<Json> {
        let url = format!("{}/emulator/requests", self.emulator.url());
        let text = self
            .http
            .get(url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

fn set_joe() -> Json {
    json!({"targets": [{"user": "joe@contoso.com"}], "values": [{"attribute": "Engineering.NumVendors", "value": 4}]})
}

#[tokio::test]
async fn a_write_is_tried_again_until_it_is_taken() {
    let service = Service::new(Seed::howto()).await;
    service
        .fault(json!({"method": "PATCH", "status": 429, "retryAfter": "0.05", "times": 2}))
        .await;
    service
        .fault(json!({"method": "PATCH", "status": 503, "retryAfter": "0", "body": "<html>busy</html>"}))
        .await;
    service
        .fault(json!({"method": "PATCH", "status": 504, "retryAfter": "0"}))
        .await;
    let items = service.run("assignment.set", set_joe()).await.unwrap();
    assert_eq!(items[0]["status"], "changed");
    let statuses: Vec<_> = service
        .sent()
        .await
        .iter()
        .map(|r| r["status"].as_u64().unwrap())
        .collect();
    // The definitions are read before.
    assert_eq!(statuses, [200, 429, 429, 503, 504, 204]);
}

#[tokio::test]
async fn a_service_that_stays_busy_is_an_error_after_six_tries() {
    let service = Service::new(Seed::howto()).await;
    service
        .fault(json!({"status": 429, "retryAfter": "0", "times": 100}))
        .await;
    let items = service.run("assignment.set", set_joe()).await.unwrap();
    assert_eq!(items[0]["error"]["code"], "throttled");
    assert_eq!(service.sent().await.len(), 6);
}

#[tokio::test]
async fn a_wait_of_an_hour_is_not_waited_for() {
    let service = Service::new(Seed::howto()).await;
    service
        .fault(json!({"status": 503, "retryAfter": "3600"}))
        .await;
    let items = service.run("assignment.set", set_joe()).await.unwrap();
    assert_eq!(items[0]["error"]["code"], "service");
    assert_eq!(service.sent().await.len(), 1);
}

#[tokio::test]
async fn every_page_has_the_header_and_nothing_but_a_page_is_asked_for_twice() {
    let users: Vec<_> = (0..2100)
        .map(|n| json!({"id": format!("00000000-0000-0000-0000-{n:012}"), "displayName": n.to_string(), "userPrincipalName": format!("u{n}@x.com")}))
        .collect();
    let service = Service::new(Seed::parse(&json!({"users": users}).to_string()).unwrap()).await;
    service
        .fault(json!({"status": 429, "retryAfter": "0"}))
        .await;
    let items = service.run("user.find", json!({})).await.unwrap();
    assert_eq!(items.len(), 2100);
    let sent = service.sent().await;
    assert_eq!(sent.len(), 4);
    assert!(sent
        .iter()
        .all(|request| request["headers"]["consistencylevel"] == "eventual"));
}

#[tokio::test]
async fn a_link_to_another_place_is_not_followed() {
    let elsewhere = Service::new(Seed::howto()).await;
    for link in [
        format!("{}/users", elsewhere.emulator.graph_root()),
        "https://graph.microsoft.com/v1.0/users".to_owned(),
        "https://127.0.0.1/v1.0/users".to_owned(),
        "http://127.0.0.1@evil.example/v1.0/users".to_owned(),
        "//evil.example/v1.0/users".to_owned(),
        "file:///etc/passwd".to_owned(),
        "not a link".to_owned(),
    ] {
        let service = Service::new(Seed::howto()).await;
        service
            .fault(json!({"status": 200, "body": {"value": [], "@odata.nextLink": link}}))
            .await;
        let error = service.run("user.find", json!({})).await.unwrap_err();
        assert!(
            [ErrorCode::Refused, ErrorCode::Protocol].contains(&error.code()),
            "{link}: {error}"
        );
        assert_eq!(service.sent().await.len(), 1, "{link}");
    }
    assert_eq!(elsewhere.sent().await.len(), 0);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Service::new(Seed::howto()).await;
    let service = Service::new(Seed::howto()).await;
    for status in [301, 302, 307, 308] {
        let location = format!("{}/users/joe@contoso.com", elsewhere.emulator.graph_root());
        service
            .fault(json!({"status": status, "headers": {"Location": location}}))
            .await;
        let items = service.run("assignment.set", set_joe()).await.unwrap();
        assert_eq!(items[0]["error"]["code"], "refused");
    }
    assert_eq!(elsewhere.sent().await.len(), 0);
}

#[tokio::test]
async fn an_answer_that_is_no_assignment_names_the_path_of_the_bad_field() {
    let service = Service::new(Seed::howto()).await;
    service.fault(json!({"status": 200, "body": {"id": "1", "customSecurityAttributes": {"Engineering": {"A": {"b": 1}}}}})).await;
    let items = service
        .run(
            "assignment.get",
            json!({"targets": [{"user": "joe@contoso.com"}]}),
        )
        .await
        .unwrap();
    let error = &items[0]["error"];
    assert_eq!(error["code"], "protocol");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("customSecurityAttributes.Engineering.A"),
        "{error}"
    );
}

#[tokio::test]
async fn long_alternatives_are_split_and_each_user_comes_once() {
    let service = Service::new(Seed::howto()).await;
    let values: Vec<_> = (0..40)
        .map(|n| format!("C{n}"))
        .chain(["Canada".into(), "India".into(), "Japan".into()])
        .collect();
    let items = service
        .run(
            "user.find",
            json!({"filter": {"attribute": "Marketing.AppCountry", "eq": values}}),
        )
        .await
        .unwrap();
    let mut names: Vec<_> = items
        .iter()
        .map(|item| item["target"]["displayName"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["Alain", "Jana", "Jiya"]);
    // The definitions, and three queries.
    assert_eq!(service.sent().await.len(), 4);
}

#[tokio::test]
async fn removing_what_cannot_be_seen_is_refused_not_called_done() {
    // The token's claims show that it sees no assignments: null then does not mean "nothing there".
    let token = "eyJhbGciOiJub25lIn0.eyJyb2xlcyI6WyJVc2VyLlJlYWQuQWxsIl19.";
    let mut seed: Json = serde_json::from_str(include_str!("../../seeds/howto.json")).unwrap();
    seed["tokens"] = json!({token: {"permissions": ["User.Read.All"]}});
    let emulator = start(Options {
        seed: Some(Seed::parse(&seed.to_string()).unwrap()),
        ..Options::default()
    })
    .await
    .unwrap();
    let client = Client::new(Config {
        root: emulator.graph_root(),
        credential: Credential::token(token.into()).unwrap(),
        http: Http::new(Duration::from_secs(30), None).unwrap(),
        quota: Quota::default(),
        log_values: false,
    })
    .unwrap();
    let items = Items::default();
    let request = json!({"op": "assignment.remove", "params": {"targets": [{"user": "joe@contoso.com"}], "attributes": [{"attribute": "Engineering.Project"}]}});
    Operation::parse(request.to_string().as_bytes())
        .unwrap()
        .run(&client, &items)
        .await
        .unwrap();
    let items = items.0.into_inner().unwrap();
    assert_eq!(items[0]["error"]["code"], "forbidden", "{items:?}");
}
