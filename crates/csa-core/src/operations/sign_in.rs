use chrono::{DateTime, SecondsFormat, Utc};
use secrecy::SecretString;
use serde::Deserialize;
use tokio::sync::mpsc;

use super::{Item, Sink};
use crate::error::{Error, ErrorCode, Result};
use crate::graph::Client;
use crate::sign_in::{Cloud, Supply};

/// `context.signIn`: gets the first token, so that a mistake shows before anything is done.
///
/// No parameters. Items: `deviceCode` if a person has to do something, then one `context`. Does nothing but the last where there is a
/// token already.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInNow {}

/// `context.get`: what the connection is. No parameters. Items: one `context`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetContext {}

/// `token.requests`: the tokens that a connection with the mode `supplied` wants from its caller.
///
/// No parameters. Items: `tokenRequest`, one each time a token is wanted, until the call is closed. Each is answered with `token.supply`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListTokenRequests {}

/// `token.supply`: a token that was wanted, or why there is none.
///
/// `request` (its number); `accessToken` and `expiresOn` (seconds since 1970), or `error`. No items.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SupplyToken {
    request: u64,
    access_token: Option<SecretString>,
    expires_on: Option<f64>,
    error: Option<String>,
}

impl SignInNow {
    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        let (tell, mut told) = mpsc::unbounded_channel();
        let tell = move |prompt| {
            // Gone only when this operation is.
            let _ = tell.send(prompt);
        };
        let signing_in = client.credential().sign_in(&tell);
        tokio::pin!(signing_in);
        loop {
            tokio::select! {
                outcome = &mut signing_in => {
                    outcome?;
                    sink.send(context(client)).await;
                    return Ok(());
                }
                Some(prompt) = told.recv() => {
                    if !sink.send(Item::DeviceCode(prompt)).await {
                        return Ok(());
                    }
                }
            }
        }
    }
}

impl GetContext {
    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        sink.send(context(client)).await;
        Ok(())
    }
}

fn context(client: &Client) -> Item {
    let (credential, claims) = (client.credential(), client.claims());
    let app = credential.app();
    let or_given = |claim: Option<&str>, given: Option<&String>| {
        claim.map(str::to_owned).or_else(|| given.cloned())
    };
    Item::Context {
        mode: credential.mode(),
        tenant_id: or_given(claims.tenant_id(), app.map(|app| &app.tenant_id)),
        client_id: or_given(claims.client_id(), app.map(|app| &app.client_id)),
        account: claims.account().map(str::to_owned),
        cloud: Cloud::of(client.root_url()).map(Cloud::name),
        graph_uri: client.root().to_owned(),
        permissions: claims.permissions().to_vec(),
        expires_on: credential
            .expires_on()
            .map(|end| end.to_rfc3339_opts(SecondsFormat::Secs, true)),
    }
}

impl ListTokenRequests {
    pub(super) async fn run(self, client: &Client, sink: &impl Sink) -> Result<()> {
        let supply = supply(client)?;
        while let Some(wanted) = supply.wanted().await {
            if !sink.send(Item::TokenRequest(wanted)).await {
                break;
            }
        }
        Ok(())
    }
}

impl SupplyToken {
    pub(super) fn run(self, client: &Client) -> Result<()> {
        let supply = supply(client)?;
        // Whoever asked may have given up meanwhile.
        match (self.access_token, self.error) {
            (Some(token), None) => {
                let end = self
                    .expires_on
                    .and_then(|seconds| DateTime::<Utc>::from_timestamp(seconds as i64, 0));
                supply.supply(self.request, token, end);
            }
            (None, Some(reason)) => {
                supply.fail(self.request, &reason);
            }
            _ => {
                return Err(Error::new(
                    ErrorCode::InvalidRequest,
                    "token.supply: give accessToken or error",
                )
                .hint("see ARCHITECTURE.md for the operations and their parameters"))
            }
        }
        Ok(())
    }
}

fn supply(client: &Client) -> Result<&Supply> {
    client.credential().supply().ok_or_else(|| {
        Error::new(
            ErrorCode::InvalidRequest,
            "this connection gets its tokens itself",
        )
        .hint("open it with the mode supplied")
    })
}
