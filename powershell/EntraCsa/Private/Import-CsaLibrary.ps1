# Makes the native functions callable: structs and P/Invoke methods are emitted from the table in Native.ps1, which takes
# milliseconds and needs neither a compiler nor an assembly built for one .NET.
function Import-CsaLibrary {
    param([string] $Folder)

    $table = & ([System.IO.Path]::Combine($Folder, 'Private', 'Native.ps1'))
    $library = Get-CsaLibraryPath -Folder $Folder
    $name = [System.Reflection.AssemblyName]::new('EntraCsa.Native')
    $assembly = [System.Reflection.Emit.AssemblyBuilder]::DefineDynamicAssembly($name, [System.Reflection.Emit.AssemblyBuilderAccess]::Run)
    $module = $assembly.DefineDynamicModule('EntraCsa.Native')

    $types = @{}
    $resolve = {
        param([string] $Name)
        $bare = $Name.TrimEnd('&')
        $type = if ($types.ContainsKey($bare)) { $types[$bare] } else { [type] $bare }
        if ($Name.EndsWith('&')) { $type.MakeByRefType() } else { $type }
    }
    foreach ($struct in $table.Structs.GetEnumerator()) {
        $builder = $module.DefineType($struct.Key, 'Public, SequentialLayout, Sealed, BeforeFieldInit', [System.ValueType])
        foreach ($field in $struct.Value.GetEnumerator()) {
            [void] $builder.DefineField($field.Key, (& $resolve $field.Value), 'Public')
        }
        $types[$struct.Key] = $builder.CreateType()
    }

    $builder = $module.DefineType('CsaNative', 'Public, Abstract, Sealed')
    foreach ($function in $table.Functions.GetEnumerator()) {
        $parameters = [type[]] @(foreach ($parameter in $function.Value.Parameters.Values) { & $resolve $parameter })
        $method = $builder.DefinePInvokeMethod(
            $function.Key, $library, 'Public, Static, PinvokeImpl', 'Standard', (& $resolve $function.Value.Returns), $parameters, 'Cdecl', 'Ansi')
        # Without this .NET takes the result for a COM HRESULT.
        $method.SetImplementationFlags('PreserveSig')
        $position = 0
        foreach ($parameter in $function.Value.Parameters.Keys) {
            $position++
            [void] $method.DefineParameter($position, 'None', $parameter)
        }
    }

    $native = [pscustomobject]@{ Methods = $builder.CreateType(); Structs = $types; Constants = $table.Constants; Library = $library }
    $version = $native.Methods::csa_abi_version()
    if ($version -ne $table.Constants.CSA_ABI_VERSION) {
        throw "The library $library speaks version $version of its interface, this module version $($table.Constants.CSA_ABI_VERSION): install both from the same release."
    }
    $native
}

function Get-CsaLibraryPath {
    param([string] $Folder)

    $os, $file = if ($IsWindows) { 'win', 'csa.dll' } elseif ($IsMacOS) { 'osx', 'libcsa.dylib' } else { 'linux', 'libcsa.so' }
    $architecture = [System.Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture.ToString().ToLowerInvariant()
    $path = [System.IO.Path]::Combine($Folder, 'lib', "$os-$architecture", $file)
    if (-not [System.IO.File]::Exists($path)) {
        throw "EntraCsa has no native library for $os-$architecture ($path is missing). From a source tree, build it with: cargo xtask build"
    }
    $path
}
