# Tab on real command lines.
BeforeAll {
    Import-Module ([System.IO.Path]::Combine($PSScriptRoot, 'Support.psm1')) -Force

    function Complete-Line {
        param([string] $Line)
        (TabExpansion2 $Line $Line.Length).CompletionMatches
    }
}

Describe 'Tab completion' {
    BeforeAll { Connect-Csa -Sandbox }
    AfterAll { Disconnect-Csa }

    It 'completes <Line>' -ForEach @(
        @{ Line = 'Set-CsaAssignment joe@contoso.com -AttributeSet e'; Texts = @('Engineering') }
        @{ Line = 'Set-CsaAssignment joe@contoso.com -Attribute Proj'; Texts = 'Engineering.Project', 'Engineering.ProjectDate' }
        @{ Line = 'Set-CsaAssignment joe@contoso.com engineering.proj'; Texts = 'Engineering.Project', 'Engineering.ProjectDate' }
        @{ Line = 'Set-CsaAssignment joe@contoso.com -AttributeSet Engineering -Attribute proj'; Texts = 'Project', 'ProjectDate' }
        @{ Line = "Set-CsaAssignment joe@contoso.com -Attribute 'Marketing.App"; Texts = @('Marketing.AppCountry') }
        @{ Line = 'Set-CsaAssignment joe@contoso.com -Attribute Engineering.Code'; Texts = @() }
        @{ Line = 'Remove-CsaAssignment joe@contoso.com -Attribute Engineering.Code'; Texts = @('Engineering.Codename') }
        @{ Line = 'Set-CsaAssignment joe@contoso.com Engineering.Project -Value '; Texts = 'Alpine', 'Baker', 'Cascade' }
        @{ Line = 'Set-CsaAssignment joe@contoso.com Engineering.Project -Value Baker, c'; Texts = @('Cascade') }
        @{ Line = 'Set-CsaAssignment joe@contoso.com -AttributeSet Engineering -Attribute Project -Add b'; Texts = @('Baker') }
        @{ Line = 'Set-CsaAssignment joe@contoso.com Marketing.Level -Value h'; Texts = @("'Highly confidential'") }
        @{ Line = 'Set-CsaAssignment joe@contoso.com Engineering.Clearance -Value '; Texts = "'1'", "'2'", "'3'" }
        @{ Line = 'Find-CsaUser Engineering.Project -Equal s'; Texts = @('Skagit') }
        @{ Line = 'Find-CsaServicePrincipal -Attribute Engineering.Project -NotEqual b'; Texts = @('Baker') }
        @{ Line = 'Get-CsaAttribute Market'; Texts = 'Marketing.AppCountry', 'Marketing.EmployeeId', 'Marketing.Level' }
        @{ Line = 'Set-CsaAllowedValue Engineering.Project s'; Texts = @('Skagit') }
        @{ Line = 'New-CsaAttribute Engineering.New -Type i'; Texts = 'Int32', 'Int32[]' }
        @{ Line = 'Set-CsaAttributeSet m'; Texts = @('Marketing') }
        @{ Line = 'Set-CsaAssignment joe@contoso.com Engineering.Nothing -Value '; Texts = @() }
    ) {
        $found = @(Complete-Line $Line | Where-Object ResultType -EQ 'ParameterValue')
        $found.CompletionText | Should -Be $Texts
    }

    It 'completes what can be run' {
        $line = (TabExpansion2 'Set-CsaAssignment dara@contoso.com Marketing.Level -Value h' 59).CompletionMatches[0].CompletionText
        Invoke-Command ([scriptblock]::Create("Set-CsaAssignment dara@contoso.com Marketing.Level -Value $line -ErrorAction Stop"))
        (Get-CsaAssignment dara@contoso.com).Value | Should -BeExactly 'Highly confidential'
    }

    It 'says what each is' {
        (Complete-Line 'Set-CsaAssignment joe@contoso.com -Attribute Engineering.NumV')[0].ToolTip | Should -Be 'Int32: Number of vendors'
    }

    It 'asks the service once, then answers from what is known' {
        [void] (Get-SentRequest -All)
        1..5 | ForEach-Object { [void] (Complete-Line 'Set-CsaAssignment joe@contoso.com -Attribute Proj') }
        Get-SentRequest -All | Should -BeNullOrEmpty
    }
}

Describe 'Tab completion when things are bad' {
    AfterEach { Disconnect-Csa }

    It 'offers nothing and shows no error <Name>' -ForEach @(
        @{ Name = 'without a connection'; Fault = $null }
        @{ Name = 'when definitions are withheld'; Fault = '[{"path":"/directory","status":403,"times":9}]' }
        @{ Name = 'when the service fails'; Fault = '[{"path":"/directory","status":500,"times":9}]' }
    ) {
        if ($Fault) {
            Connect-Csa -Sandbox
            [void] (Invoke-Emulator POST '/emulator/faults' $Fault)
        }
        $before = $Error.Count
        @(Complete-Line 'Set-CsaAssignment joe@contoso.com -Attribute Proj' | Where-Object ResultType -EQ 'ParameterValue').Count | Should -Be 0
        $Error.Count | Should -Be $before
    }

    It 'does not wait for a slow service, and has the answer the next time' {
        Connect-Csa -Sandbox
        # Three seconds is what the service takes; the answer itself is a real one.
        [void] (Invoke-Emulator POST '/emulator/faults' '[{"path":"/directory","status":200,"delayMs":3000,"body":{"value":[{"attributeSet":"Slow","name":"Poke","type":"String","isCollection":false,"isSearchable":true,"status":"Available","usePreDefinedValuesOnly":false,"allowedValues":[]}]}}]')
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        @(Complete-Line 'Set-CsaAssignment joe@contoso.com -Attribute Slow.P' | Where-Object ResultType -EQ 'ParameterValue').Count | Should -Be 0
        # Far below what the service takes; not a measurement.
        $watch.ElapsedMilliseconds | Should -BeLessThan 2500
        $deadline = [System.DateTime]::UtcNow.AddSeconds(20)
        do {
            $found = @(Complete-Line 'Set-CsaAssignment joe@contoso.com -Attribute Slow.P' | Where-Object ResultType -EQ 'ParameterValue')
        } until ($found.Count -or [System.DateTime]::UtcNow -gt $deadline)
        $found.CompletionText | Should -Be 'Slow.Poke'
    }
}
