//! `sabt verify-removal`, and what stands about a removal in a person's record.

use comfy_table::Table;
use sabt_proto::api::v1 as api;

use crate::args::VerifyRemovalArgs;
use crate::cast;
use crate::commands::query;
use crate::error::CliError;
use crate::out::Out;
use crate::purpose::{Asked, purpose};
use crate::session::Session;
use crate::text;
use crate::when::at;

/// Does something stand against carrying an order out?
///
/// # Errors
/// [`CliError`].
pub async fn run(args: &VerifyRemovalArgs, out: &mut Out) -> Result<(), CliError> {
    let asked = &args.person;
    let at = Some(at(&asked.at)?);
    let session = Session::open(&asked.connect, cast::BORDER_POLICE).await?;
    let request = api::VerifyRemovalRequest {
        purpose: Some(purpose(&asked.purpose, &session.caller, Asked::Data)?),
        at,
        person: asked.number.clone(),
        order_number: args.order.clone(),
    };
    let answer = session.client.persons().verify_removal(request).await?;
    let answer = answer.into_inner();
    query::emit(out, "sabt.api.v1.VerifyRemovalResponse", &answer)?;
    out.prose(&told(&answer), "")?;
    if answer.held_until.is_some() {
        let until = text::date(answer.held_until.as_ref());
        out.say(format!("The person is held, until {until} at the latest."))?;
    }
    query::contested(out, &answer.contested)?;
    query::info(out, answer.info.as_ref())
}

/// The answer in words.
pub(crate) fn told(answer: &api::VerifyRemovalResponse) -> String {
    match answer.verdict() {
        api::RemovalVerdict::NotYet => {
            let classes = answer.obstacles.iter().map(|class| class_words(class));
            let classes: Vec<_> = classes.collect();
            format!("NOT YET: {}.", classes.join("; "))
        }
        api::RemovalVerdict::NothingRecorded => {
            "NOTHING RECORDED stands against this order on this day. That is no duty to carry it out.".to_owned()
        }
        api::RemovalVerdict::NoOrder | api::RemovalVerdict::Unspecified => {
            "NO ORDER with this number stands.".to_owned()
        }
    }
}

fn class_words(class: &str) -> String {
    match class {
        "NOT_SERVED" => "the order was not served".to_owned(),
        "APPEAL" => "the time for an appeal is running, or an appeal is open".to_owned(),
        "SUSPENDED" => "a court has suspended it".to_owned(),
        "BARRED" => "a bar stands, which is told to nobody with this".to_owned(),
        other => text::words(other),
    }
}

/// Rows of a person's record.
pub fn rows(removal: &api::Removal, table: &mut Table) {
    for order in &removal.orders {
        let state = if order.ended.is_empty() {
            "stands".to_owned()
        } else {
            format!(
                "{} {}",
                text::words(&order.ended),
                text::date(order.ended_on.as_ref())
            )
        };
        let on = text::date(order.ordered_on.as_ref());
        let body = &order.appeal_body;
        table.add_row([
            "order of expulsion".to_owned(),
            format!("{} of {on}, {state}; appeal to {body}", order.number),
        ]);
        for suspension in order.suspensions.iter().filter(|one| one.stands) {
            let until = text::date(suspension.term_ends.as_ref());
            table.add_row([
                "suspended".to_owned(),
                format!(
                    "{} by {}, until {until} or longer",
                    order.number, suspension.court
                ),
            ]);
        }
    }
    for decision in &removal.decisions {
        table.add_row(["decision".to_owned(), decided(decision)]);
    }
    for protection in removal.protections.iter().filter(|one| one.stands) {
        let since = text::date(protection.since.as_ref());
        let kind = text::words(
            protection
                .kind()
                .as_str_name()
                .trim_start_matches("PROTECTION_KIND_"),
        );
        table.add_row(["protected".to_owned(), format!("{kind} since {since}")]);
    }
    for ban in removal.bans.iter().filter(|ban| ban.in_effect) {
        let review = text::date(ban.review_on.as_ref());
        table.add_row([
            "entry ban".to_owned(),
            format!("{}, to be looked at again by {review}", ban.number),
        ]);
    }
    for holding in removal.holdings.iter().filter(|one| one.ended_on.is_none()) {
        let since = text::date(holding.since.as_ref());
        let until = text::date(holding.until.as_ref());
        table.add_row([
            "held".to_owned(),
            format!(
                "{} since {since}, until {until} at the latest",
                holding.place
            ),
        ]);
    }
}

fn decided(decision: &api::AdverseAct) -> String {
    let what = format!("{} {}", text::words(&decision.takes), decision.number);
    let what = what.trim_end();
    let effect = if decision.in_effect {
        "in effect"
    } else {
        "not in effect"
    };
    if decision.served_on.is_none() {
        return format!("{what}: not served, {effect}");
    }
    let appeal = decision.appeal.as_ref();
    if let Some(appeal) = appeal {
        let outcome = appeal.outcome();
        let state = if outcome == sabt_proto::event::v1::AppealOutcome::Unspecified {
            "open".to_owned()
        } else {
            text::words(outcome.as_str_name().trim_start_matches("APPEAL_OUTCOME_"))
        };
        return format!("{what}: appeal {} {state}, {effect}", appeal.number);
    }
    match &decision.appeal_until {
        Some(until) => format!("{what}: appeal until {}, {effect}", text::date(Some(until))),
        None => format!("{what}: {effect}"),
    }
}
