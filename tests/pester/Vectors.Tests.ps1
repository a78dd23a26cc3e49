# Every example of Microsoft's how-to and of the pages on definitions, in the commands that a person would type, over HTTP to the sandbox.
BeforeDiscovery {
    $folder = [System.IO.Path]::Combine($PSScriptRoot, '..', 'vectors')
    $examples = foreach ($file in [System.IO.Directory]::GetFiles($folder, '*.json') | Sort-Object) {
        $json = [System.IO.File]::ReadAllText($file)
        $vector = [System.Text.Json.Nodes.JsonNode]::Parse($json)
        for ($i = 0; $i -lt $vector['powershell'].Count; $i++) {
            @{ Name = [System.IO.Path]::GetFileName($file); Json = $json; Command = $vector['powershell'][$i].ToString() }
        }
    }
}

Describe 'The examples of the how-to' {
    BeforeAll { Import-Module ([System.IO.Path]::Combine($PSScriptRoot, 'Support.psm1')) -Force }
    BeforeEach { Connect-Csa -Sandbox }
    AfterEach { Disconnect-Csa }

    It 'does <Name>: <Command>' -ForEach $examples {
        $result = @(. ([scriptblock]::Create("$Command -ErrorAction Stop")))

        $sent = @(Get-SentRequest)
        $expected = [System.Text.Json.Nodes.JsonNode]::Parse($Json)['sent']
        $sent.Count | Should -Be $expected.Count
        for ($i = 0; $i -lt $expected.Count; $i++) {
            $wanted = $expected[$i].ToJsonString()
            foreach ($part in 'method', 'path', 'query', 'body') {
                ConvertTo-Canonical (Select-Json $sent[$i] $part) | Should -BeExactly (ConvertTo-Canonical (Select-Json $wanted $part))
            }
            foreach ($header in [System.Text.Json.JsonDocument]::Parse((Select-Json $wanted 'headers')).RootElement.EnumerateObject()) {
                Select-Json $sent[$i] 'headers' $header.Name | Should -BeExactly $header.Value.GetRawText()
            }
        }

        if ((Select-Json $Json 'answer') -ne 'null') {
            # What the tenant has then is what was answered.
            $answer = [System.Text.Json.Nodes.JsonNode]::Parse($Json)['answer']
            for ($i = 0; $i -lt $answer.Count; $i++) {
                $item = $answer[$i]
                $set = $item['attributeSet'].ToString()
                switch ($item['kind'].ToString()) {
                    'attributeSet' {
                        $found = Get-CsaAttributeSet $set -ErrorAction Stop
                        $found.Description | Should -BeExactly $item['description'].ToString()
                        $found.MaxAttributes | Should -Be ([int] $item['maxAttributesPerSet'].ToString())
                    }
                    'attribute' {
                        $found = Get-CsaAttribute $item['attribute'].ToString() -AttributeSet $set -ErrorAction Stop
                        $found.Type, $found.Description, $found.Status | Should -BeExactly @($item['type'].ToString(), $item['description'].ToString(), $item['status'].ToString())
                        $found.AllowedValuesOnly | Should -Be ($item['usePreDefinedValuesOnly'].ToJsonString() -eq 'true')
                        @($found.AllowedValues).Count | Should -Be $item['allowedValues'].Count
                    }
                    'allowedValue' {
                        $found = Get-CsaAllowedValue $item['attribute'].ToString() $item['value'].ToString() -AttributeSet $set -ErrorAction Stop
                        $found.IsActive | Should -Be ($item['isActive'].ToJsonString() -eq 'true')
                    }
                }
            }
        }
        elseif ((Select-Json $Json 'finds') -ne 'null') {
            $result.Count | Should -Be ([int] (Select-Json $Json 'count'))
            $finds = [System.Text.Json.Nodes.JsonNode]::Parse($Json)['finds']
            for ($i = 0; $i -lt $finds.Count; $i++) {
                $user = $result | Where-Object Id -EQ $finds[$i]['id'].ToString()
                $user.DisplayName | Should -BeExactly $finds[$i]['displayName'].ToString()
                ConvertTo-Canonical (ConvertTo-HeldJson $user.Assignments) | Should -BeExactly (ConvertTo-Canonical $finds[$i]['holds'].ToJsonString())
            }
        }
        else {
            $held = Get-CsaAssignment ([System.Text.Json.Nodes.JsonNode]::Parse($Json)['target'].ToString()) -ErrorAction Stop
            ConvertTo-Canonical (ConvertTo-HeldJson $held) | Should -BeExactly (ConvertTo-Canonical (Select-Json $Json 'holds'))
        }
    }
}
