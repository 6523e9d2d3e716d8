//! Limits of a served witness, with their arithmetic.

use std::time::Duration;

use sabt_chain::witness::REQUEST_BYTES_MAX;

/// Longest request body, bytes. A proof has at most 2,860 bytes; 128 KiB leave room for 37 post-quantum signatures of
/// 3.3 KB, where the specification asks for 16.
pub(super) const BODY_BYTES_MAX: usize = 128 * 1024;

const _: () = assert!(BODY_BYTES_MAX <= REQUEST_BYTES_MAX);

/// Longest request line and headers, bytes.
pub(super) const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Most connections at a time; further ones wait in the listen queue. Bodies in memory: 256 x 128 KiB = 32 MiB.
pub(super) const CONNECTIONS_MAX: usize = 256;

/// How long a TLS handshake may take.
pub(super) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the head of a request may take, the time included that a kept connection is idle. Longer than the 15
/// seconds for which our client keeps one.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the body of a request may take.
pub(super) const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection may live, whatever it does: one that does not read its answers goes too.
pub(super) const CONNECTION_TIMEOUT: Duration = Duration::from_mins(10);

/// How long requests in progress may take to end when the witness is stopped.
pub(super) const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Pause after a connection could not be accepted, so that a lack of descriptors does not keep a core busy.
pub(super) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
