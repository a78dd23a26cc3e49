# The README's PowerShell does what it shows.
BeforeAll { Import-Module ([System.IO.Path]::Combine($PSScriptRoot, 'Support.psm1')) -Force }

Describe 'README.md' {
    It 'shows the real output of its first PowerShell block' {
        $text = [System.IO.File]::ReadAllText([System.IO.Path]::Combine($PSScriptRoot, '..', '..', 'README.md'))
        $match = [regex]::Match($text, '(?s)```powershell\r?\n(.*?)```\s+```text\r?\n(.*?)```')
        $match.Success | Should -BeTrue
        $commands = $match.Groups[1].Value.Replace('./target/module/EntraCsa', "'$env:CSA_MODULE'")
        $output = & ([scriptblock]::Create("$commands; Disconnect-Csa")) | Out-String -Width 120
        # How many blank lines and trailing spaces a table has is the host's own.
        $lines = { param($t) ($t -split '\r?\n').TrimEnd() -ne '' }
        & $lines $output | Should -BeExactly (& $lines $match.Groups[2].Value)
    }

    It 'has PowerShell blocks that run' {
        $text = [System.IO.File]::ReadAllText([System.IO.Path]::Combine($PSScriptRoot, '..', '..', 'README.md'))
        $blocks = @([regex]::Matches($text, '(?s)```powershell\r?\n(.*?)```') | Select-Object -Skip 1)
        $blocks.Count | Should -BeGreaterThan 1
        # What a runbook has.
        $userId = 'dara@contoso.com'
        $customSecurityAttributes = @{ Engineering = @{ '@odata.type' = '#Microsoft.DirectoryServices.CustomSecurityAttributeValue'; NumVendors = 4 } }
        Push-Location -LiteralPath $TestDrive
        [pscustomobject]@{ UserPrincipalName = 'joe@contoso.com'; Value = 'GS1' } | Export-Csv people.csv
        foreach ($block in $blocks) {
            Connect-Csa -Sandbox
            $ErrorActionPreference = 'Stop'
            { . ([scriptblock]::Create($block.Groups[1].Value)) } | Should -Not -Throw
            $null = $userId, $customSecurityAttributes
        }
        Pop-Location
        Disconnect-Csa
    }
}
