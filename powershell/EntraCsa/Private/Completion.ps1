# What Tab offers for names and values of attributes: from what the connection knows of the tenant. What it does not know yet is
# read in the background, and waited for less than half a second. Nothing that goes wrong shows at the prompt.
function Complete-CsaParameter {
    param([string] $Command, [string] $Parameter, [string] $Word, $Ast, [System.Collections.IDictionary] $Bound)

    try {
        $connection = Get-CsaConnection -Bound $Bound
        if ($null -eq $connection) { return }
        $request = @{ typed = $Word.Trim("'", '"') }
        if ($Parameter -eq 'AttributeSet') { $request.of = 'attributeSet' }
        else {
            if ($Bound.Contains('AttributeSet')) { $request.attributeSet = [string] @($Bound['AttributeSet'])[0] }
            if ($Parameter -eq 'Attribute') {
                $request.of = 'attribute'
                # Only what can be given a value; elsewhere what is deprecated counts too.
                $request.inactive = $Command -ne 'Set-CsaAssignment'
            }
            else {
                $request.of = 'allowedValue'
                $request.attribute = [string] @($Bound['Attribute'])[0]
                $request.inactive = -not ($Command -eq 'Set-CsaAssignment' -and $Parameter -ne 'Remove')
            }
        }
        foreach ($completion in (Invoke-CsaOperation 'definition.complete' $request $null -Connection $connection).completions) {
            $text = $completion.text
            # A text that PowerShell would take for something else, a number too, is quoted.
            $typed = if ($text -match '^\p{L}[\p{L}\p{Nd}._/:-]*$') { $text } else { "'" + $text.Replace("'", "''") + "'" }
            $about = if ($completion.description) { $completion.description } else { $text }
            [System.Management.Automation.CompletionResult]::new($typed, $text, 'ParameterValue', $about)
        }
    }
    catch { Write-Debug "completion: $_" }
}

foreach ($parameter in 'AttributeSet', 'Attribute', 'Value', 'Add', 'Remove', 'Equal', 'NotEqual', 'StartsWith') {
    Register-ArgumentCompleter -ParameterName $parameter -ScriptBlock { Complete-CsaParameter @args } -CommandName @(switch ($parameter) {
            'AttributeSet' {
                'Set-CsaAssignment', 'Get-CsaAssignment', 'Remove-CsaAssignment', 'Find-CsaUser', 'Find-CsaServicePrincipal', 'Get-CsaAttributeSet', 'Set-CsaAttributeSet',
                'Get-CsaAttribute', 'New-CsaAttribute', 'Set-CsaAttribute', 'Get-CsaAllowedValue', 'Add-CsaAllowedValue', 'Set-CsaAllowedValue'
            }
            'Attribute' {
                'Set-CsaAssignment', 'Get-CsaAssignment', 'Remove-CsaAssignment', 'Find-CsaUser', 'Find-CsaServicePrincipal', 'Get-CsaAttribute', 'Set-CsaAttribute',
                'Get-CsaAllowedValue', 'Add-CsaAllowedValue', 'Set-CsaAllowedValue'
            }
            'Value' { 'Set-CsaAssignment', 'Remove-CsaAssignment', 'Get-CsaAllowedValue', 'Set-CsaAllowedValue' }
            { $_ -in 'Add', 'Remove' } { 'Set-CsaAssignment' }
            default { 'Find-CsaUser', 'Find-CsaServicePrincipal' }
        })
}
