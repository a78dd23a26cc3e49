# Ctrl+C: PowerShell stops the pipeline, and the call in the library is closed.
BeforeAll { Import-Module ([System.IO.Path]::Combine($PSScriptRoot, 'Support.psm1')) -Force }

Describe 'A stopped pipeline' {
    It 'ends within a second and closes its calls, in <Name>' -ForEach @(
        @{ Name = 'Get-CsaAssignment'; Command = 'Get-CsaAssignment joe@contoso.com' }
        @{ Name = 'Set-CsaAssignment'; Command = "'joe@contoso.com' | Set-CsaAssignment -Attribute Engineering.NumVendors -Value 4" }
        @{ Name = 'Find-CsaUser'; Command = 'Find-CsaUser' }
        @{ Name = 'Remove-CsaAssignment'; Command = 'Remove-CsaAssignment joe@contoso.com -All -Force' }
    ) {
        $other = [powershell]::Create([initialsessionstate]::CreateDefault2())
        try {
            $connection = $other.AddScript("Import-Module '$env:CSA_MODULE'; Connect-Csa -Sandbox; & (Get-Module EntraCsa) { `$script:Connection }").Invoke()[0]
            $url = $connection.GraphUri -replace '/v1\.0$'
            $native = & (Get-Module EntraCsa) { $CsaNative }
            # A busy machine can hold up anything once; the least of three tries is what the module takes.
            $least = [double]::PositiveInfinity
            for ($try = 0; $try -lt 3 -and $least -ge 1000; $try++) {
                [void] (Invoke-Emulator POST '/emulator/faults' '[{"status":503,"delayMs":120000}]' -Url $url)
                [void] (Invoke-Emulator DELETE '/emulator/requests' -Url $url)
                $other.Commands.Clear()
                $running = $other.AddScript($Command).BeginInvoke()
                while ([System.Text.Json.Nodes.JsonNode]::Parse((Invoke-Emulator GET '/emulator/requests' -Url $url)).Count -eq 0) { Start-Sleep -Milliseconds 20 }
                $running.IsCompleted | Should -BeFalse

                $watch = [System.Diagnostics.Stopwatch]::StartNew()
                $other.Stop()
                $least = [System.Math]::Min($least, $watch.ElapsedMilliseconds)
                $other.InvocationStateInfo.State | Should -Be 'Stopped'
                # Handles are counted up, and the next ones were those of the calls. -2: there is no such handle any more.
                foreach ($call in ($connection.Handle + 1)..($connection.Handle + 30)) { $native::csa_close($call) | Should -Be -2 }
            }
            $least | Should -BeLessThan 1000

            # The connection still works.
            $other.Commands.Clear()
            @($other.AddScript('Get-CsaAssignment joe@contoso.com').Invoke()).Count | Should -Be 6
        }
        finally {
            [void] $other.AddScript('Disconnect-Csa').Invoke()
            $other.Runspace.Dispose()
            $other.Dispose()
        }
    }
}
