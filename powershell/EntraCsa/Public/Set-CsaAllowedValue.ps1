function Set-CsaAllowedValue {
    <#
    .SYNOPSIS
    Switches allowed values of an attribute on or off.
    .DESCRIPTION
    A value that is switched off can't be assigned anew; where it is assigned it stays. -WhatIf shows what would be sent. Needs the
    permission CustomSecAttributeDefinition.ReadWrite.All, and for a person also the role Attribute Definition Administrator.
    .PARAMETER Attribute
    The attribute: in full (Engineering.Project), or by name where one set alone has it or with -AttributeSet.
    .PARAMETER AttributeSet
    The attribute set, when -Attribute is the name alone.
    .PARAMETER Value
    The values. Upper and lower case count.
    .PARAMETER Active
    $true switches on, $false off.
    .PARAMETER PassThru
    Gives the values as they are then.
    .PARAMETER Context
    The connection to use, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
    .EXAMPLE
    Set-CsaAllowedValue Engineering.Project Skagit -Active $false

    Switches the project Skagit off.
    .EXAMPLE
    Get-CsaAllowedValue Engineering.Project | Set-CsaAllowedValue -Active $true

    Switches all projects on.
    .OUTPUTS
    None. With -PassThru, Csa.AllowedValue.
    .LINK
    https://learn.microsoft.com/graph/api/allowedvalue-update
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

        [Parameter(Mandatory)]
        [bool] $Active,

        [Parameter()]
        [switch] $PassThru,

        [Parameter()]
        [PSTypeName('Csa.Context')]
        [psobject] $Context
    )

    begin { Copy-CsaCallerPreference $PSCmdlet }

    process {
        $parameters = @{ attribute = $Attribute; values = $Value; isActive = $Active }
        if ($AttributeSet) { $parameters.attributeSet = $AttributeSet }
        Invoke-CsaDeclaration 'allowedValue.update' $parameters $PSCmdlet $Attribute | ForEach-Object {
            if ($PassThru) { ConvertTo-CsaDeclaration $_ }
        }
    }
}
