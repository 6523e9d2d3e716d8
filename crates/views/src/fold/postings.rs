use sabt_chain::Timestamp;
use sabt_domain::act::{CaseStep, SubjectId};
use sabt_domain::deadline;
use sabt_domain::event::{Event, EventBody};
use sabt_domain::fact::{Document, Particulars};
use sabt_domain::time::{Calendar, PartialDate};

use sabt_vault::ordinal::SubjectOrdinal;

use crate::blind::Blinder;
use crate::error::ViewsError;
use crate::registry_keys::RegistryKeys;
use crate::value::{POSTINGS_MAX, Posting, RosterRow};

/// The index entries of an event: every name and every document it ever stated of its subject, also where they are
/// later corrected, annulled or voided. Whoever follows an entry checks it against the life.
///
/// In ascending order and without repetition, so that the same event always gives the same row.
pub(super) fn of_event(
    keys: &RegistryKeys,
    event: &Event,
    recorded_at: Timestamp,
) -> Result<Vec<Posting>, ViewsError> {
    let mut postings = Vec::new();
    collect(keys.blinder(), event, &mut postings);
    claimants(keys, event, &mut postings)?;
    if let EventBody::BiometricReferenceRecorded(recorded) = &event.body
        && let Some(person) = keys.ordinal(&SubjectId::Person(recorded.person))
    {
        postings.push(Posting::Biometric(keys.blinder().referenced(person)));
    }
    campaigns(keys, event, recorded_at, &mut postings);
    sites(keys, event, &mut postings);
    work(keys.blinder(), event, &mut postings);
    clocks(keys.blinder(), event, recorded_at, &mut postings);
    postings.sort_unstable();
    postings.dedup();
    // The limits of acts keep far below this; more could only come from a widened limit, and then the first ones
    // still find the person.
    postings.truncate(POSTINGS_MAX);
    Ok(postings)
}

/// Who lodged a claim to asylum, and who may not be removed, under the key of the compartment.
fn claimants(
    keys: &RegistryKeys,
    event: &Event,
    postings: &mut Vec<Posting>,
) -> Result<(), ViewsError> {
    if let EventBody::AsylumClaimLodged(lodged) = &event.body {
        let person = keys.ordinal(&SubjectId::Person(lodged.person));
        if let Some(person) = person {
            let blind = keys.asylum_blinder()?.claimant(person);
            postings.push(Posting::Claimant(blind));
        }
    } else if let EventBody::StayOfRemovalPlaced(placed) = &event.body {
        let person = keys.ordinal(&SubjectId::Person(placed.person));
        if let Some(person) = person {
            let blind = keys.asylum_blinder()?.stayed(person);
            postings.push(Posting::Claimant(blind));
        }
    } else if let EventBody::ActCorrected(corrected) = &event.body {
        for replacement in &corrected.replacement {
            claimants(keys, replacement, postings)?;
        }
    }
    Ok(())
}

/// In which months time limits may end that the event starts or moves.
fn clocks(blinder: &Blinder, event: &Event, recorded_at: Timestamp, postings: &mut Vec<Posting>) {
    let recorded_on =
        sabt_domain::time::Timestamp::from_micros(recorded_at.as_micros()).day_in_tehran();
    let months = deadline::months(event, recorded_on).into_iter().map(Some);
    let holding = deadline::begins_holding(event).then_some(None);
    let blinds = months.chain(holding).map(|month| blinder.clock(month));
    postings.extend(blinds.map(Posting::Clock));
}

/// Which campaigns an event says something of, and what.
fn campaigns(
    keys: &RegistryKeys,
    event: &Event,
    recorded_at: Timestamp,
    postings: &mut Vec<Posting>,
) {
    let (campaign, office, absent) =
        if let EventBody::CampaignParticipationRecorded(stated) = &event.body {
            let office = stated.service_office.as_ref().unwrap_or(&event.office);
            (stated.campaign, office, false)
        } else if let EventBody::CampaignNonParticipationRecorded(stated) = &event.body {
            (stated.campaign, &event.office, true)
        } else if let EventBody::ActCorrected(correction) = &event.body {
            for replacement in &correction.replacement {
                campaigns(keys, replacement, recorded_at, postings);
            }
            return;
        } else {
            return;
        };
    if let Some(campaign) = keys.ordinal(&SubjectId::Campaign(campaign)) {
        let blinder = keys.blinder();
        let row = RosterRow {
            day: event.occurred_on.earliest().epoch_days(),
            recorded_at: recorded_at.as_micros(),
            office: blinder.office(office),
            absent,
        };
        postings.push(Posting::Campaign(blinder.campaign(campaign), row));
    }
}

/// Which office an event says to have taken a service case.
fn work(blinder: &Blinder, event: &Event, postings: &mut Vec<Posting>) {
    if let EventBody::ServiceRequested(_) = &event.body {
        postings.push(Posting::Work(blinder.taken(&event.office)));
    } else if let EventBody::ActCorrected(correction) = &event.body {
        for replacement in &correction.replacement {
            work(blinder, replacement, postings);
        }
    }
}

/// To which sites an event says that the person came, and that there is a site.
fn sites(keys: &RegistryKeys, event: &Event, postings: &mut Vec<Posting>) {
    // The list of all sites stands under no site.
    if let EventBody::SiteOpened(_) = &event.body {
        let all = keys.blinder().site(SubjectOrdinal::REGISTRY);
        postings.push(Posting::Site(all));
        return;
    }
    let site = if let EventBody::SiteAdmissionRecorded(stated) = &event.body {
        stated.site
    } else if let EventBody::SiteTransferRecorded(stated) = &event.body {
        stated.to_site
    } else if let EventBody::ActCorrected(correction) = &event.body {
        for replacement in &correction.replacement {
            sites(keys, replacement, postings);
        }
        return;
    } else {
        return;
    };
    if let Some(site) = keys.ordinal(&SubjectId::Site(site)) {
        postings.push(Posting::Site(keys.blinder().site(site)));
    }
}

fn collect(blinder: &Blinder, event: &Event, postings: &mut Vec<Posting>) {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a new event is not searched for until somebody says by what"
    )]
    match &event.body {
        EventBody::PersonRegistered(registered) => {
            let particulars = &registered.particulars;
            names(blinder, particulars, particulars.birth_date, postings);
            for document in &registered.documents {
                postings.push(document_posting(blinder, document));
            }
        }
        EventBody::BirthRegistered(birth) => {
            // A birth is dated; the particulars need not repeat it.
            let date = birth.child.birth_date.or(Some(event.occurred_on));
            names(blinder, &birth.child, date, postings);
            if let Some(document) = &birth.certificate {
                postings.push(document_posting(blinder, document));
            }
        }
        EventBody::CaseAdvanced(advanced) => {
            // A paper of registered persons stands in their lives, and is found there.
            if let CaseStep::PaperIssued(issue) = &advanced.step
                && issue.holders.is_empty()
            {
                postings.push(Posting::Document(blinder.document(&issue.key())));
            }
        }
        EventBody::DeathRegistered(death) => {
            if let Some(document) = &death.certificate {
                postings.push(document_posting(blinder, document));
            }
        }
        EventBody::DocumentIssued(issued) => {
            postings.push(document_posting(blinder, &issued.document));
        }
        EventBody::OfficerDeclared(declared) => {
            let (agency, officer) = (declared.agency.as_str(), declared.officer.as_str());
            postings.push(Posting::Officer(blinder.officer(agency, officer)));
        }
        EventBody::FactDisputed(_) => postings.push(Posting::Dispute),
        EventBody::ActCorrected(corrected) => {
            for replacement in &corrected.replacement {
                collect(blinder, replacement, postings);
            }
        }
        _ => {}
    }
}

/// One entry for each search key of each name, together with the birth year.
fn names(
    blinder: &Blinder,
    particulars: &Particulars,
    birth_date: Option<PartialDate>,
    postings: &mut Vec<Posting>,
) {
    let year = birth_date.map(first_birth_year);
    for name in &particulars.names {
        for key in name.search_keys() {
            postings.push(Posting::Name(blinder.name(&key, year)));
        }
    }
}

/// The first Gregorian year a birth may fall into.
fn first_birth_year(birth_date: PartialDate) -> i32 {
    birth_date.earliest().year_in(Calendar::Gregorian)
}

fn document_posting(blinder: &Blinder, document: &Document) -> Posting {
    Posting::Document(blinder.document(&document.key()))
}
