# The emitted native calls against the .NET developer's binding, which a compiler has read.
BeforeAll {
    Import-Module ([System.IO.Path]::Combine($PSScriptRoot, 'Support.psm1')) -Force
    $source = [System.IO.Path]::Combine($PSScriptRoot, '..', '..', 'bindings', 'dotnet', 'Csa.Native.cs')
    # Twice in one process the types would clash: each run has its own namespace.
    $namespace = "N$([guid]::NewGuid().ToString('N'))"
    $code = [System.IO.File]::ReadAllText($source).Replace('EntraCsa', $namespace)
    $types = Add-Type -TypeDefinition $code -PassThru
    $compiled = $types | Where-Object Name -EQ 'CsaNative'
    $emitted = & (Get-Module EntraCsa) { @{ Methods = $CsaNative; CsaStr = $CsaStr; CsaBuf = $CsaBuf } }

    # A type as both sides can spell it: pointers to bytes are IntPtr, references are what they refer to and how.
    function Get-Spelling {
        param([type] $Type)
        if ($Type.IsByRef) { return "$(Get-Spelling $Type.GetElementType())&" }
        if ($Type.IsPointer) { return 'IntPtr' }
        $Type.Name
    }
    function Get-Signature {
        param([System.Reflection.MethodInfo] $Method)
        $import = $Method.GetCustomAttributes([System.Runtime.InteropServices.DllImportAttribute], $false)[0]
        $parameters = foreach ($parameter in $Method.GetParameters()) { Get-Spelling $parameter.ParameterType }
        "$(Get-Spelling $Method.ReturnType) $($import.EntryPoint)($($parameters -join ', ')) $($import.CallingConvention) $($import.PreserveSig)"
    }
}

Describe 'The native calls' {
    It 'have the signatures of Csa.Native.cs' {
        $flags = [System.Reflection.BindingFlags] 'Public, Static'
        # The generator adds overloads that take delegates or throw; those that are imported count.
        $theirs = $compiled.GetMethods($flags) | Where-Object { $_.Attributes.HasFlag([System.Reflection.MethodAttributes]::PinvokeImpl) } | ForEach-Object { Get-Signature $_ } | Sort-Object
        $ours = $emitted.Methods.GetMethods($flags) | Where-Object DeclaringType -EQ $emitted.Methods | ForEach-Object { Get-Signature $_ } | Sort-Object
        $ours.Count | Should -Be 8
        $ours | Should -BeExactly $theirs
    }

    It 'have structs of the same layout' {
        foreach ($name in 'CsaStr', 'CsaBuf') {
            $theirs = $types | Where-Object Name -EQ $name
            $ours = $emitted[$name]
            $spell = { param($type) $type.GetFields() | ForEach-Object { "$(Get-Spelling $_.FieldType) $($_.Name) $([System.Runtime.InteropServices.Marshal]::OffsetOf($type, $_.Name))" } }
            & $spell $ours | Should -BeExactly (& $spell $theirs)
            [System.Runtime.InteropServices.Marshal]::SizeOf([Activator]::CreateInstance($ours)) | Should -Be ([System.Runtime.InteropServices.Marshal]::SizeOf([Activator]::CreateInstance($theirs)))
            $ours.IsLayoutSequential | Should -BeTrue
        }
    }

    It 'have the constants of Csa.Native.cs' {
        $constants = & (Get-Module EntraCsa) { Get-Variable CSA_* -Scope Script }
        $constants.Count | Should -Be 10
        foreach ($constant in $constants) { $compiled.GetField($constant.Name).GetValue($null) | Should -Be $constant.Value }
    }
}
