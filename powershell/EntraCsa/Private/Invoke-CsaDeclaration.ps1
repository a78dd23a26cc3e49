# Creates or changes what the tenant declares: asks the core what would be sent, shows that to -WhatIf and -Confirm, and does it.
# Gives the item of what is declared then; nothing if the person says no, or with -WhatIf.
function Invoke-CsaDeclaration {
    param([string] $Operation, [System.Collections.IDictionary] $Parameters, [System.Management.Automation.PSCmdlet] $Cmdlet, $InputObject)

    $inputs = @{ '' = $InputObject }
    $failed = $false
    $plans = @(Invoke-CsaOperation $Operation ($Parameters + @{ plan = $true }) $Cmdlet $inputs -Failed ([ref] $failed))
    if ($failed) { return }
    if ($plans.Count -eq 0) {
        $Cmdlet.WriteVerbose('nothing to change')
        return
    }
    foreach ($plan in $plans) {
        if (-not $Cmdlet.ShouldProcess($plan.subject, $plan.change)) { return }
    }
    Invoke-CsaOperation $Operation $Parameters $Cmdlet $inputs
}
