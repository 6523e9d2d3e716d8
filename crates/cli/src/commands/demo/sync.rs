//! The synchronisation job of the register of Iranians: it stops in the middle, comes back, and knows that
//! it missed nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use sabt_chain::Link;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{Act, Address, ChangeAddress};
use serde_json::json;

use super::registrar::{Registered, dated, submit};
use super::stage::{Asking, Stage, purpose_of};
use crate::cast::{CIVIL_REGISTRY, REGISTRAR};
use crate::error::CliError;
use crate::follow::Follower;
use crate::{render, text};

/// File in the data directory of the demonstration that keeps the job's place.
pub(crate) const STATE_FILE: &str = "sync-state.json";

/// Time that views are given to fold a single act.
const FOLD_WAIT: Duration = Duration::from_secs(5);

/// What the job took in during one sitting.
#[derive(Debug, Default)]
struct Sitting {
    from: u64,
    next: u64,
    /// Records whose content the purpose allows, by kind.
    kinds: BTreeMap<String, u64>,
    /// Link at the position of the first scene's receipt, if the sitting came by it.
    witnessed: Option<Link>,
    span: Duration,
}

/// Plays the scene.
pub(crate) async fn play(stage: &mut Stage<'_>, registered: &Registered) -> Result<(), CliError> {
    stage.begin(
        3,
        "sync job",
        "The civil registration organisation keeps the vital events of families of Iranians in step with its \
         own register. Its job follows the ledger, is switched off in the middle, and resumes the next day.",
    )?;
    let place = stage.dir.join(STATE_FILE);
    let last = registered.receipt.position + u64::from(registered.receipt.parts) - 1;
    let head = stage.registry()?.views_position();
    let first = sit(stage, &place, last, Some(head / 2)).await?;
    tell(
        stage,
        "follows the ledger and is switched off half-way",
        &first,
    )?;
    stage.note(&format!(
        "It keeps position {} and the link reached.",
        text::count(first.next)
    ))?;

    let (receipt, took) = submit(stage, &move_house(stage, &registered.number)).await?;
    let what = "records a change of address meanwhile";
    let shown = json!({ "position": receipt.position });
    stage.tell(&Asking::new(REGISTRAR, what, took), &shown, None)?;

    let size = receipt.position + u64::from(receipt.parts);
    // The feed delivers what views have folded, a moment after the receipt.
    stage.registry()?.wait_for(size, FOLD_WAIT).await;
    let second = sit(stage, &place, last, None).await?;
    tell(
        stage,
        "resumes from its state file and reads on to the head",
        &second,
    )?;
    // Checkpoints of the other ledger may have come to stand after the receipt's record.
    if second.from != first.next || second.next < size {
        return Err(CliError::Unsound(format!(
            "the job read {} to {}, then {} to {}, of at least {size} records",
            first.from, first.next, second.from, second.next
        )));
    }
    let receipt_link = hex::encode(&registered.receipt.link);
    let witnessed = first
        .witnessed
        .or(second.witnessed)
        .map(|link| link.to_string());
    if witnessed.as_deref() != Some(receipt_link.as_str()) {
        return Err(CliError::Unsound(format!(
            "the link at position {last} is not that of the registrar's receipt"
        )));
    }
    stage.note(&format!(
        "Position after position, {} records in two sittings, each naming the link of the one before: nothing \
         was missed.",
        text::count(size)
    ))?;
    stage.note(&format!(
        "The link the job computed at position {} is the one on the registrar's receipt: {}...",
        text::count(last),
        receipt_link.get(..16).unwrap_or(&receipt_link)
    ))
}

/// Follows until `stop_at`, or to the head.
async fn sit(
    stage: &Stage<'_>,
    place: &Path,
    witness: u64,
    stop_at: Option<u64>,
) -> Result<Sitting, CliError> {
    let begun = Instant::now();
    let mut follower = Follower::resume(&stage.registry, place)?;
    let from = follower.next();
    let mut sitting = Sitting {
        from,
        ..Sitting::default()
    };
    let purpose = purpose_of(CIVIL_REGISTRY)?;
    let request = api::FollowRequest {
        purpose,
        from,
        stop_at_head: true,
    };
    let mut pages = stage
        .client(CIVIL_REGISTRY)?
        .feed()
        .follow(request)
        .await?
        .into_inner();
    while let Some(page) = pages.message().await? {
        for entry in &page.entries {
            let link = follower.take(entry)?;
            if entry.position == witness {
                sitting.witnessed = Some(link);
            }
            if let Some(event) = &entry.event {
                *sitting.kinds.entry(render::event_name(event)).or_default() += 1;
            }
        }
        follower.save(place)?;
        if stop_at.is_some_and(|stop_at| stop_at <= follower.next()) {
            break;
        }
    }
    sitting.next = follower.next();
    sitting.span = begun.elapsed();
    Ok(sitting)
}

fn tell(stage: &mut Stage<'_>, what: &str, sitting: &Sitting) -> Result<(), CliError> {
    let records = sitting.next - sitting.from;
    let told: u64 = sitting.kinds.values().sum();
    let mut table = render::table(["what", "records"]);
    table.add_row(["read and linked".to_owned(), text::count(records)]);
    table.add_row([
        "with content for this purpose".to_owned(),
        text::count(told),
    ]);
    let kinds = sitting
        .kinds
        .iter()
        .map(|(kind, count)| format!("{kind} {}", text::count(*count)));
    let kinds: Vec<String> = kinds.collect();
    table.add_row(["namely".to_owned(), kinds.join(", ")]);
    let answer = json!({
        "from": sitting.from, "next": sitting.next, "with_content": told, "kinds": sitting.kinds,
    });
    let asking = Asking::new(CIVIL_REGISTRY, what, sitting.span);
    stage.tell(&asking, &answer, Some(table))
}

fn move_house(stage: &Stage<'_>, person: &str) -> Act {
    let address = Address {
        province: "IR-23".to_owned(),
        ..Address::default()
    };
    let body = ChangeAddress {
        subject: person.to_owned(),
        address: Some(address),
    };
    let act = Act {
        office: "THR-01".to_owned(),
        officer: REGISTRAR.officer.to_owned(),
        legal_basis: "law:art. 8(5)".to_owned(),
        body: Some(Body::ChangeAddress(body)),
        ..Act::default()
    };
    dated(stage, act)
}
