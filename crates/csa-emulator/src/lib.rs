//! A local, stateful Microsoft Graph for custom security attributes, for tests and for the sandbox.
//!
//! It answers as `graph.microsoft.com` does, for users, service principals, attribute sets, definitions, allowed values and
//! `$batch`. What the service's documentation leaves open is a switch in [`Quirks`]. Any Graph client can use it:
//!
//! ```
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
//! let emulator = csa_emulator::start(csa_emulator::Options::default()).await.unwrap();
//! assert!(emulator.graph_root().starts_with("http://127.0.0.1:"));
//! # });
//! ```
//!
//! Beside Graph's own paths it has `GET` and `DELETE /emulator/requests` (what it got, what it answered), `GET` and `DELETE
//! /emulator/use` (counts of requests, reads, writes, resource units and refusals for too many), `POST /emulator/faults` (see
//! [`Fault`]), `PUT /emulator/tokens` (see [`Token`]) and `PUT /emulator/hostility` (see [`Hostility`]).
//! With the feature `sign-in` (a default one; the sandbox goes without) it is a token endpoint too (see [`Directory`]) and speaks https.

#![forbid(unsafe_code)]
// A refusal is a reply like any other: both arms of these results are answers to send.
#![allow(clippy::result_large_err)]

mod access;
mod assign;
mod batch;
mod call;
mod definitions;
mod faults;
mod hostility;
mod http;
mod objects;
mod query;
mod quirks;
mod record;
mod router;
mod seed;
#[cfg(feature = "sign-in")]
mod sign_in;
mod store;
#[cfg(feature = "sign-in")]
mod tls;
mod usage;

pub use access::Token;
pub use faults::Fault;
pub use hostility::{Hostility, Quota};
pub use http::{start, Emulator, Options};
pub use quirks::{FilterOutcome, Quirks};
pub use seed::Seed;
#[cfg(feature = "sign-in")]
pub use sign_in::{Application, Directory, Federated, GitHub, Identity, Person};
