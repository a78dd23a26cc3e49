BeforeAll { Import-Module ([System.IO.Path]::Combine($PSScriptRoot, 'Support.psm1')) -Force }

Describe 'Get-CsaAssignment' {
    BeforeAll { Connect-Csa -Sandbox }
    AfterAll { Disconnect-Csa }

    It 'gives one object an attribute, with its .NET type' {
        $held = Get-CsaAssignment -UserId joe@contoso.com
        $held.Count | Should -Be 6
        $expected = @{ Project = [string[]]; ProjectDate = [string]; NumVendors = [int]; CostCenter = [int[]]; Certification = [bool]; EmployeeId = [string] }
        foreach ($entry in $held) {
            $entry.PSObject.TypeNames | Should -Contain 'Csa.Assignment'
            $entry.Value.GetType() | Should -Be $expected[$entry.Attribute]
            $entry.TargetId | Should -BeExactly '33dd33dd-ee44-ff55-aa66-77bb77bb77bb'
            $entry.TargetType | Should -BeExactly 'user'
            $entry.UserPrincipalName | Should -BeExactly 'joe@contoso.com'
            $entry.DisplayName | Should -BeExactly 'Joe'
        }
    }

    It 'keeps a collection of one element a collection' {
        $value = (Get-CsaAssignment isabella@contoso.com).Value
        , $value | Should -BeOfType ([string[]])
        $value.Count | Should -Be 1
    }

    It 'narrows by <Name>' -ForEach @(
        @{ Name = 'a full name, in any case'; Parameters = @{ Attribute = 'ENGINEERING.project' }; Attributes = 'Project' }
        @{ Name = 'a name and its set'; Parameters = @{ Attribute = 'Project', 'NumVendors'; AttributeSet = 'engineering' }; Attributes = 'Project', 'NumVendors' }
        @{ Name = 'a set'; Parameters = @{ AttributeSet = 'Marketing' }; Attributes = 'EmployeeId' }
        @{ Name = 'full names of two sets'; Parameters = @{ Attribute = 'Engineering/Certification', 'Marketing.EmployeeId' }; Attributes = 'Certification', 'EmployeeId' }
        @{ Name = 'what nobody holds'; Parameters = @{ Attribute = 'Engineering.Notes' }; Attributes = $null }
    ) {
        (Get-CsaAssignment joe@contoso.com @Parameters).Attribute | Should -Be $Attributes
    }

    It 'gives nothing for a target that holds nothing, without an error' {
        Get-CsaAssignment dara@contoso.com -ErrorAction Stop -WarningAction Stop | Should -BeNullOrEmpty
    }

    It 'gives a table that Set-CsaAssignment takes' {
        $saved = Get-CsaAssignment joe@contoso.com -AsHashtable
        $saved | Should -BeOfType ([hashtable])
        $saved.Engineering['@odata.type'] | Should -Be '#Microsoft.DirectoryServices.CustomSecurityAttributeValue'
        $saved.Engineering['Project@odata.type'] | Should -Be '#Collection(String)'
        , $saved.Engineering.Project | Should -BeOfType ([string[]])
        Set-CsaAssignment adele@contoso.com -CustomSecurityAttributes $saved -ErrorAction Stop
        # A hashtable has no order of its own.
        $adele, $joe = 'adele@contoso.com', 'joe@contoso.com' | ForEach-Object { ConvertTo-HeldJson (Get-CsaAssignment $_ | Sort-Object Attribute) }
        $adele | Should -BeExactly $joe
    }

    It 'shows as a table that can be read' {
        $text = Get-CsaAssignment joe@contoso.com | Out-String -Width 120
        $text | Should -Match 'Target +AttributeSet +Attribute +Type +Value'
        $text | Should -Match 'joe@contoso.com +Engineering +Project +String\[\] +Baker, Alpine'
        $text | Should -Match 'joe@contoso.com +Engineering +Certification +Boolean +False'
    }

    It 'takes users and service principals from the pipeline' {
        $both = @('joe@contoso.com'; [pscustomobject]@{ Id = 'a39b3e54-94b8-5aca-a13d-9bedb49e7224'; ServicePrincipalType = 'Application' }) | Get-CsaAssignment -Attribute Engineering.Project
        $both.TargetType | Should -Be @('user', 'servicePrincipal')
        (Find-CsaUser Marketing.EmployeeId -Equal KX19476 | Get-CsaAssignment).Count | Should -Be 3
    }

    It 'reads the rest when the consumer wants no more' {
        @('joe@contoso.com', 'jiya@contoso.com' | Get-CsaAssignment | Select-Object -First 1).Count | Should -Be 1
        (Get-CsaAssignment jiya@contoso.com).Count | Should -Be 3
    }
}
