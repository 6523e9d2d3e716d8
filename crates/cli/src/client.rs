//! A connection to a running registry: mutual TLS, one channel, typed clients.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sabt_proto::api::v1 as api;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

use crate::files::{self, FileError};
use crate::pki::{self, Pair};

/// Largest answer accepted, bytes: one feed page or audit page.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Time to reach the server.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A certificate or key is missing.
    #[error("{source}\n  hint: `--as` takes a name under {directory}, made by `sabt init`")]
    Credentials {
        /// Where client certificates stand.
        directory: PathBuf,
        /// The cause.
        #[source]
        source: FileError,
    },
    /// The authority of the server is missing.
    #[error(transparent)]
    Authority(#[from] FileError),
    /// The address or the certificates cannot be used, or nobody answers.
    #[error("cannot connect to {server}: {reason}\n  hint: is `sabt serve` running?")]
    Transport {
        /// The address.
        server: String,
        /// The chain of causes.
        reason: String,
    },
}

/// What is needed to connect.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Certificate and key of the caller.
    pub identity: Pair,
    /// Authority that signed the server's certificate, PEM.
    pub authority: String,
}

impl Credentials {
    /// Reads the development certificates of a data directory: `keys/tls/clients/<name>`.
    pub fn from_directory(data: &Path, name: &str) -> Result<Self, ConnectError> {
        let directory = pki::directory(data);
        let clients = directory.join("clients");
        let identity =
            Pair::read(&clients.join(name)).map_err(|source| ConnectError::Credentials {
                directory: clients,
                source,
            })?;
        let authority = files::read_text(&directory.join("ca.pem"))?;
        Ok(Self {
            identity,
            authority,
        })
    }
}

/// Typed clients over one channel.
#[derive(Debug, Clone)]
pub struct Client {
    channel: Channel,
}

impl Client {
    /// Connects to `https://<server>`; the server's certificate must be good for `localhost` or its address.
    pub async fn connect(server: &str, credentials: &Credentials) -> Result<Self, ConnectError> {
        let transport = |err: &dyn std::error::Error| ConnectError::Transport {
            server: server.to_owned(),
            reason: chain(err),
        };
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(&credentials.authority))
            .identity(Identity::from_pem(
                &credentials.identity.certificate,
                credentials.identity.key.as_bytes(),
            ));
        let channel = Endpoint::from_shared(format!("https://{server}"))
            .and_then(|endpoint| endpoint.tls_config(tls))
            .map_err(|err| transport(&err))?
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .connect()
            .await
            .map_err(|err| transport(&err))?;
        Ok(Self { channel })
    }

    /// The channel, for services that have no client here.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Acts.
    pub fn registry(&self) -> api::registry_client::RegistryClient<Channel> {
        api::registry_client::RegistryClient::new(self.channel.clone())
    }

    /// Questions about persons.
    pub fn persons(&self) -> api::persons_client::PersonsClient<Channel> {
        api::persons_client::PersonsClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// The feed.
    pub fn feed(&self) -> api::feed_client::FeedClient<Channel> {
        api::feed_client::FeedClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Audit.
    pub fn audit(&self) -> api::audit_client::AuditClient<Channel> {
        api::audit_client::AuditClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Statistics.
    pub fn statistics(&self) -> api::statistics_client::StatisticsClient<Channel> {
        api::statistics_client::StatisticsClient::new(self.channel.clone())
    }

    /// Campaigns of registration.
    pub fn campaigns(&self) -> api::campaigns_client::CampaignsClient<Channel> {
        api::campaigns_client::CampaignsClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Sites.
    pub fn sites(&self) -> api::sites_client::SitesClient<Channel> {
        api::sites_client::SitesClient::new(self.channel.clone())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Operations.
    pub fn operations(&self) -> api::operations_client::OperationsClient<Channel> {
        api::operations_client::OperationsClient::new(self.channel.clone())
    }
}

fn chain(err: &dyn std::error::Error) -> String {
    let mut text = err.to_string();
    let mut source = err.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
