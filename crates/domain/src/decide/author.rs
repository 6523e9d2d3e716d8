use super::asylum::is_asylum;
use super::campaign::is_organising;
use super::{Facts, States};
use crate::access::Role;
use crate::act::{Act, ActBody, ActKind, RevokeGrant};
use crate::governance::Author;
use crate::refusal::{Reason, Refusal};

/// Roles whose agencies may submit acts of a kind.
///
/// Border police record crossings and issue visas at the border, and register whoever they meet there first, because a
/// number comes before anything else. Orders of expulsion are carried out by the immigration police, who record nothing
/// else. Claims to asylum are for the asylum unit alone, which records nothing else.
/// Everything else is for the registrar. An amendment is open to whoever may submit its
/// target; that is checked where the target is known.
///
/// A grant is revoked by a supervisor as well ([`check_revoker`]).
pub(super) fn roles_for(kind: ActKind) -> &'static [Role] {
    // Neither the agency that asked nor the executive may withhold an entry for longer: the court's order is entered by
    // the one who answers for the rights of registered persons, who also revokes grants.
    if matches!(kind, ActKind::ExtendDeferral | ActKind::RevokeGrant) {
        return &[Role::DataProtectionOfficer];
    }
    // Whoever opens records answers for it, and says which persons its officers are. What the asylum unit opens is not
    // drawn.
    if kind == ActKind::JustifyLookup {
        return &[
            Role::Registrar,
            Role::BorderPolice,
            Role::Police,
            Role::CivilRegistry,
            Role::DataProtectionOfficer,
        ];
    }
    if kind == ActKind::DeclareOfficer {
        return &[
            Role::Registrar,
            Role::BorderPolice,
            Role::Police,
            Role::CivilRegistry,
        ];
    }
    if kind.is_governance() {
        return &[Role::Governance];
    }
    // A person goes to an office, or past all offices to the one who answers for their rights; whoever recorded the fact
    // answers.
    if kind == ActKind::DisputeFact {
        return &[Role::Registrar, Role::DataProtectionOfficer];
    }
    // Nor does it stand in anybody's way who wants a biometric reference gone.
    if matches!(
        kind,
        ActKind::ResolveDispute | ActKind::WithdrawBiometricReference
    ) {
        return &[
            Role::Registrar,
            Role::BorderPolice,
            Role::DataProtectionOfficer,
        ];
    }
    // Who is expelled is told by those who carry it out, at the border or on the way there.
    if kind == ActKind::ExecuteExpulsion {
        return &[Role::ImmigrationPolice, Role::BorderPolice];
    }
    // The commission's finding comes through a registrar, the asylum unit's own stay from the unit: see `crate::stay`.
    if kind == ActKind::PlaceStayOfRemoval {
        return &[Role::AsylumUnit, Role::Registrar];
    }
    if is_asylum(kind) {
        return &[Role::AsylumUnit];
    }
    // Who organises a round counts, and reads nobody's data; who took part is recorded where people come.
    if is_organising(kind) {
        return &[Role::CampaignOrganiser];
    }
    if kind.is_amendment() {
        return &[
            Role::Registrar,
            Role::BorderPolice,
            Role::AsylumUnit,
            Role::CampaignOrganiser,
            Role::ImmigrationPolice,
        ];
    }
    let at_the_border = matches!(
        kind,
        ActKind::RegisterPerson
            | ActKind::RecordEntry
            | ActKind::RecordExit
            | ActKind::IssueVisa
            | ActKind::RecordBiometricReference
    );
    if at_the_border {
        &[Role::Registrar, Role::BorderPolice]
    } else {
        &[Role::Registrar]
    }
}

/// Checks that the author may submit this act, in the name of the office it names.
pub(super) fn check(states: &States, act: &Act, facts: &Facts) -> Result<(), Refusal> {
    let kind = act.body.kind();
    if let ActBody::RevokeGrant(revocation) = &act.body {
        check_revoker(revocation, &facts.author)?;
    } else {
        check_role(kind, facts)?;
    }
    let enrolment = &states.enrolment;
    if kind == ActKind::FoundRegistry {
        return Ok(());
    }
    if enrolment.founding().is_none() {
        return Err(Refusal::new(
            Reason::NotFounded,
            "design:4 governance records",
        ));
    }
    if kind.is_governance() {
        return Ok(());
    }
    let author = &facts.author;
    if enrolment.agency(&author.agency).is_none() {
        let reason = if enrolment.knows_agency(&author.agency) {
            Reason::RevokedAgency
        } else {
            Reason::UnknownAgency
        };
        return Err(Refusal::new(reason, "design:4 governance records"));
    }
    let Some(office) = enrolment.office(&act.office) else {
        return Err(Refusal::new(
            Reason::UnknownOffice,
            "design:4 governance records",
        ));
    };
    let bound_elsewhere = author
        .office
        .as_ref()
        .is_some_and(|bound| *bound != office.code);
    if office.agency != author.agency || bound_elsewhere {
        return Err(Refusal::new(Reason::OfficeNotAllowed, "services section 6"));
    }
    Ok(())
}

/// A grant is revoked by a supervisor of the agency that it was issued in, or by the data-protection officer.
fn check_revoker(revocation: &RevokeGrant, author: &Author) -> Result<(), Refusal> {
    let supervises = author.supervisor.is_some() && author.agency == revocation.agency;
    if supervises || author.roles.contains(&Role::DataProtectionOfficer) {
        return Ok(());
    }
    Err(Refusal::new(Reason::RoleNotAllowed, "design:7.1")
        .with_message("Neither a supervisor of the agency nor the data-protection officer signed the revocation.")
        .with_remedy("Sign with the key of a supervisor of the agency, or of the data-protection officer."))
}

/// Checks that a role of the author fits acts of a kind.
pub(super) fn check_role(kind: ActKind, facts: &Facts) -> Result<(), Refusal> {
    let roles = roles_for(kind);
    if roles.iter().any(|role| facts.author.roles.contains(role)) {
        return Ok(());
    }
    let allowed: Vec<_> = roles.iter().map(|role| role.code()).collect();
    Err(Refusal::new(Reason::RoleNotAllowed, "design:7.1").with("roles_allowed", allowed.join(" ")))
}
