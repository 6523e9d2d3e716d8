//! What no policy can give: bars that stand above every row of every edition.

use super::{EMERGENCY_GROUPS, FieldGroup, FieldSet, Method, Purpose, Role};

/// A rule that keeps a field group or a method from a role whatever a policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Source of the rule.
    pub rule: &'static str,
    /// What it says, as a sentence.
    pub text: &'static str,
}

const ASYLUM: Bar = Bar {
    rule: "design:7.3",
    text: "A claim to asylum, and that there is one, is for the asylum unit alone.",
};

const PROTECTION: Bar = Bar {
    rule: "design:7.4",
    text: "Facts of protection and of health, and shelter addresses, are for the registrar and the asylum unit, and \
           for the data protection officer on behalf of the person.",
};

const OFFICER: Bar = Bar {
    rule: "design:7.5",
    text: "Who an officer is as a registered person is for the data-protection officer alone.",
};

const BIOMETRIC: Bar = Bar {
    rule: "design:7.9",
    text: "Where a biometric template is held is for the registrar who serves the person, and for the data protection officer \
           on behalf of the person: nobody is identified by it.",
};

const EMERGENCY: Bar = Bar {
    rule: "design:7.1",
    text: "In an emergency nothing is told but who somebody is and who is next of kin.",
};

const SCHOOLING: Bar = Bar {
    rule: "services.md row 28",
    text: "That a child goes to school without residence is closed to enforcement.",
};

const NO_PERSONS: Bar = Bar {
    rule: "design:4",
    text: "Whoever audits, governs, publishes statistics or organises campaigns reads no personal data.",
};

const VERDICTS: Bar = Bar {
    rule: "design:7.1",
    text: "A public service is told verdicts alone.",
};

const CONDITIONS: Bar = Bar {
    rule: "law:art. 22",
    text: "Which conditions of residence somebody meets is for the registrar, who gives the permit.",
};

/// Groups that no agency of another State is given, whatever its role: a fact of protection has no path to a channel
/// of the State of origin, nor has the place where somebody hides from it (design:7.4). No address at all has one,
/// because one that is missing where others have theirs would tell that it is a shelter's; nor has who looked, because
/// some look only where there is protection, nor who serves this State; nor has what stands about a removal, because of
/// what may stand against it, nor where templates of a body are held; nor that a child goes to school without residence.
pub(super) const FIREWALLED: FieldSet = FieldSet::of(&[
    FieldGroup::Protection,
    FieldGroup::Health,
    FieldGroup::Removal,
    FieldGroup::AsylumClaim,
    FieldGroup::Address,
    FieldGroup::ShelterAddress,
    FieldGroup::Disclosures,
    FieldGroup::Officer,
    FieldGroup::Oversight,
    FieldGroup::Schooling,
    FieldGroup::BiometricReferences,
]);

impl Bar {
    /// The bar between a role and a field group, if there is one.
    pub const fn between(role: Role, group: FieldGroup) -> Option<Self> {
        match (group, role) {
            (
                FieldGroup::Integrity
                | FieldGroup::Aggregates
                | FieldGroup::Campaign
                | FieldGroup::Site,
                _,
            )
            | (FieldGroup::AsylumClaim, Role::AsylumUnit)
            | (FieldGroup::Officer, Role::DataProtectionOfficer)
            | (FieldGroup::BiometricReferences, Role::Registrar | Role::DataProtectionOfficer)
            | (FieldGroup::Verdict, Role::PublicService) => None,
            (FieldGroup::AsylumClaim, _) => Some(ASYLUM),
            (_, Role::PublicService) => Some(VERDICTS),
            (
                FieldGroup::Protection | FieldGroup::Health | FieldGroup::ShelterAddress,
                Role::BorderPolice | Role::Police | Role::CivilRegistry | Role::ImmigrationPolice,
            ) => Some(PROTECTION),
            (FieldGroup::Officer, _) => Some(OFFICER),
            (FieldGroup::BiometricReferences, _) => Some(BIOMETRIC),
            (
                FieldGroup::Schooling,
                Role::BorderPolice | Role::Police | Role::ImmigrationPolice,
            ) => Some(SCHOOLING),
            (
                _,
                Role::Auditor | Role::Governance | Role::StatisticsOffice | Role::CampaignOrganiser,
            ) => Some(NO_PERSONS),
            _ => None,
        }
    }

    /// The bar between a role and a method, if there is one.
    pub const fn of_method(role: Role, method: Method) -> Option<Self> {
        match (method, role) {
            (Method::GetResidenceConditions, Role::Registrar) => None,
            (Method::GetResidenceConditions, _) => Some(CONDITIONS),
            _ => None,
        }
    }

    /// The bar that keeps a field group from a role which asks for a purpose, if there is one.
    pub fn against(role: Role, purpose: Purpose, group: FieldGroup) -> Option<Self> {
        Self::between(role, group).or(Self::of_purpose(purpose, group))
    }

    /// The bar between a purpose and a field group, if there is one.
    pub const fn of_purpose(purpose: Purpose, group: FieldGroup) -> Option<Self> {
        if purpose.is_emergency() && !EMERGENCY_GROUPS.contains(group) {
            Some(EMERGENCY)
        } else {
            None
        }
    }
}

/// True if a question for this purpose serves somebody's request or a matter under supervision, so that it always
/// names it (design:7.5).
pub(super) const fn needs_case(purpose: Purpose) -> bool {
    matches!(
        purpose,
        Purpose::SubjectAccess
            | Purpose::DataProtection
            | Purpose::Erasure
            | Purpose::VitalEmergency
    )
}
