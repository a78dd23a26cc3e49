# Creates or changes what the tenant declares: asks the core what would be sent, shows that to -WhatIf and -Confirm, and does it.
# Gives the item of what is declared then; nothing if the person says no, or with -WhatIf.
function Invoke-CsaDeclaration {
    param([string] $Operation, [System.Collections.IDictionary] $Parameters, [System.Management.Automation.PSCmdlet] $Cmdlet, $InputObject)

    $inputs = @{ [string] $InputObject = $InputObject }
    $failed = $false
    $plans = @(Invoke-CsaOperation $Operation ($Parameters + @{ plan = $true }) $Cmdlet $inputs -Failed ([ref] $failed))
    if ($failed) { return }
    if ($plans.Count -eq 0) {
        $Cmdlet.WriteVerbose('nothing to change')
        return
    }
    $agreed = @($plans | Where-Object { $Cmdlet.ShouldProcess($_.subject, $_.change) })
    if ($agreed.Count -eq 0) { return }
    # Of several values, those that the person said yes to.
    if ($Parameters.Contains('values')) { $Parameters.values = @($agreed.value) }
    Invoke-CsaOperation $Operation $Parameters $Cmdlet $inputs
}
