//! `batch`: acts of one file as one: checked, submitted, looked at, taken back.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sabt_proto::api::v1 as api;
use sabt_server::clock::Clock;
use serde_json::{Value, json};

use crate::args::{
    BatchArgs, BatchCheckArgs, BatchCommand, BatchRetractArgs, BatchStatusArgs, BatchSubmitArgs,
};
use crate::batches::{Batch, Outcome, Retraction, Signed, Standing};
use crate::bulk::{Pending, Pipe, WINDOW};
use crate::error::CliError;
use crate::intake;
use crate::out::Out;
use crate::purpose::{Asked, purpose};
use crate::refused::Refused;
use crate::session::Session;
use crate::{cast, data, progress, render, text, when};

/// Refusals shown in a table; the rest is counted, and stands in the quarantine.
const ROWS_MAX: usize = 50;
/// In the metadata of a refusal: after so many milliseconds it is worth asking again.
const RETRY_AFTER: &str = "retry_after_ms";
/// Longest pause before a check is tried again; more would look like a hang.
const PAUSE_MAX: Duration = Duration::from_mins(2);
/// Pauses for one check, so that a registry that never answers is told of.
const PAUSES_MAX: usize = 100;

/// Checks, submits, shows or takes back a batch.
///
/// # Errors
/// [`CliError`].
pub async fn run(args: &BatchArgs, out: &mut Out) -> Result<(), CliError> {
    match &args.command {
        BatchCommand::Check(args) => check(args, out).await,
        BatchCommand::Submit(args) => submit(args, out).await,
        BatchCommand::Status(args) => status(args, out),
        BatchCommand::Retract(args) => retract(args, out).await,
    }
}

async fn check(args: &BatchCheckArgs, out: &mut Out) -> Result<(), CliError> {
    let acts = intake::read(&args.file, &Clock::system())?;
    let session = Session::open(&args.connect, cast::REGISTRAR).await?;
    let author = session.author(args.author.as_deref())?;
    let purpose = purpose(&args.purpose, &session.caller, Asked::Data)?;
    let mut table = render::table(["line", "why it would be refused"]);
    let (mut passed, mut refused) = (0_u64, 0_u64);
    let bar = progress::bar(acts.len() as u64, "acts");
    for intake in &acts {
        let request = api::CheckActRequest {
            purpose: Some(purpose.clone()),
            signed_act: Some(author.sign(&intake.act)?),
        };
        let told = ask(&session, request).await?;
        bar.inc(1);
        if out.is_json() {
            out.json(&match &told {
                Ok(answer) => json!({
                    "line": intake.line, "parts": answer.parts, "recorded_before": answer.recorded_before,
                }),
                Err(refusal) => json!({ "line": intake.line, "refusal": refusal.to_json() }),
            })?;
        }
        match told {
            Ok(_answer) => passed += 1,
            Err(refusal) => {
                refused += 1;
                if table.row_count() < ROWS_MAX {
                    table.add_row([intake.line.to_string(), refusal.brief()]);
                }
            }
        }
    }
    bar.finish_and_clear();
    out.table(table, "")?;
    out.say(format!(
        "{} would be recorded, {} refused. Nothing was recorded of them but that it was asked.",
        text::count(passed),
        text::count(refused)
    ))?;
    match refused {
        0 => Ok(()),
        refused => Err(CliError::Otherwise(format!(
            "{refused} acts would be refused"
        ))),
    }
}

/// Asks about one act; whoever asks too fast waits as long as the registry says.
async fn ask(
    session: &Session,
    request: api::CheckActRequest,
) -> Result<Result<api::CheckActResponse, Refused>, CliError> {
    for _pause in 0..PAUSES_MAX {
        let status = match session.client.registry().check_act(request.clone()).await {
            Ok(answer) => return Ok(Ok(answer.into_inner())),
            Err(status) => status,
        };
        let Some(refused) = Refused::from_status(&status) else {
            return Err(status.into());
        };
        let after = refused.details.get(RETRY_AFTER);
        match after.and_then(|millis| millis.parse().ok()) {
            Some(millis) => tokio::time::sleep(Duration::from_millis(millis).min(PAUSE_MAX)).await,
            None => return Ok(Err(refused)),
        }
    }
    Err(CliError::Otherwise(
        "the registry takes no more questions of this officer at present".to_owned(),
    ))
}

async fn submit(args: &BatchSubmitArgs, out: &mut Out) -> Result<(), CliError> {
    if args.file.as_os_str() == "-" {
        return Err(CliError::usage(
            "a batch is made of a file, so that it can be gone on with",
            "write the acts to a file",
        ));
    }
    let directory = args.work.clone();
    let directory = directory.unwrap_or_else(|| Batch::directory_of(&args.file));
    let session = Session::open(&args.connect, cast::REGISTRAR).await?;
    let mut batch = made(args, &directory, &session)?;
    let open = batch.open_acts();
    let pipe = Pipe::open(session.client.registry()).await?;
    send(&pipe, &open, &mut |act, outcome| {
        batch.note(act, Outcome::of(&outcome))
    })
    .await?;
    let refused = batch.write_quarantine()?;
    tell(&batch, &[], out)?;
    match refused {
        0 => Ok(()),
        refused => Err(CliError::Otherwise(format!(
            "{refused} acts were refused and stand with why in {}; the others stand",
            batch.quarantine().display()
        ))),
    }
}

/// The batch of a file: the one that was begun, or a new one.
fn made(args: &BatchSubmitArgs, directory: &Path, session: &Session) -> Result<Batch, CliError> {
    let bytes = std::fs::read(&args.file).map_err(CliError::path(&args.file))?;
    let digest = *blake3::hash(&bytes).as_bytes();
    if !Batch::is_at(directory) {
        let clock = Clock::system();
        let acts = intake::read(&args.file, &clock)?;
        let author = session.author(args.author.as_deref())?;
        return Batch::make(directory, &session.registry, digest, acts, &author, &clock);
    }
    let batch = Batch::open(directory)?;
    check_registry(&batch, session)?;
    if !batch.is_of(digest) {
        return Err(CliError::usage(
            format!(
                "{} is the batch of another content of this file",
                directory.display()
            ),
            "submit it as it was, or as another batch with --work DIR",
        ));
    }
    Ok(batch)
}

fn check_registry(batch: &Batch, session: &Session) -> Result<(), CliError> {
    if batch.registry() == session.registry {
        return Ok(());
    }
    Err(CliError::usage(
        format!("the batch was signed for the registry {}", batch.registry()),
        "name that registry with --dir or --registry",
    ))
}

/// Sends acts over one stream, in their order, and hands over what the registry says.
async fn send(
    pipe: &Pipe,
    acts: &[Signed],
    take: &mut impl FnMut(&Signed, Result<api::Receipt, Refused>) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let bar = progress::bar(acts.len() as u64, "acts");
    let mut under_way: VecDeque<(&Signed, Pending)> = VecDeque::with_capacity(WINDOW);
    for act in acts {
        if WINDOW <= under_way.len()
            && let Some((earlier, pending)) = under_way.pop_front()
        {
            take(earlier, pending.outcome().await?)?;
            bar.inc(1);
        }
        under_way.push_back((act, pipe.send(act.act.clone()).await?));
    }
    for (act, pending) in under_way {
        take(act, pending.outcome().await?)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

fn status(args: &BatchStatusArgs, out: &mut Out) -> Result<(), CliError> {
    tell(&Batch::open(&at(&args.batch))?, &[], out)
}

/// The directory of a batch, named by itself or by the file of acts.
fn at(named: &Path) -> PathBuf {
    if Batch::is_at(named) {
        named.to_owned()
    } else {
        Batch::directory_of(named)
    }
}

async fn retract(args: &BatchRetractArgs, out: &mut Out) -> Result<(), CliError> {
    let clock = Clock::system();
    let on = match &args.on {
        Some(text) => when::date(text, args.calendar)?,
        None => data::today(&clock),
    };
    let mut batch = Batch::open(&at(&args.batch))?;
    let session = Session::open(&args.connect, cast::REGISTRAR).await?;
    check_registry(&batch, &session)?;
    if batch.standing().open != 0 {
        return Err(CliError::usage(
            "it is not known of every act of the batch whether it stands",
            "give `sabt batch submit` again; it goes on",
        ));
    }
    let author = session.author(args.author.as_deref())?;
    let retraction = Retraction {
        reason: args.reason.clone(),
        legal_basis: args.legal_basis.clone(),
        officer: args.officer.clone(),
        on,
    };
    let annulments = batch.annulments(&retraction, &author, &clock)?;
    let pipe = Pipe::open(session.client.registry()).await?;
    let mut kept = Vec::new();
    send(&pipe, &annulments, &mut |act, outcome| {
        if let Err(refused) = &outcome {
            kept.push((act.line, refused.clone()));
        }
        batch.note_annulment(act, Outcome::of(&outcome))
    })
    .await?;
    tell(&batch, &kept, out)?;
    match kept.len() {
        0 => Ok(()),
        kept => Err(CliError::Otherwise(format!(
            "{kept} acts could not be taken back; the others are annulled"
        ))),
    }
}

/// Says how a batch stands, and what could not be taken back.
fn tell(batch: &Batch, kept: &[(usize, Refused)], out: &mut Out) -> Result<(), CliError> {
    let standing = batch.standing();
    out.json(&as_json(batch, standing, kept))?;
    let mut table = render::table(["line", "why it could not be taken back"]);
    for (line, refused) in kept.iter().take(ROWS_MAX) {
        table.add_row([line.to_string(), refused.brief()]);
    }
    out.table(table, "")?;
    out.say(format!("Batch {}", batch.id()))?;
    for (what, count) in [
        ("acts", standing.acts),
        ("stand", standing.recorded),
        ("refused", standing.refused),
        ("not known yet", standing.open),
        ("taken back", standing.retracted),
        ("could not be taken back", standing.kept),
    ] {
        out.say(format!("  {what:<24} {}", text::count(count as u64)))?;
    }
    Ok(())
}

fn as_json(batch: &Batch, standing: Standing, kept: &[(usize, Refused)]) -> Value {
    let kept: Vec<Value> = kept
        .iter()
        .map(|(line, refused)| json!({ "line": line, "refusal": refused.to_json() }))
        .collect();
    json!({
        "batch_id": batch.id(),
        "acts": standing.acts,
        "recorded": standing.recorded,
        "refused": standing.refused,
        "open": standing.open,
        "retracted": standing.retracted,
        "kept": standing.kept,
        "not_retracted": kept,
    })
}
