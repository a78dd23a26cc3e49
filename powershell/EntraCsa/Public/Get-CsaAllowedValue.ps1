function Get-CsaAllowedValue {
    <#
    .SYNOPSIS
    Lists the allowed values of an attribute.
    .DESCRIPTION
    Gives what the connection remembers, active or not. Needs the permission CustomSecAttributeDefinition.Read.All, and for a person
    also a role such as Attribute Definition Reader.
    .PARAMETER Attribute
    The attributes: in full (Engineering.Project), or by name where one set alone has it or with -AttributeSet.
    .PARAMETER AttributeSet
    The attribute set, when -Attribute is the name alone.
    .PARAMETER Value
    Only these values.
    .PARAMETER Refresh
    Reads them anew.
    .PARAMETER Context
    The connection to use, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
    .EXAMPLE
    Get-CsaAllowedValue Engineering.Project | Where-Object IsActive

    Lists the projects that can be assigned.
    .OUTPUTS
    Csa.AllowedValue: AttributeSet, Attribute, Value, IsActive.
    .LINK
    https://learn.microsoft.com/graph/api/customsecurityattributedefinition-list-allowedvalues
    #>
    [CmdletBinding()]
    [OutputType('Csa.AllowedValue')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipelineByPropertyName)]
        [string[]] $Attribute,

        [Parameter(ValueFromPipelineByPropertyName)]
        [string] $AttributeSet,

        [Parameter(Position = 1)]
        [string[]] $Value,

        [Parameter()]
        [switch] $Refresh,

        [Parameter()]
        [PSTypeName('Csa.Context')]
        [psobject] $Context
    )

    begin { Copy-CsaCallerPreference $PSCmdlet }

    process {
        $parameters = @{ attributes = ConvertTo-CsaAttribute @($AttributeSet | Where-Object { $_ }) $Attribute; refresh = [bool] $Refresh }
        Invoke-CsaOperation 'attribute.get' $parameters $PSCmdlet |
            ForEach-Object { (ConvertTo-CsaDeclaration $_).AllowedValues } |
            Where-Object { -not $Value -or $_.Value -cin $Value }
    }
}
