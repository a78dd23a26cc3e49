function Disconnect-Csa {
    <#
    .SYNOPSIS
    Ends the connection.
    .DESCRIPTION
    Forgets the token, and stops the sandbox if there is one. Does nothing when there is no connection.
    .EXAMPLE
    Disconnect-Csa
    .OUTPUTS
    None.
    .LINK
    https://learn.microsoft.com/graph/deployments
    #>
    [CmdletBinding()]
    [OutputType([void])]
    param()

    Close-CsaConnection
}
