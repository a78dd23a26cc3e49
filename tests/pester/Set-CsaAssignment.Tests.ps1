BeforeAll { Import-Module ([System.IO.Path]::Combine($PSScriptRoot, 'Support.psm1')) -Force }

Describe 'Set-CsaAssignment' {
    BeforeEach { Connect-Csa -Sandbox }
    AfterEach { Disconnect-Csa }

    Context 'values' {
        It 'sends <Name>' -ForEach @(
            @{ Name = 'text that looks like a number as text'; Attribute = 'ProjectDate'; Value = '007'; Sent = '{"ProjectDate":"007"}' }
            @{ Name = 'text that looks like a Boolean as text'; Attribute = 'ProjectDate'; Value = 'true'; Sent = '{"ProjectDate":"true"}' }
            @{ Name = 'text that looks like a date as it is'; Attribute = 'ProjectDate'; Value = '2024-11-15T08:00:00+02:00'; Sent = '{"ProjectDate":"2024-11-15T08:00:00+02:00"}' }
            @{ Name = 'any Unicode as it is'; Attribute = 'ProjectDate'; Value = "e$([char]0x301) $([char]::ConvertFromUtf32(0x1F600)) $([char]0x5E9)"; Sent = "{`"ProjectDate`":`"e$([char]0x301) $([char]::ConvertFromUtf32(0x1F600)) $([char]0x5E9)`"}" }
            @{ Name = 'a guid as text'; Attribute = 'ProjectDate'; Value = [guid] 'a39b3e54-94b8-5aca-a13d-9bedb49e7224'; Sent = '{"ProjectDate":"a39b3e54-94b8-5aca-a13d-9bedb49e7224"}' }
            @{ Name = 'an array of one as a collection'; Attribute = 'Project'; Value = @('Baker'); Sent = '{"Project@odata.type":"#Collection(String)","Project":["Baker"]}' }
            @{ Name = 'a generic list as a collection'; Attribute = 'CostCenter'; Value = [System.Collections.Generic.List[int]] (7, 9); Sent = '{"CostCenter@odata.type":"#Collection(Int32)","CostCenter":[7,9]}' }
            @{ Name = 'duplicates once, in order'; Attribute = 'Project'; Value = @('Cascade', 'Baker', 'Cascade'); Sent = '{"Project@odata.type":"#Collection(String)","Project":["Cascade","Baker"]}' }
            @{ Name = 'a long in range as Int32'; Attribute = 'NumVendors'; Value = [long] -2147483648; Sent = '{"NumVendors@odata.type":"#Int32","NumVendors":-2147483648}' }
            @{ Name = 'a byte as Int32'; Attribute = 'NumVendors'; Value = [byte] 4; Sent = '{"NumVendors@odata.type":"#Int32","NumVendors":4}' }
        ) {
            Set-CsaAssignment -UserId dara@contoso.com -AttributeSet Engineering -Attribute $Attribute -Value $Value -ErrorAction Stop
            $body = Select-Json (Get-SentRequest) 'body' 'customSecurityAttributes' 'Engineering'
            $wanted = $Sent.Insert(1, '"@odata.type":"#Microsoft.DirectoryServices.CustomSecurityAttributeValue",')
            ConvertTo-Canonical $body | Should -BeExactly (ConvertTo-Canonical $wanted)
        }

        It 'takes -Type where the text must decide: <Type>' -ForEach @(
            @{ Attribute = 'NumVendors'; Value = '4'; Type = 'Int32'; Wanted = 4 }
            @{ Attribute = 'Certification'; Value = 'TRUE'; Type = 'Boolean'; Wanted = $true }
            @{ Attribute = 'Project'; Value = 'Baker'; Type = 'String[]'; Wanted = 'Baker' }
            @{ Attribute = 'CostCenter'; Value = '12'; Type = 'Int32[]'; Wanted = 12 }
            @{ Attribute = 'ProjectDate'; Value = 7; Type = 'String'; Wanted = '7' }
        ) {
            $held = Set-CsaAssignment dara@contoso.com "Engineering.$Attribute" $Value -Type $Type -PassThru -ErrorAction Stop
            $held.Type | Should -BeExactly $Type
            $held.Value | Should -BeExactly $Wanted
        }

        It 'takes several attributes in one request' {
            Set-CsaAssignment -UserId joe@contoso.com -Values @{ 'Engineering.Project' = 'Baker', 'Cascade'; 'Engineering.NumVendors' = 4; 'Marketing/EmployeeId' = 'X1' } -ErrorAction Stop
            @(Get-SentRequest).Count | Should -Be 1
            (Get-CsaAssignment joe@contoso.com Engineering.Project).Value | Should -Be @('Baker', 'Cascade')
            (Get-CsaAssignment joe@contoso.com Engineering.NumVendors).Value | Should -Be 4
            (Get-CsaAssignment joe@contoso.com Marketing.EmployeeId).Value | Should -Be 'X1'
        }

        It 'takes the table of a runbook, $null and @() included, as table and as object' {
            $table = @{ Engineering = @{ '@odata.type' = '#Microsoft.DirectoryServices.CustomSecurityAttributeValue'; ProjectDate = $null; Project = @(); 'NumVendors@odata.type' = '#Int32'; NumVendors = 9 } }
            Set-CsaAssignment joe@contoso.com -CustomSecurityAttributes $table -ErrorAction Stop
            $names = (Get-CsaAssignment joe@contoso.com -AttributeSet Engineering).Attribute
            $names | Should -Not -Contain 'ProjectDate'
            $names | Should -Not -Contain 'Project'
            (Get-CsaAssignment joe@contoso.com Engineering.NumVendors).Value | Should -Be 9

            $object = [pscustomobject]@{ Engineering = [pscustomobject]@{ '@odata.type' = '#microsoft.graph.customSecurityAttributeValue'; Certification = $true } }
            Set-CsaAssignment joe@contoso.com -CustomSecurityAttributes $object -ErrorAction Stop
            (Get-CsaAssignment joe@contoso.com Engineering.Certification).Value | Should -BeTrue
        }

        It 'gives nothing, and with -PassThru what the directory then holds of the attributes' {
            Set-CsaAssignment dara@contoso.com Engineering.NumVendors 4 | Should -BeNullOrEmpty
            $held = Set-CsaAssignment dara@contoso.com Engineering.Certification $true -PassThru
            $held.Attribute | Should -Be 'Certification'
            $held.TargetId | Should -Be '66aa66aa-bb77-cc88-dd99-00ee00ee00ee'
        }
    }

    Context 'targets' {
        It 'takes a user by <Name>' -ForEach @(
            @{ Name = 'object id'; Id = '66aa66aa-bb77-cc88-dd99-00ee00ee00ee'; Path = '/users/66aa66aa-bb77-cc88-dd99-00ee00ee00ee'; Url = '*' }
            @{ Name = 'UPN of a guest'; Id = 'anna_fabrikam.com#EXT#@contoso.onmicrosoft.com'; Path = '/users/anna_fabrikam.com#EXT#@contoso.onmicrosoft.com'; Url = '*%23EXT%23*' }
            @{ Name = 'UPN with an apostrophe'; Id = "o'brien@contoso.com"; Path = "/users/o'brien@contoso.com"; Url = '*' }
            @{ Name = 'UPN with a dollar sign'; Id = '$build@contoso.com'; Path = "/users('`$build@contoso.com')"; Url = '*' }
            @{ Name = 'guid'; Id = [guid] '66aa66aa-bb77-cc88-dd99-00ee00ee00ee'; Path = '/users/66aa66aa-bb77-cc88-dd99-00ee00ee00ee'; Url = '*' }
        ) {
            Set-CsaAssignment -UserId $Id -Attribute Engineering.NumVendors -Value 4 -ErrorAction Stop
            $sent = Get-SentRequest
            [System.Text.Json.Nodes.JsonNode]::Parse($sent)['path'].ToString() | Should -BeExactly $Path
            [System.Text.Json.Nodes.JsonNode]::Parse($sent)['url'].ToString() | Should -BeLike $Url
            (Get-CsaAssignment $Id).Value | Should -Be 4
        }

        It 'takes service principals by object id and app id' {
            Set-CsaAssignment -ServicePrincipalId e61d7de6-6da0-5076-9c3a-9f60c47cb454 -Attribute Engineering.NumVendors -Value 4 -ErrorAction Stop
            Set-CsaAssignment -AppId 954580dd-21a7-5783-9167-011d2ca07734 -Attribute Engineering.Certification -Value $true -ErrorAction Stop
            $paths = Get-SentRequest | ForEach-Object { [System.Text.Json.Nodes.JsonNode]::Parse($_)['path'].ToString() }
            $paths | Should -Be @('/servicePrincipals/e61d7de6-6da0-5076-9c3a-9f60c47cb454', "/servicePrincipals(appId='954580dd-21a7-5783-9167-011d2ca07734')")
            $held = Get-CsaAssignment -AppId 954580dd-21a7-5783-9167-011d2ca07734
            $held.Attribute | Should -Be @('NumVendors', 'Certification')
            $held[0].TargetType | Should -Be 'servicePrincipal'
            $held[0].DisplayName | Should -Be 'HR Connector'
        }

        It 'takes <Name> from the pipeline' -ForEach @(
            @{ Name = 'texts'; Users = { 'dara@contoso.com', 'adele@contoso.com' } }
            @{ Name = 'objects as Get-MgUser gives them'; Users = { foreach ($id in 'dara@contoso.com', 'adele@contoso.com') { [pscustomobject]@{ Id = $id; DisplayName = 'x'; UserPrincipalName = $null; CustomSecurityAttributes = $null } } } }
            @{ Name = 'rows of Import-Csv with UserPrincipalName'; Users = { "UserPrincipalName,Department`ndara@contoso.com,a`nadele@contoso.com,b" | ConvertFrom-Csv } }
            @{ Name = 'rows of Import-Csv with ObjectId'; Users = { "ObjectId`n66aa66aa-bb77-cc88-dd99-00ee00ee00ee`nb913cdb8-3694-5232-ac0c-4ea506305e4b" | ConvertFrom-Csv } }
            @{ Name = 'hashtables'; Users = { @{ UserId = 'dara@contoso.com' }, @{ Id = 'adele@contoso.com' } } }
            @{ Name = 'what Find-CsaUser gives'; Users = { Find-CsaUser -Filter "displayName eq 'Dara' or displayName eq 'Adele'" } }
        ) {
            & $Users | Set-CsaAssignment -Attribute Engineering.NumVendors -Value 4 -ErrorAction Stop
            (Get-CsaAssignment dara@contoso.com).Value | Should -Be 4
            (Get-CsaAssignment adele@contoso.com).Value | Should -Be 4
        }

        It 'takes attribute, value and type from each row' {
            $rows = @'
UserPrincipalName,Attribute,Value,Type
dara@contoso.com,Engineering.NumVendors,4,Int32
dara@contoso.com,Engineering.ProjectDate,2026-01-01,
adele@contoso.com,Marketing.EmployeeId,0042,String
'@ | ConvertFrom-Csv
            $rows | Set-CsaAssignment -ErrorAction Stop
            (Get-CsaAssignment dara@contoso.com).Value | Should -Be @(4, '2026-01-01')
            (Get-CsaAssignment adele@contoso.com).Value | Should -BeExactly '0042'
        }

        It 'takes an array in -UserId, under each alias' {
            Set-CsaAssignment -Id dara@contoso.com, adele@contoso.com -Attribute Engineering.NumVendors -Value 1 -ErrorAction Stop
            Set-CsaAssignment -ObjectId dara@contoso.com -Attribute Engineering.Certification -Value $true -ErrorAction Stop
            Set-CsaAssignment -UserPrincipalName dara@contoso.com -Attribute Engineering.ProjectDate -Value x -ErrorAction Stop
            (Get-CsaAssignment dara@contoso.com).Count | Should -Be 3
            (Get-CsaAssignment adele@contoso.com).Value | Should -Be 1
        }
    }

    Context 'the preferences of the caller' {
        BeforeAll {
            # A module of its own, as a runbook's functions may be in one.
            $script:runbook = New-Module {
                function Set-Vendors { [CmdletBinding(SupportsShouldProcess)] param() Set-CsaAssignment joe@contoso.com Engineering.NumVendors 5 }
                function Set-Nobody { $ErrorActionPreference = 'Stop'; Set-CsaAssignment nobody@contoso.com Engineering.NumVendors 5; 'went on' }
                function Set-Quiet { $ErrorActionPreference = 'SilentlyContinue'; Set-CsaAssignment nobody@contoso.com Engineering.NumVendors 5; 'went on' }
            }
        }
        AfterAll { Remove-Module $runbook }

        It 'writes nothing below a function that runs with -WhatIf' {
            & $runbook { Set-Vendors -WhatIf }
            Get-SentRequest | Should -BeNullOrEmpty
            & $runbook { Set-Vendors }
            @(Get-SentRequest).Count | Should -Be 1
        }

        It 'stops below a function that says Stop, and goes on below one that does not' {
            { & $runbook { Set-Nobody } } | Should -Throw '*nobody@contoso.com*'
            & $runbook { Set-Quiet } | Should -Be 'went on'
        }
    }

    Context '-WhatIf' {
        It 'sends nothing' {
            'joe@contoso.com', 'dara@contoso.com' | Set-CsaAssignment -Attribute Engineering.NumVendors -Value 4 -WhatIf
            Set-CsaAssignment joe@contoso.com -Values @{ 'Engineering.NumVendors' = 4 } -WhatIf
            Set-CsaAssignment joe@contoso.com -CustomSecurityAttributes @{ Engineering = @{ NumVendors = $null } } -WhatIf
            Get-SentRequest | Should -BeNullOrEmpty
        }
    }
}
