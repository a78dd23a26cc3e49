//! `cargo xtask demo`: the main job on the sandbox, as a person would see it.

use crate::tool::{pwsh, python, root, run};
use crate::{build, Result};

/// Builds, then shows commands and their results: in pwsh where there is one, else in Python.
pub(crate) fn run_demo() -> Result<()> {
    println!("Building (the first time takes a minute or two) …");
    let built = build::all()?;
    let scripts = root().join("crates/xtask/demo");
    if let Some(mut pwsh) = pwsh() {
        return run(pwsh
            .arg("-File")
            .arg(scripts.join("demo.ps1"))
            .arg("-Module")
            .arg(built.module));
    }
    println!("There is no pwsh on PATH, so this is the demo in Python. PowerShell 7.4 or newer: https://aka.ms/powershell");
    let mut python = python()
        .ok_or("neither pwsh nor python3 is on PATH: install one of them to see the demo")?;
    run(python
        .arg(scripts.join("demo.py"))
        .env("PYTHONPATH", root().join("bindings/python/src")))
}
