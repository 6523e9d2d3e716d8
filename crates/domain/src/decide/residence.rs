use super::Decided;
use super::condition::check_conditions;
use super::scene::{Scene, check_term};
use super::status::check_adverse;
use crate::act::{
    ConvertResidencePermit, IssueResidencePermit, IssueVisa, RecordEntry, RecordExit,
    RecordResidencePermitLapse, RenewResidencePermit, ReplaceResidencePermit,
    RevokeResidencePermit,
};
use crate::event::EventBody;
use crate::fact::{EntryKind, NationalityState, PermitScope, Relation};
use crate::law::{
    BorderPoint, PersonStatus, ResidenceBasis, ResidenceKind, ResidenceRule, ResidenceStep,
    permit_scopes,
};
use crate::number::PersonNumber;
use crate::person::{HeldPermit, PermitAsked, PermitEndGround, Person};
use crate::refusal::{Reason, Refusal};
use crate::time::{Calendar, PartialDate};

const CROSSING_RULE: &str = "law:art. 7(2)-(3), 15";
const VISA_RULE: &str = "law:art. 1(3)";
const PERMIT_RULE: &str = "service:12012154100 (row 9)";
const SCOPE_RULE: &str = "law:art. 25 note 1 (TL-41)";
const CONVERSION_RULE: &str = "service:12012154108 (row 17)";
/// Jalali months after recognition from which a refugee may ask for three-year residence.
const REFUGEE_WAIT_MONTHS: i32 = 12;

/// An entry; the point is official unless the person crossed elsewhere.
pub(super) fn record_entry(scene: &Scene<'_>, body: &RecordEntry) -> Result<Vec<Decided>, Refusal> {
    scene.living(body.person)?;
    let may_cross_elsewhere = matches!(
        body.kind,
        EntryKind::Unauthorised | EntryKind::Displaced | EntryKind::Emergency
    );
    if !(body.border_point.is_empty() && may_cross_elsewhere) {
        check_border_point(&body.border_point)?;
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::EntryRecorded(body.clone()),
    )])
}

/// An exit, through an official point.
pub(super) fn record_exit(scene: &Scene<'_>, body: &RecordExit) -> Result<Vec<Decided>, Refusal> {
    scene.living(body.person)?;
    check_border_point(&body.border_point)?;
    Ok(vec![
        scene.about(body.person, EventBody::ExitRecorded(body.clone())),
    ])
}

pub(super) fn check_border_point(code: &str) -> Result<(), Refusal> {
    match BorderPoint::from_code(code) {
        Some(_) => Ok(()),
        None => Err(Refusal::new(Reason::UnknownBorderPoint, CROSSING_RULE)),
    }
}

/// A visa; visas may overlap.
pub(super) fn issue_visa(scene: &Scene<'_>, body: &IssueVisa) -> Result<Vec<Decided>, Refusal> {
    scene.living(body.person)?;
    check_term(body.valid_from, Some(body.valid_until), VISA_RULE)?;
    check_new_number(scene, body.person, &body.visa_number)?;
    Ok(vec![
        scene.about(body.person, EventBody::VisaIssued(body.clone())),
    ])
}

fn check_new_number(scene: &Scene<'_>, person: PersonNumber, number: &str) -> Result<(), Refusal> {
    if scene.whole_person(person)?.has_permission_number(number) {
        return Err(Refusal::new(Reason::DuplicatePermit, PERMIT_RULE));
    }
    Ok(())
}

/// What a new permit is to be.
struct Wanted<'act> {
    kind: ResidenceKind,
    basis: ResidenceBasis,
    number: &'act str,
    from: PartialDate,
    until: Option<PartialDate>,
    /// Number of the permit whose place it takes.
    instead_of: Option<&'act str>,
}

/// A residence permit of a kind and on a ground that the law knows together (bill arts. 19 to 24, 34 to 36).
pub(super) fn issue_permit(
    scene: &Scene<'_>,
    body: &IssueResidencePermit,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    check_wanted(
        scene,
        &person,
        &Wanted {
            kind: body.kind,
            basis: body.basis,
            number: &body.permit_number,
            from: body.valid_from,
            until: body.valid_until,
            instead_of: None,
        },
    )?;
    check_scope(scene, &person, body)?;
    let asked = PermitAsked {
        kind: body.kind,
        basis: body.basis,
        scope: body.scope,
        step: ResidenceStep::Issue,
        law_of: scene.day(),
    };
    let given = scene.restates(|before| {
        matches!(before, EventBody::ResidencePermitIssued(of)
            if (of.kind, of.basis, of.scope) == (body.kind, body.basis, body.scope))
    });
    if !given {
        check_conditions(scene, &person, asked)?;
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::ResidencePermitIssued(body.clone()),
    )])
}

fn check_wanted(scene: &Scene<'_>, person: &Person, wanted: &Wanted<'_>) -> Result<(), Refusal> {
    let rule = ResidenceRule::of(wanted.kind);
    check_new_number(scene, person.number, wanted.number)?;
    check_term(wanted.from, wanted.until, rule.source)?;
    match wanted.until {
        None if rule.end_required => {
            return Err(Refusal::new(Reason::TermMissing, rule.source));
        }
        None => {}
        Some(until) => check_length(rule, wanted.from, until)?,
    }
    if !rule.admits(wanted.basis) {
        return Err(Refusal::new(Reason::NotEligible, rule.source)
            .with("kind", wanted.kind.code())
            .with("basis", wanted.basis.code()));
    }
    check_standing(scene, person, wanted, rule)?;
    let whole = scene.whole_person(person.number)?;
    if whole.has_overlap(wanted.from, wanted.until, wanted.instead_of) {
        return Err(Refusal::new(Reason::PermitOverlap, "law:art. 19, 25"));
    }
    Ok(())
}

/// Partial dates are read in the holder's favour: the term may begin late and end early.
fn check_length(
    rule: &ResidenceRule,
    from: PartialDate,
    until: PartialDate,
) -> Result<(), Refusal> {
    let last = rule
        .last_day(from.latest())
        .map_err(|_beyond_calendar| Refusal::new(Reason::InvalidDate, rule.source))?;
    if last.is_some_and(|last| last < until.earliest()) {
        let mut refusal = Refusal::new(Reason::TermTooLong, rule.source);
        if let Some(months) = rule.longest_months {
            refusal = refusal.with("months_max", months);
        }
        return Err(refusal);
    }
    Ok(())
}

/// What the person must be, or have had, for a kind of residence.
fn check_standing(
    scene: &Scene<'_>,
    person: &Person,
    wanted: &Wanted<'_>,
    rule: &ResidenceRule,
) -> Result<(), Refusal> {
    let refuse = |source: &'static str| {
        Err(Refusal::new(Reason::NotEligible, source).with("kind", wanted.kind.code()))
    };
    if let Some(before) = rule.after
        && !person
            .permits
            .iter()
            .any(|permit| permit.kind == before && !was_revoked(permit))
    {
        return refuse(rule.source);
    }
    let of_family = wanted.basis == ResidenceBasis::Family;
    let is_refugee = person.holds(PersonStatus::Refugee);
    if wanted.kind == ResidenceKind::Refugee && !of_family && !is_refugee {
        return refuse("law:art. 35");
    }
    if wanted.kind == ResidenceKind::Limited && !of_family && !is_stateless(person) {
        return refuse("law:art. 36 (AM-62)");
    }
    if wanted.kind == ResidenceKind::ThreeYear
        && wanted.basis == ResidenceBasis::Refugee
        && !refugee_for_a_year(scene, person)
    {
        return refuse("law:art. 35(2) (TL-61)");
    }
    Ok(())
}

fn was_revoked(permit: &HeldPermit) -> bool {
    permit
        .end
        .is_some_and(|end| end.ground == PermitEndGround::Revoked)
}

/// Statelessness is a claim with a status; there is no procedure to find it (AM-62).
fn is_stateless(person: &Person) -> bool {
    person.holds(PersonStatus::Stateless)
        || person
            .particulars
            .nationalities
            .iter()
            .any(|nationality| nationality.state == NationalityState::Stateless)
}

fn refugee_for_a_year(scene: &Scene<'_>, person: &Person) -> bool {
    person.statuses.iter().any(|held| {
        let since = held.since.earliest();
        held.status == PersonStatus::Refugee
            && held.until.is_none()
            && since
                .plus_months(Calendar::Jalali, REFUGEE_WAIT_MONTHS)
                .is_ok_and(|ripe| ripe <= scene.day())
    })
}

/// Individual or family permit, by age and place in the household. It is a rule of the bill, so it holds for the kinds of the
/// bill; cards of a registration round go to everybody. A head, and a spouse of the head, may stand on the family permit that
/// is built around them (art. 25 note 3); without a date of birth both scopes are open.
fn check_scope(
    scene: &Scene<'_>,
    person: &Person,
    body: &IssueResidencePermit,
) -> Result<(), Refusal> {
    let of_the_bill = matches!(
        body.kind,
        ResidenceKind::Temporary
            | ResidenceKind::ThreeYear
            | ResidenceKind::SevenYear
            | ResidenceKind::Special
    );
    let Some(age) = person.age_years(scene.day()).filter(|_| of_the_bill) else {
        return Ok(());
    };
    let relation = person.household.map(|membership| membership.relation);
    let has_head = relation.is_some_and(|relation| relation != Relation::Head);
    let scopes = permit_scopes(age, has_head);
    let around = matches!(relation, Some(Relation::Head | Relation::Spouse));
    let open = match body.scope {
        PermitScope::Individual => scopes.individual,
        PermitScope::Family => scopes.family || around,
    };
    if open {
        Ok(())
    } else {
        Err(Refusal::new(Reason::ScopeNotAllowed, SCOPE_RULE))
    }
}

/// The permit with this number on the day of the fact, not ended.
fn open_permit<'person>(
    person: &'person Person,
    number: &str,
) -> Result<&'person HeldPermit, Refusal> {
    let Some(permit) = person.permit(number) else {
        return Err(Refusal::new(Reason::UnknownPermit, PERMIT_RULE));
    };
    if permit.end.is_some() {
        return Err(Refusal::new(Reason::PermitNotInForce, PERMIT_RULE));
    }
    Ok(permit)
}

/// A later last day. Early and late requests are not refused (AM-19). A renewal adds at most one more term of the kind; the
/// length of the extension of temporary residence is not stated, so it has no limit (AM-27).
pub(super) fn renew_permit(
    scene: &Scene<'_>,
    body: &RenewResidencePermit,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    let permit = open_permit(&person, &body.permit_number)?;
    let rule = ResidenceRule::of(permit.kind);
    if let Some(renewals_max) = rule.renewals
        && u32::from(renewals_max) <= permit.renewals
    {
        return Err(Refusal::new(Reason::RenewalLimit, rule.renewal_source)
            .with("renewals_max", renewals_max));
    }
    let Some(until) = permit
        .until
        .filter(|until| until.latest() < body.valid_until.latest())
    else {
        return Err(Refusal::new(Reason::TermReversed, rule.renewal_source)
            .with_message("The permit does not end before the new last day.")
            .with_remedy("State a last day after the present one."));
    };
    if permit.kind != ResidenceKind::Temporary {
        let next_day = until.latest().plus_days(1);
        let from = next_day
            .and_then(|day| day.date_in(Calendar::Jalali).ok())
            .unwrap_or(until);
        check_length(rule, from, body.valid_until)?;
    }
    let whole = scene.whole_person(body.person)?;
    if whole.has_overlap(permit.from, Some(body.valid_until), Some(&permit.number)) {
        return Err(Refusal::new(Reason::PermitOverlap, "law:art. 19, 25"));
    }
    let given = scene.restates(|before| {
        matches!(before, EventBody::ResidencePermitRenewed(of)
            if of.permit_number == body.permit_number)
    });
    if !given {
        check_conditions(scene, &person, PermitAsked::renewal(permit))?;
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::ResidencePermitRenewed(body.clone()),
    )])
}

/// The same permit on a new paper.
pub(super) fn replace_permit(
    scene: &Scene<'_>,
    body: &ReplaceResidencePermit,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    open_permit(&person, &body.permit_number)?;
    check_new_number(scene, body.person, &body.new_permit_number)?;
    Ok(vec![scene.about(
        body.person,
        EventBody::ResidencePermitReplaced(body.clone()),
    )])
}

/// Another kind of residence in place of the one held. It can end a protection that hangs on the card, so the informed
/// consent of the person comes first.
pub(super) fn convert_permit(
    scene: &Scene<'_>,
    body: &ConvertResidencePermit,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    if body.consent_reference.trim().is_empty() {
        return Err(Refusal::new(Reason::ConsentMissing, CONVERSION_RULE));
    }
    let scope = open_permit(&person, &body.permit_number)?.scope;
    check_wanted(
        scene,
        &person,
        &Wanted {
            kind: body.kind,
            basis: body.basis,
            number: &body.new_permit_number,
            from: body.valid_from,
            until: body.valid_until,
            instead_of: Some(&body.permit_number),
        },
    )?;
    let asked = PermitAsked {
        kind: body.kind,
        basis: body.basis,
        scope,
        step: ResidenceStep::Convert,
        law_of: scene.day(),
    };
    let given = scene.restates(|before| {
        matches!(before, EventBody::ResidenceStatusConverted(of)
            if (of.kind, of.basis, &of.permit_number) == (body.kind, body.basis, &body.permit_number))
    });
    if !given {
        check_conditions(scene, &person, asked)?;
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::ResidenceStatusConverted(body.clone()),
    )])
}

/// A permit is taken away: an adverse act.
pub(super) fn revoke_permit(
    scene: &Scene<'_>,
    body: &RevokeResidencePermit,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    open_permit(&person, &body.permit_number)?;
    check_adverse(scene, body.decision.as_ref(), "law:art. 20 note 1-2")?;
    Ok(vec![scene.about(
        body.person,
        EventBody::ResidencePermitRevoked(body.clone()),
    )])
}

/// A permit lapses after its last valid day, never before.
pub(super) fn record_lapse(
    scene: &Scene<'_>,
    body: &RecordResidencePermitLapse,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    let permit = open_permit(&person, &body.permit_number)?;
    if permit
        .until
        .is_none_or(|until| scene.day() <= until.latest())
    {
        return Err(Refusal::new(Reason::PermitStillValid, "law:art. 12(5)"));
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::ResidencePermitLapsed(body.clone()),
    )])
}
