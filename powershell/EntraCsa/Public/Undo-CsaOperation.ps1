function Undo-CsaOperation {
    <#
    .SYNOPSIS
    Puts back what was there before a run of many changes.
    .DESCRIPTION
    Takes the journal of a run that was begun with -KeepPrevious and gives each attribute the value it had before. What somebody
    changed since is left as it is, with a warning. -WhatIf shows what would be written to whom, as it is now.
    .PARAMETER Journal
    The journal of the run.
    .PARAMETER QuotaShare
    The part of the service's write quota to use, above 0 and at most 1.
    .PARAMETER RejectFile
    A CSV file for targets that failed, with the columns RejectCode and RejectReason.
    .PARAMETER Summary
    Gives a Csa.Summary at the end; its changes are targets.
    .PARAMETER Context
    The connection to use, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
    .EXAMPLE
    Undo-CsaOperation run.jsonl -WhatIf

    Shows what would be put back.
    .EXAMPLE
    Undo-CsaOperation run.jsonl -Summary

    Puts it back.
    .INPUTS
    A Csa.Operation object, or a path.
    .OUTPUTS
    None. With -Summary, a Csa.Summary.
    .LINK
    https://learn.microsoft.com/graph/custom-security-attributes-examples
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Csa.Summary')]
    param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Path', 'FullName')]
        [string] $Journal,

        [Parameter()]
        [ValidateRange(0.01, 1)]
        [double] $QuotaShare = 0.9,

        [Parameter()]
        [string] $RejectFile,

        [Parameter()]
        [switch] $Summary,

        [Parameter()]
        [PSTypeName('Csa.Context')]
        [psobject] $Context
    )

    begin { Copy-CsaCallerPreference $PSCmdlet }

    process {
        $options = @{ journal = $PSCmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Journal); quotaShare = $QuotaShare }
        if ($WhatIfPreference) {
            Invoke-CsaOperation 'bulk.undo' ($options + @{ plan = $true }) $PSCmdlet | ForEach-Object { $null = $PSCmdlet.ShouldProcess($_.subject, "Set $($_.change)") }
            return
        }
        if (-not $PSCmdlet.ShouldProcess($options.journal, 'Put back what was there before')) { return }
        $reject = if ($RejectFile) { $PSCmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($RejectFile) }
        $run = New-CsaRunState 'bulk.undo' $options $PSCmdlet {} $reject
        Complete-CsaRun $run -Summary:$Summary
    }

    clean { Stop-CsaRun $run }
}
