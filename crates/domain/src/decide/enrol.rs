use super::scene::Scene;
use super::{Decided, Facts, States};
use crate::access::{HOME_STATE, Matrix, Role};
use crate::act::{
    Act, ActBody, AdoptPolicy, EnrolAgency, EnrolKey, EnrolOffice, ExtendDeferral, JustifyLookup,
    KeyId, RevokeAgency, RevokeGrant, RevokeKey, RotateLogKey, SubjectId,
};
use crate::deferral;
use crate::event::EventBody;
use crate::fact::AgencyCode;
use crate::governance::{Author, Enrolment, Key, log_name};
use crate::refusal::{Reason, Refusal};
use crate::time::Timestamp;

const RULE: &str = "design:4 governance records";

/// Decides an act about the registry itself.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the caller sends acts about the registry here, and no others"
)]
pub(super) fn decide(states: &States, act: &Act, facts: &Facts) -> Result<Vec<Decided>, Refusal> {
    let scene = Scene::new(states, act, facts)?;
    let enrolment = &states.enrolment;
    let (subject, body) = match &act.body {
        ActBody::FoundRegistry(body) => {
            if enrolment.founding().is_some() {
                return Err(Refusal::new(Reason::AlreadyFounded, RULE));
            }
            (
                SubjectId::Registry,
                EventBody::RegistryFounded(body.clone()),
            )
        }
        ActBody::EnrolAgency(body) => (
            enrol_agency(enrolment, body)?,
            EventBody::AgencyEnrolled(body.clone()),
        ),
        ActBody::RevokeAgency(body) => (
            revoke_agency(enrolment, body, facts.now)?,
            EventBody::AgencyRevoked(body.clone()),
        ),
        ActBody::EnrolKey(body) => (
            enrol_key(enrolment, body, facts.now)?,
            EventBody::KeyEnrolled(body.clone()),
        ),
        ActBody::RevokeKey(body) => (
            revoke_key(enrolment, body, facts.now)?,
            EventBody::KeyRevoked(body.clone()),
        ),
        ActBody::EnrolOffice(body) => (
            enrol_office(enrolment, body)?,
            EventBody::OfficeEnrolled(body.clone()),
        ),
        ActBody::AdoptPolicy(body) => (
            adopt_policy(enrolment, body)?,
            EventBody::PolicyAdopted(body.clone()),
        ),
        ActBody::RotateLogKey(body) => (
            rotate_log_key(enrolment, body, facts.now)?,
            EventBody::LogKeyRotated(body.clone()),
        ),
        ActBody::ExtendDeferral(body) => (
            extend_deferral(states, body, facts.now)?,
            EventBody::DeferralExtended(body.clone()),
        ),
        ActBody::RevokeGrant(body) => (
            revoke_grant(enrolment, act, body)?,
            EventBody::GrantRevoked(body.clone()),
        ),
        ActBody::JustifyLookup(body) => (
            justify_lookup(states, act, body, &facts.author)?,
            EventBody::LookupJustified(body.clone()),
        ),
        _ => return Err(Refusal::new(Reason::NotSameKind, RULE)),
    };
    Ok(vec![scene.about(subject, body)])
}

/// The order is judged by the deferral as it stands now, earlier orders included.
fn extend_deferral(
    states: &States,
    body: &ExtendDeferral,
    now: Timestamp,
) -> Result<SubjectId, Refusal> {
    let deferral = states.deferrals.get(&body.disclosure).copied().flatten();
    let deferral = deferral.ok_or_else(|| Refusal::new(Reason::NotDeferred, deferral::RULE))?;
    deferral
        .with(states.enrolment.extensions(body.disclosure), now)
        .extended(now, body.until)?;
    Ok(SubjectId::Registry)
}

fn enrol_agency(enrolment: &Enrolment, body: &EnrolAgency) -> Result<SubjectId, Refusal> {
    let reserved = body.agency == Author::governance().agency;
    if reserved || enrolment.agency(&body.agency).is_some() {
        return Err(Refusal::new(Reason::AlreadyEnrolled, RULE));
    }
    // Whoever knows of claims does nothing else: with another role beside it, rights of both would meet in one agency.
    let is_alone = body.roles.len() == 1 && body.state.as_str() == HOME_STATE;
    if body.roles.contains(&Role::AsylumUnit) && !is_alone {
        return Err(Refusal::field(
            "enrol_agency.roles",
            "names the asylum unit, which has no other role and answers to no other State (design:7.3)",
        ));
    }
    // Rights are asked about by public services of this State; another State has no use for what its nationals may do
    // here but to press them.
    let may_ask = body.roles.contains(&Role::PublicService) && body.state.as_str() == HOME_STATE;
    if !body.rights.is_empty() && !may_ask {
        return Err(Refusal::field(
            "enrol_agency.rights",
            "names rights, about which a public service of this State alone may ask (design:7.1)",
        ));
    }
    Ok(SubjectId::Agency(body.agency.clone()))
}

fn live_agency(enrolment: &Enrolment, code: &AgencyCode) -> Result<SubjectId, Refusal> {
    if enrolment.agency(code).is_some() {
        Ok(SubjectId::Agency(code.clone()))
    } else if enrolment.knows_agency(code) {
        Err(Refusal::new(Reason::RevokedAgency, RULE))
    } else {
        Err(Refusal::new(Reason::UnknownAgency, RULE))
    }
}

fn revoke_agency(
    enrolment: &Enrolment,
    body: &RevokeAgency,
    now: Timestamp,
) -> Result<SubjectId, Refusal> {
    let subject = live_agency(enrolment, &body.agency)?;
    check_governance_remains(enrolment, now, |_, key| {
        key.agency.as_ref() == Some(&body.agency)
    })?;
    Ok(subject)
}

fn enrol_key(enrolment: &Enrolment, body: &EnrolKey, now: Timestamp) -> Result<SubjectId, Refusal> {
    let subject = live_agency(enrolment, &body.agency)?;
    if enrolment.key(&body.public_key.id()).is_some() {
        return Err(Refusal::new(Reason::AlreadyEnrolled, RULE)
            .with_remedy("Enrol another key: one that was revoked never returns."));
    }
    if body.not_after.is_some_and(|not_after| not_after <= now) {
        return Err(Refusal::new(Reason::TermReversed, RULE));
    }
    if let Some(code) = &body.office {
        let Some(office) = enrolment.office(code) else {
            return Err(Refusal::new(Reason::UnknownOffice, RULE));
        };
        if office.agency != body.agency {
            return Err(Refusal::new(Reason::OfficeNotAllowed, RULE));
        }
    }
    // Else whoever signs an emergency grant could justify it with the same key, in the supervisor's name.
    if let (Some(supervisor), Some(officer)) = (&body.supervisor, &body.emergency_officer)
        && supervisor != officer
    {
        return Err(Refusal::field(
            "enrol_key.emergency_officer",
            "is another officer than the supervisor who holds the key",
        ));
    }
    Ok(subject)
}

fn revoke_key(
    enrolment: &Enrolment,
    body: &RevokeKey,
    now: Timestamp,
) -> Result<SubjectId, Refusal> {
    let Some(key) = enrolment.key(&body.key_id) else {
        return Err(Refusal::new(Reason::UnknownKey, RULE));
    };
    if key.term.revoked.is_some() {
        return Err(Refusal::new(Reason::RevokedKey, RULE));
    }
    check_governance_remains(enrolment, now, |id, _| *id == body.key_id)?;
    Ok(match &key.agency {
        Some(agency) => SubjectId::Agency(agency.clone()),
        None => SubjectId::Registry,
    })
}

/// A registry that nobody can govern any more could never enrol anybody again: one key that may sign governance acts stays
/// in force beside those that are taken away.
fn check_governance_remains(
    enrolment: &Enrolment,
    now: Timestamp,
    taken_away: impl Fn(&KeyId, &Key) -> bool,
) -> Result<(), Refusal> {
    let remains = enrolment.keys().any(|(id, key)| {
        !taken_away(id, key)
            && enrolment
                .author(id, now)
                .is_ok_and(|author| author.roles.contains(&Role::Governance))
    });
    if remains {
        Ok(())
    } else {
        Err(Refusal::new(Reason::EnrolmentInUse, RULE)
            .with_message("No key that may sign governance acts would remain.")
            .with_remedy("Enrol another key of an agency with the role of governance first."))
    }
}

fn enrol_office(enrolment: &Enrolment, body: &EnrolOffice) -> Result<SubjectId, Refusal> {
    if enrolment.office(&body.office).is_some() {
        return Err(Refusal::new(Reason::AlreadyEnrolled, RULE));
    }
    live_agency(enrolment, &body.agency)?;
    Ok(SubjectId::Office(body.office.clone()))
}

/// An edition that this program can apply takes the place of the one in force, and none comes back: a later edition may
/// withhold what an earlier one gave.
fn adopt_policy(enrolment: &Enrolment, body: &AdoptPolicy) -> Result<SubjectId, Refusal> {
    let rule = "design:7.1";
    let Some(adopted) = Matrix::adopted(&body.edition, &body.digest) else {
        return Err(Refusal::new(Reason::PolicyUnknown, rule));
    };
    let later = enrolment
        .policies()
        .filter_map(|policy| Matrix::from_edition(&policy.edition))
        .find(|policy| adopted.is_before(policy));
    match later {
        Some(later) => {
            Err(Refusal::new(Reason::PolicySuperseded, rule).with("policy", later.edition()))
        }
        None => Ok(SubjectId::Registry),
    }
}

/// The record stands in the clear, so it may not tell which case the grant served.
fn revoke_grant(
    enrolment: &Enrolment,
    act: &Act,
    body: &RevokeGrant,
) -> Result<SubjectId, Refusal> {
    if !act.case_reference.is_empty() {
        return Err(Refusal::field(
            "case_reference",
            "is not empty, and a revocation is recorded in the clear",
        ));
    }
    let subject = live_agency(enrolment, &body.agency)?;
    if enrolment
        .grant_revoked(&body.agency, &body.grant_id)
        .is_some()
    {
        return Err(Refusal::new(Reason::GrantRevoked, "design:7.1")
            .with_remedy("Nothing is to be revoked."));
    }
    Ok(subject)
}

/// The officer who looked justifies it, or a supervisor of the agency; after an emergency grant a supervisor does, and not the
/// officer, because no supervisor agreed to it before. Another agency learns nothing of what was drawn. The record stands in
/// the clear, so it may not tell which case the look-up served.
fn justify_lookup(
    states: &States,
    act: &Act,
    body: &JustifyLookup,
    author: &Author,
) -> Result<SubjectId, Refusal> {
    let rule = "design:7.5; law:AM-10";
    if !act.case_reference.is_empty() {
        return Err(Refusal::field(
            "case_reference",
            "is not empty, and a justification is recorded in the clear",
        ));
    }
    let drawn = states.drawn.get(&body.disclosure).and_then(Option::as_ref);
    let Some(drawn) = drawn.filter(|drawn| drawn.agency == author.agency) else {
        return Err(Refusal::new(Reason::LookupNotDrawn, rule));
    };
    if drawn.justified {
        return Err(Refusal::new(Reason::LookupJustified, rule));
    }
    let supervises = author.supervisor.is_some() && !author.is_key_of(&drawn.officer);
    let looked = act.officer == drawn.officer && !drawn.emergency;
    // In nobody's name but their own: neither a supervisor nor the officer is whoever else a personal key names.
    if (supervises || looked) && author.signs_as(&act.officer) {
        Ok(SubjectId::Agency(author.agency.clone()))
    } else {
        Err(Refusal::new(Reason::JustificationNotAllowed, rule))
    }
}

/// The newest key of a log retires, and one of the same name takes its place; the keys' signatures are checked before.
fn rotate_log_key(
    enrolment: &Enrolment,
    body: &RotateLogKey,
    now: Timestamp,
) -> Result<SubjectId, Refusal> {
    if !enrolment.log_keys().any(|key| key.vkey == body.old_log_key) {
        return Err(Refusal::new(Reason::UnknownKey, RULE));
    }
    if enrolment.log_keys().any(|key| key.vkey == body.new_log_key) {
        return Err(Refusal::new(Reason::AlreadyEnrolled, RULE)
            .with_remedy("Make another key: one that was a log key before never returns."));
    }
    if enrolment.newest_log_key(&body.old_log_key) != Some(&*body.old_log_key) {
        return Err(Refusal::new(Reason::RevokedKey, RULE)
            .with_remedy("Name the newest key of the log as the one that retires."));
    }
    if log_name(&body.new_log_key) != log_name(&body.old_log_key) {
        return Err(Refusal::field(
            "rotate_log_key.new_log_key",
            "is not named like the key that it replaces",
        ));
    }
    if body.retire_at <= now {
        return Err(Refusal::new(Reason::TermReversed, RULE));
    }
    Ok(SubjectId::Registry)
}
