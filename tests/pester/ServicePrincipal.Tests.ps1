# Service principals wherever users are taken: applications, managed identities, agents.
BeforeAll { Import-Module ([System.IO.Path]::Combine($PSScriptRoot, 'Support.psm1')) -Force }

Describe 'Service principals' {
    BeforeEach { Connect-Csa -Sandbox }
    AfterEach { Disconnect-Csa }

    It 'are found by what they hold' {
        $found = Find-CsaServicePrincipal -Attribute engineering.NumVendors -Equal 3 -ErrorAction Stop
        $found.DisplayName | Should -Be 'Legacy Sync'
        $found.PSObject.TypeNames[0] | Should -Be 'Csa.ServicePrincipal'
        $found.CustomSecurityAttributes.Engineering.NumVendors | Should -Be 3
        @(Find-CsaServicePrincipal -First 2).Count | Should -Be 2
    }

    It 'take assignments from the pipeline: <Name>' -ForEach @(
        @{ Name = 'managed identities that were found'; Make = { Find-CsaServicePrincipal -Filter "servicePrincipalType eq 'ManagedIdentity'" -Property servicePrincipalType } }
        @{ Name = 'Get-AzUserAssignedIdentity'; Make = { [pscustomobject]@{ Id = '/subscriptions/x/resourceGroups/y'; Name = 'vm-build-01'; PrincipalId = '705a0162-79ae-563a-8391-ff057db64056'; ClientId = '583f27b1-fdb0-5e50-9770-97db6111f9d9' } } }
        @{ Name = 'Get-MgServicePrincipal'; Make = { [pscustomobject]@{ PSTypeName = 'Microsoft.Graph.PowerShell.Models.MicrosoftGraphServicePrincipal'; Id = '705a0162-79ae-563a-8391-ff057db64056'; AppId = '583f27b1-fdb0-5e50-9770-97db6111f9d9' } } }
    ) {
        & $Make | Set-CsaAssignment -Attribute Engineering.Project -Add Baker -ErrorAction Stop
        $held = Get-CsaAssignment -AppId 583f27b1-fdb0-5e50-9770-97db6111f9d9
        $held.Value | Should -Be @('Baker')
        $held.TargetType | Should -Be 'servicePrincipal'
    }

    It 'are changed by the path of their type: <Parameter>' -ForEach @(
        @{ Parameter = 'AgentIdentityId'; Path = '/servicePrincipals/e61d7de6-6da0-5076-9c3a-9f60c47cb454/microsoft.graph.agentIdentity' }
        @{ Parameter = 'AgentIdentityBlueprintPrincipalId'; Path = '/servicePrincipals/e61d7de6-6da0-5076-9c3a-9f60c47cb454/microsoft.graph.agentIdentityBlueprintPrincipal' }
        @{ Parameter = 'ServicePrincipalId'; Path = '/servicePrincipals/e61d7de6-6da0-5076-9c3a-9f60c47cb454' }
    ) {
        $target = @{ $Parameter = 'e61d7de6-6da0-5076-9c3a-9f60c47cb454' }
        Set-CsaAssignment @target -Attribute Engineering.NumVendors -Value 5 -ErrorAction Stop
        (Get-CsaAssignment @target).Value | Should -Be 5
        Remove-CsaAssignment @target -Attribute Engineering.NumVendors -ErrorAction Stop
        Get-CsaAssignment @target | Should -BeNullOrEmpty
        $writes = @(Get-SentRequest) -like '*"method":"PATCH"*'
        $writes.Count | Should -Be 2
        foreach ($write in $writes) { Select-Json $write 'path' | Should -BeExactly "`"$Path`"" }
    }
}
