//! PATCH of `customSecurityAttributes`: what is merged, what is refused.
//!
//! Source: <https://learn.microsoft.com/graph/custom-security-attributes-examples>; the texts of errors are those seen in
//! issues of Graph's clients where there are any.

use csa_core::attribute::{MAX_VALUES_PER_OBJECT, MAX_VALUE_CHARS};
use serde_json::{Map, Value as Json};

use crate::access::Access;
use crate::call::Reply;
use crate::store::{Definition, Object, Store, Values};

const TYPE_KEY: &str = "@odata.type";
const SET_TYPES: [&str; 2] = [
    "#Microsoft.DirectoryServices.CustomSecurityAttributeValue",
    "#microsoft.graph.customSecurityAttributeValue",
];

/// The values of an object after a PATCH; with an error, also what a service that is not atomic would have kept.
pub(crate) fn merged(
    store: &Store,
    access: &Access,
    held: &Values,
    patch: &Json,
) -> Result<Values, (Reply, Values)> {
    let mut values = held.clone();
    match merge(store, access, &mut values, patch) {
        Ok(()) => {
            if store.quirks.empty_sets_vanish {
                values.retain(|_, attributes| !attributes.is_empty());
            }
            Ok(values)
        }
        Err(reply) => Err((reply, values)),
    }
}

fn merge(store: &Store, access: &Access, values: &mut Values, patch: &Json) -> Result<(), Reply> {
    let Some(sets) = patch.as_object() else {
        return Err(invalid_property("customSecurityAttributes"));
    };
    for (set, patch) in sets.iter().filter(|(key, _)| !key.starts_with('@')) {
        if !access.writes_assignments_of(set) {
            return Err(Reply::forbidden());
        }
        let attributes = match patch {
            Json::String(_) if store.quirks.text_for_set_is_ignored => continue,
            Json::Null if store.quirks.null_clears_set => {
                values.shift_remove(set);
                continue;
            }
            Json::Object(object) if has_set_type(object) => object,
            _ => return Err(invalid_property(set)),
        };
        if !store.has_set(set) {
            return Err(Reply::bad_request(format!(
                "AttributeSet {set} does not exist."
            )));
        }
        let is_attribute = |key: &str| !key.starts_with('@') && !key.ends_with(TYPE_KEY);
        for (attribute, value) in attributes.iter().filter(|(key, _)| is_attribute(key)) {
            let Some(definition) = store.definition(set, attribute) else {
                return Err(Reply::bad_request(
                    "Custom Security attributes not found on tenant.",
                ));
            };
            let annotation = attributes
                .get(&format!("{attribute}{TYPE_KEY}"))
                .and_then(Json::as_str);
            match accepted(store, definition, annotation, value)? {
                Some(value) => {
                    let set = values.entry(definition.attribute_set.clone()).or_default();
                    set.insert(definition.name.clone(), value);
                }
                None => {
                    if let Some(set) = values.get_mut(&definition.attribute_set) {
                        set.shift_remove(&definition.name);
                    }
                }
            }
        }
    }
    if MAX_VALUES_PER_OBJECT < Object::count(values) {
        return Err(Reply::bad_request(format!(
            "An object can have at most {MAX_VALUES_PER_OBJECT} custom security attribute values."
        )));
    }
    Ok(())
}

fn has_set_type(object: &Map<String, Json>) -> bool {
    let set_type = object.get(TYPE_KEY).and_then(Json::as_str);
    set_type.is_some_and(|t| SET_TYPES.iter().any(|known| known.eq_ignore_ascii_case(t)))
}

fn invalid_property(name: &str) -> Reply {
    Reply::bad_request(format!("Invalid property '{name}'."))
}

// The value to store, or `None` to clear.
fn accepted(
    store: &Store,
    definition: &Definition,
    annotation: Option<&str>,
    value: &Json,
) -> Result<Option<Json>, Reply> {
    let refuse = |reason: &str, value: &Json| {
        let shown = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        Reply::bad_request(format!(
            "'{reason}'. ParameterName: '{}' ParameterValue: '{shown}'.",
            definition.id
        ))
    };
    if value.is_null() {
        if definition.is_collection && !store.quirks.null_clears_collection {
            return Err(refuse(
                "Collection of values expected for attribute.",
                value,
            ));
        }
        return Ok(None);
    }
    check_annotation(store, definition, annotation, value)
        .map_err(|reason| refuse(reason, value))?;
    let mut elements = match (value, definition.is_collection) {
        (Json::Array(list), true) => list.clone(),
        (_, true) => {
            return Err(refuse(
                "Collection of values expected for attribute.",
                value,
            ))
        }
        (Json::Array(_), false) => {
            return Err(refuse(
                "Non empty string value expected for attribute.",
                value,
            ))
        }
        (single, false) => vec![single.clone()],
    };
    if elements.is_empty() {
        return Ok(None);
    }
    for element in &elements {
        check_element(definition, element).map_err(|reason| refuse(reason, element))?;
    }
    if store.quirks.deprecated_refuses_values && definition.status == "Deprecated" {
        return Err(refuse("The attribute is deactivated.", value));
    }
    if store.quirks.drop_duplicates {
        let all = std::mem::take(&mut elements);
        for element in all {
            if !elements.contains(&element) {
                elements.push(element);
            }
        }
    }
    Ok(Some(if definition.is_collection {
        Json::Array(elements)
    } else {
        elements.swap_remove(0)
    }))
}

fn check_annotation(
    store: &Store,
    definition: &Definition,
    annotation: Option<&str>,
    value: &Json,
) -> Result<(), &'static str> {
    let element = match definition.value_type.as_str() {
        "Integer" => "Int32",
        other => other,
    };
    let expected = if definition.is_collection {
        format!("#Collection({element})")
    } else {
        format!("#{element}")
    };
    match annotation {
        Some(given) if given.eq_ignore_ascii_case(&expected) => Ok(()),
        Some(_) => Err("The type annotation does not match the attribute."),
        None if definition.is_collection
            && value.as_array().is_some_and(|list| !list.is_empty()) =>
        {
            store
                .quirks
                .missing_collection_annotation
                .then_some(())
                .ok_or("A collection needs its type annotation.")
        }
        None if element == "Int32" && value.is_number() => store
            .quirks
            .missing_int32_annotation
            .then_some(())
            .ok_or("A number needs its type annotation."),
        None => Ok(()),
    }
}

fn check_element(definition: &Definition, element: &Json) -> Result<(), &'static str> {
    match (definition.value_type.as_str(), element) {
        ("String", Json::String(text)) if text.is_empty() => {
            return Err("Non empty string value expected for attribute.")
        }
        ("String", Json::String(text)) if MAX_VALUE_CHARS < text.chars().count() => {
            return Err("The value is too long.")
        }
        ("String", Json::String(_)) | ("Boolean", Json::Bool(_)) => {}
        ("Integer", Json::Number(number))
            if number.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) => {}
        ("String", _) => return Err("Non empty string value expected for attribute."),
        ("Integer", _) => return Err("Integer value expected for attribute."),
        _ => return Err("Boolean value expected for attribute."),
    }
    let id = element
        .as_str()
        .map_or_else(|| element.to_string(), str::to_owned);
    // An inactive value is answered like one that was never defined.
    let allowed = definition
        .allowed_values
        .iter()
        .any(|v| v.id == id && v.is_active);
    if definition.use_pre_defined_values_only && !allowed {
        return Err("The value is not a predefined value of the attribute.");
    }
    Ok(())
}
