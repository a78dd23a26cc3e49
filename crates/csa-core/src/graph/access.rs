//! What this sign-in may do, as far as that can be told without changing anything.

use super::definitions::SETS;
use super::{Client, Request};
use crate::error::ErrorCode;
use crate::sign_in::{Held, Right, Sight};

impl Client {
    /// Whether `null` from the service means "nothing assigned": by the token, and where that doesn't settle it by one probe a
    /// client, which reads an attribute set.
    ///
    /// A role that lets its bearer see assignments lets them see attribute sets too. So a refusal to somebody with the
    /// permission for definitions shows that there is no such role. An answer shows a role, unless the token lists the
    /// tenant-wide ones: then it may come from a role for single sets, and stays unknown.
    ///
    /// Source: <https://learn.microsoft.com/entra/fundamentals/custom-security-attributes-manage>
    pub async fn settled_sight(&self) -> Sight {
        if self.sight() != Sight::Unknown {
            return self.sight();
        }
        let claims = self.claims();
        match self.reads(SETS).await {
            Some(true) if claims.held(Right::READ_ASSIGNMENTS) == Held::RoleUnknown => Sight::Full,
            Some(false) if lacks_only_role(claims.held(Right::READ_DEFINITIONS)) => Sight::None,
            _ => Sight::Unknown,
        }
    }

    /// Whether the first object of a list can be read; `None` if that can't be told. Asked once a client.
    pub(crate) async fn reads(&self, path: &'static str) -> Option<bool> {
        let mut probes = self.inner.probes.lock().await;
        if let Some(known) = probes.get(path) {
            return Some(*known);
        }
        let request = Request::get(path).query("$select", "id").query("$top", "1");
        let outcome = match self.send(&request).await {
            Ok(_) => true,
            Err(error) if error.code() == ErrorCode::Forbidden => false,
            Err(_) => return None,
        };
        probes.insert(path, outcome);
        Some(outcome)
    }
}

fn lacks_only_role(held: Held) -> bool {
    matches!(held, Held::NoTenantRole | Held::RoleUnknown | Held::Yes)
}
