function New-CsaAttributeSet {
    <#
    .SYNOPSIS
    Creates an attribute set.
    .DESCRIPTION
    Checks the name and the limits first; -WhatIf shows what would be sent. A set can't be renamed or deleted. Needs the permission
    CustomSecAttributeDefinition.ReadWrite.All, and for a person also the role Attribute Definition Administrator.
    .PARAMETER AttributeSet
    The name: 1 to 32 characters, no space, no special character, no leading digit.
    .PARAMETER Description
    What it is for, at most 128 characters.
    .PARAMETER MaxAttributes
    Most attributes in use that it may have, 1 to 500. Without it: as many as the tenant.
    .PARAMETER Context
    The connection to use, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
    .EXAMPLE
    New-CsaAttributeSet Finance -Description 'Attributes for finance' -MaxAttributes 25

    Creates the set Finance.
    .OUTPUTS
    Csa.AttributeSet.
    .LINK
    https://learn.microsoft.com/graph/api/directory-post-attributesets
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Csa.AttributeSet')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipelineByPropertyName)]
        [string] $AttributeSet,

        [Parameter(ValueFromPipelineByPropertyName)]
        [string] $Description,

        [Parameter(ValueFromPipelineByPropertyName)]
        [Nullable[int]] $MaxAttributes,

        [Parameter()]
        [PSTypeName('Csa.Context')]
        [psobject] $Context
    )

    begin { Copy-CsaCallerPreference $PSCmdlet }

    process {
        $parameters = @{ attributeSet = $AttributeSet }
        if ($Description) { $parameters.description = $Description }
        if ($null -ne $MaxAttributes) { $parameters.maxAttributesPerSet = $MaxAttributes }
        Invoke-CsaDeclaration 'attributeSet.create' $parameters $PSCmdlet $AttributeSet | ForEach-Object { ConvertTo-CsaDeclaration $_ }
    }
}
