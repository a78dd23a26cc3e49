# Makes a public function follow the preferences of who calls it, as compiled cmdlets do. A function of a script module sees
# only the global ones: without this, a caller's function run with -WhatIf would write for real, and a caller's
# $ErrorActionPreference = 'Stop' would not stop.
# Source: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_preference_variables
function Copy-CsaCallerPreference {
    param([System.Management.Automation.PSCmdlet] $Cmdlet)

    $preferences = @{
        ErrorActionPreference = 'ErrorAction'; WarningPreference = 'WarningAction'; VerbosePreference = 'Verbose'
        ConfirmPreference = 'Confirm'; WhatIfPreference = 'WhatIf'
    }
    foreach ($name in $preferences.Keys) {
        # A parameter that was given has set the variable already.
        if ($Cmdlet.MyInvocation.BoundParameters.ContainsKey($preferences[$name])) { continue }
        $value = $Cmdlet.SessionState.PSVariable.GetValue($name)
        if ($null -ne $value) { Set-Variable -Name $name -Value $value -Scope 1 -WhatIf:$false -Confirm:$false }
    }
}
