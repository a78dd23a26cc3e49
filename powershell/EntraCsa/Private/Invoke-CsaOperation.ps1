# Runs one operation and writes out its items as they come. Errors of single targets and log records go to the streams of the
# public cmdlet. Ctrl+C and Select-Object -First are seen between two waits of 100 ms; then the call is cancelled and closed.
function Invoke-CsaOperation {
    param(
        [string] $Operation,
        [System.Collections.IDictionary] $Parameters,
        [System.Management.Automation.PSCmdlet] $Cmdlet,
        # The input objects by the text that names them in errors.
        [System.Collections.IDictionary] $Inputs = @{},
        # Set to $true if anything failed.
        [ref] $Failed = [ref] $false,
        $Connection = (Get-CsaConnection -Cmdlet $Cmdlet),
        # Gets the error records in place of the cmdlet.
        [scriptblock] $OnFailure = { param($record) $Cmdlet.WriteError($record) }
    )

    $started = [ref] [uint64] 0
    try {
        $request = ConvertTo-Json @{ op = $Operation; params = $Parameters } -Depth 20 -Compress
        $answer = Invoke-CsaNative -Text $request -Call {
            param($text, $buffer)
            $script:CsaNative::csa_call_start($Connection.Handle, $text, $started, $buffer)
        }
    }
    catch [System.Text.EncoderFallbackException] {
        $Failed.Value = $true
        & $OnFailure (New-CsaErrorRecord -TargetObject @($Inputs.Values) -Failure @{
                code = 'invalidValue'; message = "$($Inputs.Keys -join ', '): a text holds half of a surrogate pair and is not Unicode"
                hint = 'read the text again in its right encoding; nothing was sent'
            })
        return
    }
    if ($answer.Code -ne $script:CSA_OK) {
        $Failed.Value = $true
        & $OnFailure (New-CsaErrorRecord -Failure (ConvertTo-CsaFailure $answer) -TargetObject @($Inputs.Values))
        return
    }
    $call = $started.Value
    $buffer = [Activator]::CreateInstance($script:CsaBuf)
    try {
        while ($true) {
            $code = $script:CsaNative::csa_call_next($call, 100, [ref] $buffer)
            if ($code -eq $script:CSA_PENDING) { continue }
            $text = Read-CsaBuffer $buffer
            $script:CsaNative::csa_buf_free($buffer)
            if ($code -eq $script:CSA_END) { break }
            if ($code -ne $script:CSA_OK) {
                $Failed.Value = $true
                $failure = ConvertTo-CsaFailure ([pscustomobject]@{ Code = $code; Text = $text })
                & $OnFailure (New-CsaErrorRecord -Failure $failure -TargetObject @($Inputs.Values))
                break
            }
            $item = ConvertFrom-CsaJson $text
            switch ($item.kind) {
                'error' {
                    $Failed.Value = $true
                    $name = $item.error.target
                    $target = if (-not $name) { @($Inputs.Values) } elseif ($Inputs.Contains($name)) { $Inputs[$name] } else { $name }
                    & $OnFailure (New-CsaErrorRecord -Failure $item.error -TargetObject $target)
                }
                'log' {
                    if ($item.level -eq 'warning') { $Cmdlet.WriteWarning($item.message) } else { $Cmdlet.WriteVerbose($item.message) }
                }
                default { $item }
            }
        }
    }
    finally {
        # Closing cancels what still runs.
        [void] $script:CsaNative::csa_close($call)
    }
}
