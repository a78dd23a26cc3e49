# Opens a client in the native library. The configuration may hold a token: it goes nowhere else.
function Open-CsaConnection {
    param([System.Collections.IDictionary] $Config, [System.Management.Automation.PSCmdlet] $Cmdlet)

    $handle = [ref] [uint64] 0
    $answer = Invoke-CsaNative -Text (ConvertTo-Json $Config -Compress) -Call {
        param($text, $buffer)
        $script:CsaNative::csa_client_open($text, $handle, $buffer)
    }
    if ($answer.Code -ne $script:CSA_OK) {
        $Cmdlet.ThrowTerminatingError((New-CsaErrorRecord -Failure (ConvertTo-CsaFailure $answer) -TargetObject $Config.graphUri))
    }
    Close-CsaConnection
    $info = ConvertFrom-CsaJson $answer.Text
    # A module that is removed closes its connection.
    $ExecutionContext.SessionState.Module.OnRemove = { Close-CsaConnection }
    $script:Connection = [pscustomobject]@{ Handle = $handle.Value; GraphUri = $info.graphUri; Sandbox = $info.sandbox }
}

function Close-CsaConnection {
    if ($null -ne $script:Connection) {
        [void] $script:CsaNative::csa_close($script:Connection.Handle)
        $script:Connection = $null
    }
}

# The open connection, or an error that ends the cmdlet.
function Get-CsaConnection {
    param([System.Management.Automation.PSCmdlet] $Cmdlet)

    if ($null -eq $script:Connection) {
        $Cmdlet.ThrowTerminatingError((New-CsaErrorRecord -Failure @{
                    code = 'notConnected'; message = 'not connected to Microsoft Graph'
                    hint = 'run Connect-Csa -Sandbox to try things out, or Connect-Csa -AccessToken $token'
                }))
    }
    $script:Connection
}
