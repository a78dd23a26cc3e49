//! `cargo xtask bench`: figures against another program of the same run. The two programs run in turns, and the lower quartile
//! of each one's times counts: what else runs on the machine adds to a time, and a single lucky turn should not decide.

mod bulk;
mod frame;

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde_json::json;

use crate::build::emulator_program;
use crate::tool::{pwsh, python, root, target_folder, Venv};
use crate::{build, Result};

const TURNS: usize = 32;

struct Figure {
    name: &'static str,
    value: f64,
    unit: &'static str,
    against: &'static str,
}

/// Runs one benchmark, prints its table and writes `target/bench/NAME.json`.
pub(crate) fn run(name: &str) -> Result<()> {
    let figures = match name {
        "import" => import()?,
        "completion" => completion()?,
        "bulk" => bulk::bulk()?,
        "frame" => frame::frame()?,
        _ => {
            return Err(format!(
                "there is no benchmark \"{name}\": use import, completion, bulk or frame"
            )
            .into())
        }
    };
    for Figure {
        name,
        value,
        unit,
        against,
    } in &figures
    {
        println!("{name:36} {value:>9.2} {unit:3} {against}");
    }
    let folder = target_folder().join("bench");
    fs::create_dir_all(&folder)?;
    let rows: Vec<_> =
        figures.iter().map(|f| json!({"name": f.name, "value": (f.value * 1000.0).round() / 1000.0, "unit": f.unit, "against": f.against})).collect();
    fs::write(
        folder.join(format!("{name}.json")),
        format!("{:#}\n", json!(rows)),
    )?;
    Ok(())
}

// What it costs to have the library at hand in a fresh process.
fn import() -> Result<Vec<Figure>> {
    let built = build::all()?;
    let mut figures = vec![Figure {
        name: "size.cdylib_mb",
        value: fs::metadata(&built.library)?.len() as f64 / 1e6,
        unit: "MB",
        against: "stripped, as shipped; at most 5",
    }];
    match pwsh() {
        Some(_) => figures.extend(pwsh_import(&built.module)?),
        None => println!("pwsh is not on PATH: import.pwsh_ms_over_empty is left out"),
    }
    match python() {
        Some(_) => figures.extend(python_import()?),
        None => println!("python3 is not on PATH: import.python_ms_over_ctypes is left out"),
    }
    Ok(figures)
}

// A fresh pwsh for each turn times the import itself; the time of its whole process, which also warms and ends more of .NET
// for a module that calls anything, is the second figure.
fn pwsh_import(module: &Path) -> Result<[Figure; 2]> {
    let folder = tempfile::tempdir()?;
    let empty = folder.path().join("Empty.psm1");
    fs::write(&empty, "")?;
    let import = |path: &Path, before: &str, after: &str| -> Result<Command> {
        let mut command = pwsh().ok_or("pwsh is gone")?;
        let path = path.display().to_string().replace('\'', "''");
        command.arg("-Command").arg(format!(
            "{before}Import-Module -Name '{path}' -ErrorAction Stop{after}"
        ));
        Ok(command)
    };
    let timed = |path: &Path| {
        import(
            path,
            "$watch = [System.Diagnostics.Stopwatch]::StartNew(); ",
            "; [Console]::WriteLine($watch.Elapsed.TotalMilliseconds)",
        )
    };
    let whole = |path: &Path| import(path, "", "");
    Ok([
        Figure {
            name: "import.pwsh_ms_over_empty",
            value: difference(&mut timed(module)?, &mut timed(&empty)?, reported)?,
            unit: "ms",
            against: "Import-Module of an empty script module in a fresh pwsh; at most 100",
        },
        Figure {
            name: "import.pwsh_process_ms_over_empty",
            value: difference(&mut whole(module)?, &mut whole(&empty)?, elapsed)?,
            unit: "ms",
            against: "the whole process that does nothing else",
        },
    ])
}

fn python_import() -> Result<[Figure; 2]> {
    let code = |code: &str| -> Result<Command> {
        let mut command = python().ok_or("python3 is gone")?;
        command
            .args(["-c", code])
            .env("PYTHONPATH", root().join("bindings/python/src"));
        Ok(command)
    };
    let mut against = code("import json, ctypes")?;
    let import = difference(&mut code("import entra_csa")?, &mut against, elapsed)?;
    let ready = difference(
        &mut code("import entra_csa; entra_csa._core._load()")?,
        &mut against,
        elapsed,
    )?;
    Ok([
        Figure {
            name: "import.python_ms_over_ctypes",
            value: import,
            unit: "ms",
            against: "python -c \"import json, ctypes\"; at most 30",
        },
        Figure {
            name: "import.python_ready_ms_over_ctypes",
            value: ready,
            unit: "ms",
            against: "the same, with the library loaded",
        },
    ])
}

// What Tab takes in a tenant of 500 attributes with 100 allowed values each, once the definitions are known.
fn completion() -> Result<Vec<Figure>> {
    let mut pwsh = pwsh().ok_or("pwsh is not on PATH")?;
    let module = build::all()?.module;
    build::emulator()?;
    let folder = tempfile::tempdir()?;
    let seed = folder.path().join("seed.json");
    fs::write(&seed, crowded_tenant().to_string())?;
    let mut command = Command::new(emulator_program());
    let service = Service::start(command.args(["--seed"]).arg(&seed))?;
    let measured = output(
        pwsh.arg("-File")
            .arg(root().join("tests/bench/completion.ps1"))
            .arg("-Module")
            .arg(module)
            .arg("-GraphUri")
            .arg(service.graph_root()),
    )?;
    let mut figures = Vec::new();
    for (name, ours, against) in [
        (
            "completion.one_attribute_ms",
            "one_attribute ",
            "at most 50",
        ),
        (
            "completion.all_attributes_ms",
            "all_attributes ",
            "500 results; at most 50",
        ),
        (
            "completion.plain_500_ms",
            "plain_500 ",
            "a completer that has 500 results at hand",
        ),
        (
            "completion.one_allowed_value_ms",
            "one_allowed_value ",
            "at most 50",
        ),
        (
            "completion.all_allowed_values_ms",
            "all_allowed_values ",
            "100 results; at most 50",
        ),
        (
            "completion.plain_100_ms",
            "plain_100 ",
            "a completer that has 100 results at hand",
        ),
    ] {
        figures.push(Figure {
            name,
            value: printed(&measured, ours)?,
            unit: "ms",
            against,
        });
    }
    Ok(figures)
}

fn crowded_tenant() -> serde_json::Value {
    let sets: Vec<_> = (0..5)
        .map(|set| json!({"id": format!("Set{set}")}))
        .collect();
    let values: Vec<_> = (1..=100)
        .map(|value| json!({"id": format!("Value{value}"), "isActive": true}))
        .collect();
    let definitions: Vec<_> = (1..=500)
        .map(|i| {
            json!({"attributeSet": format!("Set{}", i % 5), "name": format!("Attribute{i}"), "description": "A number of things",
                "type": "String", "isCollection": true, "isSearchable": true, "status": "Available",
                "usePreDefinedValuesOnly": true, "allowedValues": values})
        })
        .collect();
    json!({"attributeSets": sets, "definitions": definitions})
}

/// A service that prints its URL, as the emulator does; it ends with this.
struct Service {
    process: Child,
    url: String,
}

impl Service {
    fn start(command: &mut Command) -> Result<Self> {
        let mut process = command.stdout(Stdio::piped()).spawn()?;
        let mut url = String::new();
        let stdout = process.stdout.take().ok_or("the emulator says nothing")?;
        BufReader::new(stdout).read_line(&mut url)?;
        Ok(Self {
            process,
            url: url.trim().to_owned(),
        })
    }

    fn graph_root(&self) -> String {
        format!("{}/v1.0", self.url)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

// A Python that has packages, kept from one run to the next; `modules` tells whether it has them.
fn python_with(name: &str, packages: &[&OsStr], modules: &str) -> Result<Venv> {
    let folder = target_folder().join("bench/venv").join(name);
    let kept = Venv::at(&folder);
    let has_them = kept
        .program("python")?
        .args(["-c", &format!("import {modules}")])
        .stderr(Stdio::null())
        .status();
    if has_them.is_ok_and(|status| status.success()) {
        return Ok(kept);
    }
    let venv = Venv::create(python().ok_or("python3 is not on PATH")?, &folder)?;
    venv.install(packages)?;
    Ok(venv)
}

// What else runs on the machine disturbs one turn or another: the middle one counts.
fn middle(mut turns: Vec<f64>) -> f64 {
    turns.sort_by(f64::total_cmp);
    turns[turns.len() / 2]
}

// The figure that a program has printed after `name`.
fn printed(output: &str, name: &str) -> Result<f64> {
    let line = output.lines().find_map(|line| line.strip_prefix(name));
    let line = line.ok_or_else(|| format!("the figure \"{name}\" is missing"))?;
    Ok(line.trim().parse()?)
}

// Milliseconds that `one` takes longer than `other`.
fn difference(
    one: &mut Command,
    other: &mut Command,
    milliseconds: fn(&mut Command) -> Result<f64>,
) -> Result<f64> {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..TURNS {
        times[0].push(milliseconds(one)?);
        times[1].push(milliseconds(other)?);
    }
    let [one, other] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[TURNS / 4]
    });
    Ok(one - other)
}

// The time of the whole process.
fn elapsed(command: &mut Command) -> Result<f64> {
    let start = Instant::now();
    output(command)?;
    Ok(start.elapsed().as_secs_f64() * 1000.0)
}

// The time that the program prints.
fn reported(command: &mut Command) -> Result<f64> {
    Ok(output(command)?.trim().parse()?)
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    Err(format!(
        "a measured program failed: {}",
        String::from_utf8_lossy(&output.stderr)
    )
    .into())
}
