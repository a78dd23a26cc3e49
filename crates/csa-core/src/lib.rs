//! Custom security attributes (CSA) of Microsoft Entra: the model, the wire format, the filters and the Graph client.
//!
//! A request flows straight down the modules: [`attribute`] (names, types, values) -> [`assignment`] (what a
//! target holds, what shall change) -> [`wire`] (the `customSecurityAttributes` JSON) -> [`filter`] (`$filter`) ->
//! [`definition`] (what the tenant has, which values fit) -> [`graph`] (requests, batches, pacing, retries, paging; tokens from
//! [`sign_in`], both over [`http`]) -> [`bulk`] (many changes: their order, their journal) -> [`operations`] (what the ABI can ask for).
//!
//! This crate knows no C, no PowerShell and no Python.

#![forbid(unsafe_code)]

pub mod assignment;
pub mod attribute;
pub mod bulk;
pub mod definition;
pub mod error;
pub mod filter;
pub mod frame;
pub mod graph;
pub mod http;
pub mod operations;
pub mod sign_in;
pub mod wire;

pub use error::{Error, ErrorCode, Result};
