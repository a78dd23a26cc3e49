//! `cargo xtask build`: the native library where the PowerShell module and the Python package look for it.

use std::env::consts;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value as Json;

use crate::tool::{cargo, root, run, target_folder};
use crate::Result;

/// What was built.
pub(crate) struct Built {
    /// The native library, as cargo made it.
    pub(crate) library: PathBuf,
    /// The folder of the PowerShell module, complete.
    pub(crate) module: PathBuf,
}

/// Builds the library and puts it into the module and the package; assembles the module under `target`.
pub(crate) fn all() -> Result<Built> {
    let library = library()?;
    let name = library.file_name().ok_or("the library has no name")?;
    let source = root().join("powershell/EntraCsa");
    install(&library, &source.join("lib").join(system()).join(name))?;
    install(
        &library,
        &root().join("bindings/python/src/entra_csa/lib").join(name),
    )?;

    let module = target_folder().join("module/EntraCsa");
    if module.exists() {
        fs::remove_dir_all(&module)?;
    }
    fs::create_dir_all(&module)?;
    for name in ["EntraCsa.psd1", "EntraCsa.Format.ps1xml"] {
        fs::copy(source.join(name), module.join(name))?;
    }
    copy_folder(&source.join("lib"), &module.join("lib"))?;
    fs::write(module.join("EntraCsa.psm1"), merged(&source)?)?;
    fs::copy(root().join("LICENSE"), module.join("LICENSE"))?;
    Ok(Built { library, module })
}

// The folder that Get-CsaLibraryPath looks in: the architecture is spelled as .NET does.
fn system() -> String {
    let os = match consts::OS {
        "windows" => "win",
        "macos" => "osx",
        other => other,
    };
    let architecture = match consts::ARCH {
        "x86_64" => "X64",
        "aarch64" => "Arm64",
        other => other,
    };
    format!("{os}-{architecture}")
}

/// Builds the library for this machine; gives where cargo put it.
pub(crate) fn library() -> Result<PathBuf> {
    let mut command = cargo();
    command.args([
        "build",
        "--release",
        "--locked",
        "--package",
        "csa-ffi",
        "--message-format",
        "json-render-diagnostics",
    ]);
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!(
            "the library can't be built: cargo ended with {}",
            output.status
        )
        .into());
    }
    let messages = String::from_utf8(output.stdout)?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .find_map(|message| cdylib(&message))
        .ok_or_else(|| "cargo built no library".into())
}

// cargo says what it made; where and under which name is its own business.
fn cdylib(message: &Json) -> Option<PathBuf> {
    let is_cdylib = message["target"]["crate_types"]
        .as_array()?
        .contains(&"cdylib".into());
    let files = message["filenames"]
        .as_array()?
        .iter()
        .filter_map(|name| Some(PathBuf::from(name.as_str()?)));
    let mut libraries = files.filter(|file| {
        file.extension()
            .is_some_and(|extension| extension == consts::DLL_EXTENSION)
    });
    libraries.next().filter(|_| is_cdylib)
}

// By a rename: a program that has the old file loaded keeps it.
fn install(from: &Path, to: &Path) -> Result<()> {
    let folder = to.parent().ok_or("a file without a folder")?;
    fs::create_dir_all(folder)?;
    let new = tempfile::NamedTempFile::new_in(folder)?.into_temp_path();
    fs::copy(from, &new)?;
    new.persist(to)
        .map_err(|error| format!("{} can't be replaced, is it in use? {error}", to.display()))?;
    Ok(())
}

// The module as one script: the text of its files in place of the loop that loads them.
fn merged(source: &Path) -> Result<String> {
    let script = fs::read_to_string(source.join("EntraCsa.psm1"))?;
    let marks = script
        .split_once("# <files>\n")
        .zip(script.split_once("# </files>\n"));
    let ((head, _), (_, rest)) = marks.ok_or("EntraCsa.psm1 has no <files> marks")?;
    let mut text = format!("# Put together by `cargo xtask build`.\n{head}");
    for folder in ["Private", "Public"] {
        let files = fs::read_dir(source.join(folder))?.map(|entry| entry.map(|entry| entry.path()));
        let mut files = files.collect::<std::io::Result<Vec<_>>>()?;
        files.sort();
        for file in files {
            text.push_str(&fs::read_to_string(file)?);
        }
    }
    text.push_str(rest);
    Ok(text)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Builds the emulator as a program, with the whole workspace as the Rust tests have built it: nothing is compiled twice.
pub(crate) fn emulator() -> Result<()> {
    run(cargo().args(["build", "--locked", "--workspace", "--bin", "csa-emulator"]))
}

/// Builds the emulator for measurements: optimised, so that it is not what is measured. Gives the program.
pub(crate) fn fast_emulator() -> Result<PathBuf> {
    run(cargo().args([
        "build",
        "--locked",
        "--release",
        "--package",
        "csa-emulator",
    ]))?;
    let name = format!("csa-emulator{}", consts::EXE_SUFFIX);
    Ok(target_folder().join("release").join(name))
}

/// The program that [`emulator`] builds.
pub(crate) fn emulator_program() -> PathBuf {
    target_folder()
        .join("debug")
        .join(format!("csa-emulator{}", consts::EXE_SUFFIX))
}
