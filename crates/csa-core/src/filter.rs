//! `$filter` expressions over custom security attributes and ordinary properties.
//!
//! Source: <https://learn.microsoft.com/graph/filter-query-parameter>,
//! <https://learn.microsoft.com/graph/custom-security-attributes-examples>

use std::fmt;

use serde_json::Value as Json;

use crate::attribute::{AttributeName, AttributePath, AttributeSetName, Value, ValueType};
use crate::definition::{AttributeDefinition, Definitions};
use crate::error::{Error, ErrorCode, Result};
use crate::wire::PROPERTY;

/// Most clauses one `or` may have; the service refuses more.
pub const MAX_OR_CLAUSES: usize = 15;

// A filter that splits into more queries than this is a list of targets, not a filter.
const MAX_QUERIES: usize = 200;
// Deeper nesting than any person writes; keeps the recursive parser off the end of the stack.
const MAX_DEPTH: usize = 50;

/// A filter. [`fmt::Display`] writes the OData text, not yet percent-encoded.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// `field eq literal`; on a collection: one element equals.
    Eq(Field, Literal),
    /// `field ne literal`: the complement of `eq`, objects without the attribute included.
    Ne(Field, Literal),
    /// `startsWith(field,'text')`.
    StartsWith(Field, String),
    /// `not (…)`.
    Not(Box<Filter>),
    /// All of these.
    And(Vec<Filter>),
    /// One of these at least.
    Or(Vec<Filter>),
}

/// What a clause looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// A custom security attribute.
    Attribute(AttributePath),
    /// An ordinary property, such as `department`.
    Property(String),
}

/// What a clause compares with. Texts are compared with regard to case in custom security attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// A text.
    String(String),
    /// A whole number.
    Int(i64),
    /// A truth value.
    Boolean(bool),
    /// `null`, for ordinary properties.
    Null,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(path) => write!(f, "{PROPERTY}/{}/{}", path.set, path.attribute),
            Self::Property(name) => f.write_str(name),
        }
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => f.write_str(&quoted(text)),
            Self::Int(number) => write!(f, "{number}"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Null => f.write_str("null"),
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, clauses: &[Filter], word: &str| {
            for (i, clause) in clauses.iter().enumerate() {
                if 0 < i {
                    write!(f, " {word} ")?;
                }
                match clause {
                    Self::And(_) | Self::Or(_) => write!(f, "({clause})")?,
                    _ => write!(f, "{clause}")?,
                }
            }
            Ok(())
        };
        match self {
            Self::Eq(field, literal) => write!(f, "{field} eq {literal}"),
            Self::Ne(field, literal) => write!(f, "{field} ne {literal}"),
            Self::StartsWith(field, text) => write!(f, "startsWith({field},{})", quoted(text)),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::And(clauses) => list(f, clauses, "and"),
            Self::Or(clauses) => list(f, clauses, "or"),
        }
    }
}

impl Filter {
    /// Reads OData text.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidFilter`], with the position, for what is not made of `eq`, `ne`, `startsWith`, `not`, `and`, `or`,
    /// parentheses, property paths and literals. Graph may know more than this; such text can be sent as it is.
    pub fn parse(text: &str) -> Result<Self> {
        let mut parser = Parser {
            text,
            at: 0,
            depth: 0,
        };
        let filter = parser.or()?;
        parser.space();
        if parser.at < text.len() {
            return Err(parser.error("the end, and or or"));
        }
        Ok(filter)
    }

    /// Reads the structured form of the ABI: `{"attribute" or "property": name, "eq" or "ne" or "startsWith": value}`,
    /// `{"and": […]}`, `{"or": […]}`, `{"not": …}`. A list of values means one of them (`ne`: none of them).
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidFilter`] or [`ErrorCode::InvalidName`].
    pub fn from_json(json: &Json) -> Result<Self> {
        let list = |json: &Json| match json.as_array() {
            Some(list) if !list.is_empty() => {
                list.iter().map(Self::from_json).collect::<Result<Vec<_>>>()
            }
            _ => Err(malformed(json)),
        };
        let object = json.as_object().ok_or_else(|| malformed(json))?;
        match object.iter().collect::<Vec<_>>().as_slice() {
            [(word, inner)] => match word.as_str() {
                "and" => Ok(Self::And(list(inner)?)),
                "or" => Ok(Self::Or(list(inner)?)),
                "not" => Self::from_json(inner).map(|filter| Self::Not(Box::new(filter))),
                _ => Err(malformed(json)),
            },
            [(subject, name), (operator, value)] => {
                let name = name.as_str().ok_or_else(|| malformed(json))?;
                let field = match subject.as_str() {
                    "attribute" => Field::Attribute(name.parse()?),
                    "property" if is_property(name) => Field::Property(name.to_owned()),
                    _ => return Err(malformed(json)),
                };
                let values = match *value {
                    Json::Array(values) => values.as_slice(),
                    single => std::slice::from_ref(single),
                };
                let clauses = values
                    .iter()
                    .map(|value| Self::clause(&field, operator, value))
                    .collect::<Result<Vec<_>>>()
                    .map_err(|error| error.attribute(name))?;
                match <[Self; 1]>::try_from(clauses) {
                    Ok([clause]) => Ok(clause),
                    Err(none) if none.is_empty() => Err(Error::new(
                        ErrorCode::InvalidFilter,
                        "no value to compare with",
                    )
                    .attribute(name)
                    .hint("give one value or several")),
                    Err(clauses) if *operator == "ne" => Ok(Self::And(clauses)),
                    Err(clauses) => Ok(Self::Or(clauses)),
                }
            }
            _ => Err(malformed(json)),
        }
    }

    fn clause(field: &Field, operator: &str, value: &Json) -> Result<Self> {
        let literal = match value {
            Json::String(text) => Literal::String(text.clone()),
            Json::Bool(value) => Literal::Boolean(*value),
            Json::Number(number) if number.is_i64() => {
                Literal::Int(number.as_i64().unwrap_or_default())
            }
            Json::Null if matches!(field, Field::Property(_)) => Literal::Null,
            _ => {
                return Err(Error::new(
                    ErrorCode::InvalidFilter,
                    format!("{value} can't be compared with"),
                )
                .hint("give a text, a whole number or a Boolean"))
            }
        };
        match (operator, literal) {
            ("eq", literal) => Ok(Self::Eq(field.clone(), literal)),
            ("ne", literal) => Ok(Self::Ne(field.clone(), literal)),
            ("startsWith", Literal::String(text)) => Ok(Self::StartsWith(field.clone(), text)),
            ("startsWith", _) => Err(Error::new(
                ErrorCode::InvalidFilter,
                "startsWith compares with text only",
            )
            .hint("give a text, or ask for equality")),
            _ => Err(Error::new(
                ErrorCode::InvalidFilter,
                format!("\"{operator}\" is not an operator"),
            )
            .hint("use eq, ne or startsWith")),
        }
    }

    /// The same filter with the names of attributes in the casing of the tenant, and with what they are compared with in the type
    /// of their definition: text that is written as a number becomes one for an Int32.
    ///
    /// # Errors
    ///
    /// Those of [`Definitions::find`]; [`ErrorCode::InvalidFilter`] for what no value of the attribute can be, for `startsWith` on
    /// numbers and Booleans, and for an attribute that is not searchable.
    pub fn by_definitions(self, definitions: &Definitions) -> Result<Self> {
        let all = |clauses: Vec<Self>| -> Result<Vec<Self>> {
            clauses
                .into_iter()
                .map(|clause| clause.by_definitions(definitions))
                .collect()
        };
        Ok(match self {
            Self::Eq(Field::Attribute(path), literal) => {
                let definition = searchable(definitions, &path)?;
                let literal = literal.fitted(definition)?;
                Self::Eq(Field::Attribute(definition.path()), literal)
            }
            Self::Ne(Field::Attribute(path), literal) => {
                let definition = searchable(definitions, &path)?;
                let literal = literal.fitted(definition)?;
                Self::Ne(Field::Attribute(definition.path()), literal)
            }
            Self::StartsWith(Field::Attribute(path), text) => {
                let definition = searchable(definitions, &path)?;
                if !matches!(
                    definition.value_type,
                    ValueType::String | ValueType::Strings
                ) {
                    return Err(Error::new(
                        ErrorCode::InvalidFilter,
                        format!(
                            "the attribute is defined as {}, and startsWith compares with text",
                            definition.value_type
                        ),
                    )
                    .attribute(definition.path())
                    .hint("ask for equality"));
                }
                Self::StartsWith(Field::Attribute(definition.path()), text)
            }
            Self::Not(inner) => Self::Not(Box::new(inner.by_definitions(definitions)?)),
            Self::And(clauses) => Self::And(all(clauses)?),
            Self::Or(clauses) => Self::Or(all(clauses)?),
            ordinary => ordinary,
        })
    }

    /// The queries that together find what this filter finds, none with an `or` of more than 15 clauses. An object can be
    /// found by several of them.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidFilter`] if that takes more than 200 queries.
    pub fn split(self) -> Result<Vec<Self>> {
        let parts = self.alternatives()?;
        Ok(parts.into_iter().map(Self::regrouped).collect())
    }

    fn alternatives(self) -> Result<Vec<Self>> {
        match self {
            Self::Or(clauses) => {
                let mut flat = Vec::new();
                for clause in clauses {
                    flat.extend(match clause {
                        Self::Or(_) | Self::And(_) | Self::Not(_) => clause.alternatives()?,
                        leaf => vec![leaf],
                    });
                }
                let flat: Vec<_> = flat
                    .into_iter()
                    .flat_map(|clause| match clause {
                        Self::Or(inner) => inner,
                        other => vec![other],
                    })
                    .collect();
                let queries: Vec<_> = pack(flat);
                bounded(queries.len())?;
                Ok(queries)
            }
            Self::And(clauses) => {
                let mut queries = vec![Vec::new()];
                for clause in clauses {
                    let parts = clause.alternatives()?;
                    bounded(queries.len() * parts.len())?;
                    queries = queries
                        .iter()
                        .flat_map(|done: &Vec<Self>| {
                            parts
                                .iter()
                                .map(move |part| done.iter().chain([part]).cloned().collect())
                        })
                        .collect();
                }
                Ok(queries.into_iter().map(Self::And).collect())
            }
            // not (a or b or …) with too many clauses is (not a) and (not b) and …, which has no limit.
            Self::Not(inner) if MAX_OR_CLAUSES < inner.or_clauses() => {
                let negated = |clauses: Vec<Self>| {
                    clauses
                        .into_iter()
                        .map(|c| Self::Not(Box::new(c)))
                        .collect()
                };
                match *inner {
                    Self::Or(clauses) => Self::And(negated(clauses)).alternatives(),
                    Self::And(clauses) => Self::Or(negated(clauses)).alternatives(),
                    Self::Not(twice) => twice.alternatives(),
                    leaf => Ok(vec![Self::Not(Box::new(leaf))]),
                }
            }
            leaf => Ok(vec![leaf]),
        }
    }

    /// The clauses of the longest `or` in this filter, which is what the service limits.
    pub fn or_clauses(&self) -> usize {
        match self {
            Self::Or(clauses) => clauses.iter().map(|c| c.or_clauses().max(1)).sum(),
            Self::And(clauses) => clauses.iter().map(Self::or_clauses).max().unwrap_or(0),
            Self::Not(inner) => inner.or_clauses(),
            Self::Eq(..) | Self::Ne(..) | Self::StartsWith(..) => 0,
        }
    }

    // One clause needs no `and` around it.
    fn regrouped(self) -> Self {
        match self {
            Self::And(mut clauses) if clauses.len() == 1 => clauses.remove(0),
            other => other,
        }
    }
}

// Packs the clauses of an `or`, in order, into as few queries as the limit allows.
fn pack(clauses: Vec<Filter>) -> Vec<Filter> {
    let mut queries: Vec<Vec<Filter>> = Vec::new();
    let mut used = MAX_OR_CLAUSES;
    for clause in clauses {
        let size = clause.or_clauses().max(1);
        if MAX_OR_CLAUSES < used + size {
            queries.push(Vec::new());
            used = 0;
        }
        used += size;
        if let Some(query) = queries.last_mut() {
            query.push(clause);
        }
    }
    let one_or_all = |mut query: Vec<Filter>| {
        if query.len() == 1 {
            query.remove(0)
        } else {
            Filter::Or(query)
        }
    };
    queries.into_iter().map(one_or_all).collect()
}

fn bounded(queries: usize) -> Result<()> {
    if queries <= MAX_QUERIES {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::InvalidFilter,
        format!("the filter would take {queries} queries, at most {MAX_QUERIES} are sent"),
    )
    .hint("compare with fewer values, or use startsWith"))
}

fn searchable<'a>(
    definitions: &'a Definitions,
    path: &AttributePath,
) -> Result<&'a AttributeDefinition> {
    let definition = definitions.find(path)?;
    if definition.is_searchable {
        return Ok(definition);
    }
    Err(Error::new(
        ErrorCode::InvalidFilter,
        "the attribute is defined as not searchable, so no filter can use it",
    )
    .attribute(definition.path())
    .hint("list the objects without this condition and look at what they hold"))
}

impl Literal {
    fn fitted(self, definition: &AttributeDefinition) -> Result<Self> {
        let json = match &self {
            Self::String(text) => Json::from(text.as_str()),
            Self::Int(number) => Json::from(*number),
            Self::Boolean(truth) => Json::from(*truth),
            // Undocumented for attributes: the service decides.
            Self::Null => return Ok(self),
        };
        let unfit = |error: Error| {
            Error::new(ErrorCode::InvalidFilter, error.reason())
                .attribute(definition.path())
                .hint(format!(
                    "compare with a value of the type {}",
                    definition.value_type
                ))
        };
        let value = definition.value(&json, None).map_err(unfit)?;
        Ok(match value {
            Value::String(text) => Self::String(text),
            Value::Int32(number) => Self::Int(number.into()),
            Value::Boolean(truth) => Self::Boolean(truth),
            // One element of a collection is compared with.
            Value::Strings(mut list) => Self::String(list.swap_remove(0)),
            Value::Int32s(list) => Self::Int(list[0].into()),
        })
    }
}

fn malformed(json: &Json) -> Error {
    Error::new(ErrorCode::InvalidFilter, format!("{json} is not a filter"))
        .hint("use {\"attribute\": \"Set.Name\", \"eq\": value}, ne, startsWith, and, or, not")
}

fn is_property(name: &str) -> bool {
    let segment = |s: &str| {
        s.starts_with(|c: char| c.is_ascii_alphabetic())
            && s.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    !name.is_empty() && name.split('/').all(segment)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn error(&self, expected: &str) -> Error {
        let position = self.text[..self.at].chars().count() + 1;
        Error::new(ErrorCode::InvalidFilter, format!("filter \"{}\": {expected} expected at character {position}", self.text))
            .hint("a filter is made of eq, ne, startsWith, not, and, or and parentheses; quote text with '…'")
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn symbol(&mut self, symbol: char) -> Result<()> {
        self.space();
        if !self.rest().starts_with(symbol) {
            return Err(self.error(&format!("{symbol}")));
        }
        self.at += symbol.len_utf8();
        Ok(())
    }

    // The next word, if it is `word`; names may begin with a keyword (`order`), so the whole word counts.
    fn keyword(&mut self, word: &str) -> bool {
        self.space();
        let next = self.word();
        let found = next.eq_ignore_ascii_case(word);
        if found {
            self.at += next.len();
        }
        found
    }

    fn word(&self) -> &str {
        let rest = self.rest();
        let end = rest
            .find(|c: char| c.is_whitespace() || "(),'".contains(c))
            .unwrap_or(rest.len());
        &rest[..end]
    }

    fn or(&mut self) -> Result<Filter> {
        self.depth += 1;
        if MAX_DEPTH < self.depth {
            return Err(self.error("less nesting"));
        }
        let first = self.and()?;
        let mut clauses = vec![first];
        while self.keyword("or") {
            clauses.push(self.and()?);
        }
        self.depth -= 1;
        Ok(if clauses.len() == 1 {
            clauses.remove(0)
        } else {
            Filter::Or(clauses)
        })
    }

    fn and(&mut self) -> Result<Filter> {
        let mut clauses = vec![self.clause()?];
        while self.keyword("and") {
            clauses.push(self.clause()?);
        }
        Ok(if clauses.len() == 1 {
            clauses.remove(0)
        } else {
            Filter::And(clauses)
        })
    }

    fn clause(&mut self) -> Result<Filter> {
        if self.keyword("not") {
            self.depth += 1;
            if MAX_DEPTH < self.depth {
                return Err(self.error("less nesting"));
            }
            let inner = self.clause()?;
            self.depth -= 1;
            return Ok(Filter::Not(Box::new(inner)));
        }
        if self.rest().starts_with('(') {
            self.symbol('(')?;
            let inner = self.or()?;
            self.symbol(')')?;
            return Ok(inner);
        }
        if self.keyword("startsWith") {
            self.symbol('(')?;
            let field = self.field()?;
            self.symbol(',')?;
            let Literal::String(text) = self.literal()? else {
                return Err(self.error("a quoted text"));
            };
            self.symbol(')')?;
            return Ok(Filter::StartsWith(field, text));
        }
        let field = self.field()?;
        if self.keyword("eq") {
            Ok(Filter::Eq(field, self.literal()?))
        } else if self.keyword("ne") {
            Ok(Filter::Ne(field, self.literal()?))
        } else if self.keyword("in") {
            self.symbol('(')?;
            let mut clauses = vec![Filter::Eq(field.clone(), self.literal()?)];
            while self.symbol(',').is_ok() {
                clauses.push(Filter::Eq(field.clone(), self.literal()?));
            }
            self.symbol(')')?;
            // Of attributes Graph documents eq alone; this way there is one form to split.
            Ok(if clauses.len() == 1 {
                clauses.remove(0)
            } else {
                Filter::Or(clauses)
            })
        } else {
            Err(self.error("eq, ne or in"))
        }
    }

    fn field(&mut self) -> Result<Field> {
        self.space();
        let word = self.word();
        let length = word.len();
        let field = match word.split('/').collect::<Vec<_>>().as_slice() {
            [PROPERTY, set, attribute] if !set.is_empty() && !attribute.is_empty() => {
                Field::Attribute(AttributePath {
                    set: AttributeSetName::from_service(*set),
                    attribute: AttributeName::from_service(*attribute),
                })
            }
            [PROPERTY, ..] => return Err(self.error("customSecurityAttributes/<set>/<attribute>")),
            _ if is_property(word) => Field::Property(word.to_owned()),
            _ => return Err(self.error("a property")),
        };
        self.at += length;
        Ok(field)
    }

    fn literal(&mut self) -> Result<Literal> {
        self.space();
        if self.rest().starts_with('\'') {
            return self.quoted_text();
        }
        let word = self.word();
        let length = word.len();
        let literal = match word {
            "true" => Literal::Boolean(true),
            "false" => Literal::Boolean(false),
            "null" => Literal::Null,
            number => match number.parse() {
                Ok(number) => Literal::Int(number),
                Err(_) => {
                    return Err(self.error("a quoted text, a whole number, true, false or null"))
                }
            },
        };
        self.at += length;
        Ok(literal)
    }

    fn quoted_text(&mut self) -> Result<Literal> {
        let mut text = String::new();
        let mut rest = &self.rest()[1..];
        loop {
            let Some(end) = rest.find('\'') else {
                return Err(self.error("a closing quote for the text"));
            };
            text.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix('\'') {
                Some(after) => {
                    text.push('\'');
                    rest = after;
                }
                None => break,
            }
        }
        self.at = self.text.len() - rest.len();
        Ok(Literal::String(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn country(value: &str) -> Filter {
        Filter::from_json(&json!({"attribute": "Marketing.AppCountry", "eq": value})).unwrap()
    }

    fn any_of(count: usize) -> Filter {
        Filter::Or((0..count).map(|i| country(&i.to_string())).collect())
    }

    #[test]
    fn structured_filters_become_odata() {
        let odata = |json| Filter::from_json(&json).unwrap().to_string();
        insta::assert_snapshot!(odata(json!({"attribute": "Marketing.AppCountry", "eq": "Canada"})),
            @"customSecurityAttributes/Marketing/AppCountry eq 'Canada'");
        insta::assert_snapshot!(odata(json!({"attribute": "Marketing/EmployeeId", "startsWith": "O'B"})),
            @"startsWith(customSecurityAttributes/Marketing/EmployeeId,'O''B')");
        insta::assert_snapshot!(odata(json!({"attribute": "A.B", "ne": [1, true]})),
            @"customSecurityAttributes/A/B ne 1 and customSecurityAttributes/A/B ne true");
        insta::assert_snapshot!(odata(json!({"and": [{"property": "department", "eq": null},
            {"or": [{"attribute": "A.B", "eq": ["x", "y"]}, {"not": {"attribute": "A.B", "startsWith": "z"}}]}]})),
            @"department eq null and ((customSecurityAttributes/A/B eq 'x' or customSecurityAttributes/A/B eq 'y') or not (startsWith(customSecurityAttributes/A/B,'z')))");
    }

    #[test]
    fn filters_that_cannot_be_built_are_refused() {
        let report: Vec<String> = [
            json!({}),
            json!({"attribute": "A.B"}),
            json!({"attribute": "A.B", "eq": []}),
            json!({"attribute": "A.B", "eq": null}),
            json!({"attribute": "A.B", "eq": 1.5}),
            json!({"attribute": "A.B", "startsWith": 1}),
            json!({"attribute": "A.B", "ge": 1}),
            json!({"attribute": "B", "eq": 1}),
            json!({"property": "x eq 1 or y", "eq": 1}),
            json!({"or": []}),
        ]
        .iter()
        .map(|json| Filter::from_json(json).unwrap_err().to_string())
        .collect();
        insta::assert_snapshot!(report.join("\n"));
    }

    #[test]
    fn text_that_is_not_a_filter_is_refused_with_the_position() {
        let report: Vec<String> = [
            "",
            "a",
            "a eq",
            "a eq 'x",
            "(a eq 1",
            "a eq 1 b",
            "a ge 1",
            "customSecurityAttributes/A eq 1",
            "endsWith(mail,'x')",
        ]
        .iter()
        .map(|text| Filter::parse(text).unwrap_err().to_string())
        .collect();
        insta::assert_snapshot!(report.join("\n"));
        assert!(Filter::parse(&"(".repeat(100_000)).is_err());
        assert!(Filter::parse(&"not ".repeat(100_000)).is_err());
    }

    #[test]
    fn words_that_begin_like_a_keyword_are_names() {
        assert_eq!(
            Filter::parse("order eq 1 or notes eq 'x'")
                .unwrap()
                .to_string(),
            "order eq 1 or notes eq 'x'"
        );
    }

    #[test]
    fn fifteen_clauses_are_one_query_and_sixteen_are_two() {
        assert_eq!(any_of(15).split().unwrap(), [any_of(15)]);
        let queries = any_of(16).split().unwrap();
        assert_eq!(queries, [any_of(15), country("15")]);
    }

    #[test]
    fn a_long_or_within_an_and_is_distributed() {
        let hr = Filter::Eq(
            Field::Property("department".into()),
            Literal::String("HR".into()),
        );
        let queries = Filter::And(vec![hr.clone(), any_of(31)]).split().unwrap();
        assert_eq!(queries.len(), 3);
        for query in &queries {
            assert!(query.to_string().starts_with("department eq 'HR' and "));
        }
    }

    #[test]
    fn a_long_or_under_not_becomes_an_and() {
        let queries = Filter::Not(Box::new(any_of(40))).split().unwrap();
        assert_eq!(queries.len(), 1);
        assert_eq!(queries[0].or_clauses(), 0);
    }

    #[test]
    fn a_filter_of_too_many_queries_is_refused() {
        insta::assert_snapshot!(Filter::And(vec![any_of(500), any_of(500)]).split().unwrap_err(),
            @"the filter would take 1156 queries, at most 200 are sent");
    }

    fn any_filter() -> impl Strategy<Value = Filter> {
        let field = prop_oneof![
            Just(Field::Attribute("Engineering.Project".parse().unwrap())),
            "[a-z][a-zA-Z0-9]{0,8}"
                .prop_filter("keyword", |s| !["not", "startswith"]
                    .contains(&s.to_lowercase().as_str()))
                .prop_map(Field::Property),
        ];
        let literal = prop_oneof![
            ".*".prop_map(Literal::String),
            any::<i64>().prop_map(Literal::Int),
            any::<bool>().prop_map(Literal::Boolean),
        ];
        let leaf = prop_oneof![
            (field.clone(), literal.clone()).prop_map(|(f, l)| Filter::Eq(f, l)),
            (field.clone(), literal).prop_map(|(f, l)| Filter::Ne(f, l)),
            (field, ".*").prop_map(|(f, t)| Filter::StartsWith(f, t)),
        ];
        leaf.prop_recursive(3, 30, 20, |inner| {
            prop_oneof![
                inner.clone().prop_map(|f| Filter::Not(Box::new(f))),
                prop::collection::vec(inner.clone(), 2..6).prop_map(Filter::And),
                prop::collection::vec(inner, 2..20).prop_map(Filter::Or),
            ]
        })
    }

    // Truth of a filter when each distinct leaf is true or false by its text.
    fn truth(filter: &Filter, seed: u64) -> bool {
        match filter {
            Filter::Not(inner) => !truth(inner, seed),
            Filter::And(clauses) => clauses.iter().all(|c| truth(c, seed)),
            Filter::Or(clauses) => clauses.iter().any(|c| truth(c, seed)),
            leaf => {
                leaf.to_string().bytes().fold(seed, |h, b| {
                    (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
                }) & 64
                    == 0
            }
        }
    }

    proptest! {
        #[test]
        fn written_filters_read_back(filter in any_filter()) {
            prop_assert_eq!(Filter::parse(&filter.to_string()).unwrap(), filter);
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".*") {
            let _ = Filter::parse(&text);
        }

        #[test]
        fn the_split_queries_find_the_same(filter in any_filter(), seeds in prop::collection::vec(any::<u64>(), 8)) {
            if let Ok(queries) = filter.clone().split() {
                for query in &queries {
                    prop_assert!(query.or_clauses() <= MAX_OR_CLAUSES, "{}", query);
                }
                for seed in seeds {
                    prop_assert_eq!(queries.iter().any(|query| truth(query, seed)), truth(&filter, seed));
                }
            }
        }
    }
}
