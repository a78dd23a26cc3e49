//! The version of the ABI belongs to one text of the header.

use std::fs;
use std::path::Path;

/// Whoever changes a declaration raises `CSA_ABI_VERSION`: this then makes a new snapshot, and those of released versions stay
/// as they are.
#[test]
fn the_abi_version_belongs_to_the_declarations_of_the_header() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bindings/c/csa.h");
    let text = fs::read_to_string(path).unwrap();
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
    let declarations: Vec<_> = text.lines().filter(is_code).collect();
    insta::assert_snapshot!(
        format!("csa_h_version_{}", csa::CSA_ABI_VERSION),
        declarations.join("\n")
    );
}
