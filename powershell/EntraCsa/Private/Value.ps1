# A value in the form the core takes: text, whole number, Boolean, a list of these. The .NET type is never guessed from text;
# what JSON has no form for is passed on by its name, and the core says what is wrong with it.
function ConvertTo-CsaValue {
    param($Value)

    if ($null -eq $Value) { return $null }
    if ($Value -is [string] -or $Value -is [char] -or $Value -is [guid]) { return [string] $Value }
    if ($Value -is [bool]) { return [bool] $Value }
    if ($Value -is [switch]) { return $Value.IsPresent }
    if ($Value -is [enum]) { return @{ unsupported = $Value.GetType().FullName } }
    if ($Value -is [uint64]) { return [uint64] $Value }
    foreach ($type in [int], [long], [byte], [sbyte], [short], [ushort], [uint]) {
        if ($Value -is $type) { return [long] $Value }
    }
    if ($Value -is [System.Collections.IDictionary] -or $Value -is [System.Management.Automation.PSCustomObject]) { return @{} }
    if ($Value -is [System.Collections.IEnumerable]) {
        $list = [System.Collections.Generic.List[object]]::new()
        foreach ($element in $Value) { $list.Add((ConvertTo-CsaValue $element)) }
        return , $list.ToArray()
    }
    @{ unsupported = $Value.GetType().FullName }
}

# The nested table of -CustomSecurityAttributes, as runbooks build it; the core checks what is in it.
function ConvertTo-CsaTable {
    param($Table)

    $result = [ordered]@{}
    foreach ($set in Get-CsaMember $Table) {
        $attributes = $set.Value
        if ($attributes -is [System.Collections.IDictionary] -or $attributes -is [System.Management.Automation.PSCustomObject]) {
            $inner = [ordered]@{}
            foreach ($attribute in Get-CsaMember $attributes) { $inner[$attribute.Key] = ConvertTo-CsaValue $attribute.Value }
            $result[$set.Key] = $inner
        }
        else { $result[$set.Key] = ConvertTo-CsaValue $attributes }
    }
    $result
}

function Get-CsaMember {
    param($Table)

    if ($Table -is [System.Collections.IDictionary]) {
        foreach ($key in $Table.Keys) { [pscustomobject]@{ Key = [string] $key; Value = $Table[$key] } }
    }
    else {
        foreach ($property in $Table.PSObject.Properties) { [pscustomobject]@{ Key = $property.Name; Value = $property.Value } }
    }
}

# How a value is shown in -WhatIf and in tables.
function Format-CsaValue {
    param($Value)

    @($Value | ForEach-Object { if ($_ -is [bool]) { "$_".ToLowerInvariant() } else { "$_" } }) -join ', '
}

# The full name of an attribute, for people and filters; a name that is full already stays as it is.
function Join-CsaName {
    param([string] $AttributeSet, [string] $Attribute)

    if ($AttributeSet -and $Attribute -notmatch '[./]') { "$AttributeSet.$Attribute" } else { $Attribute }
}

# The attributes of a request: each name of $Attribute, within each of $AttributeSet if there are any.
function ConvertTo-CsaAttribute {
    param([string[]] $AttributeSet, [string[]] $Attribute)

    $list = foreach ($name in $Attribute) {
        if ($AttributeSet) { foreach ($set in $AttributeSet) { @{ attributeSet = $set; attribute = $name } } }
        else { @{ attribute = $name } }
    }
    , @($list)
}
