//! Where a witness is.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::Uri;

/// Longest URL of a witness, bytes.
const URL_BYTES_MAX: usize = 2_000;

/// URL of a witness: the prefix that its paths are appended to, without a slash at the end. `https`, or `http` on this
/// machine.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WitnessUrl(String);

/// Why a text cannot be the URL of a witness.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WitnessUrlError {
    /// It is no absolute URL, or longer than 2,000 bytes.
    #[error("{text:?} is no URL: write https://HOST[:PORT][/PATH]")]
    Form {
        /// The beginning of the text.
        text: String,
    },
    /// It holds a user name, a query or a fragment.
    #[error("the URL of a witness has no user name, query or fragment: paths are appended to it")]
    Extra,
    /// Its scheme is neither `https` nor `http`.
    #[error("a witness is reached by https, not by {scheme}")]
    Scheme {
        /// The scheme.
        scheme: String,
    },
    /// It is `http` to another machine.
    #[error(
        "http:// is only for witnesses on this machine: on the way to {host} anybody could say that the witness \
         remembers less than it does; write https://"
    )]
    Plain {
        /// The host.
        host: String,
    },
}

impl WitnessUrl {
    /// The URL of `path`, which begins with a slash, at the witness.
    pub(super) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// The text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WitnessUrl {
    type Err = WitnessUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || WitnessUrlError::Form {
            text: text.chars().take(80).collect(),
        };
        if URL_BYTES_MAX < text.len() {
            return Err(form());
        }
        // `Uri` drops a fragment without a word.
        if text.contains(['?', '#', '@']) {
            return Err(WitnessUrlError::Extra);
        }
        let uri: Uri = text.parse().ok().ok_or_else(form)?;
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return Err(form());
        };
        match scheme {
            "https" => {}
            "http" if is_loopback(host) => {}
            "http" => {
                return Err(WitnessUrlError::Plain {
                    host: host.to_owned(),
                });
            }
            _ => {
                return Err(WitnessUrlError::Scheme {
                    scheme: scheme.to_owned(),
                });
            }
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

impl fmt::Display for WitnessUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether `host` of a URL is this machine, without asking a name server.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}
