# Each is a clear error that names the target, the attribute and what to do; nothing is sent where that can be known before.
BeforeAll {
    Import-Module ([System.IO.Path]::Combine($PSScriptRoot, 'Support.psm1')) -Force

    # The errors of a command as records; warnings and output are dropped.
    function Get-Failure {
        param([scriptblock] $Command)
        $ErrorActionPreference = 'Continue'
        $failures = @()
        $null = & $Command 2>&1 | ForEach-Object { if ($_ -is [System.Management.Automation.ErrorRecord]) { $failures += $_ } }
        , $failures
    }
}

Describe 'Bad input' {
    BeforeEach { Connect-Csa -Sandbox }
    AfterEach { Disconnect-Csa }

    It 'refuses <Name> before anything is sent' -ForEach @(
        @{ Name = 'over-long text'; Attribute = 'Engineering.ProjectDate'; Value = 'x' * 65; Code = 'invalidValue'; Reason = '*65 characters is too long*' }
        @{ Name = 'a double'; Attribute = 'Engineering.NumVendors'; Value = [double] 4; Code = 'invalidValue'; Reason = '*System.Double*' }
        @{ Name = 'a decimal'; Attribute = 'Engineering.NumVendors'; Value = [decimal] 4; Code = 'invalidValue'; Reason = '*System.Decimal*' }
        @{ Name = 'a date'; Attribute = 'Engineering.ProjectDate'; Value = [datetime] '2024-11-15'; Code = 'invalidValue'; Reason = '*System.DateTime*' }
        @{ Name = 'a number above Int32'; Attribute = 'Engineering.NumVendors'; Value = 2147483648; Code = 'invalidValue'; Reason = '*outside the range of Int32*' }
        @{ Name = 'a nested hashtable'; Attribute = 'Engineering.Project'; Value = @{ a = 1 }; Code = 'invalidValue'; Reason = '*nested table*' }
        @{ Name = 'a nested array'; Attribute = 'Engineering.Project'; Value = @(@('a'), @('b', 'c')); Code = 'invalidValue'; Reason = '*nested*' }
        @{ Name = 'an empty text'; Attribute = 'Engineering.ProjectDate'; Value = ''; Code = 'invalidValue'; Reason = '*empty text*remove*' }
        @{ Name = 'an empty text in an array'; Attribute = 'Engineering.Project'; Value = @('Baker', ''); Code = 'invalidValue'; Reason = '*empty text*' }
        @{ Name = '$null'; Attribute = 'Engineering.ProjectDate'; Value = $null; Code = 'invalidValue'; Reason = '*null is not a value*remove*' }
        @{ Name = 'an empty array'; Attribute = 'Engineering.Project'; Value = @(); Code = 'invalidValue'; Reason = '*empty list*remove*' }
        @{ Name = 'a Boolean array'; Attribute = 'Engineering.Certification'; Value = @($true, $false); Code = 'invalidValue'; Reason = '*defined as Boolean, and a list is given*' }
        @{ Name = 'a mixed array'; Attribute = 'Engineering.Project'; Value = @('Baker', 1); Code = 'invalidValue'; Reason = '*1, a number, is given*' }
        @{ Name = 'half a surrogate pair'; Attribute = 'Engineering.ProjectDate'; Value = "a$([char]0xD83D)"; Code = 'invalidValue'; Reason = '*surrogate*' }
        @{ Name = 'a set name with a space'; Attribute = 'Eng ineering.Project'; Value = 'x'; Code = 'invalidName'; Reason = '*contains*' }
        @{ Name = 'an attribute name with a leading digit'; Attribute = 'Engineering.1st'; Value = 'x'; Code = 'invalidName'; Reason = '*1st*digit*' }
        @{ Name = 'an attribute that no set has'; Attribute = 'Proyect'; Value = 'x'; Code = 'unknownAttribute'; Reason = '*did you mean Engineering.Project?' }
    ) {
        $failures = Get-Failure { Set-CsaAssignment -UserId joe@contoso.com, dara@contoso.com -Attribute $Attribute -Value $Value }
        Get-SentRequest | Should -BeNullOrEmpty
        foreach ($failure in $failures) {
            $failure.FullyQualifiedErrorId | Should -BeLike "$Code,*"
            $failure.Exception.Message | Should -BeLike $Reason
            $failure.Exception.Message | Should -BeLike '*To do: *'
        }
        $text = $failures.Exception.Message -join "`n"
        $text | Should -BeLike '*joe@contoso.com*'
        $text | Should -BeLike '*dara@contoso.com*'
        # A name that is no name can't be the attribute's; all others are named in full.
        if ($Attribute -like '*.*' -and $Code -eq 'invalidValue' -and $Value -notlike 'a?') { $text | Should -BeLike "*$Attribute*" }
    }

    It 'refuses 51 values in one request' {
        $failures = Get-Failure { Set-CsaAssignment joe@contoso.com Engineering.CostCenter (1..51) }
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'limitExceeded,*'
        Get-SentRequest | Should -BeNullOrEmpty
    }

    It 'tells of an unknown <Name>, unchecked' -ForEach @(
        @{ Name = 'set'; Attribute = 'Finance.Project'; Value = 'x' }
        @{ Name = 'attribute'; Attribute = 'Engineering.Unheard'; Value = 'x' }
    ) {
        $failures = Get-Failure { Set-CsaAssignment joe@contoso.com $Attribute $Value -SkipDefinitionCheck }
        $failures.Count | Should -Be 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'unknownAttribute,*'
        $failures[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $failures[0].Exception.Message | Should -BeLike "joe@contoso.com: ${Attribute}: *To do: check the names*"
        $failures[0].Exception.Data['attribute'] | Should -BeExactly $Attribute
        $failures[0].Exception.Data['status'] | Should -Be 400
        $failures[0].Exception.Data['requestId'] | Should -Not -BeNullOrEmpty
    }

    It 'tells of a value that <Name>, unchecked' -ForEach @(
        @{ Name = 'has the wrong type'; Attribute = 'Engineering.NumVendors'; Value = 'eight'; Reason = '*Integer value expected*' }
        @{ Name = 'is no collection'; Attribute = 'Engineering.Project'; Value = 'Baker'; Reason = '*-Value @(*' }
        @{ Name = 'is not allowed'; Attribute = 'Engineering.Project'; Value = @('Unheard'); Reason = '*predefined*' }
    ) {
        $failures = Get-Failure { Set-CsaAssignment joe@contoso.com $Attribute $Value -SkipDefinitionCheck }
        $failures.Count | Should -Be 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'invalidValue,*'
        $failures[0].CategoryInfo.Category | Should -Be 'InvalidArgument'
        $failures[0].Exception.Message | Should -BeLike "joe@contoso.com: ${Attribute}: *"
        $failures[0].Exception.Message | Should -BeLike $Reason
        # What was there is still there.
        $kept = if ($Attribute -like '*Project') { @('Baker', 'Alpine') } else { 8 }
        (Get-CsaAssignment joe@contoso.com $Attribute).Value | Should -Be $kept
    }

    It 'goes on with the others, and names the input that failed' {
        $rows = 'nobody@contoso.com', 'dara@contoso.com', 'joe', 'adele@contoso.com' | ForEach-Object { [pscustomobject]@{ UserPrincipalName = $_; Row = 1 } }
        $rows | Set-CsaAssignment -Attribute Engineering.NumVendors -Value 4 -ErrorAction SilentlyContinue -ErrorVariable failures
        # PowerShell adds a record again for each function it passes through; the first of each is the cmdlet's.
        $mine = @($failures | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] -and $_.TargetObject } | Select-Object -Property TargetObject, FullyQualifiedErrorId)
        @($mine.TargetObject.UserPrincipalName | Select-Object -Unique | Sort-Object) | Should -Be @('joe', 'nobody@contoso.com')
        @($mine | Where-Object { $_.TargetObject.UserPrincipalName -like 'nobody*' })[0].FullyQualifiedErrorId | Should -BeLike 'notFound,*'
        @($mine | Where-Object { $_.TargetObject.UserPrincipalName -eq 'joe' })[0].FullyQualifiedErrorId | Should -BeLike 'invalidTarget,*'
        (Get-CsaAssignment dara@contoso.com).Value | Should -Be 4
        (Get-CsaAssignment adele@contoso.com).Value | Should -Be 4

        $all = Get-Failure { Set-CsaAssignment -UserId nobody@contoso.com, dara@contoso.com, nobody2@contoso.com -Attribute Engineering.NumVendors -Value 5 }
        $all.TargetObject | Sort-Object | Should -Be @('nobody@contoso.com', 'nobody2@contoso.com')
        (Get-CsaAssignment dara@contoso.com).Value | Should -Be 5
    }

    It 'stops at the first failure when asked to' {
        $people = @('nobody@contoso.com') + @('dara@contoso.com', 'joe@contoso.com') * 1000
        $slow = $people | ForEach-Object { Start-Sleep -Milliseconds 2; $_ }
        { $slow | Set-CsaAssignment -Attribute Engineering.NumVendors -Value 4 -ErrorAction Stop } | Should -Throw '*nobody@contoso.com*'
    }

    It 'tells of an unknown user in <Name>' -ForEach @(
        @{ Name = 'Get-CsaAssignment'; Command = { Get-CsaAssignment nobody@contoso.com, joe@contoso.com } }
        @{ Name = 'Remove-CsaAssignment'; Command = { Remove-CsaAssignment nobody@contoso.com, joe@contoso.com -Attribute Engineering.Project } }
    ) {
        $failures = Get-Failure $Command
        $failures.Count | Should -Be 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'notFound,*'
        $failures[0].TargetObject | Should -Be 'nobody@contoso.com'
    }

    It 'tells of a missing permission and which role gives it' {
        [void] (Invoke-Emulator PUT '/emulator/tokens' '{"reader":{"permissions":["CustomSecAttributeAssignment.Read.All","User.Read.All"]}}')
        $uri = (Get-CsaContext).GraphUri
        # The sandbox ends with its connection: a second one needs an emulator of its own.
        $emulator = Start-Emulator
        try {
            [void] (Invoke-Emulator PUT '/emulator/tokens' '{"reader":{"permissions":["CustomSecAttributeAssignment.Read.All","User.Read.All"]}}' -Url $emulator.Url)
            Connect-Csa -GraphUri "$($emulator.Url)/v1.0" -AccessToken (ConvertTo-Secret 'reader')
            $failures = Get-Failure { Set-CsaAssignment joe@contoso.com Engineering.NumVendors 4 }
            $failures[0].FullyQualifiedErrorId | Should -BeLike 'forbidden,*'
            $failures[0].CategoryInfo.Category | Should -Be 'PermissionDenied'
            $failures[0].Exception.Message | Should -BeLike 'joe@contoso.com: Engineering.NumVendors: *CustomSecAttributeAssignment.ReadWrite.All*Attribute Assignment Administrator*'
            (Get-CsaAssignment joe@contoso.com Engineering.NumVendors).Value | Should -Be 8

            Connect-Csa -GraphUri "$($emulator.Url)/v1.0" -AccessToken (ConvertTo-Secret 'stranger')
            $failures = Get-Failure { Get-CsaAssignment joe@contoso.com }
            $failures[0].FullyQualifiedErrorId | Should -BeLike 'auth,*'
            $failures[0].Exception.Message | Should -BeLike '*sign in again*'
        }
        finally { $emulator.Process.Kill() }
        $uri | Should -Not -BeNullOrEmpty
    }

    It 'warns when nothing can be seen, and says which role is missing' {
        # {"roles": ["User.Read.All"]}: a token that shows what it lacks.
        $token = 'eyJhbGciOiJub25lIn0.eyJyb2xlcyI6WyJVc2VyLlJlYWQuQWxsIl19.'
        $emulator = Start-Emulator
        try {
            [void] (Invoke-Emulator PUT '/emulator/tokens' "{`"$token`":{`"permissions`":[`"User.Read.All`"]}}" -Url $emulator.Url)
            Connect-Csa -GraphUri "$($emulator.Url)/v1.0" -AccessToken (ConvertTo-Secret $token)
            $output = Get-CsaAssignment joe@contoso.com 3>&1
            @($output).Count | Should -Be 1
            $output | Should -BeOfType ([System.Management.Automation.WarningRecord])
            $output.Message | Should -BeLike '*joe@contoso.com*CustomSecAttributeAssignment.Read.All*Attribute Assignment Reader*'
        }
        finally { $emulator.Process.Kill() }
    }

    It 'tells when Graph is unreachable, for each target' {
        $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $port = $listener.LocalEndpoint.Port
        $listener.Stop()
        Connect-Csa -GraphUri "http://127.0.0.1:$port/v1.0" -AccessToken (ConvertTo-Secret 'any')
        $failures = Get-Failure { Set-CsaAssignment joe@contoso.com, dara@contoso.com Engineering.NumVendors 4 }
        $failures.Count | Should -Be 2
        foreach ($failure in $failures) {
            $failure.FullyQualifiedErrorId | Should -BeLike 'unreachable,*'
            $failure.CategoryInfo.Category | Should -Be 'ConnectionError'
            $failure.Exception.Message | Should -BeLike "*http://127.0.0.1:$port can't be reached*To do: check the network*"
        }
    }

    It 'refuses a Graph root that is not https' {
        { Connect-Csa -GraphUri 'http://graph.microsoft.com/v1.0' -AccessToken (ConvertTo-Secret 'secret-token') } | Should -Throw '*is not https*'
        # The connection before it is still there.
        (Get-CsaContext).Sandbox | Should -BeTrue
    }

    It 'refuses a filter that cannot be' {
        $failures = Get-Failure { Find-CsaUser -Attribute Engineering.Project -Equal ([double] 1) }
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'invalid*'
        Get-SentRequest | Should -BeNullOrEmpty
        $failures = Get-Failure { Find-CsaUser -Filter "customSecurityAttributes/Engineering/Unheard eq 'x'" -SkipDefinitionCheck }
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'invalidFilter,*'
    }
}

Describe 'Not connected' {
    BeforeAll { Disconnect-Csa }

    It 'ends <Name> with what to do' -ForEach @(
        @{ Name = 'Set-CsaAssignment'; Command = { Set-CsaAssignment joe@contoso.com Engineering.NumVendors 4 } }
        @{ Name = 'Get-CsaAssignment'; Command = { Get-CsaAssignment joe@contoso.com } }
        @{ Name = 'Find-CsaUser'; Command = { Find-CsaUser } }
        @{ Name = 'Remove-CsaAssignment'; Command = { Remove-CsaAssignment joe@contoso.com -Attribute Engineering.Project } }
    ) {
        $Command | Should -Throw '*not connected*Connect-Csa*' -ErrorId 'notConnected,*'
    }

    It 'ends without a target' {
        Connect-Csa -Sandbox
        try {
            { Set-CsaAssignment -Attribute Engineering.NumVendors -Value 4 } | Should -Throw '*no target*' -ErrorId 'invalidTarget,*'
            { Get-CsaAssignment } | Should -Throw '*no target*'
        }
        finally { Disconnect-Csa }
    }
}
