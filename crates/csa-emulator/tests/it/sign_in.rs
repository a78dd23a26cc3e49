//! The token endpoint: what it takes as proof, and what it does not.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use chrono::Utc;
use csa_emulator::{Application, Directory};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PSS_SHA256;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde_json::{json, Value as Json};

use crate::support::Graph;

const APPLICATION: &str = include_str!("../../../../tests/fixtures/certificates/application.pem");
const STRANGER: &str = include_str!("../../../../tests/fixtures/certificates/stranger.pem");
const CLIENT: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";

/// An assertion as a client would make it, with changes to its header and its claims.
fn assertion(graph: &Graph, key: &str, header: Json, claims: Json) -> String {
    // The application's certificate is the last one of its file.
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(APPLICATION.as_bytes())
        .map(Result::unwrap)
        .collect();
    let digest = ring::digest::digest(&ring::digest::SHA256, certificates.last().unwrap());
    let mut head =
        json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE_NO_PAD.encode(digest)});
    let now = Utc::now().timestamp();
    let tenant = Directory::default().tenant_id;
    let mut body = json!({
        "aud": format!("{}/{tenant}/oauth2/v2.0/token", graph.emulator.url()),
        "iss": CLIENT, "sub": CLIENT, "jti": uuid::Uuid::new_v4().to_string(), "nbf": now, "exp": now + 300,
    });
    for (part, changes) in [(&mut head, header), (&mut body, claims)] {
        part.as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
    }
    let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
    let signed = format!("{}.{}", part(&head), part(&body));
    let key = PrivatePkcs8KeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let key = KeyPair::from_pkcs8(key.secret_pkcs8_der()).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PSS_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

async fn service() -> Graph {
    let graph = Graph::new().await;
    let directory = Directory {
        applications: vec![Application {
            client_id: CLIENT.into(),
            certificates: vec![APPLICATION[APPLICATION.rfind("-----BEGIN CERT").unwrap()..].into()],
            permissions: vec!["User.Read.All".into()],
            ..Application::default()
        }],
        ..Directory::default()
    };
    let answer = graph
        .call("PUT", "/emulator/sign-in", &[], Some(json!(directory)))
        .await;
    assert_eq!(answer.status, 204);
    graph
}

/// Shows an assertion; gives the status and the answer.
async fn show(graph: &Graph, assertion: &str) -> (u16, Json) {
    let tenant = Directory::default().tenant_id;
    let url = format!("{}/{tenant}/oauth2/v2.0/token", graph.emulator.url());
    let form = format!(
        "grant_type=client_credentials&client_id={CLIENT}&scope=https://graph/.default&client_assertion={assertion}&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
    );
    let answer = graph.http.post(url).body(form).send().await.unwrap();
    let status = answer.status().as_u16();
    (
        status,
        serde_json::from_str(&answer.text().await.unwrap()).unwrap(),
    )
}

#[tokio::test]
async fn an_assertion_is_taken_and_its_token_alone_then() {
    let graph = service().await;
    let good = assertion(&graph, APPLICATION, json!({}), json!({}));
    let (status, answer) = show(&graph, &good).await;
    assert_eq!(status, 200, "{answer}");
    let bearer = format!("Bearer {}", answer["access_token"].as_str().unwrap());
    let list = |token: String| {
        let graph = &graph;
        async move {
            let headers = [("Authorization", token.as_str())];
            graph.call("GET", "/users?$top=1", &headers, None).await
        }
    };
    assert_eq!(list(bearer).await.status, 200);
    assert_eq!(list("Bearer any".into()).await.status, 401);
}

#[tokio::test]
async fn an_assertion_that_is_not_right_in_every_part_is_refused() {
    let graph = service().await;
    let now = Utc::now().timestamp();
    for (header, claims, number) in [
        (json!({"alg": "RS256"}), json!({}), 5_002_738),
        (json!({"x5t#S256": null}), json!({}), 700_027),
        (
            json!({"x5t#S256": URL_SAFE_NO_PAD.encode([7; 32])}),
            json!({}),
            700_027,
        ),
        (
            json!({}),
            json!({"aud": "https://login.microsoftonline.com/x/oauth2/v2.0/token"}),
            700_023,
        ),
        (
            json!({}),
            json!({"nbf": now + 1000, "exp": now + 2000}),
            700_024,
        ),
        (
            json!({}),
            json!({"nbf": now - 2000, "exp": now - 1000}),
            700_024,
        ),
        (json!({}), json!({"exp": now + 1_000_000}), 700_024),
        (json!({}), json!({"sub": "somebody else"}), 700_021),
        (json!({}), json!({"jti": null}), 50_027),
    ] {
        let bad = assertion(&graph, APPLICATION, header.clone(), claims.clone());
        let (status, answer) = show(&graph, &bad).await;
        assert_eq!(
            (status, &answer["error_codes"]),
            (401, &json!([number])),
            "{header} {claims}: {answer}"
        );
        assert!(answer["error_description"]
            .as_str()
            .unwrap()
            .starts_with(&format!("AADSTS{number}: ")));
    }
    // The right thumbprint with the wrong key.
    let forged = assertion(&graph, STRANGER, json!({}), json!({}));
    assert_eq!(
        show(&graph, &forged).await.1["error_codes"],
        json!([700_027])
    );
}

#[tokio::test]
async fn a_clock_that_is_some_minutes_off_is_forgiven() {
    let graph = service().await;
    let now = Utc::now().timestamp();
    for shift in [-250, 250] {
        let claims = json!({"nbf": now + shift, "exp": now + shift + 300});
        let shown = assertion(&graph, APPLICATION, json!({}), claims);
        assert_eq!(show(&graph, &shown).await.0, 200, "{shift}");
    }
}

#[tokio::test]
async fn nothing_that_proves_who_somebody_is_stays_in_the_record() {
    let graph = service().await;
    let shown = assertion(&graph, APPLICATION, json!({}), json!({}));
    show(&graph, &shown).await;
    let record = graph
        .call("GET", "/emulator/requests", &[], None)
        .await
        .body;
    assert_eq!(record[0]["body"]["client_id"], CLIENT);
    assert_eq!(record[0]["body"]["client_assertion"], "(left out)");
    assert!(!record.to_string().contains(&shown));
}
