function Disconnect-Csa {
    <#
    .SYNOPSIS
    Ends the connection.
    .DESCRIPTION
    Forgets the token, and stops the sandbox if there is one. Does nothing when there is no connection.
    .EXAMPLE
    Disconnect-Csa

    Ends the connection at the end of a script.
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
