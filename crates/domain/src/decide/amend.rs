use std::collections::BTreeMap;
use std::sync::Arc;

use super::scene::Scene;
use super::{Decided, Facts, Need, States, asylum, author, campaign, contest, decide_body, site};
use crate::act::{ActBody, ActId, ActKind, AnnulAct, CorrectAct, SubjectId};
use crate::event::{ActAnnulled, ActCorrected, Event, EventBody};
use crate::governance::Author;
use crate::life::At;
use crate::number::{
    CampaignNumber, CaseNumber, ClaimNumber, HouseholdCode, PersonNumber, SiteNumber,
};
use crate::refusal::{Reason, Refusal};

const RULE: &str = "design:6 amendments";

/// An act to be amended.
struct Target {
    id: ActId,
    kind: ActKind,
    /// Its subjects in the order of its parts, then those that corrections of it brought in.
    subjects: Vec<SubjectId>,
}

/// Takes an act back, for each of its subjects.
pub(super) fn annul(scene: &Scene<'_>, body: &AnnulAct) -> Result<Vec<Decided>, Refusal> {
    let target = target(scene, body.target)?;
    campaign::check_annullable(target.kind)?;
    site::check_annullable(target.kind)?;
    contest::check_resolutions(scene, body.target, &target.subjects)?;
    let annulled = EventBody::ActAnnulled(ActAnnulled {
        target: body.target,
        reason: body.reason.clone(),
    });
    Ok(target
        .subjects
        .iter()
        .map(|subject| scene.about(subject.clone(), annulled.clone()))
        .collect())
}

/// Puts other content in the place of an act's: the replacement is decided as if the target had not been.
///
/// Kind and first subject stay. Other subjects may change: one the act no longer concerns gets an empty correction, and one
/// it newly concerns gets its first content by the correction. So a child registered with the wrong mother keeps its number.
pub(super) fn correct(scene: &Scene<'_>, body: &CorrectAct) -> Result<Vec<Decided>, Refusal> {
    let target = target(scene, body.target)?;
    if target.kind.is_amendment() {
        return Err(Refusal::new(Reason::TargetNotAmendable, RULE).with_remedy(
            "Correct the original act again: the newest correction counts; or annul this one.",
        ));
    }
    if body.replacement.body.kind() != target.kind {
        return Err(Refusal::new(Reason::NotSameKind, RULE).with("kind", target.kind.code()));
    }
    check_same_step(scene, &target, &body.replacement.body)?;
    let states = without(scene.states(), &target);
    let facts = with_numbers_of(scene, &target);
    let stands = standing_event(scene, &target);
    let replacement = Scene::new(&states, &body.replacement, &facts)?.in_place_of(stands);
    let replaced = decide_body(&replacement)?;
    if replaced.first().map(|first| &first.subject) != target.subjects.first() {
        return Err(Refusal::new(Reason::NotSameSubjects, RULE));
    }
    let mut subjects = target.subjects.clone();
    let mut replacements: BTreeMap<SubjectId, Vec<Event>> = BTreeMap::new();
    for part in replaced {
        if !subjects.contains(&part.subject) {
            subjects.push(part.subject.clone());
        }
        replacements
            .entry(part.subject)
            .or_default()
            .push(part.event);
    }
    Ok(subjects
        .into_iter()
        .map(|subject| {
            let corrected = ActCorrected {
                target: body.target,
                replacement: replacements.remove(&subject).unwrap_or_default(),
                reason: body.reason.clone(),
            };
            scene.about(subject, EventBody::ActCorrected(corrected))
        })
        .collect())
}

/// What an act says about its first subject as things stand: its own words, or those of its newest correction.
fn standing_event<'a>(scene: &Scene<'a>, target: &Target) -> Option<&'a Event> {
    let first = target.subjects.first()?;
    let life = scene.states().lives.get(first)?;
    let effective = life.effective(At::END.known_at);
    let mut of_act = effective.iter().filter(|one| one.act_id == target.id);
    of_act.next().map(|one| one.event)
}

/// A step of a case is corrected by the same step: a refusal does not become a grant by way of a correction.
fn check_same_step(
    scene: &Scene<'_>,
    target: &Target,
    replacement: &ActBody,
) -> Result<(), Refusal> {
    let ActBody::AdvanceCase(new) = replacement else {
        return Ok(());
    };
    let life = target
        .subjects
        .first()
        .and_then(|case| scene.states().lives.get(case));
    let mut parts = life.into_iter().flat_map(|life| life.of_act(target.id));
    let same = parts.any(|part| {
        matches!(&part.event.body, EventBody::CaseAdvanced(old) if old.step.kind() == new.step.kind())
    });
    if same {
        Ok(())
    } else {
        Err(Refusal::new(Reason::NotSameKind, RULE))
    }
}

/// The act to be amended: recorded, not annulled, of a kind that can be amended, and by this author.
fn target(scene: &Scene<'_>, id: ActId) -> Result<Target, Refusal> {
    let unknown = || Refusal::new(Reason::TargetUnknown, RULE);
    let states = scene.states();
    let recorded = states
        .acts
        .get(&id)
        .and_then(Option::as_ref)
        .ok_or_else(unknown)?;
    let first = recorded.subjects.first().ok_or_else(unknown)?;
    // An act about a claim is for others than the asylum unit what an act that was never recorded is.
    if !asylum::sees(&scene.facts().author, first) {
        return Err(unknown());
    }
    if let SubjectId::Biometric(_) = first {
        return Err(Refusal::new(Reason::TargetNotAmendable, "design:7.9")
            .with_remedy("Withdraw the biometric reference, and record the right one."));
    }
    if !matches!(
        first,
        SubjectId::Person(_)
            | SubjectId::Household(_)
            | SubjectId::AsylumClaim(_)
            | SubjectId::Campaign(_)
            | SubjectId::Site(_)
            | SubjectId::Case(_)
    ) {
        return Err(
            Refusal::new(Reason::TargetNotAmendable, "design:4 governance records")
                .with_remedy("Revoke what was enrolled."),
        );
    }
    let life = states.lives.get(first).ok_or_else(unknown)?;
    let kind = life
        .of_act(id)
        .next()
        .and_then(|part| part.event.body.kind().act_kind())
        .ok_or_else(unknown)?;
    author::check_role(kind, scene.facts())?;
    if kind.is_about_dispute() {
        contest::check_amender(scene, life, id)?;
    }
    if life.is_annulled(id) {
        return Err(Refusal::new(Reason::TargetAnnulled, RULE));
    }
    Ok(Target {
        id,
        kind,
        subjects: subjects_of(states, id),
    })
}

/// Subjects of an act in the order of its parts, then those of its amendments, each once.
fn subjects_of(states: &States, id: ActId) -> Vec<SubjectId> {
    let mut subjects = Vec::new();
    let mut add = |act: &ActId| {
        let recorded = states.acts.get(act).and_then(Option::as_ref);
        for subject in recorded.into_iter().flat_map(|recorded| &recorded.subjects) {
            if !subjects.contains(subject) {
                subjects.push(subject.clone());
            }
        }
    };
    add(&id);
    for amendment in amendments_of(states, id) {
        add(&amendment);
    }
    subjects
}

/// Amendments of an act. Each of them is also about the act's first subject, so that life knows them all.
fn amendments_of(states: &States, id: ActId) -> Vec<ActId> {
    states
        .acts
        .get(&id)
        .and_then(Option::as_ref)
        .and_then(|recorded| recorded.subjects.first())
        .and_then(|first| states.lives.get(first))
        .map(|life| life.amendments_of(id))
        .unwrap_or_default()
}

/// The states as they would be had the target never been.
fn without(states: &States, target: &Target) -> States {
    let mut lives = states.lives.clone();
    for subject in &target.subjects {
        if let Some(life) = lives.get_mut(subject) {
            *life = life.without(target.id);
        }
    }
    let mut without = States {
        lives,
        erased: states.erased.clone(),
        enrolment: Arc::clone(&states.enrolment),
        catalogue: states.catalogue.clone(),
        acts: states.acts.clone(),
        documents: states.documents.clone(),
        claims: states.claims.clone(),
        stays: states.stays.clone(),
        biometrics: states.biometrics.clone(),
        deferrals: states.deferrals.clone(),
        rosters: states.rosters.clone(),
        occupants: states.occupants.clone(),
        drawn: states.drawn.clone(),
    };
    without.follow_stays(&target.subjects);
    without
}

/// The replacement of an act that gave numbers gives the same ones again.
fn with_numbers_of(scene: &Scene<'_>, target: &Target) -> Facts {
    let mut persons: Vec<PersonNumber> = Vec::new();
    let mut households: Vec<HouseholdCode> = Vec::new();
    let mut claims: Vec<ClaimNumber> = Vec::new();
    let mut campaigns: Vec<CampaignNumber> = Vec::new();
    let mut cases: Vec<CaseNumber> = Vec::new();
    let mut sites: Vec<SiteNumber> = Vec::new();
    for subject in &target.subjects {
        let life = scene.states().lives.get(subject);
        for part in life.into_iter().flat_map(|life| life.of_act(target.id)) {
            let body = &part.event.body;
            if let EventBody::PersonRegistered(registered) = body {
                persons.push(registered.number);
            } else if let EventBody::BirthRegistered(birth) = body {
                persons.push(birth.number);
            } else if let EventBody::HouseholdFormed(formed) = body {
                households.push(formed.code);
            } else if let EventBody::AsylumClaimLodged(lodged) = body {
                claims.push(lodged.number);
            } else if let EventBody::CampaignOpened(opened) = body {
                campaigns.push(opened.number);
            } else if let EventBody::StayOfRemovalPlaced(placed) = body {
                claims.push(placed.number);
            } else if let EventBody::ServiceRequested(requested) = body {
                cases.push(requested.number);
            } else if let EventBody::SiteOpened(opened) = body {
                sites.push(opened.number);
            }
        }
    }
    Facts {
        new_persons: persons,
        new_households: households,
        new_claims: claims,
        new_campaigns: campaigns,
        new_cases: cases,
        new_sites: sites,
        ..scene.facts().clone()
    }
}

/// What must be loaded before an amendment of this act can be decided. Of an act about a claim, others than the asylum unit
/// load nothing.
pub(super) fn needs_of_target(states: &States, id: ActId, author: &Author) -> Vec<Need> {
    if !states.acts.contains_key(&id) {
        return vec![Need::Act(id)];
    }
    let subjects = subjects_of(states, id);
    if !subjects.iter().all(|subject| asylum::sees(author, subject)) {
        return Vec::new();
    }
    let mut needs: Vec<Need> = subjects
        .into_iter()
        .filter(|subject| !states.lives.contains_key(subject))
        .map(Need::Life)
        .collect();
    needs.extend(
        amendments_of(states, id)
            .into_iter()
            .filter(|act| !states.acts.contains_key(act))
            .map(Need::Act),
    );
    needs
}

/// The states in which the replacement of a correction is decided; `None` if there is no such target.
pub(super) fn states_without(states: &States, id: ActId) -> Option<States> {
    states.acts.get(&id).and_then(Option::as_ref)?;
    let target = Target {
        id,
        kind: ActKind::CorrectAct,
        subjects: subjects_of(states, id),
    };
    Some(without(states, &target))
}
