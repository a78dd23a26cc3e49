//! What the tenant has: attribute sets, definitions of attributes, allowed values.
//!
//! Source: <https://learn.microsoft.com/graph/api/resources/custom-security-attributes-overview>

mod catalog;
mod check;
mod limits;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::attribute::{AttributeName, AttributePath, AttributeSetName, ValueType};
use crate::error::{Error, ErrorCode, Result};

pub use catalog::{find_set, Definitions};
pub(crate) use limits::given_twice;
pub use limits::{
    check_active, check_allowed_count, check_description, check_max_attributes,
    MAX_ACTIVE_DEFINITIONS, MAX_ALLOWED_VALUES, MAX_ATTRIBUTE_SETS, MAX_DESCRIPTION_CHARS,
};

/// A group of attributes.
///
/// Source: <https://learn.microsoft.com/graph/api/resources/attributeset>
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttributeSet {
    /// The name, which is also its id.
    #[serde(rename = "attributeSet")]
    pub name: AttributeSetName,
    /// What it is for.
    pub description: Option<String>,
    /// Most attributes it may have; `None`: as many as the tenant.
    pub max_attributes_per_set: Option<i32>,
}

/// The declared shape of one attribute.
///
/// Source: <https://learn.microsoft.com/graph/api/resources/customsecurityattributedefinition>
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttributeDefinition {
    /// The attribute set.
    pub attribute_set: AttributeSetName,
    /// The attribute within the set.
    pub attribute: AttributeName,
    /// The type of its values.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// What it is for.
    pub description: Option<String>,
    /// Whether new values may be assigned.
    pub status: Status,
    /// Whether filters may use it.
    pub is_searchable: bool,
    /// Whether only allowed values may be assigned.
    pub use_pre_defined_values_only: bool,
    /// The allowed values, active or not.
    pub allowed_values: Vec<AllowedValue>,
}

/// A value that is declared beforehand.
///
/// Source: <https://learn.microsoft.com/graph/api/resources/allowedvalue>
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AllowedValue {
    /// The value; a number is written as text.
    pub value: String,
    /// Whether it may be assigned anew.
    pub is_active: bool,
}

/// Whether an attribute is in use. Attributes are never deleted, they are deprecated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Status {
    /// New values may be assigned.
    Available,
    /// No new values; those there are stay.
    Deprecated,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Available => "Available",
            Self::Deprecated => "Deprecated",
        })
    }
}

/// Accepts any case. Fails with [`ErrorCode::InvalidRequest`].
impl FromStr for Status {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        [Self::Available, Self::Deprecated]
            .into_iter()
            .find(|status| status.to_string().eq_ignore_ascii_case(text))
            .ok_or_else(|| {
                Error::new(
                    ErrorCode::InvalidRequest,
                    format!("\"{text}\" is not a status"),
                )
                .hint("use Available or Deprecated")
            })
    }
}

impl ValueType {
    // The words of Graph: the type of one element, and whether there may be several.
    fn of_graph(type_name: &str, is_collection: bool) -> Option<Self> {
        match (type_name, is_collection) {
            ("String", false) => Some(Self::String),
            ("String", true) => Some(Self::Strings),
            ("Integer", false) => Some(Self::Int32),
            ("Integer", true) => Some(Self::Int32s),
            ("Boolean", _) => Some(Self::Boolean),
            _ => None,
        }
    }

    /// The type of one element in the words of Graph's definitions: `String`, `Integer` or `Boolean`.
    pub fn graph_name(self) -> &'static str {
        match self {
            Self::String | Self::Strings => "String",
            Self::Int32 | Self::Int32s => "Integer",
            Self::Boolean => "Boolean",
        }
    }
}

impl AttributeSet {
    /// Reads what Graph answered.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Protocol`].
    pub fn read(json: &Json) -> Result<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            id: String,
            description: Option<String>,
            max_attributes_per_set: Option<i32>,
        }
        let wire = Wire::deserialize(json).map_err(|error| unreadable("attribute set", &error))?;
        Ok(Self {
            name: AttributeSetName::from_service(wire.id),
            description: wire.description,
            max_attributes_per_set: wire.max_attributes_per_set,
        })
    }
}

impl AttributeDefinition {
    /// Reads what Graph answered, with `allowedValues` if it was expanded. `None` for a type that this crate does not know.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Protocol`].
    pub fn read(json: &Json) -> Result<Option<Self>> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            attribute_set: String,
            name: String,
            description: Option<String>,
            #[serde(rename = "type")]
            type_name: String,
            is_collection: bool,
            is_searchable: Option<bool>,
            status: String,
            use_pre_defined_values_only: bool,
            #[serde(default)]
            allowed_values: Vec<Json>,
        }
        let wire =
            Wire::deserialize(json).map_err(|error| unreadable("attribute definition", &error))?;
        let Some(value_type) = ValueType::of_graph(&wire.type_name, wire.is_collection) else {
            return Ok(None);
        };
        Ok(Some(Self {
            attribute_set: AttributeSetName::from_service(wire.attribute_set),
            attribute: AttributeName::from_service(wire.name),
            value_type,
            description: wire.description,
            // A status that is new to this crate is left to the service to judge.
            status: wire.status.parse().unwrap_or(Status::Available),
            is_searchable: wire.is_searchable.unwrap_or(true),
            use_pre_defined_values_only: wire.use_pre_defined_values_only,
            allowed_values: wire
                .allowed_values
                .iter()
                .map(AllowedValue::read)
                .collect::<Result<_>>()?,
        }))
    }

    /// The full name.
    pub fn path(&self) -> AttributePath {
        AttributePath {
            set: self.attribute_set.clone(),
            attribute: self.attribute.clone(),
        }
    }
}

impl AllowedValue {
    /// Reads what Graph answered.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Protocol`].
    pub fn read(json: &Json) -> Result<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            id: String,
            is_active: Option<bool>,
        }
        let wire = Wire::deserialize(json).map_err(|error| unreadable("allowed value", &error))?;
        Ok(Self {
            value: wire.id,
            is_active: wire.is_active.unwrap_or(true),
        })
    }
}

fn unreadable(what: &str, error: &serde_json::Error) -> Error {
    Error::new(
        ErrorCode::Protocol,
        format!("the service sent an {what} that can't be read: {error}"),
    )
    .hint("update entra-csa or report the answer")
}

/// An error with its hint, as the snapshots of this module show it.
#[cfg(test)]
fn told_error(error: &Error) -> String {
    let json = serde_json::json!(error);
    format!("{error} ({})", json["hint"].as_str().unwrap())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_definition_is_read_with_its_allowed_values() {
        let definition = AttributeDefinition::read(&json!({
            "id": "Engineering_Project", "attributeSet": "Engineering", "name": "Project", "description": "Active projects for user",
            "type": "String", "isCollection": true, "isSearchable": true, "status": "Available", "usePreDefinedValuesOnly": true,
            "allowedValues": [{"id": "Alpine", "isActive": true}, {"id": "Skagit", "isActive": false}]
        }));
        insta::assert_json_snapshot!(definition.unwrap());
    }

    #[test]
    fn a_type_of_tomorrow_is_passed_over_and_nonsense_is_an_error() {
        let json = |type_name: &str| {
            json!({"attributeSet": "A", "name": "B", "type": type_name, "isCollection": false, "status": "Available",
                "usePreDefinedValuesOnly": false})
        };
        assert_eq!(AttributeDefinition::read(&json("Decimal")).unwrap(), None);
        assert!(AttributeDefinition::read(&json("Boolean"))
            .unwrap()
            .is_some());
        insta::assert_snapshot!(AttributeDefinition::read(&json!({"name": 1})).unwrap_err(),
            @"the service sent an attribute definition that can't be read: invalid type: integer `1`, expected a string");
    }
}
