# ConvertFrom-Json would turn texts that look like dates into dates; attribute values must stay what they are.
function ConvertFrom-CsaJson {
    param([string] $Text)

    $document = [System.Text.Json.JsonDocument]::Parse($Text)
    try { ConvertFrom-CsaJsonElement $document.RootElement } finally { $document.Dispose() }
}

function ConvertFrom-CsaJsonElement {
    param([System.Text.Json.JsonElement] $Element)

    # Most of what comes is text: that takes no further call.
    $text = [System.Text.Json.JsonValueKind]::String
    switch ($Element.ValueKind) {
        'Object' {
            $table = [ordered]@{}
            foreach ($member in $Element.EnumerateObject()) {
                $value = $member.Value
                $table[$member.Name] = if ($value.ValueKind -eq $text) { $value.GetString() } else { ConvertFrom-CsaJsonElement $value }
            }
            return $table
        }
        'Array' {
            $list = [System.Collections.Generic.List[object]]::new()
            foreach ($entry in $Element.EnumerateArray()) {
                if ($entry.ValueKind -eq $text) { $list.Add($entry.GetString()) } else { $list.Add((ConvertFrom-CsaJsonElement $entry)) }
            }
            return , $list.ToArray()
        }
        'String' { return $Element.GetString() }
        'Number' {
            $number = [int] 0
            if ($Element.TryGetInt32([ref] $number)) { return $number }
            return $Element.GetDouble()
        }
        'True' { return $true }
        'False' { return $false }
        default { return $null }
    }
}
