function Remove-CsaAssignment {
    <#
    .SYNOPSIS
    Takes custom security attributes away from users or service principals.
    .DESCRIPTION
    Removes the attributes named, all of an attribute set, or all a target holds. Each target is read first: what it holds
    decides between null and an empty collection. There is no error when there is nothing to remove; -Verbose says so. A
    failure of one target is an error of its own, and the others go through.

    Whole sets and -All ask for confirmation; -Force or -Confirm:$false answers it in a script. Needs the permission
    CustomSecAttributeAssignment.ReadWrite.All, and for a person also the role Attribute Assignment Administrator.
    .PARAMETER UserId
    Users by object id or UPN, or objects that have one: rows of Import-Csv, what Get-MgUser, Find-CsaUser or Get-CsaAssignment
    give.
    .PARAMETER ServicePrincipalId
    Service principals by object id, those of managed identities too.
    .PARAMETER AppId
    Service principals by app id (client id).
    .PARAMETER AgentIdentityId
    Agent identities by object id.
    .PARAMETER AgentIdentityBlueprintPrincipalId
    Principals of agent identity blueprints by object id.
    .PARAMETER Attribute
    The attributes to remove: in full (Engineering.ProjectDate), or their names alone, with -AttributeSet or where one set alone has them.
    .PARAMETER Value
    Only these values of a collection; its others stay.
    .PARAMETER AttributeSet
    Without -Attribute: everything of these attribute sets. With it: the set that the names are in.
    .PARAMETER All
    Everything the targets hold.
    .PARAMETER Force
    Does not ask for confirmation.
    .EXAMPLE
    Remove-CsaAssignment -UserId joe@contoso.com -Attribute Engineering.ProjectDate, Engineering.Project

    Removes two attributes from Joe in one request.
    .EXAMPLE
    Remove-CsaAssignment -UserId joe@contoso.com -Attribute Engineering.Project -Value Alpine

    Takes one project away from Joe and leaves the others.
    .EXAMPLE
    Remove-CsaAssignment -UserId joe@contoso.com -AttributeSet Engineering -Force

    Removes everything of the set Engineering without asking.
    .EXAMPLE
    Get-CsaAssignment joe@contoso.com | Where-Object Type -eq Boolean | Remove-CsaAssignment

    Removes Joe's Boolean attributes.
    .INPUTS
    Users as text or objects; Csa.Assignment objects, which also name the attribute.
    .OUTPUTS
    None.
    .LINK
    https://learn.microsoft.com/graph/custom-security-attributes-examples
    #>
    [CmdletBinding(DefaultParameterSetName = 'AttributeSet', SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType([void])]
    param(
        [Parameter(Position = 0, ValueFromPipeline)]
        [Alias('Id', 'ObjectId', 'UserPrincipalName')]
        [object[]] $UserId,

        [Parameter()]
        [string[]] $ServicePrincipalId,

        [Parameter()]
        [string[]] $AppId,

        [Parameter()]
        [string[]] $AgentIdentityId,

        [Parameter()]
        [string[]] $AgentIdentityBlueprintPrincipalId,

        [Parameter(Mandatory, Position = 1, ParameterSetName = 'Attribute', ValueFromPipelineByPropertyName)]
        [string[]] $Attribute,

        [Parameter(ParameterSetName = 'Attribute')]
        [object] $Value,

        [Parameter(ParameterSetName = 'Attribute', ValueFromPipelineByPropertyName)]
        [Parameter(Mandatory, ParameterSetName = 'AttributeSet')]
        [string[]] $AttributeSet,

        [Parameter(Mandatory, ParameterSetName = 'All')]
        [switch] $All,

        [Parameter()]
        [switch] $Force
    )

    begin {
        Copy-CsaCallerPreference $PSCmdlet
        # The impact of single attributes is medium; the attribute of the cmdlet can only say one.
        $single = $PSCmdlet.ParameterSetName -eq 'Attribute' -and $ConfirmPreference -eq 'High'
        if (($single -or $Force) -and -not $PSBoundParameters.ContainsKey('Confirm')) { $ConfirmPreference = 'None' }
    }

    process {
        $resolved = Resolve-CsaTarget $PSBoundParameters $PSCmdlet
        $parameters = @{}
        $action = switch ($PSCmdlet.ParameterSetName) {
            'Attribute' {
                $parameters.attributes = ConvertTo-CsaAttribute $AttributeSet $Attribute
                $what = if ($PSBoundParameters.ContainsKey('Value')) { "$(Format-CsaValue $Value) from " }
                "Remove $what$(@($parameters.attributes | ForEach-Object { Join-CsaName $_.attributeSet $_.attribute }) -join ', ')"
            }
            'AttributeSet' {
                $parameters.attributeSets = $AttributeSet
                "Remove everything of the attribute set $($AttributeSet -join ', ')"
            }
            'All' {
                if (-not $All) { return }
                $parameters.all = $true
                'Remove all custom security attributes'
            }
        }
        $parameters.targets = @($resolved.Targets | Where-Object { $PSCmdlet.ShouldProcess(@($_.Values)[0], $action) })
        if ($parameters.targets.Count -eq 0) { return }

        if (-not $PSBoundParameters.ContainsKey('Value')) {
            Invoke-CsaOperation 'assignment.remove' $parameters $PSCmdlet $resolved.Inputs | Out-Null
            return
        }
        foreach ($one in $parameters.attributes) {
            $edit = @{ targets = $parameters.targets; remove = ConvertTo-CsaValue $Value } + $one
            Invoke-CsaOperation 'assignment.edit' $edit $PSCmdlet $resolved.Inputs | Out-Null
        }
    }
}
