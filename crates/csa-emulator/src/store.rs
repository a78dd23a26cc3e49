//! The tenant: definitions and the objects that carry attributes.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{json, Map, Value as Json};

use crate::access::Tokens;
use crate::faults::Fault;
use crate::hostility::Hostile;
use crate::quirks::Quirks;
use crate::record::Record;
use crate::usage::Usage;

/// Values by set and attribute; JSON without annotations.
pub(crate) type Values = IndexMap<String, IndexMap<String, Json>>;

/// Everything the emulator holds.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) sets: IndexMap<String, AttributeSet>,
    /// By id, `Engineering_Project`.
    pub(crate) definitions: IndexMap<String, Definition>,
    pub(crate) users: Objects,
    pub(crate) service_principals: Objects,
    pub(crate) quirks: Quirks,
    pub(crate) tokens: Tokens,
    pub(crate) faults: Vec<Fault>,
    pub(crate) hostile: Option<Hostile>,
    pub(crate) record: Record,
    pub(crate) usage: Usage,
    #[cfg(feature = "sign-in")]
    pub(crate) issuer: Option<crate::sign_in::Issuer>,
}

impl Store {
    pub(crate) fn objects(&self, collection: &str) -> &Objects {
        if collection == "users" {
            &self.users
        } else {
            &self.service_principals
        }
    }

    pub(crate) fn objects_mut(&mut self, collection: &str) -> &mut Objects {
        if collection == "users" {
            &mut self.users
        } else {
            &mut self.service_principals
        }
    }

    /// Whether only tokens of the emulator's own sign-in are taken.
    pub(crate) fn has_sign_in(&self) -> bool {
        #[cfg(feature = "sign-in")]
        return self.issuer.is_some();
        #[cfg(not(feature = "sign-in"))]
        false
    }

    /// The definition that an assignment or a filter names.
    pub(crate) fn definition(&self, set: &str, attribute: &str) -> Option<&Definition> {
        let same = |a: &str, b: &str| {
            if self.quirks.case_sensitive_names {
                a == b
            } else {
                a.to_lowercase() == b.to_lowercase()
            }
        };
        self.definitions
            .values()
            .find(|d| same(&d.attribute_set, set) && same(&d.name, attribute))
    }

    pub(crate) fn has_set(&self, set: &str) -> bool {
        self.sets.contains_key(set)
            || (!self.quirks.case_sensitive_names && find_by_id(&self.sets, set).is_some())
    }
}

/// Finds by id without regard to case, as a GET by id does.
pub(crate) fn find_by_id<'a, T>(map: &'a IndexMap<String, T>, id: &str) -> Option<&'a T> {
    let id = id.to_lowercase();
    map.iter()
        .find(|(key, _)| key.to_lowercase() == id)
        .map(|(_, item)| item)
}

/// The same, to change it.
pub(crate) fn find_by_id_mut<'a, T>(
    map: &'a mut IndexMap<String, T>,
    id: &str,
) -> Option<&'a mut T> {
    let id = id.to_lowercase();
    map.iter_mut()
        .find(|(key, _)| key.to_lowercase() == id)
        .map(|(_, item)| item)
}

/// Source: <https://learn.microsoft.com/graph/api/resources/attributeset>
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttributeSet {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) max_attributes_per_set: Option<i32>,
}

/// Source: <https://learn.microsoft.com/graph/api/resources/customsecurityattributedefinition>
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Definition {
    #[serde(default)]
    pub(crate) id: String,
    pub(crate) attribute_set: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(rename = "type")]
    pub(crate) value_type: String,
    #[serde(default)]
    pub(crate) is_collection: bool,
    #[serde(default = "yes")]
    pub(crate) is_searchable: bool,
    #[serde(default = "available")]
    pub(crate) status: String,
    #[serde(default)]
    pub(crate) use_pre_defined_values_only: bool,
    #[serde(default, skip_serializing)]
    pub(crate) allowed_values: Vec<AllowedValue>,
}

fn yes() -> bool {
    true
}

fn available() -> String {
    "Available".to_owned()
}

/// Source: <https://learn.microsoft.com/graph/api/resources/allowedvalue>
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AllowedValue {
    pub(crate) id: String,
    #[serde(default = "yes")]
    pub(crate) is_active: bool,
}

/// Users or service principals, in order of creation, found by id and by their second key (UPN, app id).
#[derive(Debug, Default)]
pub(crate) struct Objects {
    list: Vec<Object>,
    by_key: HashMap<String, usize>,
}

impl Objects {
    /// Adds an object; `false` if its id, UPN or app id is taken.
    pub(crate) fn add(&mut self, object: Object) -> bool {
        let keys: Vec<_> = ["id", "userPrincipalName", "appId"]
            .iter()
            .filter_map(|name| object.text(name))
            .map(str::to_lowercase)
            .collect();
        if keys.iter().any(|key| self.by_key.contains_key(key)) {
            return false;
        }
        for key in keys {
            self.by_key.insert(key, self.list.len());
        }
        self.list.push(object);
        true
    }

    pub(crate) fn find(&self, key: &str) -> Option<&Object> {
        self.by_key
            .get(&key.to_lowercase())
            .map(|&index| &self.list[index])
    }

    pub(crate) fn find_mut(&mut self, key: &str) -> Option<&mut Object> {
        self.by_key
            .get(&key.to_lowercase())
            .map(|&index| &mut self.list[index])
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Object> {
        self.list.iter()
    }
}

/// A user or a service principal.
#[derive(Debug, Default)]
pub(crate) struct Object {
    pub(crate) properties: Map<String, Json>,
    values: Values,
    // What readers still see, since when: replicas catch up late.
    before: Option<(Instant, Values)>,
}

impl Object {
    pub(crate) fn new(properties: Map<String, Json>, values: Values) -> Self {
        Self {
            properties,
            values,
            before: None,
        }
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.properties.get(name)?.as_str()
    }

    /// What is assigned, at once.
    pub(crate) fn values(&self) -> &Values {
        &self.values
    }

    /// What a reader sees who is `delay_ms` behind.
    pub(crate) fn values_seen(&self, delay_ms: u64) -> &Values {
        match &self.before {
            Some((since, values)) if since.elapsed() < Duration::from_millis(delay_ms) => values,
            _ => &self.values,
        }
    }

    pub(crate) fn set_values(&mut self, values: Values) {
        let before = std::mem::replace(&mut self.values, values);
        self.before = Some((Instant::now(), before));
    }

    /// How many of the 50 values are used.
    pub(crate) fn count(values: &Values) -> usize {
        values
            .values()
            .flat_map(IndexMap::values)
            .map(|v| v.as_array().map_or(1, Vec::len))
            .sum()
    }
}

/// The attributes as Graph answers them: annotated collections, bare numbers, `null` for nothing to see.
pub(crate) fn values_json(values: &Values, visible: impl Fn(&str) -> bool) -> Json {
    let sets: Map<_, _> = values
        .iter()
        .filter(|(set, _)| visible(set))
        .map(|(set, attributes)| {
            let mut object = Map::new();
            object.insert(
                "@odata.type".to_owned(),
                json!("#microsoft.graph.customSecurityAttributeValue"),
            );
            for (attribute, value) in attributes {
                if let Some(list) = value.as_array() {
                    let element = if list.first().is_some_and(Json::is_number) {
                        "Int32"
                    } else {
                        "String"
                    };
                    object.insert(
                        format!("{attribute}@odata.type"),
                        json!(format!("#Collection({element})")),
                    );
                }
                object.insert(attribute.clone(), value.clone());
            }
            (set.clone(), Json::Object(object))
        })
        .collect();
    if sets.is_empty() {
        Json::Null
    } else {
        Json::Object(sets)
    }
}
