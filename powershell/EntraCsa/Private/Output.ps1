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

# A Csa.User for an item of Find-CsaUser.
function ConvertTo-CsaUser {
    param([System.Collections.IDictionary] $Item)

    $user = [ordered]@{
        PSTypeName        = 'Csa.User'
        Id                = $Item.target.id
        DisplayName       = $Item.target.displayName
        UserPrincipalName = $Item.target.userPrincipalName
    }
    foreach ($name in $Item.properties.Keys) { $user[$name.Substring(0, 1).ToUpperInvariant() + $name.Substring(1)] = $Item.properties[$name] }
    $sets = [ordered]@{}
    foreach ($assignment in $Item.assignments) {
        if (-not $sets.Contains($assignment.attributeSet)) { $sets[$assignment.attributeSet] = [ordered]@{} }
        $sets[$assignment.attributeSet][$assignment.attribute] = ConvertTo-CsaTypedValue $assignment
    }
    $attributes = [ordered]@{}
    foreach ($set in $sets.Keys) { $attributes[$set] = [pscustomobject] $sets[$set] }
    $user.CustomSecurityAttributes = [pscustomobject] $attributes
    $user.Assignments = @(ConvertTo-CsaAssignment $Item.target $Item.assignments)
    [pscustomobject] $user
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
