function Get-CsaAttributeSet {
    <#
    .SYNOPSIS
    Lists attribute sets.
    .DESCRIPTION
    Gives what the connection remembers: it reads the sets when they are first needed and keeps them for an hour. Needs the
    permission CustomSecAttributeDefinition.Read.All, and for a person also a role such as Attribute Definition Reader.
    .PARAMETER AttributeSet
    Only these, in any case of letters.
    .PARAMETER Refresh
    Reads them anew.
    .PARAMETER Context
    The connection to use, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
    .EXAMPLE
    Get-CsaAttributeSet

    Lists all attribute sets.
    .OUTPUTS
    Csa.AttributeSet: AttributeSet, Description, MaxAttributes.
    .LINK
    https://learn.microsoft.com/graph/api/directory-list-attributesets
    #>
    [CmdletBinding()]
    [OutputType('Csa.AttributeSet')]
    param(
        [Parameter(Position = 0, ValueFromPipelineByPropertyName)]
        [string[]] $AttributeSet,

        [Parameter()]
        [switch] $Refresh,

        [Parameter()]
        [PSTypeName('Csa.Context')]
        [psobject] $Context
    )

    begin { Copy-CsaCallerPreference $PSCmdlet }

    process {
        $parameters = @{ attributeSets = @($AttributeSet | Where-Object { $_ }); refresh = [bool] $Refresh }
        Invoke-CsaOperation 'attributeSet.get' $parameters $PSCmdlet | ForEach-Object { ConvertTo-CsaDeclaration $_ }
    }
}
