//! Everybody, page by page: one resource unit for 999 users, where each read for itself costs one.

use serde_json::Value as Json;

use crate::graph::{Client, Pages as GraphPages, Request, TargetInfo};
use crate::operations::Holdings;
use crate::wire;

const PAGE_SIZE: u64 = 999;
const BATCH_SIZE: u64 = 20;

/// The users of the tenant, with what they hold.
pub(super) struct Pages<'a>(GraphPages<'a>);

impl<'a> Pages<'a> {
    /// If fewer requests read everybody than read so many users one by one in batches.
    pub(super) async fn if_worthwhile(client: &'a Client, users: usize) -> Option<Self> {
        let batches = users as u64 / BATCH_SIZE;
        if batches < 10 {
            return None;
        }
        let mut count = Request::get("/users/$count");
        count.eventual = true;
        let everybody = client.send(&count).await.ok()?.json().ok()?.as_u64()?;
        if batches <= everybody / PAGE_SIZE + 1 {
            return None;
        }
        // Without ConsistencyLevel: from the directory itself, not from the index, which lags behind.
        let list = Request::get("/users")
            .query(
                "$select",
                format!("id,displayName,userPrincipalName,{}", wire::PROPERTY),
            )
            .query("$top", PAGE_SIZE.to_string());
        Some(Self(GraphPages::new(client, list)))
    }

    /// The next page: each user by id and by UPN. A page that can't be read is the end: who was not seen is read alone.
    pub(super) async fn next(&mut self) -> Option<Vec<([String; 2], Holdings)>> {
        let objects = self.0.next().await.ok()??;
        let user = |object: Json| {
            let info = TargetInfo::of_object("user", &object);
            let assignments = wire::read(object.get(wire::PROPERTY)?).ok()?;
            let keys = [
                info.id.as_deref()?.to_lowercase(),
                info.user_principal_name.as_deref()?.to_lowercase(),
            ];
            Some((keys, Holdings { info, assignments }))
        };
        Some(objects.into_iter().filter_map(user).collect())
    }
}
