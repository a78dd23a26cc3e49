//! `cargo xtask bindings`: the files that are written from the ABI, and checked in.

use std::fs;
use std::path::{Path, PathBuf};

use interoptopus::lang::c::{CType, PrimitiveType};
use interoptopus::writer::IndentWriter;
use interoptopus::Interop;

use crate::tool::root;
use crate::Result;

/// Where each file belongs and what it must hold.
pub(crate) fn all() -> Result<Vec<(PathBuf, String)>> {
    Ok(vec![
        (root().join("bindings/c/csa.h"), header()?),
        (root().join("bindings/dotnet/Csa.Native.cs"), csharp()?),
        (
            root().join("bindings/python/src/entra_csa/_native.py"),
            python()?,
        ),
        (
            root().join("powershell/EntraCsa/Private/Native.ps1"),
            powershell(),
        ),
    ])
}

/// Writes the files that differ.
pub(crate) fn write() -> Result<()> {
    for (path, text) in all()? {
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text)?;
        println!("wrote {}", shown(&path));
    }
    Ok(())
}

/// A path as people name it in this repository.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}

fn header() -> Result<String> {
    let source = root().join("crates/csa-ffi");
    let config = cbindgen::Config::from_file(source.join("cbindgen.toml"))?;
    let mut text = Vec::new();
    let files = ["src/lib.rs", "src/buffer.rs"];
    let builder = files.iter().fold(
        cbindgen::Builder::new().with_config(config),
        |builder, file| builder.with_src(source.join(file)),
    );
    builder.generate()?.write(&mut text);
    Ok(String::from_utf8(text)?)
}

fn csharp() -> Result<String> {
    use interoptopus_backend_csharp::{Config, Generator};
    let config = Config {
        file_header_comment: "// Written by `cargo xtask bindings` from the ABI of entra-csa. Do not edit.\n// Links against the library `csa` (libcsa.so, libcsa.dylib, csa.dll).".to_owned(),
        class: "CsaNative".to_owned(),
        dll_name: "csa".to_owned(),
        namespace_mappings: interoptopus::util::NamespaceMappings::new("EntraCsa"),
        ..Config::default()
    };
    written(&Generator::new(config, csa::inventory()))
}

fn python() -> Result<String> {
    use interoptopus_backend_cpython::{Config, Generator};
    let config = Config {
        init_api_function_name: "init_lib".to_owned(),
        ..Config::default()
    };
    let text = written(&Generator::new(config, csa::inventory()))?;
    // mypy calls what has no annotations untyped.
    let text = text.replace("def init_lib(path):", "def init_lib(path: str) -> None:");
    Ok(format!("# Written by `cargo xtask bindings` from the ABI of entra-csa. Do not edit.\n# mypy: ignore-errors\n{text}"))
}

fn written(generator: &impl Interop) -> Result<String> {
    let mut text = Vec::new();
    generator
        .write_to(&mut IndentWriter::new(&mut text))
        .map_err(|error| format!("bindings: {error:?}"))?;
    let text = String::from_utf8(text)?;
    // Trailing space is the generators' own; a checked-in file has none.
    Ok(text
        .lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
        .trim_end()
        .to_owned()
        + "\n")
}

// Names of .NET types.
fn net_type(c: &CType) -> String {
    match c {
        CType::Primitive(primitive) => match primitive {
            PrimitiveType::Void => "System.Void",
            PrimitiveType::U32 => "System.UInt32",
            PrimitiveType::U64 => "System.UInt64",
            PrimitiveType::I32 => "System.Int32",
            other => unreachable!("the ABI has no {other:?}"),
        }
        .to_owned(),
        CType::Composite(composite) => composite.rust_name().to_owned(),
        CType::ReadPointer(target) | CType::ReadWritePointer(target) => match &**target {
            // Bytes are memory to copy from, everything else is an out parameter.
            CType::Primitive(PrimitiveType::U8) => "System.IntPtr".to_owned(),
            target => format!("{}&", net_type(target)),
        },
        other => unreachable!("the ABI has no {other:?}"),
    }
}

// What a name of net_type() is in the script: a type accelerator, or the variable that holds the emitted type.
fn expression(name: &str) -> String {
    match name {
        "System.Void" => "[void]".to_owned(),
        "System.Int32" => "[int]".to_owned(),
        "System.UInt32" => "[uint]".to_owned(),
        "System.UInt64" => "[ulong]".to_owned(),
        "System.IntPtr" => "[IntPtr]".to_owned(),
        "System.UInt64&" => "$ulongRef".to_owned(),
        other => format!("${}", other.replace('&', "Ref")),
    }
}

fn powershell() -> String {
    let inventory = csa::inventory();
    let mut text = String::from(POWERSHELL_HEAD);
    for c in inventory.ctypes() {
        if let CType::Composite(composite) = c {
            let name = composite.rust_name();
            text.push_str(&format!(
                "\n$type = $module.DefineType('{name}', 'Public, SequentialLayout, Sealed, BeforeFieldInit', [System.ValueType])\n"
            ));
            for field in composite.fields() {
                text.push_str(&format!(
                    "$null = $type.DefineField('{}', {}, 'Public')\n",
                    field.name(),
                    expression(&net_type(field.the_type()))
                ));
            }
            text.push_str(&format!(
                "$script:{name} = $type.CreateType()\n${name}Ref = ${name}.MakeByRefType()\n"
            ));
        }
    }
    text.push_str("$ulongRef = [ulong].MakeByRefType()\n\n$type = $module.DefineType('CsaNative', 'Public, Abstract, Sealed', [object])\n");
    for function in inventory.functions() {
        let signature = function.signature();
        let parameters: Vec<_> = signature
            .params()
            .iter()
            .map(|p| expression(&net_type(p.the_type())))
            .collect();
        text.push_str(&format!(
            "$type.DefinePInvokeMethod('{}', $library, 'Public, Static, PinvokeImpl', 'Standard', {}, [type[]] @({}), 'Cdecl', 'Ansi').SetImplementationFlags('PreserveSig')\n",
            function.name(),
            expression(&net_type(signature.rval())),
            parameters.join(", ")
        ));
    }
    text.push_str("$script:CsaNative = $type.CreateType()\n\n");
    for constant in inventory.constants() {
        use interoptopus::lang::c::{ConstantValue, PrimitiveValue};
        let value = match constant.value() {
            ConstantValue::Primitive(PrimitiveValue::I32(value)) => value.to_string(),
            ConstantValue::Primitive(PrimitiveValue::U32(value)) => value.to_string(),
            other => unreachable!("the ABI has no {other:?}"),
        };
        text.push_str(&format!("$script:{} = {value}\n", constant.name()));
    }
    text
}

// Flags are texts, which PowerShell converts: it compiles a call with numbers among its arguments anew for each combination.
const POWERSHELL_HEAD: &str = "\
# Written by `cargo xtask bindings` from the ABI of entra-csa. Do not edit.
#
# Makes the functions of $library callable as static methods of $CsaNative, by emitting one P/Invoke method a line: its name,
# the library, flags, what it returns, the types of its parameters. One call after the other, without functions, loops and
# tables: that is what PowerShell runs soonest, and every import waits for it. PreserveSig: the result is no COM HRESULT.
$module = [System.Reflection.Emit.AssemblyBuilder]::DefineDynamicAssembly('EntraCsa.Native', 'Run').DefineDynamicModule('EntraCsa.Native')
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checked_in_bindings_match_the_abi() {
        for (path, text) in all().unwrap() {
            let checked_in = fs::read_to_string(&path).unwrap_or_default();
            assert!(
                checked_in == text,
                "{} is stale: run cargo xtask bindings and commit it",
                shown(&path)
            );
        }
    }
}
