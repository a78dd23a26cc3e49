# Lists what the parameters of Find-CsaUser and Find-CsaServicePrincipal ask for; gives the items.
function Invoke-CsaFind {
    param([string] $Operation, [System.Collections.IDictionary] $Bound, [System.Management.Automation.PSCmdlet] $Cmdlet)

    $parameters = @{ skipDefinitionCheck = [bool] $Bound['SkipDefinitionCheck'] }
    $name = Join-CsaName $Bound['AttributeSet'] $Bound['Attribute']
    switch ($Cmdlet.ParameterSetName) {
        'Equal' { $parameters.filter = [ordered]@{ attribute = $name; eq = ConvertTo-CsaValue $Bound['Equal'] } }
        'NotEqual' { $parameters.filter = [ordered]@{ attribute = $name; ne = ConvertTo-CsaValue $Bound['NotEqual'] } }
        'StartsWith' { $parameters.filter = [ordered]@{ attribute = $name; startsWith = $Bound['StartsWith'] } }
        'Filter' { $parameters.filter = $Bound['Filter'] }
    }
    if ($Bound['Property']) { $parameters.properties = $Bound['Property'] }
    if ($Bound['First'] -and -not $Bound['All']) { $parameters.first = $Bound['First'] }
    Invoke-CsaOperation $Operation $parameters $Cmdlet
}
