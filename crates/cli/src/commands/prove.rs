//! `sabt prove`: the proof that a record stands in a published checkpoint, as files that are verified offline.

use std::path::{Path, PathBuf};

use sabt_chain::Link;
use sabt_chain::tlog_proof::TlogProof;
use sabt_domain::refusal::Reason;
use sabt_proto::api::v1 as api;
use serde_json::{Value, json};

use crate::args::ProveArgs;
use crate::cast;
use crate::error::CliError;
use crate::files::{self, Mode};
use crate::out::Out;
use crate::refused::Refused;
use crate::session::Session;
use crate::{json, text};

/// The proof of the record.
const RECORD_FILE: &str = "record.tlog-proof";
/// The proof of the anchor that covers it.
const ANCHOR_FILE: &str = "anchor.tlog-proof";
/// The payload of the anchor, whose digest stands in the envelope in [`ANCHOR_FILE`].
const PAYLOAD_FILE: &str = "anchor.payload";
/// How often the registry is asked: each time it waits some 20 seconds, so that this is half an hour, which an anchor
/// can take at one every fifteen minutes.
const ATTEMPTS_MAX: u32 = 90;

/// Waits for the proof and writes it.
///
/// # Errors
/// [`CliError`]; files that are there are never overwritten.
pub async fn run(args: &ProveArgs, out: &mut Out) -> Result<(), CliError> {
    let request = request(args)?;
    let session = Session::open(&args.connect, cast::REGISTRAR).await?;
    let mut registry = session.client.registry();
    let mut attempts = 0;
    let response = loop {
        attempts += 1;
        match registry.await_proof(request.clone()).await {
            Ok(response) => break response.into_inner(),
            Err(status) => match Refused::from_status(&status) {
                Some(refused)
                    if refused.reason == Reason::ProofNotReady.code()
                        && attempts < ATTEMPTS_MAX => {}
                _ => return Err(status.into()),
            },
        }
    };
    let position = check(&response.proof, request.position)?;
    files::create_directory(&args.out)?;
    let mut written = vec![write(&args.out, RECORD_FILE, response.proof.as_bytes())?];
    if let Some(anchor) = response.anchor {
        written.push(write(&args.out, ANCHOR_FILE, anchor.proof.as_bytes())?);
        written.push(write(&args.out, PAYLOAD_FILE, &anchor.payload)?);
    }
    out.json(&json!({ "origin": request.origin, "position": position, "files": written }))?;
    for path in &written {
        out.say(path.display())?;
    }
    out.say("")?;
    out.say(
        "Verify it offline, with log keys that you have from somebody else than the operator:",
    )?;
    out.say(command(&args.out, &request))?;
    Ok(())
}

/// How the auditor's program verifies what was written.
fn command(directory: &Path, request: &api::AwaitProofRequest) -> String {
    let path = |name: &str| text::shell(&directory.join(name));
    let link = hex::encode(&request.link);
    let mut command = format!(
        "  sabt-verify proof {} --log-keys FILE --link {link}",
        path(RECORD_FILE)
    );
    if request.anchored {
        let anchor = format!(
            " --anchor {} --anchor-payload {}",
            path(ANCHOR_FILE),
            path(PAYLOAD_FILE)
        );
        command.push_str(&anchor);
    }
    command
}

/// Refuses what is no proof of that record. Whether it holds is for the verifier, who has keys to trust.
fn check(proof: &str, asked: u64) -> Result<u64, CliError> {
    let parsed = TlogProof::parse(proof.as_bytes());
    let parsed = parsed.map_err(|err| CliError::Unsound(format!("the registry sent: {err}")))?;
    let position = parsed.position.get();
    if position != asked || parsed.extra.is_none() {
        return Err(CliError::Unsound(format!(
            "the registry sent a proof of position {position}, not of {asked}"
        )));
    }
    Ok(position)
}

fn write(directory: &Path, name: &str, content: &[u8]) -> Result<PathBuf, CliError> {
    let path = directory.join(name);
    files::create(&path, content, Mode::Public)?;
    Ok(path)
}

/// What is asked for: by a receipt, or by origin, position and link.
fn request(args: &ProveArgs) -> Result<api::AwaitProofRequest, CliError> {
    if let Some(path) = &args.receipt {
        let text = files::read_text(path)?;
        return from_receipt(&text, args.anchored).map_err(|problem| CliError::Content {
            path: path.clone(),
            problem,
        });
    }
    let missing = || {
        CliError::usage(
            "it is not said which record",
            "give --receipt FILE, or --origin, --position and --link",
        )
    };
    let link: Link = args.link.as_deref().ok_or_else(missing)?.parse().map_err(
        |err: sabt_chain::HexError| {
            CliError::usage(
                format!("--link: {err}"),
                "copy the link from the receipt in hexadecimal",
            )
        },
    )?;
    Ok(api::AwaitProofRequest {
        origin: args.origin.clone().ok_or_else(missing)?,
        position: args.position.ok_or_else(missing)?,
        link: link.as_bytes().to_vec(),
        anchored: args.anchored,
    })
}

/// Reads what `sabt submit --json` prints of one act, a receipt alone, or the receipt of a disclosure.
fn from_receipt(text: &str, anchored: bool) -> Result<api::AwaitProofRequest, String> {
    let mut values = text.lines().filter(|line| !line.trim().is_empty());
    let first = values.next().ok_or("is empty")?;
    // A receipt may also be written over several lines.
    let value: Value = match serde_json::from_str(first) {
        Ok(_) if values.next().is_some() => {
            return Err("holds several receipts: leave one line in it".to_owned());
        }
        Ok(value) => value,
        Err(_) => serde_json::from_str(text).map_err(|err| format!("is not JSON: {err}"))?,
    };
    let receipt = match value.get("receipt") {
        Some(receipt) => receipt,
        None if value.get("refusal").is_some() => {
            return Err("holds a refusal: nothing was recorded that could be proved".to_owned());
        }
        None => &value,
    };
    let text = receipt.to_string();
    let act = json::from_str::<api::Receipt>("sabt.api.v1.Receipt", &text);
    if let Ok(receipt) = act {
        return Ok(api::AwaitProofRequest {
            origin: receipt.origin,
            // The link is that of the last part.
            position: receipt.position + u64::from(receipt.parts.saturating_sub(1)),
            link: receipt.link,
            anchored,
        });
    }
    let disclosure =
        json::from_str::<api::DisclosureReceipt>("sabt.api.v1.DisclosureReceipt", &text);
    match disclosure {
        Ok(receipt) => Ok(api::AwaitProofRequest {
            origin: receipt.origin,
            position: receipt.position,
            link: receipt.link,
            anchored,
        }),
        Err(err) => Err(format!("holds no receipt: {err}")),
    }
}

#[cfg(test)]
mod tests;
