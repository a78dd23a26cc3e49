//! Signing in, in every way, at the emulator's own token endpoint; and what becomes of tokens in the middle of a run.

use std::fs;
use std::path::{Path, PathBuf};

use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use csa::{CSA_FAILED, CSA_OK, CSA_PENDING};
use csa_emulator::{Application, Directory, Federated, GitHub, Identity, Person};
use serde_json::{json, Value as Json};

use crate::support::{http, next, open, run, start};

const TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
const CLIENT: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";
const SECRET: &str = "cl13nt~S3cret/+=";
const PASSWORD: &str = "c3rt-Pa55";

fn fixture(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/certificates");
    folder.join(name)
}

fn permissions() -> Vec<String> {
    let all = [
        "CustomSecAttributeAssignment.ReadWrite.All",
        "CustomSecAttributeDefinition.ReadWrite.All",
        "User.Read.All",
        "Application.Read.All",
    ];
    all.map(str::to_owned).to_vec()
}

fn directory() -> Directory {
    let federated = |issuer: &str, subject: &str| Federated {
        issuer: issuer.into(),
        subject: subject.into(),
        audience: "api://AzureADTokenExchange".into(),
    };
    let certificate = fs::read_to_string(fixture("encrypted.pem")).unwrap();
    Directory {
        applications: vec![Application {
            client_id: CLIENT.into(),
            secrets: vec![SECRET.into()],
            certificates: vec![certificate],
            federated: vec![
                federated("https://kubernetes", "system:serviceaccount:hr:csa"),
                federated(
                    "https://token.actions.githubusercontent.com",
                    "repo:contoso/hr:ref:refs/heads/main",
                ),
            ],
            public_client: true,
            permissions: permissions(),
        }],
        identities: vec![
            Identity {
                client_id: "own".into(),
                system_assigned: true,
                permissions: permissions(),
                ..Identity::default()
            },
            Identity {
                client_id: "other".into(),
                object_id: "other-object".into(),
                permissions: permissions(),
                ..Identity::default()
            },
        ],
        person: Person {
            polls: 2,
            interval: 0,
            ..Person::default()
        },
        github: GitHub {
            token: "gh-request-t0ken".into(),
            subject: "repo:contoso/hr:ref:refs/heads/main".into(),
        },
        ..Directory::default()
    }
}

/// An emulator that people sign in at.
struct Service {
    url: String,
    _runtime: tokio::runtime::Runtime,
    _emulator: csa_emulator::Emulator,
}

impl Service {
    fn new(directory: &Directory) -> Self {
        Self::with(directory, csa_emulator::Options::default())
    }

    fn with(directory: &Directory, options: csa_emulator::Options) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let emulator = runtime.block_on(csa_emulator::start(options)).unwrap();
        let url = emulator.url().to_owned();
        let service = Self {
            url,
            _runtime: runtime,
            _emulator: emulator,
        };
        if !service.url.starts_with("https") {
            service.put("sign-in", &json!(directory));
        }
        service
    }

    fn put(&self, path: &str, body: &Json) {
        assert_eq!(
            http(
                "PUT",
                &format!("{}/emulator/{path}", self.url),
                Some(body.clone())
            ),
            Json::Null
        );
    }

    fn config(&self, sign_in: Json) -> Json {
        json!({"graphUri": format!("{}/v1.0", self.url), "authority": self.url, "signIn": sign_in})
    }

    /// A client that is signed in, with its context, or the error.
    fn connect(&self, sign_in: Json) -> Result<(u64, Json), Json> {
        connect(&self.config(sign_in))
    }

    /// How often a token was asked for, as the emulator saw it.
    fn tokens_given(&self) -> usize {
        let sent = http("GET", &format!("{}/emulator/requests", self.url), None);
        let is_token = |entry: &&Json| {
            entry["path"].as_str().unwrap().ends_with("/token") && entry["status"] == 200
        };
        sent.as_array().unwrap().iter().filter(is_token).count()
    }
}

fn connect(config: &Json) -> Result<(u64, Json), Json> {
    let (code, client, answer) = open(config);
    if code != CSA_OK {
        return Err(answer);
    }
    let mut items = run(client, &json!({"op": "context.signIn"}));
    let last = items.pop().unwrap();
    if last["kind"] != "context" {
        csa::csa_close(client);
        return Err(last);
    }
    Ok((client, last))
}

fn application(mode: &str, more: Json) -> Json {
    let mut sign_in = json!({"mode": mode, "tenantId": TENANT, "clientId": CLIENT});
    sign_in
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    sign_in
}

fn secret() -> Json {
    application("clientSecret", json!({"clientSecret": SECRET}))
}

fn read_joe(client: u64) -> Json {
    let params = json!({"targets": [{"user": "joe@contoso.com"}]});
    run(client, &json!({"op": "assignment.get", "params": params})).remove(0)
}

#[test]
fn a_secret_signs_in_and_the_context_says_who() {
    let service = Service::new(&directory());
    let (client, context) = service.connect(secret()).unwrap();
    assert_eq!(read_joe(client)["kind"], "assignments");
    assert_eq!(context["mode"], "clientSecret");
    assert_eq!(context["tenantId"], TENANT);
    assert_eq!(context["clientId"], CLIENT);
    assert_eq!(context["permissions"], json!(permissions()));
    assert_eq!(context["cloud"], Json::Null);
    assert!(context["expiresOn"].as_str().unwrap().ends_with('Z'));
    assert_eq!(service.tokens_given(), 1);
    csa::csa_close(client);
}

#[test]
fn every_form_of_a_certificate_signs_in() {
    let service = Service::new(&directory());
    let text = |name: &str| {
        fs::read_to_string(fixture(name))
            .unwrap()
            .split_whitespace()
            .collect::<String>()
    };
    for more in [
        json!({"certificatePath": fixture("application.pem")}),
        json!({"certificatePath": fixture("pkcs1.pem")}),
        json!({"certificatePath": fixture("encrypted.pem"), "certificatePassword": PASSWORD}),
        json!({"certificate": text("application.pfx.txt"), "certificatePassword": PASSWORD}),
        json!({"certificate": text("legacy.pfx.txt"), "certificatePassword": PASSWORD}),
    ] {
        let (client, context) = service
            .connect(application("clientCertificate", more.clone()))
            .unwrap_or_else(|error| panic!("{more}: {error}"));
        assert_eq!(context["mode"], "clientCertificate");
        assert_eq!(read_joe(client)["kind"], "assignments");
        csa::csa_close(client);
    }
}

#[test]
fn a_certificate_that_can_not_be_used_is_refused_before_anything_is_sent() {
    let service = Service::new(&directory());
    let damaged = STANDARD.encode("-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n");
    for (more, reason) in [
        (
            json!({"certificatePath": fixture("mismatched.pem")}),
            "no private key with the certificate that belongs to it",
        ),
        (
            json!({"certificatePath": fixture("ended.pem")}),
            "ended on 2021-01-01",
        ),
        (
            json!({"certificatePath": fixture("elliptic.pem")}),
            "is not RSA",
        ),
        (
            json!({"certificatePath": fixture("encrypted.pem")}),
            "has an encrypted key",
        ),
        (
            json!({"certificatePath": fixture("encrypted.pem"), "certificatePassword": "wrong"}),
            "this password does not open",
        ),
        (
            json!({"certificatePath": fixture("README.md")}),
            "is neither PEM nor a PFX",
        ),
        (
            json!({"certificatePath": fixture("missing.pem")}),
            "can't be read",
        ),
        (
            json!({"certificate": damaged}),
            "a PEM block that can't be read",
        ),
        (json!({"certificate": "?"}), "is not base64"),
        (json!({}), "certificatePath is missing"),
    ] {
        let error = service
            .connect(application("clientCertificate", more))
            .unwrap_err();
        assert_eq!(error["code"], "invalidRequest", "{error}");
        assert!(
            error["message"].as_str().unwrap().contains(reason),
            "{reason}: {error}"
        );
        assert!(!error.to_string().contains(PASSWORD));
    }
    assert_eq!(
        http("GET", &format!("{}/emulator/requests", service.url), None),
        json!([])
    );
}

#[test]
fn what_the_authority_refuses_is_told_with_what_to_do() {
    let service = Service::new(&directory());
    let stranger = json!({"certificatePath": fixture("stranger.pem")});
    let mut errors = Vec::new();
    for sign_in in [
        application("clientSecret", json!({"clientSecret": "wrong"})),
        application("clientCertificate", stranger),
        json!({"mode": "clientSecret", "tenantId": "contoso.com", "clientId": CLIENT, "clientSecret": SECRET}),
        json!({"mode": "clientSecret", "tenantId": TENANT, "clientId": "nobody", "clientSecret": SECRET}),
    ] {
        let mut error = service.connect(sign_in).unwrap_err();
        assert!(error["requestId"].is_string());
        error["requestId"] = json!("…");
        errors.push(error);
    }
    insta::assert_json_snapshot!(errors);
}

#[test]
fn a_token_of_another_issuer_signs_in_and_its_file_is_read_each_time() {
    let service = Service::new(&directory());
    let token = |subject: &str| {
        let wanted = json!({"issuer": "https://kubernetes", "subject": subject, "audience": "api://AzureADTokenExchange"});
        let given = http(
            "POST",
            &format!("{}/emulator/federated-tokens", service.url),
            Some(wanted),
        );
        given["value"].as_str().unwrap().to_owned()
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, token("somebody else")).unwrap();
    let given = application("workloadIdentity", json!({"federatedTokenFile": file}));
    let error = service.connect(given.clone()).unwrap_err();
    assert_eq!(error["graphCode"], "AADSTS700213");
    fs::write(
        &file,
        format!("{}\n", token("system:serviceaccount:hr:csa")),
    )
    .unwrap();
    let (client, context) = service.connect(given).unwrap();
    assert_eq!(context["mode"], "workloadIdentity");
    csa::csa_close(client);
    let mut of_environment = json!({"mode": "workloadIdentity", "environment": {
        "AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT, "AZURE_FEDERATED_TOKEN_FILE": file, "AZURE_AUTHORITY_HOST": service.url,
    }});
    let config = json!({"graphUri": format!("{}/v1.0", service.url), "signIn": of_environment});
    csa::csa_close(connect(&config).unwrap().0);
    of_environment["environment"]["AZURE_FEDERATED_TOKEN_FILE"] = json!(folder.path().join("gone"));
    let error =
        connect(&json!({"graphUri": format!("{}/v1.0", service.url), "signIn": of_environment}))
            .unwrap_err();
    assert!(
        error["message"].as_str().unwrap().contains("can't be read"),
        "{error}"
    );
}

#[test]
fn a_job_of_github_actions_signs_in() {
    let service = Service::new(&directory());
    let environment = |token: &str| json!({"environment": {"ACTIONS_ID_TOKEN_REQUEST_URL": format!("{}/github/token?api-version=2.0", service.url), "ACTIONS_ID_TOKEN_REQUEST_TOKEN": token}});
    let (client, _) = service
        .connect(application(
            "workloadIdentity",
            environment("gh-request-t0ken"),
        ))
        .unwrap();
    assert_eq!(read_joe(client)["kind"], "assignments");
    csa::csa_close(client);
    let error = service
        .connect(application("workloadIdentity", environment("wrong")))
        .unwrap_err();
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("GitHub gave no token: HTTP 401"),
        "{error}"
    );
    let mut foreign = environment("gh-request-t0ken");
    foreign["environment"]["ACTIONS_ID_TOKEN_REQUEST_URL"] = json!("http://github.example/token");
    let error = service
        .connect(application("workloadIdentity", foreign))
        .unwrap_err();
    assert!(
        error["message"].as_str().unwrap().contains("no https URL"),
        "{error}"
    );
    let error = service
        .connect(application("workloadIdentity", json!({})))
        .unwrap_err();
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("no token of another issuer"),
        "{error}"
    );
}

#[test]
fn the_environment_says_how_to_sign_in() {
    let service = Service::new(&directory());
    let of = |more: Json| {
        let mut environment = json!({"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT});
        environment
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        service.connect(json!({"mode": "environmentVariable", "environment": environment}))
    };
    let (client, context) = of(json!({"AZURE_CLIENT_SECRET": SECRET})).unwrap();
    assert_eq!(context["mode"], "clientSecret");
    csa::csa_close(client);
    let certificate = json!({"AZURE_CLIENT_CERTIFICATE_PATH": fixture("encrypted.pem"), "AZURE_CLIENT_CERTIFICATE_PASSWORD": PASSWORD});
    let (client, context) = of(certificate).unwrap();
    assert_eq!(context["mode"], "clientCertificate");
    csa::csa_close(client);
    let error = of(json!({"AZURE_CLIENT_SECRET": " "})).unwrap_err();
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("the environment has no way to sign in"),
        "{error}"
    );
}

#[test]
fn a_person_signs_in_with_a_code_and_the_token_is_renewed_without_them() {
    let service = Service::new(&directory());
    let (_, client, _) = open(&service.config(json!({"mode": "deviceCode", "clientId": CLIENT, "scopes": ["CustomSecAttributeAssignment.ReadWrite.All", "User.Read.All"]})));
    let items = run(client, &json!({"op": "context.signIn"}));
    let prompt = &items[0];
    assert_eq!(prompt["kind"], "deviceCode");
    let (page, code) = (
        prompt["verificationUri"].as_str().unwrap(),
        prompt["userCode"].as_str().unwrap(),
    );
    let message = prompt["message"].as_str().unwrap();
    assert!(
        message.contains(page) && message.contains(code),
        "{message}"
    );
    assert_eq!(items[1]["account"], "admin@contoso.com");
    assert_eq!(
        items[1]["permissions"],
        json!([
            "CustomSecAttributeAssignment.ReadWrite.All",
            "User.Read.All"
        ])
    );
    service.put(
        "challenge",
        &json!({"access_token": {"nbf": {"essential": true, "value": "1"}}}),
    );
    assert_eq!(read_joe(client)["kind"], "assignments");
    assert_eq!(service.tokens_given(), 2);
    csa::csa_close(client);
}

#[test]
fn a_person_who_declines_is_an_error_and_waiting_for_one_can_be_cancelled() {
    let mut declining = directory();
    declining.person.declines = true;
    let service = Service::new(&declining);
    let device = json!({"mode": "deviceCode", "clientId": CLIENT});
    let error = service.connect(device.clone()).unwrap_err();
    assert_eq!(error["code"], "auth");
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("declined in the browser"),
        "{error}"
    );
    let mut absent = directory();
    absent.person = Person {
        polls: u32::MAX,
        interval: 1,
        ..Person::default()
    };
    let service = Service::new(&absent);
    let (_, client, _) = open(&service.config(device));
    let (_, call, _) = start(client, br#"{"op": "context.signIn"}"#);
    assert_eq!(next(call, 30_000).1["kind"], "deviceCode");
    assert_eq!(next(call, 50).0, CSA_PENDING);
    assert_eq!(csa::csa_close(call), CSA_OK);
    csa::csa_close(client);
}

#[test]
fn the_caller_supplies_tokens_as_they_are_wanted() {
    let service = Service::new(&directory());
    let given = http_form(&service, &format!("grant_type=client_credentials&client_id={CLIENT}&client_secret=cl13nt~S3cret%2F%2B%3D&scope=x/.default"));
    let (_, client, _) = open(&service.config(json!({"mode": "supplied"})));
    let (_, requests, _) = start(client, br#"{"op": "token.requests"}"#);
    let (_, signing_in, _) = start(client, br#"{"op": "context.signIn"}"#);
    let (_, wanted) = next(requests, 30_000);
    assert_eq!(
        wanted,
        json!({"kind": "tokenRequest", "request": 1, "scope": format!("{}/.default", service.url), "claims": null})
    );
    let params = json!({"request": 1, "accessToken": given, "expiresOn": 4_000_000_000_u64});
    assert_eq!(
        run(client, &json!({"op": "token.supply", "params": params})),
        Vec::<Json>::new()
    );
    let (code, context) = next(signing_in, 30_000);
    assert_eq!(
        (code, &context["mode"]),
        (CSA_OK, &json!("supplied")),
        "{context}"
    );
    assert_eq!(read_joe(client)["kind"], "assignments");
    service.put(
        "challenge",
        &json!({"access_token": {"nbf": {"value": "7"}}}),
    );
    let (_, reading, _) = start(
        client,
        &serde_json::to_vec(
            &json!({"op": "assignment.get", "params": {"targets": [{"user": "joe@contoso.com"}]}}),
        )
        .unwrap(),
    );
    let (_, wanted) = next(requests, 30_000);
    assert_eq!(
        wanted["claims"],
        r#"{"access_token":{"nbf":{"value":"7"}}}"#
    );
    run(
        client,
        &json!({"op": "token.supply", "params": {"request": 2, "error": "the person went home"}}),
    );
    let (_, error) = next(reading, 30_000);
    assert!(
        error["error"]["message"]
            .as_str()
            .unwrap()
            .contains("the credential gave no token: the person went home"),
        "{error}"
    );
    let (code, _, error) = start(
        client,
        br#"{"op": "token.supply", "params": {"request": 2, "accessToken": ["s3cr3t"]}}"#,
    );
    assert_eq!(code, CSA_FAILED);
    assert!(!error.to_string().contains("s3cr3t"), "{error}");
    for handle in [requests, signing_in, reading, client] {
        csa::csa_close(handle);
    }
}

fn http_form(service: &Service, form: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let text = runtime.block_on(async {
        let request = crate::support::reqwest_client()
            .post(format!("{}/{TENANT}/oauth2/v2.0/token", service.url));
        request
            .body(form.to_owned())
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    });
    let json: Json = serde_json::from_str(&text).unwrap();
    json["access_token"]
        .as_str()
        .unwrap_or_else(|| panic!("{json}"))
        .to_owned()
}

#[test]
fn a_claims_challenge_is_answered_where_the_mode_can() {
    let mut directory = directory();
    // The token goes to the configured authority, whatever the challenge says.
    directory.authorization_uri = "https://evil.example/authorize".into();
    let service = Service::new(&directory);
    let (client, _) = service.connect(secret()).unwrap();
    let token = http_form(&service, &format!("grant_type=client_credentials&client_id={CLIENT}&client_secret=cl13nt~S3cret%2F%2B%3D&scope=x/.default"));
    let (bare, _) = service
        .connect(json!({"mode": "accessToken", "accessToken": token}))
        .unwrap();
    service.put(
        "challenge",
        &json!({"access_token": {"nbf": {"essential": true, "value": "1767225600"}}}),
    );
    assert_eq!(read_joe(client)["kind"], "assignments");
    assert_eq!(service.tokens_given(), 3);
    let error = read_joe(bare);
    assert_eq!(error["error"]["code"], "auth");
    insta::assert_json_snapshot!(error);
    csa::csa_close(client);
    csa::csa_close(bare);
}

#[test]
fn three_tokens_end_in_a_run_of_2000_changes_and_nothing_fails() {
    let options = csa_emulator::Options {
        seed: Some(csa_emulator::Seed::howto().populated(2000)),
        ..csa_emulator::Options::default()
    };
    let service = Service::with(&directory(), options);
    let mut config = service.config(secret());
    config["quota"] = json!({"writes": 1e8, "units": 1e8});
    let (client, _) = connect(&config).unwrap();
    let complete = json!({"of": "attribute", "typed": ""});
    run(
        client,
        &json!({"op": "definition.complete", "params": complete}),
    );
    // 2,000 changes are 100 batches, on a slow machine some more: three tokens do 99 of them, a fourth the rest.
    service.put("hostility", &json!({"tokenRequests": 33}));
    let changes: Vec<_> = (1..=2000)
        .map(|number| {
            let user = format!("user{number:07}@contoso.com");
            let values = json!([{"attribute": "Engineering.NumVendors", "value": number}]);
            json!({"op": "assignment.set", "params": {"targets": [{"user": user}], "values": values}})
        })
        .collect();
    let before = service.tokens_given();
    let params = json!({"changes": changes, "complete": true, "autoJournal": false});
    let items = run(client, &json!({"op": "bulk.start", "params": params}));
    let summary = items.last().unwrap();
    assert_eq!(summary["failed"], 0, "{summary}");
    assert_eq!(summary["changed"], 2000, "{summary}");
    assert_eq!(service.tokens_given() - before, 3);
    csa::csa_close(client);
}

#[test]
fn a_token_is_renewed_before_it_ends() {
    let mut short = directory();
    short.token_seconds = 2;
    let service = Service::new(&short);
    let (client, _) = service.connect(secret()).unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(5);
    while std::time::Instant::now() < until {
        assert_eq!(read_joe(client)["kind"], "assignments");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(3 <= service.tokens_given(), "{}", service.tokens_given());
    csa::csa_close(client);
}

#[test]
fn an_authority_that_is_away_for_a_moment_is_waited_for() {
    let service = Service::new(&directory());
    let fault = json!([{"path": "/oauth2/", "status": 503, "times": 2, "body": "<html>busy</html>"}, {"path": "/oauth2/", "status": 429, "retryAfter": "0.1"}]);
    http(
        "POST",
        &format!("{}/emulator/faults", service.url),
        Some(fault),
    );
    let (client, _) = service.connect(secret()).unwrap();
    csa::csa_close(client);
    let html = json!([{"path": "/oauth2/", "status": 200, "body": "<html>a proxy's page</html>"}]);
    http(
        "POST",
        &format!("{}/emulator/faults", service.url),
        Some(html),
    );
    let error = service.connect(secret()).unwrap_err();
    assert_eq!(error["code"], "protocol", "{error}");
    let elsewhere = json!([{"path": "/oauth2/", "status": 302, "headers": {"Location": "http://127.0.0.1:9/"}}]);
    http(
        "POST",
        &format!("{}/emulator/faults", service.url),
        Some(elsewhere),
    );
    let error = service.connect(secret()).unwrap_err();
    assert_eq!(error["code"], "protocol", "{error}");
}

#[test]
fn https_is_trusted_with_its_authority_alone() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let options = csa_emulator::Options {
        tls: Some(ca.clone()),
        ..csa_emulator::Options::default()
    };
    let service = Service::with(&directory(), options);
    let bare = json!({"mode": "accessToken", "accessToken": "any"});
    let (client, _) = service.connect(bare.clone()).unwrap();
    let error = read_joe(client);
    assert_eq!(error["error"]["code"], "unreachable");
    assert!(
        error["error"]["hint"]
            .as_str()
            .unwrap()
            .contains("-CustomCaPath"),
        "{error}"
    );
    csa::csa_close(client);
    let mut config = service.config(bare);
    config["customCaPath"] = json!(ca);
    let (client, _) = connect(&config).unwrap();
    assert_eq!(read_joe(client)["kind"], "assignments");
    csa::csa_close(client);
}
