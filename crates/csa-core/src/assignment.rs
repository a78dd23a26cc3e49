//! What a target holds ([`Assignments`]) and what shall change ([`Changes`]), grouped by attribute set.

use indexmap::IndexMap;
use serde::Serialize;

use crate::attribute::{
    AttributeName, AttributePath, AttributeSetName, Value, ValueType, MAX_VALUES_PER_OBJECT,
};
use crate::error::{Error, ErrorCode, Result};

/// Something for each of several attributes, in the order given, found without regard to case.
#[derive(Clone, Debug, PartialEq)]
pub struct ByAttribute<T>(IndexMap<AttributeSetName, IndexMap<AttributeName, T>>);

/// The values a target holds.
pub type Assignments = ByAttribute<Value>;

/// What one request changes; attributes not named keep what they have.
pub type Changes = ByAttribute<Change>;

/// One value of one attribute, as it is told to people.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    /// The attribute set.
    pub attribute_set: AttributeSetName,
    /// The attribute within the set.
    pub attribute: AttributeName,
    /// The type of the value.
    #[serde(rename = "type")]
    pub value_type: ValueType,
    /// The value.
    pub value: Value,
}

/// What happens to one attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The value replaces what is there, the whole collection too.
    Set(Value),
    /// Nothing stays assigned.
    Clear(Clear),
}

/// How an assignment is taken away: the service wants another form for collections.
///
/// Source: <https://learn.microsoft.com/graph/custom-security-attributes-examples>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clear {
    /// `null`, for a single value.
    Null,
    /// `[]`, for a collection.
    Empty,
}

impl Clear {
    /// The form that fits an attribute of `value_type`.
    pub fn of(value_type: ValueType) -> Self {
        if value_type.is_collection() {
            Self::Empty
        } else {
            Self::Null
        }
    }
}

impl<T> Default for ByAttribute<T> {
    fn default() -> Self {
        Self(IndexMap::new())
    }
}

impl<T> ByAttribute<T> {
    /// Adds one attribute.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidName`] if the attribute is there already, in whatever case.
    pub fn insert(&mut self, path: AttributePath, item: T) -> Result<()> {
        if self.get(&path).is_some() {
            return Err(Error::new(ErrorCode::InvalidName, "the attribute is given twice")
                .attribute(path)
                .hint("give each attribute once; names that differ only in case are the same attribute"));
        }
        self.put(path, item);
        Ok(())
    }

    /// Puts one attribute, in place of what is there for it.
    pub fn put(&mut self, path: AttributePath, item: T) {
        self.0
            .entry(path.set)
            .or_default()
            .insert(path.attribute, item);
    }

    /// What is there for an attribute.
    pub fn get(&self, path: &AttributePath) -> Option<&T> {
        self.0.get(&path.set)?.get(&path.attribute)
    }

    /// Whether anything is there for an attribute set.
    pub fn has_set(&self, set: &AttributeSetName) -> bool {
        self.0.contains_key(set)
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The sets with their attributes, in order.
    pub fn sets(&self) -> impl Iterator<Item = (&AttributeSetName, &IndexMap<AttributeName, T>)> {
        self.0.iter()
    }

    /// The attributes, in order.
    pub fn iter(&self) -> impl Iterator<Item = (AttributePath, &T)> {
        self.0.iter().flat_map(|(set, attributes)| {
            attributes.iter().map(|(attribute, item)| {
                (
                    AttributePath {
                        set: set.clone(),
                        attribute: attribute.clone(),
                    },
                    item,
                )
            })
        })
    }
}

impl Assignments {
    /// One [`Assignment`] an attribute, in order.
    pub fn to_list(&self) -> Vec<Assignment> {
        self.iter()
            .map(|(path, value)| Assignment {
                attribute_set: path.set,
                attribute: path.attribute,
                value_type: value.value_type(),
                value: value.clone(),
            })
            .collect()
    }

    /// Those whose attribute passes `keep`.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&AttributePath) -> bool) -> Self {
        let mut kept = Self::default();
        for (path, value) in self.iter().filter(|(path, _)| keep(path)) {
            kept.put(path, value.clone());
        }
        kept
    }
}

impl Changes {
    /// Those that a target which holds `held` does not have already. Whether an attribute without a value counts as cleared is
    /// for the caller to say: it may be that the value can't be seen.
    #[must_use]
    pub fn differing(&self, held: &Assignments, absent_is_cleared: bool) -> Self {
        let mut differing = Self::default();
        for (path, change) in self.iter() {
            let is_so = match (change, held.get(&path)) {
                (Change::Set(value), Some(held)) => value.is_same(held),
                (Change::Clear(_), None) => absent_is_cleared,
                (Change::Set(_), None) | (Change::Clear(_), Some(_)) => false,
            };
            if !is_so {
                differing.put(path, change.clone());
            }
        }
        differing
    }

    /// Checks what one request alone may not exceed: 50 values for the object.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::LimitExceeded`].
    ///
    /// Source: <https://learn.microsoft.com/entra/fundamentals/custom-security-attributes-overview#limits-and-constraints>
    pub fn check(&self) -> Result<()> {
        let count = |change: &Change| match change {
            Change::Set(value) => value.count(),
            Change::Clear(_) => 0,
        };
        let total: usize = self.iter().map(|(_, change)| count(change)).sum();
        if total <= MAX_VALUES_PER_OBJECT {
            return Ok(());
        }
        let error = Error::new(
            ErrorCode::LimitExceeded,
            format!("{total} values in one request, an object can hold {MAX_VALUES_PER_OBJECT}"),
        )
        .hint("assign fewer values; each element of a collection counts as one");
        Err(
            match self
                .iter()
                .find(|(_, change)| MAX_VALUES_PER_OBJECT < count(change))
            {
                Some((path, _)) => error.attribute(path),
                None => error,
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_already_does_not_differ() {
        let path = |text: &str| text.parse::<AttributePath>().unwrap();
        let texts = |list: &[&str]| Value::Strings(list.iter().map(|t| (*t).to_owned()).collect());
        let mut held = Assignments::default();
        held.put(path("A.List"), texts(&["a", "b"]));
        held.put(path("A.Number"), Value::Int32(4));
        let mut wanted = Changes::default();
        wanted.put(path("A.List"), Change::Set(texts(&["b", "a"])));
        wanted.put(path("a.number"), Change::Set(Value::Int32(4)));
        wanted.put(path("A.Gone"), Change::Clear(Clear::Null));
        assert!(wanted.differing(&held, true).is_empty());
        assert_eq!(wanted.differing(&held, false).iter().count(), 1);
        wanted.put(path("A.Number"), Change::Set(Value::Int32(5)));
        wanted.put(path("A.List"), Change::Clear(Clear::Empty));
        assert_eq!(wanted.differing(&held, true).iter().count(), 2);
    }

    #[test]
    fn an_attribute_given_twice_is_refused() {
        let mut changes = Changes::default();
        changes
            .insert(
                "Engineering.Project".parse().unwrap(),
                Change::Clear(Clear::Empty),
            )
            .unwrap();
        let error = changes
            .insert(
                "engineering.project".parse().unwrap(),
                Change::Clear(Clear::Null),
            )
            .unwrap_err();
        insta::assert_snapshot!(error, @"engineering.project: the attribute is given twice");
    }

    #[test]
    fn more_than_fifty_values_in_one_request_are_refused() {
        let mut changes = Changes::default();
        changes
            .insert(
                "A.One".parse().unwrap(),
                Change::Set(Value::Int32s((0..50).collect())),
            )
            .unwrap();
        assert!(changes.check().is_ok());
        changes
            .insert("A.Two".parse().unwrap(), Change::Set(Value::Boolean(true)))
            .unwrap();
        insta::assert_snapshot!(changes.check().unwrap_err(), @"51 values in one request, an object can hold 50");
    }
}
