# The error of a native call that did not answer an item.
function ConvertTo-CsaFailure {
    param($Answer)

    if ($Answer.Text) { return ConvertFrom-CsaJson $Answer.Text }
    switch ($Answer.Code) {
        $script:CSA_HANDLE { @{ code = 'closed'; message = 'the connection is closed'; hint = 'run Connect-Csa again' } }
        $script:CSA_CANCELLED { @{ code = 'cancelled'; message = 'the operation was cancelled'; hint = 'run it again' } }
        $script:CSA_FORKED { @{ code = 'forked'; message = 'this process was forked from one that uses EntraCsa'; hint = 'start a new process' } }
        default { @{ code = 'internal'; message = "the native library answered $($Answer.Code)"; hint = 'please report this' } }
    }
}

# An ErrorRecord with the stable code as its id, what to do next in its text, and the input as its TargetObject.
function New-CsaErrorRecord {
    param([System.Collections.IDictionary] $Failure, $TargetObject)

    $category = switch ($Failure.code) {
        { $_ -in 'notFound', 'unknownAttribute' } { 'ObjectNotFound' }
        { $_ -in 'invalidRequest', 'invalidName', 'invalidValue', 'invalidTarget', 'invalidFilter', 'notAllowed' } { 'InvalidArgument' }
        { $_ -in 'limitExceeded', 'throttled' } { 'LimitsExceeded' }
        'conflict' { 'ResourceBusy' }
        'forbidden' { 'PermissionDenied' }
        'auth' { 'AuthenticationError' }
        { $_ -in 'unreachable', 'notConnected', 'closed' } { 'ConnectionError' }
        'refused' { 'SecurityError' }
        'protocol' { 'InvalidResult' }
        'rejected' { 'InvalidOperation' }
        'service' { 'ResourceUnavailable' }
        'journal' { 'InvalidData' }
        'cancelled' { 'OperationStopped' }
        default { 'NotSpecified' }
    }
    $text = "$($Failure.message)."
    if ($Failure.hint) { $text += " To do: $($Failure.hint)" + $(if (-not $Failure.hint.EndsWith('?')) { '.' }) }
    $exception = [System.InvalidOperationException]::new($text)
    foreach ($name in 'code', 'hint', 'status', 'graphCode', 'requestId', 'target', 'attribute') {
        $exception.Data[$name] = $Failure[$name]
    }
    [System.Management.Automation.ErrorRecord]::new($exception, $Failure.code, $category, $TargetObject)
}
