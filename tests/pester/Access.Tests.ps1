# What a sign-in can do, and how "nothing assigned" is told from "not permitted".
BeforeAll {
    Import-Module ([System.IO.Path]::Combine($PSScriptRoot, 'Support.psm1')) -Force
    $emulator = Start-Emulator
}
AfterAll {
    Disconnect-Csa
    $emulator.Process.Kill()
}

Describe 'Nothing visible' {
    # Carol holds nothing for whoever may see it; the rest are sign-ins that see nothing of anybody.
    It 'is <Kind> for <Name>' -ForEach @(
        @{ Name = 'an application with the right'; Kind = 'empty'; Claims = '{"roles":["CustomSecAttributeAssignment.Read.All"]}'; Rights = '{"permissions":["CustomSecAttributeAssignment.Read.All"]}' }
        @{ Name = 'an application without it'; Kind = 'not permitted'; Claims = '{"roles":["User.Read.All"]}'; Rights = '{"permissions":["User.Read.All"]}' }
        @{ Name = 'a person with the role in the token'; Kind = 'empty'; Claims = '{"scp":"CustomSecAttributeAssignment.Read.All","wids":["ffd52fa5-98dc-465c-991d-fc073eb59f8f"]}'; Rights = '{"permissions":["CustomSecAttributeAssignment.Read.All"],"roles":["Attribute Assignment Reader"]}' }
        @{ Name = 'a person whose role does not show, by a probe'; Kind = 'empty'; Claims = '{"scp":"CustomSecAttributeAssignment.Read.All CustomSecAttributeDefinition.Read.All"}'; Rights = '{"permissions":["CustomSecAttributeAssignment.Read.All","CustomSecAttributeDefinition.Read.All"],"roles":["Attribute Assignment Reader"]}' }
        @{ Name = 'a person without the role, by a probe'; Kind = 'not permitted'; Claims = '{"scp":"CustomSecAttributeAssignment.Read.All CustomSecAttributeDefinition.Read.All"}'; Rights = '{"permissions":["CustomSecAttributeAssignment.Read.All","CustomSecAttributeDefinition.Read.All","User.Read.All"],"roles":[]}' }
        @{ Name = 'a token that tells nothing'; Kind = 'undecided'; Claims = ''; Rights = '{"permissions":["CustomSecAttributeAssignment.Read.All"]}' }
    ) {
        Connect-As $emulator.Url $Claims $Rights
        $warnings = @(Get-CsaAssignment dara@contoso.com, dara@contoso.com -ErrorAction Stop 3>&1)
        switch ($Kind) {
            'empty' { $warnings.Count | Should -Be 0 }
            'not permitted' { $warnings[0].Message | Should -BeExactly 'dara@contoso.com: nothing visible: this sign-in lacks CustomSecAttributeAssignment.Read.All or the role Attribute Assignment Reader' }
            'undecided' { $warnings[0].Message | Should -BeLike '*nothing is assigned, or this sign-in lacks*' }
        }
        $list = [System.Text.Json.Nodes.JsonNode]::Parse((Invoke-Emulator GET '/emulator/requests' -Url $emulator.Url))
        [void] (Invoke-Emulator DELETE '/emulator/requests' -Url $emulator.Url)
        # One probe a connection at most.
        @($list | Where-Object { $_['path'].ToString() -eq '/directory/attributeSets' }).Count | Should -BeLessOrEqual 1
    }
}

Describe 'Test-CsaAccess' {
    It 'shows what <Name> can do' -ForEach @(
        @{
            Name = 'an application with everything'
            Claims = '{"roles":["CustomSecAttributeAssignment.ReadWrite.All","CustomSecAttributeDefinition.ReadWrite.All","User.Read.All","Application.Read.All"]}'
            Rights = '{"permissions":["CustomSecAttributeAssignment.ReadWrite.All","CustomSecAttributeDefinition.ReadWrite.All","User.Read.All","Application.Read.All"]}'
            Allowed = 'Yes', 'Yes', 'Yes', 'Yes', 'Yes', 'Yes'; Missing = @('', '', '', '', '', '')
        }
        @{
            Name = 'an application that may only read'
            Claims = '{"roles":["CustomSecAttributeAssignment.Read.All","User.Read.All"]}'
            Rights = '{"permissions":["CustomSecAttributeAssignment.Read.All","User.Read.All"]}'
            Allowed = 'Yes', 'No', 'No', 'No', 'Yes', 'No'
            Missing = '', '*CustomSecAttributeAssignment.ReadWrite.All', '*CustomSecAttributeDefinition.Read.All', '*CustomSecAttributeDefinition.ReadWrite.All', '', '*Application.Read.All'
        }
        @{
            Name = 'a person with the permissions and the role of a reader'
            Claims = '{"scp":"CustomSecAttributeAssignment.ReadWrite.All CustomSecAttributeDefinition.ReadWrite.All User.Read.All","wids":["ffd52fa5-98dc-465c-991d-fc073eb59f8f"]}'
            Rights = '{"permissions":["CustomSecAttributeAssignment.ReadWrite.All","CustomSecAttributeDefinition.ReadWrite.All","User.Read.All"],"roles":["Attribute Assignment Reader"]}'
            Allowed = 'Yes', 'Unknown', 'Yes', 'Unknown', 'Yes', 'No'
            Missing = '', '*role Attribute Assignment Administrator*single attribute sets*', '', '*role Attribute Definition Administrator*', '', '*Application.Read.All'
        }
        @{
            Name = 'a token that tells nothing'; Claims = ''; Rights = '{"permissions":["User.Read.All"]}'
            Allowed = 'Unknown', 'Unknown', 'No', 'Unknown', 'Yes', 'No'
            Missing = '*can''t be told*', '*can''t be told*', '*CustomSecAttributeDefinition.Read.All*', '*can''t be told*', '', '*Application.Read.All*'
        }
    ) {
        Connect-As $emulator.Url $Claims $Rights
        $rows = @(Test-CsaAccess -ErrorAction Stop)
        $rows.Capability | Should -Be @('read assignments', 'write assignments', 'read definitions', 'write definitions', 'find users', 'find service principals')
        $rows.Allowed | Should -Be $Allowed
        for ($i = 0; $i -lt 6; $i++) { "$($rows[$i].Missing)" | Should -BeLike $Missing[$i] }
        $rows[0].Permission | Should -Be 'CustomSecAttributeAssignment.Read.All'
        $rows[1].Role | Should -Be 'Attribute Assignment Administrator'
    }
}
