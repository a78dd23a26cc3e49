function Get-CsaAttribute {
    <#
    .SYNOPSIS
    Lists the definitions of attributes.
    .DESCRIPTION
    Gives what the connection remembers: it reads the definitions with their allowed values when they are first needed and keeps
    them for an hour. Needs the permission CustomSecAttributeDefinition.Read.All, and for a person also a role such as Attribute
    Definition Reader.
    .PARAMETER Attribute
    Only these: in full (Engineering.Project), or by name where one set alone has it or with -AttributeSet. Case does not matter.
    .PARAMETER AttributeSet
    Only attributes of these sets.
    .PARAMETER Status
    Only those in use (Available) or switched off (Deprecated).
    .PARAMETER Type
    Only those of this type: String, Int32, Boolean, String[] or Int32[].
    .PARAMETER Refresh
    Reads them anew.
    .PARAMETER Context
    The connection to use, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
    .EXAMPLE
    Get-CsaAttribute -AttributeSet Engineering -Status Available

    Lists what can be assigned from the set Engineering.
    .EXAMPLE
    (Get-CsaAttribute Engineering.Project).AllowedValues

    Lists the projects that can be assigned.
    .OUTPUTS
    Csa.Attribute: AttributeSet, Attribute, Type, Description, Status, Searchable, AllowedValuesOnly, AllowedValues.
    .LINK
    https://learn.microsoft.com/graph/api/directory-list-customsecurityattributedefinitions
    #>
    [CmdletBinding()]
    [OutputType('Csa.Attribute')]
    param(
        [Parameter(Position = 0, ValueFromPipelineByPropertyName)]
        [string[]] $Attribute,

        [Parameter(ValueFromPipelineByPropertyName)]
        [string[]] $AttributeSet,

        [Parameter()]
        [ValidateSet('Available', 'Deprecated')]
        [string] $Status,

        [Parameter()]
        [ValidateSet('String', 'Int32', 'Boolean', 'String[]', 'Int32[]')]
        [string] $Type,

        [Parameter()]
        [switch] $Refresh,

        [Parameter()]
        [PSTypeName('Csa.Context')]
        [psobject] $Context
    )

    begin { Copy-CsaCallerPreference $PSCmdlet }

    process {
        $parameters = @{ refresh = [bool] $Refresh }
        if ($Attribute) { $parameters.attributes = ConvertTo-CsaAttribute $AttributeSet $Attribute }
        elseif ($AttributeSet) { $parameters.attributeSets = $AttributeSet }
        if ($Status) { $parameters.status = $Status }
        if ($Type) { $parameters.type = $Type }
        Invoke-CsaOperation 'attribute.get' $parameters $PSCmdlet | ForEach-Object { ConvertTo-CsaDeclaration $_ }
    }
}
