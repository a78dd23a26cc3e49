BeforeAll { Import-Module ([System.IO.Path]::Combine($PSScriptRoot, 'Support.psm1')) -Force }

Describe 'Remove-CsaAssignment' {
    BeforeEach { Connect-Csa -Sandbox }
    AfterEach { Disconnect-Csa }

    It 'clears each attribute in its way, in one request' {
        Remove-CsaAssignment -UserId joe@contoso.com -Attribute Engineering.ProjectDate, engineering/project, Engineering.NumVendors -ErrorAction Stop
        $sent = @(Get-SentRequest)
        $sent.Count | Should -Be 2
        ConvertTo-Canonical (Select-Json $sent[1] 'body' 'customSecurityAttributes' 'Engineering') |
            Should -BeExactly (ConvertTo-Canonical '{"@odata.type":"#Microsoft.DirectoryServices.CustomSecurityAttributeValue","Project":[],"ProjectDate":null,"NumVendors":null}')
        (Get-CsaAssignment joe@contoso.com -AttributeSet Engineering).Attribute | Should -Be @('CostCenter', 'Certification')
    }

    It 'clears a whole set, and only it' {
        Remove-CsaAssignment joe@contoso.com -AttributeSet Engineering -Force -ErrorAction Stop
        (Get-CsaAssignment joe@contoso.com).AttributeSet | Should -Be 'Marketing'
        Remove-CsaAssignment jiya@contoso.com -AttributeSet engineering, Marketing -Confirm:$false -ErrorAction Stop
        Get-CsaAssignment jiya@contoso.com | Should -BeNullOrEmpty
    }

    It 'clears everything' {
        Remove-CsaAssignment joe@contoso.com -All -Force -ErrorAction Stop
        Get-CsaAssignment joe@contoso.com | Should -BeNullOrEmpty
    }

    It 'takes -AttributeSet beside the bare name' {
        Remove-CsaAssignment joe@contoso.com -AttributeSet Engineering -Attribute Project, NumVendors -ErrorAction Stop
        (Get-CsaAssignment joe@contoso.com -AttributeSet Engineering).Attribute | Should -Be @('ProjectDate', 'CostCenter', 'Certification')
    }

    It 'is quiet when there is nothing to remove; -Verbose says so' {
        Remove-CsaAssignment dara@contoso.com -Attribute Engineering.Project -ErrorAction Stop | Should -BeNullOrEmpty
        @(Get-SentRequest | Where-Object { (Select-Json $_ 'method') -eq '"PATCH"' }) | Should -BeNullOrEmpty
        $verbose = Remove-CsaAssignment dara@contoso.com -Attribute Engineering.Project -Verbose 4>&1
        @($verbose | Where-Object { $_.Message -like '*dara@contoso.com*nothing to remove*' }).Count | Should -Be 1
    }

    It 'removes what Get-CsaAssignment gave, of users and service principals' {
        Get-CsaAssignment joe@contoso.com | Where-Object Type -EQ 'Boolean' | Remove-CsaAssignment -ErrorAction Stop
        (Get-CsaAssignment joe@contoso.com).Attribute | Should -Not -Contain 'Certification'
        Get-CsaAssignment -AppId 4d2acfec-d3bf-5483-ab4b-b534168ca9c6 -Attribute Engineering.Project | Remove-CsaAssignment -ErrorAction Stop
        (Get-CsaAssignment -AppId 4d2acfec-d3bf-5483-ab4b-b534168ca9c6).Attribute | Should -Not -Contain 'Project'
    }

    It 'sends nothing with -WhatIf' {
        Remove-CsaAssignment joe@contoso.com -Attribute Engineering.Project -WhatIf
        Remove-CsaAssignment joe@contoso.com -AttributeSet Engineering -WhatIf
        Remove-CsaAssignment joe@contoso.com -All -Force -WhatIf
        Get-SentRequest | Should -BeNullOrEmpty
    }

    It 'has the impact High, and asks before it clears a whole set only' {
        (Get-Command Remove-CsaAssignment).ScriptBlock.Attributes.Where({ $_ -is [System.Management.Automation.CmdletBindingAttribute] }).ConfirmImpact | Should -Be 'High'
        # A child without anybody to ask: a question is an error there, so nothing is removed.
        $script = "Import-Module '$env:CSA_MODULE'; Connect-Csa -Sandbox
            try { Remove-CsaAssignment joe@contoso.com -AttributeSet Engineering } catch { 'asked' }
            Remove-CsaAssignment joe@contoso.com -Attribute Engineering.Project
            (Get-CsaAssignment joe@contoso.com -AttributeSet Engineering).Attribute -join ' '"
        $output = & ([System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName) -NoProfile -NonInteractive -Command $script
        $output | Should -Be @('asked', 'ProjectDate NumVendors CostCenter Certification')
    }

    It 'goes on after a failure' {
        $ErrorActionPreference = 'SilentlyContinue'
        Remove-CsaAssignment nobody@contoso.com, joe@contoso.com -Attribute Engineering.Project -ErrorVariable failures
        @($failures | Where-Object TargetObject -EQ 'nobody@contoso.com').Count | Should -BeGreaterThan 0
        (Get-CsaAssignment joe@contoso.com).Attribute | Should -Not -Contain 'Project'
    }
}
