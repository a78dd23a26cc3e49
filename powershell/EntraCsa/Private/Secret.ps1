# The JSON of $Config, with the parts of a sign-in that are secret, as bytes: no secret becomes a string, of which .NET keeps copies that
# nobody can wipe. Wipe the bytes after use.
function ConvertTo-CsaSecretJson {
    param([System.Collections.IDictionary] $Config, [System.Collections.IDictionary] $SignIn, [System.Collections.IDictionary] $Secret)

    $utf8 = [System.Text.UTF8Encoding]::new($false, $true)
    $open = { param($table) (ConvertTo-Json $table -Depth 5 -Compress) -replace '}$', '' }
    $stream = [System.IO.MemoryStream]::new(16384)
    try {
        $write = { param([byte[]] $bytes) $stream.Write($bytes, 0, $bytes.Length) }
        & $write $utf8.GetBytes((& $open $Config) + ',"signIn":' + (& $open $SignIn))
        foreach ($name in $Secret.Keys) {
            & $write $utf8.GetBytes(",`"$name`":`"")
            $bytes = Get-CsaSecretByte $Secret[$name]
            try { & $write $bytes } finally { [Array]::Clear($bytes) }
            & $write $utf8.GetBytes('"')
        }
        & $write $utf8.GetBytes('}}')
        , $stream.ToArray()
    }
    finally { [Array]::Clear($stream.GetBuffer()) }
}

# A secret as UTF-8, escaped for the inside of a JSON text (RFC 8259, section 7).
function Get-CsaSecretByte {
    param([securestring] $Secret)

    $pointer = [System.Runtime.InteropServices.Marshal]::SecureStringToGlobalAllocUnicode($Secret)
    $plain = [char[]]::new($Secret.Length)
    $escaped = [char[]]::new(6 * $Secret.Length)
    try {
        [System.Runtime.InteropServices.Marshal]::Copy($pointer, $plain, 0, $plain.Length)
        $length = 0
        foreach ($character in $plain) {
            $code = [int] $character
            if ($code -lt 0x20) {
                foreach ($digit in ('\u{0:x4}' -f $code).ToCharArray()) { $escaped[$length++] = $digit }
                continue
            }
            if ($code -in 0x22, 0x5c) { $escaped[$length++] = '\' }
            $escaped[$length++] = $character
        }
        , [System.Text.UTF8Encoding]::new($false, $true).GetBytes($escaped, 0, $length)
    }
    finally {
        [Array]::Clear($plain)
        [Array]::Clear($escaped)
        [System.Runtime.InteropServices.Marshal]::ZeroFreeGlobalAllocUnicode($pointer)
    }
}

# A certificate with its key, of the store or of the caller: as base64 of a PFX, and its password, which is made for it.
function ConvertTo-CsaCertificateSecret {
    param([System.Security.Cryptography.X509Certificates.X509Certificate2] $Certificate, [System.Management.Automation.PSCmdlet] $Cmdlet)

    $password = [System.Convert]::ToHexString([System.Security.Cryptography.RandomNumberGenerator]::GetBytes(16))
    $bytes = $null
    try {
        if ($Certificate.HasPrivateKey) { $bytes = $Certificate.Export([System.Security.Cryptography.X509Certificates.X509ContentType]::Pkcs12, $password) }
    }
    catch [System.Security.Cryptography.CryptographicException] { $bytes = $null }
    if ($null -eq $bytes) {
        $Cmdlet.ThrowTerminatingError((New-CsaErrorRecord -TargetObject $Certificate.Thumbprint -Failure @{
                    code = 'invalidRequest'; message = "the private key of the certificate $($Certificate.Thumbprint) is not here, or can't be exported"
                    hint = 'use -CertificatePath with a PEM or PFX file that has it'
                }))
    }
    $characters = [char[]]::new(4 * [Math]::Ceiling($bytes.Length / 3))
    try {
        [void] [Convert]::ToBase64CharArray($bytes, 0, $bytes.Length, $characters, 0)
        @{ certificate = ConvertTo-CsaSecureString $characters; certificatePassword = ConvertTo-CsaSecureString $password.ToCharArray() }
    }
    finally {
        [Array]::Clear($bytes)
        [Array]::Clear($characters)
    }
}

# At most 65,536 characters.
function ConvertTo-CsaSecureString {
    param([char[]] $Characters)

    $secret = [securestring]::new()
    foreach ($character in $Characters) { $secret.AppendChar($character) }
    $secret
}

# The certificate with this thumbprint, of this user or of this machine.
function Get-CsaStoreCertificate {
    param([string] $Thumbprint, [System.Management.Automation.PSCmdlet] $Cmdlet)

    foreach ($location in 'CurrentUser', 'LocalMachine') {
        $store = [System.Security.Cryptography.X509Certificates.X509Store]::new('My', $location)
        try {
            $store.Open('ReadOnly, OpenExistingOnly')
            $found = $store.Certificates.Find([System.Security.Cryptography.X509Certificates.X509FindType]::FindByThumbprint, $Thumbprint, $false)
            if ($found.Count -gt 0) { return $found[0] }
        }
        # A store that is not there has nothing.
        catch [System.Security.Cryptography.CryptographicException] { Write-Debug "store ${location}: $_" }
        finally { $store.Dispose() }
    }
    $Cmdlet.ThrowTerminatingError((New-CsaErrorRecord -TargetObject $Thumbprint -Failure @{
                code = 'invalidRequest'; message = "there is no certificate with the thumbprint $Thumbprint in the stores of this user and of this machine"
                hint = 'check the thumbprint, or use -CertificatePath'
            }))
}
