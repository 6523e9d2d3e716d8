//! A connection as somebody, for one command.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use sabt_proto::api::v1 as api;
use sabt_server::config::Config;

use crate::args::ConnectArgs;
use crate::cast::Player;
use crate::client::{Client, Credentials};
use crate::error::CliError;
use crate::keys::Keys;
use crate::sign::Author;

/// A connection as somebody.
#[derive(Debug)]
pub struct Session {
    /// The connection.
    pub client: Client,
    /// Name of the registry.
    pub registry: String,
    /// Name of the caller.
    pub caller: String,
    dir: PathBuf,
}

impl Session {
    /// Connects, as the one whose work it is if the command line does not say otherwise.
    ///
    /// # Errors
    /// [`CliError`] if certificates or configuration are missing, or nobody answers.
    pub async fn open(args: &ConnectArgs, usual: Player) -> Result<Self, CliError> {
        let caller = args.caller.clone().unwrap_or_else(|| usual.name.to_owned());
        let (server, registry) = match (&args.server, &args.registry) {
            (Some(server), Some(registry)) => (server.clone(), registry.clone()),
            (server, registry) => {
                let config = Config::load(&args.dir)?;
                let own = || address(&config);
                (
                    server.clone().unwrap_or_else(own),
                    registry.clone().unwrap_or_else(|| config.registry.clone()),
                )
            }
        };
        let credentials = Credentials::from_directory(&args.dir, &caller)?;
        let client = Client::connect(&server, &credentials).await?;
        Ok(Self {
            client,
            registry,
            caller,
            dir: args.dir.clone(),
        })
    }

    /// The author of this name, by default the caller.
    ///
    /// # Errors
    /// [`CliError`] if there is no such key.
    pub fn author(&self, name: Option<&str>) -> Result<Author, CliError> {
        let key = Keys::of(&self.dir).author(name.unwrap_or(&self.caller))?;
        Author::new(key, &self.registry)
    }

    /// Hands one signed act in; returns its receipt.
    ///
    /// # Errors
    /// [`CliError`] if the act is refused, or the registry does not answer.
    pub async fn submit(&self, signed: api::SignedAct) -> Result<api::Receipt, CliError> {
        let request = api::SubmitActRequest {
            signed_act: Some(signed),
        };
        let answer = self.client.registry().submit_act(request).await?;
        answer
            .into_inner()
            .receipt
            .ok_or_else(|| CliError::Otherwise("the registry sent no receipt".to_owned()))
    }
}

/// Where a client on the same machine reaches the server: a server that listens on every address is
/// reached on loopback.
fn address(config: &Config) -> String {
    let mut address = config.listen;
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address.to_string()
}
