function Set-CsaAttribute {
    <#
    .SYNOPSIS
    Changes the definition of an attribute, or switches it off or on.
    .DESCRIPTION
    Changes what is given; -WhatIf shows it with what is there now. Name, type and searchability can't be changed. An attribute is
    never deleted: -Status Deprecated switches it off, so that it takes no new values and does not count against the 500 of the
    tenant; what is assigned stays.

    Needs the permission CustomSecAttributeDefinition.ReadWrite.All, and for a person also the role Attribute Definition
    Administrator.
    .PARAMETER Attribute
    The attribute: in full (Engineering.Project), or by name where one set alone has it or with -AttributeSet.
    .PARAMETER AttributeSet
    The attribute set, when -Attribute is the name alone.
    .PARAMETER Description
    What it is for, at most 128 characters. $null takes it away.
    .PARAMETER Status
    Available or Deprecated.
    .PARAMETER AllowedValuesOnly
    -AllowedValuesOnly:$false lets any value be assigned. This can't be undone.
    .PARAMETER PassThru
    Gives the definition as it is then.
    .PARAMETER Context
    The connection to use, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
    .EXAMPLE
    Set-CsaAttribute Engineering.Codename -Status Deprecated

    Switches the attribute off.
    .EXAMPLE
    Get-CsaAttribute -AttributeSet Legacy | Set-CsaAttribute -Status Deprecated -WhatIf

    Shows what would be switched off.
    .OUTPUTS
    None. With -PassThru, Csa.Attribute.
    .LINK
    https://learn.microsoft.com/graph/api/customsecurityattributedefinition-update
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Csa.Attribute')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipelineByPropertyName)]
        [string] $Attribute,

        [Parameter(ValueFromPipelineByPropertyName)]
        [string] $AttributeSet,

        [Parameter()]
        [AllowNull()] [AllowEmptyString()]
        [string] $Description,

        [Parameter()]
        [ValidateSet('Available', 'Deprecated')]
        [string] $Status,

        [Parameter()]
        [switch] $AllowedValuesOnly,

        [Parameter()]
        [switch] $PassThru,

        [Parameter()]
        [PSTypeName('Csa.Context')]
        [psobject] $Context
    )

    begin { Copy-CsaCallerPreference $PSCmdlet }

    process {
        $parameters = @{ attribute = $Attribute }
        if ($AttributeSet) { $parameters.attributeSet = $AttributeSet }
        if ($PSBoundParameters.ContainsKey('Description')) { $parameters.description = if ($Description) { $Description } }
        if ($Status) { $parameters.status = $Status }
        if ($PSBoundParameters.ContainsKey('AllowedValuesOnly')) { $parameters.usePreDefinedValuesOnly = [bool] $AllowedValuesOnly }
        Invoke-CsaDeclaration 'attribute.update' $parameters $PSCmdlet $Attribute | ForEach-Object {
            if ($PassThru) { ConvertTo-CsaDeclaration $_ }
        }
    }
}
