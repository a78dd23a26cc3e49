//! Which values fit a definition, and what a value becomes by it.

use serde_json::Value as Json;

use super::catalog::either;
use super::{AttributeDefinition, Status};
use crate::attribute::{Value, ValueType};
use crate::error::{Error, ErrorCode, Result};

// Longer lists of allowed values are cut.
const MAX_LISTED: usize = 10;

impl AttributeDefinition {
    /// The value to assign that `json` means: by the definition, if there is one, and allowed by it; else by its own type.
    ///
    /// # Errors
    ///
    /// Those of [`AttributeDefinition::value`] and [`AttributeDefinition::check_assignable`], or of [`Value::from_json`].
    pub fn assignable(
        definition: Option<&Self>,
        json: &Json,
        given: Option<ValueType>,
    ) -> Result<Value> {
        let Some(definition) = definition else {
            return Value::from_json(json, given);
        };
        let value = definition.value(json, given)?;
        definition.check_assignable(&value)?;
        Ok(value)
    }

    /// The value that `json` means for this attribute: the definition decides, never the look of a text.
    ///
    /// Text becomes a number if it is written as one (`8`, not ` 8` or `8.0`), a truth value if it is `true` or `false` in any
    /// case; one value becomes a list of one. A number or truth value for a String is refused unless `given` says `String`.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidValue`], with the rule that is broken.
    pub fn value(&self, json: &Json, given: Option<ValueType>) -> Result<Value> {
        let result = match given {
            Some(given) => Value::from_json(json, Some(given)).and_then(|value| self.fitted(value)),
            None => self.coerced(json),
        };
        result.map_err(|error| error.attribute(self.path()))
    }

    fn coerced(&self, json: &Json) -> Result<Value> {
        if let (Json::Array(_), false) = (json, self.value_type.is_collection()) {
            return Err(self.misfit("a list is given", "give one value, no list"));
        }
        let nested = |e: &Json| e.is_array() || e.as_object().is_some_and(|o| o.is_empty());
        if json.as_array().is_some_and(|list| list.iter().any(nested)) {
            return Value::from_json(json, None);
        }
        if let ValueType::String | ValueType::Strings = self.value_type {
            let elements = json
                .as_array()
                .map_or(std::slice::from_ref(json), Vec::as_slice);
            if let Some(other) = elements.iter().find(|e| e.is_number() || e.is_boolean()) {
                let word = if other.is_number() {
                    "a number"
                } else {
                    "a Boolean"
                };
                return Err(self.misfit(
                    &format!("{other}, {word}, is given"),
                    "give it as text, or say the type String (-Type String, type=\"String\") if it shall be text",
                ));
            }
        }
        Value::from_json(json, Some(self.value_type))
    }

    // A value whose type the caller said.
    fn fitted(&self, value: Value) -> Result<Value> {
        match (self.value_type, value) {
            (expected, value) if value.value_type() == expected => Ok(value),
            (ValueType::Strings, Value::String(text)) => Ok(Value::Strings(vec![text])),
            (ValueType::Int32s, Value::Int32(number)) => Ok(Value::Int32s(vec![number])),
            (_, value) => Err(self.misfit(
                &format!("the type {} is given", value.value_type()),
                "leave the type out: the definition decides",
            )),
        }
    }

    fn misfit(&self, given: &str, hint: &str) -> Error {
        Error::new(
            ErrorCode::InvalidValue,
            format!(
                "the attribute is defined as {}, and {given}",
                self.value_type
            ),
        )
        .hint(hint)
    }

    /// Whether `value` may be assigned now: the attribute is in use, and each element is an active allowed value if the
    /// attribute takes no others. This can change at any time, other than the type.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::NotAllowed`], with the allowed values, ten at most.
    pub fn check_assignable(&self, value: &Value) -> Result<()> {
        let refuse = |error: Error| Err(error.attribute(self.path()));
        if self.status == Status::Deprecated {
            return refuse(
                Error::new(
                    ErrorCode::NotAllowed,
                    "the attribute is deprecated and takes no new values",
                )
                .hint("switch it on with Set-CsaAttribute -Status Available or client.attributes.update(status=\"Available\"); removing what is assigned works"),
            );
        }
        if !self.use_pre_defined_values_only {
            return Ok(());
        }
        let elements = match value {
            Value::String(text) => vec![text.clone()],
            Value::Int32(number) => vec![number.to_string()],
            Value::Boolean(truth) => vec![truth.to_string()],
            Value::Strings(list) => list.clone(),
            Value::Int32s(list) => list.iter().map(i32::to_string).collect(),
        };
        match elements.iter().find(|text| !self.allows(text)) {
            Some(text) => refuse(self.not_allowed(text)),
            None => Ok(()),
        }
    }

    fn allows(&self, text: &str) -> bool {
        self.active_values().any(|value| value == text)
    }

    /// The allowed values that may be assigned.
    pub fn active_values(&self) -> impl Iterator<Item = &str> {
        self.allowed_values
            .iter()
            .filter(|value| value.is_active)
            .map(|value| value.value.as_str())
    }

    /// The error of a value that was never declared, active or not.
    pub(crate) fn not_an_allowed_value(&self, text: &str) -> Error {
        let values = self.allowed_values.iter().map(|value| &value.value);
        let lower = text.to_lowercase();
        let hint = match values.clone().find(|value| value.to_lowercase() == lower) {
            Some(right) => format!("did you mean \"{right}\"?"),
            None => "list them with Get-CsaAllowedValue or client.allowed_values.list".to_owned(),
        };
        Error::new(
            ErrorCode::NotAllowed,
            format!("\"{text}\" is not an allowed value"),
        )
        .hint(hint)
    }

    fn not_allowed(&self, text: &str) -> Error {
        let lower = text.to_lowercase();
        if let Some(right) = self
            .active_values()
            .find(|value| value.to_lowercase() == lower)
        {
            return Error::new(
                ErrorCode::NotAllowed,
                format!("\"{text}\" is not an allowed value: upper and lower case count"),
            )
            .hint(format!("did you mean \"{right}\"?"));
        }
        let inactive = self.allowed_values.iter().any(|value| value.value == text);
        let reason = if inactive {
            format!("the allowed value \"{text}\" is not active")
        } else {
            format!("\"{text}\" is not an allowed value")
        };
        let listed: Vec<_> = self
            .active_values()
            .take(MAX_LISTED)
            .map(|value| format!("\"{value}\""))
            .collect();
        let more = self.active_values().count() - listed.len();
        let hint = match (listed.is_empty(), more) {
            (true, _) => "no value is active; add one with Add-CsaAllowedValue or client.allowed_values.add".to_owned(),
            (_, 0) => format!("use {}", either(&listed)),
            (_, more) => format!("use {}, or one of {more} more that Get-CsaAllowedValue or client.allowed_values.list gives", listed.join(", ")),
        };
        Error::new(ErrorCode::NotAllowed, reason).hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{told_error, AllowedValue};
    use serde_json::json;

    fn definition(value_type: ValueType, allowed: &[(&str, bool)]) -> AttributeDefinition {
        AttributeDefinition {
            attribute_set: "S".parse().unwrap(),
            attribute: "A".parse().unwrap(),
            value_type,
            description: None,
            status: Status::Available,
            is_searchable: true,
            use_pre_defined_values_only: !allowed.is_empty(),
            allowed_values: allowed
                .iter()
                .map(|(value, is_active)| AllowedValue {
                    value: (*value).to_owned(),
                    is_active: *is_active,
                })
                .collect(),
        }
    }

    fn told(result: Result<impl std::fmt::Debug>) -> String {
        match result {
            Ok(value) => format!("{value:?}"),
            Err(error) => told_error(&error),
        }
    }

    #[test]
    fn the_definition_decides_what_a_value_becomes() {
        let mut report = Vec::new();
        for value_type in ValueType::ALL {
            for json in [
                json!("8"),
                json!(" 8"),
                json!("8.0"),
                json!("08"),
                json!("+8"),
                json!(""),
                json!("2147483648"),
                json!("99999999999999999999"),
                json!("eight"),
                json!("yes"),
                json!("True"),
                json!(8),
                json!(8.5),
                json!(true),
                json!(null),
                json!({}),
                json!([]),
                json!(["8"]),
                json!([8, "9"]),
                json!([true]),
                json!([["8"]]),
            ] {
                let outcome = told(definition(value_type, &[]).value(&json, None));
                report.push(format!("{value_type} {json}: {outcome}"));
            }
        }
        insta::assert_snapshot!(report.join("\n"));
    }

    #[test]
    fn a_type_that_is_said_converts_first_and_must_fit() {
        let value = |of, json, given| told(definition(of, &[]).value(&json, Some(given)));
        insta::assert_snapshot!(value(ValueType::String, json!(8), ValueType::String), @r#"String("8")"#);
        insta::assert_snapshot!(value(ValueType::Strings, json!(8), ValueType::String), @r#"Strings(["8"])"#);
        insta::assert_snapshot!(value(ValueType::Int32s, json!("8"), ValueType::Int32), @"Int32s([8])");
        insta::assert_snapshot!(value(ValueType::Int32, json!("8"), ValueType::String),
            @"S.A: the attribute is defined as Int32, and the type String is given (leave the type out: the definition decides)");
    }

    #[test]
    fn only_active_allowed_values_may_be_assigned() {
        let told = |definition: &AttributeDefinition, json: Json| {
            told(
                definition
                    .value(&json, None)
                    .and_then(|value| definition.check_assignable(&value)),
            )
        };
        let few = definition(
            ValueType::Strings,
            &[("Baker", true), ("Skagit", false), ("Alpine", true)],
        );
        insta::assert_snapshot!(told(&few, json!(["Baker", "Alpine"])), @"()");
        insta::assert_snapshot!(told(&few, json!(["Baker", "alpine"])),
            @r#"S.A: "alpine" is not an allowed value: upper and lower case count (did you mean "Alpine"?)"#);
        insta::assert_snapshot!(told(&few, json!("Skagit")),
            @r#"S.A: the allowed value "Skagit" is not active (use "Baker" or "Alpine")"#);
        let names: Vec<String> = (1..=12).map(|i| i.to_string()).collect();
        let many: Vec<_> = names.iter().map(|name| (name.as_str(), true)).collect();
        insta::assert_snapshot!(told(&definition(ValueType::Int32, &many), json!(13)));
        insta::assert_snapshot!(told(&definition(ValueType::String, &[("x", false)]), json!("y")),
            @r#"S.A: "y" is not an allowed value (no value is active; add one with Add-CsaAllowedValue or client.allowed_values.add)"#);
        let mut retired = definition(ValueType::String, &[]);
        retired.status = Status::Deprecated;
        insta::assert_snapshot!(told(&retired, json!("y")));
    }
}
