//! Bytes that cross the boundary.

use std::{ptr, slice, str};

use interoptopus::ffi_type;
use serde::Serialize;

/// Bytes that the caller lends for the call: UTF-8, no NUL needed.
#[ffi_type]
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct CsaStr {
    /// The first byte; may be NULL if `len` is 0.
    pub ptr: *const u8,
    /// How many bytes.
    pub len: u64,
}

/// Bytes that the library gives away: free them once with `csa_buf_free`.
#[ffi_type]
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct CsaBuf {
    /// The first byte; NULL if there are none.
    pub ptr: *mut u8,
    /// How many bytes.
    pub len: u64,
}

impl CsaStr {
    /// The text, or what is wrong with it.
    pub(crate) fn text(&self) -> Result<&str, String> {
        if self.len == 0 {
            return Ok("");
        }
        if self.ptr.is_null() {
            return Err("is NULL".to_owned());
        }
        let len = usize::try_from(self.len)
            .ok()
            .filter(|len| *len <= isize::MAX as usize);
        let len = len.ok_or("is longer than memory")?;
        // SAFETY: the caller promises `len` readable bytes at `ptr` for the time of the call, and `self` lives no longer.
        let bytes = unsafe { slice::from_raw_parts(self.ptr, len) };
        str::from_utf8(bytes)
            .map_err(|error| format!("is not UTF-8 at byte {}", error.valid_up_to()))
    }
}

impl CsaBuf {
    pub(crate) const EMPTY: Self = Self {
        ptr: ptr::null_mut(),
        len: 0,
    };

    pub(crate) fn bytes(bytes: Vec<u8>) -> Self {
        if bytes.is_empty() {
            return Self::EMPTY;
        }
        let len = bytes.len() as u64;
        Self {
            ptr: Box::into_raw(bytes.into_boxed_slice()).cast(),
            len,
        }
    }

    pub(crate) fn json(value: &impl Serialize) -> Self {
        // What is written here has text keys and no failing Serialize; an empty buffer is still a valid answer.
        Self::bytes(serde_json::to_vec(value).unwrap_or_default())
    }

    pub(crate) fn free(self) {
        if !self.ptr.is_null() {
            let bytes = ptr::slice_from_raw_parts_mut(self.ptr, self.len as usize);
            // SAFETY: the caller promises that this library wrote the buffer (`bytes`, above) and that it is freed once.
            drop(unsafe { Box::from_raw(bytes) });
        }
    }
}
