function Find-CsaUser {
    <#
    .SYNOPSIS
    Lists users by their custom security attributes.
    .DESCRIPTION
    Streams the users page by page, each with what it holds. Without a condition it lists all users. Values are compared with
    regard to case. On a collection, -Equal asks whether one element equals; -NotEqual gives everybody else, those without the
    attribute too.

    More than 15 alternatives are asked for in several queries; each user comes once. Lists lag behind writes by seconds to
    minutes. Needs CustomSecAttributeAssignment.Read.All and User.Read.All, and for a person also the role Attribute Assignment
    Reader or Administrator.
    .PARAMETER Attribute
    The attribute to compare: in full (Marketing.AppCountry), or its name alone, with -AttributeSet or where one set alone has it.
    .PARAMETER AttributeSet
    The attribute set, when -Attribute is the name alone.
    .PARAMETER Equal
    Finds users with this value; of several values, with one of them.
    .PARAMETER NotEqual
    Finds users without this value; of several values, with none of them.
    .PARAMETER StartsWith
    Finds users whose text begins so; of several, with one of them.
    .PARAMETER Filter
    An OData filter, for conditions on several attributes and ordinary properties. Quotes and encoding of the URL are done here.
    .PARAMETER Property
    Further properties of the users to read, such as department.
    .PARAMETER First
    At most so many users.
    .PARAMETER All
    All users that fit. This is so unless -First is given.
    .PARAMETER SkipDefinitionCheck
    Sends names and values as they are given. Otherwise names go out in the casing of the tenant, and values in the type of the
    definition.
    .PARAMETER Context
    The connection to use, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
    .EXAMPLE
    Find-CsaUser -Attribute Marketing.AppCountry -Equal Canada

    Lists the users whose countries include Canada.
    .EXAMPLE
    Find-CsaUser -Attribute Marketing.EmployeeId -StartsWith GS -Property department | Export-Csv gs.csv

    Writes the users whose employee id begins with GS to a file.
    .EXAMPLE
    Find-CsaUser -Filter "customSecurityAttributes/Engineering/Certification eq true and department eq 'Sales'"

    Combines an attribute with an ordinary property.
    .EXAMPLE
    Find-CsaUser Marketing.AppCountry -NotEqual Canada | Remove-CsaAssignment -Attribute Marketing.EmployeeId -WhatIf

    Shows what would be removed from whom.
    .OUTPUTS
    Csa.User: Id, DisplayName, UserPrincipalName, the properties asked for, CustomSecurityAttributes (by set and name) and
    Assignments (Csa.Assignment objects).
    .LINK
    https://learn.microsoft.com/graph/api/user-list
    #>
    [CmdletBinding(DefaultParameterSetName = 'All')]
    [OutputType('Csa.User')]
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
    Invoke-CsaFind 'user.find' $PSBoundParameters $PSCmdlet | ForEach-Object { ConvertTo-CsaFound $_ }
}
