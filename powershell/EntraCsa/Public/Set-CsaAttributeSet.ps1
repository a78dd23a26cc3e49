function Set-CsaAttributeSet {
    <#
    .SYNOPSIS
    Changes an attribute set.
    .DESCRIPTION
    Changes what is given; -WhatIf shows it with what is there now. The name can't be changed. Needs the permission
    CustomSecAttributeDefinition.ReadWrite.All, and for a person also the role Attribute Definition Administrator for the tenant.
    .PARAMETER AttributeSet
    The set, in any case of letters.
    .PARAMETER Description
    What it is for, at most 128 characters. $null takes it away.
    .PARAMETER MaxAttributes
    Most attributes in use that it may have, 1 to 500. $null: as many as the tenant.
    .PARAMETER PassThru
    Gives the set as it is then.
    .PARAMETER Context
    The connection to use, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
    .EXAMPLE
    Set-CsaAttributeSet Engineering -MaxAttributes 50

    Raises the limit of the set Engineering.
    .OUTPUTS
    None. With -PassThru, Csa.AttributeSet.
    .LINK
    https://learn.microsoft.com/graph/api/attributeset-update
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Csa.AttributeSet')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipelineByPropertyName)]
        [string] $AttributeSet,

        [Parameter()]
        [AllowNull()] [AllowEmptyString()]
        [string] $Description,

        [Parameter()]
        [Nullable[int]] $MaxAttributes,

        [Parameter()]
        [switch] $PassThru,

        [Parameter()]
        [PSTypeName('Csa.Context')]
        [psobject] $Context
    )

    begin { Copy-CsaCallerPreference $PSCmdlet }

    process {
        $parameters = @{ attributeSet = $AttributeSet }
        if ($PSBoundParameters.ContainsKey('Description')) { $parameters.description = if ($Description) { $Description } }
        if ($PSBoundParameters.ContainsKey('MaxAttributes')) { $parameters.maxAttributesPerSet = $MaxAttributes }
        Invoke-CsaDeclaration 'attributeSet.update' $parameters $PSCmdlet $AttributeSet | ForEach-Object {
            if ($PassThru) { ConvertTo-CsaDeclaration $_ }
        }
    }
}
