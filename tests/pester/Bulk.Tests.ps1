# Many changes in one pipeline: what becomes of them, of the journal, and of a pwsh that is stopped or killed in the middle.
BeforeAll {
    Import-Module ([System.IO.Path]::Combine($PSScriptRoot, 'Support.psm1')) -Force

    function Connect-Crowd {
        param($Url)
        Connect-Csa -GraphUri "$Url/v1.0" -AccessToken (ConvertTo-Secret any) -Quota @{ Writes = 1e8; Units = 1e8 }
    }

    function New-Person {
        param([int] $Number)
        'user{0:d7}@contoso.com' -f $Number
    }

    # Rows as Import-Csv gives them: all text.
    function New-Row {
        param([int] $Count)
        for ($i = 1; $i -le $Count; $i++) { [pscustomobject]@{ UserPrincipalName = New-Person $i; Value = "$i"; Department = 'Sales' } }
    }

    # A pwsh of its own that runs a script against the emulator.
    function Start-Script {
        param([string] $Url, [string] $Body, [string] $Quota = '@{ Writes = 1e8; Units = 1e8 }')
        $script = [System.IO.Path]::Combine($TestDrive, "$([guid]::NewGuid()).ps1")
        [System.IO.File]::WriteAllText($script, @"
Import-Module '$env:CSA_MODULE'
`$secret = [securestring]::new(); 'any'.ToCharArray() | ForEach-Object { `$secret.AppendChar(`$_) }
Connect-Csa -GraphUri '$Url/v1.0' -AccessToken `$secret -Quota $Quota
`$rows = foreach (`$i in 1..300) { [pscustomobject]@{ UserPrincipalName = 'user{0:d7}@contoso.com' -f `$i; Value = `$i } }
$Body
"@)
        $start = [System.Diagnostics.ProcessStartInfo]::new('pwsh')
        foreach ($word in '-NoProfile', '-NonInteractive', '-File', $script) { $start.ArgumentList.Add($word) }
        $start.RedirectStandardOutput = $true
        $start.RedirectStandardError = $true
        [System.Diagnostics.Process]::Start($start)
    }

    # Waits until the service has answered so many requests.
    function Wait-Request {
        param([string] $Url, [int] $Count, $Process)
        while (-not $Process.HasExited -and [System.Text.Json.Nodes.JsonNode]::Parse((Invoke-Emulator GET '/emulator/use' -Url $Url))['writes'].GetValue[int]() -lt $Count) {
            Start-Sleep -Milliseconds 5
        }
    }

    # Whether each of 300 people holds their number.
    function Test-Everybody {
        $wrong = 0
        1..300 | ForEach-Object { New-Person $_ } | Get-CsaAssignment -Attribute Engineering.NumVendors |
            ForEach-Object { if ($_.Value -ne [int] $_.UserPrincipalName.Substring(4, 7)) { $wrong++ } }
        $wrong -eq 0
    }
}

Describe 'A pipeline of many' {
    BeforeAll { $emulator = Start-Emulator -Argument '--users', '300' }
    AfterAll { $emulator.Process.Kill() }
    BeforeEach {
        Connect-Crowd $emulator.Url
        [void] (Invoke-Emulator PUT '/emulator/hostility' '{}')
        New-Row 300 | ForEach-Object { [pscustomobject]@{ UserPrincipalName = $_.UserPrincipalName } } | Remove-CsaAssignment -All -Force -NoJournal
        [void] (Invoke-Emulator DELETE '/emulator/use')
        $journal = [System.IO.Path]::Combine($TestDrive, "$([guid]::NewGuid()).jsonl")
    }
    AfterEach { Disconnect-Csa }

    It 'goes in batches, and says what it took' {
        $done = New-Row 300 | Set-CsaAssignment -Attribute Engineering.NumVendors -Summary -ErrorAction Stop
        $done.PSObject.TypeNames[0] | Should -Be 'Csa.Summary'
        $done.Changes, $done.Changed, $done.Failed, $done.Unsent | Should -Be @(300, 300, 0, 0)
        $done.Requests | Should -BeLessThan 40
        [void] (Invoke-Emulator DELETE '/emulator/use')
        Test-Everybody | Should -BeTrue
        [int] (Select-Json (Invoke-Emulator GET '/emulator/use') requests) | Should -BeLessThan 40
        # More than 100 changes have a journal without being asked.
        $run = Get-CsaOperation | Where-Object Journal -eq $done.Journal
        $run.State, $run.Changed, $run.Command | Should -Be @('Complete', 300, 'Set-CsaAssignment -Attribute Engineering.NumVendors')
        Remove-Item -LiteralPath $done.Journal
        (New-Row 300 | Set-CsaAssignment -Attribute Engineering.NumVendors -Summary -NoJournal).Journal | Should -BeNullOrEmpty
        (New-Row 100 | Set-CsaAssignment -Attribute Engineering.NumVendors -Summary).Journal | Should -BeNullOrEmpty
    }

    It 'leaves what failed with its input and in a file that can be mended and piped in again' {
        $file = [System.IO.Path]::Combine($TestDrive, 'rejects.csv')
        $rows = @(New-Row 150)
        $rows[7].UserPrincipalName = 'nobody@contoso.com'
        $rows[70].Value = 'many'
        $rows | Set-CsaAssignment -Attribute Engineering.NumVendors -RejectFile $file -NoJournal -ErrorAction SilentlyContinue -ErrorVariable failed
        $mine = @($failed | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] -and $_.TargetObject.Department })
        @($mine.TargetObject.UserPrincipalName | Sort-Object -Unique) | Should -Be @('nobody@contoso.com', (New-Person 71))
        $rejects = @(Import-Csv $file | Sort-Object UserPrincipalName)
        $rejects.RejectCode | Should -Be @('notFound', 'invalidValue')
        $rejects[1].RejectReason | Should -BeLike '*user0000071@contoso.com: Engineering.NumVendors:*'
        $rejects.Department | Should -Be @('Sales', 'Sales')
        $rejects[0].UserPrincipalName = New-Person 8
        $rejects[1].Value = '71'
        $rejects | Set-CsaAssignment -Attribute Engineering.NumVendors -RejectFile $file -ErrorAction Stop
        Test-Path $file | Should -BeFalse
        (Get-CsaAssignment (New-Person 71)).Value | Should -Be 71
    }

    It 'writes only what differs' {
        New-Row 300 | Set-CsaAssignment -Attribute Engineering.NumVendors -NoJournal
        [void] (Invoke-Emulator DELETE '/emulator/use')
        $rows = @(New-Row 300)
        $rows[4].Value = '1000'
        $done = $rows | Set-CsaAssignment -Attribute Engineering.NumVendors -SkipUnchanged -NoJournal -Summary
        $done.Changed, $done.Unchanged | Should -Be @(1, 299)
        Select-Json (Invoke-Emulator GET '/emulator/use') writes | Should -Be '1'
        $said = Set-CsaAssignment (New-Person 9) Engineering.NumVendors 9 -SkipUnchanged -Verbose 4>&1 | Out-String
        $said | Should -BeLike '*user0000009@contoso.com: unchanged*'
    }

    It 'does nothing the second time with the same journal, and is undone' {
        # A token that tells nothing: what is there shows only where there is something.
        1..300 | ForEach-Object { New-Person $_ } | Set-CsaAssignment -Attribute Engineering.Certification -Value $true -NoJournal
        [void] (Invoke-Emulator DELETE '/emulator/use')
        $set = { New-Row 300 | Set-CsaAssignment -Attribute Engineering.NumVendors -Journal $journal -KeepPrevious -Summary -ErrorAction Stop }
        (& $set).Changed | Should -Be 300
        [void] (Invoke-Emulator DELETE '/emulator/use')
        (& $set).Skipped | Should -Be 300
        (Resume-CsaOperation $journal -Summary).Skipped | Should -Be 300
        Select-Json (Invoke-Emulator GET '/emulator/use') writes | Should -Be '0'
        { New-Row 3 | Set-CsaAssignment -Attribute Engineering.CostCenter -Journal $journal -KeepPrevious -ErrorAction Stop } | Should -Throw '*is of another run*'

        Set-CsaAssignment (New-Person 3) Engineering.NumVendors 77
        [void] (Invoke-Emulator DELETE '/emulator/use')
        Undo-CsaOperation $journal -WhatIf -WarningAction SilentlyContinue
        Select-Json (Invoke-Emulator GET '/emulator/use') writes | Should -Be '0'
        $undone = Get-CsaOperation $journal | Undo-CsaOperation -Summary -WarningVariable warned -WarningAction SilentlyContinue
        $undone.Changed | Should -Be 299
        @($warned).Count | Should -Be 1
        "$warned" | Should -BeLike '*user0000003@contoso.com: Engineering.NumVendors: somebody changed it since*'
        (Get-CsaAssignment (New-Person 3) Engineering.NumVendors).Value | Should -Be 77
        (Get-CsaAssignment (New-Person 4)).Attribute | Should -Be 'Certification'
        (Get-CsaOperation $journal).State | Should -Be 'Undone'
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'a journal and none'; Command = { Set-CsaAssignment joe@contoso.com Engineering.NumVendors 4 -Journal x -NoJournal -ErrorAction Stop }; Reason = '*given together*' }
        @{ Name = 'to keep what was there nowhere'; Command = { Set-CsaAssignment joe@contoso.com Engineering.NumVendors 4 -KeepPrevious -ErrorAction Stop }; Reason = '*only be kept in a journal*' }
        @{ Name = 'a file that is no journal'; Command = { Resume-CsaOperation $PSCommandPath -ErrorAction Stop }; Reason = '*is damaged: line 1*' }
        @{ Name = 'a journal that is not there'; Command = { Undo-CsaOperation nothing.jsonl -ErrorAction Stop }; Reason = "*nothing.jsonl can't be used*" }
        @{ Name = 'to undo what was not kept'; Command = { Set-CsaAssignment joe@contoso.com Engineering.NumVendors 4 -Journal $journal; Undo-CsaOperation $journal -ErrorAction Stop }; Reason = '*does not have what was there before*' }
    ) {
        $Command | Should -Throw $Reason
    }

    It 'survives a hostile service' {
        $rules = '{"seed":12,"throttle":0.1,"retryAfter":0.5,"retryAfterSeconds":0.02,"unavailable":0.05,"cutBefore":0.05,"cutAfter":0.05,"half":0.05,"slow":0.1,"slowMs":50}'
        [void] (Invoke-Emulator PUT '/emulator/hostility' $rules)
        $done = 1..7 | ForEach-Object { $round = $_; New-Row 300 | ForEach-Object { $_.Value = "$([int] $_.Value + 7 - $round)"; $_ } } |
            Set-CsaAssignment -Attribute Engineering.NumVendors -NoJournal -Summary
        [void] (Invoke-Emulator PUT '/emulator/hostility' '{}')
        $done.Changed, $done.Failed | Should -Be @(2100, 0)
        Test-Everybody | Should -BeTrue
    }

    It 'shows how far it is' {
        [void] (Invoke-Emulator PUT '/emulator/hostility' '{"latencyMs":400}')
        $other = [powershell]::Create([initialsessionstate]::CreateDefault2())
        try {
            [void] $other.AddScript(@"
                Import-Module '$env:CSA_MODULE'
                `$secret = [securestring]::new(); 'any'.ToCharArray() | ForEach-Object { `$secret.AppendChar(`$_) }
                Connect-Csa -GraphUri '$($emulator.Url)/v1.0' -AccessToken `$secret
                1..300 | ForEach-Object { [pscustomobject]@{ UserPrincipalName = 'user{0:d7}@contoso.com' -f `$_; Value = `$_ } } | Set-CsaAssignment -Attribute Engineering.NumVendors -NoJournal
"@).Invoke()
            $shown = @($other.Streams.Progress | Where-Object Activity -eq 'Set-CsaAssignment')
            $shown[-1].RecordType | Should -Be 'Completed'
            @($shown | Where-Object RecordType -eq Processing)[-1].StatusDescription | Should -Match '^\d+ of 300( so far)? done, 0 failed, [\d.]+ a second$'
        }
        finally { $other.Runspace.Dispose(); $other.Dispose() }
    }

    It 'goes on after Ctrl+C, and says how' {
        # Slow enough not to be done before it is stopped, on any machine.
        $process = Start-Script $emulator.Url -Quota '@{ Writes = 100; WriteSeconds = 60 }' "`$rows * 4 | ForEach-Object -Begin { `$n = 0 } -Process { [pscustomobject]@{ UserPrincipalName = `$_.UserPrincipalName; Value = ++`$n } } | Set-CsaAssignment -Attribute Engineering.NumVendors -Journal '$journal'"
        Wait-Request $emulator.Url 20 $process
        while (-not $process.HasExited -and (Get-CsaOperation $journal).Changes -lt 300) { Start-Sleep -Milliseconds 20 }
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        & /bin/kill -INT $process.Id
        $process.WaitForExit()
        $took = $watch.ElapsedMilliseconds
        $said = $process.StandardOutput.ReadToEnd() + $process.StandardError.ReadToEnd()
        # An end within a second, and the time that a busy machine takes to end a process.
        $took | Should -BeLessThan 5000
        $said | Should -Match 'stopped: \d+ of \d+ changes are made'
        $said.Replace("`n", '') | Should -BeLike "*Resume-CsaOperation '$journal'*"
        $left = Get-CsaOperation $journal
        $left.Left | Should -BeGreaterThan 0
        Resume-CsaOperation $journal -WarningAction SilentlyContinue
        (Get-CsaOperation $journal).Left | Should -Be 0
    }

    It 'goes on after it was killed, and doubles nothing' {
        $process = Start-Script $emulator.Url -Quota '@{ Writes = 100; WriteSeconds = 60 }' "`$rows | Set-CsaAssignment -Attribute Engineering.NumVendors -Journal '$journal'"
        Wait-Request $emulator.Url 20 $process
        # While it lives, the journal is its own.
        { Resume-CsaOperation $journal -ErrorAction Stop } | Should -Throw '*is in use*'
        (Get-CsaOperation $journal).State | Should -Be 'Running'
        $process.Kill()
        $process.WaitForExit()
        $done = New-Row 300 | Set-CsaAssignment -Attribute Engineering.NumVendors -Journal $journal -Summary -WarningAction SilentlyContinue -ErrorAction SilentlyContinue -ErrorVariable other
        if ($other) {
            # The rows of the other process were numbers, these are text: another run.
            "$($other[0])" | Should -BeLike '*is of another run*'
            $done = Resume-CsaOperation $journal -Summary -WarningAction SilentlyContinue
        }
        $done.Failed | Should -Be 0
        Select-Json (Invoke-Emulator GET '/emulator/use') writes | Should -Be "$((Get-CsaOperation $journal).Changes)"
    }
}
