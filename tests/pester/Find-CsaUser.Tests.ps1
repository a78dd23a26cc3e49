BeforeAll { Import-Module ([System.IO.Path]::Combine($PSScriptRoot, 'Support.psm1')) -Force }

Describe 'Find-CsaUser' {
    BeforeAll { Connect-Csa -Sandbox }
    AfterAll { Disconnect-Csa }
    BeforeEach { [void] (Get-SentRequest) }

    It 'sends <Filter> for <Name>' -ForEach @(
        @{ Name = 'a text'; Parameters = @{ Attribute = 'Marketing.AppCountry'; Equal = 'Canada' }; Filter = "customSecurityAttributes/Marketing/AppCountry eq 'Canada'"; Users = 'Jiya', 'Jana' }
        @{ Name = 'a number'; Parameters = @{ Attribute = 'NumVendors'; AttributeSet = 'Engineering'; Equal = 8 }; Filter = 'customSecurityAttributes/Engineering/NumVendors eq 8'; Users = 'Joe' }
        @{ Name = 'a Boolean'; Parameters = @{ Attribute = 'Engineering.Certification'; Equal = $false }; Filter = 'customSecurityAttributes/Engineering/Certification eq false'; Users = 'Joe' }
        @{ Name = 'several values'; Parameters = @{ Attribute = 'Marketing.AppCountry'; Equal = 'France', 'Japan' }; Filter = "customSecurityAttributes/Marketing/AppCountry eq 'France' or customSecurityAttributes/Marketing/AppCountry eq 'Japan'"; Users = 'Isabella', 'Alain' }
        @{ Name = 'an apostrophe and signs that URLs use'; Parameters = @{ Attribute = 'Marketing.EmployeeId'; Equal = "O'Brien & #1 100% +x" }; Filter = "customSecurityAttributes/Marketing/EmployeeId eq 'O''Brien & #1 100% +x'"; Users = @() }
        @{ Name = 'the start of a text'; Parameters = @{ Attribute = 'Marketing.EmployeeId'; StartsWith = 'KX' }; Filter = "startsWith(customSecurityAttributes/Marketing/EmployeeId,'KX')"; Users = 'Jiya' }
        @{ Name = 'OData text'; Parameters = @{ Filter = "not (customSecurityAttributes/Marketing/AppCountry eq 'Canada') and startsWith(displayName,'J')" }; Filter = "not (customSecurityAttributes/Marketing/AppCountry eq 'Canada') and startsWith(displayName,'J')"; Users = 'Joe', 'Johanna', 'Joni' }
    ) {
        $found = Find-CsaUser @Parameters -ErrorAction Stop
        $sent = Get-SentRequest
        [System.Text.Json.Nodes.JsonNode]::Parse($sent)['query']['$filter'].ToString() | Should -BeExactly $Filter
        @($found | ForEach-Object DisplayName | Sort-Object) -join ' ' | Should -Be (@($Users | Sort-Object) -join ' ')
    }

    It 'regards case' {
        Find-CsaUser Marketing.AppCountry -Equal canada | Should -BeNullOrEmpty
    }

    It 'gives objects with what the users hold' {
        $user = Find-CsaUser Engineering.NumVendors -Equal 8 -Property department, accountEnabled
        $user.PSObject.TypeNames | Should -Contain 'Csa.User'
        $user.Id | Should -Be '33dd33dd-ee44-ff55-aa66-77bb77bb77bb'
        $user.UserPrincipalName | Should -Be 'joe@contoso.com'
        $user.Department | Should -Be 'Engineering'
        $user.AccountEnabled | Should -BeTrue
        $user.CustomSecurityAttributes.Engineering.CostCenter | Should -Be @(1001, 1003)
        $user.CustomSecurityAttributes.Engineering.NumVendors | Should -BeOfType ([int])
        $user.Assignments.Count | Should -Be 6
        [System.Text.Json.Nodes.JsonNode]::Parse((Get-SentRequest))['query']['$select'].ToString() | Should -Be 'id,displayName,userPrincipalName,department,accountEnabled,customSecurityAttributes'
    }

    It 'gives everybody without a filter, and -First of them' {
        @(Find-CsaUser).Count | Should -Be 49
        @(Find-CsaUser -All).Count | Should -Be 49
        @(Find-CsaUser -First 3).Count | Should -Be 3
        [System.Text.Json.Nodes.JsonNode]::Parse(@(Get-SentRequest)[-1])['query']['$top'].ToString() | Should -Be '3'
    }

    It 'splits more than 15 values and gives each user once' {
        $values = @(1..40 | ForEach-Object { "C$_" }) + 'Canada', 'India', 'Mexico'
        $found = Find-CsaUser Marketing.AppCountry -Equal $values -ErrorAction Stop
        @(Get-SentRequest).Count | Should -Be 3
        $found.DisplayName | Sort-Object | Should -Be @('Jana', 'Jiya')
    }

    It 'stops asking when the consumer wants no more' {
        @(Find-CsaUser | Select-Object -First 2).Count | Should -Be 2
    }

    It 'shows as a table that can be read' {
        $text = Find-CsaUser Marketing.EmployeeId -Equal KX19476 | Out-String -Width 200
        $text | Should -Match 'DisplayName +UserPrincipalName +Id +CustomSecurityAttributes'
        $text | Should -Match 'Jiya +jiya@contoso.com .*Engineering.Datacenter: India; Marketing.AppCountry: India, Canada; Marketing.EmployeeId: KX19476'
    }
}

Describe 'Find-CsaUser over many pages' {
    It 'follows each page with the header and streams' {
        $users = foreach ($i in 1..2500) { "{`"id`":`"00000000-0000-0000-0000-$($i.ToString('d12'))`",`"displayName`":`"u$i`",`"userPrincipalName`":`"u$i@contoso.com`"}" }
        $folder = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), [guid]::NewGuid())
        [void] [System.IO.Directory]::CreateDirectory($folder)
        $seed = [System.IO.Path]::Combine($folder, 'seed.json')
        [System.IO.File]::WriteAllText($seed, "{`"users`":[$($users -join ',')]}")
        $emulator = Start-Emulator -Argument '--seed', $seed
        try {
            Connect-Csa -GraphUri "$($emulator.Url)/v1.0" -AccessToken (ConvertTo-Secret 'any')
            $found = Find-CsaUser -ErrorAction Stop
            $found.Count | Should -Be 2500
            @($found.Id | Sort-Object -Unique).Count | Should -Be 2500
            $sent = @(Get-SentRequest)
            $sent.Count | Should -Be 3
            foreach ($request in $sent) { Select-Json $request 'headers' 'consistencylevel' | Should -Be '"eventual"' }
        }
        finally {
            Disconnect-Csa
            $emulator.Process.Kill()
            [System.IO.Directory]::Delete($folder, $true)
        }
    }
}
