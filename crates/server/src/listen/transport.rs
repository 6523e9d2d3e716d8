//! What TLS rests on, read again while the server runs.
//!
//! Certificate, key, client authority and revocation lists are looked at every [`TLS_POLL`]. What has changed counts as
//! soon as two looks in a row have seen the same bytes, so that files that are being written are not taken. Files that
//! cannot be used change nothing: those read before stay in force, and the problem is logged, counted and told in the
//! status until it is mended.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use arc_swap::ArcSwap;
use rustls::pki_types::CertificateDer;
use tokio_rustls::TlsAcceptor;

use super::ClientCertificates;
use super::material::{Files, Material, TlsError, not_after, unix_time};
use super::peer::{Distrust, Verdict, outcome};
use crate::clock::Clock;
use crate::config::TlsConfig;
use crate::limits::{TLS_EXPIRY_WARNING, TLS_POLL};

/// What TLS rests on, the newest that could be used.
pub struct Transport {
    dir: PathBuf,
    tls: TlsConfig,
    clock: Clock,
    /// Digest of the files that it was opened with.
    opened: blake3::Hash,
    material: ArcSwap<Material>,
    /// How often the material was replaced.
    generation: AtomicU64,
    /// Why the newest files are not in force.
    refused: Mutex<Option<String>>,
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport")
            .field("generation", &self.generation())
            .finish_non_exhaustive()
    }
}

impl Transport {
    /// Reads the files that the configuration names. They are read again once [`Transport::watch`] was called.
    ///
    /// # Errors
    /// [`TlsError`] if one of them cannot be used.
    pub fn open(dir: &Path, tls: &TlsConfig, clock: Clock) -> Result<Arc<Self>, TlsError> {
        let files = Files::read(dir, tls)?;
        let material = Material::build(&files, dir, tls, &clock, None)?;
        Ok(Arc::new(Self {
            dir: dir.to_owned(),
            tls: tls.clone(),
            clock,
            opened: files.digest(),
            material: ArcSwap::from_pointee(material),
            generation: AtomicU64::new(0),
            refused: Mutex::new(None),
        }))
    }

    /// Looks at the files again and again, until nobody holds the transport any more.
    pub fn watch(self: &Arc<Self>) {
        let mut watcher = Watcher::of(self);
        let transport: Weak<Self> = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(TLS_POLL).await;
                let Some(transport) = transport.upgrade() else {
                    return;
                };
                let looked = tokio::task::spawn_blocking(move || {
                    watcher.look(&transport);
                    watcher
                });
                watcher = match looked.await {
                    Ok(watcher) => watcher,
                    Err(err) => {
                        tracing::error!(error = %err, "the files of TLS are not looked at any more");
                        return;
                    }
                };
            }
        });
    }

    /// An acceptor that speaks TLS 1.3 only and takes client certificates of the client authority that no list revokes.
    pub fn acceptor(&self, clients: ClientCertificates) -> TlsAcceptor {
        self.material.load().acceptor(clients).clone()
    }

    /// What is wrong with the files, for people: one cannot be used, or the validity of one is over or ends soon.
    pub fn problem(&self) -> Option<String> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.clone().or_else(|| self.ending())
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(super) fn now_micros(&self) -> i64 {
        self.clock.now_micros()
    }

    /// Judges a client's chain by what is in force, as a new handshake would.
    pub(super) fn judge(&self, chain: &[CertificateDer<'_>]) -> Verdict {
        // Read before the material: if that is replaced in between, the verdict is made anew at the next question.
        let generation = self.generation();
        let material = self.material.load();
        let outcome = match chain.split_first() {
            Some((leaf, intermediates)) => {
                let now = unix_time(&self.clock);
                let verified = material
                    .verifier
                    .verify_client_cert(leaf, intermediates, now);
                outcome(verified)
            }
            None => Err(Distrust::Unvouched),
        };
        let ends = chain.iter().map(|one| not_after(one).unwrap_or(0));
        let revocations = material.revocations.as_ref().map(super::Revocations::until);
        let until = ends.chain(revocations).min().unwrap_or(0);
        Verdict {
            generation,
            until: until.saturating_mul(1_000_000),
            outcome,
        }
    }

    /// What of that in force has ended or ends within [`TLS_EXPIRY_WARNING`].
    fn ending(&self) -> Option<String> {
        let material = self.material.load();
        let now = self.clock.now_micros() / 1_000_000;
        let warning = i64::try_from(TLS_EXPIRY_WARNING.as_secs()).unwrap_or(i64::MAX);
        let revocations = material.revocations.as_ref().map(super::Revocations::until);
        match revocations.map(|until| until.saturating_sub(now)) {
            Some(left) if left <= 0 => {
                return Some(
                    "a revocation list is past its next update: nobody is let in before there is a new one"
                        .to_owned(),
                );
            }
            Some(left) if left < warning => {
                return Some(format!(
                    "a revocation list needs its next update within {} hours: without it nobody is let in",
                    (left + 3_599) / 3_600
                ));
            }
            _ => {}
        }
        match material.certificate_until.saturating_sub(now) {
            left if left < 0 => {
                Some("the certificate of the server is past the end of its validity".to_owned())
            }
            left if left < warning => Some(format!(
                "the certificate of the server ends within {} hours",
                (left + 3_599) / 3_600
            )),
            _ => None,
        }
    }

    /// Tells the metrics until when what is in force is good.
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds since 1970 need far fewer bits than a float has"
    )]
    fn observe(&self) {
        let material = self.material.load();
        metrics::gauge!("sabt_tls_certificate_until_seconds")
            .set(material.certificate_until as f64);
        if let Some(revocations) = &material.revocations {
            metrics::gauge!("sabt_tls_revocations_until_seconds").set(revocations.until() as f64);
        }
    }

    /// Takes what was read, or leaves what was read before in force and keeps why.
    fn settle(&self, read: Result<Files, TlsError>) {
        let outcome = |outcome: &'static str| {
            metrics::counter!("sabt_tls_reloads_total", "outcome" => outcome).increment(1);
        };
        let problem = match read.and_then(|files| self.take(&files)) {
            Ok(()) => {
                outcome("taken");
                tracing::info!("certificates, key and revocation lists were read again");
                None
            }
            Err(err) => {
                outcome("refused");
                tracing::error!(error = %err, "files of TLS cannot be used: those read before stay in force");
                // Callers are told which file it is; where the directory stands is the operator's affair.
                let told = err
                    .to_string()
                    .replace(&format!("{}/", self.dir.display()), "");
                Some(format!(
                    "files of TLS cannot be used, those read before stay in force: {told}"
                ))
            }
        };
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }

    /// Takes files, or leaves those read before in force.
    fn take(&self, files: &Files) -> Result<(), TlsError> {
        let former = self.material.load();
        let new = Material::build(files, &self.dir, &self.tls, &self.clock, Some(&former))?;
        self.material.store(Arc::new(new));
        // After the material: whoever sees the new number judges by the new material.
        self.generation.fetch_add(1, Ordering::Release);
        Ok(())
    }
}

/// What a look at the files has seen.
#[derive(Clone, PartialEq, Eq)]
enum Seen {
    /// Files of this digest.
    Content(blake3::Hash),
    /// A file that cannot be read, and why.
    Unreadable(String),
}

/// Looks at the files.
pub(super) struct Watcher {
    /// What was taken or refused last.
    judged: Seen,
    /// What the last look has seen.
    last: Option<Seen>,
    /// What was warned of last.
    warned: Option<String>,
}

impl Watcher {
    /// Of the files that a transport was opened with.
    pub(super) const fn of(transport: &Transport) -> Self {
        Self {
            judged: Seen::Content(transport.opened),
            last: None,
            warned: None,
        }
    }

    /// One look.
    pub(super) fn look(&mut self, transport: &Transport) {
        let read = Files::read(&transport.dir, &transport.tls);
        let seen = match &read {
            Ok(files) => Seen::Content(files.digest()),
            Err(err) => Seen::Unreadable(err.to_string()),
        };
        // Bytes that stood through two looks are not being written.
        if seen != self.judged && self.last.as_ref() == Some(&seen) {
            self.judged = seen.clone();
            transport.settle(read);
        }
        self.last = Some(seen);
        transport.observe();
        let ending = transport.ending();
        if ending != self.warned {
            if let Some(problem) = &ending {
                tracing::warn!(problem, "TLS needs attention");
            }
            self.warned = ending;
        }
    }
}
