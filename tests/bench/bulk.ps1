# What `cargo xtask bench bulk` runs in pwsh: this module's Set-CsaAssignment, or the loop that people write without it, one after
# the other or eight at once. Prints changes a second.
param([string] $What, [string] $GraphUri, [int] $Count, [string] $Module)

$ErrorActionPreference = 'Stop'
$rows = foreach ($i in 2..($Count + 1)) { [pscustomobject]@{ UserPrincipalName = 'user{0:d7}@contoso.com' -f $i; Value = 6 } }
$body = '{"customSecurityAttributes":{"Engineering":{"@odata.type":"#Microsoft.DirectoryServices.CustomSecurityAttributeValue","NumVendors@odata.type":"#Int32","NumVendors":6}}}'
$headers = @{ Authorization = 'Bearer any' }
$null = Invoke-RestMethod -Method Patch -Uri "$GraphUri/users/user0000001@contoso.com" -Headers $headers -ContentType application/json -Body $body
if ($What -eq 'csa') {
    Import-Module $Module
    $token = [securestring]::new()
    'any'.ToCharArray() | ForEach-Object { $token.AppendChar($_) }
    Connect-Csa -GraphUri $GraphUri -AccessToken $token -Quota @{ Writes = 1e9; Units = 1e9 }
    Set-CsaAssignment user0000001@contoso.com Engineering.NumVendors 6
}
$watch = [System.Diagnostics.Stopwatch]::StartNew()
switch ($What) {
    'csa' { $rows | Set-CsaAssignment -Attribute Engineering.NumVendors -NoJournal -ErrorAction Stop }
    'irm1' {
        foreach ($row in $rows) {
            $null = Invoke-RestMethod -Method Patch -Uri "$GraphUri/users/$($row.UserPrincipalName)" -Headers $headers -ContentType application/json -Body $body -ErrorAction Stop
        }
    }
    'irm8' {
        $rows | ForEach-Object -ThrottleLimit 8 -Parallel {
            $null = Invoke-RestMethod -Method Patch -Uri "$using:GraphUri/users/$($_.UserPrincipalName)" -Headers $using:headers -ContentType application/json -Body $using:body -ErrorAction Stop
        }
    }
}
[Console]::WriteLine("per_s $($Count / $watch.Elapsed.TotalSeconds)")
