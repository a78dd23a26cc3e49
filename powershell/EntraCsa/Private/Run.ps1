# A run of many changes: the process block of a cmdlet adds to it, the end block waits for it, and the clean block stops it if
# the pipeline ends early. Changes are handed over in groups; meanwhile what has come back is told.

# The options of a run from the parameters of a cmdlet.
function New-CsaRun {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [System.Collections.IDictionary] $Bound, [scriptblock] $Output)

    $names = @($Cmdlet.MyInvocation.MyCommand.Name)
    foreach ($name in 'Attribute', 'AttributeSet') { if ($Bound[$name]) { $names += "-$name $($Bound[$name] -join ', ')" } }
    $options = @{
        # Not the line that was typed: it may hold a token.
        command = $names -join ' '; quotaShare = if ($Bound['QuotaShare']) { $Bound['QuotaShare'] } else { 0.9 }
        keepPrevious = [bool] $Bound['KeepPrevious']; skipUnchanged = [bool] $Bound['SkipUnchanged']; autoJournal = -not $Bound['NoJournal']
        # A word about each change is for those who ask for it.
        results = $VerbosePreference -ne 'SilentlyContinue'
    }
    if ($Bound['Journal']) {
        if ($Bound['NoJournal']) {
            $Cmdlet.ThrowTerminatingError((New-CsaErrorRecord -Failure @{
                        code = 'invalidRequest'; message = '-Journal and -NoJournal are given together'; hint = 'give one of them'
                    }))
        }
        $options.journal = $Cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Bound['Journal'])
    }
    $reject = if ($Bound['RejectFile']) { $Cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Bound['RejectFile']) }
    New-CsaRunState 'bulk.start' $options $Cmdlet $Output $reject
}

function New-CsaRunState {
    param([string] $Operation, [System.Collections.IDictionary] $Options, [System.Management.Automation.PSCmdlet] $Cmdlet, [scriptblock] $Output, [string] $RejectFile)

    @{
        Operation = $Operation; Options = $Options; Cmdlet = $Cmdlet; Output = $Output; RejectFile = $RejectFile
        Connection = Get-CsaConnection $Cmdlet; Call = [uint64] 0; Id = $null; Ended = $false; Summary = $null; Progress = $null
        Changes = [System.Collections.Generic.List[object]]::new(); Given = [System.Collections.Generic.List[object]]::new(); Inputs = [System.Collections.Generic.Dictionary[long, object]]::new()
        Next = [long] 0; Freed = [long] 0; Rejects = [System.Collections.Generic.List[object]]::new()
        Watch = [System.Diagnostics.Stopwatch]::StartNew()
    }
}

# Whether a change shall be made. -WhatIf and -Confirm show the person its values; -Verbose, which is a log, has them only for a
# connection that logs values, and else the names alone.
function Test-CsaShouldChange {
    param([System.Collections.IDictionary] $Run, [string] $Target, [string] $Action, [string] $Names)

    $told = if ($WhatIfPreference -or $Run.Connection.LogValues) { $Action } else { $Names }
    $Run.Cmdlet.ShouldProcess(
        "Performing the operation `"$told`" on target `"$Target`".",
        "Are you sure you want to perform this action?`nPerforming the operation `"$Action`" on target `"$Target`".",
        'Confirm'
    )
}

# Adds one change, as Private/Target.ps1 and the cmdlets make them.
function Add-CsaChange {
    param([System.Collections.IDictionary] $Run, [string] $Operation, [System.Collections.IDictionary] $Parameters, $InputObject)

    $Run.Changes.Add(@{ op = $Operation; params = $Parameters })
    $Run.Given.Add($InputObject)
    if ($Run.Changes.Count -ge 500 -or ($Run.Watch.ElapsedMilliseconds -ge 100 -and $Run.Cmdlet.MyInvocation.ExpectingInput)) {
        Send-CsaChange $Run
    }
}

function Send-CsaChange {
    param([System.Collections.IDictionary] $Run)

    $changes = Read-CsaChange $Run
    if (-not $changes) { return }
    if ($Run.Call -eq 0) { Start-CsaRun $Run $changes }
    elseif (-not $Run.Ended) {
        $call = Start-CsaCall $Run 'bulk.add' @{ run = $Run.Id } $changes
        if ($call -eq 0) { return }
        try {
            # What comes back has to be taken while this waits: the run does not go on with its hands full.
            do {
                $answer = Get-CsaNext $call 20
                Receive-CsaRun $Run 0
            } while ($answer.Code -eq $script:CSA_PENDING -and -not $Run.Ended)
            # A run that ended says why itself.
            if ($answer.Code -ne $script:CSA_OK -and -not $Run.Ended) { Write-CsaFailure $Run $answer }
        }
        finally { [void] $script:CsaNative::csa_close($call) }
    }
    Receive-CsaRun $Run 0
    $Run.Watch.Restart()
}

# Takes the changes that wait as JSON, and gives them their numbers. One with text that is not Unicode is an error of its own and
# is left out. Nothing if none is left.
function Read-CsaChange {
    param([System.Collections.IDictionary] $Run)

    $strict = [System.Text.UTF8Encoding]::new($false, $true)
    $sound = $Run.Changes
    $json = ConvertTo-Json $sound.ToArray() -Depth 20 -Compress
    try {
        $null = $strict.GetByteCount($json)
        foreach ($entry in $Run.Given) { $Run.Inputs[$Run.Next++] = $entry }
    }
    catch [System.Text.EncoderFallbackException] {
        $sound = [System.Collections.Generic.List[object]]::new()
        for ($i = 0; $i -lt $Run.Changes.Count; $i++) {
            try {
                $null = $strict.GetByteCount((ConvertTo-Json $Run.Changes[$i] -Depth 20 -Compress))
                $sound.Add($Run.Changes[$i])
                $Run.Inputs[$Run.Next++] = $Run.Given[$i]
            }
            catch [System.Text.EncoderFallbackException] {
                $failure = @{
                    code = 'invalidValue'; hint = 'read the text again in its right encoding; nothing was sent'
                    message = "$(@($Run.Changes[$i].params.targets[0].Values)[0]): a text holds half of a surrogate pair and is not Unicode"
                }
                $Run.Rejects.Add(@($Run.Given[$i], $failure))
                $Run.Cmdlet.WriteError((New-CsaErrorRecord -Failure $failure -TargetObject $Run.Given[$i]))
            }
        }
        $json = ConvertTo-Json $sound.ToArray() -Depth 20 -Compress
    }
    if ($sound.Count -gt 0) { $json }
    $Run.Changes.Clear()
    $Run.Given.Clear()
}

function Start-CsaRun {
    param([System.Collections.IDictionary] $Run, [string] $Changes)

    $Run.Call = Start-CsaCall $Run $Run.Operation $Run.Options $Changes
    $Run.Ended = $Run.Call -eq 0
    while ($null -eq $Run.Id -and -not $Run.Ended) { Receive-CsaRun $Run 100 }
}

# The handle of a call, or 0 and an error.
function Start-CsaCall {
    param([System.Collections.IDictionary] $Run, [string] $Operation, [System.Collections.IDictionary] $Parameters, [string] $Changes)

    $handle = $Run.Connection.Handle
    $started = [ref] [uint64] 0
    $json = ConvertTo-Json $Parameters -Compress
    # The changes are JSON already, and the largest part by far.
    if ($Changes) { $json = $json.Substring(0, $json.Length - 1) + ',"changes":' + $Changes + '}' }
    $request = '{"op":"' + $Operation + '","params":' + $json + '}'
    $answer = Invoke-CsaNative -Text $request -Call { param($text, $buffer) $script:CsaNative::csa_call_start($handle, $text, $started, $buffer) }
    if ($answer.Code -eq $script:CSA_OK) { return $started.Value }
    $Run.Cmdlet.WriteError((New-CsaErrorRecord -Failure (ConvertTo-CsaFailure $answer) -TargetObject @($Run.Inputs.Values)))
    [uint64] 0
}

# Code and Text of the next item of a call.
function Get-CsaNext {
    param([uint64] $Call, [int] $Milliseconds)

    $buffer = [Activator]::CreateInstance($script:CsaBuf)
    $code = $script:CsaNative::csa_call_next($Call, $Milliseconds, [ref] $buffer)
    [pscustomobject]@{ Code = $code; Text = Read-CsaBuffer $buffer }
    $script:CsaNative::csa_buf_free($buffer)
}

# Tells what has come back; waits up to so many milliseconds for the first item.
function Receive-CsaRun {
    param([System.Collections.IDictionary] $Run, [int] $Milliseconds)

    while (-not $Run.Ended) {
        $answer = Get-CsaNext $Run.Call $Milliseconds
        if ($answer.Code -eq $script:CSA_PENDING) { return }
        $Milliseconds = 0
        if ($answer.Code -eq $script:CSA_OK) { Write-CsaRunItem $Run (ConvertFrom-CsaJson $answer.Text) }
        else {
            $Run.Ended = $true
            if ($answer.Code -ne $script:CSA_END) { Write-CsaFailure $Run $answer }
        }
    }
}

function Write-CsaFailure {
    param([System.Collections.IDictionary] $Run, $Answer)

    $failure = ConvertTo-CsaFailure $Answer
    foreach ($entry in $Run.Inputs.Values) { $Run.Rejects.Add(@($entry, $failure)) }
    $Run.Cmdlet.WriteError((New-CsaErrorRecord -Failure $failure -TargetObject @($Run.Inputs.Values)))
}

function Write-CsaRunItem {
    param([System.Collections.IDictionary] $Run, [System.Collections.IDictionary] $Item)

    switch ($Item.kind) {
        'run' { $Run.Id = $Item.run }
        'progress' { Write-CsaProgress $Run $Item }
        'summary' { $Run.Summary = $Item }
        'log' { if ($Item.level -eq 'warning') { $Run.Cmdlet.WriteWarning($Item.message) } else { $Run.Cmdlet.WriteVerbose($Item.message) } }
        'error' {
            # A journal that is gone on with has changes whose input nobody has any more.
            $entry = $Item.error.target
            if ($null -ne $Item['change'] -and $Run.Inputs.ContainsKey($Item.change)) { $entry = $Run.Inputs[$Item.change] }
            $Run.Rejects.Add(@($entry, $Item.error))
            $Run.Cmdlet.WriteError((New-CsaErrorRecord -Failure $Item.error -TargetObject $entry))
        }
        'result' {
            $who = if ($Item.target.userPrincipalName) { $Item.target.userPrincipalName } elseif ($Item.target.id) { $Item.target.id } else { $Item.target.appId }
            $Run.Cmdlet.WriteVerbose("${who}: $(if ($Item.status -eq 'changed') { "changed $(Format-CsaWritten $Item)" } else { 'unchanged' })")
        }
        default { & $Run.Output $Item }
    }
}

# The names of what was written; the values too for a connection that logs them.
function Format-CsaWritten {
    param([System.Collections.IDictionary] $Item)

    $written = for ($i = 0; $i -lt $Item.attributes.Count; $i++) {
        if ($null -eq $Item['values']) { $Item.attributes[$i] } else { "$($Item.attributes[$i]) = $(ConvertTo-Json $Item.values[$i] -Compress)" }
    }
    $written -join ', '
}

function Write-CsaProgress {
    param([System.Collections.IDictionary] $Run, [System.Collections.IDictionary] $Item)

    while ($Run.Freed -lt $Item.doneBefore) { $null = $Run.Inputs.Remove($Run.Freed++) }
    # A few changes are done before anybody has read a line about them.
    if ($Item.taken -lt 20) { return }
    $status = '{0:N0} of {1:N0}{2} done, {3:N0} failed, {4:N1} a second' -f $Item.done, $Item.taken, $(if (-not $Item.inputEnded) { ' so far' }), $Item.failed, $Item.perSecond
    $record = [System.Management.Automation.ProgressRecord]::new(0, $Run.Cmdlet.MyInvocation.MyCommand.Name, $status)
    if ($Item.taken -gt 0) { $record.PercentComplete = [int] [Math]::Floor(100 * $Item.done / $Item.taken) }
    if ($null -ne $Item.secondsLeft) { $record.SecondsRemaining = [int] [Math]::Min([Math]::Ceiling($Item.secondsLeft), 1e9) }
    if ($null -ne $Item.waitingSeconds) { $record.CurrentOperation = 'waiting {0:N0} s: service asked to slow down' -f [Math]::Ceiling($Item.waitingSeconds) }
    $Run.Progress = $record
    $Run.Cmdlet.WriteProgress($record)
}

# No more changes will come: waits for the end.
function Complete-CsaRun {
    param([System.Collections.IDictionary] $Run, [switch] $Summary)

    if ($Run.Call -eq 0) {
        $changes = ''
        if ($Run.Operation -eq 'bulk.start') {
            if ($Run.Changes.Count -gt 0) { $changes = Read-CsaChange $Run }
            if (-not $changes) {
                if ($Run.Rejects.Count -gt 0) { Close-CsaRun $Run }
                return
            }
            $Run.Options.complete = $true
        }
        Start-CsaRun $Run $changes
    }
    else {
        if ($Run.Changes.Count -gt 0) { Send-CsaChange $Run }
        if (-not $Run.Ended) { Invoke-CsaRunControl $Run 'bulk.end' }
    }
    while (-not $Run.Ended) { Receive-CsaRun $Run 100 }
    if ($Run.Progress) {
        $Run.Progress.RecordType = 'Completed'
        $Run.Cmdlet.WriteProgress($Run.Progress)
    }
    Close-CsaRun $Run
    if ($Summary -and $null -ne $Run.Summary) { ConvertTo-CsaSummary $Run.Summary }
}

# Tells the run that its input has ended, or that it shall stop.
function Invoke-CsaRunControl {
    param([System.Collections.IDictionary] $Run, [string] $Operation)

    $call = Start-CsaCall $Run $Operation @{ run = $Run.Id }
    if ($call -eq 0) { return }
    do {
        $answer = Get-CsaNext $call 20
        if ($Operation -eq 'bulk.end') { Receive-CsaRun $Run 0 }
    } while ($answer.Code -eq $script:CSA_PENDING -and -not $Run.Ended)
    [void] $script:CsaNative::csa_close($call)
}

# In the clean block: a run that has not ended is stopped. Requests that have left get a moment to be answered, and the journal
# says what became of which. The streams of the cmdlet are closed here; the host still shows what is said.
function Stop-CsaRun {
    param([System.Collections.IDictionary] $Run)

    if ($null -eq $Run -or $Run.Call -eq 0) { return }
    try {
        if (-not $Run.Ended) {
            $Run.Output = {}
            Invoke-CsaRunControl $Run 'bulk.stop'
            $watch = [System.Diagnostics.Stopwatch]::StartNew()
            while ($null -eq $Run.Summary -and $watch.ElapsedMilliseconds -lt 900) {
                $answer = Get-CsaNext $Run.Call 50
                if ($answer.Code -eq $script:CSA_PENDING) { continue }
                if ($answer.Code -ne $script:CSA_OK) { break }
                $item = ConvertFrom-CsaJson $answer.Text
                if ($item.kind -eq 'summary') { $Run.Summary = $item }
            }
            if ($null -ne $Run.Summary -and ($Run.Summary.unsent -or $Run.Summary.unknown -or -not $Run.Summary.inputEnded) -and $Run.Cmdlet.Host.UI) { $Run.Cmdlet.Host.UI.WriteWarningLine((Format-CsaStop $Run.Summary)) }
        }
    }
    finally { Close-CsaRun $Run }
}

function Format-CsaStop {
    param([System.Collections.IDictionary] $Summary)

    $done = $Summary.changed + $Summary.unchanged + $Summary.skipped
    $text = "stopped: $done of $($Summary.changes) changes are made, $($Summary.failed) failed, $($Summary.unsent) were not sent"
    if ($Summary.unknown) { $text += ", $($Summary.unknown) were sent and not answered yet" }
    if ($Summary.journal) { "$text. Go on with: Resume-CsaOperation '$($Summary.journal.Replace("'", "''"))'" } else { "$text. There is no journal to go on with." }
}

# Closes the call and writes what was rejected.
function Close-CsaRun {
    param([System.Collections.IDictionary] $Run)

    if ($Run.Call -ne 0) { [void] $script:CsaNative::csa_close($Run.Call) }
    $Run.Call = [uint64] 0
    $Run.Ended = $true
    if ($Run.RejectFile) {
        $rows = @(foreach ($reject in $Run.Rejects) { ConvertTo-CsaReject $reject[0] $reject[1] })
        if ($rows.Count -gt 0) {
            $columns = @($rows | ForEach-Object { $_.PSObject.Properties.Name } | Select-Object -Unique)
            $rows | Select-Object -Property $columns | Export-Csv -LiteralPath $Run.RejectFile -NoTypeInformation -WhatIf:$false -Confirm:$false
        }
        elseif ([System.IO.File]::Exists($Run.RejectFile)) { [System.IO.File]::Delete($Run.RejectFile) }
    }
}

# A row of the reject file: the columns of the input, and why it was rejected.
function ConvertTo-CsaReject {
    param($Entry, [System.Collections.IDictionary] $Failure)

    $row = [ordered]@{}
    if ($null -eq $Entry -or $Entry -is [string] -or $Entry -is [guid]) { $row.UserId = [string] $Entry }
    else {
        foreach ($property in Get-CsaMember $Entry) {
            if ($property.Key -notin 'RejectCode', 'RejectReason') { $row[$property.Key] = if ($property.Value -is [array]) { $property.Value -join ';' } else { $property.Value } }
        }
    }
    $row.RejectCode = $Failure.code
    $row.RejectReason = $Failure.message
    [pscustomobject] $row
}

function ConvertTo-CsaSummary {
    param([System.Collections.IDictionary] $Item)

    [pscustomobject]@{
        PSTypeName = 'Csa.Summary'; Changes = $Item.changes; Changed = $Item.changed; Unchanged = $Item.unchanged; Failed = $Item.failed
        Skipped = $Item.skipped; Unsent = $Item.unsent; Unknown = $Item.unknown; Retried = $Item.retried; Requests = $Item.requests
        SecondsWaited = $Item.secondsWaited; Seconds = $Item.seconds; Journal = $Item.journal
    }
}
