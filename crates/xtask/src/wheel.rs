//! `cargo xtask wheel`: the Python package as it is published, a wheel for this platform and a source archive.

use std::env::consts;
use std::fs;
use std::path::{Path, PathBuf};

use crate::tool::{cargo, python, root, run, target_folder, Venv};
use crate::{build, Result};

// The oldest glibc that Rust's standard library runs on; zig has the symbols of each version.
const GLIBC: &str = "2.17";

/// What is published.
pub(crate) struct Published {
    /// The wheel.
    pub(crate) wheel: PathBuf,
    /// The source archive.
    pub(crate) archive: PathBuf,
}

/// Builds both into `target/wheel`. On Linux the wheel runs on every distribution with glibc 2.17 or newer, which auditwheel
/// confirms.
pub(crate) fn build() -> Result<Published> {
    let folder = target_folder().join("wheel");
    let package = root().join("bindings/python");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let python = python().ok_or("python3 is not on PATH")?;
    let venv = Venv::create(python, &folder.join("venv"))?;
    venv.install(&[
        "--requirement".as_ref(),
        package.join("requirements-wheel.txt").as_os_str(),
    ])?;
    let library = if cfg!(target_os = "linux") {
        for_old_glibc(&venv)?
    } else {
        build::library()?
    };
    let make = |what: &str, out: &Path| {
        run(venv
            .module("build")?
            .args([what, "--no-isolation", "--outdir"])
            .arg(out)
            .arg(&package)
            .env("CSA_LIBRARY", &library))
    };
    let made = folder.join("made");
    make("--wheel", &made)?;
    let mut wheel = only_file(&made)?;
    if cfg!(target_os = "linux") {
        let platform = format!("manylinux_{}_{}", GLIBC.replace('.', "_"), consts::ARCH);
        let audited = folder.join("audited");
        run(venv
            .module("auditwheel")?
            .args(["repair", "--plat", &platform, "--wheel-dir"])
            .arg(&audited)
            .arg(&wheel))?;
        wheel = only_file(&audited)?;
    }
    let wheel = moved(&wheel, &folder)?;
    make("--sdist", &folder.join("source"))?;
    let archive = moved(&only_file(&folder.join("source"))?, &folder)?;
    Ok(Published { wheel, archive })
}

fn for_old_glibc(venv: &Venv) -> Result<PathBuf> {
    let target = format!("{}-unknown-linux-gnu", consts::ARCH);
    run(venv
        .program("cargo-zigbuild")?
        .current_dir(root())
        .args(["zigbuild", "--release", "--locked", "--package", "csa-ffi"])
        .args(["--target", &format!("{target}.{GLIBC}")])
        .env("CARGO", cargo().get_program()))?;
    Ok(target_folder().join(target).join("release/libcsa.so"))
}

fn only_file(folder: &Path) -> Result<PathBuf> {
    let mut files = fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    match (files.pop(), files.is_empty()) {
        (Some(file), true) => Ok(file.path()),
        _ => Err(format!("{} was to have one file", folder.display()).into()),
    }
}

fn moved(file: &Path, folder: &Path) -> Result<PathBuf> {
    let to = folder.join(file.file_name().ok_or("a file without a name")?);
    fs::rename(file, &to)?;
    Ok(to)
}
