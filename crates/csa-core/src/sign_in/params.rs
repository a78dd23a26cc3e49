//! What a caller gives to sign in, and what is missing of it.

use std::collections::HashMap;
use std::path::PathBuf;

use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use serde::Deserialize;

use super::{App, Certificate, Cloud, Federation, Mode, SignIn};
use crate::error::{Error, ErrorCode, Result};

// The public client of Microsoft's own command line tools for Graph, which Connect-MgGraph uses too.
const GRAPH_TOOLS: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
// Any tenant of work or school accounts.
const ANY_TENANT: &str = "organizations";
// What the operations need, unless the caller wants less.
const SCOPES: [&str; 4] = [
    "CustomSecAttributeAssignment.ReadWrite.All",
    "CustomSecAttributeDefinition.Read.All",
    "User.Read.All",
    "Application.Read.All",
];

/// How to sign in, as a caller says it: a mode and what that mode takes. The modes `environmentVariable` and `workloadIdentity` look up
/// in the environment what is not given; the others take only what is given.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Params {
    mode: Mode,
    tenant_id: Option<String>,
    client_id: Option<String>,
    access_token: Option<SecretString>,
    client_secret: Option<SecretString>,
    certificate_path: Option<PathBuf>,
    // The file's content, in base64, for one that is in memory only.
    certificate: Option<SecretString>,
    certificate_password: Option<SecretString>,
    federated_token_file: Option<PathBuf>,
    scopes: Option<Vec<String>>,
    // Variables as the caller sees them: some languages keep an environment of their own.
    #[serde(default)]
    environment: HashMap<String, SecretString>,
}

impl Params {
    /// The authority that the environment names (`AZURE_AUTHORITY_HOST`), for the modes that go by the environment.
    pub fn authority(&self) -> Option<String> {
        self.plain("AZURE_AUTHORITY_HOST")
    }

    /// What was given, complete; files are read.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidRequest`]: something is missing or does not belong to the mode, or a file can't be used.
    pub fn checked(mut self, cloud: Cloud) -> Result<SignIn> {
        let mode = match self.mode {
            Mode::EnvironmentVariable => self.mode_of_environment()?,
            mode => mode,
        };
        self.refuse_what_has_no_use(mode)?;
        Ok(match mode {
            Mode::AccessToken => SignIn::AccessToken(
                self.access_token
                    .take()
                    .ok_or_else(|| invalid("accessToken is missing", "give it"))?,
            ),
            Mode::ClientSecret => {
                let secret = self
                    .client_secret
                    .take()
                    .or_else(|| self.variable("AZURE_CLIENT_SECRET"));
                SignIn::ClientSecret(
                    self.app()?,
                    secret.ok_or_else(|| self.missing("clientSecret", "AZURE_CLIENT_SECRET"))?,
                )
            }
            Mode::ClientCertificate => SignIn::ClientCertificate(self.app()?, self.certificate()?),
            Mode::WorkloadIdentity => {
                SignIn::WorkloadIdentity(self.app()?, self.federation(cloud)?)
            }
            Mode::ManagedIdentity => {
                SignIn::ManagedIdentity(self.client_id.take().map(client).transpose()?)
            }
            Mode::AzureCli => SignIn::AzureCli(self.tenant_id.take().map(tenant).transpose()?),
            Mode::DeviceCode => {
                let or = |given: &Option<String>, default: &str| {
                    given.clone().unwrap_or_else(|| default.to_owned())
                };
                let app = App {
                    tenant_id: tenant(or(&self.tenant_id, ANY_TENANT))?,
                    client_id: client(or(&self.client_id, GRAPH_TOOLS))?,
                };
                let scopes = self.scopes.take().filter(|scopes| !scopes.is_empty());
                SignIn::DeviceCode(
                    app,
                    scopes.unwrap_or_else(|| SCOPES.map(str::to_owned).to_vec()),
                )
            }
            Mode::Supplied => SignIn::Supplied,
            Mode::EnvironmentVariable | Mode::Sandbox => {
                return Err(invalid("this is no way to sign in", "use one of the modes"))
            }
        })
    }

    // A secret that is given and not used is a mistake about who signs in.
    fn refuse_what_has_no_use(&self, mode: Mode) -> Result<()> {
        for (name, given, of) in [
            (
                "accessToken",
                self.access_token.is_some(),
                Mode::AccessToken,
            ),
            (
                "clientSecret",
                self.client_secret.is_some(),
                Mode::ClientSecret,
            ),
            (
                "certificatePath",
                self.certificate_path.is_some(),
                Mode::ClientCertificate,
            ),
            (
                "certificate",
                self.certificate.is_some(),
                Mode::ClientCertificate,
            ),
            (
                "certificatePassword",
                self.certificate_password.is_some(),
                Mode::ClientCertificate,
            ),
            (
                "federatedTokenFile",
                self.federated_token_file.is_some(),
                Mode::WorkloadIdentity,
            ),
            ("scopes", self.scopes.is_some(), Mode::DeviceCode),
        ] {
            if given && mode != of {
                return Err(invalid(
                    &format!("{name} is given and has no use here"),
                    "give what belongs to one way of signing in",
                ));
            }
        }
        Ok(())
    }

    // In the order of azure-identity's EnvironmentCredential, and then workload identity.
    // Source: https://learn.microsoft.com/dotnet/api/azure.identity.environmentcredential
    fn mode_of_environment(&self) -> Result<Mode> {
        let has = |name| self.variable(name).is_some();
        if has("AZURE_CLIENT_SECRET") {
            Ok(Mode::ClientSecret)
        } else if has("AZURE_CLIENT_CERTIFICATE_PATH") {
            Ok(Mode::ClientCertificate)
        } else if has("AZURE_FEDERATED_TOKEN_FILE") {
            Ok(Mode::WorkloadIdentity)
        } else {
            Err(invalid(
                "the environment has no way to sign in",
                "set AZURE_TENANT_ID, AZURE_CLIENT_ID, and AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE",
            ))
        }
    }

    fn missing(&self, name: &str, variable: &str) -> Error {
        let hint = if self.goes_by_environment() {
            format!("give it, or set the variable {variable}")
        } else {
            "give it".to_owned()
        };
        invalid(&format!("{name} is missing"), &hint)
    }

    fn goes_by_environment(&self) -> bool {
        matches!(
            self.mode,
            Mode::EnvironmentVariable | Mode::WorkloadIdentity
        )
    }

    fn variable(&self, name: &str) -> Option<SecretString> {
        if !self.goes_by_environment() {
            return None;
        }
        let given = self.environment.get(name).cloned();
        given
            .or_else(|| std::env::var(name).ok().map(SecretString::from))
            .filter(|text| !text.expose_secret().trim().is_empty())
    }

    fn plain(&self, name: &str) -> Option<String> {
        Some(self.variable(name)?.expose_secret().trim().to_owned())
    }

    fn app(&self) -> Result<App> {
        let given = |value: &Option<String>, name, variable: &'static str| {
            let value = value.clone().or_else(|| self.plain(variable));
            value.ok_or_else(|| self.missing(name, variable))
        };
        Ok(App {
            tenant_id: tenant(given(&self.tenant_id, "tenantId", "AZURE_TENANT_ID")?)?,
            client_id: client(given(&self.client_id, "clientId", "AZURE_CLIENT_ID")?)?,
        })
    }

    fn certificate(&self) -> Result<Certificate> {
        let password = self
            .certificate_password
            .clone()
            .or_else(|| self.variable("AZURE_CLIENT_CERTIFICATE_PASSWORD"));
        let bytes = if let Some(text) = &self.certificate {
            STANDARD.decode(text.expose_secret()).map_err(|_| {
                invalid(
                    "certificate is not base64",
                    "give a PEM or PFX file in base64",
                )
            })?
        } else {
            let path = self.certificate_path.clone().or_else(|| {
                self.plain("AZURE_CLIENT_CERTIFICATE_PATH")
                    .map(PathBuf::from)
            });
            let path = path
                .ok_or_else(|| self.missing("certificatePath", "AZURE_CLIENT_CERTIFICATE_PATH"))?;
            std::fs::read(&path).map_err(|error| {
                invalid(
                    &format!(
                        "the certificate file {} can't be read: {error}",
                        path.display()
                    ),
                    "check the path and who may read it",
                )
            })?
        };
        let bytes = SecretBox::new(Box::new(bytes));
        Certificate::read(bytes.expose_secret(), password.as_ref())
    }

    fn federation(&self, cloud: Cloud) -> Result<Federation> {
        let file = self.federated_token_file.clone();
        if let Some(path) =
            file.or_else(|| self.plain("AZURE_FEDERATED_TOKEN_FILE").map(PathBuf::from))
        {
            return Ok(Federation::File(path));
        }
        let github = self
            .plain("ACTIONS_ID_TOKEN_REQUEST_URL")
            .zip(self.variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN"));
        let (url, token) = github.ok_or_else(|| {
            invalid(
                "there is no token of another issuer here",
                "give federatedTokenFile or set AZURE_FEDERATED_TOKEN_FILE; in GitHub Actions the job needs \"permissions: id-token: write\"",
            )
        })?;
        Ok(Federation::GitHub {
            url,
            token,
            audience: cloud.exchange_audience(),
        })
    }
}

// What stands in the path of a URL must not change it.
fn tenant(id: String) -> Result<String> {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    if !id.is_empty() && id.len() <= 255 && id.chars().all(good) && !id.starts_with('.') {
        return Ok(id);
    }
    Err(invalid(
        &format!("\"{id}\" is no tenant"),
        "give the tenant's id, or one of its domains such as contoso.onmicrosoft.com",
    ))
}

fn client(id: String) -> Result<String> {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !id.is_empty() && id.len() <= 255 && id.chars().all(good) {
        return Ok(id);
    }
    Err(invalid(
        &format!("\"{id}\" is no client id"),
        "give the application (client) id, a GUID",
    ))
}

fn invalid(reason: &str, hint: &str) -> Error {
    Error::new(ErrorCode::InvalidRequest, reason).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn params(json: serde_json::Value) -> Params {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn nothing_that_is_secret_is_printed() {
        let given = params(json!({
            "mode": "clientSecret", "tenantId": "t", "clientId": "c", "clientSecret": "s3cr3t", "accessToken": "s3cr3t",
            "certificate": "s3cr3t", "certificatePassword": "s3cr3t", "environment": {"AZURE_CLIENT_SECRET": "s3cr3t"},
        }));
        assert!(!format!("{given:?}").contains("s3cr3t"));
        let given = params(
            json!({"mode": "clientSecret", "tenantId": "t", "clientId": "c", "clientSecret": "s3cr3t"}),
        );
        let sign_in = given.checked(Cloud::Global).unwrap();
        assert!(!format!("{sign_in:?}").contains("s3cr3t"));
    }

    #[test]
    fn the_environment_is_for_the_modes_that_go_by_it() {
        let environment =
            json!({"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "s"});
        let given = params(json!({"mode": "environmentVariable", "environment": environment}));
        assert!(matches!(
            given.checked(Cloud::Global),
            Ok(SignIn::ClientSecret(..))
        ));
        let given = params(json!({"mode": "clientSecret", "environment": environment}));
        assert_eq!(
            given.checked(Cloud::Global).unwrap_err().code(),
            ErrorCode::InvalidRequest
        );
    }

    #[test]
    fn ids_can_not_change_the_address() {
        for id in ["", "../x", "a/b", "a?b", "a#b", "a b", ".", "a%2fb"] {
            let given = json!({"mode": "clientSecret", "tenantId": id, "clientId": "c", "clientSecret": "s"});
            assert!(params(given).checked(Cloud::Global).is_err(), "{id}");
            let given = json!({"mode": "managedIdentity", "clientId": id});
            assert!(params(given).checked(Cloud::Global).is_err(), "{id}");
        }
    }
}
