function Get-CsaContext {
    <#
    .SYNOPSIS
    Shows the connection.
    .DESCRIPTION
    Gives one object with GraphUri (where requests go), Sandbox (whether that is a sandbox) and Version (of this module's
    library). Gives nothing when there is no connection. It never holds the token.
    .EXAMPLE
    Get-CsaContext

    Shows where the cmdlets send their requests.
    .OUTPUTS
    Csa.Context
    .LINK
    https://learn.microsoft.com/graph/deployments
    #>
    [CmdletBinding()]
    [OutputType('Csa.Context')]
    param()

    if ($null -ne $script:Connection) {
        $info = Invoke-CsaNative -Text '' -Call { param($text, $buffer) $script:CsaNative::csa_info($buffer) }
        [pscustomobject]@{
            PSTypeName = 'Csa.Context'
            GraphUri   = $script:Connection.GraphUri
            Sandbox    = $script:Connection.Sandbox
            Version    = (ConvertFrom-CsaJson $info.Text).version
        }
    }
}
