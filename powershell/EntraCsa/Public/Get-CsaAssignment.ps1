function Get-CsaAssignment {
    <#
    .SYNOPSIS
    Reads the custom security attributes of users or service principals.
    .DESCRIPTION
    Gives one object for each assigned attribute, with its value in its .NET type: [string], [int], [bool], [string[]] or [int[]].
    Gives nothing for a target that holds nothing. A failure of one target is an error of its own, and the others are read. Many
    targets are read in batches, in their order, no faster than the service's quota allows.

    Graph answers the same for "nothing is assigned" and "you may not see it". Where the token itself shows that it is the
    second, a warning says so. Needs the permission CustomSecAttributeAssignment.Read.All, and for a person also the role
    Attribute Assignment Reader or Administrator.
    .PARAMETER UserId
    Users by object id or UPN, or objects that have one: rows of Import-Csv, what Get-MgUser or Find-CsaUser give.
    .PARAMETER ServicePrincipalId
    Service principals by object id, those of managed identities too.
    .PARAMETER AppId
    Service principals by app id (client id).
    .PARAMETER AgentIdentityId
    Agent identities by object id.
    .PARAMETER AgentIdentityBlueprintPrincipalId
    Principals of agent identity blueprints by object id.
    .PARAMETER Attribute
    Only these attributes, in full (Engineering.Project) or by name, with -AttributeSet or where one set alone has it. Case does not
    matter.
    .PARAMETER AttributeSet
    Only attributes of these sets. Case does not matter.
    .PARAMETER AsHashtable
    Gives for each target the nested table that Set-CsaAssignment -CustomSecurityAttributes takes.
    .PARAMETER Context
    The connection to use, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
    .EXAMPLE
    Get-CsaAssignment -UserId joe@contoso.com

    Shows what Joe holds.
    .EXAMPLE
    (Get-CsaAssignment joe@contoso.com Engineering.Project).Value

    Gives Joe's projects as an array.
    .EXAMPLE
    $saved = Get-CsaAssignment joe@contoso.com -AsHashtable
    Set-CsaAssignment dara@contoso.com -CustomSecurityAttributes $saved

    Gives Dara what Joe holds.
    .INPUTS
    Users as text or objects.
    .OUTPUTS
    Csa.Assignment, or with -AsHashtable a hashtable for each target.
    .LINK
    https://learn.microsoft.com/graph/api/user-get
    #>
    [CmdletBinding()]
    [OutputType('Csa.Assignment', [hashtable])]
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

        [Parameter(Position = 1)]
        [string[]] $Attribute,

        [Parameter()]
        [string[]] $AttributeSet,

        [Parameter()]
        [switch] $AsHashtable,

        [Parameter()]
        [PSTypeName('Csa.Context')]
        [psobject] $Context
    )

    begin {
        Copy-CsaCallerPreference $PSCmdlet
        $parameters = @{}
        if ($Attribute) { $parameters.attributes = ConvertTo-CsaAttribute $AttributeSet $Attribute }
        elseif ($AttributeSet) { $parameters.attributeSets = $AttributeSet }
        $waiting = [System.Collections.Generic.List[object]]::new()
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $read = {
            $inputs = @{}
            foreach ($one in $waiting) { $inputs[[string] @($one.Target.Values)[0]] = $one.Input }
            $parameters.targets = @($waiting.Target)
            $waiting.Clear()
            Invoke-CsaOperation 'assignment.get' $parameters $PSCmdlet $inputs | ForEach-Object {
                if ($AsHashtable) { ConvertTo-CsaHashtable $_ } else { ConvertTo-CsaAssignment $_.target $_.assignments }
            }
            $watch.Restart()
        }
    }

    process {
        foreach ($one in Resolve-CsaTarget $PSBoundParameters $PSCmdlet) { $waiting.Add($one) }
        # Many are read in batches; what comes slowly is read as it comes.
        if ($waiting.Count -ge 400 -or $watch.ElapsedMilliseconds -ge 100) { . $read }
    }

    end { if ($waiting.Count -gt 0) { . $read } }
}
