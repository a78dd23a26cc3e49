//! `cargo xtask`: the developer's commands. Run it without a command to see them.

#![forbid(unsafe_code)]

mod bench;
mod bindings;
mod build;
mod demo;
mod test;
mod tool;
mod wheel;

use std::process::ExitCode;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const USAGE: &str = "\
cargo xtask build          builds the library into the PowerShell module and the Python package; the module that can be copied
                           to any PSModulePath is target/module/EntraCsa
cargo xtask demo           builds and does the main job on the sandbox: in pwsh where there is one, else in Python
cargo xtask test           runs every test: format, lints, Rust, C ABI, PowerShell, Python
cargo xtask test SUITE...  runs some of them: rust, powershell, python
                           --long: kills and resumes 200 runs, not 20
cargo xtask wheel          builds the Python package as it is published, into target/wheel: a wheel for this platform, a source archive
cargo xtask bindings       writes csa.h, Csa.Native.cs, _native.py and Native.ps1 from the C ABI
cargo xtask bench [NAME]   measures (NAME: import, completion, bulk, frame) and writes target/bench/NAME.json";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    use lexopt::prelude::*;
    let mut words = Vec::new();
    let mut long = false;
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Value(word) => words.push(word.string()?),
            Long("long") => long = true,
            Short('h') | Long("help") => {
                println!("{USAGE}");
                return Ok(());
            }
            _ => return Err(format!("{}\n\n{USAGE}", argument.unexpected()).into()),
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["build"] => build::all().map(|built| println!("{}", built.module.display())),
        ["demo"] => demo::run_demo(),
        ["test", suites @ ..] => test::run_suites(suites, long),
        ["wheel"] => wheel::build().map(|published| {
            println!("{}", published.wheel.display());
            println!("{}", published.archive.display());
        }),
        ["bindings"] => bindings::write(),
        ["bench"] => bench::run("import"),
        ["bench", name] => bench::run(name),
        _ => Err(USAGE.into()),
    }
}
