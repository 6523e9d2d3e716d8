//! A small HTTP/1.1 client that sends what it is told, malformed or not.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sabt_cli::cast::Player;
use sabt_cli::pki::{self, Pair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::support::{REGISTRY, TestRegistry};

/// Longest wait for a response.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection to the endpoint for auditors.
pub(crate) struct Agent {
    stream: TlsStream<TcpStream>,
    host: String,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    headers: BTreeMap<String, String>,
}

impl Answer {
    /// The value of a header; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

impl Agent {
    /// The certificate of one of the cast.
    pub(crate) fn pair(registry: &TestRegistry, player: Player) -> Pair {
        let clients = pki::directory(registry.dir()).join("clients");
        Pair::read(&clients.join(player.name)).unwrap()
    }

    /// Connects as one of the cast, or as nobody.
    pub(crate) async fn connect(registry: &TestRegistry, player: Option<Player>) -> Self {
        let pair = player.map(|player| Self::pair(registry, player));
        Self::with(registry, pair).await
    }

    /// Connects with a certificate, or without.
    pub(crate) async fn with(registry: &TestRegistry, pair: Option<Pair>) -> Self {
        Self::at(registry, registry.audit_addr(), pair).await
    }

    /// Connects to another endpoint with the certificate of this registry.
    pub(crate) async fn at(registry: &TestRegistry, addr: SocketAddr, pair: Option<Pair>) -> Self {
        let authority = registry.authority(REGISTRY).pair().certificate.clone();
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_slice(authority.as_bytes()).unwrap();
        roots.add(authority).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(roots);
        let config = match pair {
            None => config.with_no_client_auth(),
            Some(pair) => {
                let chain = CertificateDer::pem_slice_iter(pair.certificate.as_bytes());
                let chain = chain.collect::<Result<_, _>>().unwrap();
                let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
                config.with_client_auth_cert(chain, key).unwrap()
            }
        };
        let socket = TcpStream::connect(addr).await.unwrap();
        let name = ServerName::IpAddress(addr.ip().into());
        let connector = TlsConnector::from(Arc::new(config));
        Self {
            stream: connector.connect(name, socket).await.unwrap(),
            host: addr.to_string(),
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, "").await
    }

    pub(crate) async fn head(&mut self, path: &str) -> Answer {
        self.ask("HEAD", path, "").await
    }

    /// Sends a request with further header lines, and reads the response.
    pub(crate) async fn ask(&mut self, method: &str, path: &str, headers: &str) -> Answer {
        let host = &self.host;
        let request = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\n{headers}\r\n");
        self.send(&request).await;
        let reading = self.read(method == "HEAD");
        tokio::time::timeout(PATIENCE, reading).await.unwrap()
    }

    /// Sends bytes, whole request or not.
    pub(crate) async fn send(&mut self, bytes: &str) {
        self.stream.write_all(bytes.as_bytes()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Whether the server has ended the connection.
    pub(crate) async fn is_closed(&mut self) -> bool {
        let read = tokio::time::timeout(PATIENCE, self.stream.read(&mut [0; 1])).await;
        matches!(read, Ok(Ok(0) | Err(_)))
    }

    async fn read(&mut self, bodyless: bool) -> Answer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap();
        assert!(status.starts_with("HTTP/1.1 "), "{status}");
        let status = status[9..12].parse().unwrap();
        let headers: BTreeMap<_, _> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let length = headers.get("content-length");
        let length = length.map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; if bodyless { 0 } else { length }];
        self.stream.read_exact(&mut body).await.unwrap();
        Answer {
            status,
            body,
            headers,
        }
    }
}
