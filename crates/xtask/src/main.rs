mod bindings;
use std::path::{Path, PathBuf};
pub(crate) type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;
fn root() -> PathBuf { Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_path_buf() }
fn main() -> Result<()> { bindings::write() }
