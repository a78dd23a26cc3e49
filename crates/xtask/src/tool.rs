//! Finding and running other programs.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;

/// The root of the source tree.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).unwrap_or(own).to_owned()
}

/// Where cargo builds; also the place of everything else that can be made again.
pub(crate) fn target_folder() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// cargo, as the one that runs this program.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// A program on PATH.
pub(crate) fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let candidates = |name: &&str| {
        let file = format!("{name}{}", env::consts::EXE_SUFFIX);
        env::split_paths(&path)
            .map(move |folder| folder.join(&file))
            .collect::<Vec<_>>()
    };
    names
        .iter()
        .flat_map(candidates)
        .find(|file| file.is_file())
}

/// PowerShell 7.4 or newer, if it is on PATH.
pub(crate) fn pwsh() -> Option<Command> {
    find(&["pwsh"]).map(|program| {
        let mut command = Command::new(program);
        command
            .args(["-NoProfile", "-NonInteractive"])
            .current_dir(root());
        command
    })
}

/// Python 3, if it is on PATH.
pub(crate) fn python() -> Option<Command> {
    find(&["python3", "python"]).map(Command::new)
}

/// Runs a program to its end, its output going to the console.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .map_err(|error| format!("{}: {error}", shown(command)))?;
    if status.success() {
        return Ok(());
    }
    Err(format!("{}: {status}", shown(command)).into())
}

/// As [`run`], and gives what the program wrote to standard output, which also goes to the console.
pub(crate) fn run_and_read(command: &mut Command) -> Result<String> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", shown(command)))?;
    let mut text = String::new();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line?;
            writeln!(std::io::stdout(), "{line}")?;
            text.push_str(&line);
            text.push('\n');
        }
    }
    let status = child.wait()?;
    if status.success() {
        return Ok(text);
    }
    Err(format!("{}: {status}", shown(command)).into())
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    let words: Vec<_> = std::iter::once(program)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect();
    words.join(" ")
}

/// A virtual environment of Python. Its programs run in its folder, from where no source tree is found.
pub(crate) struct Venv(PathBuf);

impl Venv {
    /// The one in a folder, if it is there.
    pub(crate) fn at(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// Creates one, in place of what is there.
    pub(crate) fn create(mut python: Command, folder: &Path) -> Result<Self> {
        run(python.args(["-m", "venv", "--clear"]).arg(folder))?;
        Ok(Self(folder.to_owned()))
    }

    /// One of its programs, to run; the others are on its PATH.
    pub(crate) fn program(&self, name: &str) -> Result<Command> {
        let programs = self.0.join(if cfg!(windows) { "Scripts" } else { "bin" });
        let others = env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(programs.clone()).chain(env::split_paths(&others));
        let mut command = Command::new(programs.join(format!("{name}{}", env::consts::EXE_SUFFIX)));
        command
            .env("PATH", env::join_paths(path)?)
            .current_dir(&self.0);
        Ok(command)
    }

    /// A module of its Python, to run.
    pub(crate) fn module(&self, name: &str) -> Result<Command> {
        let mut command = self.program("python")?;
        command.args(["-m", name]);
        Ok(command)
    }

    /// Installs packages.
    pub(crate) fn install(&self, packages: &[&OsStr]) -> Result<()> {
        run(self
            .module("pip")?
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .args(packages))
    }

    /// Unpacks a source archive; gives the folder in it.
    pub(crate) fn unpack(&self, archive: &Path) -> Result<PathBuf> {
        let into = self.0.join("unpacked");
        run(self
            .module("tarfile")?
            .arg("--extract")
            .arg(archive)
            .arg(&into))?;
        let mut folders = std::fs::read_dir(&into)?;
        Ok(folders.next().ok_or("the archive is empty")??.path())
    }
}
