# Lends a text, or its UTF-8 bytes, which are wiped, to one native call and takes over the buffer it writes. $Call gets the struct of the text and a reference to
# the struct of the buffer, and answers the code. Gives Code and Text.
function Invoke-CsaNative {
    param([AllowEmptyString()] [string] $Text, [byte[]] $Bytes, [scriptblock] $Call)

    # Strict: half a surrogate pair is an error, not a question mark in the directory.
    if ($null -eq $Bytes) { $Bytes = [System.Text.UTF8Encoding]::new($false, $true).GetBytes($Text) }
    $pin = [System.Runtime.InteropServices.GCHandle]::Alloc($Bytes, [System.Runtime.InteropServices.GCHandleType]::Pinned)
    $buffer = [Activator]::CreateInstance($script:CsaBuf)
    try {
        $lent = [Activator]::CreateInstance($script:CsaStr)
        $lent.ptr = $pin.AddrOfPinnedObject()
        $lent.len = $Bytes.Length
        $code = & $Call $lent ([ref] $buffer)
        [pscustomobject]@{ Code = $code; Text = Read-CsaBuffer $buffer }
    }
    finally {
        $pin.Free()
        [Array]::Clear($Bytes)
        $script:CsaNative::csa_buf_free($buffer)
    }
}

function Read-CsaBuffer {
    param($Buffer)

    if ($Buffer.ptr -eq [IntPtr]::Zero) { return '' }
    [System.Runtime.InteropServices.Marshal]::PtrToStringUTF8($Buffer.ptr, $Buffer.len)
}
