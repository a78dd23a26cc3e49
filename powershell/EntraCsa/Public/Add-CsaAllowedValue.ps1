function Add-CsaAllowedValue {
    <#
    .SYNOPSIS
    Adds allowed values to an attribute.
    .DESCRIPTION
    Checks each value against the type of the attribute and the limit of 100 first; -WhatIf shows what would be sent. A value
    can't be deleted, only switched off (Set-CsaAllowedValue). Needs the permission CustomSecAttributeDefinition.ReadWrite.All, and
    for a person also the role Attribute Definition Administrator.
    .PARAMETER Attribute
    The attribute: in full (Engineering.Project), or by name where one set alone has it or with -AttributeSet.
    .PARAMETER AttributeSet
    The attribute set, when -Attribute is the name alone.
    .PARAMETER Value
    The values, 1 to 64 characters each. Upper and lower case count. For an Int32 attribute, numbers.
    .PARAMETER Inactive
    Adds them switched off.
    .PARAMETER PassThru
    Gives the values that were added.
    .PARAMETER Context
    The connection to use, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
    .EXAMPLE
    Add-CsaAllowedValue Engineering.Project Denali, Rainier

    Adds two projects.
    .OUTPUTS
    None. With -PassThru, Csa.AllowedValue.
    .LINK
    https://learn.microsoft.com/graph/api/customsecurityattributedefinition-post-allowedvalues
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Csa.AllowedValue')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipelineByPropertyName)]
        [string] $Attribute,

        [Parameter(ValueFromPipelineByPropertyName)]
        [string] $AttributeSet,

        [Parameter(Mandatory, Position = 1, ValueFromPipelineByPropertyName)]
        [string[]] $Value,

        [Parameter()]
        [switch] $Inactive,

        [Parameter()]
        [switch] $PassThru,

        [Parameter()]
        [PSTypeName('Csa.Context')]
        [psobject] $Context
    )

    begin { Copy-CsaCallerPreference $PSCmdlet }

    process {
        $parameters = @{ attribute = $Attribute; values = $Value; isActive = -not $Inactive }
        if ($AttributeSet) { $parameters.attributeSet = $AttributeSet }
        Invoke-CsaDeclaration 'allowedValue.add' $parameters $PSCmdlet $Attribute | ForEach-Object {
            if ($PassThru) { ConvertTo-CsaDeclaration $_ }
        }
    }
}
