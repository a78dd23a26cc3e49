# Every way to sign in, over HTTP to the emulator's own token endpoint; several connections; what is logged; that no secret is anywhere.
BeforeDiscovery {
    Import-Module $env:CSA_MODULE -Force
    $commands = Get-Command -Module EntraCsa | Where-Object Name -NE 'Connect-Csa' | ForEach-Object { @{ Name = $_.Name; Command = $_ } }
}

BeforeAll {
    Import-Module ([System.IO.Path]::Combine($PSScriptRoot, 'Support.psm1')) -Force
    $pwsh = [System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
    $certificates = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($PSScriptRoot, '..', 'fixtures', 'certificates'))
    $folder = [System.IO.Directory]::CreateTempSubdirectory('csa-signin-').FullName
    $tenant = 'aaaabbbb-0000-cccc-1111-dddd2222eeee'
    $client = '00001111-aaaa-2222-bbbb-3333cccc4444'
    $plain = @{ Secret = 'cl13nt~S3cret/+="\ü'; Password = 'c3rt-Pa55'; Header = '1dent1ty-H3ader'; GitHub = 'gh-request-t0ken' }
    $password = ConvertTo-Secret $plain.Password
    $credential = [pscredential]::new($client, (ConvertTo-Secret $plain.Secret))
    $permissions = 'CustomSecAttributeAssignment.ReadWrite.All', 'CustomSecAttributeDefinition.ReadWrite.All', 'User.Read.All', 'Application.Read.All'
    $emulator = Start-Emulator
    $url = $emulator.Url

    # Who can sign in at an emulator; the certificate is that of the fixtures, and one made here.
    function Set-Directory {
        param([string] $Url, [string] $TenantId = $tenant, [string[]] $Certificate = @(), [hashtable] $Person = @{ polls = 1; interval = 0 })

        $audience = 'api://AzureADTokenExchange'
        $directory = @{
            tenantId       = $TenantId
            applications   = @(@{
                    clientId = $client; secrets = @($plain.Secret); publicClient = $true; permissions = $permissions
                    certificates = @([System.IO.File]::ReadAllText("$certificates/encrypted.pem")) + $Certificate
                    federated = @(@{ issuer = 'https://kubernetes'; subject = 'hr'; audience = $audience }, @{ issuer = 'https://token.actions.githubusercontent.com'; subject = 'repo'; audience = $audience })
                })
            identities     = @(@{ clientId = 'own'; systemAssigned = $true; permissions = $permissions }, @{ clientId = 'other'; permissions = $permissions })
            identityHeader = $plain.Header; person = $Person; github = @{ token = $plain.GitHub; subject = 'repo' }
        }
        [void] (Invoke-Emulator PUT '/emulator/sign-in' (ConvertTo-Json $directory -Depth 10) -Url $Url)
    }

    # A bearer token for whoever asks with the secret.
    function Get-Token {
        $form = "grant_type=client_credentials&client_id=$client&client_secret=$([uri]::EscapeDataString($plain.Secret))&scope=$url/.default"
        $text = Invoke-Emulator POST "/$tenant/oauth2/v2.0/token" $form -Url $url
        (Select-Json $text access_token).Trim('"')
    }

    # Runs a script in a process of its own, with these variables from its start. Gives all that it writes, on any stream.
    function Invoke-Child {
        param([string] $Script, [hashtable] $Environment = @{})

        $start = [System.Diagnostics.ProcessStartInfo]::new($pwsh)
        $file = [System.IO.Path]::Combine($folder, "$([guid]::NewGuid()).ps1")
        [System.IO.File]::WriteAllText($file, "Import-Module '$env:CSA_MODULE'`n$Script")
        foreach ($word in '-NoProfile', '-NonInteractive', '-File', $file) { $start.ArgumentList.Add($word) }
        foreach ($name in $Environment.Keys) { $start.Environment[$name] = $Environment[$name] }
        $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $process = [System.Diagnostics.Process]::Start($start)
        $errors = $process.StandardError.ReadToEndAsync()
        $output = $process.StandardOutput.ReadToEnd()
        $process.WaitForExit()
        [System.IO.File]::Delete($file)
        $output + $errors.GetAwaiter().GetResult()
    }

    $here = @{ GraphUri = "$url/v1.0"; Authority = $url }
    $application = @{ ClientId = $client; TenantId = $tenant }
    Set-Directory $url
}

AfterAll {
    Stop-Process -Id $emulator.Process.Id
    Remove-Module EntraCsa -ErrorAction SilentlyContinue
    [System.IO.Directory]::Delete($folder, $true)
}

Describe 'Connect-Csa' {
    AfterEach { Disconnect-Csa }

    It 'takes the credential of an application, and the context says who it is' {
        Connect-Csa -ClientSecretCredential $credential -TenantId $tenant @here -NoWelcome
        $context = Get-CsaContext
        $context.Mode, $context.TenantId, $context.ClientId | Should -Be 'clientSecret', $tenant, $client
        $context.Permissions | Should -Be $permissions
        $context.ExpiresOn | Should -BeGreaterThan ([System.DateTimeOffset]::UtcNow)
        $context.Sandbox | Should -BeFalse
        (Get-CsaAssignment joe@contoso.com).Count | Should -BeGreaterThan 0
    }

    It 'says what to do about a wrong secret, and keeps the connection that was there' {
        Connect-Csa -Sandbox
        $wrong = [pscredential]::new($client, (ConvertTo-Secret 'wrong'))
        $failure = { Connect-Csa -ClientSecretCredential $wrong -TenantId $tenant @here } | Should -Throw -ErrorId 'auth,*' -PassThru
        "$failure" | Should -Match 'AADSTS7000215.*To do: give the value of the client secret, not its id'
        $failure.CategoryInfo.Category | Should -Be 'AuthenticationError'
        (Get-CsaContext).Sandbox | Should -BeTrue
    }

    It 'takes a certificate as <_>' -ForEach 'encrypted.pem', 'application.pfx.txt', 'legacy.pfx.txt' {
        $path = "$certificates/$_"
        if ($_ -like '*.txt') {
            $path = "$folder/$_.pfx"
            [System.IO.File]::WriteAllBytes($path, [Convert]::FromBase64String([System.IO.File]::ReadAllText("$certificates/$_")))
        }
        Connect-Csa @application @here -CertificatePath $path -CertificatePassword $password
        (Get-CsaContext).Mode | Should -Be 'clientCertificate'
    }

    It 'takes a certificate object' {
        $key = [System.Security.Cryptography.RSA]::Create(2048)
        $request = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=made here', $key, 'SHA256', [System.Security.Cryptography.RSASignaturePadding]::Pkcs1)
        $certificate = $request.CreateSelfSigned([System.DateTimeOffset]::UtcNow.AddDays(-1), [System.DateTimeOffset]::UtcNow.AddDays(1))
        Set-Directory $url -Certificate $certificate.ExportCertificatePem()
        Connect-Csa @application @here -Certificate $certificate
        (Get-CsaContext).Mode | Should -Be 'clientCertificate'
        $public = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new($certificate.RawData)
        { Connect-Csa @application @here -Certificate $public } | Should -Throw -ErrorId 'invalidRequest,*' -ExpectedMessage '*-CertificatePath*'
        { Connect-Csa @application @here -CertificateThumbprint ('00' * 20) } | Should -Throw -ErrorId 'invalidRequest,*' -ExpectedMessage '*no certificate with the thumbprint*'
    }

    It 'finds a certificate of the store by its thumbprint' {
        # Elsewhere than on Windows the store is in the home folder.
        $script = @"
`$bytes = [Convert]::FromBase64String([System.IO.File]::ReadAllText('$certificates/application.pfx.txt'))
`$certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new(`$bytes, '$($plain.Password)', 'Exportable, PersistKeySet')
`$store = [System.Security.Cryptography.X509Certificates.X509Store]::new('My', 'CurrentUser')
`$store.Open('ReadWrite')
`$store.Add(`$certificate)
try {
    Connect-Csa -CertificateThumbprint `$certificate.Thumbprint -ClientId $client -TenantId $tenant -GraphUri $url/v1.0 -Authority $url
    (Get-CsaContext).Mode
}
finally { `$store.Remove(`$certificate) }
"@
        $own = [System.IO.Directory]::CreateDirectory("$folder/home").FullName
        Invoke-Child $script @{ HOME = $own } | Should -Match '^clientCertificate'
    }

    It 'takes a token of another issuer, of a file and of GitHub Actions' {
        $wanted = '{"issuer":"https://kubernetes","subject":"hr","audience":"api://AzureADTokenExchange"}'
        $file = "$folder/federated"
        [System.IO.File]::WriteAllText($file, (Select-Json (Invoke-Emulator POST '/emulator/federated-tokens' $wanted -Url $url) value).Trim('"'))
        Connect-Csa -WorkloadIdentity -FederatedTokenFile $file @application @here
        (Get-CsaContext).Mode | Should -Be 'workloadIdentity'
        $variables = @{ AZURE_TENANT_ID = $tenant; AZURE_CLIENT_ID = $client; ACTIONS_ID_TOKEN_REQUEST_URL = "$url/github/token?api-version=2.0"; ACTIONS_ID_TOKEN_REQUEST_TOKEN = $plain.GitHub }
        try {
            # Set in the session, where only .NET sees them.
            foreach ($name in $variables.Keys) { [System.Environment]::SetEnvironmentVariable($name, $variables[$name]) }
            Connect-Csa -WorkloadIdentity @here
            (Get-CsaContext).ClientId | Should -Be $client
        }
        finally { foreach ($name in $variables.Keys) { [System.Environment]::SetEnvironmentVariable($name, $null) } }
    }

    It 'goes by the variables of the environment' {
        $variables = @{ AZURE_TENANT_ID = $tenant; AZURE_CLIENT_ID = $client; AZURE_CLIENT_SECRET = $plain.Secret; AZURE_AUTHORITY_HOST = $url }
        { Connect-Csa -EnvironmentVariable @here } | Should -Throw -ErrorId 'invalidRequest,*' -ExpectedMessage '*no way to sign in*'
        try {
            foreach ($name in $variables.Keys) { [System.Environment]::SetEnvironmentVariable($name, $variables[$name]) }
            Connect-Csa -EnvironmentVariable -GraphUri "$url/v1.0"
            (Get-CsaContext).Mode | Should -Be 'clientSecret'
        }
        finally { foreach ($name in $variables.Keys) { [System.Environment]::SetEnvironmentVariable($name, $null) } }
    }

    It 'uses the managed identity of a virtual machine, and of App Service or Automation' {
        $script = "Connect-Csa -Identity -GraphUri $url/v1.0; (Get-CsaContext).ClientId; Connect-Csa -Identity -ClientId other -GraphUri $url/v1.0; (Get-CsaContext).ClientId"
        foreach ($variables in @{ AZURE_POD_IDENTITY_AUTHORITY_HOST = $url }, @{ IDENTITY_ENDPOINT = "$url/msi/token"; IDENTITY_HEADER = $plain.Header }) {
            (Invoke-Child $script $variables).Trim() -split '\s+' | Should -Be 'own', 'other'
        }
    }

    It 'uses whoever is signed in with the Azure CLI' {
        [System.IO.File]::WriteAllText("$folder/az.json", "{`"accessToken`":`"$(Get-Token)`",`"expires_on`":4000000000,`"tokenType`":`"Bearer`"}")
        if ($IsWindows) { [System.IO.File]::WriteAllText("$folder/az.cmd", "@type `"$folder\az.json`"`r`n") }
        else {
            [System.IO.File]::WriteAllText("$folder/az", "#!/bin/sh`ncat '$folder/az.json'`n")
            [System.IO.File]::SetUnixFileMode("$folder/az", 'UserRead, UserWrite, UserExecute')
        }
        Invoke-Child "Connect-Csa -AzureCli -GraphUri $url/v1.0; (Get-CsaContext).Mode" @{ PATH = "$folder$([System.IO.Path]::PathSeparator)$env:PATH" } | Should -Match '^azureCli'
    }

    It 'shows a device code at the host and waits for the person' {
        $shown = Connect-Csa -UseDeviceCode -ClientId $client @here 6>&1 | Out-String
        $shown | Should -Match "open $url/device in a browser and enter the code \d{9}"
        (Get-CsaContext).Account | Should -Be 'admin@contoso.com'
    }

    It 'ends waiting for a person when it is stopped' {
        $other = Start-Emulator
        try {
            Set-Directory $other.Url -Person @{ polls = 1000000; interval = 1 }
            $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
            [void] $shell.AddScript("Import-Module '$env:CSA_MODULE'; Connect-Csa -UseDeviceCode -ClientId $client -GraphUri $($other.Url)/v1.0 -Authority $($other.Url); 'went on'")
            $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
            $waiting = $shell.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]]::new(), $output)
            $watch = [System.Diagnostics.Stopwatch]::StartNew()
            while ($shell.Streams.Information.Count -eq 0 -and $watch.Elapsed.TotalSeconds -lt 60) { Start-Sleep -Milliseconds 20 }
            $shell.Streams.Information.Count | Should -Be 1
            $watch.Restart()
            $shell.Stop()
            $watch.Elapsed.TotalSeconds | Should -BeLessThan 10
            $output.Count | Should -Be 0
            $shell.Dispose()
        }
        finally { Stop-Process -Id $other.Process.Id }
    }

    It 'trusts an authority of -CustomCaPath over https' {
        $ca = "$folder/ca.pem"
        $secure = Start-Emulator -Argument '--tls', $ca
        try {
            $there = @{ GraphUri = "$($secure.Url)/v1.0"; AccessToken = ConvertTo-Secret any }
            Connect-Csa @there -CustomCaPath $ca
            (Get-CsaAssignment joe@contoso.com).Count | Should -BeGreaterThan 0
            Connect-Csa @there
            { Get-CsaAssignment joe@contoso.com -ErrorAction Stop } | Should -Throw -ErrorId 'unreachable,*' -ExpectedMessage '*-CustomCaPath*'
        }
        finally { Stop-Process -Id $secure.Process.Id }
    }

    It 'knows the clouds by name' {
        foreach ($cloud in @('Global', 'graph.microsoft.com'), @('USGov', 'graph.microsoft.us'), @('USGovDoD', 'dod-graph.microsoft.us'), @('China', 'microsoftgraph.chinacloudapi.cn')) {
            Connect-Csa -Environment $cloud[0] -AccessToken (ConvertTo-Secret t)
            $context = Get-CsaContext
            $context.Cloud, $context.GraphUri | Should -Be $cloud[0], "https://$($cloud[1])/v1.0"
        }
        { Connect-Csa -Environment Mars -AccessToken (ConvertTo-Secret t) } | Should -Throw
    }

    It 'renews tokens in the middle of a pipeline' {
        Connect-Csa -ClientSecretCredential $credential -TenantId $tenant @here
        $people = @(Find-CsaUser -First 60)
        try {
            [void] (Invoke-Emulator PUT '/emulator/hostility' '{"tokenRequests":2}' -Url $url)
            $failed = $null
            $summary = $people.Id | Set-CsaAssignment -Attribute Marketing.EmployeeId -Value E1 -Summary -ErrorVariable failed
            $failed.Count | Should -Be 0
            $summary.Changed | Should -Be $people.Count
        }
        finally { [void] (Invoke-Emulator PUT '/emulator/hostility' '{}' -Url $url) }
    }
}

Describe '-Context of <Name>' -ForEach $commands {
    It 'is there' { $Command.Parameters.Keys | Should -Contain 'Context' }
}

Describe 'Several connections' {
    AfterEach { Disconnect-Csa }

    It 'reach two tenants at once, and end one by one' {
        $contoso = Connect-Csa -Sandbox -PassThru
        $fabrikam = Connect-Csa -Sandbox -PassThru
        Set-CsaAssignment joe@contoso.com Engineering.NumVendors 71 -Context $contoso
        Set-CsaAssignment joe@contoso.com Engineering.NumVendors 72 -Context $fabrikam
        foreach ($pair in @($contoso, 71), @($fabrikam, 72)) {
            (Get-CsaAssignment joe@contoso.com -Attribute Engineering.NumVendors -Context $pair[0]).Value | Should -Be $pair[1]
        }
        (Get-CsaContext).Id | Should -Be $fabrikam.Id
        Disconnect-Csa -Context $contoso
        { Get-CsaAssignment joe@contoso.com -Context $contoso -ErrorAction Stop } | Should -Throw -ErrorId 'closed,*'
        (Get-CsaAssignment joe@contoso.com -Attribute Engineering.NumVendors).Value | Should -Be 72
    }

    It 'end with the next Connect-Csa, unless somebody has an object of them' {
        Connect-Csa -Sandbox
        $first = Get-EmulatorUrl
        $null = Get-CsaContext
        Connect-Csa -Sandbox
        (Invoke-Emulator GET '/emulator/use' -Url $first) | Should -Not -BeNullOrEmpty
        $second = & (Get-Module EntraCsa) { $script:Connection.GraphUri -replace '/v1\.0$' }
        Connect-Csa -Sandbox
        { Invoke-Emulator GET '/emulator/use' -Url $second } | Should -Throw
    }

    It 'are shared by parallel runspaces' {
        $context = Connect-Csa -Sandbox -PassThru
        $module = $env:CSA_MODULE
        $values = 1..4 | ForEach-Object -ThrottleLimit 4 -Parallel {
            Import-Module $using:module
            Set-CsaAssignment dara@contoso.com Engineering.NumVendors $_ -Context $using:context
            (Get-CsaAssignment dara@contoso.com -Attribute Engineering.NumVendors -Context $using:context).Value
        }
        $values.Count | Should -Be 4
        # What the runspaces leave does not close it.
        (Get-CsaAssignment dara@contoso.com -Attribute Engineering.NumVendors -Context $context).Value | Should -BeIn 1, 2, 3, 4
    }

    It 'take nothing else as a context' { { Get-CsaAssignment joe@contoso.com -Context 'text' } | Should -Throw }
}

Describe 'What is logged' {
    AfterEach { Disconnect-Csa }

    It 'has no values, unless -LogValues lets it' {
        Connect-Csa -Sandbox
        $log = Set-CsaAssignment joe@contoso.com Engineering.NumVendors 4711 -Verbose 4>&1 | Out-String
        $log += Set-CsaAssignment joe@contoso.com Engineering.Project -Add Cascade -Verbose 4>&1 | Out-String
        $log += Set-CsaAssignment joe@contoso.com -Values @{ 'Engineering.ProjectDate' = '4711-12-31' } -Verbose 4>&1 | Out-String
        $log += Remove-CsaAssignment joe@contoso.com Engineering.Project -Value Cascade -Verbose 4>&1 | Out-String
        $log | Should -Match 'joe@contoso.com: changed Engineering.NumVendors'
        $log | Should -Not -Match '4711|Cascade'
        Connect-Csa -Sandbox -LogValues
        Set-CsaAssignment joe@contoso.com Engineering.NumVendors 4711 -Verbose 4>&1 | Out-String | Should -Match 'changed Engineering.NumVendors = 4711'
    }
}

Describe 'Secrets' {
    BeforeAll {
        # Each secret as it is, and in the forms that a log might have it in.
        function Get-Trace {
            param([string[]] $Secret)

            foreach ($text in $Secret) {
                $bytes = [System.Text.Encoding]::UTF8.GetBytes($text)
                $text
                [uri]::EscapeDataString($text)
                # Base64 depends on what stands before: all three positions, without the characters that depend on the neighbours.
                foreach ($shift in 0, 1, 2) {
                    $code = [Convert]::ToBase64String([byte[]] (@(0) * $shift) + $bytes)
                    $code = $code.Substring(@(0, 2, 3)[$shift]).TrimEnd('=')
                    $code = $code.Substring(0, $code.Length - 1)
                    $code
                    $code.Replace('+', '-').Replace('/', '_')
                }
            }
            # Every token and assertion begins so.
            'eyJhbGciOi'
        }

        function Find-Secret {
            param([string] $Text, [string[]] $Trace)

            foreach ($one in $Trace) { if ($Text.Contains($one)) { $one } }
        }

        $key = [System.IO.File]::ReadAllLines("$certificates/application.pem") | Select-Object -Last 3 | Select-Object -First 1
        $traces = @(Get-Trace (@($plain.Values) + $key) | Select-Object -Unique)
    }

    It 'are in nothing that a session writes, with every way to sign in, whether it works or not' {
        $log = "$folder/emulator.jsonl"
        $watched = Start-Emulator -Argument '--log', $log
        try {
            $there = $watched.Url
            Set-Directory $there
            $secretScript = @"
`$VerbosePreference = `$DebugPreference = 'Continue'
`$client = '$client'; `$tenant = '$tenant'; `$certificates = '$certificates'
`$here = @{ GraphUri = '$there/v1.0'; Authority = '$there'; Verbose = `$true; Debug = `$true }
`$secret = ConvertTo-SecureString `$env:TEST_SECRET -AsPlainText -Force
`$password = ConvertTo-SecureString `$env:TEST_PASSWORD -AsPlainText -Force
`$wrong = ConvertTo-SecureString "`$env:TEST_SECRET!" -AsPlainText -Force
foreach (`$way in @(
    @{ ClientSecretCredential = [pscredential]::new(`$client, `$secret); TenantId = `$tenant }
    @{ ClientSecretCredential = [pscredential]::new(`$client, `$wrong); TenantId = `$tenant }
    @{ ClientSecretCredential = [pscredential]::new('nobody', `$secret); TenantId = `$tenant }
    @{ CertificatePath = "`$certificates/encrypted.pem"; CertificatePassword = `$password; ClientId = `$client; TenantId = `$tenant }
    @{ CertificatePath = "`$certificates/mismatched.pem"; ClientId = `$client; TenantId = `$tenant }
    @{ CertificatePath = "`$certificates/encrypted.pem"; CertificatePassword = `$wrong; ClientId = `$client; TenantId = `$tenant }
    @{ Identity = `$true }
    @{ Identity = `$true; ClientId = 'nobody' }
    @{ WorkloadIdentity = `$true; ClientId = `$client; TenantId = `$tenant }
    @{ WorkloadIdentity = `$true; ClientId = 'nobody'; TenantId = `$tenant }
    @{ EnvironmentVariable = `$true }
    @{ UseDeviceCode = `$true; ClientId = `$client }
    @{ AccessToken = `$secret }
    @{ AccessToken = (ConvertTo-SecureString "a `$env:TEST_SECRET" -AsPlainText -Force) }
    @{ CertificatePath = '$folder/none.pem'; CertificatePassword = `$password; ClientId = `$client; TenantId = `$tenant; Sandbox = `$true }
)) {
    try {
        Connect-Csa @way @here
        Get-CsaContext | Format-List * -Force
        Get-CsaContext | ConvertTo-Json
        'joe@contoso.com', 'nobody@contoso.com' | Set-CsaAssignment -Attribute Engineering.NumVendors -Value 4 -Journal '$folder/journal.jsonl' -Verbose -Debug
        [System.IO.File]::AppendAllText('$folder/journals', [System.IO.File]::ReadAllText('$folder/journal.jsonl'))
        [System.IO.File]::Delete('$folder/journal.jsonl')
    }
    catch { "caught: `$_" }
}
`$Error | ForEach-Object { `$_ | Format-List * -Force; `$_.Exception | Format-List * -Force; `$_.Exception.Data.Values; `$_.ScriptStackTrace }
"ways: `$(`$Error.Count)"
"@
            $variables = @{
                TEST_SECRET = $plain.Secret; TEST_PASSWORD = $plain.Password; IDENTITY_ENDPOINT = "$there/msi/token"; IDENTITY_HEADER = $plain.Header
                ACTIONS_ID_TOKEN_REQUEST_URL = "$there/github/token?api-version=2.0"; ACTIONS_ID_TOKEN_REQUEST_TOKEN = $plain.GitHub
                AZURE_TENANT_ID = $tenant; AZURE_CLIENT_ID = $client; AZURE_CLIENT_SECRET = $plain.Secret
            }
            $written = Invoke-Child $secretScript $variables
            $requests = Invoke-Emulator GET '/emulator/requests' -Url $there
        }
        finally { Stop-Process -Id $watched.Process.Id }
        $journals = [System.IO.File]::ReadAllText("$folder/journals")
        # It did happen: tokens were given, writes were made and logged, failures were told.
        ([regex]::Matches($requests, '/oauth2/v2.0/token"|/msi/token"')).Count | Should -BeGreaterThan 9
        $written | Should -Match 'AADSTS7000215'
        $written | Should -Match 'joe@contoso.com: changed Engineering.NumVendors'
        $journals | Should -Match 'joe@contoso.com'
        Find-Secret ($written + $requests + $journals + [System.IO.File]::ReadAllText($log)) $traces | Should -BeNullOrEmpty
    }

    It 'would be found if they were there' {
        foreach ($secret in $plain.Values) {
            $bytes = [System.Text.Encoding]::UTF8.GetBytes("${secret}12")
            foreach ($text in "a $secret b", "x=$([uri]::EscapeDataString($secret))", [Convert]::ToBase64String($bytes), [Convert]::ToBase64String([byte[]] @(1) + $bytes), [Convert]::ToBase64String([byte[]] @(1, 2) + $bytes)) {
                Find-Secret "log: $text." $traces | Should -Not -BeNullOrEmpty -Because $text
            }
        }
        Find-Secret "Authorization: Bearer $(Get-Token)" $traces | Should -Not -BeNullOrEmpty
    }
}
