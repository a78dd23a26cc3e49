//! The HTTP client of Graph and of the sign-in: TLS with the system's roots, no redirects, bounded answers, https or loopback only.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Certificate, ClientBuilder, RequestBuilder};
use url::Url;

use crate::error::{Error, ErrorCode, Result};

const LONGEST_CONNECT: Duration = Duration::from_secs(10);

/// Sends requests; cheap to clone.
///
/// Proxies come from the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`) or the system's settings.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::Client,
    timeout: Duration,
}

/// An answer as it came, whatever its status.
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Http {
    /// `timeout` is the longest wait for one answer; `custom_ca` has further certificates to trust, in PEM, beside the system's.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidRequest`]: `custom_ca` has no certificate. [`ErrorCode::Internal`]: no TLS on this system.
    pub fn new(timeout: Duration, custom_ca: Option<&[u8]>) -> Result<Self> {
        let mut builder = builder(timeout);
        if let Some(pem) = custom_ca {
            let roots = Certificate::from_pem_bundle(pem).unwrap_or_default();
            if roots.is_empty() {
                return Err(Error::new(
                    ErrorCode::InvalidRequest,
                    "the file of certificates to trust has no certificate in PEM",
                )
                .hint("give a file with one or more blocks of BEGIN CERTIFICATE"));
            }
            builder = builder.tls_certs_merge(roots);
        }
        Ok(Self {
            client: built(builder)?,
            timeout,
        })
    }

    /// One that uses no proxy and gives up soon: for endpoints of the machine itself.
    pub(crate) fn on_this_machine(&self) -> Result<Self> {
        let builder = builder(self.timeout).no_proxy();
        Ok(Self {
            client: built(builder.connect_timeout(Duration::from_secs(3)))?,
            timeout: self.timeout,
        })
    }

    pub(crate) fn request(&self, method: reqwest::Method, url: Url) -> RequestBuilder {
        self.client.request(method, url)
    }

    /// Sends a request and reads the answer, of at most `most` bytes.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Unreachable`]: no answer, or a part of one. [`ErrorCode::Protocol`]: it is too large.
    pub(crate) async fn exchange(&self, request: RequestBuilder, most: usize) -> Result<Received> {
        let mut response = request.send().await.map_err(|error| unreachable(&error))?;
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| unreachable(&error))?
        {
            if most < body.len() + chunk.len() {
                return Err(Error::new(
                    ErrorCode::Protocol,
                    format!("the answer is larger than {most} bytes"),
                )
                .hint("ask for less, or check that the Graph root is right"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Received {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body,
        })
    }
}

fn builder(timeout: Duration) -> ClientBuilder {
    // Installing a second time fails, and that is fine: the first one is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(concat!("entra-csa/", env!("CARGO_PKG_VERSION")))
        // A redirect would carry the token to wherever it points.
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(timeout.min(LONGEST_CONNECT))
        .timeout(timeout)
}

fn built(builder: ClientBuilder) -> Result<reqwest::Client> {
    builder.build().map_err(|error| {
        Error::new(
            ErrorCode::Internal,
            format!("the HTTP client can't start: {}", innermost(&error)),
        )
        .hint("check the proxy variables and the system's certificate store")
    })
}

// The source chain holds the cause ("Connection refused"); the URL is left out, it may hold values.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn unreachable(error: &reqwest::Error) -> Error {
    let origin = error
        .url()
        .map_or_else(String::new, |url| url.origin().ascii_serialization());
    let cause = if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        innermost(error)
    };
    let hint = if cause.contains("certificate") {
        "if the certificate is of your own authority, give its file as -CustomCaPath or custom_ca_path"
    } else {
        "check the network, the proxy variables and this address"
    };
    Error::new(
        ErrorCode::Unreachable,
        format!("{origin} can't be reached: {cause}"),
    )
    .hint(hint)
}

/// A URL that secrets may go to: https, or http to a loopback address; a host and a path, nothing else.
///
/// # Errors
///
/// [`ErrorCode::InvalidRequest`], with `what` it should be.
pub(crate) fn checked_url(text: &str, what: &str, example: &str) -> Result<Url> {
    let refuse = |reason: &str| {
        Err(Error::new(
            ErrorCode::InvalidRequest,
            format!("{what} \"{text}\" {reason}"),
        )
        .hint(format!(
            "use one like {example}; http only for a loopback address"
        )))
    };
    let Ok(url) = Url::parse(text.trim_end_matches('/')) else {
        return refuse("is not a URL");
    };
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        // What stands there may be a secret.
        return Err(Error::new(
            ErrorCode::InvalidRequest,
            format!(
                "{what} at {} has more than a host and a path",
                url.origin().ascii_serialization()
            ),
        )
        .hint(format!(
            "use one like {example}; http only for a loopback address"
        )));
    }
    if !is_safe(&url) {
        return refuse("is not https");
    }
    Ok(url)
}

/// Whether what goes there can't be read on its way: https, or http that does not leave the machine.
pub(crate) fn is_safe(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_loopback_are_safe() {
        let check = |text| checked_url(text, "Graph root", "https://graph.microsoft.com/v1.0");
        for url in [
            "https://graph.microsoft.us/v1.0/",
            "http://127.0.0.1:80/v1.0",
            "http://[::1]:1/v1.0",
            "http://localhost:1",
        ] {
            assert!(check(url).is_ok(), "{url}");
        }
        for url in [
            "http://graph.microsoft.com/v1.0",
            "ftp://127.0.0.1",
            "graph",
            "https://u:p4ss@h/v1.0",
            "https://h/v1.0?x",
            "http://127.0.0.1.evil.org",
        ] {
            let error = check(url).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidRequest, "{url}");
            assert!(!error.to_string().contains("p4ss"));
        }
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        let error = Http::new(Duration::from_secs(1), Some(b"nothing")).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidRequest);
    }
}
