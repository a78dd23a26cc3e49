# ConvertFrom-Json would turn texts that look like dates into dates; attribute values must stay what they are.
function ConvertFrom-CsaJson {
    param([string] $Text)

    $document = [System.Text.Json.JsonDocument]::Parse($Text)
    try { ConvertFrom-CsaJsonElement $document.RootElement } finally { $document.Dispose() }
}

function ConvertFrom-CsaJsonElement {
    param([System.Text.Json.JsonElement] $Element)

    switch ($Element.ValueKind) {
        'Object' {
            $table = [ordered]@{}
            foreach ($member in $Element.EnumerateObject()) { $table[$member.Name] = ConvertFrom-CsaJsonElement $member.Value }
            return $table
        }
        'Array' {
            $list = [System.Collections.Generic.List[object]]::new()
            foreach ($entry in $Element.EnumerateArray()) { $list.Add((ConvertFrom-CsaJsonElement $entry)) }
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
