//! What a life comes to on a day, computed anew from its effective events, slowly, and without the code that folds lives.

use std::collections::{BTreeMap, BTreeSet};

use crate::act::ActId;
use crate::deadline::DeadlineKind;
use crate::event::{Event, EventBody};
use crate::fact::{
    AdmissionGround, AppealOutcome, EntryKind, ExitKind, PermitScope, Relation, SuspensionEnding,
};
use crate::law::{PersonStatus, ProvinceCode, ResidenceKind};
use crate::life::{At, Life};
use crate::number::{HouseholdCode, PersonNumber, SiteNumber};
use crate::time::{Calendar, Day, PartialDate};

/// A fact: when it held from, who stated it, and what.
pub(super) type Fact<'life> = (Day, ActId, &'life Event);

/// Where a file is, in the words of this model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum File {
    Nowhere,
    Held(ProvinceCode),
    Between(ProvinceCode, ProvinceCode),
}

/// A stay in a site.
#[derive(Clone, Debug)]
pub(super) struct Stay {
    pub(super) site: SiteNumber,
    pub(super) ground: AdmissionGround,
    admitted_on: Day,
}

/// A permission with its term.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) from: Day,
    pub(super) until: Option<Day>,
    pub(super) kind: Option<ResidenceKind>,
    pub(super) scope: PermitScope,
    pub(super) stay_days: i32,
    /// It was taken away, or another took its place.
    is_over: bool,
    /// It was taken away by a decision.
    revoked: bool,
}

impl Term {
    pub(super) fn covers(&self, day: Day) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.until.is_none_or(|until| other.from <= until)
            && other.until.is_none_or(|until| self.from <= until)
    }

    fn revoke(&mut self) {
        (self.is_over, self.revoked) = (true, true);
    }
}

/// How somebody last crossed the border, as far as a time limit hangs on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Emergency,
    Travel,
    Other,
}

/// The facts of a person up to a day, in the order in which they held.
pub(super) struct Naive<'life> {
    pub(super) facts: Vec<Fact<'life>>,
    day: Day,
}

/// The facts of a life in the order in which they held, but for those of one act.
pub(super) fn facts(life: &Life, except: Option<ActId>) -> Vec<Fact<'_>> {
    let mut all: Vec<_> = life
        .effective(At::END.known_at)
        .into_iter()
        .filter(|effective| Some(effective.act_id) != except)
        .map(|effective| {
            let first = matches!(effective.event.body, EventBody::PersonRegistered(_));
            let day = effective.event.occurred_on.earliest();
            let order = (!first, day, effective.position, effective.index);
            (order, (day, effective.act_id, effective.event))
        })
        .collect();
    all.sort_by_key(|(order, _)| *order);
    all.into_iter().map(|(_, fact)| fact).collect()
}

/// The chain that has come to a status.
fn ending_in(
    chains: &mut [Vec<(PersonStatus, ActId)>],
    status: PersonStatus,
) -> Option<&mut Vec<(PersonStatus, ActId)>> {
    let mut chains = chains.iter_mut();
    chains.find(|chain| chain.last().is_some_and(|(last, _)| *last == status))
}

impl<'life> Naive<'life> {
    pub(super) fn of(all: &[Fact<'life>], day: Day) -> Self {
        let until = all.iter().filter(|(on, ..)| *on <= day).copied();
        Self {
            facts: until.collect(),
            day,
        }
    }

    fn bodies(&self) -> impl Iterator<Item = (Day, ActId, &'life EventBody)> {
        self.facts
            .iter()
            .map(|(on, act, event)| (*on, *act, &event.body))
    }

    pub(super) fn is_dead(&self) -> bool {
        let mut bodies = self.bodies();
        bodies.any(|(.., body)| matches!(body, EventBody::DeathRegistered(_)))
    }

    /// How the appeal against a decision ended: `None` without one, `Some(None)` while it is open.
    pub(super) fn appeal(&self, decision: ActId) -> Option<Option<AppealOutcome>> {
        let (_, appeal, _) = self.bodies().find(
            |(.., body)| matches!(body, EventBody::AppealLodged(of) if of.decision == decision),
        )?;
        Some(self.bodies().find_map(|(.., body)| match body {
            EventBody::AppealDecided(of) if of.appeal == appeal => Some(of.outcome),
            _ => None,
        }))
    }

    /// Permits that were neither taken away nor replaced, by number.
    pub(super) fn permits(&self) -> BTreeMap<&'life str, Term> {
        let mut permits = self.permissions();
        permits.retain(|_, term| term.kind.is_some() && !term.is_over);
        permits
    }

    /// Visas that were not revoked, by number; the last day is that of the stay an entry opened, if it is later.
    pub(super) fn visas(&self) -> BTreeMap<&'life str, Term> {
        let mut visas = self.permissions();
        visas.retain(|_, term| term.kind.is_none() && !term.is_over);
        let entry = self.crossing().and_then(|(on, inward)| inward.map(|_| on));
        for visa in visas.values_mut() {
            let Some(entry) = entry.filter(|entry| visa.covers(*entry)) else {
                continue;
            };
            if 0 < visa.stay_days && visa.from <= self.day {
                visa.until = entry.plus_days(visa.stay_days);
            }
        }
        visas
    }

    /// Permits and visas, ended ones with them. Revocations are undone by an appeal, and done again when it fails.
    fn permissions(&self) -> BTreeMap<&'life str, Term> {
        let mut all: BTreeMap<&str, Term> = BTreeMap::new();
        // What each revocation is about, and of the appeals those that gave something back.
        let mut revocations: BTreeMap<ActId, &str> = BTreeMap::new();
        let mut suspended: BTreeMap<ActId, &str> = BTreeMap::new();
        // Revocations against which no appeal is open, and none was accepted.
        let mut in_effect: BTreeSet<ActId> = BTreeSet::new();
        let mut appealed: BTreeMap<ActId, ActId> = BTreeMap::new();
        for (_, act, body) in self.bodies() {
            match body {
                EventBody::ResidencePermitIssued(permit) => {
                    let term = Term {
                        from: permit.valid_from.earliest(),
                        until: permit.valid_until.map(PartialDate::latest),
                        kind: Some(permit.kind),
                        scope: permit.scope,
                        stay_days: 0,
                        is_over: false,
                        revoked: false,
                    };
                    all.insert(&permit.permit_number, term);
                }
                EventBody::VisaIssued(visa) => {
                    let term = Term {
                        from: visa.valid_from.earliest(),
                        until: Some(visa.valid_until.latest()),
                        kind: None,
                        scope: PermitScope::Individual,
                        stay_days: i32::try_from(visa.stay_days).unwrap(),
                        is_over: false,
                        revoked: false,
                    };
                    all.insert(&visa.visa_number, term);
                }
                EventBody::ResidencePermitRenewed(renewal) => {
                    let term = all.get_mut(renewal.permit_number.as_str()).unwrap();
                    term.until = Some(renewal.valid_until.latest());
                }
                EventBody::ResidencePermitReplaced(paper) => {
                    let term = all.get_mut(paper.permit_number.as_str()).unwrap();
                    let new = term.clone();
                    term.is_over = true;
                    all.insert(&paper.new_permit_number, new);
                }
                EventBody::ResidenceStatusConverted(conversion) => {
                    let old = all.get_mut(conversion.permit_number.as_str()).unwrap();
                    old.is_over = true;
                    let term = Term {
                        from: conversion.valid_from.earliest(),
                        until: conversion.valid_until.map(PartialDate::latest),
                        kind: Some(conversion.kind),
                        is_over: false,
                        ..old.clone()
                    };
                    all.insert(&conversion.new_permit_number, term);
                }
                EventBody::ResidencePermitLapsed(lapse) => {
                    all.get_mut(lapse.permit_number.as_str()).unwrap().is_over = true;
                }
                EventBody::ResidencePermitRevoked(of) => {
                    revocations.insert(act, &of.permit_number);
                    in_effect.insert(act);
                    all.get_mut(of.permit_number.as_str()).unwrap().revoke();
                }
                EventBody::VisaRevoked(of) => {
                    revocations.insert(act, &of.visa_number);
                    in_effect.insert(act);
                    all.get_mut(of.visa_number.as_str()).unwrap().revoke();
                }
                EventBody::AppealLodged(appeal) => {
                    let Some(number) = revocations.get(&appeal.decision).copied() else {
                        continue;
                    };
                    in_effect.remove(&appeal.decision);
                    appealed.insert(act, appeal.decision);
                    // What another revocation has taken away for good stays away.
                    if in_effect.iter().any(|other| revocations[other] == number) {
                        continue;
                    }
                    let open = all.iter().filter(|(_, term)| !term.is_over);
                    let another = open
                        .filter(|(other, term)| **other != number && term.kind.is_some())
                        .any(|(_, term)| term.overlaps(&all[number]));
                    let term = all.get_mut(number).unwrap();
                    if term.revoked && (term.kind.is_none() || !another) {
                        (term.revoked, term.is_over) = (false, false);
                        suspended.insert(act, number);
                    }
                }
                EventBody::AppealDecided(of) if of.outcome != AppealOutcome::Accepted => {
                    in_effect.extend(appealed.get(&of.appeal));
                    if let Some(number) = suspended.get(&of.appeal)
                        && let Some(term) = all.get_mut(number).filter(|term| !term.is_over)
                    {
                        term.revoke();
                    }
                }
                EventBody::DeathRegistered(_) => {
                    for term in all.values_mut().filter(|term| term.kind.is_some()) {
                        term.is_over = true;
                        term.revoked = false;
                    }
                }
                _ => {}
            }
        }
        all
    }

    /// The last crossing, and how the person came in, if they did.
    pub(super) fn crossing(&self) -> Option<(Day, Option<EntryKind>)> {
        let crossings = self.bodies().filter_map(|(on, _, body)| match body {
            EventBody::EntryRecorded(entry) => Some((on, Some(entry.kind))),
            EventBody::ExitRecorded(_) | EventBody::ExpulsionExecuted(_) => Some((on, None)),
            _ => None,
        });
        crossings.last()
    }

    /// Statuses held. Each is the end of a chain: what was granted, and what it became by which act. An appeal cuts the chain
    /// before the decision, and everything that rested on it is gone; when it fails, the decision stands again.
    pub(super) fn statuses(&self) -> BTreeSet<PersonStatus> {
        let mut chains: Vec<Vec<(PersonStatus, ActId)>> = Vec::new();
        let mut changes: BTreeMap<ActId, (PersonStatus, PersonStatus)> = BTreeMap::new();
        let mut suspended: BTreeMap<ActId, ActId> = BTreeMap::new();
        // Decisions under appeal, those of which the appeal has failed, and which ones of the same effect were under appeal
        // when one was taken: what it took away was held only until they are decided.
        let mut appealed: BTreeMap<ActId, ActId> = BTreeMap::new();
        let mut failed: BTreeSet<ActId> = BTreeSet::new();
        let mut beside: BTreeMap<ActId, Vec<ActId>> = BTreeMap::new();
        for (_, act, body) in self.bodies() {
            match body {
                EventBody::StatusGranted(grant) => chains.push(vec![(grant.status, act)]),
                EventBody::StatusChanged(change) => {
                    let chain = ending_in(&mut chains, change.from).unwrap();
                    chain.push((change.to, act));
                    let of = (change.from, change.to);
                    let same = appealed.values().filter(|other| changes[*other] == of);
                    beside.insert(act, same.copied().collect());
                    changes.insert(act, of);
                }
                EventBody::AppealLodged(appeal) => {
                    let by = appeal.decision;
                    let Some((from, _)) = changes.get(&by).copied() else {
                        continue;
                    };
                    appealed.insert(act, by);
                    if beside[&by].iter().any(|other| failed.contains(other)) {
                        continue;
                    }
                    let at = chains.iter_mut().find_map(|chain| {
                        let at = chain.iter().position(|(_, act)| *act == by)?;
                        Some((chain, at))
                    });
                    let Some((chain, at)) = at else { continue };
                    let again = chain[at + 1..].iter().any(|(status, _)| *status == from);
                    if again {
                        continue;
                    }
                    let rest = chain.split_off(at);
                    suspended.insert(act, by);
                    // What the person has become since, and may be beside what is held again, stays.
                    let end = rest.last().map(|(status, _)| *status);
                    if 1 < rest.len() && end.is_some_and(|end| !end.contradicts(from)) {
                        chains.push(rest);
                    }
                }
                EventBody::AppealDecided(of) => {
                    let decision = appealed.remove(&of.appeal);
                    if of.outcome == AppealOutcome::Accepted {
                        continue;
                    }
                    failed.extend(decision);
                    let Some(by) = suspended.get(&of.appeal) else {
                        continue;
                    };
                    let (from, to) = changes[by];
                    // What is held already, by another way, is not held twice.
                    if ending_in(&mut chains, to).is_some() {
                        chains.retain(|chain| chain.last().is_none_or(|(last, _)| *last != from));
                    } else if let Some(chain) = ending_in(&mut chains, from) {
                        chain.push((to, *by));
                    }
                }
                EventBody::DeathRegistered(_) => chains.clear(),
                _ => {}
            }
        }
        let ends = chains.iter().filter_map(|chain| chain.last());
        ends.map(|(status, _)| *status).collect()
    }

    /// Where the file is; panics if it was sent or received where it was not.
    pub(super) fn file(&self) -> File {
        let mut file = File::Nowhere;
        for (_, _, body) in self.bodies() {
            match body {
                EventBody::PersonRegistered(registered) => {
                    file = registered.file_province.map_or(File::Nowhere, File::Held);
                }
                EventBody::BirthRegistered(birth) => {
                    file = birth.file_province.map_or(File::Nowhere, File::Held);
                }
                EventBody::FileTransferSent(sent) => {
                    let from = sent.from_province;
                    assert!(matches!(file, File::Nowhere) || file == File::Held(from));
                    file = File::Between(from, sent.to_province);
                }
                EventBody::FileTransferReceived(received) => {
                    assert!(matches!(file, File::Between(_, to) if to == received.province));
                    file = File::Held(received.province);
                }
                _ => {}
            }
        }
        file
    }

    /// The site in which the person is; panics if somebody comes to a second one, moves from where they are not, or is kept
    /// without a holding.
    pub(super) fn stay(&self) -> Option<Stay> {
        let mut stay: Option<Stay> = None;
        let mut holding = None;
        for (on, act, body) in self.bodies() {
            match body {
                EventBody::HoldingBegan(_) => holding = Some(act),
                EventBody::HoldingEnded(ended) if holding == Some(ended.holding) => {
                    holding = None;
                    stay = stay.filter(|stay| stay.ground != AdmissionGround::Holding);
                }
                EventBody::SiteAdmissionRecorded(admission) => {
                    assert!(stay.is_none(), "in two sites");
                    let held = admission.ground == AdmissionGround::Holding;
                    assert!(!held || holding.is_some(), "kept without a holding");
                    stay = Some(Stay {
                        site: admission.site,
                        ground: admission.ground,
                        admitted_on: on,
                    });
                }
                EventBody::SiteTransferRecorded(transfer) => {
                    let stay = stay.as_mut().unwrap();
                    assert_eq!(stay.site, transfer.from_site);
                    stay.site = transfer.to_site;
                }
                EventBody::SiteDischargeRecorded(discharge) => {
                    stay = stay.filter(|stay| stay.site != discharge.site);
                }
                EventBody::DeathRegistered(_)
                | EventBody::ExitRecorded(_)
                | EventBody::ExpulsionExecuted(_) => stay = None,
                _ => {}
            }
        }
        stay
    }

    /// The household, and what the person is in it; panics if somebody joins a second one.
    pub(super) fn household(&self, person: PersonNumber) -> Option<(HouseholdCode, Relation)> {
        let mut household: Option<(HouseholdCode, Relation)> = None;
        for (_, _, body) in self.bodies() {
            match (body, &mut household) {
                (EventBody::BirthRegistered(birth), none @ None) => {
                    *none = birth.household.map(|code| (code, Relation::Child));
                }
                (EventBody::DeathRegistered(_), at) => *at = None,
                (EventBody::HouseholdJoined(joined), at) => {
                    assert!(at.is_none(), "in two households");
                    *at = Some((joined.household, joined.relation));
                }
                (EventBody::HouseholdLeft(left), at) => {
                    assert_eq!(at.map(|at| at.0), Some(left.household));
                    *at = None;
                }
                (EventBody::HouseholdHeadChanged(change), Some((code, relation)))
                    if change.household == *code =>
                {
                    let stated = change.relations.iter().find(|of| of.person == person);
                    *relation = if change.new_head == person {
                        Relation::Head
                    } else if let Some(stated) = stated {
                        stated.relation
                    } else if *relation == Relation::Head {
                        Relation::OtherRelative
                    } else {
                        *relation
                    };
                }
                _ => {}
            }
        }
        household
    }

    /// True if nothing stands against carrying an order out on the day, as far as the life of the person tells.
    pub(super) fn may_be_expelled(&self, person: PersonNumber, born: Day, order: &str) -> bool {
        let given = self.bodies().find_map(|(_, act, body)| match body {
            EventBody::ExpulsionOrdered(of) if of.order_number == order => Some(act),
            _ => None,
        });
        let Some(given) = given else { return false };
        self.service(given).is_some()
            && !self.is_over(order)
            && !self.is_appealed()
            && !self.is_suspended(order)
            && !self.is_protected(person, born)
            && !self.may_stay()
    }

    /// When notice of an order was served.
    pub(super) fn service(&self, decision: ActId) -> Option<Day> {
        self.bodies().find_map(|(_, _, body)| match body {
            EventBody::DecisionServed(of) if of.decision == decision => {
                Some(of.moment().day_in_tehran())
            }
            _ => None,
        })
    }

    /// The last day for an appeal against a decision, if the law sets one and notice was served.
    pub(super) fn appeal_until(&self, act: ActId, body: &EventBody) -> Option<Day> {
        let served = |decision: &Option<crate::fact::AdverseDecision>| {
            decision.as_ref()?.served_on.map(PartialDate::latest)
        };
        match body {
            // TL-22: seven days to ask not to be expelled.
            EventBody::ExpulsionOrdered(_) => self.service(act)?.plus_days(7),
            // TL-36: three days, of temporary residence only.
            EventBody::ResidencePermitRevoked(of) => {
                let kind = self.kind_of(&of.permit_number);
                (kind == Some(ResidenceKind::Temporary))
                    .then(|| served(&of.decision)?.plus_days(3))
                    .flatten()
            }
            // TL-19: a month.
            EventBody::VisaRevoked(of) => {
                served(&of.decision)?.plus_months(Calendar::Jalali, 1).ok()
            }
            _ => None,
        }
    }

    /// The kind of the permit with this number, whatever became of it.
    fn kind_of(&self, number: &str) -> Option<ResidenceKind> {
        self.permissions().get(number)?.kind
    }

    /// Time limits that run: what ends, the last day in time, and the number of what it is about.
    pub(super) fn deadlines(
        &self,
        person: PersonNumber,
        born: Day,
    ) -> BTreeSet<(DeadlineKind, Day, String)> {
        let mut due = BTreeSet::new();
        if self.is_dead() {
            return due;
        }
        let months = |day: Day, months: i32| day.plus_months(Calendar::Jalali, months).unwrap();
        let permits = self.permits();
        let running = permits
            .iter()
            .filter(|(_, term)| term.until.is_none_or(|until| self.day <= until));
        let of_family = !matches!(
            self.household(person),
            Some((_, Relation::Head | Relation::Spouse))
        );
        for (number, term) in running {
            let Some(until) = term.until else { continue };
            due.insert((DeadlineKind::PermitEnds, until, (*number).to_owned()));
            if term.kind == Some(ResidenceKind::ThreeYear) {
                // TL-39: six months before.
                due.insert((
                    DeadlineKind::RenewalRequest,
                    months(until, -6),
                    (*number).to_owned(),
                ));
            }
        }
        for (number, term) in &permits {
            let runs = term.until.is_none_or(|until| self.day <= until);
            if runs && term.scope == PermitScope::Family && of_family {
                // TL-45: ninety days before the end of age eighteen.
                let birthday = born.plus_years(Calendar::Jalali, 19).unwrap();
                let last = birthday.plus_days(-91).unwrap();
                due.insert((
                    DeadlineKind::IndividualPermitRequest,
                    last,
                    (*number).to_owned(),
                ));
            }
        }
        for (number, term) in self.visas() {
            due.insert((
                DeadlineKind::VisaEnds,
                term.until.unwrap(),
                number.to_owned(),
            ));
        }
        let runs = |term: &Term| term.until.is_none_or(|until| self.day <= until);
        match self.last_way() {
            // TL-25 and TL-47.
            Some((on, Way::Emergency)) => {
                let last = on.plus_days(15).unwrap();
                due.insert((DeadlineKind::EmergencyStayEnds, last, String::new()));
            }
            Some((on, Way::Travel)) if permits.values().any(runs) => {
                due.insert((DeadlineKind::Absence, months(on, 3), String::new()));
            }
            _ => {}
        }
        for (on, act, body) in self.bodies() {
            if let Some(last) = self.appeal_until(act, body)
                && self.appeal(act).is_none()
            {
                due.insert((DeadlineKind::Objection, last, String::new()));
            }
            match body {
                EventBody::StatusChanged(change) if change.from == PersonStatus::Refugee => {
                    let served = change.decision.as_ref().and_then(|of| of.served_on);
                    let last = served.and_then(|on| on.latest().plus_days(45));
                    due.extend(last.map(|last| (DeadlineKind::Departure, last, String::new())));
                }
                EventBody::ExpulsionSuspended(of)
                    if !self.is_over(&of.order_number) && self.suspension_stands(act, on) =>
                {
                    let last = self.suspended_until(act, on);
                    let number = of.order_number.clone();
                    due.insert((DeadlineKind::SuspensionTermEnds, last, number));
                }
                // TL-29: three days; TL-57: a month. Both stay when they have passed.
                EventBody::HoldingBegan(of) => {
                    let number = of.holding_number.clone();
                    let last = on.plus_days(3).unwrap();
                    due.insert((DeadlineKind::HoldingNotice, last, number.clone()));
                    let ended = self.bodies().any(
                        |(.., end)| matches!(end, EventBody::HoldingEnded(of) if of.holding == act),
                    );
                    if !ended {
                        due.insert((DeadlineKind::HoldingEnds, months(on, 1), number));
                    }
                }
                _ => {}
            }
        }
        // TL-58: six months of a victim, from the first admission on.
        if let Some(stay) = self.stay()
            && stay.ground == AdmissionGround::Victim
        {
            let last = months(stay.admitted_on, 6);
            due.insert((DeadlineKind::SiteStayEnds, last, stay.site.to_string()));
        }
        due.retain(|(kind, last, _)| {
            let stays = matches!(
                kind,
                DeadlineKind::HoldingEnds | DeadlineKind::HoldingNotice
            );
            stays || self.day <= *last
        });
        due
    }

    /// True if an order was withdrawn, carried out or voided.
    fn is_over(&self, order: &str) -> bool {
        self.bodies().any(|(_, act, body)| match body {
            EventBody::ExpulsionOrderWithdrawn(of) => of.order_number == order,
            EventBody::ExpulsionExecuted(of) => of.order_number == order,
            EventBody::ExpulsionOrdered(of) => {
                of.order_number == order && self.appeal(act) == Some(Some(AppealOutcome::Accepted))
            }
            _ => false,
        })
    }

    fn suspended_until(&self, act: ActId, ruled_on: Day) -> Day {
        let year = ruled_on.plus_years(Calendar::Jalali, 1).unwrap();
        let extended = self.bodies().filter_map(|(.., body)| match body {
            EventBody::ExpulsionSuspensionExtended(of) if of.suspension == act => {
                Some(of.until.latest())
            }
            _ => None,
        });
        extended.fold(year, Day::max)
    }

    /// The last crossing.
    fn last_way(&self) -> Option<(Day, Way)> {
        let ways = self.bodies().filter_map(|(on, _, body)| {
            let way = match body {
                EventBody::EntryRecorded(entry) if entry.kind == EntryKind::Emergency => {
                    Way::Emergency
                }
                EventBody::ExitRecorded(exit) if exit.kind == ExitKind::Travel => Way::Travel,
                EventBody::EntryRecorded(_)
                | EventBody::ExitRecorded(_)
                | EventBody::ExpulsionExecuted(_) => Way::Other,
                _ => return None,
            };
            Some((on, way))
        });
        ways.last()
    }

    fn is_appealed(&self) -> bool {
        self.bodies().any(|(_, act, body)| match self.appeal(act) {
            Some(outcome) => outcome.is_none(),
            None => self
                .appeal_until(act, body)
                .is_some_and(|last| self.day <= last),
        })
    }

    fn is_suspended(&self, order: &str) -> bool {
        self.bodies().any(|(on, act, body)| {
            matches!(body, EventBody::ExpulsionSuspended(of) if of.order_number == order)
                && self.suspension_stands(act, on)
        })
    }

    fn suspension_stands(&self, act: ActId, ruled_on: Day) -> bool {
        let last = self.suspended_until(act, ruled_on);
        let mut cause_ended = false;
        for (_, _, body) in self.bodies() {
            if let EventBody::ExpulsionSuspensionEnded(of) = body
                && of.suspension == act
            {
                if of.ending == SuspensionEnding::LiftedByCourt {
                    return false;
                }
                cause_ended = true;
            }
        }
        !cause_ended || self.day <= last
    }

    fn is_protected(&self, person: PersonNumber, born: Day) -> bool {
        let age = born.completed_years(Calendar::Jalali, self.day);
        let found = self.bodies().any(|(_, act, body)| {
            matches!(body, EventBody::ProtectionRecorded(_))
                && !self.bodies().any(
                    |(.., end)| matches!(end, EventBody::ProtectionEnded(of) if of.protection == act),
                )
        });
        let family = self.household(person);
        let alone = age < 18 && family.is_none_or(|(_, relation)| relation == Relation::Head);
        found || 80 <= age || alone
    }

    fn may_stay(&self) -> bool {
        let statuses = self.statuses();
        let emergency = match self.crossing() {
            Some((on, Some(EntryKind::Emergency))) => {
                // TL-25: fifteen days.
                on.plus_days(15).is_none_or(|last| self.day <= last)
            }
            _ => true,
        };
        // TL-62: a former refugee has 45 days to leave.
        let leaving = self.bodies().any(|(.., body)| match body {
            EventBody::StatusChanged(change) if change.from == PersonStatus::Refugee => {
                let served = change.decision.as_ref().and_then(|of| of.served_on);
                served
                    .and_then(|on| on.latest().plus_days(45))
                    .is_some_and(|last| self.day <= last)
            }
            _ => false,
        });
        let (permits, visas) = (self.permits(), self.visas());
        let mut terms = permits.values().chain(visas.values());
        (!self.is_dead() && terms.any(|term| term.covers(self.day)))
            || statuses.contains(&PersonStatus::Refugee)
            || statuses.contains(&PersonStatus::VisaFreeEntrant)
            || (statuses.contains(&PersonStatus::EmergencyEntrant) && emergency)
            || leaving
    }
}
