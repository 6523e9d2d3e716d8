//! `sabt rotate-log-key`.

use sabt_chain::{Origin, Timestamp};
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
            let receipt = session.submit(left.signed.clone()).await?;
            return Ok((left, receipt));
        }
        // Too old to be recorded; if it was recorded, the registry refuses to take the same key again.
        Some(left) => rotations.key_of(&left.body.new_log_key)?,
        None => rotations.next_key()?,
    };
    let mut refused = None;
    for old in rotations.candidates(&next)? {
        let begun = rotations.begin(authority, &old, &next, retire_at, clock)?;
        match session.submit(begun.signed.clone()).await {
            Ok(receipt) => return Ok((begun, receipt)),
            // Only the newest key of the log can give way, and the registry knows which that is.
            Err(CliError::Refused(refusal)) if is_not_newest(&refusal.reason) => {
                refused = Some(refusal);
            }
            Err(err) => return Err(err),
        }
    }
    Err(refused.map_or_else(
        || CliError::Otherwise("no key of the log gave way".to_owned()),
        CliError::Refused,
    ))
}

/// Whether a rotation was refused because the old key that it names is not the newest key of the log.
fn is_not_newest(reason: &str) -> bool {
    [Reason::RevokedKey, Reason::UnknownKey]
        .iter()
        .any(|known| known.code() == reason)
}
