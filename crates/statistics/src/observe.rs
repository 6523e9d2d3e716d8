//! What a life adds to the figures of a release.

use std::collections::{BTreeMap, BTreeSet};

use sabt_domain::access::FieldGroup;
use sabt_domain::event::EventBody;
use sabt_domain::fact::{ExitKind, NationalityState, Party};
use sabt_domain::law::{ResidenceBasis, ResidenceKind};
use sabt_domain::life::{At, Life};
use sabt_domain::number::{CampaignNumber, PersonNumber};
use sabt_domain::person::{FileLocation, PermissionState, Person};
use sabt_domain::time::Day;

use crate::category::{Category, Values};
use crate::release::{CutOff, Month, Release};
use crate::table::Measure;

/// A person belongs to a measure, with these categories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Observation {
    /// Who is counted.
    pub measure: Measure,
    /// By what.
    pub values: Values,
}

/// The month as of which a person is registered, as known at a cut-off and if it is over by then; `None` for a household.
pub fn registered(life: &Life, cut_off: &CutOff) -> Option<Month> {
    let closed = Month::at(cut_off.known_at)?;
    let at = At {
        as_of: closed.last_day()?,
        known_at: cut_off.known_at,
    };
    let month = Month::of(life.person(&at)?.registered_on.earliest())?;
    (month <= closed).then_some(month)
}

/// What a life adds: nothing for a household, for a person registered later, and for a record whose person is counted
/// under a lower number.
pub fn observe(life: &Life, release: &Release) -> Vec<Observation> {
    let day = release.period.last;
    let at = At {
        as_of: day,
        known_at: release.cut_off.known_at,
    };
    let Some(person) = life.person(&at) else {
        return Vec::new();
    };
    let is_counted = person.same_as.iter().all(|same| person.number < *same);
    if !is_counted || day < person.registered_on.earliest() {
        return Vec::new();
    }
    let values = values(&person, day);
    let mut observations = Vec::new();
    if person.death.is_none() && person.in_country() {
        observations.push(Observation {
            measure: Measure::Population,
            values,
        });
    }
    let mut called = BTreeSet::new();
    for effective in life.effective(release.cut_off.known_at) {
        if release
            .period
            .contains(effective.event.occurred_on.earliest())
        {
            let body = &effective.event.body;
            observations.extend(happened(body, person.number, values));
            observations.extend(left(body, values));
            called.extend(answered(body));
        }
    }
    // Whoever came after an absence took part.
    observations.extend(called.last().map(|answer| Observation {
        measure: Measure::Called,
        values: Values {
            participation: answer.category(),
            ..values
        },
    }));
    observations.extend(answers(life, release, values));
    observations
}

/// How somebody has answered each campaign by the reference day, and at which office.
fn answers(life: &Life, release: &Release, values: Values) -> Vec<Observation> {
    let mut answers: BTreeMap<CampaignNumber, (Answer, Category)> = BTreeMap::new();
    for effective in life.effective(release.cut_off.known_at) {
        let event = effective.event;
        if release.period.last < event.occurred_on.earliest() {
            continue;
        }
        let office = &event.office;
        let (campaign, answer, office) =
            if let EventBody::CampaignParticipationRecorded(body) = &event.body {
                let office = body.service_office.as_ref().unwrap_or(office);
                (body.campaign, Answer::TookPart, office)
            } else if let EventBody::CampaignNonParticipationRecorded(body) = &event.body {
                (body.campaign, Answer::Absent, office)
            } else {
                continue;
            };
        let answered = (answer, Category::of(office.as_str()));
        let known = answers.entry(campaign).or_insert(answered);
        // Whoever came after an absence took part.
        *known = answered.max(*known);
    }
    let counted = answers
        .into_iter()
        .map(|(campaign, (answer, office))| Observation {
            measure: Measure::Answered,
            values: Values {
                participation: answer.category(),
                campaign: Category::of(&campaign.to_string()),
                service_office: office,
                ..values
            },
        });
    counted.collect()
}

/// A departure for good, by its way. What tells an exit from a journey is what the border was told.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "nothing else is a departure for good"
)]
fn left(body: &EventBody, values: Values) -> Option<Observation> {
    let way = match body {
        EventBody::ExitRecorded(exit) if exit.kind == ExitKind::Final => "EXIT",
        EventBody::VoluntaryReturnRecorded(_) => "VOLUNTARY_RETURN",
        EventBody::ThirdCountryDepartureRecorded(_) => "THIRD_COUNTRY",
        EventBody::ExpulsionExecuted(_) => "EXPULSION",
        _ => return None,
    };
    Some(Observation {
        measure: Measure::Returns,
        values: Values {
            way_out: Category::of(way),
            ..values
        },
    })
}

/// How somebody answered the call of a campaign; that they came prevails.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    Absent,
    TookPart,
}

impl Answer {
    const fn category(self) -> Category {
        match self {
            Self::Absent => Category::of("ABSENT"),
            Self::TookPart => Category::of("TOOK_PART"),
        }
    }
}

fn answered(body: &EventBody) -> Option<Answer> {
    if matches!(body, EventBody::CampaignParticipationRecorded(_)) {
        Some(Answer::TookPart)
    } else if matches!(body, EventBody::CampaignNonParticipationRecorded(_)) {
        Some(Answer::Absent)
    } else {
        None
    }
}

/// The flow that an event belongs to, if it happened to this person.
fn happened(body: &EventBody, person: PersonNumber, values: Values) -> Option<Observation> {
    let of = |measure| Some(Observation { measure, values });
    if matches!(body, EventBody::PersonRegistered(_)) {
        of(Measure::Registrations)
    } else if matches!(body, EventBody::BirthRegistered(_)) {
        of(Measure::Births)
    } else if matches!(body, EventBody::DeathRegistered(_)) {
        of(Measure::Deaths)
    } else if let EventBody::MarriageRegistered(marriage) = body {
        is_party(person, [&marriage.husband, &marriage.wife]).then_some(Observation {
            measure: Measure::Marriages,
            values,
        })
    } else if let EventBody::DivorceRegistered(divorce) = body {
        // It stands in the lives of children as well, whose custody it ruled on.
        is_party(person, [&divorce.husband, &divorce.wife]).then_some(Observation {
            measure: Measure::Divorces,
            values,
        })
    } else if matches!(body, EventBody::EntryRecorded(_)) {
        of(Measure::Entries)
    } else if matches!(body, EventBody::ExitRecorded(_)) {
        of(Measure::Exits)
    } else if let EventBody::ResidencePermitIssued(permit) = body {
        Some(Observation {
            measure: Measure::PermitsIssued,
            values: Values {
                permit_kind: permit_kind(permit.kind, permit.basis),
                ..values
            },
        })
    } else {
        None
    }
}

fn is_party(person: PersonNumber, parties: [&Party; 2]) -> bool {
    parties.iter().any(|party| party.person() == Some(person))
}

/// The categories of a person on a day, or on that of their death.
fn values(person: &Person, day: Day) -> Values {
    let last = person
        .death
        .as_ref()
        .map_or(day, |death| death.on.earliest().min(day));
    // Statelessness is a fact of protection (AM-62): without it the nationality is simply not known.
    let nationality = person
        .particulars
        .nationalities
        .iter()
        .filter(|nationality| nationality.state != NationalityState::Stateless)
        .find_map(|nationality| nationality.country);
    let province = match person.file {
        FileLocation::Held(province) | FileLocation::InTransit { to: province, .. } => {
            Some(province)
        }
        FileLocation::Unknown => None,
    };
    let status = person
        .current_statuses()
        .filter(|status| FieldGroup::of_status(*status) == FieldGroup::Status)
        .last();
    let permit = person
        .permits
        .iter()
        .rev()
        .find(|permit| permit.state(day) == PermissionState::Valid);
    Values {
        nationality: nationality
            .map_or(Category::UNKNOWN, |country| Category::of(country.as_str())),
        province: Category::of_province(province),
        sex: Category::of(person.particulars.sex.code()),
        age_group: Category::of_age(person.age_years(last)),
        status: status.map_or(Category::OTHER_OR_NONE, |status| {
            Category::of(status.code())
        }),
        permit_kind: permit.map_or(Category::OTHER_OR_NONE, |permit| {
            permit_kind(permit.kind, permit.basis)
        }),
        way_out: Category::OTHER_OR_NONE,
        participation: Category::OTHER_OR_NONE,
        campaign: Category::OTHER_OR_NONE,
        service_office: Category::OTHER_OR_NONE,
    }
}

/// The kind of a permit, unless kind or basis tell of protection.
fn permit_kind(kind: ResidenceKind, basis: ResidenceBasis) -> Category {
    if FieldGroup::of_residence(kind, basis) == FieldGroup::Residence {
        Category::of(kind.code())
    } else {
        Category::OTHER_OR_NONE
    }
}
