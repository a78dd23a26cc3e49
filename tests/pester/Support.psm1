# What several test files need: the module under test, the emulator's own paths, JSON that is compared as JSON.
Import-Module $env:CSA_MODULE -Force -Global

$script:Http = [System.Net.Http.HttpClient]::new()

# One request to the emulator behind the connection; gives the text of the answer.
function Invoke-Emulator {
    param([string] $Method, [string] $Path, [string] $Body, [string] $Url = (Get-EmulatorUrl))

    $request = [System.Net.Http.HttpRequestMessage]::new($Method, "$Url$Path")
    if ($Body) { $request.Content = [System.Net.Http.StringContent]::new($Body) }
    $answer = $script:Http.SendAsync($request).GetAwaiter().GetResult()
    $text = $answer.Content.ReadAsStringAsync().GetAwaiter().GetResult()
    if (-not $answer.IsSuccessStatusCode) { throw "$Method ${Path}: $text" }
    $text
}

# One request to Graph itself, as another program would send it.
function Send-GraphRequest {
    param([string] $Method, [string] $Path, [string] $Body)

    $request = [System.Net.Http.HttpRequestMessage]::new($Method, "$((Get-CsaContext).GraphUri)$Path")
    $request.Headers.Authorization = [System.Net.Http.Headers.AuthenticationHeaderValue]::new('Bearer', 'other')
    $request.Content = [System.Net.Http.StringContent]::new($Body, [System.Text.Encoding]::UTF8, 'application/json')
    $answer = $script:Http.SendAsync($request).GetAwaiter().GetResult()
    if (-not $answer.IsSuccessStatusCode) { throw "$Method ${Path}: $($answer.Content.ReadAsStringAsync().GetAwaiter().GetResult())" }
}

# An unsigned token with these claims, and the connection with it to an emulator that gives it these rights.
function Connect-As {
    param([string] $Url, [string] $Claims, [string] $Rights)

    $encode = { param($text) [Convert]::ToBase64String([System.Text.Encoding]::UTF8.GetBytes($text)).TrimEnd('=').Replace('+', '-').Replace('/', '_') }
    $token = if ($Claims) { "$(& $encode '{"alg":"none"}').$(& $encode $Claims)." } else { 'opaque' }
    [void] (Invoke-Emulator PUT '/emulator/tokens' "{`"$token`":$Rights}" -Url $Url)
    Connect-Csa -GraphUri "$Url/v1.0" -AccessToken (ConvertTo-Secret $token)
}

function Get-EmulatorUrl {
    (Get-CsaContext).GraphUri -replace '/v1\.0$'
}

# Takes the requests that the emulator got since the last time: one JSON text each, without the reading of what the tenant has.
function Get-SentRequest {
    param([switch] $All)

    $text = Invoke-Emulator GET '/emulator/requests'
    [void] (Invoke-Emulator DELETE '/emulator/requests')
    $list = [System.Text.Json.Nodes.JsonNode]::Parse($text)
    for ($i = 0; $i -lt $list.Count; $i++) {
        $own = $list[$i]['method'].ToString() -eq 'GET' -and $list[$i]['path'].ToString() -like '/directory/*'
        if ($All -or -not $own) { $list[$i].ToJsonString() }
    }
}

# The part of a JSON text that a path of names and numbers leads to, as JSON text.
function Select-Json {
    param([string] $Json, [Parameter(ValueFromRemainingArguments)] $Path)

    $node = [System.Text.Json.Nodes.JsonNode]::Parse($Json)
    foreach ($step in $Path) { if ($null -ne $node) { $node = $node[$step] } }
    if ($null -eq $node) { 'null' } else { $node.ToJsonString() }
}

# A text in which equal JSON is equal, whatever the order of members and the spelling of characters.
function ConvertTo-Canonical {
    param([string] $Json)

    $document = [System.Text.Json.JsonDocument]::Parse($Json)
    try { ConvertTo-CanonicalElement $document.RootElement } finally { $document.Dispose() }
}

function ConvertTo-CanonicalElement {
    param([System.Text.Json.JsonElement] $Element)

    switch ($Element.ValueKind) {
        'Object' {
            $members = [System.Collections.Generic.SortedDictionary[string, string]]::new([System.StringComparer]::Ordinal)
            foreach ($member in $Element.EnumerateObject()) { $members[$member.Name] = ConvertTo-CanonicalElement $member.Value }
            return '{' + (@(foreach ($name in $members.Keys) { "`"$name`":$($members[$name])" }) -join ',') + '}'
        }
        'Array' { return '[' + (@(foreach ($entry in $Element.EnumerateArray()) { ConvertTo-CanonicalElement $entry }) -join ',') + ']' }
        'String' { return '"' + $Element.GetString() + '"' }
        default { return $Element.GetRawText() }
    }
}

# What Get-CsaAssignment gave, in the JSON of the vectors.
function ConvertTo-HeldJson {
    param($Assignment)

    $entries = foreach ($a in $Assignment) {
        $value = [System.Text.Json.JsonSerializer]::Serialize($a.Value, $a.Value.GetType())
        "{`"attributeSet`":`"$($a.AttributeSet)`",`"attribute`":`"$($a.Attribute)`",`"type`":`"$($a.Type)`",`"value`":$value}"
    }
    '[' + (@($entries) -join ',') + ']'
}

# Starts the emulator as a program; gives its process and URL. Stop it with Stop-Process.
function Start-Emulator {
    param([string[]] $Argument = @())

    $start = [System.Diagnostics.ProcessStartInfo]::new($env:CSA_EMULATOR)
    foreach ($word in $Argument) { $start.ArgumentList.Add($word) }
    $start.RedirectStandardOutput = $true
    $process = [System.Diagnostics.Process]::Start($start)
    [pscustomobject]@{ Process = $process; Url = $process.StandardOutput.ReadLine() }
}

function ConvertTo-Secret {
    param([string] $Text)

    $secret = [securestring]::new()
    foreach ($character in $Text.ToCharArray()) { $secret.AppendChar($character) }
    $secret
}
