# The module as a whole: what it exports, its help, that it works from wherever it is copied, that it leaves nothing behind.
BeforeDiscovery {
    Import-Module $env:CSA_MODULE -Force
    $commands = Get-Command -Module EntraCsa | ForEach-Object { @{ Command = $_; Name = $_.Name } }
}

BeforeAll {
    Import-Module ([System.IO.Path]::Combine($PSScriptRoot, 'Support.psm1')) -Force
    $common = [System.Management.Automation.PSCmdlet]::CommonParameters + [System.Management.Automation.PSCmdlet]::OptionalCommonParameters
    $pwsh = [System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
}

Describe 'Help of <Name>' -ForEach $commands {
    BeforeAll { $help = Get-Help $Name -Full }

    It 'has a synopsis, a description, examples with remarks, and a link to its source' {
        $help.Synopsis | Should -Not -BeNullOrEmpty
        $help.Synopsis | Should -Not -BeLike "$Name *"
        ($help.Description | Out-String).Trim() | Should -Not -BeNullOrEmpty
        @($help.Examples.Example).Count | Should -BeGreaterThan 0
        foreach ($example in $help.Examples.Example) {
            "$($example.Code)" | Should -Match '\w+-Csa'
            ($example.Remarks | Out-String).Trim() | Should -Not -BeNullOrEmpty
        }
        @($help.RelatedLinks.NavigationLink.Uri) -join ' ' | Should -Match 'https://learn.microsoft.com/'
    }

    It 'describes each parameter' {
        foreach ($parameter in $Command.Parameters.Keys | Where-Object { $_ -notin $common }) {
            $entry = $help.Parameters.Parameter | Where-Object Name -EQ $parameter
            ($entry.Description | Out-String).Trim() | Should -Not -BeNullOrEmpty -Because "-$parameter of $Name needs a text"
        }
    }

    It 'says what it gives' { $Command.OutputType.Name | Should -Not -BeNullOrEmpty }
}

Describe 'The module' {
    It 'exports the functions of its manifest, one file each' {
        $folder = [System.IO.Path]::Combine($PSScriptRoot, '..', '..', 'powershell', 'EntraCsa')
        $files = [System.IO.Directory]::GetFiles([System.IO.Path]::Combine($folder, 'Public'), '*.ps1') | ForEach-Object { [System.IO.Path]::GetFileNameWithoutExtension($_) } | Sort-Object
        (Get-Command -Module EntraCsa).Name | Sort-Object | Should -Be $files
        $manifest = Import-PowerShellDataFile ([System.IO.Path]::Combine($env:CSA_MODULE, 'EntraCsa.psd1'))
        $manifest.FunctionsToExport | Sort-Object | Should -Be $files
        $manifest.PowerShellVersion | Should -Be '7.4'
    }

    It 'uses approved verbs and changes nothing without -WhatIf' {
        $approved = (Get-Verb).Verb
        foreach ($command in Get-Command -Module EntraCsa) { $command.Verb | Should -BeIn $approved }
        foreach ($name in 'Set-CsaAssignment', 'Remove-CsaAssignment') { (Get-Command $name).Parameters.Keys | Should -Contain 'WhatIf' }
    }

    It 'works from a copy on any PSModulePath' {
        $folder = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), [guid]::NewGuid(), 'with space')
        [void] [System.IO.Directory]::CreateDirectory($folder)
        try {
            Copy-Item $env:CSA_MODULE $folder -Recurse
            $script = "`$env:PSModulePath = '$folder' + [System.IO.Path]::PathSeparator + `$env:PSModulePath; Import-Module EntraCsa; Connect-Csa -Sandbox; (Get-CsaAssignment joe@contoso.com).Count; (Get-Module EntraCsa).ModuleBase"
            $output = & $pwsh -NoProfile -NonInteractive -Command $script
            $output[0] | Should -Be '6'
            $output[1] | Should -Be ([System.IO.Path]::Combine($folder, 'EntraCsa'))
        }
        finally { [System.IO.Directory]::Delete([System.IO.Path]::GetDirectoryName($folder), $true) }
    }

    It 'says how to get a library that is missing' {
        $folder = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), [guid]::NewGuid())
        [void] [System.IO.Directory]::CreateDirectory($folder)
        try {
            Copy-Item $env:CSA_MODULE $folder -Recurse
            $copy = [System.IO.Path]::Combine($folder, 'EntraCsa')
            [System.IO.Directory]::Delete([System.IO.Path]::Combine($copy, 'lib'), $true)
            $output = & $pwsh -NoProfile -NonInteractive -Command "try { Import-Module '$copy' -ErrorAction Stop } catch { `$_.Exception.Message }"
            "$output" | Should -BeLike '*no native library*cargo xtask build*'
        }
        finally { [System.IO.Directory]::Delete($folder, $true) }
    }

    It 'closes its connection when it is removed' {
        $script = "Import-Module '$env:CSA_MODULE'; Connect-Csa -Sandbox; `$uri = (Get-CsaContext).GraphUri; Remove-Module EntraCsa
            try { [System.Net.Http.HttpClient]::new().GetAsync(`$uri).GetAwaiter().GetResult().StatusCode } catch { 'gone' }"
        & $pwsh -NoProfile -NonInteractive -Command $script | Should -Be 'gone'
    }
}

Describe 'The connection' {
    AfterEach { Disconnect-Csa }

    It 'is shown without its token' {
        Get-CsaContext | Should -BeNullOrEmpty
        Connect-Csa -Sandbox | Should -BeNullOrEmpty
        $context = Get-CsaContext
        $context.Sandbox | Should -BeTrue
        $context.GraphUri | Should -BeLike 'http://127.0.0.1:*/v1.0'
        $context.Version | Should -Be (Get-Module EntraCsa).Version.ToString()
        Disconnect-Csa
        Get-CsaContext | Should -BeNullOrEmpty
        { Disconnect-Csa } | Should -Not -Throw

        Connect-Csa -GraphUri 'https://graph.example/v1.0' -AccessToken (ConvertTo-Secret 's3cr3t')
        $context = Get-CsaContext
        $context.GraphUri | Should -Be 'https://graph.example/v1.0'
        $context | Format-List * | Out-String | Should -Not -Match 's3cr3t'
    }

    It 'starts each sandbox afresh' {
        Connect-Csa -Sandbox
        Set-CsaAssignment dara@contoso.com Engineering.NumVendors 4 -ErrorAction Stop
        Connect-Csa -Sandbox
        Get-CsaAssignment dara@contoso.com | Should -BeNullOrEmpty
    }

    It 'waits as the service asks and tries again' {
        Connect-Csa -Sandbox
        [void] (Invoke-Emulator POST '/emulator/faults' '[{"method":"PATCH","status":429,"retryAfter":"0.2","times":2},{"method":"PATCH","status":503,"retryAfter":"0","body":"<html>busy</html>"}]')
        Set-CsaAssignment dara@contoso.com Engineering.NumVendors 4 -ErrorAction Stop
        @(Get-SentRequest).Count | Should -Be 4
        (Get-CsaAssignment dara@contoso.com).Value | Should -Be 4
    }
}
