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
        'Connect-Csa'
        'Disconnect-Csa'
        'Find-CsaUser'
        'Get-CsaAssignment'
        'Get-CsaContext'
        'Remove-CsaAssignment'
        'Set-CsaAssignment'
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
