//! Every question of every role but the asylum unit about every pair, put to the views in this process: what a server adds
//! to it depends on nothing else.

use std::collections::BTreeSet;

use sabt_chain::Position;
use sabt_domain::access::{
    Asker, AuthenticGrant, FieldGroup, Grant, GrantRule, Matrix, Method, Permit, Purpose, Role,
};
use sabt_domain::act::{ActId, EnrolKey, PublicKey, SubjectId};
use sabt_domain::case::CaseState;
use sabt_domain::event::{Event, EventBody, Recorded};
use sabt_domain::fact::{AgencyCode, DocumentKey, PermitScope};
use sabt_domain::governance::Enrolment;
use sabt_domain::law::{
    DocumentKind, ProvinceCode, ResidenceBasis, ResidenceKind, ResidenceStep, Right,
};
use sabt_domain::life::At;
use sabt_domain::number::{CaseNumber, HouseholdCode, PersonNumber};
use sabt_domain::person::RightAnswer;
use sabt_domain::refusal::Refusal;
use sabt_domain::time::{Calendar, Timestamp};
use sabt_views::Views;
use sabt_views::query::{
    Answer, Candidates, CaseView, ConditionsQuery, ConditionsView, DeadlineQuery, DeadlinesView,
    DisclosureEntry, DocumentVerdict, DueQuery, DueView, FamilyView, FindQuery, FlagsFrom,
    HistoryEntry, HouseholdView, PersonView, QueryError, RemovalAnswer, RetentionView, StayVerdict,
};

use super::twins::{PAIRS, Side, Twins};
use crate::support::{NOW, REGISTRY};

/// What the views tell.
#[derive(PartialEq)]
enum Content {
    Document(DocumentVerdict),
    Stay(StayVerdict),
    Rights(Vec<(u64, RightAnswer)>),
    Removal(RemovalAnswer),
    Conditions(ConditionsView),
    Deadlines(DeadlinesView),
    Found(Candidates),
    Person(Box<PersonView>),
    Family(FamilyView),
    Household(HouseholdView),
    History(Vec<HistoryEntry>),
    Retention(RetentionView),
    Due(DueView),
    /// How a case stands, and how many steps it took.
    Case(CaseState, usize),
    Cases(Vec<CaseNumber>),
    Looked(Vec<DisclosureEntry>, u64, u64),
}

/// Of which state, about whom, and what.
type Told = Result<(u64, Vec<SubjectId>, Content), Refusal>;

/// Persons and households that are looked at for a page of what is due.
const LOOKED_AT: usize = 3;

/// Persons and households that are looked at for a page when all pages are read.
const DUE_PAGE: usize = 250;

/// Threads that share the pairs.
pub(super) const SHARES: usize = 4;

/// Compares what both registries tell about a share of the pairs; returns how many answers.
pub(super) fn compare(twins: &Twins, share: usize) -> usize {
    let [with, without] = [Side::With, Side::Without].map(|side| twins.registry(side).registry());
    let enrolment = with.enrolment();
    let mut compared = 0;
    for pair in (share..PAIRS).step_by(SHARES) {
        let person: PersonNumber = twins.people[pair].parse().unwrap();
        for (permit, methods) in permits(&enrolment, person) {
            for method in methods {
                let told = |registry: &sabt_server::registry::Registry| {
                    ask(registry.views(), &enrolment, &permit, method, twins, pair)
                };
                let same = told(with) == told(without);
                let (role, code) = (permit.role().code(), method.code());
                assert!(same, "pair {pair}, {role} asks {code}");
                compared += 1;
            }
        }
    }
    compared
}

/// Which officers draw attention, by which rule, is the same with and without claims; how many flags were compared.
pub(super) fn compare_flags(twins: &Twins) -> usize {
    let mut compared = 0;
    let enrolment = twins.registry(Side::With).registry().enrolment();
    let now = Timestamp::from_micros(NOW);
    let from = FlagsFrom {
        position: Position::new(0),
        since: Timestamp::from_micros(0),
    };
    for row in Matrix::newest().rows() {
        if !row.methods.contains(Method::ListLookupFlags) {
            continue;
        }
        let permit = permit(&enrolment, row.role, row.purpose);
        let [with, without] = [Side::With, Side::Without].map(|side| {
            let registry = twins.registry(side).registry();
            let answer = registry
                .views()
                .lookup_flags(&permit, from, &enrolment, now)
                .unwrap();
            let flags = answer.content.flags.into_iter();
            flags
                .map(|flag| (flag.rule, flag.agency, flag.officer))
                .collect::<BTreeSet<_>>()
        });
        assert_eq!(with, without, "{:?}", row.role);
        compared += with.len();
    }
    compared
}

/// How often each grant was used is the same with and without claims; how many grants were compared.
pub(super) fn compare_uses(twins: &Twins) -> usize {
    let mut compared = 0;
    let enrolment = twins.registry(Side::With).registry().enrolment();
    let from = FlagsFrom {
        position: Position::new(0),
        since: Timestamp::from_micros(0),
    };
    for row in Matrix::newest().rows() {
        if !row.methods.contains(Method::ListGrantUses) {
            continue;
        }
        let permit = permit(&enrolment, row.role, row.purpose);
        let [with, without] = [Side::With, Side::Without].map(|side| {
            let views = twins.registry(side).registry().views();
            views.grant_uses(&permit, from).unwrap().content.uses
        });
        assert_eq!(with, without, "{:?}", row.role);
        compared += with.len();
    }
    compared
}

/// What is due of everybody is the same with and without claims, page by page: today, and when everything is over; how many
/// pages and persons were compared.
pub(super) fn compare_due(twins: &Twins) -> (usize, usize) {
    let (mut pages, mut listed) = (0, 0);
    let enrolment = twins.registry(Side::With).registry().enrolment();
    let now = Timestamp::from_micros(NOW);
    for row in Matrix::newest().rows() {
        if !row.methods.contains(Method::ListRetentionsDue) {
            continue;
        }
        let permit = permit(&enrolment, row.role, row.purpose);
        for years in [0, 30] {
            let as_of = now
                .day_in_tehran()
                .plus_months(Calendar::Jalali, 12 * years);
            let at = At {
                as_of: as_of.unwrap(),
                known_at: now,
            };
            let mut after = Vec::new();
            loop {
                let query = DueQuery {
                    after: after.clone(),
                    looked_at: DUE_PAGE,
                    ..DueQuery::default()
                };
                let [with, without] = [Side::With, Side::Without].map(|side| {
                    let views = twins.registry(side).registry().views();
                    views.retentions_due(&permit, &query, &at).unwrap()
                });
                let same = with.position == without.position
                    && with.about == without.about
                    && with.content == without.content;
                assert!(same, "{:?}, page {pages}", row.role);
                pages += 1;
                listed += with.content.due.len();
                after = with.content.next;
                if after.is_empty() {
                    break;
                }
            }
        }
    }
    (pages, listed)
}

/// What the matrix opens to each role, under a grant where one is needed.
fn permits(enrolment: &Enrolment, person: PersonNumber) -> Vec<(Permit, Vec<Method>)> {
    let mut permits = Vec::new();
    for row in Matrix::newest().rows() {
        if row.role == Role::AsylumUnit {
            continue;
        }
        let permit = permit(enrolment, row.role, row.purpose);
        let methods = row.methods.iter().filter(|method| method.needs_permit());
        // An extract is made of the same answers, and signed together with hashes of records, which differ. Corrections are
        // listed for an agency, and figures are about everybody, not about one person: that is asked once, over TLS.
        let apart = [
            Method::Follow,
            Method::GetExtract,
            Method::ListCorrections,
            Method::AcknowledgeCorrection,
            Method::ListOpenCorrections,
            Method::GetStatistics,
            // A campaign is about nobody: that is compared where campaigns are.
            Method::GetCampaign,
            // A site is about nobody: that is compared where sites are.
            Method::GetSite,
            Method::ListSites,
            // The work of an office is compared where it is listed.
            Method::ListOfficeCases,
            // What is drawn hangs on a key that differs, and what draws attention is asked once.
            Method::ListDrawnLookups,
            Method::ListLookupFlags,
            // What it is decided on is compared where acts are checked.
            Method::CheckAct,
            Method::ListGrantUses,
        ];
        let methods = methods.filter(|method| !apart.contains(method));
        let needed = |method: &Method| {
            row.purpose.is_emergency() || row.role.grant_rule(*method) != GrantRule::NotNeeded
        };
        let (granted, open): (Vec<_>, Vec<_>) = methods.partition(needed);
        if !granted.is_empty() {
            permits.push((under_grant(enrolment, &permit, person), granted));
        }
        permits.push((permit, open));
    }
    permits
}

/// A permit for an agency of the role.
fn permit(enrolment: &Enrolment, role: Role, purpose: Purpose) -> Permit {
    let mut agencies = enrolment.agencies();
    let agency = agencies.find(|agency| agency.roles.contains(&role));
    let absent = [
        Role::PublicService,
        Role::CampaignOrganiser,
        Role::ImmigrationPolice,
    ];
    assert!(agency.is_some() || absent.contains(&role), "{role:?}");
    let asker = Asker {
        // A role that no agency of this registry has is asked for all the same.
        agency: agency.map_or_else(|| "NOBODY".to_owned(), |agency| agency.code.to_string()),
        officer: "T-1".to_owned(),
        roles: [role].into(),
        state: "IRN".to_owned(),
        rights: Right::ALL.iter().copied().collect(),
    };
    let permit = Matrix::newest().permit(&asker, purpose.code(), "law:art.4", "C-1");
    permit.unwrap()
}

/// A key as the ledger enrols it.
fn enrolled(key: EnrolKey) -> Recorded {
    let now = Timestamp::from_micros(NOW);
    Recorded {
        position: u64::MAX - 1,
        recorded_at: now,
        act_id: ActId([77; 16]),
        part: 0,
        event: Event {
            occurred_on: now.day_in_tehran().date_in(Calendar::Jalali).unwrap(),
            office_recorded_at: now,
            office: "MOI".parse().unwrap(),
            legal_basis: "design:4".to_owned(),
            law_edition: "1405-1".to_owned(),
            body: EventBody::KeyEnrolled(key),
        },
    }
}

fn under_grant(enrolment: &Enrolment, permit: &Permit, person: PersonNumber) -> Permit {
    let now = Timestamp::from_micros(NOW);
    let agency: AgencyCode = permit.asker().agency.parse().unwrap();
    let emergency = permit.purpose().is_emergency();
    // In an emergency an officer signs with a key of their own.
    let own = PublicKey([77; 32]);
    let mut enrolment = enrolment.clone();
    if emergency {
        enrolment.apply(&enrolled(EnrolKey {
            agency: agency.clone(),
            public_key: own,
            office: None,
            not_after: None,
            supervisor: None,
            emergency_officer: Some(permit.asker().officer.parse().unwrap()),
        }));
    }
    let enrolment = &enrolment;
    let key = enrolment.keys().map(|(_, key)| key).find(|key| {
        let signs = if emergency {
            key.public_key == own
        } else {
            key.supervisor.is_some()
        };
        signs && key.agency.as_ref() == Some(&agency)
    });
    let groups = [FieldGroup::Identity, FieldGroup::Family];
    let grant = Grant {
        id: sabt_domain::access::GrantId([1; 16]),
        origin: format!("{REGISTRY}/events"),
        agency,
        officer: permit.asker().officer.parse().unwrap(),
        purpose: permit.purpose(),
        legal_basis: permit.legal_basis().to_owned(),
        case_reference: permit.case_reference().to_owned(),
        groups: groups
            .into_iter()
            .filter(|group| permit.allows(*group))
            .collect(),
        persons: [person].into(),
        not_before: now,
        not_after: now,
        issuer: key.unwrap().public_key.id(),
    };
    let read = AuthenticGrant::read(&grant.encode(), &grant.origin, enrolment, |_| true);
    let held = read.unwrap().for_asker(permit.asker(), enrolment, now);
    permit.clone().under(&held.unwrap()).unwrap()
}

/// The first page of what is due.
fn due(views: &Views, permit: &Permit, at: &At) -> Told {
    let query = DueQuery {
        looked_at: LOOKED_AT,
        ..DueQuery::default()
    };
    told(views.retentions_due(permit, &query, at), Content::Due)
}

/// What runs for a person, or for every tenth the first page of what runs for those whose file an office holds.
fn deadlines(views: &Views, permit: &Permit, person: PersonNumber, at: &At, pair: usize) -> Told {
    if !pair.is_multiple_of(10) {
        let answer = views.deadlines_of(permit, person, None, at);
        return told(answer, Content::Deadlines);
    }
    let query = DeadlineQuery {
        province: ProvinceCode::Tehran,
        bearer: None,
        until: at.as_of.plus_days(200).unwrap(),
        after: Vec::new(),
    };
    told(views.deadlines_due(permit, &query, at), Content::Deadlines)
}

/// Every right of a person.
fn rights(
    views: &Views,
    permit: &Permit,
    person: PersonNumber,
    at: &At,
) -> (u64, Vec<SubjectId>, Content) {
    let about = vec![SubjectId::Person(person)];
    let mut rights = Vec::new();
    for right in Right::ALL {
        let answer = views.verify_right(permit, person, *right, at).unwrap();
        assert_eq!(answer.about, about);
        rights.push((answer.position.get(), answer.content));
    }
    (0, about, Content::Rights(rights))
}

fn ask(
    views: &Views,
    enrolment: &Enrolment,
    permit: &Permit,
    method: Method,
    twins: &Twins,
    pair: usize,
) -> Told {
    let now = Timestamp::from_micros(NOW);
    let at = At {
        as_of: now.day_in_tehran(),
        known_at: now,
    };
    let person: PersonNumber = twins.people[pair].parse().unwrap();
    let document = || {
        let (issuer, number) = ("AFG".parse().unwrap(), format!("P-{:05}", 2 * pair));
        DocumentKey::new(DocumentKind::Passport, issuer, &number)
    };
    match method {
        Method::VerifyDocument => told(
            views.verify_document(permit, &document(), &at),
            Content::Document,
        ),
        Method::VerifyStay => told(views.verify_stay(permit, person, &at), Content::Stay),
        Method::VerifyRight => Ok(rights(views, permit, person, &at)),
        Method::VerifyRemoval => removal(views, permit, person, &at),
        Method::GetResidenceConditions => conditions(views, permit, person, &at, pair),
        Method::FindPerson => {
            let query = FindQuery::Document(document());
            told(views.find(permit, &query, &at), Content::Found)
        }
        Method::GetPerson => told(views.person(permit, person, &at), |view| {
            Content::Person(Box::new(view))
        }),
        Method::GetFamily => told(views.family(permit, person, &at), Content::Family),
        Method::GetHousehold => {
            let household = household_of(twins, pair);
            told(views.household(permit, household, &at), Content::Household)
        }
        Method::GetRetention => told(views.retention(permit, person, &at), Content::Retention),
        Method::ListRetentionsDue => due(views, permit, &at),
        Method::GetCase => told(views.case(permit, case_of(twins, pair), &at), |view| {
            case_content(&view)
        }),
        Method::ListCases => told(views.cases(permit, person, &at), |cases| {
            Content::Cases(cases.iter().map(|entry| entry.number).collect())
        }),
        Method::ListDeadlines => deadlines(views, permit, person, &at, pair),
        Method::GetHistory => told(views.history(permit, person, &at), Content::History),
        Method::ListDisclosures => told(
            views.disclosures_about(permit, person, enrolment, now),
            |found| Content::Looked(found.entries, found.withheld, found.earlier),
        ),
        Method::GetAsylumClaims
        | Method::GetClaimRetention
        | Method::Follow
        | Method::SubmitAct
        | Method::ReadRecords
        | Method::GetCheckpoint
        | Method::GetProof
        | Method::GetStatus
        | Method::GetExtract
        | Method::ListCorrections
        | Method::AcknowledgeCorrection
        | Method::ListOpenCorrections
        | Method::GetStatistics
        | Method::GetCampaign
        | Method::GetSite
        | Method::ListSites
        | Method::ListOfficeCases
        | Method::ListLookupFlags
        | Method::ListGrantUses
        | Method::ListDrawnLookups
        | Method::CheckAct
        | Method::Erase => panic!("{} is not asked here", method.code()),
    }
}

fn removal(views: &Views, permit: &Permit, person: PersonNumber, at: &At) -> Told {
    let answer = views.verify_removal(permit, person, "E-1", at);
    told(answer, Content::Removal)
}

/// Pair by pair another kind, refuge among the grounds.
fn conditions(views: &Views, permit: &Permit, person: PersonNumber, at: &At, pair: usize) -> Told {
    let kinds = [ResidenceKind::ThreeYear, ResidenceKind::SevenYear];
    let bases = [ResidenceBasis::Refugee, ResidenceBasis::Work];
    let query = ConditionsQuery {
        kind: kinds[pair / 2 % 2],
        basis: bases[pair % 2],
        scope: PermitScope::Individual,
        step: ResidenceStep::ALL[pair % 3],
    };
    let answer = views.residence_conditions(permit, person, query, at);
    told(answer, Content::Conditions)
}

/// The household of a pair, or one that nobody has formed.
fn household_of(twins: &Twins, pair: usize) -> HouseholdCode {
    let household = twins.households[pair].as_deref();
    household.map_or_else(nowhere, |code| code.parse().unwrap())
}

fn case_of(twins: &Twins, pair: usize) -> CaseNumber {
    twins.cases[pair].parse().unwrap()
}

fn case_content(view: &CaseView) -> Content {
    Content::Case(view.case.state(), view.steps.len())
}

/// A household that nobody has formed: most pairs have none.
fn nowhere() -> HouseholdCode {
    HouseholdCode::from_serial(99_000_000_000).unwrap()
}

fn told<T>(answer: Result<Answer<T>, QueryError>, content: impl Fn(T) -> Content) -> Told {
    match answer {
        Ok(answer) => Ok((answer.position.get(), answer.about, content(answer.content))),
        Err(QueryError::Refused(refusal)) => Err(refusal),
        Err(error) => panic!("{error}"),
    }
}
