# The main job on the sandbox: each command as one would type it, and what it answers.
param([Parameter(Mandatory)] [string] $Module)

Import-Module $Module -ErrorAction Stop

$commands = @(
    'Connect-Csa -Sandbox'
    'Set-CsaAssignment -UserId joe@contoso.com -Attribute Engineering.Project -Value Baker, Cascade'
    'Set-CsaAssignment -UserId dara@contoso.com -Values @{ ''Engineering.NumVendors'' = 4; ''Engineering.Certification'' = $true } -PassThru'
    'Get-CsaAssignment -UserId joe@contoso.com'
    'Find-CsaUser -Attribute Marketing.AppCountry -Equal Canada'
    '@(Find-CsaUser -Attribute Marketing.AppCountry -NotEqual Canada).Count'
    '''dara@contoso.com'', ''nobody@contoso.com'' | Set-CsaAssignment -Attribute Engineering.NumVendors -Value 8'
    'Get-CsaAssignment dara@contoso.com'
    'Remove-CsaAssignment -UserId joe@contoso.com -Attribute Engineering.ProjectDate, Engineering.Project'
    'Get-CsaAssignment -UserId joe@contoso.com -AttributeSet Engineering'
    'Disconnect-Csa'
)
$Error.Clear()
foreach ($command in $commands) {
    Write-Host "PS> $command" -ForegroundColor Cyan
    . ([scriptblock]::Create($command)) 2>&1 | Out-Host
}
# One command fails on one of its targets, to show what that looks like.
if ($Error.Count -ne 1) { exit 1 }
