# Written by `cargo xtask bindings` from the ABI of entra-csa. Do not edit.
@{
    Constants = [ordered]@{
        CSA_ABI_VERSION = 1
        CSA_OK = 0
        CSA_END = 1
        CSA_PENDING = 2
        CSA_ARG = -1
        CSA_HANDLE = -2
        CSA_CANCELLED = -3
        CSA_FAILED = -4
        CSA_PANIC = -5
        CSA_FORKED = -6
    }
    Structs = [ordered]@{
        CsaBuf = [ordered]@{ ptr = 'System.IntPtr'; len = 'System.UInt64' }
        CsaStr = [ordered]@{ ptr = 'System.IntPtr'; len = 'System.UInt64' }
    }
    Functions = [ordered]@{
        csa_abi_version = @{ Returns = 'System.UInt32'; Parameters = [ordered]@{ } }
        csa_info = @{ Returns = 'System.Int32'; Parameters = [ordered]@{ result = 'CsaBuf&' } }
        csa_client_open = @{ Returns = 'System.Int32'; Parameters = [ordered]@{ config = 'CsaStr'; client = 'System.UInt64&'; result = 'CsaBuf&' } }
        csa_call_start = @{ Returns = 'System.Int32'; Parameters = [ordered]@{ client = 'System.UInt64'; request = 'CsaStr'; call = 'System.UInt64&'; result = 'CsaBuf&' } }
        csa_call_next = @{ Returns = 'System.Int32'; Parameters = [ordered]@{ call = 'System.UInt64'; timeout_ms = 'System.UInt32'; result = 'CsaBuf&' } }
        csa_call_cancel = @{ Returns = 'System.Int32'; Parameters = [ordered]@{ call = 'System.UInt64' } }
        csa_close = @{ Returns = 'System.Int32'; Parameters = [ordered]@{ handle = 'System.UInt64' } }
        csa_buf_free = @{ Returns = 'System.Void'; Parameters = [ordered]@{ buf = 'CsaBuf' } }
    }
}
