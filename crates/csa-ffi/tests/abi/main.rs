//! The C ABI, tested through its exported functions, and by a C program.

#![allow(clippy::unwrap_used)]

mod fork;
mod header;
mod lifecycle;
mod operations;
mod sign_in;
mod support;
mod vectors;

#[cfg(unix)]
mod bulk;
mod c_program;
