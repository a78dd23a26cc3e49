//! What may be created, checked before anything is sent.
//!
//! Source: <https://learn.microsoft.com/entra/fundamentals/custom-security-attributes-overview#limits-and-constraints>

use serde_json::{json, Value as Json};

use super::{AttributeDefinition, AttributeSet, Definitions, Status};
use crate::attribute::{AttributeSetName, Value, ValueType};
use crate::error::{Error, ErrorCode, Result};

/// Most attribute sets of a tenant.
pub const MAX_ATTRIBUTE_SETS: usize = 500;
/// Most definitions of a tenant that are not deprecated.
pub const MAX_ACTIVE_DEFINITIONS: usize = 500;
/// Most allowed values of a definition, active or not.
pub const MAX_ALLOWED_VALUES: usize = 100;
/// Longest description, in Unicode scalar values.
pub const MAX_DESCRIPTION_CHARS: usize = 128;

fn limit(reason: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::new(ErrorCode::LimitExceeded, reason).hint(hint)
}

fn invalid(reason: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidRequest, reason).hint(hint)
}

/// Checks a description.
///
/// # Errors
///
/// [`ErrorCode::LimitExceeded`] for more than 128 characters.
pub fn check_description(description: Option<&str>) -> Result<()> {
    let chars = description.unwrap_or_default().chars().count();
    if chars <= MAX_DESCRIPTION_CHARS {
        return Ok(());
    }
    Err(limit(
        format!("a description of {chars} characters is too long, at most {MAX_DESCRIPTION_CHARS} are allowed"),
        "shorten the description",
    ))
}

/// Checks how many attributes a set may have.
///
/// # Errors
///
/// [`ErrorCode::LimitExceeded`] outside 1 to 500.
pub fn check_max_attributes(max: Option<i32>) -> Result<()> {
    let allowed = 1..=i32::try_from(MAX_ACTIVE_DEFINITIONS).unwrap_or(i32::MAX);
    match max {
        Some(max) if !allowed.contains(&max) => Err(limit(
            format!("a set can't be limited to {max} attributes"),
            format!("give a number from 1 to {MAX_ACTIVE_DEFINITIONS}, or leave the limit out"),
        )),
        _ => Ok(()),
    }
}

impl AttributeSet {
    /// Checks the set against the limits and the sets that are there.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::LimitExceeded`]; [`ErrorCode::InvalidName`] if there is one of that name already, in whatever case.
    pub fn check_new(&self, existing: &[AttributeSet]) -> Result<()> {
        check_description(self.description.as_deref())?;
        check_max_attributes(self.max_attributes_per_set)?;
        if let Some(same) = existing.iter().find(|set| set.name == self.name) {
            return Err(Error::new(
                ErrorCode::InvalidName,
                format!("the tenant has an attribute set {} already", same.name),
            )
            .hint("choose another name, or change that one with Set-CsaAttributeSet or client.attribute_sets.update"));
        }
        if MAX_ATTRIBUTE_SETS <= existing.len() {
            return Err(limit(
                format!(
                    "the tenant has {} attribute sets, the most there can be",
                    existing.len()
                ),
                "use a set that is there: sets can't be deleted",
            ));
        }
        Ok(())
    }

    /// The body of the POST that creates it.
    ///
    /// Source: <https://learn.microsoft.com/graph/api/directory-post-attributesets>
    pub fn body(&self) -> Json {
        let mut body = json!({"id": self.name});
        if let Some(description) = &self.description {
            body["description"] = json!(description);
        }
        if let Some(max) = self.max_attributes_per_set {
            body["maxAttributesPerSet"] = json!(max);
        }
        body
    }
}

impl AttributeDefinition {
    /// Checks the definition against the limits and what is there.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::LimitExceeded`]; [`ErrorCode::InvalidName`] if the attribute is there already, in whatever case;
    /// [`ErrorCode::UnknownAttribute`] without its set; [`ErrorCode::InvalidValue`] for an allowed value that does not fit.
    pub fn check_new(&self, definitions: &Definitions, sets: &[AttributeSet]) -> Result<()> {
        check_description(self.description.as_deref())?;
        if self.value_type == ValueType::Boolean
            && (self.use_pre_defined_values_only || !self.allowed_values.is_empty())
        {
            return Err(invalid(
                "a Boolean attribute can't have allowed values",
                "leave them out: true and false are its values",
            ));
        }
        self.check_allowed_values()?;
        let Some(set) = sets.iter().find(|set| set.name == self.attribute_set) else {
            return Err(Error::new(
                ErrorCode::UnknownAttribute,
                format!("the tenant has no attribute set {}", self.attribute_set),
            )
            .hint(format!(
                "create it first with New-CsaAttributeSet {} or client.attribute_sets.create",
                self.attribute_set
            )));
        };
        if definitions.iter().any(|d| d.path() == self.path()) {
            return Err(Error::new(
                ErrorCode::InvalidName,
                "the tenant has the attribute already",
            )
            .hint("choose another name, or change that one with Set-CsaAttribute or client.attributes.update"));
        }
        if self.status == Status::Available {
            check_active(definitions, set)?;
        }
        Ok(())
    }

    fn check_allowed_values(&self) -> Result<()> {
        check_allowed_count(self.allowed_values.len())?;
        for (i, value) in self.allowed_values.iter().enumerate() {
            self.check_new_allowed(&value.value)?;
            if self.allowed_values[..i]
                .iter()
                .any(|v| v.value == value.value)
            {
                return Err(given_twice(&value.value));
            }
        }
        Ok(())
    }

    /// Checks one allowed value to add, as far as the type of the attribute says.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidValue`] for text that is no value of the attribute; [`ErrorCode::InvalidRequest`] for a Boolean.
    pub fn check_new_allowed(&self, value: &str) -> Result<()> {
        let element = match self.value_type {
            ValueType::String | ValueType::Strings => ValueType::String,
            ValueType::Int32 | ValueType::Int32s => ValueType::Int32,
            ValueType::Boolean => {
                return Err(invalid(
                    "a Boolean attribute can't have allowed values",
                    "true and false are its values",
                ))
            }
        };
        Value::from_json(&json!(value), Some(element)).map(drop)
    }

    /// The body of the POST that creates it.
    ///
    /// Source: <https://learn.microsoft.com/graph/api/directory-post-customsecurityattributedefinitions>
    pub fn body(&self) -> Json {
        let mut body = json!({
            "attributeSet": self.attribute_set,
            "name": self.attribute,
            "type": self.value_type.graph_name(),
            "isCollection": self.value_type.is_collection(),
            "isSearchable": self.is_searchable,
            "status": self.status,
            "usePreDefinedValuesOnly": self.use_pre_defined_values_only,
        });
        if let Some(description) = &self.description {
            body["description"] = json!(description);
        }
        if !self.allowed_values.is_empty() {
            let value = |value: &super::AllowedValue| json!({"id": value.value, "isActive": value.is_active});
            body["allowedValues"] = self.allowed_values.iter().map(value).collect();
        }
        body
    }
}

/// The error of an allowed value that is named twice in one request.
pub(crate) fn given_twice(value: &str) -> Error {
    invalid(
        format!("the allowed value \"{value}\" is given twice"),
        "give each once",
    )
}

/// Checks that an attribute may become available in its set and tenant.
///
/// # Errors
///
/// [`ErrorCode::LimitExceeded`].
pub fn check_active(definitions: &Definitions, set: &AttributeSet) -> Result<()> {
    if MAX_ACTIVE_DEFINITIONS <= definitions.active() {
        return Err(limit(
            format!("the tenant has {} attributes in use, the most there can be", definitions.active()),
            "deprecate one with Set-CsaAttribute -Status Deprecated or client.attributes.update(status=\"Deprecated\"): those do not count",
        ));
    }
    let in_set = active_in(definitions, &set.name);
    match set.max_attributes_per_set.and_then(|max| usize::try_from(max).ok()) {
        Some(max) if max <= in_set => Err(limit(
            format!("the attribute set {} has {in_set} attributes in use, the most it may have", set.name),
            "raise its limit with Set-CsaAttributeSet -MaxAttributes or client.attribute_sets.update",
        )),
        _ => Ok(()),
    }
}

fn active_in(definitions: &Definitions, set: &AttributeSetName) -> usize {
    definitions
        .iter()
        .filter(|d| d.attribute_set == *set && d.status == Status::Available)
        .count()
}

/// Checks how many allowed values a definition would have.
///
/// # Errors
///
/// [`ErrorCode::LimitExceeded`] for more than 100.
pub fn check_allowed_count(count: usize) -> Result<()> {
    if count <= MAX_ALLOWED_VALUES {
        return Ok(());
    }
    Err(limit(
        format!("{count} allowed values are too many, an attribute can have {MAX_ALLOWED_VALUES}"),
        "allowed values can't be deleted: use those that are there, or an attribute without allowed values",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{told_error, AllowedValue};

    fn set(name: &str, max: Option<i32>) -> AttributeSet {
        AttributeSet {
            name: AttributeSetName::from_service(name),
            description: None,
            max_attributes_per_set: max,
        }
    }

    fn attribute(name: &str, value_type: ValueType, allowed: &[&str]) -> AttributeDefinition {
        AttributeDefinition {
            attribute_set: AttributeSetName::from_service("Engineering"),
            attribute: crate::attribute::AttributeName::from_service(name),
            value_type,
            description: None,
            status: Status::Available,
            is_searchable: true,
            use_pre_defined_values_only: !allowed.is_empty(),
            allowed_values: allowed
                .iter()
                .map(|value| AllowedValue {
                    value: (*value).to_owned(),
                    is_active: true,
                })
                .collect(),
        }
    }

    fn told(result: Result<()>) -> String {
        result.map_or_else(|error| told_error(&error), |()| "fine".to_owned())
    }

    #[test]
    fn the_limits_of_a_set_are_told_before_it_is_sent() {
        let mut long = set("Long", None);
        long.description = Some("x".repeat(129));
        let full: Vec<_> = (0..MAX_ATTRIBUTE_SETS)
            .map(|i| set(&format!("S{i}"), None))
            .collect();
        let report = [
            told(set("New", Some(25)).check_new(&[set("Engineering", None)])),
            told(set("engineering", None).check_new(&[set("Engineering", None)])),
            told(set("New", Some(0)).check_new(&[])),
            told(set("New", Some(501)).check_new(&[])),
            told(long.check_new(&[])),
            told(set("New", None).check_new(&full)),
        ];
        insta::assert_snapshot!(report.join("\n"));
    }

    #[test]
    fn the_limits_of_an_attribute_are_told_before_it_is_sent() {
        let sets = [set("Engineering", None), set("Full", Some(1))];
        let there = Definitions::new(vec![attribute("Project", ValueType::Strings, &[])]);
        let new = |attribute: AttributeDefinition| told(attribute.check_new(&there, &sets));
        let of_set = |name: &str| AttributeDefinition {
            attribute_set: AttributeSetName::from_service(name),
            ..attribute("New", ValueType::String, &[])
        };
        let many: Vec<String> = (0..=MAX_ALLOWED_VALUES).map(|i| i.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let crowded = Definitions::new(
            (0..MAX_ACTIVE_DEFINITIONS)
                .map(|i| attribute(&format!("A{i}"), ValueType::String, &[]))
                .collect(),
        );
        let full = Definitions::new(vec![of_set("Full")]);
        let report = [
            new(attribute("New", ValueType::Int32s, &["1", "2"])),
            new(attribute("PROJECT", ValueType::String, &[])),
            new(of_set("Finance")),
            new(attribute("New", ValueType::Boolean, &["true"])),
            new(attribute("New", ValueType::Int32, &["1", "two"])),
            new(attribute("New", ValueType::String, &["a", "b", "a"])),
            new(attribute("New", ValueType::String, &[&"x".repeat(65)])),
            new(attribute("New", ValueType::String, &many)),
            told(attribute("New", ValueType::String, &[]).check_new(&crowded, &sets)),
            told(
                AttributeDefinition {
                    attribute: crate::attribute::AttributeName::from_service("Two"),
                    ..of_set("Full")
                }
                .check_new(&full, &sets),
            ),
        ];
        insta::assert_snapshot!(report.join("\n"));
    }

    #[test]
    fn bodies_are_those_of_the_documentation() {
        insta::assert_json_snapshot!([
            set("Engineering", Some(25)).body(),
            attribute("Project", ValueType::Strings, &["Alpine"]).body(),
            attribute("NumVendors", ValueType::Int32, &[]).body(),
        ]);
    }
}
