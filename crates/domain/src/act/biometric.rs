use crate::fact::{BiometricModality, BiometricWithdrawal, redacted};
use crate::number::{BiometricNumber, PersonNumber};

/// A biometric template of a person is held in a system outside the registry (art. 7(4), 26(2), 33(2); design 7.9). The
/// registry holds where, and never the template. The fact dates from the day on which it was taken.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordBiometricReference {
    /// Whose it is.
    pub person: PersonNumber,
    /// What of the body it is of.
    pub modality: BiometricModality,
    /// Device that took it; may be empty.
    pub device: String,
    /// System that holds the template.
    pub system: String,
    /// Its reference in that system.
    pub reference: String,
    /// Digest of the template, keyed by that system.
    pub digest: [u8; 32],
}

/// A reference serves no purpose any more: its shortest clock begins.
#[derive(Clone, PartialEq, Eq)]
pub struct WithdrawBiometricReference {
    /// Which reference.
    pub biometric: BiometricNumber,
    /// Why.
    pub ground: BiometricWithdrawal,
}

redacted!(RecordBiometricReference, WithdrawBiometricReference);
