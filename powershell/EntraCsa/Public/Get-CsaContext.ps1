function Get-CsaContext {
    <#
    .SYNOPSIS
    Shows the connection.
    .DESCRIPTION
    Gives one object, or nothing when there is no connection. It never holds a token or a secret.

    Mode is how the sign-in was done: accessToken, clientSecret, clientCertificate, managedIdentity, workloadIdentity, azureCli, deviceCode, or
    sandbox. TenantId, ClientId, Account (of a person), Permissions and ExpiresOn are those of the latest token, as far as it can be read; tokens
    are renewed before they end, where the mode can. Cloud is Global, USGov, USGovDoD or China, and empty for another GraphUri. Sandbox
    tells whether it is one, Version is that of this module's library.

    The object can be used as -Context of the other cmdlets, also in another runspace of the same process.
    .PARAMETER Context
    The connection to show, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
    .EXAMPLE
    Get-CsaContext

    Shows who is signed in, and where the cmdlets send their requests.
    .EXAMPLE
    $context = Get-CsaContext; Get-Content users.txt | ForEach-Object -Parallel { Import-Module EntraCsa; Get-CsaAssignment $_ -Context $using:context }

    Shares the connection with parallel runspaces.
    .OUTPUTS
    Csa.Context
    .LINK
    https://learn.microsoft.com/graph/deployments
    #>
    [CmdletBinding()]
    [OutputType('Csa.Context')]
    param(
        [Parameter()]
        [PSTypeName('Csa.Context')]
        [psobject] $Context
    )

    $connection = Get-CsaConnection -Bound $PSBoundParameters
    if ($null -ne $connection) {
        $connection.Held = $true
        Get-CsaConnectionContext 'context.get' $connection $PSCmdlet
    }
}
