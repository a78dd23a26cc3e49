//! The `customSecurityAttributes` JSON of Graph, both ways.
//!
//! Source: <https://learn.microsoft.com/graph/custom-security-attributes-examples>

use std::fmt;

use serde_json::{json, Map, Value as Json};

use crate::assignment::{Assignments, Change, Changes, Clear};
use crate::attribute::{AttributeName, AttributePath, AttributeSetName, Value, ValueType};
use crate::definition::{AttributeDefinition, Definitions};
use crate::error::{Error, ErrorCode, Result};

/// The property of users and service principals.
pub const PROPERTY: &str = "customSecurityAttributes";

const SET_TYPE: &str = "#Microsoft.DirectoryServices.CustomSecurityAttributeValue";
const TYPE_KEY: &str = "@odata.type";

/// The value of `customSecurityAttributes` in a PATCH.
pub fn write(changes: &Changes) -> Json {
    let mut sets = Map::new();
    for (set, attributes) in changes.sets() {
        let mut object = Map::new();
        object.insert(TYPE_KEY.to_owned(), json!(SET_TYPE));
        for (attribute, change) in attributes {
            let value = match change {
                Change::Set(value) => {
                    if let Some(annotation) = annotation(value.value_type()) {
                        object.insert(format!("{attribute}{TYPE_KEY}"), json!(annotation));
                    }
                    json!(value)
                }
                Change::Clear(Clear::Null) => Json::Null,
                Change::Clear(Clear::Empty) => json!([]),
            };
            object.insert(attribute.to_string(), value);
        }
        sets.insert(set.to_string(), Json::Object(object));
    }
    Json::Object(sets)
}

/// The same form for what a target holds: what [`read_changes`] takes to assign it again.
pub fn write_assignments(assignments: &Assignments) -> Json {
    let mut changes = Changes::default();
    for (path, value) in assignments.iter() {
        // Names of a map are distinct, so no insert can fail.
        let _ = changes.insert(path, Change::Set(value.clone()));
    }
    write(&changes)
}

fn annotation(value_type: ValueType) -> Option<&'static str> {
    match value_type {
        ValueType::String | ValueType::Boolean => None,
        ValueType::Int32 => Some("#Int32"),
        ValueType::Strings => Some("#Collection(String)"),
        ValueType::Int32s => Some("#Collection(Int32)"),
    }
}

/// Reads what Graph answered; `None` for `null`: nothing is assigned, or the caller may not see it.
///
/// The annotation of a value decides its type, else its JSON type. Keys that begin with `@` or end with `@odata.type` are
/// never attributes. Texts are kept byte for byte.
///
/// # Errors
///
/// [`ErrorCode::Protocol`], with the path to the field that can't be understood.
pub fn read(json: &Json) -> Result<Option<Assignments>> {
    if json.is_null() {
        return Ok(None);
    }
    let mut assignments = Assignments::default();
    for (set, object) in members(json, &PROPERTY)? {
        if object.is_null() {
            continue;
        }
        let annotations = members(object, &format_args!("{PROPERTY}.{set}"))?;
        for (attribute, value) in annotations.iter().filter(|(key, _)| is_attribute(key)) {
            if value.is_null() {
                continue;
            }
            let path = AttributePath {
                set: AttributeSetName::from_service(set),
                attribute: AttributeName::from_service(attribute),
            };
            let value = read_value(
                value,
                annotations.get(&format!("{attribute}{TYPE_KEY}")),
                &format_args!("{PROPERTY}.{set}.{attribute}"),
            )?;
            assignments.insert(path, value).map_err(|e| {
                protocol(
                    &format_args!("{PROPERTY}.{set}.{attribute}"),
                    &e.to_string(),
                )
            })?;
        }
    }
    Ok(Some(assignments))
}

fn members<'a>(json: &'a Json, here: &dyn fmt::Display) -> Result<&'a Map<String, Json>> {
    json.as_object()
        .ok_or_else(|| protocol(here, "an object was expected"))
}

fn is_attribute(key: &str) -> bool {
    !key.starts_with('@') && !key.ends_with(TYPE_KEY)
}

fn protocol(here: &dyn fmt::Display, reason: &str) -> Error {
    Error::new(ErrorCode::Protocol, format!("{here}: {reason}")).hint(
        "the service sent an answer this version can't read; update entra-csa or report the answer",
    )
}

fn read_value(json: &Json, annotation: Option<&Json>, here: &dyn fmt::Display) -> Result<Value> {
    let value_type = match annotation {
        None => infer(json, here)?,
        Some(Json::String(text)) => parse_annotation(text)
            .ok_or_else(|| protocol(here, &format!("unknown type \"{text}\"")))?,
        Some(_) => return Err(protocol(here, "the type annotation is not a text")),
    };
    Ok(match value_type {
        ValueType::String => Value::String(read_text(json, here)?),
        ValueType::Int32 => Value::Int32(read_int32(json, here)?),
        ValueType::Boolean => Value::Boolean(
            json.as_bool()
                .ok_or_else(|| protocol(here, "true or false was expected"))?,
        ),
        ValueType::Strings => Value::Strings(read_list(json, here, read_text)?),
        ValueType::Int32s => Value::Int32s(read_list(json, here, read_int32)?),
    })
}

fn infer(json: &Json, here: &dyn fmt::Display) -> Result<ValueType> {
    match json {
        Json::String(_) => Ok(ValueType::String),
        Json::Number(_) => Ok(ValueType::Int32),
        Json::Bool(_) => Ok(ValueType::Boolean),
        // Graph annotates every collection; its elements tell what a gateway that dropped the annotation meant.
        Json::Array(list) if list.first().is_some_and(Json::is_number) => Ok(ValueType::Int32s),
        Json::Array(_) => Ok(ValueType::Strings),
        Json::Null | Json::Object(_) => Err(protocol(here, "a value was expected")),
    }
}

/// The type an annotation names, such as `#Int32` or `#Collection(String)`, in any case and with or without `Edm.`.
pub fn parse_annotation(text: &str) -> Option<ValueType> {
    let bare = text
        .trim_start_matches('#')
        .to_ascii_lowercase()
        .replace("edm.", "");
    match bare.as_str() {
        "string" => Some(ValueType::String),
        "int32" => Some(ValueType::Int32),
        "boolean" => Some(ValueType::Boolean),
        "collection(string)" => Some(ValueType::Strings),
        "collection(int32)" => Some(ValueType::Int32s),
        _ => None,
    }
}

fn read_text(json: &Json, here: &dyn fmt::Display) -> Result<String> {
    json.as_str()
        .map(str::to_owned)
        .ok_or_else(|| protocol(here, "a text was expected"))
}

fn read_int32(json: &Json, here: &dyn fmt::Display) -> Result<i32> {
    json.as_i64()
        .and_then(|n| i32::try_from(n).ok())
        .ok_or_else(|| protocol(here, "an Int32 was expected"))
}

fn read_list<T>(
    json: &Json,
    here: &dyn fmt::Display,
    read: impl Fn(&Json, &dyn fmt::Display) -> Result<T>,
) -> Result<Vec<T>> {
    let list = json
        .as_array()
        .ok_or_else(|| protocol(here, "a list was expected"))?;
    list.iter()
        .enumerate()
        .map(|(i, element)| read(element, &format_args!("{here}[{i}]")))
        .collect()
}

/// Reads the nested table that people build for `Update-MgUser -CustomSecurityAttributes` today.
///
/// The per-set `@odata.type` may be missing or of either spelling. `null` and `[]` remove, as in Graph. `definitions` decide
/// names and types where they are given, else the values' own types do.
///
/// # Errors
///
/// [`ErrorCode::InvalidName`] and [`ErrorCode::InvalidValue`], naming the attribute; those of [`Definitions::find`] and
/// [`AttributeDefinition::check_assignable`](crate::definition::AttributeDefinition::check_assignable).
pub fn read_changes(json: &Json, definitions: Option<&Definitions>) -> Result<Changes> {
    let table = |json: &Json, what: &str| {
        match json {
        Json::Object(object) => Ok(object.clone()),
        _ => Err(Error::new(ErrorCode::InvalidValue, format!("{what} must be a table"))
            .hint("write @{ Engineering = @{ Project = 'Baker' } }, in JSON {\"Engineering\": {\"Project\": \"Baker\"}}")),
    }
    };
    let mut changes = Changes::default();
    for (set, object) in table(json, PROPERTY)? {
        if set.starts_with('@') {
            continue;
        }
        set.parse::<AttributeSetName>()?;
        let object = table(&object, &format!("attribute set \"{set}\""))?;
        for (attribute, value) in object.iter().filter(|(key, _)| is_attribute(key)) {
            let path = AttributePath::new(Some(&set), attribute)?;
            let definition = definitions.map(|all| all.find(&path)).transpose()?;
            let annotation = object.get(&format!("{attribute}{TYPE_KEY}"));
            let change = read_change(value, annotation, definition)
                .map_err(|error| error.attribute(&path))?;
            changes.insert(definition.map_or(path, AttributeDefinition::path), change)?;
        }
        // An annotation without its value is a misspelt name: sending the rest would lose a change.
        for key in object
            .keys()
            .filter(|key| key.ends_with(TYPE_KEY) && !key.starts_with('@'))
        {
            let attribute = key.trim_end_matches(TYPE_KEY);
            if !object.contains_key(attribute) {
                return Err(Error::new(
                    ErrorCode::InvalidValue,
                    format!("\"{key}\" annotates a value that is not given"),
                )
                .attribute(format!("{set}.{attribute}"))
                .hint("give the value too, spelled the same, or drop the annotation"));
            }
        }
    }
    Ok(changes)
}

fn read_change(
    json: &Json,
    annotation: Option<&Json>,
    definition: Option<&AttributeDefinition>,
) -> Result<Change> {
    let clear = match json {
        Json::Null => Some(Clear::Null),
        Json::Array(list) if list.is_empty() => Some(Clear::Empty),
        _ => None,
    };
    if let Some(clear) = clear {
        return Ok(Change::Clear(
            definition.map_or(clear, |definition| Clear::of(definition.value_type)),
        ));
    }
    let value_type = match annotation {
        None | Some(Json::Null) => None,
        Some(annotation) => {
            let known = annotation.as_str().and_then(parse_annotation);
            Some(known.ok_or_else(|| {
                Error::new(
                    ErrorCode::InvalidValue,
                    format!("unknown type annotation {annotation}"),
                )
                .hint("use #Int32, #Collection(String) or #Collection(Int32), or leave it out")
            })?)
        }
    };
    if value_type.is_some_and(ValueType::is_collection) && !json.is_array() {
        return Err(Error::new(
            ErrorCode::InvalidValue,
            "the annotation says a collection, and one value is given",
        )
        .hint("give a list, even of one element"));
    }
    AttributeDefinition::assignable(definition, json, value_type).map(Change::Set)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn joe() -> Json {
        json!({
            "Engineering": {
                "@odata.type": "#microsoft.graph.customSecurityAttributeValue",
                "Project@odata.type": "#Collection(String)", "Project": ["Baker", "Alpine"],
                "ProjectDate": "2024-11-15", "NumVendors": 8,
                "CostCenter@odata.type": "#Collection(Int32)", "CostCenter": [1001, 1003],
                "Certification": false
            },
            "Marketing": { "@odata.type": "#microsoft.graph.customSecurityAttributeValue", "EmployeeId": "GS45897" }
        })
    }

    #[test]
    fn the_how_to_s_answer_is_read_with_its_types() {
        let list = read(&joe()).unwrap().unwrap().to_list();
        insta::assert_json_snapshot!(list);
    }

    #[test]
    fn null_is_told_from_empty() {
        assert_eq!(read(&Json::Null).unwrap(), None);
        assert!(read(&json!({})).unwrap().unwrap().is_empty());
    }

    #[test]
    fn collections_and_numbers_carry_an_annotation_when_written() {
        let written = write_assignments(&read(&joe()).unwrap().unwrap());
        insta::assert_json_snapshot!(written);
    }

    #[test]
    fn texts_are_byte_faithful() {
        for text in [
            "2024-11-15",
            "2024-11-15T08:00:00+02:00",
            "007",
            "true",
            "6f9619ff-8b86-d011-b42d-00c04fc964ff",
            "e\u{301}\u{200f}😀",
        ] {
            let read = read(&json!({"A": {"B": text}})).unwrap().unwrap();
            assert_eq!(
                read.get(&"A.B".parse().unwrap()),
                Some(&Value::String(text.to_owned()))
            );
        }
    }

    #[test]
    fn a_bad_field_is_named_by_its_path() {
        let error = |json| read(&json).unwrap_err().to_string();
        insta::assert_snapshot!(error(json!([])), @"customSecurityAttributes: an object was expected");
        insta::assert_snapshot!(error(json!({"A": 1})), @"customSecurityAttributes.A: an object was expected");
        insta::assert_snapshot!(error(json!({"A": {"B": {}}})), @"customSecurityAttributes.A.B: a value was expected");
        insta::assert_snapshot!(error(json!({"A": {"B": 1.5}})), @"customSecurityAttributes.A.B: an Int32 was expected");
        insta::assert_snapshot!(error(json!({"A": {"B@odata.type": "#Collection(Int32)", "B": [1, "2"]}})),
            @"customSecurityAttributes.A.B[1]: an Int32 was expected");
        insta::assert_snapshot!(error(json!({"A": {"B@odata.type": "#Duration", "B": "P1D"}})),
            @r##"customSecurityAttributes.A.B: unknown type "#Duration""##);
    }

    #[test]
    fn a_runbook_s_table_is_taken_as_it_is() {
        let table = json!({
            "Engineering": {
                "@odata.type": "#Microsoft.DirectoryServices.CustomSecurityAttributeValue",
                "NumVendors@odata.type": "#Int32", "NumVendors": 4,
                "CostCenter@odata.type": "#Collection(Int32)", "CostCenter": [1001, 1003],
                "ProjectDate": null, "Project": []
            }
        });
        assert_eq!(write(&read_changes(&table, None).unwrap()), table);
    }

    #[test]
    fn mistakes_in_a_table_name_the_attribute() {
        let error = |json| read_changes(&json, None).unwrap_err().to_string();
        insta::assert_snapshot!(error(json!("x")), @"customSecurityAttributes must be a table");
        insta::assert_snapshot!(error(json!({"A": "{}"})), @r#"attribute set "A" must be a table"#);
        insta::assert_snapshot!(error(json!({"A b": {}})), @r#"attribute set name "A b" contains ' ', which names may not"#);
        insta::assert_snapshot!(error(json!({"A": {"B": {"C": 1}}})), @"A.B: a nested table or list can't be a value");
        insta::assert_snapshot!(error(json!({"A": {"B": ""}})), @"A.B: an empty text is not a value");
        insta::assert_snapshot!(error(json!({"A": {"B@odata.type": "#Collection(String)", "B": "x"}})),
            @"A.B: the annotation says a collection, and one value is given");
        insta::assert_snapshot!(error(json!({"A": {"B@odata.type": "#Int64", "B": 1}})),
            @r##"A.B: unknown type annotation "#Int64""##);
        insta::assert_snapshot!(error(json!({"A": {"Projcet@odata.type": "#Collection(String)", "Project": ["x"]}})),
            @r#"A.Projcet: "Projcet@odata.type" annotates a value that is not given"#);
    }

    fn any_json() -> impl Strategy<Value = Json> {
        let key = prop_oneof![
            Just("@odata.type".to_owned()),
            Just("B@odata.type".to_owned()),
            Just("B".to_owned()),
            ".*"
        ];
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<f64>().prop_map(Json::from),
            ".*".prop_map(Json::from),
            prop::sample::select(vec!["#Int32", "#Collection(String)", "#Collection(Int32)"])
                .prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 40, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
                prop::collection::vec((key.clone(), inner), 0..6)
                    .prop_map(|members| Json::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn arbitrary_json_is_read_or_refused_with_a_path(json in any_json()) {
            if let Err(error) = read(&json) {
                prop_assert_eq!(error.code(), ErrorCode::Protocol);
                prop_assert!(error.to_string().starts_with(PROPERTY));
            }
            let _ = read_changes(&json, None);
        }
    }
}
