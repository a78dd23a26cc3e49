function New-CsaAttribute {
    <#
    .SYNOPSIS
    Creates an attribute: its definition in an attribute set.
    .DESCRIPTION
    Checks Microsoft's limits first: names, 128 characters a description, 100 allowed values, 500 attributes in use, no collection
    and no allowed values for Boolean. -WhatIf shows what would be sent. Name, type and searchability can't be changed later, and
    an attribute can't be deleted, only switched off (Set-CsaAttribute -Status Deprecated).

    Needs the permission CustomSecAttributeDefinition.ReadWrite.All, and for a person also the role Attribute Definition
    Administrator.
    .PARAMETER Attribute
    The name: in full (Engineering.Grade), or alone with -AttributeSet. 1 to 32 characters, no space, no special character, no
    leading digit.
    .PARAMETER AttributeSet
    The attribute set, when -Attribute is the name alone.
    .PARAMETER Type
    String, Int32, Boolean, String[] or Int32[].
    .PARAMETER Description
    What it is for, at most 128 characters.
    .PARAMETER AllowedValue
    Values that are declared beforehand, at most 100 of 64 characters. With them the attribute takes no others, unless
    -AllowedValuesOnly:$false says so.
    .PARAMETER AllowedValuesOnly
    Only allowed values can be assigned. This can be given up later, and not be brought back.
    .PARAMETER NotSearchable
    Filters can't use the attribute.
    .PARAMETER Context
    The connection to use, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
    .EXAMPLE
    New-CsaAttribute Engineering.Project -Type String[] -Description 'Active projects' -AllowedValue Alpine, Baker, Cascade

    Creates an attribute of several values out of three.
    .EXAMPLE
    New-CsaAttribute -AttributeSet Engineering -Attribute NumVendors -Type Int32 -WhatIf

    Shows what would be sent.
    .OUTPUTS
    Csa.Attribute.
    .LINK
    https://learn.microsoft.com/graph/api/directory-post-customsecurityattributedefinitions
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Csa.Attribute')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipelineByPropertyName)]
        [string] $Attribute,

        [Parameter(ValueFromPipelineByPropertyName)]
        [string] $AttributeSet,

        [Parameter(Mandatory, Position = 1, ValueFromPipelineByPropertyName)]
        [ArgumentCompletions('String', 'Int32', 'Boolean', 'String[]', 'Int32[]')]
        [string] $Type,

        [Parameter(ValueFromPipelineByPropertyName)]
        [string] $Description,

        [Parameter()]
        [string[]] $AllowedValue,

        [Parameter()]
        [switch] $AllowedValuesOnly,

        [Parameter()]
        [switch] $NotSearchable,

        [Parameter()]
        [PSTypeName('Csa.Context')]
        [psobject] $Context
    )

    begin { Copy-CsaCallerPreference $PSCmdlet }

    process {
        $parameters = @{ attribute = $Attribute; type = $Type; isSearchable = -not $NotSearchable }
        if ($AttributeSet) { $parameters.attributeSet = $AttributeSet }
        if ($Description) { $parameters.description = $Description }
        if ($AllowedValue) { $parameters.allowedValues = $AllowedValue }
        if ($PSBoundParameters.ContainsKey('AllowedValuesOnly')) { $parameters.usePreDefinedValuesOnly = [bool] $AllowedValuesOnly }
        Invoke-CsaDeclaration 'attribute.create' $parameters $PSCmdlet $Attribute | ForEach-Object { ConvertTo-CsaDeclaration $_ }
    }
}
