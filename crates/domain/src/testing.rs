//! A registry in memory for tests: it loads only what [`needs`] asks for, decides, and applies.

mod build;
mod case;
mod condition;
mod removal;
mod site;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::access::Role;
use crate::act::*;
use crate::case::ServiceCase;
use crate::decide::{Decided, Facts, NEED_ROUNDS_MAX, Need, RecordedAct, States, decide, needs};
use crate::deferral::Deferral;
use crate::event::{Event, EventBody, Recorded};
use crate::fact::*;
use crate::governance::{Author, Enrolment};
use crate::household::Household;
use crate::law::{Catalogue, ProvinceCode};
use crate::life::{At, Life};
use crate::number::{
    BiometricNumber, CampaignNumber, CaseNumber, ClaimNumber, HouseholdCode, PersonNumber,
    SERIAL_MIN, SiteNumber,
};
use crate::person::Person;
use crate::refusal::{Reason, Refusal};
use crate::time::Timestamp;
use crate::watch::DrawnLookup;

pub(crate) use self::build::*;
pub(crate) use self::case::*;
pub(crate) use self::condition::*;
pub(crate) use self::removal::*;
pub(crate) use self::site::*;

/// What a submitted act came to.
pub(crate) struct Outcome {
    pub(crate) id: ActId,
    pub(crate) decided: Vec<Decided>,
    pub(crate) persons: Vec<PersonNumber>,
    pub(crate) households: Vec<HouseholdCode>,
    pub(crate) claims: Vec<ClaimNumber>,
    pub(crate) campaigns: Vec<CampaignNumber>,
    pub(crate) cases: Vec<CaseNumber>,
    pub(crate) biometrics: Vec<BiometricNumber>,
    pub(crate) sites: Vec<SiteNumber>,
}

pub(crate) struct Registry {
    pub(crate) lives: BTreeMap<SubjectId, Life>,
    pub(crate) enrolment: Enrolment,
    pub(crate) acts: BTreeMap<ActId, RecordedAct>,
    pub(crate) documents: BTreeMap<DocumentKey, BTreeSet<PersonNumber>>,
    pub(crate) claims: BTreeMap<PersonNumber, BTreeSet<ClaimNumber>>,
    pub(crate) stays: BTreeMap<PersonNumber, BTreeSet<ClaimNumber>>,
    /// How often something about claims was loaded.
    pub(crate) loaded_claims: usize,
    pub(crate) position: u64,
    /// Deferred disclosures by their position.
    pub(crate) deferrals: BTreeMap<u64, Deferral>,
    /// Look-ups that were drawn, by their position.
    pub(crate) drawn: BTreeMap<u64, DrawnLookup>,
    /// Subjects that were erased.
    pub(crate) erased: BTreeSet<SubjectId>,
    /// A catalogue of services in the place of the one in force.
    pub(crate) catalogue: Option<Arc<Catalogue>>,
    pub(crate) author: Author,
    pub(crate) office: OfficeCode,
    /// Acts that were accepted.
    pub(crate) accepted: Vec<Act>,
    /// Everything that was decided.
    pub(crate) decided: Vec<Decided>,
    next_act: u64,
    next_serial: u64,
}

impl Registry {
    /// A registry with nothing in it, not founded.
    pub(crate) fn empty() -> Self {
        Self {
            lives: BTreeMap::new(),
            enrolment: Enrolment::default(),
            acts: BTreeMap::new(),
            documents: BTreeMap::new(),
            claims: BTreeMap::new(),
            stays: BTreeMap::new(),
            loaded_claims: 0,
            position: 0,
            deferrals: BTreeMap::new(),
            drawn: BTreeMap::new(),
            erased: BTreeSet::new(),
            catalogue: None,
            author: Author::governance(),
            office: code("REGISTRY"),
            accepted: vec![],
            decided: vec![],
            next_act: 1,
            next_serial: SERIAL_MIN,
        }
    }

    /// A registry with an agency of registrars, one of border police, the asylum unit, and their offices.
    pub(crate) fn new() -> Self {
        let mut registry = Self::empty();
        registry.ok("1357-01-01", founding());
        for (agency, role) in [
            ("BAFIA", Role::Registrar),
            ("BORDER", Role::BorderPolice),
            ("ASYLUM", Role::AsylumUnit),
            ("AMAYESH", Role::CampaignOrganiser),
        ] {
            registry.ok("1357-01-02", enrol_agency(agency, role));
        }
        let offices = [
            ("THR-01", "BAFIA", ProvinceCode::Tehran),
            ("RKH-01", "BAFIA", ProvinceCode::RazaviKhorasan),
            ("DOG-01", "BORDER", ProvinceCode::RazaviKhorasan),
            ("THR-97", "ASYLUM", ProvinceCode::Tehran),
            ("THR-96", "AMAYESH", ProvinceCode::Tehran),
        ];
        for (office, agency, province) in offices {
            registry.ok("1357-01-02", enrol_office(office, agency, province));
        }
        registry.as_office("THR-01");
        registry
    }

    /// Goes on as this office of its agency.
    pub(crate) fn as_office(&mut self, office: &str) {
        self.office = code(office);
        let agency = &self.enrolment.office(&self.office).unwrap().agency;
        let agency = self.enrolment.agency(agency).unwrap();
        self.author = Author {
            agency: agency.code.clone(),
            office: None,
            roles: agency.roles.clone(),
            supervisor: None,
            emergency_officer: None,
        };
    }

    #[expect(clippy::unused_self, reason = "the clock is the registry's")]
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::start_of_day_in_tehran(day("1405-06-01"))
            .plus_seconds(43_200)
            .unwrap()
    }

    /// A time up to which everything recorded so far is known.
    pub(crate) fn known(&self) -> Timestamp {
        Timestamp::from_micros(i64::try_from(self.position).unwrap())
    }

    /// An act of the present office.
    pub(crate) fn act(&mut self, date: &str, body: impl Into<ActBody>) -> Act {
        let mut id = [0; 16];
        id[8..].copy_from_slice(&self.next_act.to_be_bytes());
        self.next_act += 1;
        Act {
            id: ActId(id),
            office: self.office.clone(),
            officer: "officer-7".into(),
            occurred_on: on(date),
            office_recorded_at: self.now(),
            legal_basis: "duty:12".into(),
            case_reference: String::new(),
            batch: None,
            expected: vec![],
            body: body.into(),
        }
    }

    /// Submits an act the way a shell does.
    pub(crate) fn submit(&mut self, act: &Act) -> Result<Outcome, Refusal> {
        // Every act goes over the wire once, so every rule is tested on what decoding gives.
        let act = &Act::decode(&act.encode())?;
        let mut states = States {
            enrolment: Arc::new(self.enrolment.clone()),
            catalogue: self.catalogue.clone(),
            ..States::default()
        };
        let mut rounds = 0;
        loop {
            let missing = needs(act, &self.author, &states);
            if missing.is_empty() {
                break;
            }
            rounds += 1;
            assert!(rounds <= NEED_ROUNDS_MAX, "loading does not end");
            for need in missing {
                self.load(need, &mut states);
            }
        }
        let allocation = act.allocates();
        let facts = Facts {
            now: self.now(),
            author: self.author.clone(),
            new_persons: (0..allocation.persons)
                .map(|_| self.next_person())
                .collect(),
            new_households: (0..allocation.households)
                .map(|_| self.next_household())
                .collect(),
            new_claims: (0..allocation.claims).map(|_| self.next_claim()).collect(),
            new_campaigns: (0..allocation.campaigns)
                .map(|_| self.next_campaign())
                .collect(),
            new_cases: (0..allocation.cases).map(|_| self.next_case()).collect(),
            new_biometrics: (0..allocation.biometrics)
                .map(|_| self.next_biometric())
                .collect(),
            new_sites: (0..allocation.sites).map(|_| self.next_site()).collect(),
        };
        let decided = decide(&states, act, &facts)?;
        for part in &decided {
            let loaded = states.lives.contains_key(&part.subject);
            let is_new = !self.lives.contains_key(&part.subject);
            assert!(
                loaded || is_new || act.body.kind().is_governance(),
                "decided about a subject that was not loaded"
            );
        }
        self.record(act.id, &decided);
        self.accepted.push(act.clone());
        self.decided.extend_from_slice(&decided);
        Ok(Outcome {
            id: act.id,
            decided,
            persons: facts.new_persons,
            households: facts.new_households,
            claims: facts.new_claims,
            campaigns: facts.new_campaigns,
            cases: facts.new_cases,
            biometrics: facts.new_biometrics,
            sites: facts.new_sites,
        })
    }

    fn load(&mut self, need: Need, states: &mut States) {
        match need {
            Need::Life(subject) => {
                self.loaded_claims += usize::from(matches!(subject, SubjectId::AsylumClaim(_)));
                let life = self.lives.get(&subject).cloned().unwrap_or_default();
                if self.erased.contains(&subject) {
                    states.erased.insert(subject.clone());
                }
                states.lives.insert(subject, life);
            }
            Need::Act(id) => {
                states.acts.insert(id, self.acts.get(&id).cloned());
            }
            Need::Document(key) => {
                let holders = self.documents.get(&key).cloned().unwrap_or_default();
                states.documents.insert(key, holders);
            }
            Need::Claims(person) => {
                self.loaded_claims += 1;
                let claims = self.claims.get(&person).cloned().unwrap_or_default();
                states.claims.insert(person, claims);
            }
            Need::Stays(person) => {
                let stays = self.stays.get(&person).cloned().unwrap_or_default();
                states.stays.insert(person, stays);
            }
            Need::Biometrics(person) => {
                let lives = self.lives.iter();
                let own = lives.filter_map(|(_, life)| life.biometric(&crate::life::At::END));
                let own = own.filter(|reference| reference.person == person);
                let own = own.map(|reference| reference.number).collect();
                states.biometrics.insert(person, own);
            }
            Need::Deferral(disclosure) => {
                let deferral = self.deferrals.get(&disclosure).copied();
                states.deferrals.insert(disclosure, deferral);
            }
            Need::Roster(count) => {
                let counted = self.lives.values().filter(|life| count.counts(life));
                states
                    .rosters
                    .insert(count, u64::try_from(counted.count()).unwrap());
            }
            Need::Occupants(site) => {
                states.count_occupants(site, self.occupants(site));
            }
            Need::Drawn(disclosure) => {
                let drawn = self.drawn.get(&disclosure).cloned();
                states.drawn.insert(disclosure, drawn);
            }
        }
    }

    /// Erases a subject.
    pub(crate) fn erase(&mut self, subject: impl Into<SubjectId>) {
        let subject = subject.into();
        self.lives.insert(subject.clone(), Life::default());
        for recorded in self.acts.values_mut() {
            recorded.subjects.retain(|one| *one != subject);
        }
        self.erased.insert(subject);
    }

    fn next_person(&mut self) -> PersonNumber {
        self.next_serial += 7;
        PersonNumber::from_serial(self.next_serial).unwrap()
    }

    fn next_household(&mut self) -> HouseholdCode {
        self.next_serial += 7;
        HouseholdCode::from_serial(self.next_serial).unwrap()
    }

    fn next_claim(&mut self) -> ClaimNumber {
        self.next_serial += 7;
        ClaimNumber::from_serial(self.next_serial).unwrap()
    }

    fn next_biometric(&mut self) -> BiometricNumber {
        self.next_serial += 7;
        BiometricNumber::from_serial(self.next_serial).unwrap()
    }

    fn next_site(&mut self) -> SiteNumber {
        self.next_serial += 7;
        SiteNumber::from_serial(self.next_serial).unwrap()
    }

    /// Who is in a site, counted in every life.
    pub(crate) fn occupants(&self, site: SiteNumber) -> BTreeSet<PersonNumber> {
        let persons = self.lives.values().filter_map(|life| life.person(&At::END));
        let inside = persons.filter(|person| person.site() == Some(site));
        inside.map(|person| person.number).collect()
    }

    fn next_campaign(&mut self) -> CampaignNumber {
        self.next_serial += 7;
        CampaignNumber::from_serial(self.next_serial).unwrap()
    }

    fn next_case(&mut self) -> CaseNumber {
        self.next_serial += 7;
        CaseNumber::from_serial(self.next_serial).unwrap()
    }

    fn record(&mut self, act_id: ActId, decided: &[Decided]) {
        let first = self.position;
        for (part, decided) in decided.iter().enumerate() {
            let recorded = Recorded {
                position: self.position,
                recorded_at: Timestamp::from_micros(i64::try_from(self.position).unwrap() + 1),
                act_id,
                part: u8::try_from(part).unwrap(),
                event: decided.event.clone(),
            };
            self.enrolment.apply(&recorded);
            if let EventBody::LookupJustified(body) = &recorded.event.body
                && let Some(drawn) = self.drawn.get_mut(&body.disclosure)
            {
                drawn.justified = true;
            }
            if let SubjectId::Person(number) = &decided.subject {
                for key in recorded.event.documents() {
                    self.documents.entry(key).or_default().insert(*number);
                }
            }
            if let EventBody::AsylumClaimLodged(lodged) = &recorded.event.body {
                let claims = self.claims.entry(lodged.person).or_default();
                claims.insert(lodged.number);
            }
            if let EventBody::StayOfRemovalPlaced(placed) = &recorded.event.body {
                let stays = self.stays.entry(placed.person).or_default();
                stays.insert(placed.number);
            }
            self.lives
                .entry(decided.subject.clone())
                .or_default()
                .apply(recorded);
            self.position += 1;
        }
        let subjects = decided.iter().map(|part| part.subject.clone()).collect();
        self.acts.insert(
            act_id,
            RecordedAct {
                position: first,
                subjects,
            },
        );
    }

    /// Submits an act that must be accepted.
    pub(crate) fn ok(&mut self, date: &str, body: impl Into<ActBody>) -> Outcome {
        let act = self.act(date, body);
        match self.submit(&act) {
            Ok(outcome) => outcome,
            Err(refusal) => panic!("{:?}: {refusal}", act.body.kind()),
        }
    }

    /// Submits an act that must be refused.
    pub(crate) fn refused(&mut self, date: &str, body: impl Into<ActBody>) -> Reason {
        let act = self.act(date, body);
        self.refused_act(&act)
    }

    /// Submits an act that must be refused; nothing may have been recorded.
    pub(crate) fn refused_act(&mut self, act: &Act) -> Reason {
        let position = self.position;
        match self.submit(act) {
            Ok(_) => panic!("{:?} was accepted", act.body.kind()),
            Err(refusal) => {
                assert_eq!(self.position, position);
                assert!(!refusal.rule().is_empty() && !refusal.remedy().is_empty());
                refusal.reason()
            }
        }
    }

    /// Records about a subject what an earlier version of the registry accepted and this one refuses.
    pub(crate) fn recorded_before(
        &mut self,
        date: &str,
        subject: impl Into<SubjectId>,
        body: EventBody,
    ) -> ActId {
        let act = self.act(date, death(PersonNumber::from_serial(SERIAL_MIN).unwrap()));
        let decided = Decided {
            subject: subject.into(),
            event: Event {
                occurred_on: act.occurred_on,
                office_recorded_at: act.office_recorded_at,
                office: act.office.clone(),
                legal_basis: act.legal_basis.clone(),
                law_edition: "1405-1".into(),
                body,
            },
        };
        self.record(act.id, &[decided]);
        act.id
    }

    pub(crate) fn life(&self, subject: impl Into<SubjectId>) -> &Life {
        &self.lives[&subject.into()]
    }

    pub(crate) fn person(&self, number: PersonNumber) -> Person {
        self.life(number).person(&At::END).unwrap()
    }

    /// The acts that recorded something about a subject, in order.
    pub(crate) fn acts_of(&self, subject: impl Into<SubjectId>) -> Vec<ActId> {
        let records = self.life(subject).records().iter();
        records.map(|recorded| recorded.act_id).collect()
    }

    pub(crate) fn case(&self, number: CaseNumber) -> ServiceCase {
        self.life(number).case(&At::END).unwrap()
    }

    pub(crate) fn household(&self, code: HouseholdCode) -> Household {
        self.life(code).household(&At::END).unwrap()
    }

    /// Registers a person without any document.
    pub(crate) fn register(&mut self, born: &str, sex: Sex) -> PersonNumber {
        let date = if born.is_empty() || born < "1390" {
            "1390-01-01"
        } else {
            born
        };
        self.ok(date, register_person(born, sex)).persons[0]
    }

    /// Registers a man and a woman, marries them and makes them a household.
    pub(crate) fn couple(&mut self) -> (PersonNumber, PersonNumber, HouseholdCode) {
        let husband = self.register("1365-01-01", Sex::Male);
        let wife = self.register("1368-01-01", Sex::Female);
        self.ok(
            "1392-01-01",
            marriage(Party::Person(husband), Party::Person(wife)),
        );
        let household = self.ok(
            "1392-01-02",
            FormHousehold {
                head: husband,
                members: vec![member(wife, Relation::Spouse)],
                address: Some(address("First Street")),
            },
        );
        (husband, wife, household.households[0])
    }

    /// Registers a child of a couple.
    pub(crate) fn child(
        &mut self,
        date: &str,
        husband: PersonNumber,
        wife: PersonNumber,
    ) -> PersonNumber {
        self.ok(date, birth(date, Some(husband), Some(wife)))
            .persons[0]
    }
}
