# Loads the functions, then the native library they call.
foreach ($folder in 'Private', 'Public') {
    foreach ($file in [System.IO.Directory]::GetFiles([System.IO.Path]::Combine($PSScriptRoot, $folder), '*.ps1')) {
        # Native.ps1 is a table, not functions.
        if ([System.IO.Path]::GetFileName($file) -ne 'Native.ps1') { . $file }
    }
}

# The type with the native functions, its structs and its constants.
$script:Native = Import-CsaLibrary -Folder $PSScriptRoot
# What Connect-Csa opened, or nothing.
$script:Connection = $null

$ExecutionContext.SessionState.Module.OnRemove = { Close-CsaConnection }
