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
    .PARAMETER Journal
    A file that holds each change before it is sent and each outcome. After a crash, Resume-CsaOperation goes on with it; the same
    command with the same journal does not do again what is done. It holds values, and only its owner can read it. Pipelines of
    more than 100 changes have one in the state folder of the user without asking.
    .PARAMETER NoJournal
    No journal, however many changes there are.
    .PARAMETER KeepPrevious
    Reads what is there before each change and keeps it in the journal, so that Undo-CsaOperation can put it back. Needs -Journal.
    .PARAMETER QuotaShare
    The part of the service's write quota to use (3,000 writes in 150 seconds for an application in a tenant), above 0 and at most
    1. The default of 0.9 leaves a tenth for others who sign in as the same application.
    .PARAMETER RejectFile
    A CSV file for the input of changes that failed, with the columns RejectCode and RejectReason; it can be mended and piped in
    again. It is there after the run only if something failed; an older one is replaced or removed.
    .PARAMETER Summary
    Gives a Csa.Summary at the end: how many changes were made, were there already, failed, and what that took.
    .PARAMETER Force
    Does not ask for confirmation.
    .PARAMETER Context
    The connection to use, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
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
    None. With -Summary, a Csa.Summary.
    .LINK
    https://learn.microsoft.com/graph/custom-security-attributes-examples
    #>
    [CmdletBinding(DefaultParameterSetName = 'AttributeSet', SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType('Csa.Summary')]
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
        [string] $Journal,

        [Parameter()]
        [switch] $NoJournal,

        [Parameter()]
        [switch] $KeepPrevious,

        [Parameter()]
        [ValidateRange(0.01, 1)]
        [double] $QuotaShare = 0.9,

        [Parameter()]
        [string] $RejectFile,

        [Parameter()]
        [switch] $Summary,

        [Parameter()]
        [switch] $Force,

        [Parameter()]
        [PSTypeName('Csa.Context')]
        [psobject] $Context
    )

    begin {
        Copy-CsaCallerPreference $PSCmdlet
        # The impact of single attributes is medium; the attribute of the cmdlet can only say one.
        $single = $PSCmdlet.ParameterSetName -eq 'Attribute' -and $ConfirmPreference -eq 'High'
        if (($single -or $Force) -and -not $PSBoundParameters.ContainsKey('Confirm')) { $ConfirmPreference = 'None' }
        $run = New-CsaRun $PSCmdlet $PSBoundParameters {}
    }

    process {
        $resolved = Resolve-CsaTarget $PSBoundParameters $PSCmdlet
        $parameters = @{}
        $action = switch ($PSCmdlet.ParameterSetName) {
            'Attribute' {
                $parameters.attributes = ConvertTo-CsaAttribute $AttributeSet $Attribute
                $from = @($parameters.attributes | ForEach-Object { Join-CsaName $_.attributeSet $_.attribute }) -join ', '
                if ($PSBoundParameters.ContainsKey('Value')) { "Remove $(Format-CsaValue $Value) from $from" } else { "Remove $from" }
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
        $names = if ($PSBoundParameters.ContainsKey('Value')) { "Remove values from $from" } else { $action }
        foreach ($one in $resolved) {
            if (-not (Test-CsaShouldChange $run @($one.Target.Values)[0] $action $names)) { continue }
            if (-not $PSBoundParameters.ContainsKey('Value')) {
                Add-CsaChange $run 'assignment.remove' (@{ targets = @($one.Target) } + $parameters) $one.Input
                continue
            }
            foreach ($named in $parameters.attributes) {
                Add-CsaChange $run 'assignment.edit' (@{ targets = @($one.Target); remove = ConvertTo-CsaValue $Value } + $named) $one.Input
            }
        }
    }

    end { Complete-CsaRun $run -Summary:$Summary }

    clean { Stop-CsaRun $run }
}
