//! `cargo xtask bench frame`: 100,000 people as a DataFrame of pandas, against what people write without this project.

use std::fs;
use std::process::Command;

use serde_json::{json, Value as Json};

use super::{middle, output, printed, python_with, Figure, Service};
use crate::tool::root;
use crate::{build, Result};

const PEOPLE: u32 = 100_000;

/// Runs it; takes a minute and 1 GB of memory.
pub(super) fn frame() -> Result<Vec<Figure>> {
    build::all()?;
    let requirements = root().join("tests/python/requirements-notebook.txt");
    let venv = python_with(
        "frame",
        &["--requirement".as_ref(), requirements.as_os_str()],
        "pandas, pyarrow",
    )?;
    let python = |what: &str, url: &str| -> Result<Command> {
        let mut command = venv.program("python")?;
        command
            .arg(root().join("tests/bench/frame.py"))
            .args([what, url])
            .env("PYTHONPATH", root().join("bindings/python/src"));
        Ok(command)
    };
    let seed = tempfile::NamedTempFile::new()?;
    fs::write(seed.path(), tenant()?.to_string())?;
    let mut emulator = Command::new(build::fast_emulator()?);
    let emulator = Service::start(
        emulator
            .args(["--record", "false", "--seed"])
            .arg(seed.path()),
    )?;
    let pages = Service::start(&mut python("record", &emulator.graph_root())?)?;
    drop(emulator);

    let mut values = Vec::new();
    let mut peaks = Vec::new();
    let mut turn = |what: &str| -> Result<f64> {
        let said = output(&mut python(what, &pages.graph_root())?)?;
        values.push(printed(&said, "values ")?);
        if what == "ours" {
            peaks.push(printed(&said, "peak_mib ")?);
        } else {
            println!(
                "peak of the plain loop: {:.0} MiB",
                printed(&said, "peak_mib ")?
            );
        }
        printed(&said, "seconds ")
    };
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..5 {
        times[0].push(turn("ours")?);
        times[1].push(turn("plain")?);
    }
    if values.iter().any(|count| *count != values[0]) {
        return Err("the two DataFrames do not hold the same".into());
    }
    let [ours, plain] = times.map(middle);
    Ok(vec![
        Figure {
            name: "frame.ratio_vs_json_loads",
            value: plain / ours,
            unit: "",
            against: "as fast as json.loads and DataFrame.from_records over the same pages",
        },
        Figure {
            name: "frame.seconds",
            value: ours,
            unit: "s",
            against: "100,000 people with 6 attributes to pandas, wide",
        },
        Figure {
            name: "frame.plain_seconds",
            value: plain,
            unit: "s",
            against: "the plain loop",
        },
        Figure {
            name: "frame.peak_mib",
            value: middle(peaks),
            unit: "MiB",
            against: "the whole Python process, pandas and pyarrow included",
        },
    ])
}

// People who hold an attribute of each type, and some who hold none.
fn tenant() -> Result<Json> {
    let howto = root().join("crates/csa-emulator/seeds/howto.json");
    let mut seed: Json = serde_json::from_str(&fs::read_to_string(howto)?)?;
    let person = |n: u32| {
        let mut person = json!({
            "id": format!("{n:08x}-0000-4000-8000-000000000000"),
            "displayName": format!("Person {n}"),
            "userPrincipalName": format!("person{n:06}@contoso.com"),
        });
        if !n.is_multiple_of(10) {
            person["customSecurityAttributes"] = json!({
                "Engineering": {
                    "Project": if n.is_multiple_of(2) { json!(["Baker"]) } else { json!(["Baker", "Cascade"]) },
                    "ProjectDate": format!("2024-{:02}-15", n % 12 + 1),
                    "NumVendors": n % 100,
                    "Certification": n.is_multiple_of(3),
                },
                "Marketing": {"EmployeeId": format!("GS{n:06}"), "AppCountry": ["Canada", "France"]},
            });
        }
        person
    };
    seed["users"] = (0..PEOPLE).map(person).collect();
    Ok(seed)
}
