# Values are checked and converted by the definitions of the tenant, and a wrong one never leaves the machine.
BeforeAll { Import-Module ([System.IO.Path]::Combine($PSScriptRoot, 'Support.psm1')) -Force }

Describe 'The check of values' {
    BeforeEach { Connect-Csa -Sandbox }
    AfterEach { Disconnect-Csa }

    It 'makes <Typed> of <Attribute> what the definition says' -ForEach @(
        @{ Attribute = 'engineering.numvendors'; Typed = '8'; Value = 8; Type = 'Int32' }
        @{ Attribute = 'Engineering.CERTIFICATION'; Typed = 'True'; Value = $true; Type = 'Boolean' }
        @{ Attribute = 'Engineering.Certification'; Typed = 'false'; Value = $false; Type = 'Boolean' }
        @{ Attribute = 'Project'; Typed = 'Baker'; Value = @('Baker'); Type = 'String[]' }
        @{ Attribute = 'Engineering/CostCenter'; Typed = @('1001', 7); Value = @(1001, 7); Type = 'Int32[]' }
        @{ Attribute = 'Engineering.ProjectDate'; Typed = '2024-11-15'; Value = '2024-11-15'; Type = 'String' }
    ) {
        $set = Set-CsaAssignment dara@contoso.com $Attribute $Typed -PassThru -ErrorAction Stop
        $set.Type | Should -BeExactly $Type
        $set.Value | Should -Be $Value
        # The names went out as the tenant writes them.
        "$($set.AttributeSet).$($set.Attribute)" | Should -Be ($Attribute -replace '/', '.' -replace '^Project$', 'Engineering.Project')
        $body = [System.Text.Json.Nodes.JsonNode]::Parse((@(Get-SentRequest) | Select-Object -First 1))['body'].ToJsonString()
        $body | Should -BeLikeExactly "*`"$($set.Attribute)`":*"
    }

    It 'refuses <Typed> for <Attribute>' -ForEach @(
        @{ Attribute = 'Engineering.NumVendors'; Typed = ' 8'; Rule = '*space around it*' }
        @{ Attribute = 'Engineering.NumVendors'; Typed = '8.0'; Rule = '*without point and comma*' }
        @{ Attribute = 'Engineering.NumVendors'; Typed = ''; Rule = '*it is empty*' }
        @{ Attribute = 'Engineering.NumVendors'; Typed = '2147483648'; Rule = '*outside the range*' }
        @{ Attribute = 'Engineering.Certification'; Typed = 'yes'; Rule = '*"yes" is not a Boolean. To do: give true or false.' }
        @{ Attribute = 'Engineering.Certification'; Typed = 1; Rule = '*1 is not a Boolean*' }
        @{ Attribute = 'Engineering.ProjectDate'; Typed = 20241115; Rule = '*defined as String, and 20241115, a number, is given*-Type String*' }
        @{ Attribute = 'Engineering.ProjectDate'; Typed = @('2024-11-15'); Rule = '*defined as String, and a list is given*' }
        @{ Attribute = 'Engineering.Project'; Typed = 'baker'; Rule = '*upper and lower case count*did you mean "Baker"?' }
        @{ Attribute = 'Engineering.Project'; Typed = 'Skagit'; Rule = '*"Skagit" is not active*use "Alpine", "Baker" or "Cascade"*' }
        @{ Attribute = 'Engineering.Project'; Typed = @('Baker', 'Unheard'); Rule = '*"Unheard" is not an allowed value*' }
        @{ Attribute = 'Engineering.Clearance'; Typed = 4; Rule = '*"4" is not an allowed value*use "1", "2" or "3"*' }
        @{ Attribute = 'Engineering.Codename'; Typed = 'x'; Rule = '*deprecated and takes no new values*-Status Available*' }
        @{ Attribute = 'Engineering.Projct'; Typed = 'Baker'; Rule = '*did you mean Engineering.Project?' }
    ) {
        Set-CsaAssignment dara@contoso.com $Attribute $Typed -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].Exception.Message | Should -BeLike "dara@contoso.com: $Attribute*"
        $failures[0].Exception.Message | Should -BeLike $Rule
        Get-SentRequest | Should -BeNullOrEmpty
    }

    It 'takes a number as text where -Type says so, and no type that does not fit' {
        (Set-CsaAssignment dara@contoso.com Engineering.ProjectDate 20241115 -Type String -PassThru).Value | Should -BeExactly '20241115'
        { Set-CsaAssignment dara@contoso.com Engineering.NumVendors '8' -Type String -ErrorAction Stop } | Should -Throw '*defined as Int32, and the type String is given*'
    }

    It 'checks a runbook''s table too' {
        Set-CsaAssignment joe@contoso.com -ErrorAction Stop -CustomSecurityAttributes @{
            engineering = @{ '@odata.type' = '#Microsoft.DirectoryServices.CustomSecurityAttributeValue'; numVendors = '9'; Project = $null }
        }
        (Get-CsaAssignment joe@contoso.com Engineering.NumVendors).Value | Should -Be 9
        Get-CsaAssignment joe@contoso.com Engineering.Project | Should -BeNullOrEmpty
        { Set-CsaAssignment joe@contoso.com -ErrorAction Stop -CustomSecurityAttributes @{ Engineering = @{ Project = @('Unheard') } } } |
            Should -Throw '*Engineering.Project*not an allowed value*'
    }

    It 'removes what is deprecated, and lets nobody believe that a misspelt name was removed' {
        Remove-CsaAssignment joe@contoso.com Engineering.Codename -ErrorAction Stop
        { Remove-CsaAssignment joe@contoso.com Engineering.Projct -ErrorAction Stop } | Should -Throw '*did you mean Engineering.Project?'
        { Remove-CsaAssignment joe@contoso.com -AttributeSet Enginering -Force -ErrorAction Stop } | Should -Throw '*did you mean Engineering?'
        { Get-CsaAssignment joe@contoso.com Engineering.Projct -ErrorAction Stop } | Should -Throw '*did you mean Engineering.Project?'
        @(Get-CsaAssignment joe@contoso.com).Count | Should -Be 6
    }

    It 'finds by names in any case and values as text' {
        @(Find-CsaUser -Attribute engineering.numvendors -Equal '8' -ErrorAction Stop).Count | Should -BeGreaterThan 0
        @(Find-CsaUser appcountry -Equal Canada -ErrorAction Stop).DisplayName | Should -Be @('Jiya', 'Jana')
        { Find-CsaUser -Attribute AppContry -Equal Canada -ErrorAction Stop } | Should -Throw '*did you mean Marketing.AppCountry?'
        { Find-CsaUser -Attribute Marketing.AppContry -Equal Canada -ErrorAction Stop } | Should -Throw '*did you mean Marketing.AppCountry?'
    }

    It 'tells several sets that have the same name apart' {
        New-CsaAttribute Marketing.Project -Type String -ErrorAction Stop | Out-Null
        { Set-CsaAssignment dara@contoso.com Project Baker -ErrorAction Stop } | Should -Throw '*ambiguous*Engineering.Project*Marketing.Project*'
        Set-CsaAssignment dara@contoso.com Marketing.Project x -ErrorAction Stop
    }

    It 'reads definitions once for a thousand users' {
        $people = foreach ($i in 1..1000) { [pscustomobject]@{ UserPrincipalName = if ($i % 2) { 'joe@contoso.com' } else { 'dara@contoso.com' }; Value = "$i" } }
        $people | Set-CsaAssignment -Attribute Engineering.NumVendors -ErrorAction Stop
        $sent = @(Get-SentRequest -All)
        @($sent -like '*"method":"PATCH"*').Count | Should -BeGreaterThan 1
        (Get-CsaAssignment joe@contoso.com Engineering.NumVendors).Value | Should -Be 999
        (Get-CsaAssignment dara@contoso.com Engineering.NumVendors).Value | Should -Be 1000
        @($sent -like '*/directory/*').Count | Should -Be 1
    }

    It 'works without the right to read definitions, and warns once' {
        $emulator = Start-Emulator
        try {
            Connect-As $emulator.Url '' '{"permissions":["CustomSecAttributeAssignment.ReadWrite.All"]}'
            Set-CsaAssignment dara@contoso.com, joe@contoso.com -Attribute Engineering.NumVendors -Value 4 -WarningVariable first -WarningAction SilentlyContinue
            Set-CsaAssignment dara@contoso.com -Attribute Engineering.NumVendors -Value 5 -WarningVariable second -WarningAction SilentlyContinue
            @($first).Count | Should -Be 1
            "$first" | Should -BeLike '*CustomSecAttributeDefinition.Read.All*'
            @($second).Count | Should -Be 0
            (Get-CsaAssignment dara@contoso.com).Value | Should -Be 5
        }
        finally { $emulator.Process.Kill() }
    }
}

Describe 'Single values of a collection' {
    BeforeEach { Connect-Csa -Sandbox }
    AfterEach { Disconnect-Csa }

    It 'adds and removes, and keeps the order' {
        $set = Set-CsaAssignment joe@contoso.com Engineering.Project -Add Cascade -Remove Baker -PassThru -ErrorAction Stop
        $set.Value | Should -Be @('Alpine', 'Cascade')
        Set-CsaAssignment joe@contoso.com, dara@contoso.com -Attribute Engineering.CostCenter -Add 1003, '7' -ErrorAction Stop
        (Get-CsaAssignment joe@contoso.com Engineering.CostCenter).Value | Should -Be @(1001, 1003, 7)
        (Get-CsaAssignment dara@contoso.com Engineering.CostCenter).Value | Should -Be @(1003, 7)
        Remove-CsaAssignment joe@contoso.com Engineering.Project -Value Cascade -ErrorAction Stop
        (Get-CsaAssignment joe@contoso.com Engineering.Project).Value | Should -Be @('Alpine')
        Remove-CsaAssignment joe@contoso.com Engineering.Project -Value Alpine -ErrorAction Stop
        Get-CsaAssignment joe@contoso.com Engineering.Project | Should -BeNullOrEmpty
    }

    It 'writes nothing when there is nothing to change' {
        Set-CsaAssignment joe@contoso.com Engineering.Project -Add Alpine, Baker -ErrorAction Stop
        Remove-CsaAssignment joe@contoso.com Engineering.Project -Value Skagit -ErrorAction Stop
        @(@(Get-SentRequest) -like '*"method":"PATCH"*').Count | Should -Be 0
    }

    It 'does it again when another writer came between' {
        [void] (Invoke-Emulator POST '/emulator/faults' '[{"method":"PATCH","status":204,"body":""}]')
        (Set-CsaAssignment joe@contoso.com Engineering.Project -Add Cascade -PassThru -ErrorAction Stop).Value | Should -Be @('Baker', 'Alpine', 'Cascade')
        @(@(Get-SentRequest) -like '*"method":"PATCH"*').Count | Should -Be 2
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'a value that is not allowed'; Command = { Set-CsaAssignment joe@contoso.com Engineering.Project -Add Skagit -ErrorAction Stop }; Reason = '*"Skagit" is not active*' }
        @{ Name = 'a single-valued attribute'; Command = { Set-CsaAssignment joe@contoso.com Engineering.NumVendors -Add 9 -ErrorAction Stop }; Reason = '*holds one value*' }
        @{ Name = '$null'; Command = { Set-CsaAssignment joe@contoso.com Engineering.Project -Remove $null -ErrorAction Stop }; Reason = '*it is null*' }
        @{ Name = 'an empty array'; Command = { Remove-CsaAssignment joe@contoso.com Engineering.Project -Value @() -ErrorAction Stop }; Reason = '*empty list*' }
    ) {
        $Command | Should -Throw $Reason
        (Get-CsaAssignment joe@contoso.com Engineering.Project).Value | Should -Be @('Baker', 'Alpine')
    }

    It 'shows what it would do' {
        Set-CsaAssignment joe@contoso.com Engineering.Project -Add Cascade -WhatIf
        Remove-CsaAssignment joe@contoso.com Engineering.Project -Value Baker -WhatIf
        Get-SentRequest | Should -BeNullOrEmpty
    }
}
