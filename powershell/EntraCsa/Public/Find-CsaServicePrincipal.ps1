function Find-CsaServicePrincipal {
    <#
    .SYNOPSIS
    Lists service principals by their custom security attributes.
    .DESCRIPTION
    Streams the service principals page by page, those of managed identities and agents too, each with what it holds. Without a
    condition it lists all. Values are compared with
    regard to case. On a collection, -Equal asks whether one element equals; -NotEqual gives all others, those without the
    attribute too.

    More than 15 alternatives are asked for in several queries; each comes once. Lists lag behind writes by seconds to
    minutes. Needs CustomSecAttributeAssignment.Read.All and Application.Read.All, and for a person also the role Attribute Assignment
    Reader or Administrator.
    .PARAMETER Attribute
    The attribute to compare: in full (Marketing.AppCountry), or its name alone, with -AttributeSet or where one set alone has it.
    .PARAMETER AttributeSet
    The attribute set, when -Attribute is the name alone.
    .PARAMETER Equal
    Finds service principals with this value; of several values, with one of them.
    .PARAMETER NotEqual
    Finds service principals without this value; of several values, with none of them.
    .PARAMETER StartsWith
    Finds service principals whose text begins so; of several, with one of them.
    .PARAMETER Filter
    An OData filter, for conditions on several attributes and ordinary properties. Quotes and encoding of the URL are done here.
    .PARAMETER Property
    Further properties to read, such as servicePrincipalType.
    .PARAMETER First
    At most so many.
    .PARAMETER All
    All that fit. This is so unless -First is given.
    .PARAMETER SkipDefinitionCheck
    Sends names and values as they are given. Otherwise names go out in the casing of the tenant, and values in the type of the
    definition.
    .PARAMETER Context
    The connection to use, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
    .EXAMPLE
    Find-CsaServicePrincipal -Attribute Engineering.Project -Equal Baker

    Lists the applications of the project Baker.
    .EXAMPLE
    Find-CsaServicePrincipal -Filter "servicePrincipalType eq 'ManagedIdentity'" -Property servicePrincipalType |
        Set-CsaAssignment -Attribute Engineering.Certification -Value $true -WhatIf

    Shows what would be assigned to the managed identities.
    .OUTPUTS
    Csa.ServicePrincipal: Id, DisplayName, AppId, the properties asked for, CustomSecurityAttributes (by set and name) and
    Assignments (Csa.Assignment objects).
    .LINK
    https://learn.microsoft.com/graph/api/serviceprincipal-list
    #>
    [CmdletBinding(DefaultParameterSetName = 'All')]
    [OutputType('Csa.ServicePrincipal')]
    param(
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'Equal')]
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'NotEqual')]
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'StartsWith')]
        [string] $Attribute,

        [Parameter(ParameterSetName = 'Equal')]
        [Parameter(ParameterSetName = 'NotEqual')]
        [Parameter(ParameterSetName = 'StartsWith')]
        [string] $AttributeSet,

        [Parameter(Mandatory, ParameterSetName = 'Equal')]
        [object] $Equal,

        [Parameter(Mandatory, ParameterSetName = 'NotEqual')]
        [object] $NotEqual,

        [Parameter(Mandatory, ParameterSetName = 'StartsWith')]
        [string[]] $StartsWith,

        [Parameter(Mandatory, ParameterSetName = 'Filter')]
        [string] $Filter,

        [Parameter()]
        [string[]] $Property,

        [Parameter()]
        [ValidateRange(1, [int]::MaxValue)]
        [int] $First,

        [Parameter()]
        [switch] $All,

        [Parameter()]
        [switch] $SkipDefinitionCheck,

        [Parameter()]
        [PSTypeName('Csa.Context')]
        [psobject] $Context
    )

    Copy-CsaCallerPreference $PSCmdlet
    Invoke-CsaFind 'servicePrincipal.find' $PSBoundParameters $PSCmdlet | ForEach-Object { ConvertTo-CsaFound $_ }
}
