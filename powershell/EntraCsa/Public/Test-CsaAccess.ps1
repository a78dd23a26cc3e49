function Test-CsaAccess {
    <#
    .SYNOPSIS
    Shows what this sign-in can do, and what is missing for the rest.
    .DESCRIPTION
    Looks at the permissions and directory roles in the access token, and tries out what can be read. Nothing is written. A role
    that is given for single attribute sets does not show in a token: then Allowed is Unknown.
    .PARAMETER Context
    The connection to use, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
    .EXAMPLE
    Test-CsaAccess

    Shows a table of six rows.
    .EXAMPLE
    Test-CsaAccess | Where-Object Allowed -ne Yes

    Shows what this sign-in can't do.
    .OUTPUTS
    Csa.Access: Capability, Allowed (Yes, No or Unknown), Missing, Permission and Role (the least that give the right).
    .LINK
    https://learn.microsoft.com/entra/fundamentals/custom-security-attributes-manage
    #>
    [CmdletBinding()]
    [OutputType('Csa.Access')]
    param(
        [Parameter()]
        [PSTypeName('Csa.Context')]
        [psobject] $Context
    )

    Copy-CsaCallerPreference $PSCmdlet
    Invoke-CsaOperation 'access.test' @{} $PSCmdlet | ForEach-Object {
        [pscustomobject]@{
            PSTypeName = 'Csa.Access'
            Capability = $_.capability
            Allowed    = if ($null -eq $_.allowed) { 'Unknown' } elseif ($_.allowed) { 'Yes' } else { 'No' }
            Missing    = $_.missing
            Permission = $_.permission
            Role       = $_.role
        }
    }
}
