//! The emulator over real HTTP, as any Graph client would use it.

#![allow(clippy::unwrap_used)]

mod access;
mod batch;
mod checker;
mod client;
mod definitions;
mod filters;
mod hostility;
mod peers;
mod program;
mod protocol;
mod roundtrip;
mod sign_in;
mod support;
mod tenant;
mod writes;
