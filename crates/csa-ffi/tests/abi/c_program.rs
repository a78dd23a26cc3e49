//! A C program, compiled against the checked-in header and run with the built library.

use std::env;
use std::path::Path;
use std::process::Command;

#[test]
fn a_c_program_works_with_the_header_and_the_library() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Beside this test: cargo builds the library for it.
    let test = env::current_exe().unwrap();
    let folder = test.parent().unwrap();
    let library = folder.join(format!(
        "{}csa{}",
        env::consts::DLL_PREFIX,
        env::consts::DLL_SUFFIX
    ));
    assert!(library.exists(), "{} is missing", library.display());
    let temporary = tempfile::tempdir().unwrap();
    let program = temporary.path().join("program");

    // The C compiler is the linker that Rust itself needs.
    let compiled = Command::new("cc")
        .args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-I"])
        .arg(root.join("../../bindings/c"))
        .arg(root.join("tests/abi/program.c"))
        .arg("-o")
        .arg(&program)
        .arg(&library)
        .arg(format!("-Wl,-rpath,{}", folder.display()))
        .arg("-pthread")
        .output()
        .unwrap();
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );

    let ran = Command::new(&program).output().unwrap();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    assert_eq!(String::from_utf8_lossy(&ran.stderr), "");
    insta::assert_snapshot!(String::from_utf8(ran.stdout).unwrap());
}
