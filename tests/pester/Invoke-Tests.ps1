# Runs the Pester tests of this folder against a built module. Writes "N passed, M failed" and fails if one failed or none ran.
param(
    [Parameter(Mandatory)] [string] $Module,
    [Parameter(Mandatory)] [string] $Emulator
)

$ErrorActionPreference = 'Stop'
$pester = Get-Module -ListAvailable Pester | Where-Object { $_.Version.Major -eq 5 } | Sort-Object Version | Select-Object -Last 1
if (-not $pester) { throw 'Pester 5 is missing: Install-PSResource Pester -Version "[5.5,6.0)"' }
Import-Module $pester.Path

$env:CSA_MODULE = (Resolve-Path $Module).Path
$env:CSA_EMULATOR = (Resolve-Path $Emulator).Path
$configuration = New-PesterConfiguration
$configuration.Run.Path = $PSScriptRoot
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$result = Invoke-Pester -Configuration $configuration
Write-Output "$($result.PassedCount) passed, $($result.FailedCount) failed"
$whole = $result.FailedCount -eq 0 -and $result.FailedBlocksCount -eq 0 -and $result.FailedContainersCount -eq 0
if (-not $whole -or $result.PassedCount -eq 0 -or $result.SkippedCount -ne 0) { exit 1 }
