# Written by `cargo xtask bindings` from the ABI of entra-csa. Do not edit.
#
# Makes the functions of $library callable as static methods of $CsaNative, by emitting one P/Invoke method a line: its name,
# the library, flags, what it returns, the types of its parameters. One call after the other, without functions, loops and
# tables: that is what PowerShell runs soonest, and every import waits for it.
#   0x100109  public, sequential layout, sealed, before field init    6      a public field
#   0x181     public, abstract, sealed                                0x2016 public, static, P/Invoke
#   1, 2, 2   standard, cdecl, ANSI                                   128    PreserveSig: the result is no COM HRESULT
$module = [System.Reflection.Emit.AssemblyBuilder]::DefineDynamicAssembly('EntraCsa.Native', 1).DefineDynamicModule('EntraCsa.Native')

$type = $module.DefineType('CsaBuf', 0x100109, [System.ValueType])
$null = $type.DefineField('ptr', [IntPtr], 6)
$null = $type.DefineField('len', [ulong], 6)
$script:CsaBuf = $type.CreateType()
$CsaBufRef = $CsaBuf.MakeByRefType()

$type = $module.DefineType('CsaStr', 0x100109, [System.ValueType])
$null = $type.DefineField('ptr', [IntPtr], 6)
$null = $type.DefineField('len', [ulong], 6)
$script:CsaStr = $type.CreateType()
$CsaStrRef = $CsaStr.MakeByRefType()
$ulongRef = [ulong].MakeByRefType()

$type = $module.DefineType('CsaNative', 0x181, [object])
$type.DefinePInvokeMethod('csa_abi_version', $library, 0x2016, 1, [uint], [type[]] @(), 2, 2).SetImplementationFlags(128)
$type.DefinePInvokeMethod('csa_info', $library, 0x2016, 1, [int], [type[]] @($CsaBufRef), 2, 2).SetImplementationFlags(128)
$type.DefinePInvokeMethod('csa_client_open', $library, 0x2016, 1, [int], [type[]] @($CsaStr, $ulongRef, $CsaBufRef), 2, 2).SetImplementationFlags(128)
$type.DefinePInvokeMethod('csa_call_start', $library, 0x2016, 1, [int], [type[]] @([ulong], $CsaStr, $ulongRef, $CsaBufRef), 2, 2).SetImplementationFlags(128)
$type.DefinePInvokeMethod('csa_call_next', $library, 0x2016, 1, [int], [type[]] @([ulong], [uint], $CsaBufRef), 2, 2).SetImplementationFlags(128)
$type.DefinePInvokeMethod('csa_call_cancel', $library, 0x2016, 1, [int], [type[]] @([ulong]), 2, 2).SetImplementationFlags(128)
$type.DefinePInvokeMethod('csa_close', $library, 0x2016, 1, [int], [type[]] @([ulong]), 2, 2).SetImplementationFlags(128)
$type.DefinePInvokeMethod('csa_buf_free', $library, 0x2016, 1, [void], [type[]] @($CsaBuf), 2, 2).SetImplementationFlags(128)
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
