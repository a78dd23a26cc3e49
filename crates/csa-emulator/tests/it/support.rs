//! An emulator and plain HTTP to it.

use csa_emulator::{start, Emulator, Options, Quirks, Seed};
use reqwest::Method;
use serde_json::{json, Value as Json};

pub(crate) const JOE: &str = "/users/joe@contoso.com";
pub(crate) const DARA: &str = "/users/dara@contoso.com";
pub(crate) const TYPE: &str = "#Microsoft.DirectoryServices.CustomSecurityAttributeValue";

pub(crate) struct Graph {
    pub(crate) emulator: Emulator,
    pub(crate) http: reqwest::Client,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Json,
}

/// An HTTP client; the emulator needs no TLS, but reqwest wants to know whose it would be.
pub(crate) fn http() -> reqwest::Client {
    // A second one is refused, and that is fine: the first one is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

impl Answer {
    pub(crate) fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }

    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
}

impl Graph {
    pub(crate) async fn new() -> Self {
        Self::with(Seed::howto()).await
    }

    pub(crate) async fn with(seed: Seed) -> Self {
        let emulator = start(Options {
            seed: Some(seed),
            ..Options::default()
        })
        .await
        .unwrap();
        Self {
            emulator,
            http: http(),
        }
    }

    pub(crate) async fn quirky(change: impl FnOnce(&mut Quirks)) -> Self {
        let mut seed = Seed::howto();
        change(&mut seed.quirks);
        Self::with(seed).await
    }

    /// One request; `headers` beside a bearer token, unless they have another `Authorization`.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Json>,
    ) -> Answer {
        let url = if path.starts_with("/emulator") {
            format!("{}{path}", self.emulator.url())
        } else {
            format!("{}{path}", self.emulator.graph_root())
        };
        let mut request = self.http.request(method.parse::<Method>().unwrap(), url);
        if !headers.iter().any(|(name, _)| *name == "Authorization") {
            request = request.header("Authorization", "Bearer any");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request
                .header("Content-Type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(if text.is_empty() {
            Json::Null
        } else {
            json!(text)
        });
        Answer {
            status,
            headers,
            body,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[], None).await
    }

    /// An advanced query: with the header that filters need.
    pub(crate) async fn list(&self, path: &str) -> Answer {
        self.call("GET", path, &[("ConsistencyLevel", "eventual")], None)
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: Json) -> Answer {
        self.call("POST", path, &[], Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Json) -> Answer {
        self.call("PATCH", path, &[], Some(body)).await
    }

    /// Assigns within `Engineering`; the type of the set is added.
    pub(crate) async fn assign(&self, path: &str, mut attributes: Json) -> Answer {
        attributes["@odata.type"] = json!(TYPE);
        self.patch(
            path,
            json!({"customSecurityAttributes": {"Engineering": attributes}}),
        )
        .await
    }

    pub(crate) async fn held(&self, path: &str) -> Json {
        let answer = self
            .get(&format!("{path}?$select=customSecurityAttributes"))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["customSecurityAttributes"].clone()
    }
}
