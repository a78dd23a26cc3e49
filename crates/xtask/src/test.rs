//! `cargo xtask test`: every test, through the doors that users use. Nothing is skipped in silence.

use std::env;
use std::ffi::OsStr;

use crate::tool::{cargo, pwsh, python, root, run, run_and_read, target_folder, Venv};
use crate::{build, wheel, Result};

// The Python tests that need none of the libraries whose DataFrames are made.
const WITHOUT_FRAMES: [&str; 4] = [
    "test_vectors.py",
    "test_client.py",
    "test_filters.py",
    "test_without_frames.py",
];

type Suite = fn(long: bool) -> Result<Outcome>;

const SUITES: [(&str, Suite); 3] = [
    ("rust", rust),
    ("powershell", powershell),
    ("python", python_suite),
];

enum Outcome {
    Passed(u32),
    Missing(&'static str),
}

/// Runs the suites named, or all of them, to the end of the last; fails if one failed, ran no test, or, with `CI` set, could
/// not run. A `long` run kills and resumes ten times as often.
pub(crate) fn run_suites(names: &[&str], long: bool) -> Result<()> {
    if let Some(unknown) = names
        .iter()
        .find(|name| SUITES.iter().all(|(suite, _)| suite != *name))
    {
        return Err(
            format!("there is no suite \"{unknown}\": use rust, powershell, python").into(),
        );
    }
    let ci = env::var_os("CI").is_some_and(|value| !value.is_empty());
    let mut lines = Vec::new();
    let mut failed = false;
    for (name, suite) in SUITES
        .iter()
        .filter(|(suite, _)| names.is_empty() || names.contains(suite))
    {
        println!("\n== {name}");
        lines.push(match suite(long) {
            Ok(Outcome::Passed(0)) => {
                failed = true;
                format!("{name}: FAILED: no test ran")
            }
            Ok(Outcome::Passed(count)) => format!("{name}: {count} tests passed"),
            Ok(Outcome::Missing(what)) => {
                failed |= ci;
                format!("{name}: DID NOT RUN: {what}")
            }
            Err(reason) => {
                failed = true;
                format!("{name}: FAILED: {reason}")
            }
        });
    }
    println!("\n{}", lines.join("\n"));
    if failed {
        return Err("not every suite passed".into());
    }
    Ok(())
}

fn rust(_long: bool) -> Result<Outcome> {
    run(cargo().args(["fmt", "--all", "--check"]))?;
    run(cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]))?;
    let output = run_and_read(cargo().args(["test", "--workspace", "--locked"]))?;
    Ok(Outcome::Passed(passed(&output)))
}

fn powershell(_long: bool) -> Result<Outcome> {
    let Some(mut pwsh) = pwsh() else {
        return Ok(Outcome::Missing("pwsh is not on PATH. Install PowerShell 7.4 or newer from https://aka.ms/powershell, then run: cargo xtask test powershell"));
    };
    let built = build::all()?;
    build::emulator()?;
    pwsh.arg("-File")
        .arg(root().join("tests/pester/Invoke-Tests.ps1"));
    // Journals that nobody gave a place; .NET keeps its variables from libraries, so this can't be set later.
    let state = tempfile::tempdir()?;
    let output = run_and_read(
        pwsh.env("XDG_STATE_HOME", state.path())
            .arg("-Module")
            .arg(built.module)
            .arg("-Emulator")
            .arg(build::emulator_program()),
    )?;
    Ok(Outcome::Passed(passed(&output)))
}

fn python_suite(long: bool) -> Result<Outcome> {
    let python = || {
        python().ok_or("python3 is not on PATH. Install Python 3.10 or newer from https://www.python.org, then run: cargo xtask test python")
    };
    if let Err(missing) = python() {
        return Ok(Outcome::Missing(missing));
    }
    build::emulator()?;
    let published = wheel::build()?;
    let tests = root().join("tests/python");
    let requirements = |name: &str| tests.join(name).into_os_string();
    let pytest = |venv: &Venv, files: &[&str]| -> Result<String> {
        let mut command = venv.module("pytest")?;
        command
            .args(["-p", "no:cacheprovider"])
            .args(files.iter().map(|file| tests.join(file)))
            .env("CSA_EMULATOR", build::emulator_program())
            .env("CSA_KILLS", if long { "200" } else { "20" });
        run_and_read(&mut command)
    };

    // Built from the archive alone, and with nothing of what makes DataFrames.
    let bare = Venv::create(python()?, &target_folder().join("venv-bare"))?;
    bare.install(&["--requirement".as_ref(), &requirements("requirements.txt")])?;
    let sources = bare.unpack(&published.archive)?;
    run(bare
        .module("pip")?
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .arg(sources)
        .env("CARGO_TARGET_DIR", target_folder()))?;
    let output = pytest(&bare, &WITHOUT_FRAMES)?;

    // The wheel, with everything that it works with.
    let venv = Venv::create(python()?, &target_folder().join("venv"))?;
    venv.install(&["--requirement".as_ref(), &requirements("requirements.txt")])?;
    venv.install(&[
        "--requirement".as_ref(),
        &requirements("requirements-notebook.txt"),
    ])?;
    venv.install(&[published.wheel.as_os_str()])?;
    let config = root().join("bindings/python/pyproject.toml");
    for what in [
        ["--package", "entra_csa"].map(OsStr::new).as_slice(),
        &[tests.as_os_str()],
    ] {
        run(venv
            .module("mypy")?
            .arg("--config-file")
            .arg(&config)
            .args(what))?;
    }
    let output = output + &pytest(&venv, &["."])?;
    Ok(Outcome::Passed(passed(&output)))
}

// cargo, pytest and tests/pester/Invoke-Tests.ps1 all write "N passed".
fn passed(output: &str) -> u32 {
    let counts = output.lines().flat_map(|line| {
        let words: Vec<&str> = line.split([' ', ',', ';']).collect();
        words
            .windows(2)
            .filter(|pair| pair[1] == "passed")
            .filter_map(|pair| pair[0].parse().ok())
            .collect::<Vec<u32>>()
    });
    counts.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_counted_in_the_words_of_each_runner() {
        assert_eq!(
            passed("test result: ok. 44 passed; 0 failed\nx\ntest result: ok. 3 passed; 0 failed"),
            47
        );
        assert_eq!(passed("===== 12 passed, 1 warning in 0.3s ====="), 12);
        assert_eq!(passed("7 passed, 0 failed"), 7);
        assert_eq!(passed("no tests ran"), 0);
    }
}
