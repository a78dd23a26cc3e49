//! What the service does where its documentation is silent: each a switch with its evidence.

use serde::{Deserialize, Serialize};

/// Behaviour that is not documented. The defaults are what the evidence suggests.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Quirks {
    /// Names of sets and attributes count with their case in assignments and filters. Reported live for assignments; the
    /// resource pages say "case insensitive", the POST pages and the table of limits "case sensitive".
    pub case_sensitive_names: bool,
    /// An Int32 without its `#Int32` annotation is taken. One live client leaves it out.
    pub missing_int32_annotation: bool,
    /// A filled collection without its annotation is taken. Live notes say that it must be there.
    pub missing_collection_annotation: bool,
    /// `null` clears a collection too. Undocumented.
    pub null_clears_collection: bool,
    /// `"Engineering": null` clears the whole set. Undocumented.
    pub null_clears_set: bool,
    /// A set sent as JSON text is answered 204 and changes nothing (msgraph-beta-sdk-dotnet issue 616).
    pub text_for_set_is_ignored: bool,
    /// A deactivated attribute takes no new value. The portal hides such attributes; no page says what Graph does.
    pub deprecated_refuses_values: bool,
    /// Duplicate elements of a collection are stored once. Undocumented.
    pub drop_duplicates: bool,
    /// One bad attribute undoes the whole PATCH. Expected of a single directory write; undocumented.
    pub atomic_patch: bool,
    /// A set without attributes, and an object without sets, read as if never assigned. Only `null` is documented.
    pub empty_sets_vanish: bool,
    /// What a filter does without the right to read assignments. Undocumented.
    pub filter_without_right: FilterOutcome,
    /// What a filter does on an attribute with `isSearchable: false`. The definition's text only says that it is not indexed.
    pub filter_unsearchable: FilterOutcome,
    /// `eq null` and `ne null` are taken for attributes. Third parties use them; not documented.
    pub filter_null: bool,
    /// Most clauses of one `or`. 15 by an issue of 2019.
    pub max_or_clauses: usize,
    /// `$batch` answers its items in another order than they came in. Documented as possible.
    pub shuffle_batch: bool,
    /// Lists and filters see a write only after this many milliseconds. Documented as eventual, without a figure.
    pub index_delay_ms: u64,
    /// A read by id sees a write only after this many milliseconds. Normally at once.
    pub read_delay_ms: u64,
}

/// What becomes of a filter that can't be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum FilterOutcome {
    /// An error: 403 for a missing right, else 400.
    Refused,
    /// An empty list.
    Empty,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            case_sensitive_names: true,
            missing_int32_annotation: true,
            missing_collection_annotation: false,
            null_clears_collection: false,
            null_clears_set: false,
            text_for_set_is_ignored: false,
            deprecated_refuses_values: true,
            drop_duplicates: false,
            atomic_patch: true,
            empty_sets_vanish: true,
            filter_without_right: FilterOutcome::Refused,
            filter_unsearchable: FilterOutcome::Refused,
            filter_null: false,
            max_or_clauses: 15,
            shuffle_batch: true,
            index_delay_ms: 0,
            read_delay_ms: 0,
        }
    }
}
