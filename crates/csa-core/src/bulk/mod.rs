//! What makes many changes as safe as one: their order by target ([`Queue`]), and what was asked for and done ([`Journal`]).

mod journal;
mod queue;

pub use journal::{
    canonical, digest, state_folder, Before, Header, Journal, Line, Outcome, Recorded, Replay,
};
pub use queue::Queue;
