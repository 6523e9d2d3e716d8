use std::collections::BTreeSet;

use super::super::{
    Asker, Bar, FieldGroup, FieldSet, Filed, Matrix, Permit, Purpose, Recipient, Role,
};

fn permit(role: Role, purpose: Purpose, state: &str) -> Option<Permit> {
    let asker = Asker {
        agency: "AGENCY".to_owned(),
        officer: "OFFICER".to_owned(),
        roles: BTreeSet::from([role]),
        state: state.to_owned(),
        rights: BTreeSet::new(),
    };
    Matrix::newest()
        .permit(&asker, purpose.code(), "basis", "case")
        .ok()
}

/// Every pair of groups to every role for every purpose and every State: a value leaves if the permit gives both its
/// groups, and none of them ever to another State if it could tell of protection.
#[test]
fn a_value_leaves_with_all_of_its_groups_or_not_at_all() {
    let mut passed = 0;
    for (role, purpose) in Role::ALL
        .iter()
        .flat_map(|role| Purpose::ALL.iter().map(move |purpose| (*role, *purpose)))
    {
        for state in ["IRN", "AFG", "IRQ", ""] {
            let Some(permit) = permit(role, purpose, state) else {
                continue;
            };
            let is_foreign = matches!(permit.recipient(), Recipient::Foreign(_));
            assert_eq!(is_foreign, state != "IRN");
            for (one, other) in FieldGroup::ALL
                .iter()
                .flat_map(|one| FieldGroup::ALL.iter().map(move |other| (*one, *other)))
            {
                let told = permit.tell(Filed::under(FieldSet::of(&[one, other]), ()));
                let given = permit.allows(one) && permit.allows(other);
                assert_eq!(told.is_some(), given);
                if is_foreign && (one.is_firewalled() || other.is_firewalled()) {
                    assert!(told.is_none());
                    assert!(permit.is_blind_to(one) || permit.is_blind_to(other));
                }
                passed += usize::from(told.is_some());
            }
            assert!(permit.tell(Filed::under(FieldSet::EMPTY, ())).is_none());
            if state == "IRN" {
                // At home whoever can never be told of it is answered as if nobody went to school without residence.
                let enforcement = Bar::between(role, FieldGroup::Schooling).is_some();
                for one in FieldGroup::ALL {
                    let blind = enforcement && *one == FieldGroup::Schooling;
                    assert_eq!(permit.is_blind_to(*one), blind);
                }
            }
        }
    }
    assert!(0 < passed);
}

#[test]
fn another_state_is_told_of_no_place_and_of_nobody_who_looked() {
    let firewalled: Vec<_> = FieldGroup::ALL
        .iter()
        .filter(|group| group.is_firewalled())
        .collect();
    assert_eq!(
        firewalled,
        [
            &FieldGroup::Protection,
            &FieldGroup::AsylumClaim,
            &FieldGroup::Address,
            &FieldGroup::ShelterAddress,
            &FieldGroup::Disclosures,
            &FieldGroup::Officer,
            &FieldGroup::Oversight,
            &FieldGroup::Removal,
            &FieldGroup::Health,
            &FieldGroup::Schooling,
            &FieldGroup::BiometricReferences,
        ]
    );
}
