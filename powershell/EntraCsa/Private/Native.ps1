# Written by `cargo xtask bindings` from the ABI of entra-csa. Do not edit.
#
# Makes the functions of $library callable as static methods of $CsaNative, by emitting one P/Invoke method a line: its name,
# the library, flags, what it returns, the types of its parameters. One call after the other, without functions, loops and
# tables: that is what PowerShell runs soonest, and every import waits for it. PreserveSig: the result is no COM HRESULT.
$module = [System.Reflection.Emit.AssemblyBuilder]::DefineDynamicAssembly('EntraCsa.Native', 'Run').DefineDynamicModule('EntraCsa.Native')

$type = $module.DefineType('CsaBuf', 'Public, SequentialLayout, Sealed, BeforeFieldInit', [System.ValueType])
$null = $type.DefineField('ptr', [IntPtr], 'Public')
$null = $type.DefineField('len', [ulong], 'Public')
$script:CsaBuf = $type.CreateType()
$CsaBufRef = $CsaBuf.MakeByRefType()

$type = $module.DefineType('CsaStr', 'Public, SequentialLayout, Sealed, BeforeFieldInit', [System.ValueType])
$null = $type.DefineField('ptr', [IntPtr], 'Public')
$null = $type.DefineField('len', [ulong], 'Public')
$script:CsaStr = $type.CreateType()
$CsaStrRef = $CsaStr.MakeByRefType()
$ulongRef = [ulong].MakeByRefType()

$type = $module.DefineType('CsaNative', 'Public, Abstract, Sealed', [object])
$type.DefinePInvokeMethod('csa_abi_version', $library, 'Public, Static, PinvokeImpl', 'Standard', [uint], [type[]] @(), 'Cdecl', 'Ansi').SetImplementationFlags('PreserveSig')
$type.DefinePInvokeMethod('csa_info', $library, 'Public, Static, PinvokeImpl', 'Standard', [int], [type[]] @($CsaBufRef), 'Cdecl', 'Ansi').SetImplementationFlags('PreserveSig')
$type.DefinePInvokeMethod('csa_client_open', $library, 'Public, Static, PinvokeImpl', 'Standard', [int], [type[]] @($CsaStr, $ulongRef, $CsaBufRef), 'Cdecl', 'Ansi').SetImplementationFlags('PreserveSig')
$type.DefinePInvokeMethod('csa_call_start', $library, 'Public, Static, PinvokeImpl', 'Standard', [int], [type[]] @([ulong], $CsaStr, $ulongRef, $CsaBufRef), 'Cdecl', 'Ansi').SetImplementationFlags('PreserveSig')
$type.DefinePInvokeMethod('csa_call_next', $library, 'Public, Static, PinvokeImpl', 'Standard', [int], [type[]] @([ulong], [uint], $CsaBufRef), 'Cdecl', 'Ansi').SetImplementationFlags('PreserveSig')
$type.DefinePInvokeMethod('csa_call_cancel', $library, 'Public, Static, PinvokeImpl', 'Standard', [int], [type[]] @([ulong]), 'Cdecl', 'Ansi').SetImplementationFlags('PreserveSig')
$type.DefinePInvokeMethod('csa_close', $library, 'Public, Static, PinvokeImpl', 'Standard', [int], [type[]] @([ulong]), 'Cdecl', 'Ansi').SetImplementationFlags('PreserveSig')
$type.DefinePInvokeMethod('csa_buf_free', $library, 'Public, Static, PinvokeImpl', 'Standard', [void], [type[]] @($CsaBuf), 'Cdecl', 'Ansi').SetImplementationFlags('PreserveSig')
$script:CsaNative = $type.CreateType()

$script:CSA_ABI_VERSION = 1
$script:CSA_OK = 0
$script:CSA_END = 1
$script:CSA_PENDING = 2
$script:CSA_ARG = -1
$script:CSA_HANDLE = -2
$script:CSA_CANCELLED = -3
$script:CSA_FAILED = -4
$script:CSA_PANIC = -5
$script:CSA_FORKED = -6
