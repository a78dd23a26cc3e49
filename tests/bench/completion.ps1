# Times Tab on command lines, warm: 500 attributes, 100 allowed values each. Prints one line a figure: name and milliseconds.
param([string] $Module, [string] $GraphUri)

Import-Module $Module -ErrorAction Stop
$token = [securestring]::new()
$token.AppendChar('t')
Connect-Csa -GraphUri $GraphUri -AccessToken $token

# A completer that has its answer at hand: what TabExpansion2 itself takes for as many results.
function Get-Plain { param([string] $Name, [string] $Few) }
$all = foreach ($i in 1..500) { "Set$($i % 5).Attribute$i" }
$few = foreach ($i in 1..100) { "Value$i" }
Register-ArgumentCompleter -CommandName Get-Plain -ParameterName Name -ScriptBlock { foreach ($name in $all) { [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $name) } }
Register-ArgumentCompleter -CommandName Get-Plain -ParameterName Few -ScriptBlock { foreach ($name in $few) { [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $name) } }

$lines = [ordered]@{
    one_attribute          = 'Set-CsaAssignment joe@contoso.com -Attribute Set3.Attribute123', 1
    all_attributes         = 'Set-CsaAssignment joe@contoso.com -Attribute ', 500
    plain_500              = 'Get-Plain -Name ', 500
    one_allowed_value      = 'Set-CsaAssignment joe@contoso.com Set3.Attribute123 -Value Value77', 1
    all_allowed_values     = 'Set-CsaAssignment joe@contoso.com Set3.Attribute123 -Value ', 100
    plain_100              = 'Get-Plain -Few ', 100
}
# The first ones read the definitions and compile.
$deadline = [System.DateTime]::UtcNow.AddSeconds(60)
foreach ($name in $lines.Keys) {
    $line, $expected = $lines[$name]
    do { $found = (TabExpansion2 $line $line.Length).CompletionMatches.Count } until ($found -eq $expected -or [System.DateTime]::UtcNow -gt $deadline)
    if ($found -ne $expected) { throw "${line}: $found completions, $expected expected" }
    foreach ($turn in 1..5) { [void] (TabExpansion2 $line $line.Length) }
}
$times = @{}
foreach ($name in $lines.Keys) { $times[$name] = [System.Collections.Generic.List[double]]::new() }
foreach ($turn in 1..40) {
    foreach ($name in $lines.Keys) {
        $line = $lines[$name][0]
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        [void] (TabExpansion2 $line $line.Length)
        $times[$name].Add($watch.Elapsed.TotalMilliseconds)
    }
}
foreach ($name in $lines.Keys) {
    $times[$name].Sort()
    [Console]::WriteLine("$name $($times[$name][20].ToString([cultureinfo]::InvariantCulture))")
}
