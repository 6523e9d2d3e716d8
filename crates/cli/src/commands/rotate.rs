//! `sabt rotate-log-key`.

use sabt_chain::note::SignerKey;
use sabt_chain::{LedgerName, Origin, Timestamp};
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1 as api;
use sabt_server::clock::Clock;
use serde_json::json;

use crate::args::RotateLogKeyArgs;
use crate::cast;
use crate::commands::submit::receipt_json;
use crate::error::CliError;
use crate::keys::Keys;
use crate::out::Out;
use crate::rotation::{Rotations, Unfinished};
use crate::session::Session;
use crate::sign::Author;
use crate::text;

/// Microseconds of a day.
const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;

/// Lets a new key take the place of a log's key, and says what that asks of others.
///
/// # Errors
/// [`CliError`]; run again, it goes on where it stopped.
pub async fn run(args: &RotateLogKeyArgs, out: &mut Out) -> Result<(), CliError> {
    let clock = Clock::system();
    let session = Session::open(&args.connect, cast::GOVERNANCE).await?;
    let keys = Keys::of(&args.connect.dir);
    let key = match &args.governance_key {
        Some(file) => Keys::read_author(file)?,
        None => keys.author(cast::GOVERNANCE.name)?,
    };
    let authority = Author::new(key, &session.registry)?;
    let origin = Origin::new(&session.registry, args.ledger.into())?;
    let rotations = Rotations::new(&keys, origin);
    let span = i64::from(args.retire_in).saturating_mul(DAY_US);
    let retire_at = Timestamp::from_micros(clock.now_micros().saturating_add(span));
    let (recorded, receipt) = rotate(&session, &rotations, &authority, retire_at, &clock).await?;
    let public = rotations.finish(&recorded)?;

    let body = &recorded.body;
    out.json(&json!({
        "ledger": rotations.ledger().as_str(),
        "old_log_key": body.old_log_key,
        "new_log_key": body.new_log_key,
        "retire_at": body.retire_at,
        "receipt": receipt_json(&receipt)?,
    }))?;
    out.say(format!(
        "The log of {} has a new key. Until {} the old one signs as well, then the new one alone.",
        rotations.ledger(),
        text::instant(body.retire_at)
    ))?;
    out.say("")?;
    out.say(format!(
        "Publish it beside the old one ({}):",
        text::shell(&public)
    ))?;
    out.say(format!("  {}", body.new_log_key))?;
    out.say("")?;
    out.prose(DUTIES, "")?;
    Ok(())
}

/// What a rotation asks of others.
const DUTIES: &str = "Witnesses must know the new key before the old one retires: until then either signature \
     satisfies them, afterwards only the new one is there. Auditors who pinned the old key go on: the record of the \
     rotation carries its signature over the new one, and `sabt-verify` follows it. Whoever reads checkpoints by \
     other means pins both keys now and drops the old one when it has retired. Keep the file of the old key until \
     then; back up the new one as you did the old.";

/// Submits the rotation that was left unfinished, or a new one.
///
/// # Errors
/// [`CliError`]; what was signed is kept for the next attempt.
pub async fn rotate(
    session: &Session,
    rotations: &Rotations,
    authority: &Author,
    retire_at: Timestamp,
    clock: &Clock,
) -> Result<(Unfinished, api::Receipt), CliError> {
    let next = match rotations.unfinished()? {
        Some(left) if clock.now_micros() < left.body.retire_at => {
            let receipt = submit(session, &left).await?;
            return Ok((left, receipt));
        }
        // Too old to be recorded; if it was recorded, the registry refuses to take the same key again.
        Some(left) => rotations.key_of(&left.body.new_log_key)?,
        None => rotations.next_key()?,
    };
    let mut candidates = signers(session, rotations).await?.into_iter().peekable();
    while let Some(old) = candidates.next() {
        let begun = rotations.begin(authority, &old, &next, retire_at, clock)?;
        match submit(session, &begun).await {
            Ok(receipt) => return Ok((begun, receipt)),
            // While a key retires two sign; only the newer can give way, and the registry knows which that is.
            Err(CliError::Refused(refused))
                if refused.reason == Reason::RevokedKey.code() && candidates.peek().is_some() => {}
            Err(err) => return Err(err),
        }
    }
    Err(CliError::Unsound(
        "no key of the log signs its checkpoints".to_owned(),
    ))
}

/// The keys that sign the log's checkpoints now, the youngest first.
async fn signers(session: &Session, rotations: &Rotations) -> Result<Vec<SignerKey>, CliError> {
    let ledger = match rotations.ledger() {
        LedgerName::Events => api::Ledger::Events,
        LedgerName::Disclosures => api::Ledger::Disclosures,
    };
    let request = api::GetCheckpointRequest {
        ledger: ledger.into(),
    };
    let answer = session.client.audit().get_checkpoint(request).await?;
    rotations.signers_of(&answer.into_inner().checkpoint)
}

async fn submit(session: &Session, rotation: &Unfinished) -> Result<api::Receipt, CliError> {
    let request = api::SubmitActRequest {
        signed_act: Some(rotation.signed.clone()),
    };
    let answer = session.client.registry().submit_act(request).await?;
    answer
        .into_inner()
        .receipt
        .ok_or_else(|| CliError::Otherwise("the registry sent no receipt".to_owned()))
}
