//! What the machine itself can do at most: everything else is measured beside it.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use sabt_benches::Outcome;
use sabt_benches::callers::{Seen, drive};
use sabt_cli::client::{Client, Credentials};
use sabt_cli::pki::{self, Pair};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Channel, Identity, Server, ServerTlsConfig};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::Settings;
use super::child::{Child, serve_until_told};

/// Bytes of a zero-filled file that is written over.
const FILE_BYTES: usize = 16 * 1024 * 1024;

/// Bytes written before each sync: a frame of one record.
const WRITE_BYTES: usize = 1024;

/// Syncs measured.
const SYNCS: usize = 2_000;

/// Median of `fdatasync` after writing one frame over zeros that are on the disk already, as the journal does.
#[expect(
    clippy::disallowed_methods,
    reason = "what is measured is the sync itself"
)]
pub(crate) fn sync(scratch: &Path) -> Outcome<Duration> {
    let path = scratch.join("sync");
    let mut file = File::options()
        .create(true)
        .truncate(true)
        .read(true)
        .write(true)
        .open(&path)?;
    file.write_all(&vec![0; FILE_BYTES])?;
    file.sync_all()?;
    let mut took = Vec::with_capacity(SYNCS);
    for number in 0..SYNCS {
        let offset = number * WRITE_BYTES % FILE_BYTES;
        let begun = Instant::now();
        file.write_all_at(&[0x5a; WRITE_BYTES], offset as u64)?;
        file.sync_data()?;
        took.push(begun.elapsed());
    }
    drop(file);
    std::fs::remove_file(&path)?;
    took.sort_unstable();
    Ok(took[SYNCS / 2])
}

/// A service that answers at once, over the same mutual TLS, asked by so many callers.
pub(crate) async fn echo(
    settings: &Settings,
    server: &Child,
    callers: usize,
    calls: usize,
) -> Outcome<Seen> {
    let credentials = Credentials::from_directory(&settings.registry(), "registrar")?;
    let channels = channels(&server.address, &credentials, callers).await?;
    drive(callers, calls, Some(server.process()), move |caller, _| {
        let channel = channels[caller % channels.len()].clone();
        async move {
            let request = HealthCheckRequest {
                service: String::new(),
            };
            HealthClient::new(channel).check(request).await?;
            Ok(())
        }
    })
    .await
}

/// The echo server, with the certificates of a registry.
pub(crate) async fn serve_echo(directory: &Path) -> Outcome<()> {
    let pki = pki::directory(directory);
    let own = Pair::read(&pki.join("server"))?;
    let authority = std::fs::read_to_string(pki.join("ca.pem"))?;
    let tls = ServerTlsConfig::new()
        .identity(Identity::from_pem(&own.certificate, own.key.as_bytes()))
        .client_ca_root(Certificate::from_pem(authority));
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse()?)?.with_nodelay(Some(true));
    let address = incoming.local_addr()?;
    let (_reporter, health) = tonic_health::server::health_reporter();
    let server = Server::builder().tls_config(tls)?.add_service(health);
    let until = serve_until_told(address);
    server.serve_with_incoming_shutdown(incoming, until).await?;
    Ok(())
}

/// Callers that share a connection: HTTP/2 takes many, but one connection is one core's work.
const CALLERS_PER_CONNECTION: usize = 8;

/// Connections for so many callers.
pub(crate) async fn channels(
    address: &str,
    credentials: &Credentials,
    callers: usize,
) -> Outcome<Vec<Channel>> {
    let mut channels = Vec::new();
    for _ in 0..callers.div_ceil(CALLERS_PER_CONNECTION) {
        channels.push(Client::connect(address, credentials).await?.channel());
    }
    Ok(channels)
}
