//! `/directory/attributeSets` and `/directory/customSecurityAttributeDefinitions`.
//!
//! Source: <https://learn.microsoft.com/graph/api/resources/custom-security-attributes-overview>. Nothing here is ever deleted.

use csa_core::attribute::{AttributeName, AttributeSetName, MAX_VALUE_CHARS};
use csa_core::filter::{Field, Filter, Literal};
use serde::de::DeserializeOwned;
use serde_json::{json, Map, Value as Json};

use crate::call::{Call, Reply};
use crate::query;
use crate::store::{find_by_id, find_by_id_mut, AllowedValue, AttributeSet, Definition, Store};

const SETS: &str = "directory/attributeSets";
const DEFINITIONS: &str = "directory/customSecurityAttributeDefinitions";
const MAX_SETS: usize = 500;
const MAX_ACTIVE_DEFINITIONS: usize = 500;
const MAX_ALLOWED_VALUES: usize = 100;
const MAX_DESCRIPTION_CHARS: usize = 128;

fn entity(call: &Call, context: &str, item: &impl serde::Serialize, status: u16) -> Reply {
    let mut body = Map::new();
    body.insert(
        "@odata.context".into(),
        json!(format!("{}/$metadata#{context}/$entity", call.root)),
    );
    body.extend(object_of(item));
    Reply::ok(status, Json::Object(body))
}

fn object_of(item: &impl serde::Serialize) -> Map<String, Json> {
    json!(item).as_object().cloned().unwrap_or_default()
}

fn body_of<T: DeserializeOwned>(call: &Call) -> Result<T, Reply> {
    let object = call.object()?.clone();
    serde_json::from_value(Json::Object(object)).map_err(|error| {
        Reply::bad_request(format!("The request is malformed or incorrect: {error}."))
    })
}

fn check_description(description: Option<&str>) -> Result<(), Reply> {
    match description {
        Some(text) if MAX_DESCRIPTION_CHARS < text.chars().count() => {
            Err(Reply::bad_request("The description is too long."))
        }
        _ => Ok(()),
    }
}

// The changes of a PATCH, which may only name `mutable` properties.
fn changes<'a>(call: &'a Call, mutable: &[&str]) -> Result<&'a Map<String, Json>, Reply> {
    let object = call.object()?;
    match object
        .keys()
        .find(|key| !key.starts_with('@') && !mutable.contains(&key.as_str()))
    {
        Some(key) => Err(Reply::bad_request(format!(
            "Property '{key}' can't be updated."
        ))),
        None => Ok(object),
    }
}

pub(crate) fn list_sets(store: &Store, call: &Call) -> Result<Reply, Reply> {
    query::page(
        call,
        SETS,
        query::selected_members(call, store.sets.values().map(object_of).collect())?,
        false,
    )
}

pub(crate) fn get_set(store: &Store, call: &Call, id: &str) -> Result<Reply, Reply> {
    let set = find_by_id(&store.sets, id).ok_or_else(|| Reply::not_found(id))?;
    Ok(entity(call, SETS, set, 200))
}

pub(crate) fn create_set(store: &mut Store, call: &Call) -> Result<Reply, Reply> {
    let set: AttributeSet = body_of(call)?;
    set.id
        .parse::<AttributeSetName>()
        .map_err(|error| Reply::bad_request(error.to_string()))?;
    check_description(set.description.as_deref())?;
    if find_by_id(&store.sets, &set.id).is_some() {
        return Err(Reply::bad_request(format!(
            "AttributeSet {} already exists.",
            set.id
        )));
    }
    if MAX_SETS <= store.sets.len() {
        return Err(Reply::bad_request(format!(
            "A tenant can have at most {MAX_SETS} attribute sets."
        )));
    }
    let reply = entity(call, SETS, &set, 201);
    store.sets.insert(set.id.clone(), set);
    Ok(reply)
}

pub(crate) fn patch_set(store: &mut Store, call: &Call, id: &str) -> Result<Reply, Reply> {
    let set = find_by_id_mut(&mut store.sets, id).ok_or_else(|| Reply::not_found(id))?;
    let changes = changes(call, &["description", "maxAttributesPerSet"])?;
    let mut changed = object_of(set);
    changed.extend(changes.clone());
    let changed: AttributeSet = serde_json::from_value(Json::Object(changed))
        .map_err(|e| Reply::bad_request(e.to_string()))?;
    check_description(changed.description.as_deref())?;
    *set = changed;
    Ok(Reply::no_content())
}

pub(crate) fn list_definitions(store: &Store, call: &Call) -> Result<Reply, Reply> {
    let filter = match call.option("$filter").map(Filter::parse) {
        None => None,
        Some(Ok(filter)) if only_eq(&filter) => Some(filter),
        Some(_) => {
            return Err(Reply::unsupported_query(
                "Unsupported or invalid query filter clause.",
            ))
        }
    };
    let expand = expands_values(call)?;
    let items: Vec<_> = store
        .definitions
        .values()
        .filter(|definition| {
            filter
                .as_ref()
                .is_none_or(|filter| definition_matches(filter, &object_of(definition)))
        })
        .map(|definition| definition_object(definition, expand))
        .collect();
    query::page(
        call,
        DEFINITIONS,
        query::selected_members(call, items)?,
        false,
    )
}

// Definitions take `eq`, joined by `and`, and nothing else.
fn only_eq(filter: &Filter) -> bool {
    match filter {
        Filter::Eq(Field::Property(_), _) => true,
        Filter::And(clauses) => clauses.iter().all(only_eq),
        _ => false,
    }
}

fn definition_matches(filter: &Filter, definition: &Map<String, Json>) -> bool {
    match filter {
        Filter::And(clauses) => clauses
            .iter()
            .all(|clause| definition_matches(clause, definition)),
        Filter::Eq(Field::Property(name), literal) => match (definition.get(name), literal) {
            (Some(Json::String(value)), Literal::String(text)) => {
                value.to_lowercase() == text.to_lowercase()
            }
            (Some(Json::Bool(value)), Literal::Boolean(truth)) => value == truth,
            _ => false,
        },
        _ => false,
    }
}

fn expands_values(call: &Call) -> Result<bool, Reply> {
    match call.option("$expand") {
        None => Ok(false),
        Some("allowedValues") => Ok(true),
        Some(other) => Err(Reply::bad_request(format!(
            "Could not find a property named '{other}'."
        ))),
    }
}

fn definition_object(definition: &Definition, expand: bool) -> Map<String, Json> {
    let mut object = object_of(definition);
    if expand {
        object.insert("allowedValues".into(), json!(definition.allowed_values));
    }
    object
}

pub(crate) fn get_definition(store: &Store, call: &Call, id: &str) -> Result<Reply, Reply> {
    let definition = find_by_id(&store.definitions, id).ok_or_else(|| Reply::not_found(id))?;
    Ok(entity(
        call,
        DEFINITIONS,
        &definition_object(definition, expands_values(call)?),
        200,
    ))
}

pub(crate) fn create_definition(store: &mut Store, call: &Call) -> Result<Reply, Reply> {
    const REQUIRED: [&str; 7] = [
        "attributeSet",
        "name",
        "type",
        "isCollection",
        "isSearchable",
        "status",
        "usePreDefinedValuesOnly",
    ];
    let object = call.object()?;
    if let Some(missing) = REQUIRED.iter().find(|name| !object.contains_key(**name)) {
        return Err(Reply::bad_request(format!(
            "A value is required for property '{missing}'."
        )));
    }
    let mut definition: Definition = body_of(call)?;
    definition
        .name
        .parse::<AttributeName>()
        .map_err(|error| Reply::bad_request(error.to_string()))?;
    let Some(set) = store.sets.get(&definition.attribute_set) else {
        return Err(Reply::bad_request(format!(
            "AttributeSet {} does not exist.",
            definition.attribute_set
        )));
    };
    definition.id = format!("{}_{}", definition.attribute_set, definition.name);
    check_definition(&definition)?;
    if find_by_id(&store.definitions, &definition.id).is_some() {
        return Err(Reply::bad_request(format!(
            "Custom security attribute definition {} already exists.",
            definition.id
        )));
    }
    let active = |d: &&Definition| d.status == "Available";
    let in_set = store
        .definitions
        .values()
        .filter(active)
        .filter(|d| d.attribute_set == set.id)
        .count();
    if set
        .max_attributes_per_set
        .is_some_and(|max| usize::try_from(max).is_ok_and(|max| max <= in_set))
    {
        return Err(Reply::bad_request(format!(
            "AttributeSet {} is full.",
            set.id
        )));
    }
    check_active_count(store)?;
    let reply = entity(call, DEFINITIONS, &definition, 201);
    store.definitions.insert(definition.id.clone(), definition);
    Ok(reply)
}

fn check_active_count(store: &Store) -> Result<(), Reply> {
    if store
        .definitions
        .values()
        .filter(|d| d.status == "Available")
        .count()
        < MAX_ACTIVE_DEFINITIONS
    {
        return Ok(());
    }
    Err(Reply::bad_request(format!(
        "A tenant can have at most {MAX_ACTIVE_DEFINITIONS} active attribute definitions."
    )))
}

fn check_definition(definition: &Definition) -> Result<(), Reply> {
    let refuse = |reason: &str| Err(Reply::bad_request(reason));
    check_description(definition.description.as_deref())?;
    if !["String", "Integer", "Boolean"].contains(&definition.value_type.as_str()) {
        return refuse("The type must be String, Integer or Boolean.");
    }
    if !["Available", "Deprecated"].contains(&definition.status.as_str()) {
        return refuse("The status must be Available or Deprecated.");
    }
    let predefined =
        definition.use_pre_defined_values_only || !definition.allowed_values.is_empty();
    if definition.value_type == "Boolean" && (definition.is_collection || predefined) {
        return refuse("A Boolean attribute can't be a collection or have predefined values.");
    }
    if MAX_ALLOWED_VALUES < definition.allowed_values.len() {
        return refuse("Too many predefined values.");
    }
    definition
        .allowed_values
        .iter()
        .try_for_each(|value| check_allowed_value(definition, &value.id))
}

fn check_allowed_value(definition: &Definition, id: &str) -> Result<(), Reply> {
    let chars = id.chars().count();
    let fits = match definition.value_type.as_str() {
        "Integer" => id.parse::<i32>().is_ok(),
        "Boolean" => false,
        _ => (1..=MAX_VALUE_CHARS).contains(&chars),
    };
    fits.then_some(())
        .ok_or_else(|| Reply::bad_request(format!("'{id}' is not a value of {}.", definition.id)))
}

pub(crate) fn patch_definition(store: &mut Store, call: &Call, id: &str) -> Result<Reply, Reply> {
    // The delta form for allowed values is documented, and has been seen to fail with 400: the child paths are the way.
    let changes = changes(call, &["description", "status", "usePreDefinedValuesOnly"])?.clone();
    let before = find_by_id(&store.definitions, id).ok_or_else(|| Reply::not_found(id))?;
    let mut changed = object_of(before);
    changed.extend(changes);
    let mut changed: Definition = serde_json::from_value(Json::Object(changed))
        .map_err(|e| Reply::bad_request(e.to_string()))?;
    changed.allowed_values.clone_from(&before.allowed_values);
    if !before.use_pre_defined_values_only && changed.use_pre_defined_values_only {
        return Err(Reply::bad_request(
            "usePreDefinedValuesOnly can't be changed from false to true.",
        ));
    }
    check_definition(&changed)?;
    if before.status == "Deprecated" && changed.status == "Available" {
        check_active_count(store)?;
    }
    store.definitions.insert(changed.id.clone(), changed);
    Ok(Reply::no_content())
}

fn values_context(definition: &Definition) -> String {
    format!("{DEFINITIONS}('{}')/allowedValues", definition.id)
}

pub(crate) fn list_values(store: &Store, call: &Call, id: &str) -> Result<Reply, Reply> {
    let definition = find_by_id(&store.definitions, id).ok_or_else(|| Reply::not_found(id))?;
    query::page(
        call,
        &values_context(definition),
        definition.allowed_values.iter().map(object_of).collect(),
        false,
    )
}

pub(crate) fn get_value(store: &Store, call: &Call, id: &str, value: &str) -> Result<Reply, Reply> {
    let definition = find_by_id(&store.definitions, id).ok_or_else(|| Reply::not_found(id))?;
    let found = definition
        .allowed_values
        .iter()
        .find(|v| v.id == value)
        .ok_or_else(|| Reply::not_found(value))?;
    Ok(entity(call, &values_context(definition), found, 200))
}

pub(crate) fn create_value(store: &mut Store, call: &Call, id: &str) -> Result<Reply, Reply> {
    // A body in the parent's delta form is answered so (Microsoft365DSC issue 7191).
    if call.object()?.contains_key("allowedValues@delta") {
        return Err(Reply::error(
            500,
            "Service_InternalServerError",
            "Encountered an internal server error.",
        ));
    }
    let value: AllowedValue = body_of(call)?;
    let definition =
        find_by_id_mut(&mut store.definitions, id).ok_or_else(|| Reply::not_found(id))?;
    check_allowed_value(definition, &value.id)?;
    if definition.allowed_values.iter().any(|v| v.id == value.id) {
        return Err(Reply::bad_request(format!(
            "Allowed value '{}' already exists.",
            value.id
        )));
    }
    if MAX_ALLOWED_VALUES <= definition.allowed_values.len() {
        return Err(Reply::bad_request(format!(
            "A definition can have at most {MAX_ALLOWED_VALUES} predefined values."
        )));
    }
    let reply = entity(call, &values_context(definition), &value, 201);
    definition.allowed_values.push(value);
    Ok(reply)
}

pub(crate) fn patch_value(
    store: &mut Store,
    call: &Call,
    id: &str,
    value: &str,
) -> Result<Reply, Reply> {
    let changes = changes(call, &["isActive"])?.clone();
    let definition =
        find_by_id_mut(&mut store.definitions, id).ok_or_else(|| Reply::not_found(id))?;
    let found = definition
        .allowed_values
        .iter_mut()
        .find(|v| v.id == value)
        .ok_or_else(|| Reply::not_found(value))?;
    match changes.get("isActive") {
        Some(Json::Bool(is_active)) => found.is_active = *is_active,
        _ => return Err(Reply::bad_request("isActive must be true or false.")),
    }
    Ok(Reply::no_content())
}
