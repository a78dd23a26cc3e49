# The library of this system; the folder has the architecture as .NET spells it.
$library = if ($IsWindows) { 'win-{0}/csa.dll' } elseif ($IsMacOS) { 'osx-{0}/libcsa.dylib' } else { 'linux-{0}/libcsa.so' }
$library = "$PSScriptRoot/lib/" + ($library -f [System.Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture)
if (-not [System.IO.File]::Exists($library)) {
    throw "EntraCsa has no native library for this system ($library is missing). From a source tree, build it with: cargo xtask build"
}

# The functions, and the types and constants to call the library with. `cargo xtask build` puts the text of the files in place
# of the loop between the marks: one file is imported in a third of the time of twenty.
# <files>
foreach ($folder in 'Private', 'Public') {
    foreach ($script in [System.IO.Directory]::GetFiles("$PSScriptRoot/$folder", '*.ps1')) { . $script }
}
# </files>

if ($CsaNative::csa_abi_version() -ne $CSA_ABI_VERSION) {
    throw "The library $library does not speak version $CSA_ABI_VERSION of its interface, as this module does: install both from the same release."
}

# What Connect-Csa opened last, or nothing; and all that is open.
$script:Connection = $null
$script:Connections = @{}
