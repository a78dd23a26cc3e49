//! Finding the definition that a person means.

use std::collections::HashMap;

use super::{AttributeDefinition, AttributeSet, Status};
use crate::attribute::{AttributeName, AttributePath, AttributeSetName};
use crate::error::{Error, ErrorCode, Result};

// More guesses than this help nobody.
const MAX_SUGGESTIONS: usize = 3;

/// The definitions of a tenant, found by name without regard to case.
#[derive(Debug, Default)]
pub struct Definitions {
    list: Vec<AttributeDefinition>,
    // By full name in lower case. Names that differ only in case may share one.
    by_name: HashMap<String, Vec<usize>>,
}

fn key(path: &AttributePath) -> String {
    path.to_string().to_lowercase()
}

impl Definitions {
    /// The definitions of `list`.
    pub fn new(list: Vec<AttributeDefinition>) -> Self {
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, definition) in list.iter().enumerate() {
            by_name.entry(key(&definition.path())).or_default().push(i);
        }
        Self { list, by_name }
    }

    /// All of them, in the order of the service.
    pub fn iter(&self) -> impl Iterator<Item = &AttributeDefinition> {
        self.list.iter()
    }

    /// How many can be assigned: deprecated ones do not count against the tenant's limit.
    pub fn active(&self) -> usize {
        self.iter()
            .filter(|definition| definition.status == Status::Available)
            .count()
    }

    /// The definition of `path`, in whatever case it is written.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::UnknownAttribute`], with the names that are closest; [`ErrorCode::InvalidName`] if several differ only in
    /// case and none is written exactly so.
    pub fn find(&self, path: &AttributePath) -> Result<&AttributeDefinition> {
        let found = self.by_name.get(&key(path)).map_or(&[][..], Vec::as_slice);
        let exact = |&&i: &&usize| {
            let definition = &self.list[i];
            definition.attribute_set.as_str() == path.set.as_str()
                && definition.attribute.as_str() == path.attribute.as_str()
        };
        match (found, found.iter().find(exact)) {
            ([], _) => Err(unknown(path, &self.closest(path))),
            ([only], _) => Ok(&self.list[*only]),
            (_, Some(exact)) => Ok(&self.list[*exact]),
            (several, None) => Err(ambiguous(
                &path.to_string(),
                several.iter().map(|&i| &self.list[i]),
            )),
        }
    }

    /// The definition of an attribute whose set is not said, if one set alone has such an attribute.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::UnknownAttribute`], with the names that are closest; [`ErrorCode::InvalidName`] if several sets have it.
    pub fn find_bare(&self, attribute: &AttributeName) -> Result<&AttributeDefinition> {
        let found: Vec<_> = self
            .iter()
            .filter(|definition| definition.attribute == *attribute)
            .collect();
        match found.as_slice() {
            [only] => Ok(only),
            [] => {
                let typed = attribute.as_str().to_lowercase();
                let closest = self.ranked(|definition| {
                    distance(&definition.attribute.as_str().to_lowercase(), &typed)
                });
                Err(unknown(attribute, &closest))
            }
            several => Err(ambiguous(attribute.as_str(), several.iter().copied())),
        }
    }

    fn closest(&self, path: &AttributePath) -> Vec<String> {
        let (set, attribute) = (
            path.set.as_str().to_lowercase(),
            path.attribute.as_str().to_lowercase(),
        );
        self.ranked(|definition| {
            let in_set = distance(&definition.attribute_set.as_str().to_lowercase(), &set)?;
            let name = distance(&definition.attribute.as_str().to_lowercase(), &attribute)?;
            Some(in_set + name)
        })
        .into_iter()
        // The right name in the wrong set.
        .chain(
            self.iter()
                .filter(|definition| definition.attribute == path.attribute)
                .map(|d| d.path().to_string()),
        )
        .take(MAX_SUGGESTIONS)
        .collect()
    }

    fn ranked(&self, distance: impl Fn(&AttributeDefinition) -> Option<usize>) -> Vec<String> {
        let mut ranked: Vec<_> = self
            .iter()
            .filter_map(|definition| Some((distance(definition)?, definition.path().to_string())))
            .collect();
        ranked.sort_unstable();
        ranked.truncate(MAX_SUGGESTIONS);
        ranked.into_iter().map(|(_, name)| name).collect()
    }
}

/// The attribute set of that name, in whatever case it is written.
///
/// # Errors
///
/// [`ErrorCode::UnknownAttribute`], with the names that are closest.
pub fn find_set<'a>(sets: &'a [AttributeSet], name: &AttributeSetName) -> Result<&'a AttributeSet> {
    let exact = sets.iter().find(|set| set.name.as_str() == name.as_str());
    exact.or_else(|| sets.iter().find(|set| set.name == *name)).ok_or_else(|| {
        let typed = name.as_str().to_lowercase();
        let mut ranked: Vec<_> = sets
            .iter()
            .filter_map(|set| Some((distance(&set.name.as_str().to_lowercase(), &typed)?, set.name.to_string())))
            .collect();
        ranked.sort_unstable();
        ranked.truncate(MAX_SUGGESTIONS);
        let closest: Vec<_> = ranked.into_iter().map(|(_, name)| name).collect();
        let hint = match closest.as_slice() {
            [] => "list the attribute sets with Get-CsaAttributeSet or client.attribute_sets.list()".to_owned(),
            closest => format!("did you mean {}?", either(closest)),
        };
        Error::new(ErrorCode::UnknownAttribute, format!("the tenant has no attribute set {name}")).hint(hint)
    })
}

// The edit distance, or `None` if it is too large for a slip of the pen: a third of the name, one letter at least. The
// beginning of a name counts as near too (`Project` for `ProjectDate`).
fn distance(name: &str, typed: &str) -> Option<usize> {
    let distance = strsim::osa_distance(name, typed);
    let bound = (typed.chars().count() / 3).max(1);
    let begun = 3 <= typed.chars().count() && name.starts_with(typed);
    (distance <= bound || begun).then_some(distance)
}

fn unknown(name: &dyn std::fmt::Display, closest: &[String]) -> Error {
    let hint = match closest {
        [] => "list the attributes with Get-CsaAttribute or client.attributes.list()".to_owned(),
        closest => format!("did you mean {}?", either(closest)),
    };
    Error::new(
        ErrorCode::UnknownAttribute,
        "the tenant has no such attribute",
    )
    .attribute(name)
    .hint(hint)
}

fn ambiguous<'a>(name: &str, candidates: impl Iterator<Item = &'a AttributeDefinition>) -> Error {
    let names: Vec<_> = candidates.map(|d| d.path().to_string()).collect();
    Error::new(
        ErrorCode::InvalidName,
        format!("the name is ambiguous: the tenant has {}", names.join(", ")),
    )
    .attribute(name)
    .hint(format!("write {}", either(&names)))
}

// "a", "a or b", "a, b or c".
pub(super) fn either(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::ValueType;
    use crate::definition::told_error as told;

    fn definitions(names: &[&str]) -> Definitions {
        let definition = |name: &&str| {
            let (set, attribute) = name.split_once('.').unwrap();
            AttributeDefinition {
                attribute_set: AttributeSetName::from_service(set),
                attribute: AttributeName::from_service(attribute),
                value_type: ValueType::String,
                description: None,
                status: Status::Available,
                is_searchable: true,
                use_pre_defined_values_only: false,
                allowed_values: Vec::new(),
            }
        };
        Definitions::new(names.iter().map(definition).collect())
    }

    fn howto() -> Definitions {
        definitions(&[
            "Engineering.Project",
            "Engineering.ProjectDate",
            "Engineering.NumVendors",
            "Engineering.Level",
            "Marketing.Level",
            "Marketing.AppCountry",
        ])
    }

    #[test]
    fn names_are_found_in_any_case() {
        let all = howto();
        let find = |name: &str| all.find(&name.parse().unwrap()).unwrap().path().to_string();
        assert_eq!(find("engineering.PROJECTDATE"), "Engineering.ProjectDate");
        let bare = |name: &str| {
            all.find_bare(&name.parse().unwrap())
                .map(|d| d.path().to_string())
        };
        assert_eq!(bare("appcountry").unwrap(), "Marketing.AppCountry");
        insta::assert_snapshot!(told(&bare("level").unwrap_err()),
            @"level: the name is ambiguous: the tenant has Engineering.Level, Marketing.Level (write Engineering.Level or Marketing.Level)");
    }

    #[test]
    fn unknown_names_are_answered_with_the_closest() {
        let all = howto();
        let report: Vec<_> = [
            "Engineering.Projct",
            "Engineering.ProjectDat",
            "Enginering.NumVendor",
            "Engineering.Proj",
            "Marketing.Project",
            "Finance.Budget",
            "Engineering.Date",
        ]
        .iter()
        .map(|name| told(&all.find(&name.parse().unwrap()).unwrap_err()))
        .collect();
        insta::assert_snapshot!(report.join("\n"));
        insta::assert_snapshot!(told(
            &all.find_bare(&"Proyect".parse().unwrap()).unwrap_err()
        ));
    }

    #[test]
    fn names_that_differ_only_in_case_must_be_written_exactly() {
        let twins = definitions(&["A.Name", "A.name"]);
        let find = |name: &str| twins.find(&name.parse().unwrap());
        assert_eq!(find("A.name").unwrap().attribute.as_str(), "name");
        insta::assert_snapshot!(told(&find("a.NAME").unwrap_err()),
            @"a.NAME: the name is ambiguous: the tenant has A.Name, A.name (write A.Name or A.name)");
    }
}
