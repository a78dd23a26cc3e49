function Disconnect-Csa {
    <#
    .SYNOPSIS
    Ends a connection.
    .DESCRIPTION
    Forgets the sign-in, and stops the sandbox if there is one. What still runs over it ends. Does nothing when there is no connection.
    .PARAMETER Context
    The connection to end, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
    .EXAMPLE
    Disconnect-Csa

    Ends the connection at the end of a script.
    .EXAMPLE
    Disconnect-Csa -Context $fabrikam

    Ends one of several connections.
    .OUTPUTS
    None.
    .LINK
    https://learn.microsoft.com/graph/deployments
    #>
    [CmdletBinding()]
    [OutputType([void])]
    param(
        [Parameter(ValueFromPipeline)]
        [PSTypeName('Csa.Context')]
        [psobject] $Context
    )

    process {
        $connection = Get-CsaConnection -Bound $PSBoundParameters
        if ($null -ne $connection) { Close-CsaConnection $connection.Handle }
    }
}
