# Lends a text to one native call and takes over the buffer it writes. $Call gets the struct of the text and a reference to
# the struct of the buffer, and answers the code. Gives Code and Text.
function Invoke-CsaNative {
    param([AllowEmptyString()] [string] $Text, [scriptblock] $Call)

    # Strict: half a surrogate pair is an error, not a question mark in the directory.
    $bytes = [System.Text.UTF8Encoding]::new($false, $true).GetBytes($Text)
    $pin = [System.Runtime.InteropServices.GCHandle]::Alloc($bytes, [System.Runtime.InteropServices.GCHandleType]::Pinned)
    $buffer = [Activator]::CreateInstance($script:CsaBuf)
    try {
        $lent = [Activator]::CreateInstance($script:CsaStr)
        $lent.ptr = $pin.AddrOfPinnedObject()
        $lent.len = $bytes.Length
        $code = & $Call $lent ([ref] $buffer)
        [pscustomobject]@{ Code = $code; Text = Read-CsaBuffer $buffer }
    }
    finally {
        $pin.Free()
        [Array]::Clear($bytes)
        $script:CsaNative::csa_buf_free($buffer)
    }
}

function Read-CsaBuffer {
    param($Buffer)

    if ($Buffer.ptr -eq [IntPtr]::Zero) { return '' }
    [System.Runtime.InteropServices.Marshal]::PtrToStringUTF8($Buffer.ptr, $Buffer.len)
}
