//! Sites, and who stays in them.

use std::collections::BTreeSet;

use super::scene::Scene;
use super::{Decided, Need, States};
use crate::act::{
    ActBody, ActKind, ChangeSiteCapacity, CloseSite, InspectSite, OpenSite, RecordSiteAdmission,
    RecordSiteDischarge, RecordSiteTransfer, SubjectId,
};
use crate::event::{EventBody, SiteOpened};
use crate::fact::limits::{SITE_CAPACITY_MAX, SITE_OCCUPANTS_MAX};
use crate::fact::{AdmissionGround, DischargeReason, InspectionFinding};
use crate::life::{At, Life};
use crate::number::{PersonNumber, SiteNumber};
use crate::person::Person;
use crate::refusal::{Reason, Refusal};
use crate::site::{SITE_INSPECTIONS_MAX, Site, SiteStay};

const RULE: &str = "duty:19";
const STAY_RULE: &str = "duty:15, 19, 25";
const CAPACITY_RULE: &str = "duty:19; law:art. 33(1)";
const HOLDING_RULE: &str = "law:art. 8(4), 16, 20 note 2, 33 (AM-41)";

/// The sites that an act names.
pub(super) fn sites_of(body: &ActBody) -> Vec<SiteNumber> {
    if let ActBody::ChangeSiteCapacity(body) = body {
        vec![body.site]
    } else if let ActBody::RecordSiteAdmission(body) = body {
        vec![body.site]
    } else if let ActBody::RecordSiteTransfer(body) = body {
        vec![body.from_site, body.to_site]
    } else if let ActBody::RecordSiteDischarge(body) = body {
        vec![body.site]
    } else if let ActBody::InspectSite(body) = body {
        vec![body.site]
    } else if let ActBody::CloseSite(body) = body {
        vec![body.site]
    } else {
        Vec::new()
    }
}

/// The site of which must be known who is in it: one that receives somebody, or ends.
pub(super) fn occupants_needed(body: &ActBody, states: &States) -> Option<Need> {
    let site = if let ActBody::RecordSiteAdmission(body) = body {
        body.site
    } else if let ActBody::RecordSiteTransfer(body) = body {
        body.to_site
    } else if let ActBody::CloseSite(body) = body {
        body.site
    } else {
        return None;
    };
    (!states.occupants.contains_key(&site)).then_some(Need::Occupants(site))
}

/// A site is opened, with at least one place.
pub(super) fn open(scene: &Scene<'_>, body: &OpenSite) -> Result<Vec<Decided>, Refusal> {
    if body.capacity == 0 {
        return Err(Refusal::field("open_site.capacity", "is missing"));
    }
    check_capacity("open_site.capacity", body.capacity)?;
    let number = *scene
        .facts()
        .new_sites
        .first()
        .ok_or_else(|| Refusal::new(Reason::NotWritable, RULE))?;
    let opened = SiteOpened {
        number,
        terms: body.clone(),
    };
    Ok(vec![scene.about(number, EventBody::SiteOpened(opened))])
}

/// The number of places changes. It may fall below the number of those who are there: that is a fact, and it shows.
pub(super) fn change_capacity(
    scene: &Scene<'_>,
    body: &ChangeSiteCapacity,
) -> Result<Vec<Decided>, Refusal> {
    check_capacity("change_site_capacity.capacity", body.capacity)?;
    run_by_author(scene, body.site)?;
    Ok(vec![scene.about(
        body.site,
        EventBody::SiteCapacityChanged(body.clone()),
    )])
}

/// Somebody is admitted: to one site at a time, on a ground that the kind of site takes, and where people are held by a
/// holding that stands alone.
pub(super) fn admit(
    scene: &Scene<'_>,
    body: &RecordSiteAdmission,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    let site = run_by_author(scene, body.site)?;
    check_ground(body.ground, &site)?;
    if person.site_stay().is_some() {
        return Err(Refusal::new(Reason::InAnotherSite, STAY_RULE));
    }
    if body.ground == AdmissionGround::Holding && person.holding_for_site().is_none() {
        return Err(Refusal::new(Reason::HoldingMissing, HOLDING_RULE));
    }
    let reason = &body.over_capacity_reason;
    check_room(scene, &site, body.person, body.ground, reason)?;
    Ok(vec![scene.about(
        body.person,
        EventBody::SiteAdmissionRecorded(body.clone()),
    )])
}

/// Somebody moves, on the ground on which they stay. Whoever receives them records it.
pub(super) fn transfer(
    scene: &Scene<'_>,
    body: &RecordSiteTransfer,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    if body.from_site == body.to_site {
        return Err(Refusal::new(Reason::SubjectsNotDistinct, STAY_RULE)
            .with_message("The site that is left is the one that receives.")
            .with_remedy("Name two sites."));
    }
    let stay = stay_in(&person, body.from_site)?;
    let site = run_by_author(scene, body.to_site)?;
    check_ground(stay.ground, &site)?;
    let reason = &body.over_capacity_reason;
    check_room(scene, &site, body.person, stay.ground, reason)?;
    Ok(vec![scene.about(
        body.person,
        EventBody::SiteTransferRecorded(body.clone()),
    )])
}

/// Somebody leaves. Whoever is held leaves by the end of the holding, which ends the stay with it: a discharge alone would
/// leave a holding behind of which nobody knows where it is.
pub(super) fn discharge(
    scene: &Scene<'_>,
    body: &RecordSiteDischarge,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    let stay = stay_in(&person, body.site)?;
    check_author(scene, &site(scene, body.site)?)?;
    let of_the_held = matches!(
        body.reason,
        DischargeReason::OtherAuthority | DischargeReason::LeftWithoutNotice
    );
    if stay.ground == AdmissionGround::Holding && !of_the_held {
        return Err(Refusal::new(Reason::HoldingStands, HOLDING_RULE)
            .with_message("The person is held, and the discharge says that they left freely.")
            .with_remedy("End the holding: the stay ends with it."));
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::SiteDischargeRecorded(body.clone()),
    )])
}

/// A site is inspected by others than the office that runs it.
pub(super) fn inspect(scene: &Scene<'_>, body: &InspectSite) -> Result<Vec<Decided>, Refusal> {
    let site = running(scene, body.site)?;
    if scene.act().office == site.run_by {
        return Err(Refusal::new(Reason::OfficeNotAllowed, RULE)
            .with_message("The office that runs the site does not inspect it.")
            .with_remedy("Have another office record the inspection."));
    }
    let sound = body.findings.contains(&InspectionFinding::NoDefect);
    if sound && 1 < body.findings.len() {
        return Err(Refusal::field(
            "inspect_site.findings",
            "names defects beside NO_DEFECT",
        ));
    }
    if body.next_on.latest() <= scene.day() {
        return Err(Refusal::new(Reason::TermReversed, RULE)
            .with_message("The next inspection is due before this one is over.")
            .with_remedy("State a later day for the next inspection."));
    }
    if SITE_INSPECTIONS_MAX <= site.inspections.len() {
        return Err(
            Refusal::new(Reason::ActTooLarge, "design:limits SITE_INSPECTIONS_MAX")
                .with_message("The site has as many inspections as the registry keeps apart.")
                .with_remedy("Close the site, and open it anew.")
                .with("inspections_max", SITE_INSPECTIONS_MAX),
        );
    }
    Ok(vec![
        scene.about(body.site, EventBody::SiteInspected(body.clone())),
    ])
}

/// A site ends when nobody stays in it.
pub(super) fn close(scene: &Scene<'_>, body: &CloseSite) -> Result<Vec<Decided>, Refusal> {
    let site = run_by_author(scene, body.site)?;
    let persons = inside(scene, site.number, None)?;
    if persons != 0 {
        return Err(Refusal::new(Reason::SiteOccupied, RULE).with("persons", persons));
    }
    Ok(vec![
        scene.about(body.site, EventBody::SiteClosed(body.clone())),
    ])
}

fn check_capacity(path: &'static str, capacity: u32) -> Result<(), Refusal> {
    if SITE_CAPACITY_MAX < capacity {
        let problem = format!("is more than {SITE_CAPACITY_MAX}");
        return Err(Refusal::field(path, problem));
    }
    Ok(())
}

/// The opening of a site is corrected, never annulled: stays in the lives of persons name it.
pub(super) fn check_annullable(kind: ActKind) -> Result<(), Refusal> {
    if kind == ActKind::OpenSite {
        return Err(Refusal::new(Reason::TargetNotAmendable, RULE)
            .with_message(
                "Persons may have stayed in the site, and where they stayed does not vanish.",
            )
            .with_remedy("Correct what is wrong of it, or close the site."));
    }
    Ok(())
}

/// The whole life of a site, whatever the day.
fn site(scene: &Scene<'_>, number: SiteNumber) -> Result<Site, Refusal> {
    scene
        .life(number)
        .and_then(|life| life.site(&At::END))
        .ok_or_else(|| Refusal::new(Reason::UnknownSite, RULE))
}

/// A site that was open by the day of the fact and has not ended. Of a date that is known in part the last day counts, as for
/// campaigns: whoever states no more than the year in which the site was opened has said nothing that cannot be.
fn running(scene: &Scene<'_>, number: SiteNumber) -> Result<Site, Refusal> {
    let site = site(scene, number)?;
    if scene.act().occurred_on.latest() < site.opened_on.earliest() {
        return Err(
            Refusal::new(Reason::SiteNotOpen, RULE).with("opened_on", site.opened_on.earliest())
        );
    }
    if site.closed_on.is_some() {
        return Err(Refusal::new(Reason::SiteClosed, RULE));
    }
    Ok(site)
}

/// A running site of the author's own agency.
fn run_by_author(scene: &Scene<'_>, number: SiteNumber) -> Result<Site, Refusal> {
    let site = running(scene, number)?;
    check_author(scene, &site)?;
    Ok(site)
}

fn check_author(scene: &Scene<'_>, site: &Site) -> Result<(), Refusal> {
    let office = scene.states().enrolment.office(&site.run_by);
    if office.is_some_and(|office| office.agency == scene.facts().author.agency) {
        return Ok(());
    }
    Err(Refusal::new(Reason::OfficeNotAllowed, RULE)
        .with_message("Another agency runs the site.")
        .with_remedy("Have the agency that runs it submit the act."))
}

fn check_ground(ground: AdmissionGround, site: &Site) -> Result<(), Refusal> {
    if ground.sites().contains(&site.terms.kind) {
        return Ok(());
    }
    let kinds: Vec<_> = ground.sites().iter().map(|kind| kind.code()).collect();
    Err(Refusal::new(Reason::NotEligible, ground.source())
        .with_message("Nobody stays on this ground in a site of this kind.")
        .with_remedy("Name a site of a kind that takes the ground, or another ground.")
        .with("site_kinds", kinds.join(" ")))
}

fn stay_in(person: &Person, site: SiteNumber) -> Result<&SiteStay, Refusal> {
    person
        .site_stay()
        .filter(|stay| stay.site == site)
        .ok_or_else(|| Refusal::new(Reason::NotInSite, STAY_RULE))
}

/// Nobody is held where no place is free. Whoever is not held is taken all the same, with a reason that shows: the law has
/// no word on capacity, and to be turned away for it would harm whoever seeks shelter.
fn check_room(
    scene: &Scene<'_>,
    site: &Site,
    person: PersonNumber,
    ground: AdmissionGround,
    reason: &str,
) -> Result<(), Refusal> {
    let taken = inside(scene, site.number, Some(person))?;
    if taken < u64::from(site.capacity) {
        return Ok(());
    }
    let full = Refusal::new(Reason::SiteFull, CAPACITY_RULE).with("capacity", site.capacity);
    if ground == AdmissionGround::Holding {
        return Err(full
            .with_message("Nobody is held in a site without a free place.")
            .with_remedy("Hold the person elsewhere, or release them."));
    }
    if reason.trim().is_empty() {
        return Err(full);
    }
    if SITE_OCCUPANTS_MAX <= usize::try_from(taken).unwrap_or(usize::MAX) {
        return Err(
            Refusal::new(Reason::ActTooLarge, "design:limits SITE_OCCUPANTS_MAX")
                .with_message("As many persons stay in the site as the registry counts in one.")
                .with_remedy("Open another site.")
                .with("persons_max", SITE_OCCUPANTS_MAX),
        );
    }
    Ok(())
}

/// How many are in a site, but for one.
fn inside(scene: &Scene<'_>, site: SiteNumber, but: Option<PersonNumber>) -> Result<u64, Refusal> {
    let Some(inside) = scene.states().occupants.get(&site) else {
        return Err(Refusal::new(Reason::NotWritable, RULE));
    };
    let left_out = but.is_some_and(|person| inside.contains(&person));
    // A number of persons always fits in 64 bits.
    let count = u64::try_from(inside.len()).unwrap_or(u64::MAX);
    Ok(count.saturating_sub(u64::from(left_out)))
}

impl States {
    /// Takes over who is in a site, as counted before the acts of this group. Lives that are loaded prevail, because acts of
    /// the group may have moved them since: they are looked at once, and [`States::follow_stays`] keeps up from then on, so
    /// that no act counts again what those before it have counted.
    pub fn count_occupants(&mut self, site: SiteNumber, counted: BTreeSet<PersonNumber>) {
        let mut inside = counted;
        for (subject, life) in &self.lives {
            if let SubjectId::Person(person) = subject {
                inside.remove(person);
                if site_of(life) == Some(site) {
                    inside.insert(*person);
                }
            }
        }
        self.occupants.insert(site, inside);
    }

    /// Follows these subjects to where they are, after an act has changed their lives.
    pub fn follow_stays<'a>(&mut self, changed: impl IntoIterator<Item = &'a SubjectId>) {
        if self.occupants.is_empty() {
            return;
        }
        for subject in changed {
            let SubjectId::Person(person) = subject else {
                continue;
            };
            let now = self.lives.get(subject).and_then(site_of);
            for (site, inside) in &mut self.occupants {
                inside.remove(person);
                if now == Some(*site) {
                    inside.insert(*person);
                }
            }
        }
    }
}

/// The site in which the person of a life is, whatever the day. Few lives have a stay; only those are folded.
fn site_of(life: &Life) -> Option<SiteNumber> {
    let person = life
        .has_site_stays()
        .then(|| life.person(&At::END))
        .flatten();
    person.and_then(|person| person.site())
}
