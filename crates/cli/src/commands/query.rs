//! Questions about persons: `verify-document`, `verify-stay`, `find`, `person`, `family`, `history`,
//! `claims`, `who-looked`.

use prost::Message;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::{DocumentKind, DocumentReference};

use crate::args::{FindArgs, ListingFormat, PersonArgs, VerifyDocumentArgs, WhoLookedArgs};
use crate::cast::{self, Player};
use crate::disclosures::{Listing, cef, fhir};
use crate::error::CliError;
use crate::json;
use crate::out::Out;
use crate::purpose::{Asked, purpose};
use crate::render;
use crate::session::Session;
use crate::when::at;

/// Is this document valid?
///
/// # Errors
/// [`CliError`].
pub async fn verify_document(args: &VerifyDocumentArgs, out: &mut Out) -> Result<(), CliError> {
    let document = reference(&args.kind, &args.issuer, &args.number)?;
    let at = Some(at(&args.at)?);
    let session = Session::open(&args.connect, cast::POLICE).await?;
    let purpose = Some(purpose(&args.purpose, &session.caller, Asked::Data)?);
    let request = api::VerifyDocumentRequest {
        purpose,
        at,
        document: Some(document),
    };
    let answer = session
        .client
        .persons()
        .verify_document(request)
        .await?
        .into_inner();
    emit(out, "sabt.api.v1.VerifyDocumentResponse", &answer)?;
    out.say(render::verdict(answer.verdict(), &answer.reason_class))?;
    contested(out, &answer.contested)?;
    info(out, answer.info.as_ref())
}

/// May this person stay?
///
/// # Errors
/// [`CliError`].
pub async fn verify_stay(args: &PersonArgs, out: &mut Out) -> Result<(), CliError> {
    let (session, asked) = open(args, cast::POLICE).await?;
    let (purpose, at, person) = asked.parts();
    let request = api::VerifyStayRequest {
        purpose,
        at,
        person,
    };
    let answer = session
        .client
        .persons()
        .verify_stay(request)
        .await?
        .into_inner();
    emit(out, "sabt.api.v1.VerifyStayResponse", &answer)?;
    out.say(render::verdict(answer.verdict(), &answer.reason_class))?;
    contested(out, &answer.contested)?;
    info(out, answer.info.as_ref())
}

/// Who could it be?
///
/// # Errors
/// [`CliError`].
pub async fn find(args: &FindArgs, out: &mut Out) -> Result<(), CliError> {
    let document = args.document.as_deref().map(document_path).transpose()?;
    let session = Session::open(&args.connect, cast::REGISTRAR).await?;
    let request = api::FindPersonRequest {
        purpose: Some(purpose(&args.purpose, &session.caller, Asked::Data)?),
        document,
        given_name: args.given.clone().unwrap_or_default(),
        family_name: args.family.clone().unwrap_or_default(),
        birth_year: args.born.unwrap_or(0),
    };
    let answer = session
        .client
        .persons()
        .find_person(request)
        .await?
        .into_inner();
    emit(out, "sabt.api.v1.FindPersonResponse", &answer)?;
    out.table(render::candidates(&answer.candidates), "Nobody found.")?;
    if answer.more {
        out.say("More persons match than may be listed: say more about the one you look for.")?;
    }
    contested(out, &answer.contested)?;
    info(out, answer.info.as_ref())
}

/// A person's record.
///
/// # Errors
/// [`CliError`].
pub async fn person(args: &PersonArgs, out: &mut Out) -> Result<(), CliError> {
    let (session, asked) = open(args, cast::REGISTRAR).await?;
    let (purpose, at, person) = asked.parts();
    let request = api::GetPersonRequest {
        purpose,
        at,
        person,
    };
    let answer = session
        .client
        .persons()
        .get_person(request)
        .await?
        .into_inner();
    emit(out, "sabt.api.v1.GetPersonResponse", &answer)?;
    if let Some(person) = &answer.person {
        out.table(render::person(person), "")?;
    }
    contested(out, &answer.contested)?;
    info(out, answer.info.as_ref())
}

/// A person's family and household.
///
/// # Errors
/// [`CliError`].
pub async fn family(args: &PersonArgs, out: &mut Out) -> Result<(), CliError> {
    let (session, asked) = open(args, cast::REGISTRAR).await?;
    let (purpose, at, person) = asked.parts();
    let request = api::GetFamilyRequest {
        purpose,
        at,
        person,
    };
    let answer = session
        .client
        .persons()
        .get_family(request)
        .await?
        .into_inner();
    emit(out, "sabt.api.v1.GetFamilyResponse", &answer)?;
    out.table(render::family(&answer), "No relatives are recorded.")?;
    if let Some(household) = &answer.household {
        out.say("")?;
        out.say(render::household_line(household))?;
        out.table(
            render::household(household),
            "The household has no members.",
        )?;
    }
    contested(out, &answer.contested)?;
    info(out, answer.info.as_ref())
}

/// A person's history.
///
/// # Errors
/// [`CliError`].
pub async fn history(args: &PersonArgs, out: &mut Out) -> Result<(), CliError> {
    let (session, asked) = open(args, cast::REGISTRAR).await?;
    let (purpose, at, person) = asked.parts();
    let request = api::GetHistoryRequest {
        purpose,
        at,
        person,
    };
    let answer = session
        .client
        .persons()
        .get_history(request)
        .await?
        .into_inner();
    emit(out, "sabt.api.v1.GetHistoryResponse", &answer)?;
    out.table(render::history(&answer.entries), "Nothing is recorded.")?;
    contested(out, &answer.contested)?;
    info(out, answer.info.as_ref())
}

/// A person's claims to asylum.
///
/// # Errors
/// [`CliError`].
pub async fn claims(args: &PersonArgs, out: &mut Out) -> Result<(), CliError> {
    let (session, asked) = open(args, cast::ASYLUM_UNIT).await?;
    let (purpose, at, person) = asked.parts();
    let request = api::GetAsylumClaimsRequest {
        purpose,
        at,
        person,
    };
    let answer = session
        .client
        .persons()
        .get_asylum_claims(request)
        .await?
        .into_inner();
    emit(out, "sabt.api.v1.GetAsylumClaimsResponse", &answer)?;
    if answer.claims.is_empty() {
        out.say("No claim to asylum is recorded.")?;
    }
    for claim in &answer.claims {
        out.table(render::claim(claim), "")?;
    }
    if answer.claims.iter().any(|claim| claim.decision.is_none()) {
        out.prose(
            "A claim by itself keeps nobody from being expelled: place a stay of removal (place_stay_of_removal), \
             which shows outside the unit as a bar and as nothing else.",
            "",
        )?;
    }
    info(out, answer.info.as_ref())
}

/// Who looked at a person's data.
///
/// # Errors
/// [`CliError`].
pub async fn who_looked(args: &WhoLookedArgs, out: &mut Out) -> Result<(), CliError> {
    if args.format == ListingFormat::Cef && out.is_json() {
        return Err(CliError::usage(
            "CEF is not JSON",
            "leave --json out, or take --format fhir",
        ));
    }
    let session = Session::open(&args.connect, cast::REGISTRAR).await?;
    let mut purpose = purpose(&args.purpose, &session.caller, Asked::Disclosures)?;
    if purpose.case_reference.is_empty() {
        // Where no other case is named, it is the request that the signed consent documents.
        purpose.case_reference.clone_from(&args.consent);
    }
    let person = latin(&args.number);
    let request = api::ListDisclosuresRequest {
        purpose: Some(purpose),
        person: person.clone(),
        consent_reference: args.consent.clone(),
    };
    let answer = session
        .client
        .audit()
        .list_disclosures(request)
        .await?
        .into_inner();
    let listing = Listing {
        registry: &session.registry,
        person: &person,
        version: env!("CARGO_PKG_VERSION"),
        answer: &answer,
    };
    tell_disclosures(&listing, args.format, out)
}

/// The answer in the form asked for.
fn tell_disclosures(
    listing: &Listing<'_>,
    format: ListingFormat,
    out: &mut Out,
) -> Result<(), CliError> {
    let answer = listing.answer;
    match format {
        ListingFormat::Table => {
            emit(out, "sabt.api.v1.ListDisclosuresResponse", answer)?;
            out.table(render::disclosures(&answer.entries), "Nobody has looked.")?;
            out.say(render::withheld(answer.withheld))?;
            if answer.earlier != 0 {
                out.say(format!("{} earlier ones are not listed.", answer.earlier))?;
            }
            info(out, answer.info.as_ref())
        }
        ListingFormat::Fhir if out.is_json() => Ok(out.json(&fhir::bundle(listing))?),
        ListingFormat::Fhir => Ok(out.verbatim(format_args!("{:#}", fhir::bundle(listing)))?),
        ListingFormat::Cef => {
            for line in cef::lines(listing) {
                out.verbatim(line)?;
            }
            Ok(())
        }
    }
}

/// Purpose, time and person of a question.
struct Question {
    purpose: api::Purpose,
    at: api::AsOf,
    person: String,
}

impl Question {
    fn parts(self) -> (Option<api::Purpose>, Option<api::AsOf>, String) {
        (Some(self.purpose), Some(self.at), self.person)
    }
}

async fn open(args: &PersonArgs, usual: Player) -> Result<(Session, Question), CliError> {
    let at = at(&args.at)?;
    let session = Session::open(&args.connect, usual).await?;
    let purpose = purpose(&args.purpose, &session.caller, Asked::Data)?;
    Ok((
        session,
        Question {
            purpose,
            at,
            person: latin(&args.number),
        },
    ))
}

/// A number as the registry reads it: in Latin digits, without the spaces people put in.
pub(super) fn latin(number: &str) -> String {
    number
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(crate::when::latin_digit)
        .collect()
}

/// `KIND/ISSUER/NUMBER`.
fn document_path(text: &str) -> Result<DocumentReference, CliError> {
    let mut parts = text.splitn(3, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(kind), Some(issuer), Some(number)) => reference(kind, issuer, number),
        _ => Err(CliError::usage(
            format!("{text} names no document"),
            "write KIND/ISSUER/NUMBER, e.g. passport/AFG/P01234567",
        )),
    }
}

/// A document, its kind in the words of the command line.
///
/// # Errors
/// [`CliError::Usage`] for a kind that is not in the contract.
pub fn reference(kind: &str, issuer: &str, number: &str) -> Result<DocumentReference, CliError> {
    let name = format!("{KIND_PREFIX}{}", kind.to_uppercase().replace('-', "_"));
    let known = DocumentKind::from_str_name(&name).filter(|k| *k != DocumentKind::Unspecified);
    let Some(kind) = known else {
        return Err(CliError::usage(
            format!("{kind} is no kind of document"),
            format!(
                "kinds are {}",
                json::enum_words("sabt.event.v1.DocumentKind", KIND_PREFIX)
            ),
        ));
    };
    Ok(DocumentReference {
        kind: kind.into(),
        issuer: issuer.to_uppercase(),
        number: number.to_owned(),
    })
}

const KIND_PREFIX: &str = "DOCUMENT_KIND_";

pub(super) fn emit<M: Message>(
    out: &mut Out,
    name: &'static str,
    answer: &M,
) -> Result<(), CliError> {
    if out.is_json() {
        out.json(&json::to_value(name, answer)?)?;
    }
    Ok(())
}

/// What of the answer its person contests.
pub(super) fn contested(out: &mut Out, marks: &[api::Contested]) -> Result<(), CliError> {
    if !marks.is_empty() {
        out.say("")?;
    }
    for mark in marks {
        out.say(render::contested(mark))?;
    }
    Ok(())
}

/// Where the answer comes from, and that it was recorded.
pub(super) fn info(out: &mut Out, info: Option<&api::AnswerInfo>) -> Result<(), CliError> {
    if let Some(info) = info {
        out.say("")?;
        out.say(render::info(info))?;
    }
    Ok(())
}
