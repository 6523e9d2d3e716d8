//! A registry in memory: the domain's own decisions and folds, and nothing else.
//!
//! It has no ledger, no keys and no clock; it trusts that whoever submits is who they say. Tests use it to see what a
//! registry answers without running one.

use std::collections::BTreeSet;
use std::sync::Arc;

use sabt_domain::access::Role;
use sabt_domain::act::{Act, ActKind, SubjectId};
use sabt_domain::decide::{
    Decided, Facts, NEED_ROUNDS_MAX, Need, RecordedAct, States, decide, needs,
};
use sabt_domain::event::{EventBody, Recorded};
use sabt_domain::governance::Author;
use sabt_domain::life::At;
use sabt_domain::number::{
    BiometricNumber, CampaignNumber, CaseNumber, ClaimNumber, HouseholdCode, PersonNumber,
    SiteNumber,
};
use sabt_domain::refusal::Refusal;
use sabt_domain::time::Timestamp;
use sabt_proto::event::v1 as proto;

use crate::Seed;
use crate::institutions::{enrolment, founding};
use crate::plan::AuthorRef;

/// A registry in memory.
#[derive(Clone, Default)]
pub struct Reference {
    states: States,
    next_position: u64,
    persons: u64,
    households: u64,
    claims: u64,
    campaigns: u64,
    cases: u64,
    biometrics: u64,
    sites: u64,
}

/// What the registry answers to an act that it records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Position of the act's first record.
    pub position: u64,
    /// Number of its records.
    pub parts: usize,
    /// Numbers given, persons first: as `Receipt.numbers` of the API.
    pub numbers: Vec<String>,
}

/// Multiplied with the count of persons or households, modulo eleven digits, it gives serials in no visible order.
const SERIAL_SPREAD: u64 = 61_803_398_875;
/// Serials have eleven digits, the first not zero.
const SERIALS: u64 = 90_000_000_000;
const SERIAL_FIRST: u64 = 10_000_000_000;

impl Reference {
    /// A registry that is not founded.
    pub fn new() -> Reference {
        Reference::default()
    }

    /// A registry that has been founded and has enrolled every agency and office of the population.
    ///
    /// # Errors
    /// The refusal of a governance act; with the domain of the same version there is none.
    pub fn founded(seed: Seed, now: Timestamp) -> Result<Reference, Refusal> {
        let mut registry = Reference::new();
        // Nothing is signed here, so any distinct bytes do as public keys.
        let public_key = |secret: &[u8; 32]| *blake3::hash(secret).as_bytes();
        registry.govern(&founding(seed, now.micros(), public_key), now)?;
        for act in enrolment(seed, now.micros(), public_key) {
            registry.govern(&act, now)?;
        }
        Ok(registry)
    }

    /// Decides and records an act of the governance authority.
    ///
    /// # Errors
    /// The refusal of the domain; nothing is recorded then.
    pub fn govern(&mut self, act: &proto::Act, now: Timestamp) -> Result<Receipt, Refusal> {
        self.record(&Act::from_proto(act)?, Author::governance(), now)
    }

    /// Decides and records an act in the name of an author, whose roles are those of the enrolled agency.
    ///
    /// # Errors
    /// The refusal of the domain; nothing is recorded then.
    pub fn submit(
        &mut self,
        author: &AuthorRef,
        act: &proto::Act,
        now: Timestamp,
    ) -> Result<Receipt, Refusal> {
        let act = Act::from_proto(act)?;
        let author = self.author(author)?;
        self.record(&act, author, now)
    }

    /// What the registry knows.
    pub fn states(&self) -> &States {
        &self.states
    }

    fn author(&self, author: &AuthorRef) -> Result<Author, Refusal> {
        let malformed = |_| Refusal::field("author", "is not a code");
        let agency = author.agency.parse().map_err(malformed)?;
        let roles: BTreeSet<Role> = self
            .states
            .enrolment
            .agency(&agency)
            .map(|agency| agency.roles.clone())
            .unwrap_or_default();
        Ok(Author {
            agency,
            office: Some(author.office.parse().map_err(malformed)?),
            roles,
            supervisor: None,
            emergency_officer: None,
        })
    }

    fn record(&mut self, act: &Act, author: Author, now: Timestamp) -> Result<Receipt, Refusal> {
        self.load(act, &author);
        let allocation = act.allocates();
        let facts = Facts {
            now,
            author,
            new_persons: (0..allocation.persons)
                .map(|n| self.person_number(n))
                .collect(),
            new_households: (0..allocation.households)
                .map(|n| self.household_code(n))
                .collect(),
            new_claims: (0..allocation.claims)
                .map(|n| self.claim_number(n))
                .collect(),
            new_campaigns: (0..allocation.campaigns)
                .map(|n| self.campaign_number(n))
                .collect(),
            new_cases: (0..allocation.cases).map(|n| self.case_number(n)).collect(),
            new_biometrics: (0..allocation.biometrics)
                .map(|n| self.biometric_number(n))
                .collect(),
            new_sites: (0..allocation.sites).map(|n| self.site_number(n)).collect(),
        };
        let decided = decide(&self.states, act, &facts)?;
        let numbers = facts
            .new_persons
            .iter()
            .map(ToString::to_string)
            .chain(facts.new_households.iter().map(ToString::to_string))
            .chain(facts.new_claims.iter().map(ToString::to_string))
            .chain(facts.new_campaigns.iter().map(ToString::to_string))
            .chain(facts.new_cases.iter().map(ToString::to_string))
            .chain(facts.new_biometrics.iter().map(ToString::to_string))
            .chain(facts.new_sites.iter().map(ToString::to_string))
            .collect();
        self.persons += allocation.persons as u64;
        self.households += allocation.households as u64;
        self.claims += allocation.claims as u64;
        self.campaigns += allocation.campaigns as u64;
        self.cases += allocation.cases as u64;
        self.biometrics += allocation.biometrics as u64;
        self.sites += allocation.sites as u64;
        let (position, parts) = (self.next_position, decided.len());
        self.apply(act, decided, now);
        Ok(Receipt {
            position,
            parts,
            numbers,
        })
    }

    /// Everything there is, is in memory; what is asked for and not there does not exist.
    fn load(&mut self, act: &Act, author: &Author) {
        for _ in 0..NEED_ROUNDS_MAX {
            let missing = needs(act, author, &self.states);
            if missing.is_empty() {
                return;
            }
            for need in missing {
                match need {
                    Need::Life(subject) => {
                        self.states.lives.entry(subject).or_default();
                    }
                    Need::Act(id) => {
                        self.states.acts.entry(id).or_default();
                    }
                    Need::Document(key) => {
                        self.states.documents.entry(key).or_default();
                    }
                    Need::Claims(person) => {
                        self.states.claims.entry(person).or_default();
                    }
                    Need::Stays(person) => {
                        self.states.stays.entry(person).or_default();
                    }
                    Need::Biometrics(person) => {
                        self.states.biometrics.entry(person).or_default();
                    }
                    Need::Deferral(disclosure) => {
                        self.states.deferrals.entry(disclosure).or_default();
                    }
                    Need::Roster(count) => {
                        let lives = self.states.lives.values();
                        let counted = lives.filter(|life| count.counts(life)).count() as u64;
                        self.states.rosters.insert(count, counted);
                    }
                    // Every life is here, and prevails over what was counted.
                    Need::Occupants(site) => {
                        self.states.count_occupants(site, BTreeSet::new());
                    }
                    Need::Drawn(disclosure) => {
                        self.states.drawn.entry(disclosure).or_default();
                    }
                }
            }
        }
    }

    fn apply(&mut self, act: &Act, decided: Vec<Decided>, now: Timestamp) {
        let recorded_act = RecordedAct {
            position: self.next_position,
            subjects: decided.iter().map(|part| part.subject.clone()).collect(),
        };
        let subjects: BTreeSet<SubjectId> = recorded_act.subjects.iter().cloned().collect();
        for (part, decided) in decided.into_iter().enumerate() {
            let recorded = Recorded {
                position: self.next_position,
                recorded_at: now,
                act_id: act.id,
                part: u8::try_from(part).unwrap_or(u8::MAX),
                event: decided.event,
            };
            self.next_position += 1;
            Arc::make_mut(&mut self.states.enrolment).apply(&recorded);
            if let EventBody::AsylumClaimLodged(lodged) = &recorded.event.body {
                let claims = self.states.claims.entry(lodged.person).or_default();
                claims.insert(lodged.number);
            }
            if let EventBody::BiometricReferenceRecorded(taken) = &recorded.event.body {
                let own = self.states.biometrics.entry(taken.person).or_default();
                own.insert(taken.number);
            }
            if let EventBody::StayOfRemovalPlaced(placed) = &recorded.event.body {
                let stays = self.states.stays.entry(placed.person).or_default();
                stays.insert(placed.number);
            }
            self.states
                .lives
                .entry(decided.subject)
                .or_default()
                .apply(recorded);
        }
        self.states.follow_stays(&subjects);
        self.states.acts.insert(act.id, Some(recorded_act));
        if records_documents(act.body.kind()) {
            self.index_documents(&subjects);
        }
    }

    fn index_documents(&mut self, subjects: &BTreeSet<SubjectId>) {
        for subject in subjects {
            let life = self.states.lives.get(subject);
            let Some(person) = life.and_then(|life| life.person(&At::END)) else {
                continue;
            };
            for held in &person.documents {
                let holders = self
                    .states
                    .documents
                    .entry(held.document.key())
                    .or_default();
                holders.insert(person.number);
            }
        }
    }

    fn person_number(&self, after: usize) -> PersonNumber {
        PersonNumber::from_serial(serial(self.persons + after as u64))
            .expect("a serial has eleven digits")
    }

    fn claim_number(&self, after: usize) -> ClaimNumber {
        ClaimNumber::from_serial(serial(self.claims + after as u64))
            .expect("a serial has eleven digits")
    }

    fn biometric_number(&self, after: usize) -> BiometricNumber {
        BiometricNumber::from_serial(serial(self.biometrics + after as u64))
            .expect("a serial has eleven digits")
    }

    fn site_number(&self, after: usize) -> SiteNumber {
        SiteNumber::from_serial(serial(self.sites + after as u64))
            .expect("a serial has eleven digits")
    }

    fn campaign_number(&self, after: usize) -> CampaignNumber {
        CampaignNumber::from_serial(serial(self.campaigns + after as u64))
            .expect("a serial has eleven digits")
    }

    fn case_number(&self, after: usize) -> CaseNumber {
        CaseNumber::from_serial(serial(self.cases + after as u64))
            .expect("a serial has eleven digits")
    }

    fn household_code(&self, after: usize) -> HouseholdCode {
        HouseholdCode::from_serial(serial(self.households + after as u64))
            .expect("a serial has eleven digits")
    }
}

/// The kinds of act that can bring a document to a person.
fn records_documents(kind: ActKind) -> bool {
    matches!(
        kind,
        ActKind::RegisterPerson
            | ActKind::RegisterBirth
            | ActKind::RegisterDeath
            | ActKind::IssueDocument
            | ActKind::AdvanceCase
            | ActKind::CorrectAct
            | ActKind::AnnulAct
    )
}

fn serial(count: u64) -> u64 {
    let spread = u128::from(count) * u128::from(SERIAL_SPREAD) % u128::from(SERIALS);
    SERIAL_FIRST + u64::try_from(spread).unwrap_or_default()
}
