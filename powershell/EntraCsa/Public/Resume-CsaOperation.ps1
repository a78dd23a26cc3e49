function Resume-CsaOperation {
    <#
    .SYNOPSIS
    Goes on with a run of many changes that ended before it was done.
    .DESCRIPTION
    A run of Set-CsaAssignment or Remove-CsaAssignment with a journal goes on where it stopped: after Ctrl+C, a crash, a loss of
    the network or the end of a sign-in. What is confirmed is not sent again. What is not is read first, and written only if it is
    not there; what failed is tried again.

    If the run ended before all its input had come, a warning says so: then run the same command again with the same -Journal.
    .PARAMETER Journal
    The journal of the run. Without it, the last unfinished run of this user on the service connected to.
    .PARAMETER QuotaShare
    The part of the service's write quota to use, above 0 and at most 1.
    .PARAMETER RejectFile
    A CSV file for changes that failed, with the columns RejectCode and RejectReason.
    .PARAMETER Summary
    Gives a Csa.Summary at the end.
    .PARAMETER Context
    The connection to use, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
    .EXAMPLE
    Resume-CsaOperation

    Goes on with the run that was stopped last.
    .EXAMPLE
    Get-CsaOperation | Where-Object State -eq Unfinished | Resume-CsaOperation -Summary

    Goes on with all that are unfinished, one after the other.
    .INPUTS
    Csa.Operation objects, or paths.
    .OUTPUTS
    None. With -Summary, a Csa.Summary for each run.
    .LINK
    https://learn.microsoft.com/graph/throttling
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium')]
    [OutputType('Csa.Summary')]
    param(
        [Parameter(Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
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
        $options = @{ quotaShare = $QuotaShare }
        if ($Journal) { $options.journal = $PSCmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Journal) }
        if (-not $PSCmdlet.ShouldProcess($(if ($Journal) { $options.journal } else { 'the last unfinished run' }), 'Go on')) { return }
        $reject = if ($RejectFile) { $PSCmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($RejectFile) }
        $run = New-CsaRunState 'bulk.resume' $options $PSCmdlet { param($item) ConvertTo-CsaAssignment $item.target $item.assignments } $reject
        Complete-CsaRun $run -Summary:$Summary
    }

    clean { Stop-CsaRun $run }
}
