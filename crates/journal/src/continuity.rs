//! Whether a frame continues a ledger: the same check before it is written and when it is read back.

use sabt_chain::frame::{Frame, FrameError};
use sabt_chain::{ActTracker, Chain, Epoch, Hash, LedgerState};

use crate::error::FrameFault;

/// Checks that `frame` continues a ledger in `state` whose newest epoch is `epoch`, and gives the state after
/// it. Payloads are not looked at.
pub(crate) fn advance(
    chain: &Chain,
    state: &LedgerState,
    epoch: Epoch,
    frame: &Frame<'_>,
) -> Result<LedgerState, FrameFault> {
    let header = frame.header();
    let (expected, found) = (state.next_position(), header.first_position());
    if found != expected {
        return Err(FrameError::Position { expected, found }.into());
    }
    if header.epoch() < epoch {
        return Err(FrameFault::Epoch {
            expected: epoch,
            found: header.epoch(),
        });
    }
    let link = frame.check_links(chain, state.link)?;
    let mut next = LedgerState {
        link,
        ..state.clone()
    };
    let mut acts = ActTracker::new();
    let mut last = expected;
    for record in frame.records() {
        let envelope = &record.envelope;
        let position = envelope.position;
        if next
            .recorded_at
            .is_some_and(|newest| envelope.recorded_at < newest)
        {
            return Err(FrameFault::Time { position });
        }
        let part = acts.accept(envelope.act_id, envelope.part);
        part.map_err(|fault| FrameFault::Act { position, fault })?;
        next.recorded_at = Some(envelope.recorded_at);
        next.frontier.append(Hash::leaf(record.envelope_bytes));
        last = position;
    }
    let whole = acts.finish();
    whole.map_err(|fault| FrameFault::Act {
        position: last,
        fault,
    })?;
    Ok(next)
}
