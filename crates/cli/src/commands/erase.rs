//! `sabt erase`.

use sabt_domain::act::{ActId, KeyId};
use sabt_domain::erasure::{Approver, Case, ErasureGround, Order, Proposal, Target};
use sabt_domain::retention::RetentionState;
use sabt_domain::time::Timestamp;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::SignedErasureOrder;
use sabt_server::clock::Clock;
use serde_json::json;

use crate::args::{
    EraseApproveArgs, EraseArgs, EraseCarryOutArgs, EraseCommand, EraseListArgs, EraseProposeArgs,
    EraseShowArgs, GroundArg,
};
use crate::cast::{self, player};
use crate::commands::submit::receipt_json;
use crate::erasures::{self, Kept};
use crate::error::CliError;
use crate::keys::Keys;
use crate::out::Out;
use crate::papers::LISTED_MAX;
use crate::session::Session;
use crate::sign::new_act_id;
use crate::{render, text};

mod due;

/// What a person number is called in errors.
const PERSON: &str = "the person number";

/// A day in microseconds.
const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// Does what the subcommand says.
///
/// # Errors
/// [`CliError`].
pub async fn run(args: &EraseArgs, out: &mut Out) -> Result<(), CliError> {
    match &args.command {
        EraseCommand::Due(args) => due::run(args, out).await,
        EraseCommand::Propose(args) => propose(args, out).await,
        EraseCommand::Show(args) => show(args, out),
        EraseCommand::Approve(args) => approve(args, out),
        EraseCommand::CarryOut(args) => carry_out(args, out).await,
        EraseCommand::List(args) => list(args, out),
    }
}

/// Says which other records are about the same human being, and which household and cases are left without anybody.
fn same_as(answer: &api::GetRetentionResponse, out: &mut Out) -> Result<(), CliError> {
    if !answer.same_as.is_empty() {
        out.say(format!(
            "The same human being is recorded as {} too: each needs an order of its own.",
            answer.same_as.join(", ")
        ))?;
    }
    for one in &answer.biometric_references {
        out.say(format!(
            "Biometric reference {} is erased before the person: it needs an order of its own (`--biometric {}`).",
            one.number, one.number
        ))?;
    }
    for household in &answer.households {
        out.say(format!(
            "Nobody else who is recorded belongs to household {household}: erase it afterwards, it needs an order of its \
             own (`--household {household}`)."
        ))?;
    }
    for case in &answer.service_cases {
        out.say(format!(
            "Service case {case} concerns nobody else who is recorded: erase it afterwards, it needs an order of its own \
             (`--service-case {case}`)."
        ))?;
    }
    Ok(())
}

/// Names every record of a person, household, service case, claim or biometric reference in an order, signs it and keeps it.
async fn propose(args: &EraseProposeArgs, out: &mut Out) -> Result<(), CliError> {
    let by = if args.claim.is_some() {
        cast::ASYLUM_UNIT
    } else {
        cast::DATA_PROTECTION
    };
    let session = Session::open(&args.connect, by).await?;
    let name = args.author.as_deref().unwrap_or(&session.caller).to_owned();
    let key = Keys::of(&args.connect.dir).author(&name)?;
    let case = Case {
        target: target(args)?,
        case_reference: args.case.clone(),
    };
    let first = Approver {
        key: KeyId(key.public().id().to_bytes()),
        ..proposer(args, &name)?
    };
    let second = approver(args)?;
    let answer = due::kept(&session, case.target, args).await?;
    let clock = Clock::system();
    let order = Order {
        id: ActId(new_act_id(&clock)),
        origin: format!("{}/events", session.registry),
        positions: answer.positions.clone(),
        subject: [0; 32],
        ground: match args.ground {
            GroundArg::RetentionEnded => ErasureGround::RetentionEnded,
            GroundArg::UnlawfulStorage => ErasureGround::UnlawfulStorage,
            GroundArg::CourtOrder => ErasureGround::CourtOrder,
        },
        legal_basis: args.legal_basis.clone(),
        permit_number: args.permit.clone(),
        not_after: Timestamp::from_micros(
            clock
                .now_micros()
                .saturating_add(i64::from(args.days).saturating_mul(DAY_MICROS)),
        ),
        approvers: [first, second],
    };
    let mut signed = erasures::propose(order.clone(), &case)?;
    erasures::sign(&mut signed, &order, &key)?;
    let path = erasures::keep(&args.connect.dir, &order, &signed)?;
    out.json(&json!({ "order_id": order.id.to_string(), "file": path, "records": order.positions.len() }))?;
    out.say(format!(
        "Order {} names {}. {} of {} is to approve it by {}:",
        order.id,
        text::records(order.positions.len() as u64),
        order.approvers[1].officer,
        order.approvers[1].agency,
        text::instant(order.not_after.micros())
    ))?;
    out.say(format!("  sabt erase approve {}", text::shell(&path)))?;
    let ended = |row: &api::Retention| row.state == RetentionState::Ended.code();
    if order.ground == ErasureGround::RetentionEnded && !answer.retentions.iter().all(ended) {
        out.say("Not every clock has run out (`sabt erase due`): until then the registry refuses to carry it out.")?;
    }
    same_as(&answer, out)
}

/// What the command line says is to be erased.
fn target(args: &EraseProposeArgs) -> Result<Target, CliError> {
    if let Some(biometric) = &args.biometric {
        let what = "the number of the biometric reference";
        return Ok(Target::Biometric(code(what, biometric)?));
    }
    if let Some(case) = &args.service_case {
        let number = code("the number of the service case", case)?;
        return Ok(Target::ServiceCase(number));
    }
    match (&args.number, &args.household, &args.claim) {
        (_, Some(household), _) => Ok(Target::Household(code(
            "the code of the household",
            household,
        )?)),
        (_, None, Some(claim)) => Ok(Target::Claim(code("the number of the claim", claim)?)),
        (person, None, None) => {
            let person = person.as_deref().unwrap_or_default();
            Ok(Target::Person(code(PERSON, person)?))
        }
    }
}

/// Who proposes, but for the key.
fn proposer(args: &EraseProposeArgs, name: &str) -> Result<Approver, CliError> {
    let holder = player(name);
    let stated = |given: &Option<String>, own: Option<&'static str>, what: &str| {
        let known = given.clone().or_else(|| own.map(str::to_owned));
        known.ok_or_else(|| {
            CliError::usage(
                format!("the {what} of {name} is not known"),
                format!("state it with --{what} CODE"),
            )
        })
    };
    let agency = stated(&args.agency, holder.map(|holder| holder.agency), "agency")?;
    let officer = stated(
        &args.officer,
        holder.map(|holder| holder.officer),
        "officer",
    )?;
    Ok(Approver {
        agency: code("--agency", &agency)?,
        officer: code("--officer", &officer)?,
        key: KeyId([0; 8]),
    })
}

/// Who is to approve.
fn approver(args: &EraseProposeArgs) -> Result<Approver, CliError> {
    let mut key = [0; 8];
    if let Some(text) = &args.approver_key {
        hex::decode_to_slice(text.trim(), &mut key).map_err(|_other| {
            CliError::usage(
                format!("--approver-key {text} is no identifier of a key"),
                "it has 16 hexadecimal digits",
            )
        })?;
    } else {
        let own = Keys::of(&args.connect.dir).author(cast::GOVERNANCE.name)?;
        key = own.public().id().to_bytes();
    }
    Ok(Approver {
        agency: code("--approver-agency", &args.approver_agency)?,
        officer: code("--approver", &args.approver)?,
        key: KeyId(key),
    })
}

/// What an order says.
fn show(args: &EraseShowArgs, out: &mut Out) -> Result<(), CliError> {
    let (signed, proposal) = erasures::read(&args.order)?;
    tell(&signed, &proposal, out)
}

fn tell(signed: &SignedErasureOrder, proposal: &Proposal, out: &mut Out) -> Result<(), CliError> {
    let Proposal { order, case } = proposal;
    let (what, whom) = match case.target {
        Target::Person(number) => ("person", number.to_string()),
        Target::Household(code) => ("household", code.to_string()),
        Target::Claim(number) => ("asylum_claim", number.to_string()),
        Target::Biometric(number) => ("biometric_reference", number.to_string()),
        Target::ServiceCase(number) => ("service_case", number.to_string()),
    };
    let signatures = signed.signatures.iter().map(|one| !one.is_empty());
    let officers: Vec<_> = order
        .approvers
        .iter()
        .zip(signatures.chain([false, false]))
        .map(|(approver, signed)| {
            let signed = if signed { "signed" } else { "has not signed" };
            format!("{approver} (key {}) {signed}", approver.key)
        })
        .collect();
    out.json(&json!({
        "order_id": order.id.to_string(), "origin": order.origin,
        what: whom, "case_reference": case.case_reference,
        "records": order.positions.len(), "ground": order.ground.code(),
        "legal_basis": order.legal_basis, "permit_number": order.permit_number,
        "not_after": order.not_after.micros(), "officers": officers,
    }))?;
    let mut table = render::table(["order of erasure", ""]);
    for (what, value) in [
        ("order", order.id.to_string()),
        ("registry", order.origin.clone()),
        (what.replace('_', " ").as_str(), whom),
        ("case", text::isolate(&case.case_reference)),
        ("records", order.positions.len().to_string()),
        ("ground", text::words(order.ground.code())),
        ("legal basis", text::isolate(&order.legal_basis)),
        ("permit", text::isolate(&order.permit_number)),
        ("until", text::instant(order.not_after.micros())),
        ("officers", officers.join("\n")),
    ] {
        table.add_row([what.to_owned(), value]);
    }
    Ok(out.table(table, "")?)
}

/// Signs an order as the second officer.
fn approve(args: &EraseApproveArgs, out: &mut Out) -> Result<(), CliError> {
    let key = Keys::of(&args.dir).author(&args.author)?;
    let (mut signed, proposal) = erasures::read(&args.order)?;
    erasures::sign(&mut signed, &proposal.order, &key)?;
    erasures::put_back(&args.order, &signed)?;
    tell(&signed, &proposal, out)?;
    if erasures::signatures(&signed) == proposal.order.approvers.len() {
        out.say("Both officers have signed. The first of them has it carried out:")?;
        out.say(format!(
            "  sabt erase carry-out {}",
            text::shell(&args.order)
        ))?;
    }
    Ok(())
}

/// Hands an order in.
async fn carry_out(args: &EraseCarryOutArgs, out: &mut Out) -> Result<(), CliError> {
    let (signed, proposal) = erasures::read(&args.order)?;
    let by = match proposal.case.target {
        Target::Person(_)
        | Target::Household(_)
        | Target::Biometric(_)
        | Target::ServiceCase(_) => cast::DATA_PROTECTION,
        Target::Claim(_) => cast::ASYLUM_UNIT,
    };
    let session = Session::open(&args.connect, by).await?;
    let name = args.author.as_deref().unwrap_or(&session.caller);
    let key = Keys::of(&args.connect.dir).author(name)?;
    let request = erasures::request(signed, &proposal.order, &key)?;
    let answer = session.client.registry().erase(request).await?.into_inner();
    let receipt = answer
        .receipt
        .ok_or_else(|| CliError::Otherwise("the registry sent no receipt".to_owned()))?;
    let receipt_json = receipt_json(&receipt)?;
    erasures::done(&args.order, &receipt_json.to_string())?;
    out.json(&json!({ "erased": answer.erased, "receipt": receipt_json }))?;
    out.say(format!(
        "Erased: {}; record {} says so. The order, which said whose, is removed.",
        text::records(answer.erased),
        receipt.position
    ))?;
    Ok(())
}

/// Shows what is kept in a directory.
fn list(args: &EraseListArgs, out: &mut Out) -> Result<(), CliError> {
    let now = Clock::system().now_micros();
    let (kept, more) = erasures::list(&args.dir)?;
    let mut table = render::table(["order", "records", "ground", "until", "state"]);
    for kept in &kept {
        let state = kept.state(now).words();
        let Kept { id, path, order } = kept;
        let order = order.as_ref().map(|(_, proposal)| &proposal.order);
        out.json(&json!({
            "order_id": id, "file": path, "state": state,
            "records": order.map(|order| order.positions.len()),
            "ground": order.map(|order| order.ground.code()),
            "not_after": order.map(|order| order.not_after.micros()),
        }))?;
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        table.add_row([
            id.clone(),
            or_dash(order.map(|order| order.positions.len().to_string())),
            or_dash(order.map(|order| text::words(order.ground.code()))),
            or_dash(order.map(|order| text::instant(order.not_after.micros()))),
            state.to_owned(),
        ]);
    }
    out.table(table, "No order was proposed from here.")?;
    if more {
        out.say(format!("Only the newest {LISTED_MAX} are listed."))?;
    }
    Ok(())
}

/// A number or code; the twelve digits of one may be Persian or European.
fn code<T: std::str::FromStr<Err: std::fmt::Display>>(
    option: &str,
    text: &str,
) -> Result<T, CliError> {
    text.parse()
        .map_err(|err| CliError::usage(format!("{option} {text}: {err}"), "correct the code"))
}
