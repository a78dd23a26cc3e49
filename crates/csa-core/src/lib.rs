//! Custom security attributes (CSA) of Microsoft Entra: the model, the wire format, the filters and the Graph client.
//!
//! A request flows straight down the modules: [`attribute`] (names, types, values) -> [`assignment`] (what a
//! target holds, what shall change) -> [`wire`] (the `customSecurityAttributes` JSON) -> [`filter`] (`$filter`) ->
//! [`graph`] (requests, retries, paging) -> [`operations`] (what the ABI can ask for).
//!
//! This crate knows no C, no PowerShell and no Python.

#![forbid(unsafe_code)]

pub mod assignment;
pub mod attribute;
pub mod error;
pub mod filter;
pub mod graph;
pub mod operations;
pub mod wire;

pub use error::{Error, ErrorCode, Result};
