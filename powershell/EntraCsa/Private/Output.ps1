# One Csa.Assignment for each attribute of an item.
function ConvertTo-CsaAssignment {
    param([System.Collections.IDictionary] $Target, [object[]] $Assignments)

    foreach ($assignment in $Assignments) {
        [pscustomobject]@{
            PSTypeName        = 'Csa.Assignment'
            TargetId          = $Target.id
            TargetType        = $Target.type
            UserPrincipalName = $Target.userPrincipalName
            DisplayName       = $Target.displayName
            AttributeSet      = $assignment.attributeSet
            Attribute         = $assignment.attribute
            Type              = $assignment.type
            Value             = ConvertTo-CsaTypedValue $assignment
        }
    }
}

# The value with its .NET type; a list stays a list, even of one element.
function ConvertTo-CsaTypedValue {
    param([System.Collections.IDictionary] $Assignment)

    switch ($Assignment.type) {
        'String[]' { return , [string[]] $Assignment.value }
        'Int32[]' { return , [int[]] $Assignment.value }
        default { return $Assignment.value }
    }
}

# A Csa.User or Csa.ServicePrincipal for an item of a Find cmdlet.
function ConvertTo-CsaFound {
    param([System.Collections.IDictionary] $Item)

    $found = if ($Item.kind -eq 'user') {
        [ordered]@{
            PSTypeName        = 'Csa.User'
            Id                = $Item.target.id
            DisplayName       = $Item.target.displayName
            UserPrincipalName = $Item.target.userPrincipalName
        }
    }
    else {
        [ordered]@{
            PSTypeName  = 'Csa.ServicePrincipal'
            Id          = $Item.target.id
            DisplayName = $Item.target.displayName
            AppId       = $Item.target.appId
        }
    }
    foreach ($name in $Item.properties.Keys) { $found[$name.Substring(0, 1).ToUpperInvariant() + $name.Substring(1)] = $Item.properties[$name] }
    $sets = [ordered]@{}
    foreach ($assignment in $Item.assignments) {
        if (-not $sets.Contains($assignment.attributeSet)) { $sets[$assignment.attributeSet] = [ordered]@{} }
        $sets[$assignment.attributeSet][$assignment.attribute] = ConvertTo-CsaTypedValue $assignment
    }
    $attributes = [ordered]@{}
    foreach ($set in $sets.Keys) { $attributes[$set] = [pscustomobject] $sets[$set] }
    $found.CustomSecurityAttributes = [pscustomobject] $attributes
    $found.Assignments = @(ConvertTo-CsaAssignment $Item.target $Item.assignments)
    [pscustomobject] $found
}

# The wire form of an item as nested hashtables, for -AsHashtable.
function ConvertTo-CsaHashtable {
    param([System.Collections.IDictionary] $Item)

    $types = @{}
    foreach ($assignment in $Item.assignments) { $types["$($assignment.attributeSet).$($assignment.attribute)"] = $assignment }
    $sets = @{}
    foreach ($set in $Item.customSecurityAttributes.Keys) {
        $sets[$set] = @{}
        foreach ($name in $Item.customSecurityAttributes[$set].Keys) {
            $assignment = $types["$set.$name"]
            $sets[$set][$name] = if ($assignment) { ConvertTo-CsaTypedValue $assignment } else { $Item.customSecurityAttributes[$set][$name] }
        }
    }
    $sets
}

# A Csa.AttributeSet, Csa.Attribute or Csa.AllowedValue for an item that declares one.
function ConvertTo-CsaDeclaration {
    param([System.Collections.IDictionary] $Item)

    switch ($Item.kind) {
        'attributeSet' {
            [pscustomobject]@{
                PSTypeName = 'Csa.AttributeSet'; AttributeSet = $Item.attributeSet; Description = $Item.description
                MaxAttributes = $Item.maxAttributesPerSet
            }
        }
        'attribute' {
            [pscustomobject]@{
                PSTypeName = 'Csa.Attribute'; AttributeSet = $Item.attributeSet; Attribute = $Item.attribute; Type = $Item.type
                Description = $Item.description; Status = $Item.status; Searchable = $Item.isSearchable
                AllowedValuesOnly = $Item.usePreDefinedValuesOnly
                AllowedValues = @(foreach ($value in $Item.allowedValues) { ConvertTo-CsaAllowedValue $Item $value })
            }
        }
        'allowedValue' { ConvertTo-CsaAllowedValue $Item $Item }
    }
}

function ConvertTo-CsaAllowedValue {
    param([System.Collections.IDictionary] $Attribute, [System.Collections.IDictionary] $Value)

    [pscustomobject]@{
        PSTypeName = 'Csa.AllowedValue'; AttributeSet = $Attribute.attributeSet; Attribute = $Attribute.attribute; Value = $Value.value
        IsActive = $Value.isActive
    }
}
