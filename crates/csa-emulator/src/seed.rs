//! What a tenant starts with.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{json, Map, Value as Json};

use crate::access::Tokens;
use crate::quirks::Quirks;
use crate::store::{AttributeSet, Definition, Object, Store, Values};

const HOWTO: &str = include_str!("../seeds/howto.json");

/// A tenant as JSON: `attributeSets`, `definitions` (with `allowedValues`), `users` and `servicePrincipals` (with
/// `customSecurityAttributes` as in Graph), `population` (so many users more, see [`Seed::populated`]), `tokens`, `quirks`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Seed {
    attribute_sets: Vec<AttributeSet>,
    definitions: Vec<Definition>,
    users: Vec<Map<String, Json>>,
    service_principals: Vec<Map<String, Json>>,
    population: u32,
    tokens: Tokens,
    /// Undocumented behaviour.
    pub quirks: Quirks,
}

impl Seed {
    /// The people, sets and definitions of Microsoft's how-to, with enough others that its counts come out.
    ///
    /// Source: <https://learn.microsoft.com/entra/identity/users/users-custom-security-attributes>
    ///
    /// # Panics
    ///
    /// Never: the seed is part of this crate and tested.
    pub fn howto() -> Self {
        Self::parse(HOWTO).unwrap_or_else(|error| panic!("seeds/howto.json: {error}"))
    }

    /// Reads a tenant from JSON.
    ///
    /// # Errors
    ///
    /// A sentence that says where the JSON is wrong.
    pub fn parse(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    /// The same tenant with `count` users more: `user0000001@contoso.com` and so on, whose ids end in their number. Each holds
    /// `Engineering.NumVendors`, the last two digits of the number.
    #[must_use]
    pub fn populated(mut self, count: u32) -> Self {
        self.population = count;
        self
    }

    pub(crate) fn into_store(self) -> Result<Store, String> {
        let mut store = Store {
            quirks: self.quirks,
            tokens: self.tokens,
            ..Store::default()
        };
        for set in self.attribute_sets {
            store.sets.insert(set.id.clone(), set);
        }
        for mut definition in self.definitions {
            definition.id = format!("{}_{}", definition.attribute_set, definition.name);
            if !store.sets.contains_key(&definition.attribute_set) {
                return Err(format!(
                    "definition {}: there is no attribute set \"{}\"",
                    definition.id, definition.attribute_set
                ));
            }
            store.definitions.insert(definition.id.clone(), definition);
        }
        for (collection, objects) in [
            ("users", self.users),
            ("servicePrincipals", self.service_principals),
        ] {
            for mut properties in objects {
                let values = match properties.remove("customSecurityAttributes") {
                    None | Some(Json::Null) => Values::default(),
                    Some(json) => values_of(&json)?,
                };
                let name = properties.get("displayName").cloned().unwrap_or_default();
                if !properties.get("id").is_some_and(Json::is_string) {
                    return Err(format!("{collection}: {name} has no id"));
                }
                if !store
                    .objects_mut(collection)
                    .add(Object::new(properties, values))
                {
                    return Err(format!(
                        "{collection}: {name} has an id, UPN or app id that another object has"
                    ));
                }
            }
        }
        for number in 1..=self.population {
            let user = Map::from_iter([
                (
                    "id".to_owned(),
                    json!(format!("00000000-0000-4000-8000-{number:012}")),
                ),
                ("displayName".to_owned(), json!(format!("User {number}"))),
                (
                    "userPrincipalName".to_owned(),
                    json!(format!("user{number:07}@contoso.com")),
                ),
            ]);
            let values = Values::from_iter([(
                "Engineering".to_owned(),
                IndexMap::from_iter([("NumVendors".to_owned(), json!(number % 100))]),
            )]);
            if !store.users.add(Object::new(user, values)) {
                return Err(format!("population: user {number} is in the seed already"));
            }
        }
        Ok(store)
    }
}

fn values_of(json: &Json) -> Result<Values, String> {
    let object = |json: &Json| {
        json.as_object()
            .cloned()
            .ok_or("customSecurityAttributes must be a table of tables")
    };
    let mut values = Values::default();
    for (set, attributes) in object(json)? {
        let attributes = object(&attributes)?
            .into_iter()
            .filter(|(key, _)| !key.contains('@'))
            .collect();
        values.insert(set, attributes);
    }
    Ok(values)
}
