//! One ledger on its way from signed to published.

use std::time::Instant;

use sabt_chain::Size;
use sabt_chain::note::{SignerKey, TrustedKeys};
use tokio::sync::watch;

use super::log::Signed;
use super::panel::Panel;
use super::{CheckpointError, Published};

/// A ledger, what was signed of it, and what anybody may see.
pub(super) struct Publication {
    signed: Signed,
    announce: watch::Sender<Option<Published>>,
}

impl Publication {
    /// Goes on where an earlier process stopped. What that published is shown from the start, if it has the quorum
    /// of the present policy; else it is shown again when it has.
    ///
    /// # Errors
    /// [`CheckpointError::Published`], if a cosignature in the published checkpoint does not verify.
    pub(super) fn resume(
        signed: Signed,
        panel: &mut Panel,
        trusted: &TrustedKeys,
    ) -> Result<Self, CheckpointError> {
        let mut shown = None;
        if let Some(published) = signed.published() {
            let Some(quorum) = panel.resume(signed.name(), published, trusted) else {
                let path = signed.checkpoint_file();
                return Err(CheckpointError::Published { path });
            };
            shown = quorum.then(|| published.clone());
        }
        Ok(Self {
            signed,
            announce: watch::Sender::new(shown),
        })
    }

    /// What was signed.
    pub(super) const fn signed(&self) -> &Signed {
        &self.signed
    }

    /// The newest checkpoint that anybody may see.
    pub(super) fn shown(&self) -> Option<Published> {
        self.announce.borrow().clone()
    }

    /// Whoever waits for the next one.
    pub(super) fn subscribe(&self) -> watch::Receiver<Option<Published>> {
        self.announce.subscribe()
    }

    /// Signs what has come, puts it into the lock, and only then lets the witnesses have it.
    ///
    /// # Errors
    /// As [`Signed::prepare`] and [`Signed::take_lock`].
    pub(super) fn sign(
        &mut self,
        panel: &mut Panel,
        governed: Size,
        trusted: &TrustedKeys,
        keys: impl FnOnce() -> Result<Vec<SignerKey>, CheckpointError>,
        now: Instant,
    ) -> Result<(), CheckpointError> {
        if let Some(prepared) = self.signed.prepare(governed, keys)? {
            self.signed.take_lock(prepared)?;
        }
        match self.signed.newest() {
            Some(newest) => panel.signed(self.signed.name(), newest, trusted, now),
            None => Ok(()),
        }
    }

    /// Publishes the newest checkpoint that has its quorum, and then tells everybody who waits.
    ///
    /// # Errors
    /// As [`Panel::ready`] and [`Signed::publish`].
    pub(super) fn publish(
        &mut self,
        panel: &mut Panel,
        now: Instant,
    ) -> Result<(), CheckpointError> {
        let Some(ready) = panel.ready(self.signed.name())? else {
            return Ok(());
        };
        if self.announce.borrow().as_ref() == Some(&ready) {
            return Ok(());
        }
        // After a restart it may stand published already, word for word.
        if self.signed.published() != Some(&ready) {
            self.signed.publish(&ready)?;
        }
        panel.published(self.signed.name(), &ready, now);
        self.announce.send_replace(Some(ready));
        Ok(())
    }

    /// Whether the newest checkpoint in the lock is published.
    pub(super) fn is_all_published(&self) -> bool {
        let size = |checkpoint: Option<&Published>| checkpoint.map(|checkpoint| checkpoint.size);
        size(self.signed.newest()) == size(self.announce.borrow().as_ref())
    }
}
