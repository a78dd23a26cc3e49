# The life of attribute sets, attributes and allowed values.
BeforeAll { Import-Module ([System.IO.Path]::Combine($PSScriptRoot, 'Support.psm1')) -Force }

Describe 'Definitions' {
    BeforeEach { Connect-Csa -Sandbox }
    AfterEach { Disconnect-Csa }

    It 'creates a set and an attribute with allowed values, and assigns from them' {
        $set = New-CsaAttributeSet Finance -Description 'Money' -MaxAttributes 10 -ErrorAction Stop
        $set.AttributeSet, $set.MaxAttributes | Should -Be @('Finance', 10)
        $attribute = New-CsaAttribute finance.Budget -Type String[] -Description 'Budgets' -AllowedValue Small, 'Very large' -ErrorAction Stop
        $attribute.AttributeSet | Should -BeExactly 'Finance'
        $attribute.AllowedValuesOnly | Should -BeTrue
        $posted = @(Get-SentRequest) -like '*"method":"POST"*'
        ConvertTo-Canonical (Select-Json $posted[1] 'body') | Should -BeExactly (ConvertTo-Canonical '{"attributeSet":"Finance","name":"Budget","description":"Budgets","type":"String","isCollection":true,"isSearchable":true,"status":"Available","usePreDefinedValuesOnly":true,"allowedValues":[{"id":"Small","isActive":true},{"id":"Very large","isActive":true}]}')
        Set-CsaAssignment dara@contoso.com budget 'Very large' -ErrorAction Stop
        { Set-CsaAssignment dara@contoso.com Finance.Budget Huge -ErrorAction Stop } | Should -Throw '*"Small" or "Very large"*'
        (Add-CsaAllowedValue Finance.Budget Huge, Tiny -PassThru -ErrorAction Stop).Value | Should -Be @('Huge', 'Tiny')
        # One that is so already is passed over.
        Set-CsaAllowedValue Finance.Budget Small, Tiny -Active $true -ErrorAction Stop
        Set-CsaAllowedValue Finance.Budget Tiny -Active $false -ErrorAction Stop
        Set-CsaAssignment dara@contoso.com Finance.Budget Huge -ErrorAction Stop
        Set-CsaAllowedValue Finance.Budget Huge -Active $false -ErrorAction Stop
        (Get-CsaAllowedValue Finance.Budget | Where-Object IsActive).Value | Should -Be @('Small', 'Very large')
        { Set-CsaAssignment joe@contoso.com Finance.Budget Huge -ErrorAction Stop } | Should -Throw '*not active*'
        (Get-CsaAssignment dara@contoso.com).Value | Should -Be @('Huge')
        Set-CsaAttribute Finance.Budget -Status Deprecated -ErrorAction Stop
        { Set-CsaAssignment joe@contoso.com Finance.Budget Small -ErrorAction Stop } | Should -Throw '*deprecated*'
        Remove-CsaAssignment dara@contoso.com Finance.Budget -ErrorAction Stop
        Get-CsaAssignment dara@contoso.com | Should -BeNullOrEmpty
        (Set-CsaAttribute Finance.Budget -Status Available -PassThru -ErrorAction Stop).Status | Should -Be 'Available'
    }

    It 'lists by <Name>' -ForEach @(
        @{ Name = 'set'; Command = { Get-CsaAttribute -AttributeSet marketing }; Names = 'AppCountry', 'EmployeeId', 'Level' }
        @{ Name = 'status'; Command = { Get-CsaAttribute -Status Deprecated }; Names = @('Codename') }
        @{ Name = 'type'; Command = { Get-CsaAttribute -Type Int32 }; Names = 'NumVendors', 'Clearance' }
        @{ Name = 'set and type'; Command = { Get-CsaAttribute -AttributeSet Engineering -Type String[] -Status Available }; Names = 'Project', 'Datacenter' }
        @{ Name = 'name'; Command = { Get-CsaAttribute engineering.project, Level }; Names = 'Project', 'Level' }
        @{ Name = 'names of a set'; Command = { Get-CsaAttribute Project, Notes -AttributeSet Engineering }; Names = 'Project', 'Notes' }
    ) {
        @(& $Command).Attribute | Should -Be $Names
    }

    It 'lists the known ones beside an unknown one' {
        $found = Get-CsaAttribute Engineering.Projct, Engineering.Notes -ErrorVariable failures -ErrorAction SilentlyContinue
        $found.Attribute | Should -Be 'Notes'
        "$($failures[0])" | Should -BeLike '*did you mean Engineering.Project?'
    }

    It 'reads anew with -Refresh' {
        [void] (Get-CsaAttribute)
        [void] (Get-CsaAttribute)
        @(Get-SentRequest -All).Count | Should -Be 1
        [void] (Invoke-Emulator PUT '/emulator/tokens' '{}')
        [void] (Get-CsaAttribute -Refresh)
        @(@(Get-SentRequest -All) -like '*/directory/customSecurityAttributeDefinitions*').Count | Should -Be 1
        [void] (Get-CsaAttributeSet -Refresh)
        @(@(Get-SentRequest -All) -like '*/directory/attributeSets*').Count | Should -Be 1
    }

    It 'changes what is given and nothing else' {
        Set-CsaAttributeSet engineering -Description 'All of it' -MaxAttributes $null -ErrorAction Stop
        $set = Get-CsaAttributeSet Engineering
        $set.Description | Should -Be 'All of it'
        $set.MaxAttributes | Should -BeNullOrEmpty
        Set-CsaAttribute Engineering.Project -Description $null -AllowedValuesOnly:$false -ErrorAction Stop
        $attribute = Get-CsaAttribute Engineering.Project
        $attribute.Description | Should -BeNullOrEmpty
        $attribute.AllowedValuesOnly | Should -BeFalse
        $attribute.Status | Should -Be 'Available'
        Set-CsaAssignment dara@contoso.com Engineering.Project Anything -ErrorAction Stop
        # What is so already is not sent.
        [void] (Get-SentRequest)
        Set-CsaAttribute Engineering.Project -Status Available -ErrorAction Stop
        Set-CsaAllowedValue Engineering.Project Alpine -Active $true -ErrorAction Stop
        Get-SentRequest | Should -BeNullOrEmpty
    }

    It 'shows the exact change with -WhatIf' {
        # What -WhatIf says goes to the host, which only a process of its own lets others read.
        $output = & pwsh -NoProfile -NonInteractive -Command @"
            Import-Module '$env:CSA_MODULE'
            Connect-Csa -Sandbox
            New-CsaAttributeSet Finance -MaxAttributes 5 -WhatIf
            Set-CsaAttributeSet Engineering -MaxAttributes 50 -WhatIf
            New-CsaAttribute Engineering.Grade -Type Int32 -WhatIf
            Set-CsaAttribute Codename -Status Available -WhatIf
            Add-CsaAllowedValue Engineering.Project Denali -WhatIf
            Set-CsaAllowedValue Engineering.Project Skagit -Active `$true -WhatIf
"@
        $said = ($output -join ' ') -replace '\s+', ' '
        foreach ($expected in @(
                'Create attribute set {"id":"Finance","maxAttributesPerSet":5}" on target "Finance"'
                'Change maxAttributesPerSet from 25 to 50" on target "Engineering"'
                '"name":"Grade","type":"Integer","isCollection":false,"isSearchable":true,"status":"Available","usePreDefinedValuesOnly":false}" on target "Engineering.Grade"'
                'Change status from "Deprecated" to "Available"" on target "Engineering.Codename"'
                'Add allowed value "Denali" {"id":"Denali","isActive":true}" on target "Engineering.Project"'
                'Change allowed value "Skagit" {"isActive":true}" on target "Engineering.Project"'
            )) {
            $said.Contains($expected) | Should -BeTrue -Because "$expected is missing in: $said"
        }
    }

    It 'names the input that failed' {
        'Engineering.Notes', 'Engineering.Projct', 'Engineering.Codename' | ForEach-Object { [pscustomobject]@{ Attribute = $_ } } |
            Set-CsaAttribute -Description 'x' -ErrorVariable failures -ErrorAction SilentlyContinue
        @($failures.TargetObject | Select-Object -Unique) | Should -Be @('Engineering.Projct')
        @(Get-CsaAttribute | Where-Object Description -EQ 'x').Attribute | Should -Be @('Codename', 'Notes')
        { Add-CsaAllowedValue Engineering.Project "a$([char] 0xD83D)" -ErrorAction Stop } | Should -Throw 'Engineering.Project: *surrogate*'
    }

    It 'sends nothing with -WhatIf' {
        New-CsaAttributeSet Finance -WhatIf
        Set-CsaAttribute Codename -Status Available -WhatIf
        Add-CsaAllowedValue Engineering.Project Denali -WhatIf
        Get-SentRequest | Should -BeNullOrEmpty
        (Get-CsaAttribute Codename).Status | Should -Be 'Deprecated'
    }

    It 'refuses <Name> before anything is sent' -ForEach @(
        @{ Name = 'a name with a space'; Command = { New-CsaAttributeSet 'Fin ance' -ErrorAction Stop }; Reason = '*contains*' }
        @{ Name = 'a set that is there'; Command = { New-CsaAttributeSet engineering -ErrorAction Stop }; Reason = '*has an attribute set Engineering already*' }
        @{ Name = 'a long description'; Command = { New-CsaAttributeSet Finance -Description ('x' * 129) -ErrorAction Stop }; Reason = '*129 characters is too long, at most 128*' }
        @{ Name = 'too large a set'; Command = { Set-CsaAttributeSet Engineering -MaxAttributes 501 -ErrorAction Stop }; Reason = '*501*' }
        @{ Name = 'an attribute that is there'; Command = { New-CsaAttribute Engineering.PROJECT -Type String -ErrorAction Stop }; Reason = '*has the attribute already*' }
        @{ Name = 'an attribute without its set'; Command = { New-CsaAttribute Finance.Budget -Type String -ErrorAction Stop }; Reason = '*no attribute set Finance*New-CsaAttributeSet Finance*' }
        @{ Name = 'a collection of Booleans'; Command = { New-CsaAttribute Engineering.Flags -Type Boolean[] -ErrorAction Stop }; Reason = '*no collection of Booleans*' }
        @{ Name = 'allowed values of a Boolean'; Command = { New-CsaAttribute Engineering.Flag -Type Boolean -AllowedValue true -ErrorAction Stop }; Reason = '*Boolean attribute can''t have allowed values*' }
        @{ Name = 'an allowed value that is no number'; Command = { New-CsaAttribute Engineering.Grade -Type Int32 -AllowedValue 1, two -ErrorAction Stop }; Reason = '*"two" is not an Int32*' }
        @{ Name = '101 allowed values'; Command = { New-CsaAttribute Engineering.Grade -Type Int32 -AllowedValue (1..101) -ErrorAction Stop }; Reason = '*101 allowed values are too many*' }
        @{ Name = 'an allowed value twice'; Command = { Add-CsaAllowedValue Engineering.Project Alpine -ErrorAction Stop }; Reason = '*"Alpine" is an allowed value already*' }
        @{ Name = 'a new allowed value twice'; Command = { Add-CsaAllowedValue Engineering.Project Denali, Denali -ErrorAction Stop }; Reason = '*"Denali" is given twice*' }
        @{ Name = 'the 101st allowed value'; Command = { Add-CsaAllowedValue Engineering.Project (1..97) -ErrorAction Stop }; Reason = '*101 allowed values are too many*' }
        @{ Name = 'a limit to allowed values afterwards'; Command = { Set-CsaAttribute Engineering.ProjectDate -AllowedValuesOnly -ErrorAction Stop }; Reason = '*can''t be limited to allowed values later*' }
        @{ Name = 'an unknown allowed value'; Command = { Set-CsaAllowedValue Engineering.Project alpine -Active $false -ErrorAction Stop }; Reason = '*did you mean "Alpine"?' }
        @{ Name = 'an unknown attribute'; Command = { Set-CsaAttribute Engineering.Projct -Status Deprecated -ErrorAction Stop }; Reason = '*did you mean Engineering.Project?' }
    ) {
        $Command | Should -Throw $Reason
        Get-SentRequest | Should -BeNullOrEmpty
    }

    It 'refuses the 501st attribute in use, and not once one is switched off' {
        foreach ($i in 1..489) {
            $body = "{`"attributeSet`":`"Marketing`",`"name`":`"A$i`",`"type`":`"String`",`"isCollection`":false,`"isSearchable`":true,`"status`":`"Available`",`"usePreDefinedValuesOnly`":false}"
            if ($i -eq 1) { Set-CsaAttributeSet Marketing -MaxAttributes $null -ErrorAction Stop }
            Send-GraphRequest POST '/directory/customSecurityAttributeDefinitions' $body
        }
        { New-CsaAttribute Engineering.Last -Type String -ErrorAction Stop } | Should -Throw '*500 attributes in use*'
        Set-CsaAttribute Marketing.A1 -Status Deprecated -ErrorAction Stop
        (New-CsaAttribute Engineering.Last -Type String -ErrorAction Stop).Attribute | Should -Be 'Last'
        { Set-CsaAttribute Marketing.A1 -Status Available -ErrorAction Stop } | Should -Throw '*500 attributes in use*'
    }

    It 'names the permission that is missing' {
        $emulator = Start-Emulator
        try {
            Connect-As $emulator.Url '' '{"permissions":["CustomSecAttributeDefinition.Read.All"]}'
            { New-CsaAttributeSet Finance -ErrorAction Stop } | Should -Throw '*CustomSecAttributeDefinition.ReadWrite.All*Attribute Definition Administrator*'
            Connect-As $emulator.Url '' '{"permissions":["User.Read.All"]}'
            { Get-CsaAttribute -ErrorAction Stop } | Should -Throw '*CustomSecAttributeDefinition.Read.All*'
        }
        finally { $emulator.Process.Kill() }
    }
}
