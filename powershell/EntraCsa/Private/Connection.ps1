# Opens a client in the native library and signs in. $Json is its configuration; it holds secrets and is wiped.
function Open-CsaConnection {
    param([byte[]] $Json, [System.Management.Automation.PSCmdlet] $Cmdlet, [string] $About, [switch] $LogValues, [switch] $PassThru)

    $handle = [ref] [uint64] 0
    $answer = Invoke-CsaNative -Bytes $Json -Call {
        param($text, $buffer)
        $script:CsaNative::csa_client_open($text, $handle, $buffer)
    }
    if ($answer.Code -ne $script:CSA_OK) {
        $Cmdlet.ThrowTerminatingError((New-CsaErrorRecord -Failure (ConvertTo-CsaFailure $answer) -TargetObject $About))
    }
    $info = ConvertFrom-CsaJson $answer.Text
    # Held: somebody may have an object of it, and use it as -Context.
    $connection = [pscustomobject]@{ Handle = $handle.Value; GraphUri = $info.graphUri; Sandbox = $info.sandbox; LogValues = [bool] $LogValues; Held = [bool] $PassThru }
    $script:Connections[$connection.Handle] = $connection
    # A module that is removed closes what it opened.
    $ExecutionContext.SessionState.Module.OnRemove = { foreach ($open in @($script:Connections.Keys)) { Close-CsaConnection $open } }
    $signedIn = $false
    try {
        $context = Get-CsaConnectionContext 'context.signIn' $connection $Cmdlet
        $signedIn = $true
    }
    # Ctrl+C comes here too.
    finally { if (-not $signedIn) { Close-CsaConnection $connection.Handle } }
    if ($null -ne $script:Connection -and -not $script:Connection.Held) { Close-CsaConnection $script:Connection.Handle }
    $script:Connection = $connection
    if ($PassThru) { $context }
}

function Close-CsaConnection {
    param([uint64] $Handle)

    # A context of another runspace is closed here too.
    [void] $script:CsaNative::csa_close($Handle)
    $null = $script:Connections.Remove($Handle)
    if ($null -ne $script:Connection -and $script:Connection.Handle -eq $Handle) { $script:Connection = $null }
}

# The connection that a cmdlet was given, or else the open one, or an error that ends the cmdlet.
function Get-CsaConnection {
    param([System.Management.Automation.PSCmdlet] $Cmdlet, [System.Collections.IDictionary] $Bound = $(if ($Cmdlet) { $Cmdlet.MyInvocation.BoundParameters } else { @{} }))

    $context = $Bound['Context']
    if ($null -ne $context) { return [pscustomobject]@{ Handle = [uint64] $context.Id; GraphUri = $context.GraphUri; Sandbox = $context.Sandbox; LogValues = $context.LogValues; Held = $true } }
    if ($null -eq $script:Connection -and $Cmdlet) {
        $Cmdlet.ThrowTerminatingError((New-CsaErrorRecord -Failure @{
                    code = 'notConnected'; message = 'not connected to Microsoft Graph'
                    hint = 'run Connect-Csa -Sandbox to try things out, or Connect-Csa with a way to sign in'
                }))
    }
    $script:Connection
}

# What a connection is, for people and for -Context. Failures end the cmdlet.
function Get-CsaConnectionContext {
    param([string] $Operation, $Connection, [System.Management.Automation.PSCmdlet] $Cmdlet)

    $failures = [System.Collections.Generic.List[System.Management.Automation.ErrorRecord]]::new()
    $items = Invoke-CsaOperation $Operation @{} $Cmdlet -Connection $Connection -OnFailure { param($record) $failures.Add($record) } | ForEach-Object {
        if ($_.kind -eq 'deviceCode') { Write-Host $_.message } else { $_ }
    }
    if ($failures.Count -gt 0) { $Cmdlet.ThrowTerminatingError($failures[0]) }
    foreach ($item in $items) {
        $info = Invoke-CsaNative -Text '' -Call { param($text, $buffer) $script:CsaNative::csa_info($buffer) }
        [pscustomobject]@{
            PSTypeName  = 'Csa.Context'
            Mode        = $item.mode
            TenantId    = $item.tenantId
            ClientId    = $item.clientId
            Account     = $item.account
            Cloud       = $item.cloud
            Permissions = [string[]] $item.permissions
            ExpiresOn   = if ($item.expiresOn) { [System.DateTimeOffset]::Parse($item.expiresOn, [cultureinfo]::InvariantCulture) }
            GraphUri    = $item.graphUri
            Sandbox     = $Connection.Sandbox
            LogValues   = $Connection.LogValues
            Version     = (ConvertFrom-CsaJson $info.Text).version
            Id          = $Connection.Handle
        }
    }
}
