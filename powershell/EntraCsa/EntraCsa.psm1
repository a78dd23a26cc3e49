# The library of this system; the folder has the architecture as .NET spells it.
$system, $file = if ($IsWindows) { 'win', 'csa.dll' } elseif ($IsMacOS) { 'osx', 'libcsa.dylib' } else { 'linux', 'libcsa.so' }
$library = "$PSScriptRoot/lib/$system-$([System.Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture)/$file"

# The functions, and the types and constants to call the library with. `cargo xtask build` puts the text of the files in place
# of the loop between the marks: one file is imported in a third of the time of twenty.
# <files>
foreach ($folder in 'Private', 'Public') {
    foreach ($script in [System.IO.Directory]::GetFiles("$PSScriptRoot/$folder", '*.ps1')) { . $script }
}
# </files>

try { $version = $CsaNative::csa_abi_version() }
catch {
    if ([System.IO.File]::Exists($library)) { throw }
    throw "EntraCsa has no native library for this system ($library is missing). From a source tree, build it with: cargo xtask build"
}
if ($version -ne $CSA_ABI_VERSION) {
    throw "The library $library speaks version $version of its interface, this module version ${CSA_ABI_VERSION}: install both from the same release."
}

# What Connect-Csa opened, or nothing.
$script:Connection = $null
