//! `cargo xtask bench bulk`: many changes, by this project's front ends and by what people use without it, in one run against
//! one emulator that takes 50 ms for each answer.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::{middle, output, printed, python_with, Figure, Service};
use crate::tool::{pwsh, python, root};
use crate::{build, Result};

const LATENCY_MS: u32 = 50;
const PEOPLE: u32 = 100_000;
// The clock of the quota's measurement: 3,000 writes in 15 s, not in 150 s.
const SCALE: u32 = 10;

/// Runs it; takes some minutes and 3 GB of memory, most of it for the emulator's people.
pub(super) fn bulk() -> Result<Vec<Figure>> {
    let module = build::all()?.module;
    let emulator = build::fast_emulator()?;
    println!("latency {LATENCY_MS} ms; the clock of bulk.quota_used runs {SCALE} times as fast");
    let mut figures = speeds(&module, &emulator)?;
    figures.extend(quota(&emulator)?);
    figures.extend(drift(&emulator)?);
    figures.extend(memory(&emulator)?);
    Ok(figures)
}

fn middle_of_three(mut turn: impl FnMut() -> Result<f64>) -> Result<f64> {
    Ok(middle(vec![turn()?, turn()?, turn()?]))
}

fn service(emulator: &Path, users: u32, faults: serde_json::Value) -> Result<Service> {
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), faults.to_string())?;
    let mut command = Command::new(emulator);
    command.args([
        "--users",
        &users.to_string(),
        "--record",
        "false",
        "--faults",
    ]);
    Service::start(command.arg(file.path()))
}

// This project's Python package from the source tree.
fn ours(service: &Service, what: &str, count: u32) -> Result<String> {
    let mut python = python().ok_or("python3 is not on PATH")?;
    let state = tempfile::tempdir()?;
    output(
        python
            .arg(root().join("tests/bench/bulk.py"))
            .args([what, &service.graph_root(), &count.to_string()])
            .env("PYTHONPATH", root().join("bindings/python/src"))
            .env("XDG_STATE_HOME", state.path()),
    )
}

fn in_pwsh(service: &Service, module: &Path, what: &str, count: u32) -> Result<f64> {
    let mut pwsh = pwsh().ok_or("pwsh is not on PATH")?;
    let said = output(
        pwsh.arg("-File")
            .arg(root().join("tests/bench/bulk.ps1"))
            .args(["-What", what, "-GraphUri", &service.graph_root()])
            .args(["-Count", &count.to_string(), "-Module"])
            .arg(module),
    )?;
    printed(&said, "per_s ")
}

fn speeds(module: &Path, emulator: &Path) -> Result<Vec<Figure>> {
    let service = service(emulator, PEOPLE, json!({"latencyMs": LATENCY_MS}))?;
    let service = &service;
    let has_pwsh = pwsh().is_some();
    let mut others = Vec::new();
    if has_pwsh {
        for (name, what, count, against) in [
            (
                "bulk.irm1_per_s",
                "irm1",
                100,
                "a loop of Invoke-RestMethod",
            ),
            (
                "bulk.irm8_per_s",
                "irm8",
                400,
                "Invoke-RestMethod in ForEach-Object -Parallel, 8 at once",
            ),
        ] {
            others.push((
                name,
                middle_of_three(|| in_pwsh(service, module, what, count))?,
                against,
            ));
        }
    } else {
        println!("pwsh is not on PATH: bulk.pwsh_per_s and bulk.irm*_per_s are left out");
    }
    match python_with("msgraph", &["msgraph-sdk".as_ref()], "msgraph") {
        Ok(venv) => {
            for (name, count, at_once, against) in [
                (
                    "bulk.msgraph1_per_s",
                    100,
                    1,
                    "msgraph-sdk for Python, one by one",
                ),
                (
                    "bulk.msgraph8_per_s",
                    400,
                    8,
                    "msgraph-sdk for Python, 8 at once",
                ),
                (
                    "bulk.msgraph64_per_s",
                    2000,
                    64,
                    "msgraph-sdk for Python, 64 at once",
                ),
            ] {
                let turn = || {
                    let mut command = venv.program("python")?;
                    command
                        .arg(root().join("tests/bench/bulk_msgraph.py"))
                        .arg(service.graph_root());
                    let said = output(command.args([count.to_string(), at_once.to_string()]))?;
                    printed(&said, "per_s ")
                };
                others.push((name, middle_of_three(turn)?, against));
            }
        }
        Err(reason) => {
            println!("msgraph-sdk can't be installed: bulk.msgraph*_per_s are left out ({reason})")
        }
    }
    let in_python = |what| {
        middle_of_three(|| Ok(20_000.0 / printed(&ours(service, what, 20_000)?, "seconds ")?))
    };
    let python = in_python("set")?;
    let mut own = vec![
        (
            "bulk.python_per_s",
            python,
            "client.bulk, 20,000 changes, no pacing",
        ),
        (
            "bulk.python_journal_per_s",
            in_python("journalled")?,
            "the same with a journal",
        ),
    ];
    let mut slower = python;
    if has_pwsh {
        let pwsh = middle_of_three(|| in_pwsh(service, module, "csa", 10_000))?;
        own.push((
            "bulk.pwsh_per_s",
            pwsh,
            "a pipeline into Set-CsaAssignment, 10,000 changes, no pacing",
        ));
        slower = slower.min(pwsh);
    }
    let best = others
        .iter()
        .map(|(_, value, _)| *value)
        .fold(0.0, f64::max);
    let figure = |(name, value, against)| Figure {
        name,
        value,
        unit: "/s",
        against,
    };
    let mut figures: Vec<_> = others.into_iter().chain(own).map(figure).collect();
    figures.push(Figure {
        name: "bulk.ratio_vs_best_peer",
        value: slower / best,
        unit: "x",
        against: "the slower of ours against the best of the others; at least 10",
    });
    Ok(figures)
}

fn quota(emulator: &Path) -> Result<[Figure; 3]> {
    let (writes, seconds, count) = (3000.0, 150.0 / f64::from(SCALE), 9000);
    let rules = json!({"latencyMs": LATENCY_MS, "quota": {"writes": 3000, "writeSeconds": seconds, "units": 3500, "unitSeconds": 1}});
    let service = service(emulator, count, rules)?;
    let said = ours(&service, "quota", count)?;
    let could = writes + writes / seconds * printed(&said, "seconds ")?;
    let least = (f64::from(count) / 20.0).ceil();
    Ok([
        Figure {
            name: "bulk.quota_used",
            value: 100.0 * printed(&said, "changed ")? / could,
            unit: "%",
            against: "what the published quota allows in that time, all of it asked for (share 1); at least 98",
        },
        Figure {
            name: "bulk.throttled_steady",
            value: printed(&said, "throttled ")?,
            unit: "",
            against: "writes answered 429; 0",
        },
        Figure {
            name: "bulk.requests_over_minimum",
            value: printed(&said, "requests ")? / least,
            unit: "x",
            against: "a batch for each 20 writes",
        },
    ])
}

fn drift(emulator: &Path) -> Result<[Figure; 2]> {
    let service = service(emulator, PEOPLE, json!({"latencyMs": LATENCY_MS}))?;
    let said = ours(&service, "drift", PEOPLE)?;
    let everyone = f64::from(PEOPLE);
    Ok([
        Figure {
            name: "bulk.drift_write_ratio",
            value: printed(&said, "changed ")? / everyone,
            unit: "x",
            against: "writes of a write to everyone; 1 % of 100,000 people differ",
        },
        Figure {
            name: "bulk.drift_request_ratio",
            value: printed(&said, "requests ")? / (everyone / 20.0),
            unit: "x",
            against: "requests of a write to everyone in batches",
        },
    ])
}

fn memory(emulator: &Path) -> Result<Vec<Figure>> {
    let set = {
        let service = service(emulator, PEOPLE, json!({}))?;
        printed(&ours(&service, "set", PEOPLE)?, "peak_mib ")?
    };
    let service = service(emulator, 1_000_000, json!({}))?;
    let said = ours(&service, "find", 0)?;
    if printed(&said, "found ")? < 1_000_000.0 {
        return Err("not all people were found".into());
    }
    Ok(vec![
        Figure {
            name: "bulk.peak_mib",
            value: set,
            unit: "MiB",
            against: "the whole Python process that changes 100,000 people",
        },
        Figure {
            name: "find.peak_mib",
            value: printed(&said, "peak_mib ")?,
            unit: "MiB",
            against: "the whole Python process that finds 1,000,000 people; at most 64",
        },
        Figure {
            name: "find.per_s",
            value: 1_000_000.0 / printed(&said, "seconds ")?,
            unit: "/s",
            against: "people found a second",
        },
    ])
}
