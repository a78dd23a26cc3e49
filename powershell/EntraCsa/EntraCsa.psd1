@{
    RootModule        = 'EntraCsa.psm1'
    ModuleVersion     = '0.1.0'
    GUID              = '5d2c7b52-6f0e-4a35-9a1b-0f8f3a1f7c11'
    Author            = 'The entra-csa authors'
    Copyright         = '(c) The entra-csa authors. MIT licence.'
    Description       = 'Assign, read, find and remove custom security attributes of Microsoft Entra users and service principals.'
    PowerShellVersion = '7.4'
    FormatsToProcess  = @('EntraCsa.Format.ps1xml')
    FunctionsToExport = @(
        'Add-CsaAllowedValue'
        'Connect-Csa'
        'Disconnect-Csa'
        'Find-CsaServicePrincipal'
        'Find-CsaUser'
        'Get-CsaAllowedValue'
        'Get-CsaAssignment'
        'Get-CsaAttribute'
        'Get-CsaAttributeSet'
        'Get-CsaContext'
        'Get-CsaOperation'
        'New-CsaAttribute'
        'New-CsaAttributeSet'
        'Remove-CsaAssignment'
        'Resume-CsaOperation'
        'Set-CsaAllowedValue'
        'Set-CsaAssignment'
        'Set-CsaAttribute'
        'Set-CsaAttributeSet'
        'Test-CsaAccess'
        'Undo-CsaOperation'
    )
    CmdletsToExport   = @()
    VariablesToExport = @()
    AliasesToExport   = @()
    PrivateData       = @{
        PSData = @{
            Tags       = @('Entra', 'MicrosoftGraph', 'CustomSecurityAttributes', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri = 'https://opensource.org/license/mit'
        }
    }
}
