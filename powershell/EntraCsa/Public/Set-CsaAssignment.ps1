function Set-CsaAssignment {
    <#
    .SYNOPSIS
    Assigns custom security attributes to users or service principals.
    .DESCRIPTION
    Replaces the whole value of each attribute given; attributes not given keep theirs. A failure of one target is an error of
    its own with the input as its TargetObject, and the others go through.

    Many targets go in batches, no faster than the service's quota allows; what it refuses for the moment is sent again. Several
    changes of one target keep their order and go in one request where they can: name a target in one way, by id or by UPN.
    Ctrl+C stops within a second and says what is done and how to go on; so does the first failure with -ErrorAction Stop. What had
    left by then is made.

    Names and values are checked against the definitions of the tenant before anything is sent. The definition decides the type:
    the text of a CSV file becomes a number or Boolean where it is written as one, a single value becomes a collection of one. A
    value that does not fit, is not an allowed value, or belongs to a deprecated attribute is refused. The definitions are read
    once a connection.

    Where this sign-in may not read definitions, a warning says so once, and the .NET type of a value decides: [int] is Int32,
    [bool] is Boolean, text is String, an array is a collection, even of one element. Text is never guessed to be a number.

    -Add and -Remove change single values of a collection: the target is read, changed, written and read back, and this is done
    again, five times at most, when another writer came between. Adding what is there writes nothing.

    Limits, checked before anything is sent: 64 characters a text, 50 values an object. Needs the permission
    CustomSecAttributeAssignment.ReadWrite.All, and for a person also the role Attribute Assignment Administrator.
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
    The attribute: in full (Engineering.Project), or its name alone, with -AttributeSet or where one set alone has it.
    .PARAMETER AttributeSet
    The attribute set, when -Attribute is the name alone.
    .PARAMETER Value
    The value: a text of 1 to 64 characters, a whole number (Int32), a Boolean, or an array of texts or of whole numbers.
    .PARAMETER Add
    Values to add to a collection. What is there already stays as it is, in its order; new values come last.
    .PARAMETER Remove
    Values to take out of a collection.
    .PARAMETER Type
    The type to send: String, Int32, Boolean, String[] or Int32[]. -Type String makes text of a number for a String attribute.
    .PARAMETER Values
    Several attributes at once: a table from full names to values.
    .PARAMETER CustomSecurityAttributes
    The nested table that Update-MgUser -CustomSecurityAttributes takes, as it is. $null and @() in it remove.
    .PARAMETER SkipDefinitionCheck
    Sends names and values as they are given; only the service checks them. For the rare case that the definitions mislead.
    .PARAMETER SkipUnchanged
    Reads first, in pages or batches, and writes only what differs: reads cost next to nothing, writes cost quota. A value that
    somebody else changes in between is not noticed. -Verbose tells of each target whether it was changed.
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
    .PARAMETER PassThru
    Reads the attributes back after the write and gives them.
    .PARAMETER Context
    The connection to use, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
    .EXAMPLE
    Set-CsaAssignment -UserId joe@contoso.com -AttributeSet Engineering -Attribute Project -Value Baker, Cascade

    Assigns two projects to Joe.
    .EXAMPLE
    Set-CsaAssignment joe@contoso.com Engineering.NumVendors 4 -PassThru

    Assigns a number and shows what the directory then holds.
    .EXAMPLE
    Set-CsaAssignment -UserId joe@contoso.com -Values @{ 'Engineering.Project' = 'Baker', 'Cascade'; 'Engineering.NumVendors' = 4 }

    Assigns two attributes in one request.
    .EXAMPLE
    Set-CsaAssignment joe@contoso.com Engineering.Project -Add Cascade -Remove Alpine

    Changes two values of Joe's projects and leaves the others.
    .EXAMPLE
    Import-Csv people.csv | Set-CsaAssignment -Attribute Marketing.EmployeeId

    Assigns to each row's UserPrincipalName (or Id) the row's Value.
    .EXAMPLE
    Import-Csv people.csv | Set-CsaAssignment -Attribute Marketing.EmployeeId -SkipUnchanged -Journal run.jsonl -RejectFile rejects.csv -Summary

    Writes only what differs, can go on after a crash, and leaves what failed in a file.
    .EXAMPLE
    Set-CsaAssignment -UserId $userId -CustomSecurityAttributes @{
        Engineering = @{ '@odata.type' = '#Microsoft.DirectoryServices.CustomSecurityAttributeValue'; ProjectDate = $null }
    }

    Takes the table of an existing runbook; $null removes, which Update-MgUser can't do.
    .INPUTS
    Users as text or objects.
    .OUTPUTS
    None. With -PassThru, Csa.Assignment objects; with -Summary, a Csa.Summary.
    .LINK
    https://learn.microsoft.com/graph/custom-security-attributes-examples
    #>
    [CmdletBinding(DefaultParameterSetName = 'Value', SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Csa.Assignment', 'Csa.Summary')]
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

        [Parameter(Mandatory, Position = 1, ParameterSetName = 'Value', ValueFromPipelineByPropertyName)]
        [Parameter(Mandatory, Position = 1, ParameterSetName = 'Add')]
        [Parameter(Mandatory, Position = 1, ParameterSetName = 'Remove')]
        [string] $Attribute,

        [Parameter(ParameterSetName = 'Value', ValueFromPipelineByPropertyName)]
        [Parameter(ParameterSetName = 'Add')]
        [Parameter(ParameterSetName = 'Remove')]
        [string] $AttributeSet,

        [Parameter(Mandatory, Position = 2, ParameterSetName = 'Value', ValueFromPipelineByPropertyName)]
        [AllowNull()] [AllowEmptyString()] [AllowEmptyCollection()]
        [object] $Value,

        [Parameter(ParameterSetName = 'Value', ValueFromPipelineByPropertyName)]
        [ArgumentCompletions('String', 'Int32', 'Boolean', 'String[]', 'Int32[]')]
        [string] $Type,

        [Parameter(Mandatory, ParameterSetName = 'Add')]
        [object] $Add,

        [Parameter(ParameterSetName = 'Add')]
        [Parameter(Mandatory, ParameterSetName = 'Remove')]
        [object] $Remove,

        [Parameter(Mandatory, ParameterSetName = 'Values')]
        [System.Collections.IDictionary] $Values,

        [Parameter(Mandatory, ParameterSetName = 'CustomSecurityAttributes')]
        [object] $CustomSecurityAttributes,

        [Parameter()]
        [switch] $SkipDefinitionCheck,

        [Parameter()]
        [switch] $SkipUnchanged,

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
        [switch] $PassThru,

        [Parameter()]
        [PSTypeName('Csa.Context')]
        [psobject] $Context
    )

    begin {
        Copy-CsaCallerPreference $PSCmdlet
        $run = New-CsaRun $PSCmdlet $PSBoundParameters { param($item) ConvertTo-CsaAssignment $item.target $item.assignments }
        # Asking costs as much as adding; nobody is asked, shown or told unless a preference says so.
        $asks = $WhatIfPreference -or $ConfirmPreference -in 'Low', 'Medium' -or $VerbosePreference -ne 'SilentlyContinue'
    }

    process {
        $resolved = Resolve-CsaTarget $PSBoundParameters $PSCmdlet
        $parameters = @{ readBack = [bool] $PassThru; skipDefinitionCheck = [bool] $SkipDefinitionCheck }
        $operation = 'assignment.set'
        switch ($PSCmdlet.ParameterSetName) {
            'Value' {
                $entry = @{ attribute = $Attribute; value = ConvertTo-CsaValue $Value }
                if ($AttributeSet) { $entry.attributeSet = $AttributeSet }
                if ($Type) { $entry.type = $Type }
                $parameters.values = @($entry)
                if ($asks) {
                    $names = "Set $(Join-CsaName $AttributeSet $Attribute)"
                    $action = "$names = $(Format-CsaValue $Value)"
                }
            }
            { $_ -in 'Add', 'Remove' } {
                $operation = 'assignment.edit'
                $parameters.attribute = $Attribute
                if ($AttributeSet) { $parameters.attributeSet = $AttributeSet }
                $words = @()
                if ($PSBoundParameters.ContainsKey('Add')) { $parameters.add = ConvertTo-CsaValue $Add; $words += "add $(Format-CsaValue $Add)" }
                if ($PSBoundParameters.ContainsKey('Remove')) { $parameters.remove = ConvertTo-CsaValue $Remove; $words += "remove $(Format-CsaValue $Remove)" }
                $names = "Change $(Join-CsaName $AttributeSet $Attribute)"
                $action = "${names}: $($words -join ', ')"
            }
            'Values' {
                $parameters.values = @(foreach ($name in $Values.Keys) { @{ attribute = [string] $name; value = ConvertTo-CsaValue $Values[$name] } })
                $names = "Set $($Values.Keys -join ', ')"
                $action = 'Set ' + (@(foreach ($name in $Values.Keys) { "$name = $(Format-CsaValue $Values[$name])" }) -join '; ')
            }
            'CustomSecurityAttributes' {
                $parameters.customSecurityAttributes = ConvertTo-CsaTable $CustomSecurityAttributes
                $names = "Set attributes of $($parameters.customSecurityAttributes.Keys -join ', ')"
                $action = "Set $(ConvertTo-Json $parameters.customSecurityAttributes -Depth 20 -Compress)"
            }
        }
        foreach ($one in $resolved) {
            if ($asks -and -not (Test-CsaShouldChange $run @($one.Target.Values)[0] $action $names)) { continue }
            $parameters.targets = @($one.Target)
            Add-CsaChange $run $operation $parameters.Clone() $one.Input
        }
    }

    end { Complete-CsaRun $run -Summary:$Summary }

    clean { Stop-CsaRun $run }
}
