function Connect-Csa {
    <#
    .SYNOPSIS
    Connects to Microsoft Graph, or to a sandbox on this machine.
    .DESCRIPTION
    Signs in at once, so that a mistake shows here. The other cmdlets of this module use the connection until Disconnect-Csa, another
    Connect-Csa, or the end of the session. With -PassThru it gives an object for -Context of the other cmdlets: so several connections
    can be used side by side, and one of them by parallel runspaces. Such a connection stays open until Disconnect-Csa -Context.

    The parameters are named as those of Connect-MgGraph: in a runbook the name of the command is all that changes. Tokens are renewed
    before they end and when the service takes one no more, except for a bare -AccessToken. Secrets are kept in memory that is wiped, and are in
    no log and no error.

    What the environment says of proxies (HTTPS_PROXY, NO_PROXY) is followed. Nothing is sent anywhere but to the authority, to the Graph root and, for
    managed identities, to the endpoint of the machine.

    The sandbox is a small Microsoft Graph inside this process with the people and attributes of Microsoft's how-to. It
    speaks real HTTP on a loopback port, and what is assigned there is gone with the connection.
    .PARAMETER Sandbox
    Connects to a fresh sandbox. Needs no sign-in.
    .PARAMETER AccessToken
    A bearer token for Microsoft Graph, as a SecureString. It can't be renewed: what takes longer than its hour needs another way to sign in.
    .PARAMETER ClientSecretCredential
    An application with a secret: the user name is its client id, the password the secret's value.
    .PARAMETER CertificatePath
    An application with a certificate: a PEM or PFX file that has the certificate and its RSA key.
    .PARAMETER CertificatePassword
    The password of the PFX file, or of the encrypted key in the PEM file.
    .PARAMETER Certificate
    The same with a certificate object whose key can be exported.
    .PARAMETER CertificateThumbprint
    The same with a certificate of the store of this user or of this machine whose key can be exported.
    .PARAMETER Identity
    The managed identity of the Azure resource that this runs on: a virtual machine, App Service, Functions, Container Apps, Azure Automation.
    With -ClientId a user-assigned one.
    .PARAMETER WorkloadIdentity
    An application with a token of another issuer: of a file (-FederatedTokenFile or the variable AZURE_FEDERATED_TOKEN_FILE), or of GitHub
    Actions in a job with the permission "id-token: write". Tenant and client id may come from AZURE_TENANT_ID and AZURE_CLIENT_ID.
    .PARAMETER FederatedTokenFile
    The file that has the token. It is read each time a token is wanted.
    .PARAMETER AzureCli
    Whoever is signed in with az login.
    .PARAMETER UseDeviceCode
    A person: shows a code to type at a page in any browser, and waits. Ctrl+C ends it.
    .PARAMETER Scopes
    The permissions to ask a person for. Those that the cmdlets need, unless given.
    .PARAMETER EnvironmentVariable
    By the variables AZURE_TENANT_ID, AZURE_CLIENT_ID, and AZURE_CLIENT_SECRET, or AZURE_CLIENT_CERTIFICATE_PATH (with
    AZURE_CLIENT_CERTIFICATE_PASSWORD), or AZURE_FEDERATED_TOKEN_FILE; AZURE_AUTHORITY_HOST is the authority.
    .PARAMETER ClientId
    The application (client) id. With -UseDeviceCode it is that of Microsoft Graph Command Line Tools unless given.
    .PARAMETER TenantId
    The tenant: its id or one of its domains.
    .PARAMETER Environment
    The cloud: Global, USGov (GCC High), USGovDoD or China. It decides where to sign in and where Graph is.
    .PARAMETER GraphUri
    Root of Graph with its version, for another cloud or an emulator. https only, except for a loopback address such as that of csa-emulator.
    .PARAMETER Authority
    Where to sign in, for another cloud or an emulator: such as https://login.microsoftonline.com.
    .PARAMETER CustomCaPath
    A PEM file with certificates to trust, beside those of the system: for a proxy that opens TLS, or an authority of your own.
    .PARAMETER PassThru
    Gives the connection, for -Context of the other cmdlets.
    .PARAMETER LogValues
    Lets -Verbose tell the values that are written, beside the names of targets and attributes.
    .PARAMETER TimeoutSeconds
    Longest wait for one answer, in seconds.
    .PARAMETER Quota
    For a tenant with another quota than the published one: a table with Writes and WriteSeconds (3,000 writes in 150 seconds), Units
    and UnitSeconds (resource units of reads, 3,500 to 8,000 in 10 seconds by the size of the tenant). Requests go no faster.
    .PARAMETER ContextScope
    Taken for the sake of runbooks: a connection belongs to its process.
    .PARAMETER NoWelcome
    Taken for the sake of runbooks: there is no welcome.
    .EXAMPLE
    Connect-Csa -Sandbox

    Connects to a sandbox to try things out.
    .EXAMPLE
    Connect-Csa -Identity

    Connects as the managed identity, in an Azure Automation runbook or on a virtual machine.
    .EXAMPLE
    Connect-Csa -ClientId $clientId -TenantId contoso.onmicrosoft.com -CertificatePath hr.pfx -CertificatePassword (Get-Secret hr-pfx)

    Connects as an application, in a scheduled task.
    .EXAMPLE
    Connect-Csa -WorkloadIdentity -ClientId $env:AZURE_CLIENT_ID -TenantId $env:AZURE_TENANT_ID

    Connects in a job of GitHub Actions, without any secret.
    .EXAMPLE
    $contoso = Connect-Csa -UseDeviceCode -TenantId contoso.com -PassThru; $fabrikam = Connect-Csa -UseDeviceCode -TenantId fabrikam.com -PassThru

    Connects to two tenants; the other cmdlets take -Context $contoso or -Context $fabrikam.
    .EXAMPLE
    Connect-Csa -AccessToken (Get-AzAccessToken -ResourceTypeName MSGraph -AsSecureString).Token

    Connects to Microsoft Graph with a token that another module got.
    .EXAMPLE
    Connect-Csa -GraphUri http://127.0.0.1:4711/v1.0 -AccessToken (ConvertTo-SecureString any -AsPlainText -Force)

    Connects to a csa-emulator that runs elsewhere on this machine.
    .OUTPUTS
    None, or Csa.Context with -PassThru.
    .LINK
    https://learn.microsoft.com/powershell/microsoftgraph/authentication-commands
    .LINK
    https://learn.microsoft.com/graph/deployments
    #>
    [CmdletBinding(DefaultParameterSetName = 'AccessToken')]
    [OutputType([void])]
    [OutputType('Csa.Context')]
    param(
        [Parameter(Mandatory, ParameterSetName = 'Sandbox')]
        [switch] $Sandbox,

        [Parameter(Mandatory, ParameterSetName = 'AccessToken')]
        [securestring] $AccessToken,

        [Parameter(Mandatory, ParameterSetName = 'ClientSecret')]
        [Alias('SecretCredential', 'Credential')]
        [pscredential] $ClientSecretCredential,

        [Parameter(Mandatory, ParameterSetName = 'CertificatePath')]
        [ValidateNotNullOrEmpty()]
        [string] $CertificatePath,

        [Parameter(ParameterSetName = 'CertificatePath')]
        [securestring] $CertificatePassword,

        [Parameter(Mandatory, ParameterSetName = 'Certificate')]
        [System.Security.Cryptography.X509Certificates.X509Certificate2] $Certificate,

        [Parameter(Mandatory, ParameterSetName = 'CertificateThumbprint')]
        [ValidateNotNullOrEmpty()]
        [string] $CertificateThumbprint,

        [Parameter(Mandatory, ParameterSetName = 'Identity')]
        [Alias('ManagedIdentity', 'ManagedServiceIdentity', 'MSI')]
        [switch] $Identity,

        [Parameter(Mandatory, ParameterSetName = 'WorkloadIdentity')]
        [switch] $WorkloadIdentity,

        [Parameter(ParameterSetName = 'WorkloadIdentity')]
        [ValidateNotNullOrEmpty()]
        [string] $FederatedTokenFile,

        [Parameter(Mandatory, ParameterSetName = 'AzureCli')]
        [switch] $AzureCli,

        [Parameter(Mandatory, ParameterSetName = 'DeviceCode')]
        [Alias('UseDeviceAuthentication', 'DeviceCode', 'DeviceAuth', 'Device')]
        [switch] $UseDeviceCode,

        [Parameter(ParameterSetName = 'DeviceCode', Position = 0)]
        [string[]] $Scopes,

        [Parameter(Mandatory, ParameterSetName = 'EnvironmentVariable')]
        [switch] $EnvironmentVariable,

        [Parameter(Mandatory, ParameterSetName = 'CertificatePath')]
        [Parameter(Mandatory, ParameterSetName = 'Certificate')]
        [Parameter(Mandatory, ParameterSetName = 'CertificateThumbprint')]
        [Parameter(ParameterSetName = 'Identity')]
        [Parameter(ParameterSetName = 'WorkloadIdentity')]
        [Parameter(ParameterSetName = 'DeviceCode')]
        [Alias('AppId', 'ApplicationId')]
        [string] $ClientId,

        [Parameter(Mandatory, ParameterSetName = 'ClientSecret')]
        [Parameter(Mandatory, ParameterSetName = 'CertificatePath')]
        [Parameter(Mandatory, ParameterSetName = 'Certificate')]
        [Parameter(Mandatory, ParameterSetName = 'CertificateThumbprint')]
        [Parameter(ParameterSetName = 'WorkloadIdentity')]
        [Parameter(ParameterSetName = 'AzureCli')]
        [Parameter(ParameterSetName = 'DeviceCode')]
        [Alias('Audience', 'Tenant')]
        [string] $TenantId,

        [Parameter()]
        [Alias('EnvironmentName', 'NationalCloud', 'Cloud')]
        [ValidateSet('Global', 'USGov', 'USGovDoD', 'China')]
        [string] $Environment,

        [Parameter()]
        [ValidateNotNullOrEmpty()]
        [string] $GraphUri,

        [Parameter()]
        [ValidateNotNullOrEmpty()]
        [string] $Authority,

        [Parameter()]
        [ValidateNotNullOrEmpty()]
        [string] $CustomCaPath,

        [Parameter()]
        [switch] $PassThru,

        [Parameter()]
        [switch] $LogValues,

        [Parameter()]
        [Alias('ClientTimeout')]
        [ValidateRange(1, 3600)]
        [int] $TimeoutSeconds = 100,

        [Parameter()]
        [System.Collections.IDictionary] $Quota,

        [Parameter()]
        [ValidateSet('Process')]
        [string] $ContextScope,

        [Parameter()]
        [switch] $NoWelcome
    )

    Copy-CsaCallerPreference $PSCmdlet
    $resolve = { param($path) $PSCmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($path) }
    $config = @{ timeoutSeconds = $TimeoutSeconds; logValues = [bool] $LogValues }
    if ($Quota) {
        $config.quota = @{}
        foreach ($name in $Quota.Keys) { $config.quota[$name.Substring(0, 1).ToLowerInvariant() + $name.Substring(1)] = [double] $Quota[$name] }
    }
    if ($Environment) { $config.cloud = $Environment }
    if ($GraphUri) { $config.graphUri = $GraphUri }
    if ($Authority) { $config.authority = $Authority }
    if ($CustomCaPath) { $config.customCaPath = & $resolve $CustomCaPath }
    $signIn = @{}
    if ($ClientId) { $signIn.clientId = $ClientId }
    if ($TenantId) { $signIn.tenantId = $TenantId }
    $secret = @{}
    switch ($PSCmdlet.ParameterSetName) {
        'Sandbox' {
            $config.sandbox = $true
            $json = [System.Text.Encoding]::UTF8.GetBytes((ConvertTo-Json $config -Compress))
        }
        'AccessToken' {
            $signIn.mode = 'accessToken'
            $secret.accessToken = $AccessToken
        }
        'ClientSecret' {
            $signIn.mode = 'clientSecret'
            $signIn.clientId = $ClientSecretCredential.UserName
            $secret.clientSecret = $ClientSecretCredential.Password
        }
        'CertificatePath' {
            $signIn.mode = 'clientCertificate'
            $signIn.certificatePath = & $resolve $CertificatePath
            if ($CertificatePassword) { $secret.certificatePassword = $CertificatePassword }
        }
        { $_ -in 'Certificate', 'CertificateThumbprint' } {
            $signIn.mode = 'clientCertificate'
            if ($CertificateThumbprint) { $Certificate = Get-CsaStoreCertificate $CertificateThumbprint $PSCmdlet }
            $secret = ConvertTo-CsaCertificateSecret $Certificate $PSCmdlet
        }
        'Identity' { $signIn.mode = 'managedIdentity' }
        'WorkloadIdentity' {
            $signIn.mode = 'workloadIdentity'
            if ($FederatedTokenFile) { $signIn.federatedTokenFile = & $resolve $FederatedTokenFile }
        }
        'AzureCli' { $signIn.mode = 'azureCli' }
        'DeviceCode' {
            $signIn.mode = 'deviceCode'
            if ($Scopes) { $signIn.scopes = $Scopes }
        }
        'EnvironmentVariable' { $signIn.mode = 'environmentVariable' }
    }
    if ($signIn.mode -in 'workloadIdentity', 'environmentVariable') {
        # .NET keeps an environment of its own: the library does not see what a script sets.
        $signIn.environment = @{}
        foreach ($name in 'TENANT_ID', 'CLIENT_ID', 'CLIENT_SECRET', 'CLIENT_CERTIFICATE_PATH', 'CLIENT_CERTIFICATE_PASSWORD', 'FEDERATED_TOKEN_FILE', 'AUTHORITY_HOST') {
            $signIn.environment["AZURE_$name"] = [string] [System.Environment]::GetEnvironmentVariable("AZURE_$name")
        }
        foreach ($name in 'ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN') {
            $signIn.environment[$name] = [string] [System.Environment]::GetEnvironmentVariable($name)
        }
    }
    if (-not $Sandbox) { $json = ConvertTo-CsaSecretJson $config $signIn $secret }
    Open-CsaConnection -Json $json -Cmdlet $PSCmdlet -About $GraphUri -LogValues:$LogValues -PassThru:$PassThru
}
