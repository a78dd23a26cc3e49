//! `cargo xtask bench`: figures against another program of the same run. These machines are noisy: each pair of programs runs
//! in turns, and the median of the differences counts.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::json;

use crate::tool::{pwsh, python, root, target_folder};
use crate::{build, Result};

const TURNS: usize = 15;

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
        _ => return Err(format!("there is no benchmark \"{name}\": use import").into()),
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
        Some(_) => figures.push(pwsh_import(&built.module)?),
        None => println!("pwsh is not on PATH: import.pwsh_ms_over_empty is left out"),
    }
    match python() {
        Some(_) => figures.extend(python_import()?),
        None => println!("python3 is not on PATH: import.python_ms_over_ctypes is left out"),
    }
    Ok(figures)
}

fn pwsh_import(module: &Path) -> Result<Figure> {
    let folder = tempfile::tempdir()?;
    let empty = folder.path().join("Empty.psm1");
    fs::write(&empty, "")?;
    let import = |path: &Path| -> Result<Command> {
        let mut command = pwsh().ok_or("pwsh is gone")?;
        command.arg("-Command").arg(format!(
            "Import-Module -Name '{}' -ErrorAction Stop",
            path.display().to_string().replace('\'', "''")
        ));
        Ok(command)
    };
    Ok(Figure {
        name: "import.pwsh_ms_over_empty",
        value: difference(&mut import(module)?, &mut import(&empty)?)?,
        unit: "ms",
        against: "pwsh importing an empty script module; at most 100",
    })
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
    let import = difference(&mut code("import entra_csa")?, &mut against)?;
    let ready = difference(
        &mut code("import entra_csa; entra_csa._core._load()")?,
        &mut against,
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

// Milliseconds that `one` takes longer than `other`.
fn difference(one: &mut Command, other: &mut Command) -> Result<f64> {
    let mut differences = Vec::new();
    // The first turn fills caches and does not count.
    for turn in 0..=TURNS {
        let difference = milliseconds(one)? - milliseconds(other)?;
        if turn != 0 {
            differences.push(difference);
        }
    }
    differences.sort_by(f64::total_cmp);
    Ok(differences[TURNS / 2])
}

fn milliseconds(command: &mut Command) -> Result<f64> {
    let start = Instant::now();
    let output = command.stdin(Stdio::null()).output()?;
    let passed = start.elapsed().as_secs_f64() * 1000.0;
    if output.status.success() {
        return Ok(passed);
    }
    Err(format!(
        "a measured program failed: {}",
        String::from_utf8_lossy(&output.stderr)
    )
    .into())
}
