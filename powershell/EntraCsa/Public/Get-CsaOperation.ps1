function Get-CsaOperation {
    <#
    .SYNOPSIS
    Lists runs of many changes by their journals.
    .DESCRIPTION
    Gives one object for each run in the state folder of the user, the oldest first, or for the journals given. State is Running,
    Complete, Unfinished (Resume-CsaOperation goes on with it), InputCutOff (unfinished, and part of its input never came: run its
    command again with its journal) or Undone. Nothing is sent.
    .PARAMETER Journal
    Journals to look at, instead of those in the state folder.
    .PARAMETER Context
    The connection to use, as Connect-Csa -PassThru gives it; without it, that of the last Connect-Csa.
    .EXAMPLE
    Get-CsaOperation

    Lists the runs of this user.
    .EXAMPLE
    Get-CsaOperation run.jsonl

    Shows how far a run is.
    .INPUTS
    Paths.
    .OUTPUTS
    Csa.Operation: Started, State, Changes, Changed, Unchanged, Failed, Left, Undone, Command, GraphUri, KeepPrevious, Journal.
    .LINK
    https://learn.microsoft.com/graph/throttling
    #>
    [CmdletBinding()]
    [OutputType('Csa.Operation')]
    param(
        [Parameter(Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('Path', 'FullName')]
        [string[]] $Journal,

        [Parameter()]
        [PSTypeName('Csa.Context')]
        [psobject] $Context
    )

    begin { Copy-CsaCallerPreference $PSCmdlet }

    process {
        $parameters = @{}
        $inputs = @{}
        if ($Journal) {
            $parameters.journals = @(foreach ($path in $Journal) {
                    $full = $PSCmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($path)
                    $inputs[$full] = $path
                    $full
                })
        }
        Invoke-CsaOperation 'bulk.list' $parameters $PSCmdlet $inputs | ForEach-Object {
            [pscustomobject]@{
                PSTypeName = 'Csa.Operation'; Started = [datetimeoffset]::Parse($_.started, [cultureinfo]::InvariantCulture)
                State = $_.state.Substring(0, 1).ToUpperInvariant() + $_.state.Substring(1); Changes = $_.changes; Changed = $_.changed
                Unchanged = $_.unchanged; Failed = $_.failed; Left = $_.left; Undone = $_.undone; Command = $_.command; GraphUri = $_.graphUri
                KeepPrevious = $_.keepPrevious; Journal = $_.journal
            }
        }
    }
}
