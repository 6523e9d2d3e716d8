//! Purposes.

use super::Matrix;

closed_enum! {
    /// Why a question is asked. Closed: a purpose that is not here cannot be stated.
    pub enum Purpose {
        /// Recording acts about persons and serving them at an office (duties 5, 12).
        Registration = "REGISTRATION",
        /// Checking who enters and leaves at an official point (bill art. 7(2)-(3), 15).
        BorderControl = "BORDER_CONTROL",
        /// Checking on the spot whether a document or a stay is valid (bill art. 8(4)).
        StayCheck = "STAY_CHECK",
        /// Keeping the vital events of foreign nationals who are family of Iranians in step with the register of
        /// Iranians (bill art. 5 note; duty 18).
        CivilRegistrationSync = "CIVIL_REGISTRATION_SYNC",
        /// Verifying that the ledgers are whole.
        Audit = "AUDIT",
        /// Supervising how personal data are used.
        DataProtection = "DATA_PROTECTION",
        /// Answering a person who asks what is recorded about them and who has looked.
        SubjectAccess = "SUBJECT_ACCESS",
        /// Enrolling agencies, keys and offices, and adopting policy.
        Governance = "GOVERNANCE",
        /// Seeing until when personal data may be kept, and erasing them.
        Erasure = "ERASURE",
        /// Receiving, examining and deciding claims to asylum (bill art. 35; Constitution art. 155).
        AsylumProcedure = "ASYLUM_PROCEDURE",
        /// Compiling and publishing statistics (duties 11, 12; manual 1-8 item 7).
        OfficialStatistics = "OFFICIAL_STATISTICS",
        /// Organising campaigns of registration and reporting how far they reach (services row 9, section 6).
        Campaign = "CAMPAIGN",
        /// Seeing to it that the agency's own officers look up only what they need, and justifying what was drawn.
        Supervision = "SUPERVISION",
        /// Saving somebody whose life is in danger, and telling their next of kin, with no supervisor at hand.
        VitalEmergency = "VITAL_EMERGENCY",
        /// Learning whether a person has a right that a service depends on (bill art. 20(4), 22 note 1, 32).
        RightCheck = "RIGHT_CHECK",
        /// Carrying out an order of expulsion, with all that stands against it (duties 14, 22; bill art. 12, 13, 18).
        Removal = "REMOVAL",
    }
}

impl Purpose {
    /// True if records are opened for the purpose on an officer's own grant, which alarms
    /// ([`AuthenticGrant::for_asker`](super::AuthenticGrant::for_asker)).
    pub const fn is_emergency(self) -> bool {
        matches!(self, Self::VitalEmergency)
    }

    /// The duty, article or promise the purpose rests on, by the newest edition of the matrix.
    pub fn source(self) -> &'static str {
        let ground = Matrix::newest().purpose(self);
        ground.map_or("", |ground| ground.source.as_str())
    }
}
