# Parameters that name targets other than users, and what the core calls them.
$script:CsaTargetNames = @{
    ServicePrincipalId = 'servicePrincipal'; AppId = 'appId'; AgentIdentityId = 'agentIdentity'
    AgentIdentityBlueprintPrincipalId = 'agentIdentityBlueprintPrincipal'
}

# The targets that the parameters of a cmdlet name: each with the input that named it.
function Resolve-CsaTarget {
    param([System.Collections.IDictionary] $Bound, [System.Management.Automation.PSCmdlet] $Cmdlet)

    $found = $false
    foreach ($entry in $Bound['UserId']) {
        $found = $true
        [pscustomobject]@{ Target = ConvertTo-CsaTarget $entry; Input = $entry }
    }
    foreach ($name in $script:CsaTargetNames.Keys) {
        foreach ($id in $Bound[$name]) {
            $found = $true
            [pscustomobject]@{ Target = @{ $script:CsaTargetNames[$name] = $id }; Input = $id }
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
    # Called for every row of a file: the properties are looked up in place.
    $properties = $Entry.PSObject.Properties
    # PrincipalId is what Get-AzUserAssignedIdentity and Get-AzSystemAssignedIdentity give.
    foreach ($name in 'TargetId', 'ServicePrincipalId', 'PrincipalId', 'UserId', 'Id', 'ObjectId', 'UserPrincipalName', 'AppId') {
        $property = $properties[$name]
        if ($null -eq $property) { continue }
        $id = [string] $property.Value
        if ($id -eq '') { continue }
        $isPrincipal = if ($name -eq 'TargetId') { "$($properties['TargetType'].Value)" -eq 'servicePrincipal' }
        elseif ($name -eq 'Id') { $null -ne $properties['ServicePrincipalType'] -or $Entry.PSObject.TypeNames[0] -like '*ServicePrincipal*' }
        else { $name -in 'ServicePrincipalId', 'PrincipalId' }
        if ($isPrincipal) { return @{ servicePrincipal = $id } }
        if ($name -eq 'AppId') { return @{ appId = $id } }
        return @{ user = $id }
    }
    @{ user = '' }
}
