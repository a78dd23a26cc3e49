//! One request, before it has a host and a token.

use percent_encoding::{utf8_percent_encode, AsciiSet, NON_ALPHANUMERIC};
use serde_json::Value as Json;
use url::Url;

use super::quota::Cost;
use crate::error::{Error, ErrorCode, Result};

// RFC 3986: what a query may hold as it is, less `&`, `+`, `=`, `#` and `%`, which mean something else there.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'(')
    .remove(b')')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b'@')
    .remove(b'$')
    .remove(b'*');
// RFC 3986: what a path segment may hold as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b',')
    .remove(b':')
    .remove(b'@')
    .remove(b'$')
    .remove(b'!')
    .remove(b'*')
    .remove(b'=');

/// The methods that custom security attributes take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Changes what the body names.
    Patch,
    /// Creates what the body describes.
    Post,
}

impl Method {
    /// As HTTP writes it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Patch => "PATCH",
            Self::Post => "POST",
        }
    }

    /// Whether sending it twice does the same as sending it once. A PATCH of this service sets values, so it is.
    pub(super) fn is_idempotent(self) -> bool {
        matches!(self, Self::Get | Self::Patch)
    }
}

impl From<Method> for reqwest::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::GET,
            Method::Patch => Self::PATCH,
            Method::Post => Self::POST,
        }
    }
}

/// A request relative to the Graph root.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Whether `ConsistencyLevel: eventual` goes with it.
    pub eventual: bool,
    /// The JSON body of a PATCH or POST.
    pub body: Option<Json>,
    place: Place,
}

#[derive(Clone, Debug)]
enum Place {
    // Path (encoded, begins with a slash) and query pairs (not yet encoded).
    Relative(String, Vec<(&'static str, String)>),
    // A nextLink, followed word for word.
    Absolute(String),
}

impl Request {
    /// A GET of an encoded path such as `/users`.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::Get,
            eventual: false,
            body: None,
            place: Place::Relative(path.into(), Vec::new()),
        }
    }

    /// A PATCH of an encoded path.
    pub fn patch(path: impl Into<String>, body: Json) -> Self {
        Self {
            method: Method::Patch,
            body: Some(body),
            ..Self::get(path)
        }
    }

    /// A POST to an encoded path.
    pub fn post(path: impl Into<String>, body: Json) -> Self {
        Self {
            method: Method::Post,
            ..Self::patch(path, body)
        }
    }

    /// The request that reads the page `link` points to.
    pub(super) fn follow(&self, link: String) -> Self {
        Self {
            place: Place::Absolute(link),
            ..self.clone()
        }
    }

    /// Adds a query option such as `$select`.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if let Place::Relative(_, query) = &mut self.place {
            query.push((name, value.into()));
        }
        self
    }

    /// Makes it an advanced query: `ConsistencyLevel: eventual` and `$count=true`.
    ///
    /// Source: <https://learn.microsoft.com/graph/aad-advanced-queries>
    #[must_use]
    pub fn advanced(mut self) -> Self {
        self.eventual = true;
        self.query("$count", "true")
    }

    /// Path and query below the root; a nextLink as it is.
    pub(super) fn relative_url(&self) -> String {
        let (path, query) = match &self.place {
            Place::Absolute(link) => return link.clone(),
            Place::Relative(path, query) => (path, query),
        };
        let query: Vec<_> = query
            .iter()
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, QUERY)))
            .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{path}{mark}{}", query.join("&"))
    }

    /// What it costs.
    ///
    /// Source: <https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits>
    pub(super) fn cost(&self) -> Cost {
        let writes = if self.method == Method::Get { 0.0 } else { 1.0 };
        let units = match &self.place {
            // The next page costs what the first one did; all that this crate lists are lists with $select.
            Place::Absolute(_) => 1.0,
            Place::Relative(path, query) => {
                let has = |option: &str| query.iter().any(|(name, _)| *name == option);
                let small = |(name, value): &(&str, String)| {
                    *name == "$top" && value.parse::<u32>().is_ok_and(|size| size < 20)
                };
                let base = if path == "/users" && self.method == Method::Get {
                    2
                } else {
                    1
                };
                let less = i32::from(has("$select")) + i32::from(query.iter().any(small));
                f64::from((base + i32::from(has("$expand")) - less).max(1))
            }
        };
        Cost { writes, units }
    }

    /// The whole URL.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Refused`] if a nextLink leaves the root's scheme, host or port.
    pub(super) fn url(&self, root: &Url) -> Result<Url> {
        if let Place::Absolute(link) = &self.place {
            return within(root, link);
        }
        let text = format!(
            "{}{}",
            root.as_str().trim_end_matches('/'),
            self.relative_url()
        );
        Url::parse(&text).map_err(|error| {
            Error::new(
                ErrorCode::Internal,
                format!("a request has no valid URL: {error}"),
            )
        })
    }
}

/// One path segment, percent-encoded.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

fn within(root: &Url, link: &str) -> Result<Url> {
    match Url::parse(link) {
        Ok(url)
            if url.origin() == root.origin()
                && url.username().is_empty()
                && url.password().is_none() =>
        {
            Ok(url)
        }
        Ok(url) => Err(Error::new(
            ErrorCode::Refused,
            format!(
                "the next page is at {}, another place than the Graph root",
                url.origin().ascii_serialization()
            ),
        )
        .hint("nothing was sent there; check the Graph root and what stands between you and it")),
        Err(_) => Err(Error::new(
            ErrorCode::Protocol,
            "the link to the next page is not a URL",
        )
        .hint("check the Graph root and what stands between you and it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn root() -> Url {
        "https://graph.microsoft.com/v1.0".parse().unwrap()
    }

    #[test]
    fn queries_are_percent_encoded_and_spaces_are_not_plus() {
        let request = Request::get("/users").advanced().query(
            "$filter",
            "customSecurityAttributes/A/B eq 'x&y+z #1 100% é'",
        );
        insta::assert_snapshot!(request.url(&root()).unwrap(),
            @"https://graph.microsoft.com/v1.0/users?$count=true&$filter=customSecurityAttributes/A/B%20eq%20%27x%26y%2Bz%20%231%20100%25%20%C3%A9%27");
    }

    #[test]
    fn links_that_leave_the_root_are_refused() {
        let follow = |link: &str| Request::get("/users").follow(link.to_owned()).url(&root());
        assert!(follow("https://graph.microsoft.com/v1.0/users?$skiptoken=abc").is_ok());
        for link in [
            "http://graph.microsoft.com/x",
            "https://graph.microsoft.com:444/x",
            "https://evil.org/x",
            "https://a@graph.microsoft.com/x",
        ] {
            assert_eq!(
                follow(link).unwrap_err().code(),
                ErrorCode::Refused,
                "{link}"
            );
        }
        assert_eq!(follow("/users").unwrap_err().code(), ErrorCode::Protocol);
    }

    #[test]
    fn costs_are_those_of_the_table() {
        let units = |request: Request| request.cost().units;
        assert_eq!(units(Request::get("/users")), 2.0);
        assert_eq!(units(Request::get("/users").query("$select", "id")), 1.0);
        assert_eq!(
            units(Request::get("/users").query("$expand", "manager")),
            3.0
        );
        let small = Request::get("/users").query("$top", "5");
        assert_eq!(units(small.clone()), 1.0);
        assert_eq!(units(small.follow("https://x/users".into())), 1.0);
        assert_eq!(units(Request::get("/users/a")), 1.0);
        let write = Request::patch("/users/a", Json::Null).cost();
        assert_eq!((write.writes, write.units), (1.0, 1.0));
    }

    proptest! {
        #[test]
        fn any_text_comes_back_from_the_query(text in ".*") {
            let url = Request::get("/users").query("$filter", text.clone()).url(&root()).unwrap();
            let (_, value) = url.query_pairs().next().unwrap();
            prop_assert_eq!(value, text);
        }

        #[test]
        fn any_text_stays_one_segment(text in ".+") {
            prop_assume!(text != "." && text != "..");
            let url = Request::get(format!("/users/{}", segment(&text))).url(&root()).unwrap();
            prop_assert_eq!(url.path_segments().unwrap().count(), 3);
            prop_assert!(url.query().is_none() && url.fragment().is_none());
        }
    }
}
