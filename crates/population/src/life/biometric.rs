//! Biometric references: taken when a card is made, replaced when a better one is taken. The registry holds a digest and
//! where the template is, never the template.

use sabt_domain::time::Day;
use sabt_proto::event::v1::{self as proto, BiometricModality, BiometricWithdrawal, act::Body};

use super::Family;
use super::state::PersonIx;
use crate::institutions::Desk;
use crate::plan::SubjectSort;
use crate::when::DayMath;

/// The first Jalali year in which references are taken.
const FIRST_YEAR: i32 = 1396;
/// From this age on.
const FIRST_AGE: u32 = 12;

impl Family {
    /// When a card is made, two in five of those who gave none yet give fingerprints or face; of those who did, one in
    /// twenty-five gives another in its place.
    pub(super) fn perhaps_take_biometrics(&mut self, day: Day, ix: PersonIx) {
        if day.jalali_year() < FIRST_YEAR || self.person(ix).age(day) < FIRST_AGE {
            return;
        }
        match self.person(ix).biometric.clone() {
            None if self.draw.permille(400) => self.take_biometric(day, ix),
            Some(old) if self.draw.permille(40) => {
                self.take_biometric(day, ix);
                let body = Body::WithdrawBiometricReference(proto::WithdrawBiometricReference {
                    biometric: old,
                    ground: BiometricWithdrawal::Replaced.into(),
                });
                let desk = Desk::Registrar(self.person(ix).province);
                self.accept(desk, day, "law:art. 33(2)", body);
            }
            None | Some(_) => {}
        }
    }

    fn take_biometric(&mut self, day: Day, ix: PersonIx) {
        let (modality, device) = if self.draw.permille(700) {
            (BiometricModality::Fingerprints, "FP")
        } else {
            (BiometricModality::Face, "CAM")
        };
        let mut digest = [0; 32];
        self.draw.fill(&mut digest);
        let body = Body::RecordBiometricReference(proto::RecordBiometricReference {
            person: self.reference(ix),
            modality: modality.into(),
            device: format!("{device}-{}", self.draw.digits(3)),
            system: "NAJVA-BIO".to_owned(),
            reference: self.serial("T"),
            digest: digest.to_vec(),
        });
        let new = self.local(SubjectSort::Biometric, self.biometrics);
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept_new(desk, day, "law:art. 33(2)", body, new);
        self.biometrics += 1;
        self.person_mut(ix).biometric = Some(new.to_string());
    }
}
