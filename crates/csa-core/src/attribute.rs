//! Names, value types and values of custom security attributes.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

use crate::error::{Error, ErrorCode, Result};

/// Longest name of a set or an attribute, in Unicode scalar values.
pub const MAX_NAME_CHARS: usize = 32;
/// Longest text value, in Unicode scalar values.
pub const MAX_VALUE_CHARS: usize = 64;
/// Most values one object may hold, each element of a collection counted.
pub const MAX_VALUES_PER_OBJECT: usize = 50;

// Entra's table of limits, row "Special characters not allowed for attribute set and attribute names".
const FORBIDDEN_IN_NAMES: &str = "`~!@#$%^&*()_-+={[}]|\\:;\"'<,>.?/";

fn check_name(what: &str, text: &str) -> Result<()> {
    let invalid = |reason: String| {
        Err(Error::new(ErrorCode::InvalidName, reason).hint(format!(
            "{what} names have 1 to {MAX_NAME_CHARS} characters, no space, no special character and no leading digit"
        )))
    };
    let chars = text.chars().count();
    if chars == 0 || MAX_NAME_CHARS < chars {
        return invalid(format!(
            "{what} name \"{text}\" has {chars} characters, 1 to {MAX_NAME_CHARS} are allowed"
        ));
    }
    let special = |c: &char| c.is_whitespace() || c.is_control() || FORBIDDEN_IN_NAMES.contains(*c);
    if let Some(c) = text.chars().find(special) {
        return invalid(format!(
            "{what} name \"{text}\" contains {c:?}, which names may not"
        ));
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return invalid(format!("{what} name \"{text}\" starts with a digit"));
    }
    Ok(())
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        ///
        /// 1 to 32 characters (Unicode scalar values), no space or special character, no leading digit. Two names
        /// that differ only in case are equal, and keep the case they were written in.
        ///
        /// Source: <https://learn.microsoft.com/entra/fundamentals/custom-security-attributes-overview#limits-and-constraints>
        #[derive(Clone, Debug)]
        pub struct $name(String);

        impl $name {
            /// A name as the service gave it, whatever this crate thinks of it.
            pub fn from_service(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The name in the case it was written in.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        /// Fails with [`ErrorCode::InvalidName`].
        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                check_name($what, text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.eq_ignore_ascii_case(&other.0)
                    || (!(self.0.is_ascii() && other.0.is_ascii())
                        && self.0.to_lowercase() == other.0.to_lowercase())
            }
        }

        impl Eq for $name {}

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                // Every value that is read comes by here: the names that nearly all have are folded on the stack.
                let mut folded = [0; MAX_NAME_CHARS];
                match folded.get_mut(..self.0.len()) {
                    Some(folded) if self.0.is_ascii() => {
                        folded.copy_from_slice(self.0.as_bytes());
                        folded.make_ascii_lowercase();
                        state.write(folded);
                    }
                    _ => state.write(self.0.to_lowercase().as_bytes()),
                }
                // Ends a text as `str` does.
                state.write_u8(0xFF);
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

name! {
    /// Name of an attribute set, such as `Engineering`.
    AttributeSetName, "attribute set"
}

name! {
    /// Name of an attribute within its set, such as `Project`.
    AttributeName, "attribute"
}

/// Full name of an attribute, written `Engineering.Project`; input may also be `Engineering/Project`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AttributePath {
    /// The attribute set.
    pub set: AttributeSetName,
    /// The attribute within the set.
    pub attribute: AttributeName,
}

impl AttributePath {
    /// The full name from its two halves; `attribute` alone may already be the full name.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidName`] if either half breaks the rules, the set is missing, or it is given twice and differs.
    pub fn new(set: Option<&str>, attribute: &str) -> Result<Self> {
        let named = attribute.split_once(['.', '/']);
        let (set, attribute) = match (set, named) {
            (Some(set), None) => (set, attribute),
            (None, Some(full)) => full,
            (Some(set), Some((named, attribute))) if set.to_lowercase() == named.to_lowercase() => {
                (set, attribute)
            }
            (Some(set), Some(_)) => {
                return Err(Error::new(
                    ErrorCode::InvalidName,
                    format!("attribute \"{attribute}\" names another attribute set than \"{set}\""),
                )
                .hint("give the attribute set once"))
            }
            (None, None) => {
                return Err(Error::new(
                    ErrorCode::InvalidName,
                    format!("attribute \"{attribute}\" has no attribute set"),
                )
                .hint("write it in full, like Engineering.Project, or give the attribute set too"))
            }
        };
        let full = format!("{set}.{attribute}");
        let name = |error: Error| error.attribute(&full);
        Ok(Self {
            set: set.parse().map_err(name)?,
            attribute: attribute.parse().map_err(name)?,
        })
    }

    /// The name Graph gives the definition: `Engineering_Project`.
    pub fn definition_id(&self) -> String {
        format!("{}_{}", self.set, self.attribute)
    }
}

/// Fails with [`ErrorCode::InvalidName`].
impl FromStr for AttributePath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::new(None, text)
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.set, self.attribute)
    }
}

/// Type of a value. There is no collection of Booleans: the service has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// One text of 1 to 64 characters.
    String,
    /// One 32-bit signed number.
    Int32,
    /// `true` or `false`.
    Boolean,
    /// Several texts.
    Strings,
    /// Several 32-bit signed numbers.
    Int32s,
}

impl ValueType {
    /// Every type, in the order people are told them.
    pub const ALL: [Self; 5] = [
        Self::String,
        Self::Int32,
        Self::Boolean,
        Self::Strings,
        Self::Int32s,
    ];

    /// The name people use in every language: `String`, `Int32`, `Boolean`, `String[]`, `Int32[]`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::Int32 => "Int32",
            Self::Boolean => "Boolean",
            Self::Strings => "String[]",
            Self::Int32s => "Int32[]",
        }
    }

    /// Whether a value of this type is a list.
    pub fn is_collection(self) -> bool {
        matches!(self, Self::Strings | Self::Int32s)
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Accepts any case. Fails with [`ErrorCode::InvalidValue`].
impl FromStr for ValueType {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|t| t.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| {
                let reason = if text.eq_ignore_ascii_case("Boolean[]") {
                    "there is no collection of Booleans in custom security attributes".to_owned()
                } else {
                    format!("\"{text}\" is not a value type")
                };
                Error::new(ErrorCode::InvalidValue, reason)
                    .hint("use String, Int32, Boolean, String[] or Int32[]")
            })
    }
}

impl Serialize for ValueType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ValueType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// A value of one attribute. In JSON it is the bare text, number, truth value or list.
///
/// Source: <https://learn.microsoft.com/graph/api/resources/customsecurityattributevalue>
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// One text, byte for byte as it was given.
    String(String),
    /// One 32-bit signed number.
    Int32(i32),
    /// `true` or `false`.
    Boolean(bool),
    /// Several texts, in order.
    Strings(Vec<String>),
    /// Several numbers, in order.
    Int32s(Vec<i32>),
}

impl Value {
    /// Whether it is the same for the service, which gives no meaning to the order of a collection.
    pub fn is_same(&self, other: &Self) -> bool {
        fn sorted<T: Ord + Clone>(list: &[T]) -> Vec<T> {
            let mut list = list.to_vec();
            list.sort_unstable();
            list
        }
        match (self, other) {
            (Self::Strings(one), Self::Strings(other)) => sorted(one) == sorted(other),
            (Self::Int32s(one), Self::Int32s(other)) => sorted(one) == sorted(other),
            _ => self == other,
        }
    }

    /// The type of this value.
    pub fn value_type(&self) -> ValueType {
        match self {
            Self::String(_) => ValueType::String,
            Self::Int32(_) => ValueType::Int32,
            Self::Boolean(_) => ValueType::Boolean,
            Self::Strings(_) => ValueType::Strings,
            Self::Int32s(_) => ValueType::Int32s,
        }
    }

    /// How many of an object's 50 values this one takes.
    pub fn count(&self) -> usize {
        match self {
            Self::String(_) | Self::Int32(_) | Self::Boolean(_) => 1,
            Self::Strings(list) => list.len(),
            Self::Int32s(list) => list.len(),
        }
    }

    /// A value to assign, from JSON: its JSON type decides, or `value_type` if given.
    ///
    /// With a type, text becomes a number or truth value only if it is exactly one (`"8"`, `"true"` in any case), a
    /// number becomes text, and one value becomes a list of one. Duplicates in a list are dropped, the first stays.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidValue`]: `null`, an object, an empty list, empty or over-long text, a fraction, a number outside
    /// Int32, a list of Booleans or of mixed types, or a value that does not fit `value_type`.
    pub fn from_json(json: &Json, value_type: Option<ValueType>) -> Result<Self> {
        let value = match value_type {
            None => Self::infer(json)?,
            Some(ValueType::String) => Self::String(text(json)?),
            Some(ValueType::Int32) => Self::Int32(int32(json)?),
            Some(ValueType::Boolean) => Self::Boolean(boolean(json)?),
            Some(ValueType::Strings) => {
                Self::Strings(elements(json).map(text).collect::<Result<_>>()?)
            }
            Some(ValueType::Int32s) => {
                Self::Int32s(elements(json).map(int32).collect::<Result<_>>()?)
            }
        };
        value.without_duplicates().checked()
    }

    fn infer(json: &Json) -> Result<Self> {
        match json {
            Json::String(text) => Ok(Self::String(text.clone())),
            Json::Bool(value) => Ok(Self::Boolean(*value)),
            Json::Number(_) => Ok(Self::Int32(int32(json)?)),
            Json::Array(list) => match list.first() {
                None => Err(nothing("an empty list")),
                Some(_) if list.iter().all(Json::is_string) => {
                    Ok(Self::Strings(list.iter().map(text).collect::<Result<_>>()?))
                }
                Some(_) if list.iter().all(Json::is_number) => {
                    Ok(Self::Int32s(list.iter().map(int32).collect::<Result<_>>()?))
                }
                Some(_) if list.iter().all(Json::is_boolean) => Err(invalid(
                    "a list of Booleans can't be assigned: there is no such attribute type",
                    "assign one Boolean",
                )),
                Some(_) if list.iter().any(|v| v.is_object() || v.is_array()) => Err(nested()),
                Some(_) => Err(invalid(
                    "a list must hold only texts or only whole numbers",
                    "give elements of one type, or say the type (String[] or Int32[])",
                )),
            },
            Json::Null => Err(nothing("null")),
            Json::Object(_) => Err(not_a_value(json)),
        }
    }

    fn without_duplicates(self) -> Self {
        fn distinct<T: PartialEq>(list: Vec<T>) -> Vec<T> {
            let mut kept = Vec::with_capacity(list.len());
            for element in list {
                if !kept.contains(&element) {
                    kept.push(element);
                }
            }
            kept
        }
        match self {
            Self::Strings(list) => Self::Strings(distinct(list)),
            Self::Int32s(list) => Self::Int32s(distinct(list)),
            single => single,
        }
    }

    fn checked(self) -> Result<Self> {
        match &self {
            Self::String(text) => check_text(text)?,
            Self::Strings(list) if list.is_empty() => return Err(nothing("an empty list")),
            Self::Int32s(list) if list.is_empty() => return Err(nothing("an empty list")),
            Self::Strings(list) => list.iter().try_for_each(|text| check_text(text))?,
            Self::Int32(_) | Self::Boolean(_) | Self::Int32s(_) => {}
        }
        Ok(self)
    }
}

/// As people write it: lists are joined by `, `.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |list: Vec<String>| list.join(", ");
        match self {
            Self::String(text) => f.write_str(text),
            Self::Int32(number) => write!(f, "{number}"),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Strings(list) => f.write_str(&join(list.clone())),
            Self::Int32s(list) => f.write_str(&join(list.iter().map(i32::to_string).collect())),
        }
    }
}

fn invalid(reason: impl Into<String>, hint: &str) -> Error {
    Error::new(ErrorCode::InvalidValue, reason).hint(hint)
}

fn nothing(what: &str) -> Error {
    invalid(
        format!("{what} is not a value"),
        "to take an assignment away, remove it instead of setting it to nothing",
    )
}

fn nested() -> Error {
    invalid(
        "a nested table or list can't be a value",
        "give a text, a whole number, a Boolean, or a list of texts or of whole numbers",
    )
}

// The front ends send a value of a type that JSON lacks as {"unsupported": its type name}.
fn not_a_value(json: &Json) -> Error {
    match json.get("unsupported").and_then(Json::as_str) {
        Some(type_name) => invalid(
            format!("a value of type {type_name} can't be assigned"),
            "convert it to a text, a whole number (Int32) or a Boolean first, in the form the attribute shall hold",
        ),
        None => nested(),
    }
}

fn check_text(text: &str) -> Result<()> {
    let chars = text.chars().count();
    if chars == 0 {
        return Err(nothing("an empty text"));
    }
    if MAX_VALUE_CHARS < chars {
        return Err(invalid(
            format!(
                "a text of {chars} characters is too long, at most {MAX_VALUE_CHARS} are allowed"
            ),
            "shorten the value",
        ));
    }
    Ok(())
}

fn elements(json: &Json) -> impl Iterator<Item = &Json> {
    match json {
        Json::Array(list) => list.as_slice(),
        single => std::slice::from_ref(single),
    }
    .iter()
}

fn text(json: &Json) -> Result<String> {
    match json {
        Json::String(text) => Ok(text.clone()),
        Json::Number(number) if number.is_i64() || number.is_u64() => Ok(number.to_string()),
        Json::Number(number) => Err(fraction(number)),
        Json::Bool(value) => Ok(value.to_string()),
        Json::Null => Err(nothing("null")),
        Json::Array(_) => Err(invalid(
            "a list does not fit the type String",
            "give one value, or use the type String[]",
        )),
        Json::Object(_) => Err(not_a_value(json)),
    }
}

fn int32(json: &Json) -> Result<i32> {
    const HINT: &str = "give a whole number from -2147483648 to 2147483647";
    match json {
        Json::Number(number) => match number.as_i64() {
            Some(n) => i32::try_from(n)
                .map_err(|_| invalid(format!("{n} is outside the range of Int32"), HINT)),
            None if number.is_u64() => Err(invalid(
                format!("{number} is outside the range of Int32"),
                HINT,
            )),
            None => Err(fraction(number)),
        },
        // Canonical text only: what a person would write for the number, nothing to trim, round or guess.
        Json::String(text) => match text.parse::<i32>() {
            Ok(n) if n.to_string() == *text => Ok(n),
            _ => Err(invalid(
                format!("\"{text}\" is not an Int32: {}", why_no_int32(text)),
                HINT,
            )),
        },
        Json::Bool(value) => Err(invalid(format!("{value} is not an Int32"), HINT)),
        Json::Null => Err(nothing("null")),
        Json::Array(_) => Err(invalid(
            "a list does not fit the type Int32",
            "give one value, or use the type Int32[]",
        )),
        Json::Object(_) => Err(not_a_value(json)),
    }
}

// The rule that a text breaks.
fn why_no_int32(text: &str) -> &'static str {
    let digits = text.trim().trim_start_matches(['+', '-']);
    if text.is_empty() {
        "it is empty"
    } else if text.trim() != text {
        "it has space around it"
    } else if digits.contains(['.', ',']) {
        "whole numbers are written without point and comma"
    } else if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        "it is not written in digits"
    } else if text.parse::<i32>().is_ok() {
        "it has a leading zero or plus sign"
    } else {
        "it is outside the range"
    }
}

fn fraction(number: &serde_json::Number) -> Error {
    invalid(
        format!(
            "{number} is a floating-point number, and attributes hold whole numbers (Int32) only"
        ),
        "cast it to an integer, or give it as text if the attribute is a String",
    )
}

fn boolean(json: &Json) -> Result<bool> {
    match json {
        Json::Bool(value) => Ok(*value),
        Json::String(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Json::String(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        Json::Null => Err(nothing("null")),
        Json::Object(_) => Err(not_a_value(json)),
        Json::Array(_) => Err(invalid(
            "a list of Booleans can't be assigned: there is no such attribute type",
            "assign one Boolean",
        )),
        other => Err(invalid(
            format!("{other} is not a Boolean"),
            "give true or false",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_equal_without_regard_to_case() {
        let lower: AttributePath = "engineering/PROJECT".parse().unwrap();
        assert_eq!(lower, "Engineering.Project".parse().unwrap());
        assert_eq!(lower.to_string(), "engineering.PROJECT");
    }

    #[test]
    fn names_that_break_a_rule_are_refused() {
        for name in [
            "",
            "has space",
            "1st",
            "a_b",
            "a-b",
            "x\u{a0}y",
            "tab\t",
            &"x".repeat(33),
        ] {
            let error = name.parse::<AttributeName>().unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidName, "{name:?}");
        }
        for name in ["a", "Größe", "項目", &"é".repeat(32)] {
            assert!(name.parse::<AttributeSetName>().is_ok(), "{name:?}");
        }
    }

    #[test]
    fn a_set_may_be_given_apart_or_within_the_name() {
        assert_eq!(
            AttributePath::new(Some("Engineering"), "Project")
                .unwrap()
                .to_string(),
            "Engineering.Project"
        );
        assert_eq!(
            AttributePath::new(Some("Engineering"), "engineering.Project")
                .unwrap()
                .to_string(),
            "Engineering.Project"
        );
        insta::assert_snapshot!(AttributePath::new(Some("Engineering"), "Marketing.Project").unwrap_err(),
            @r#"attribute "Marketing.Project" names another attribute set than "Engineering""#);
        insta::assert_snapshot!(AttributePath::new(None, "Project").unwrap_err(),
            @r#"attribute "Project" has no attribute set"#);
        insta::assert_snapshot!(AttributePath::new(None, "A.B.C").unwrap_err(),
            @r#"A.B.C: attribute name "B.C" contains '.', which names may not"#);
    }

    #[test]
    fn the_json_type_decides_and_text_is_never_guessed() {
        let value = |json| Value::from_json(&json, None).unwrap();
        for text in [
            "2024-11-15",
            "2024-11-15T08:00:00+02:00",
            "007",
            "true",
            "4",
            " x ",
        ] {
            assert_eq!(value(json!(text)), Value::String(text.into()));
        }
        assert_eq!(value(json!(4)), Value::Int32(4));
        assert_eq!(value(json!(true)), Value::Boolean(true));
        assert_eq!(
            value(json!(["Baker"])),
            Value::Strings(vec!["Baker".into()])
        );
        assert_eq!(value(json!([1, 2, 1])), Value::Int32s(vec![1, 2]));
    }

    #[test]
    fn a_given_type_decides() {
        let value = |json, t| Value::from_json(&json, Some(t)).unwrap();
        assert_eq!(value(json!("4"), ValueType::Int32), Value::Int32(4));
        assert_eq!(
            value(json!(4), ValueType::String),
            Value::String("4".into())
        );
        assert_eq!(
            value(json!("TRUE"), ValueType::Boolean),
            Value::Boolean(true)
        );
        assert_eq!(
            value(json!("Baker"), ValueType::Strings),
            Value::Strings(vec!["Baker".into()])
        );
        assert_eq!(
            value(json!(["1", 2]), ValueType::Int32s),
            Value::Int32s(vec![1, 2])
        );
    }

    #[test]
    fn bad_values_are_refused_with_the_rule_they_break() {
        let cases = [
            (json!(null), None),
            (json!(""), None),
            (json!("x".repeat(65)), None),
            (json!([]), None),
            (json!([true, false]), None),
            (json!(["a", 1]), None),
            (json!([["a"]]), None),
            (json!({"a": 1}), None),
            (json!({"unsupported": "System.DateTime"}), None),
            (json!(4.5), None),
            (json!(4.0), None),
            (json!(2147483648_i64), None),
            (json!(18446744073709551615_u64), None),
            (json!(" 8"), Some(ValueType::Int32)),
            (json!("+8"), Some(ValueType::Int32)),
            (json!("8.0"), Some(ValueType::Int32)),
            (json!(""), Some(ValueType::Int32)),
            (json!("yes"), Some(ValueType::Boolean)),
            (json!(1), Some(ValueType::Boolean)),
            (json!(["a"]), Some(ValueType::String)),
            (json!([1]), Some(ValueType::Int32)),
            (json!([]), Some(ValueType::Strings)),
        ];
        let report: Vec<String> = cases
            .iter()
            .map(|(json, t)| {
                let error = Value::from_json(json, *t).unwrap_err();
                assert_eq!(error.code(), ErrorCode::InvalidValue);
                error.to_string()
            })
            .collect();
        insta::assert_snapshot!(report.join("\n"));
    }

    #[test]
    fn text_is_counted_in_unicode_scalar_values() {
        assert!(Value::from_json(&json!("é".repeat(64)), None).is_ok());
        assert!(Value::from_json(&json!("😀".repeat(64)), None).is_ok());
        assert!(Value::from_json(&json!("😀".repeat(65)), None).is_err());
    }

    #[test]
    fn an_array_of_booleans_is_not_a_type() {
        insta::assert_snapshot!("Boolean[]".parse::<ValueType>().unwrap_err(),
            @"there is no collection of Booleans in custom security attributes");
    }
}
