//! Serves the tiles of a synthetic registry over HTTPS, straight from its segments.
//!
//! A registry's own endpoint serves whom it knows and records who took what; a synthetic registry cannot record
//! anything, for nobody can open it. What is served is the same, made in the same way: entries and leaves from the
//! segments, roots of whole runs from memory.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use sabt_chain::frame::Frame;
use sabt_chain::segment::SEGMENT_HEADER_BYTES;
use sabt_chain::tile::{
    ClearPayload, TileCoordinate, TilePath, encode_clear, encode_entries, encode_hashes,
};
use sabt_chain::{Hash, LedgerName};

use super::Outcome;

/// Leaves of a run: the width of a whole tile.
const RUN: u64 = 256;

/// Levels of the tree in a level of tiles.
const TILE_HEIGHT: u8 = 8;

/// Where to serve, and as whom.
pub(crate) struct Address {
    pub(crate) listen: SocketAddr,
    /// PEM of the certificate.
    pub(crate) certificate: PathBuf,
    /// PEM of its key.
    pub(crate) key: PathBuf,
}

/// The records of a registry, ready to be served.
struct Served {
    directory: PathBuf,
    events: Ledger,
    disclosures: Ledger,
    /// Requests answered, and bytes of their bodies.
    requests: AtomicU64,
    bytes: AtomicU64,
}

/// Where the runs of a ledger stand.
struct Ledger {
    segments: Vec<PathBuf>,
    /// For each run, the frame that holds its first record.
    runs: Vec<Place>,
    /// For each level of tiles above the leaves, the hashes there are.
    levels: Vec<Vec<Hash>>,
}

/// A frame: the index of its segment, its offset, and the position of its first record.
#[derive(Clone, Copy)]
struct Place {
    segment: usize,
    offset: u64,
    first: u64,
}

/// One record of a run.
struct Record {
    envelope: Vec<u8>,
    /// The payload of a record that is stored in the clear.
    clear: Option<Vec<u8>>,
}

/// Serves until it is killed.
pub(crate) fn serve(directory: &Path, address: &Address) -> Outcome<()> {
    let certificates = CertificateDer::pem_file_iter(&address.certificate)?;
    let config = ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()?
    .with_no_client_auth()
    .with_single_cert(
        certificates.collect::<Result<_, _>>()?,
        PrivateKeyDer::from_pem_file(&address.key)?,
    )?;
    let config = Arc::new(config);
    let served = Arc::new(Served {
        directory: directory.to_owned(),
        events: Ledger::index(&directory.join(LedgerName::Events.as_str()))?,
        disclosures: Ledger::index(&directory.join(LedgerName::Disclosures.as_str()))?,
        requests: AtomicU64::new(0),
        bytes: AtomicU64::new(0),
    });
    let listener = TcpListener::bind(address.listen)?;
    println!("listening on {}", listener.local_addr()?);
    for stream in listener.incoming() {
        let (served, config) = (Arc::clone(&served), Arc::clone(&config));
        let stream = stream?;
        thread::spawn(move || {
            // Whoever reads closes the connection when done.
            let _ended = served.converse(stream, config);
            println!(
                "{} requests answered with {} bytes",
                served.requests.load(Ordering::Relaxed),
                served.bytes.load(Ordering::Relaxed)
            );
        });
    }
    Ok(())
}

impl Served {
    /// Answers the requests of one connection.
    fn converse(&self, stream: TcpStream, config: Arc<ServerConfig>) -> Outcome<()> {
        stream.set_nodelay(true)?;
        let tls = StreamOwned::new(ServerConnection::new(config)?, stream);
        let mut reader = BufReader::new(tls);
        loop {
            let mut request = String::new();
            if reader.read_line(&mut request)? == 0 {
                return Ok(());
            }
            let mut header = String::from("-");
            while !header.trim_end().is_empty() {
                header.clear();
                reader.read_line(&mut header)?;
            }
            let path = request.split(' ').nth(1).unwrap_or_default();
            let body = self.body(path)?;
            let status = if body.is_some() {
                "200 OK"
            } else {
                "404 Not Found"
            };
            let body = body.unwrap_or_default();
            self.requests.fetch_add(1, Ordering::Relaxed);
            self.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
            let length = body.len();
            let mut answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n").into_bytes();
            answer.extend_from_slice(&body);
            reader.get_mut().write_all(&answer)?;
            reader.get_mut().flush()?;
        }
    }

    fn body(&self, path: &str) -> Outcome<Option<Vec<u8>>> {
        let Some((ledger, rest)) = path.trim_start_matches('/').split_once('/') else {
            return Ok(None);
        };
        let ledger = match ledger {
            "events" => &self.events,
            "disclosures" => &self.disclosures,
            _ => return Ok(None),
        };
        if rest == "checkpoint" {
            return Ok(Some(fs::read(self.directory.join(&path[1..]))?));
        }
        match rest.parse() {
            Ok(path) => ledger.tile(path),
            Err(_) => Ok(None),
        }
    }
}

impl Ledger {
    /// Reads all segments once.
    fn index(directory: &Path) -> Outcome<Self> {
        let entries = fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path()));
        let mut segments: Vec<_> = entries.collect::<Result<_, _>>()?;
        segments.retain(|path| path.extension().is_some_and(|suffix| suffix == "seg"));
        segments.sort_unstable();
        let (mut runs, mut roots, mut leaves) = (Vec::new(), Vec::new(), Vec::new());
        let mut position = 0;
        for (segment, path) in segments.iter().enumerate() {
            let bytes = fs::read(path)?;
            let mut offset = SEGMENT_HEADER_BYTES;
            while let Ok(frame) = Frame::parse(&bytes[offset..]) {
                let place = Place {
                    segment,
                    offset: offset as u64,
                    first: position,
                };
                for record in frame.records() {
                    if position % RUN == 0 {
                        runs.push(place);
                    }
                    leaves.push(Hash::leaf(record.envelope_bytes));
                    position += 1;
                    if leaves.len() as u64 == RUN {
                        roots.push(root(std::mem::take(&mut leaves)));
                    }
                }
                offset += frame.bytes().len();
            }
        }
        let mut levels = Vec::new();
        while !roots.is_empty() {
            let whole = roots.chunks_exact(256).map(|run| root(run.to_vec()));
            let above = whole.collect();
            levels.push(std::mem::replace(&mut roots, above));
        }
        Ok(Self {
            segments,
            runs,
            levels,
        })
    }

    fn tile(&self, path: TilePath) -> Outcome<Option<Vec<u8>>> {
        let (index, width) = match path {
            TilePath::Hashes(tile) if tile.level.get() == 0 => (tile.index, tile.width),
            TilePath::Hashes(tile) => return Ok(self.hashes(tile)),
            TilePath::Entries(run) | TilePath::Clear(run) => (run.index, run.width),
        };
        let Some(records) = self.records(index, u64::from(width.get()))? else {
            return Ok(None);
        };
        let envelopes = || records.iter().map(|record| record.envelope.as_slice());
        Ok(Some(match path {
            TilePath::Hashes(_) => {
                let leaves: Vec<_> = envelopes().map(Hash::leaf).collect();
                encode_hashes(&leaves)
            }
            TilePath::Entries(_) => encode_entries(envelopes())?,
            TilePath::Clear(_) => {
                encode_clear((0..=u8::MAX).zip(&records).filter_map(|(index, record)| {
                    let bytes = record.clear.as_deref()?;
                    Some(ClearPayload { index, bytes })
                }))?
            }
        }))
    }

    /// A tile above the leaves.
    fn hashes(&self, tile: TileCoordinate) -> Option<Vec<u8>> {
        let level = self.levels.get(usize::from(tile.level.get()) - 1)?;
        let first = usize::try_from(tile.index.checked_mul(RUN)?).ok()?;
        let end = first.checked_add(usize::from(tile.width.get()))?;
        Some(encode_hashes(level.get(first..end)?))
    }

    /// The first `width` records of a run; `None` if there are not so many.
    fn records(&self, index: u64, width: u64) -> Outcome<Option<Vec<Record>>> {
        let Some(place) = usize::try_from(index).ok().and_then(|at| self.runs.get(at)) else {
            return Ok(None);
        };
        let skipped = index * RUN - place.first;
        let mut records = Vec::new();
        let (mut segment, mut offset) = (place.segment, place.offset);
        let wanted = usize::try_from(skipped + width)?;
        while records.len() < wanted {
            let Some(path) = self.segments.get(segment) else {
                return Ok(None);
            };
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(offset))?;
            let mut bytes = Vec::new();
            // Two frames of 256 records, as they are written.
            file.take(1024 * 1024).read_to_end(&mut bytes)?;
            let mut rest = bytes.as_slice();
            while let Ok(frame) = Frame::parse(rest) {
                let taken = frame.records().map(|record| Record {
                    envelope: record.envelope_bytes.to_vec(),
                    clear: record
                        .envelope
                        .kind
                        .is_clear()
                        .then(|| record.sealed.to_vec()),
                });
                records.extend(taken.take(wanted - records.len()));
                rest = &rest[frame.bytes().len()..];
                if records.len() == wanted {
                    break;
                }
            }
            segment += 1;
            offset = SEGMENT_HEADER_BYTES as u64;
        }
        records.drain(..usize::try_from(skipped)?);
        Ok(Some(records))
    }
}

/// The root over a whole tile.
fn root(mut hashes: Vec<Hash>) -> Hash {
    for _ in 0..TILE_HEIGHT {
        let (pairs, _) = hashes.as_chunks::<2>();
        hashes = pairs
            .iter()
            .map(|[left, right]| Hash::node(left, right))
            .collect();
    }
    hashes[0]
}
