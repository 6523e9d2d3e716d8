use crate::access::FieldGroup;
use crate::fact::{AdmissionGround, SiteKind};
use crate::number::{
    BiometricNumber, CampaignNumber, CaseNumber, ClaimNumber, HouseholdCode, PersonNumber,
    SiteNumber,
};

#[test]
fn a_number_of_a_site_is_of_no_other_kind() {
    let number = SiteNumber::from_serial(12_345_678_901).unwrap().to_string();
    assert!(number.parse::<SiteNumber>().is_ok());
    assert!(number.parse::<PersonNumber>().is_err());
    assert!(number.parse::<HouseholdCode>().is_err());
    assert!(number.parse::<ClaimNumber>().is_err());
    assert!(number.parse::<CampaignNumber>().is_err());
    assert!(number.parse::<CaseNumber>().is_err());
    assert!(number.parse::<BiometricNumber>().is_err());
}

/// Nobody is sheltered where people are held, and every kind of site takes somebody.
#[test]
fn shelters_and_closed_sites_are_apart() {
    for kind in SiteKind::ALL {
        let grounds = AdmissionGround::ALL.iter();
        let grounds: Vec<_> = grounds
            .filter(|ground| ground.sites().contains(kind))
            .collect();
        assert!(!grounds.is_empty(), "{kind:?}");
        let sheltering = grounds.iter().filter(|ground| ground.shelters()).count();
        assert!(sheltering == 0 || sheltering == grounds.len(), "{kind:?}");
    }
    assert!(FieldGroup::Site.is_about_nobody());
}
