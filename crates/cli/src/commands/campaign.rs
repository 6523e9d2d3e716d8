//! `campaign`: rounds in which whole groups register again, and how far they reach.

use std::collections::BTreeMap;

use comfy_table::Table;
use sabt_domain::fact::CampaignKind;
use sabt_domain::law::{DocumentKind, PersonStatus};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{self as event, Act};
use sabt_server::clock::Clock;
use serde_json::json;

use super::query::{emit, info};
use super::submit::receipt_json;
use crate::args::{
    CampaignArgs, CampaignCloseArgs, CampaignCommand, CampaignOpenArgs, CampaignShowArgs,
    ConnectArgs, OrganiserArgs,
};
use crate::error::CliError;
use crate::out::Out;
use crate::purpose::{Asked, purpose};
use crate::session::Session;
use crate::sign::new_act_id;
use crate::{cast, data, render, text, when};

/// Opens, shows, counts or closes a campaign.
///
/// # Errors
/// [`CliError`].
pub async fn run(args: &CampaignArgs, out: &mut Out) -> Result<(), CliError> {
    match &args.command {
        CampaignCommand::Open(args) => open(args, out).await,
        CampaignCommand::Show(args) => show(args, out).await,
        CampaignCommand::Coverage(args) => coverage(args, out).await,
        CampaignCommand::Close(args) => close(args, out).await,
    }
}

async fn open(args: &CampaignOpenArgs, out: &mut Out) -> Result<(), CliError> {
    let body = Body::OpenCampaign(terms(args)?);
    let receipt = submit(&args.organiser, &args.connect, body).await?;
    out.json(&json!({ "receipt": receipt_json(&receipt)? }))?;
    out.say(format!(
        "Campaign {} is open as record {}.",
        receipt.numbers.join(", "),
        text::count(receipt.position)
    ))?;
    Ok(())
}

/// What `campaign open` says, as the act states it.
fn terms(args: &CampaignOpenArgs) -> Result<event::OpenCampaign, CliError> {
    let calendar = args.organiser.calendar;
    let date = |text: &String| when::date(text, calendar);
    let dated = |text: &Option<String>| text.as_ref().map(date).transpose();
    let card_kind = match &args.card {
        Some(kind) => {
            let kind = named(
                "kind of document",
                kind,
                DocumentKind::ALL,
                DocumentKind::code,
            )?;
            i32::from(kind.to_proto())
        }
        None => 0,
    };
    let statuses = args.status.iter().map(|status| {
        let status = named("status", status, PersonStatus::ALL, PersonStatus::code)?;
        Ok(i32::from(status.to_proto()))
    });
    let kinds = CampaignKind::ALL;
    let kind = named("kind of campaign", &args.kind, kinds, CampaignKind::code)?;
    Ok(event::OpenCampaign {
        kind: i32::from(kind.to_proto()),
        round: args.round,
        opens_on: Some(date(&args.opens_on)?),
        closes_on: dated(&args.closes_on)?,
        card_kind,
        card_valid_from: dated(&args.card_from)?,
        card_valid_until: dated(&args.card_until)?,
        provinces: args.province.clone(),
        nationalities: args.nationality.clone(),
        statuses: statuses.collect::<Result<_, CliError>>()?,
    })
}

/// The value with this code, written as people write it; where there is none, all there are.
pub(crate) fn named<T: Copy>(
    what: &str,
    name: &str,
    all: &[T],
    code: impl Fn(T) -> &'static str,
) -> Result<T, CliError> {
    let written = name.trim().to_uppercase().replace('-', "_");
    let found = all.iter().copied().find(|value| code(*value) == written);
    found.ok_or_else(|| {
        let known: Vec<_> = all
            .iter()
            .map(|value| code(*value).to_lowercase().replace('_', "-"))
            .collect();
        CliError::usage(
            format!("{name} is no {what}"),
            format!("state one of: {}", known.join(", ")),
        )
    })
}

async fn close(args: &CampaignCloseArgs, out: &mut Out) -> Result<(), CliError> {
    let body = Body::CloseCampaign(event::CloseCampaign {
        campaign: args.number.clone(),
    });
    let receipt = submit(&args.organiser, &args.connect, body).await?;
    out.json(&json!({ "receipt": receipt_json(&receipt)? }))?;
    out.say(format!(
        "Campaign {} is closed as record {}. Whoever comes later is taken all the same.",
        args.number,
        text::count(receipt.position)
    ))?;
    Ok(())
}

/// Signs and submits an act about a campaign.
async fn submit(
    organiser: &OrganiserArgs,
    connect: &ConnectArgs,
    body: Body,
) -> Result<api::Receipt, CliError> {
    let clock = Clock::system();
    let on = match &organiser.on {
        Some(text) => when::date(text, organiser.calendar)?,
        None => data::today(&clock),
    };
    let act = Act {
        act_id: new_act_id(&clock).to_vec(),
        office: organiser.office.clone(),
        officer: organiser.officer.clone(),
        occurred_on: Some(on),
        recorded_at: clock.now_micros(),
        legal_basis: organiser.directive.clone(),
        body: Some(body),
        ..Act::default()
    };
    let session = Session::open(connect, cast::REGISTRAR).await?;
    let author = session.author(organiser.author.as_deref())?;
    session.submit(author.sign(&act)?).await
}

async fn ask(args: &CampaignShowArgs) -> Result<api::GetCampaignResponse, CliError> {
    let session = Session::open(&args.connect, cast::REGISTRAR).await?;
    let request = api::GetCampaignRequest {
        purpose: Some(purpose(&args.purpose, &session.caller, Asked::Data)?),
        at: Some(when::at(&args.at)?),
        campaign: args.number.clone(),
    };
    let mut campaigns = session.client.campaigns();
    Ok(campaigns.get_campaign(request).await?.into_inner())
}

async fn show(args: &CampaignShowArgs, out: &mut Out) -> Result<(), CliError> {
    let answer = ask(args).await?;
    emit(out, RESPONSE, &answer)?;
    if let Some(campaign) = &answer.campaign {
        out.table(render_campaign(campaign), "")?;
        out.say("")?;
        out.table(render_reports(campaign), "No coverage was reported.")?;
    }
    info(out, answer.info.as_ref())
}

async fn coverage(args: &CampaignShowArgs, out: &mut Out) -> Result<(), CliError> {
    let answer = ask(args).await?;
    emit(out, RESPONSE, &answer)?;
    let target = answer
        .campaign
        .as_ref()
        .and_then(|campaign| campaign.target.as_ref());
    match &answer.reach {
        Some(reach) => {
            out.table(render_coverage(reach, target), "")?;
            out.say("")?;
            out.table(render_offices(reach), "Nobody took part at any office.")?;
            if !reach.absences.is_empty() {
                out.say("")?;
                out.table(render_absences(reach), "")?;
            }
        }
        None => out.say(
            "Only the agency that organises the campaign is told how far it reaches: small counts can tell of persons. \
             What it reported is shown by `sabt campaign show`.",
        )?,
    }
    out.say("")?;
    out.say(sabt_statistics::YARDSTICK)?;
    info(out, answer.info.as_ref())
}

const RESPONSE: &str = "sabt.api.v1.GetCampaignResponse";

/// A campaign, line by line.
pub(crate) fn render_campaign(campaign: &api::Campaign) -> Table {
    let mut out = render::table(["campaign", &campaign.number]);
    let terms = campaign.terms.clone().unwrap_or_default();
    let all = |codes: &[String]| match codes {
        [] => "all".to_owned(),
        codes => codes.join(", "),
    };
    let kind = text::word(terms.kind().as_str_name(), "CAMPAIGN_KIND_");
    out.add_row(["round", &format!("{kind} {}", terms.round)]);
    out.add_row(["ordered", &text::date(campaign.ordered_on.as_ref())]);
    out.add_row(["directive", &text::isolate(&campaign.directive)]);
    out.add_row(["organised by", &campaign.organiser]);
    out.add_row(["opens", &text::date(terms.opens_on.as_ref())]);
    if terms.closes_on.is_some() {
        out.add_row(["people come until", &text::date(terms.closes_on.as_ref())]);
    }
    if terms.card_kind != 0 {
        let card = text::word(terms.card_kind().as_str_name(), "DOCUMENT_KIND_");
        let from = text::date_short(terms.card_valid_from.as_ref());
        let until = text::date_short(terms.card_valid_until.as_ref());
        out.add_row(["card", &format!("{card}, {from} to {until}")]);
    }
    let statuses: Vec<String> = terms
        .statuses()
        .map(|status| text::word(status.as_str_name(), "PERSON_STATUS_"))
        .collect();
    out.add_row(["provinces", &all(&terms.provinces)]);
    out.add_row(["nationalities", &all(&terms.nationalities)]);
    out.add_row(["statuses", &all(&statuses)]);
    let target = campaign.target.as_ref().map_or_else(
        || "not fixed".to_owned(),
        |list| format!("{}: {}", text::count(list.count), definition(list)),
    );
    out.add_row(["to be reached", &target]);
    if campaign.closed_on.is_some() {
        out.add_row(["closed", &text::date(campaign.closed_on.as_ref())]);
    }
    out
}

/// Who is on a target list, in words.
fn definition(list: &event::FixCampaignTargetList) -> String {
    match list.definition() {
        event::TargetDefinition::ParticipantsOf => format!(
            "who took part in {} by {}, as known at {}",
            list.previous_campaign,
            text::date_short(list.cut_off.as_ref()),
            text::instant(list.known_at)
        ),
        event::TargetDefinition::Stated => {
            format!("as stated from outside: {}", text::isolate(&list.source))
        }
        event::TargetDefinition::Unspecified => "not told".to_owned(),
    }
}

/// Reported coverages.
pub(crate) fn render_reports(campaign: &api::Campaign) -> Table {
    let mut out = render::table([
        "as of",
        "known at",
        "counted",
        "took part",
        "of",
        "coverage",
    ]);
    for report in &campaign.reports {
        let counted = match report.definition() {
            event::CoverageDefinition::AllParticipants => "all participants",
            event::CoverageDefinition::ListedParticipants => "those on the list",
            event::CoverageDefinition::Unspecified => "not told",
        };
        out.add_row([
            text::date_short(report.as_of.as_ref()),
            text::instant(report.known_at),
            counted.to_owned(),
            text::count(report.participants),
            text::count(report.target),
            share(report.participants, report.target),
        ]);
    }
    out
}

/// The coverage as it is counted now.
pub(crate) fn render_coverage(
    reach: &api::CampaignReach,
    target: Option<&event::FixCampaignTargetList>,
) -> Table {
    let mut out = render::table(["counted", "took part", "of", "coverage"]);
    let count = target.map(|list| list.count);
    let mut row = |what: &str, participants: u64| {
        let of = count.map_or_else(|| "no target list".to_owned(), text::count);
        let share = count.map_or_else(|| "-".to_owned(), |of| share(participants, of));
        out.add_row([what.to_owned(), text::count(participants), of, share]);
    };
    row("all participants", reach.participants);
    if let Some(listed) = reach.listed {
        row("those on the list", listed);
    }
    out
}

/// Participation for each office, and for each province.
pub(crate) fn render_offices(reach: &api::CampaignReach) -> Table {
    let mut out = render::table(["province", "office", "took part"]);
    let mut provinces: BTreeMap<&str, Vec<&api::OfficeReach>> = BTreeMap::new();
    for office in &reach.offices {
        provinces.entry(&office.province).or_default().push(office);
    }
    for (province, offices) in provinces {
        let sum = offices.iter().map(|office| office.participants).sum();
        out.add_row([province.to_owned(), "all".to_owned(), text::count(sum)]);
        for office in offices {
            let participants = text::count(office.participants);
            out.add_row([String::new(), office.office.clone(), participants]);
        }
    }
    out
}

/// Who was observed not to take part, by reason.
pub(crate) fn render_absences(reach: &api::CampaignReach) -> Table {
    let mut out = render::table(["did not come", "persons"]);
    for absence in &reach.absences {
        let reason = text::word(absence.reason().as_str_name(), "NON_PARTICIPATION_REASON_");
        out.add_row([reason, text::count(absence.persons)]);
    }
    out
}

/// A share in per cent with one digit, rounded down: a round that is not complete never reads as if it were.
fn share(part: u64, whole: u64) -> String {
    match u128::from(part)
        .saturating_mul(1_000)
        .checked_div(u128::from(whole))
    {
        Some(permille) => format!("{}.{} %", permille / 10, permille % 10),
        None => "-".to_owned(),
    }
}
