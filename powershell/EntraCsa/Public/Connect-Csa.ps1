function Connect-Csa {
    <#
    .SYNOPSIS
    Connects to Microsoft Graph, or to a sandbox on this machine.
    .DESCRIPTION
    The other cmdlets of this module use this connection until Disconnect-Csa or the end of the session. A second Connect-Csa
    replaces the first. Nothing is sent to Graph before the first operation.

    The sandbox is a small Microsoft Graph inside this process with the people and attributes of Microsoft's how-to. It
    speaks real HTTP on a loopback port, and what is assigned there is gone with the connection.
    .PARAMETER Sandbox
    Connects to a fresh sandbox. Needs no sign-in.
    .PARAMETER AccessToken
    A bearer token for Microsoft Graph, as a SecureString. It is kept in memory only.
    .PARAMETER GraphUri
    Root of Graph with its version. https only, except for a loopback address such as that of csa-emulator.
    .PARAMETER TimeoutSeconds
    Longest wait for one answer, in seconds.
    .PARAMETER Quota
    For a tenant with another quota than the published one: a table with Writes and WriteSeconds (3,000 writes in 150 seconds), Units
    and UnitSeconds (resource units of reads, 3,500 to 8,000 in 10 seconds by the size of the tenant). Requests go no faster.
    .EXAMPLE
    Connect-Csa -Sandbox

    Connects to a sandbox to try things out.
    .EXAMPLE
    Connect-Csa -AccessToken (Get-AzAccessToken -ResourceTypeName MSGraph -AsSecureString).Token

    Connects to Microsoft Graph with a token that another module got.
    .EXAMPLE
    Connect-Csa -GraphUri http://127.0.0.1:4711/v1.0 -AccessToken (ConvertTo-SecureString any -AsPlainText -Force)

    Connects to a csa-emulator that runs elsewhere on this machine.
    .OUTPUTS
    None. Get-CsaContext shows the connection.
    .LINK
    https://learn.microsoft.com/graph/deployments
    #>
    [CmdletBinding(DefaultParameterSetName = 'AccessToken')]
    [OutputType([void])]
    param(
        [Parameter(Mandatory, ParameterSetName = 'Sandbox')]
        [switch] $Sandbox,

        [Parameter(Mandatory, ParameterSetName = 'AccessToken')]
        [securestring] $AccessToken,

        [Parameter(ParameterSetName = 'AccessToken')]
        [ValidateNotNullOrEmpty()]
        [string] $GraphUri = 'https://graph.microsoft.com/v1.0',

        [Parameter()]
        [ValidateRange(1, 3600)]
        [int] $TimeoutSeconds = 100,

        [Parameter()]
        [System.Collections.IDictionary] $Quota
    )

    $config = @{ timeoutSeconds = $TimeoutSeconds }
    if ($Quota) {
        $config.quota = @{}
        foreach ($name in $Quota.Keys) { $config.quota[$name.Substring(0, 1).ToLowerInvariant() + $name.Substring(1)] = [double] $Quota[$name] }
    }
    if ($PSCmdlet.ParameterSetName -eq 'Sandbox') {
        $config.sandbox = $true
    }
    else {
        $config.graphUri = $GraphUri
        $config.accessToken = [System.Net.NetworkCredential]::new('', $AccessToken).Password
    }
    Open-CsaConnection -Config $config -Cmdlet $PSCmdlet
}
