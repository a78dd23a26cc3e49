//! The clouds of Microsoft: where to sign in, where Graph is.

use url::Url;

use crate::error::{Error, ErrorCode, Result};

/// A cloud of Microsoft, by the names of `Connect-MgGraph -Environment`.
///
/// Source: <https://learn.microsoft.com/graph/deployments>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// The worldwide service, GCC included.
    Global,
    /// Microsoft Graph for US Government L4 (GCC High).
    USGov,
    /// Microsoft Graph for US Government L5 (DoD).
    USGovDoD,
    /// Microsoft Graph China operated by 21Vianet.
    China,
}

impl Cloud {
    /// Every cloud.
    pub const ALL: [Self; 4] = [Self::Global, Self::USGov, Self::USGovDoD, Self::China];

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "Global",
            Self::USGov => "USGov",
            Self::USGovDoD => "USGovDoD",
            Self::China => "China",
        }
    }

    /// The cloud of that name, in any case of letters.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidRequest`].
    pub fn named(text: &str) -> Result<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|cloud| cloud.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| {
                Error::new(ErrorCode::InvalidRequest, format!("there is no cloud \"{text}\""))
                    .hint("use Global, USGov, USGovDoD or China, or give the Graph root and the authority of another one")
            })
    }

    /// The cloud that a Graph root belongs to.
    pub fn of(root: &Url) -> Option<Self> {
        let host = root.host_str()?;
        Self::ALL
            .into_iter()
            .find(|cloud| cloud.graph().strip_prefix("https://") == Some(host))
    }

    /// Where one signs in.
    pub fn authority(self) -> &'static str {
        match self {
            Self::Global => "https://login.microsoftonline.com",
            Self::USGov | Self::USGovDoD => "https://login.microsoftonline.us",
            Self::China => "https://login.chinacloudapi.cn",
        }
    }

    /// Where Graph is, without the version.
    pub fn graph(self) -> &'static str {
        match self {
            Self::Global => "https://graph.microsoft.com",
            Self::USGov => "https://graph.microsoft.us",
            Self::USGovDoD => "https://dod-graph.microsoft.us",
            Self::China => "https://microsoftgraph.chinacloudapi.cn",
        }
    }

    /// What a token of another issuer must be made out to.
    ///
    /// Source: <https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust>
    pub fn exchange_audience(self) -> &'static str {
        match self {
            Self::Global => "api://AzureADTokenExchange",
            Self::USGov | Self::USGovDoD => "api://AzureADTokenExchangeUSGov",
            Self::China => "api://AzureADTokenExchangeChina",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cloud_is_found_by_name_and_by_root() {
        for cloud in Cloud::ALL {
            assert_eq!(Cloud::named(&cloud.name().to_lowercase()), Ok(cloud));
            let root = Url::parse(&format!("{}/v1.0", cloud.graph())).unwrap();
            assert_eq!(Cloud::of(&root), Some(cloud));
        }
        assert!(Cloud::named("Germany").is_err());
        assert_eq!(
            Cloud::of(&Url::parse("http://127.0.0.1:1/v1.0").unwrap()),
            None
        );
    }
}
