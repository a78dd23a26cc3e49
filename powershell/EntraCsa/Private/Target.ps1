# The targets that the parameters of a cmdlet name: each with the input that named it.
function Resolve-CsaTarget {
    param([System.Collections.IDictionary] $Bound, [System.Management.Automation.PSCmdlet] $Cmdlet)

    $found = $false
    foreach ($entry in $Bound['UserId']) {
        $found = $true
        [pscustomobject]@{ Target = ConvertTo-CsaTarget $entry; Input = $entry }
    }
    foreach ($kind in 'ServicePrincipal', 'App', 'AgentIdentity', 'AgentIdentityBlueprintPrincipal') {
        foreach ($id in $Bound["${kind}Id"]) {
            $found = $true
            $name = if ($kind -eq 'App') { 'appId' } else { $kind.Substring(0, 1).ToLowerInvariant() + $kind.Substring(1) }
            [pscustomobject]@{ Target = @{ $name = $id }; Input = $id }
        }
    }
    if (-not $found) {
        $Cmdlet.ThrowTerminatingError((New-CsaErrorRecord -Failure @{
                    code = 'invalidTarget'; message = 'no target is given'
                    hint = 'give -UserId, -ServicePrincipalId or -AppId, or pipe users in'
                }))
    }
}

# What one value of -UserId names: an id or UPN, or an object that has one, such as a row of Import-Csv or what Get-MgUser,
# Get-MgServicePrincipal, Find-CsaUser and Get-CsaAssignment give.
function ConvertTo-CsaTarget {
    param($Entry)

    if ($null -eq $Entry -or $Entry -is [string] -or $Entry -is [guid]) { return @{ user = [string] $Entry } }
    if ($Entry -is [System.Collections.IDictionary]) { $Entry = [pscustomobject] $Entry }
    $properties = $Entry.PSObject.Properties
    $read = { param($name) if ($null -ne $properties[$name] -and "$($properties[$name].Value)" -ne '') { [string] $properties[$name].Value } }
    if ($id = & $read 'TargetId') {
        return @{ $(if ((& $read 'TargetType') -eq 'servicePrincipal') { 'servicePrincipal' } else { 'user' }) = $id }
    }
    # PrincipalId is what Get-AzUserAssignedIdentity and Get-AzSystemAssignedIdentity give.
    foreach ($name in 'ServicePrincipalId', 'PrincipalId') {
        if ($id = & $read $name) { return @{ servicePrincipal = $id } }
    }
    $isPrincipal = $null -ne $properties['ServicePrincipalType'] -or $Entry.PSObject.TypeNames[0] -like '*ServicePrincipal*'
    if ($isPrincipal -and ($id = & $read 'Id')) { return @{ servicePrincipal = $id } }
    foreach ($name in 'UserId', 'Id', 'ObjectId', 'UserPrincipalName') {
        if ($id = & $read $name) { return @{ user = $id } }
    }
    if ($id = & $read 'AppId') { return @{ appId = $id } }
    @{ user = '' }
}
