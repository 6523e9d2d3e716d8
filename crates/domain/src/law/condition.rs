//! Conditions of residence: what must be shown before a permit is given or renewed, and of whom it is not asked.
//!
//! # Readings
//!
//! | reading | why |
//! |---|---|
//! | a refugee is asked for nothing of art. 22 | art. 35(2) names one condition alone, a year since the refugee permit |
//! | a member of a family permit is asked for nothing | the permit is built around the head (art. 25 note 3), of whom the conditions are asked when the head's own permit is given; families of the groups of art. 21 are not named (AM-26) |
//! | a child is not asked for oath, interview, classes or literacy, nor for work or insurance | a minor is covered by the family and does not act in person (AM-29), and nobody under eighteen heads a family (art. 25 note 2); eighteen is reached on the birthday (AM-17) |
//! | husband and children of Iranian women need nothing of their own that art. 22 does not name | art. 21(d) opens term residence to them; no registration of the marriage is asked for (AM-53), and no literacy. The approval of art. 24 is not theirs to bring: it is how special residence is decided, for everybody |
//! | work and insurance are asked of the head of a household alone, and of who belongs to none | art. 22 note 2 |
//! | a renewal asks for what note 2 adds, and for nothing that was shown before | "also needs" (art. 22 note 2) |
//! | the yearly interview is no condition | AM-24: an event, not a gate. The interview of art. 22(4) is one |
//! | seven-year and special residence are renewed without conditions | none is stated (AM-28) |
//! | temporary residence has none here | art. 26 binds whoever applies, and names nothing to be shown |
//! | no attestation ends by time | no length is stated, so there is no limit (AM-27) |
//!
//! # What applies on a day
//!
//! The rules of an edition hold for permits that are given from its first day on: the day of the fact counts, not that on which
//! the registry learns of it. A permit given before is history and is recorded as it was; it is renewed without conditions too,
//! since whoever holds it was given it on others. What was attested is looked at as it stood on the day of the permit, and an
//! attestation may be recorded late, dated back to the day on which the condition was met.

use sabt_proto::event::v1 as proto;

use super::{Edition, ResidenceKind};
use crate::time::Day;

closed_enum! {
    /// A condition of residence (bill arts. 22 to 24).
    pub enum ResidenceCondition = proto::ResidenceCondition {
        /// Proof of enough income for self or family (art. 22(1)).
        Income = "INCOME",
        /// No effective conviction, prosecution, indictment, bad security record or debt to the state (art. 22(2)). That the
        /// condition is met is all that is ever stated: never what was looked at or found.
        CleanRecord = "CLEAN_RECORD",
        /// A lawful domicile (art. 22(3)).
        Domicile = "DOMICILE",
        /// Acceptance in an interview by the organisation (art. 22(4)).
        Interview = "INTERVIEW",
        /// An oath of loyalty (art. 22(5)).
        Oath = "OATH",
        /// Attendance at classes on Persian, law, history and culture (art. 22(6)).
        Classes = "CLASSES",
        /// Able to read and write (art. 23).
        Literacy = "LITERACY",
        /// Employment under the law, or a valid work permit in a listed job (art. 22 note 2).
        Work = "WORK",
        /// Valid social insurance (art. 22 note 2).
        SocialInsurance = "SOCIAL_INSURANCE",
        /// Approval of the central commission (art. 24).
        CommissionApproval = "COMMISSION_APPROVAL",
    }
}

closed_enum! {
    /// What is done about a permit.
    pub enum ResidenceStep {
        /// It is given.
        Issue = "ISSUE",
        /// It takes the place of another kind of residence.
        Convert = "CONVERT",
        /// It is given for longer.
        Renew = "RENEW",
    }
}

closed_enum! {
    /// Why a condition is not asked of somebody. The readings stand at the head of this module.
    pub enum NotAsked {
        /// A refugee under art. 35(2).
        Refugee = "REFUGEE",
        /// A member of a family permit.
        FamilyPermit = "FAMILY_PERMIT",
        /// A child.
        Child = "CHILD",
        /// Husband or child of an Iranian woman.
        IranianFamily = "IRANIAN_FAMILY",
        /// Not the head of the household.
        NotHead = "NOT_HEAD",
    }
}

impl ResidenceCondition {
    /// The article that states it.
    pub const fn source(self) -> &'static str {
        match self {
            Self::Income => "law:art. 22(1)",
            Self::CleanRecord => "law:art. 22(2)",
            Self::Domicile => "law:art. 22(3)",
            Self::Interview => "law:art. 22(4)",
            Self::Oath => "law:art. 22(5)",
            Self::Classes => "law:art. 22(6)",
            Self::Literacy => "law:art. 23",
            Self::Work | Self::SocialInsurance => "law:art. 22 note 2",
            Self::CommissionApproval => "law:art. 24",
        }
    }

    /// True if art. 22 or one of its notes states it.
    pub const fn is_of_article_22(self) -> bool {
        !matches!(self, Self::Literacy | Self::CommissionApproval)
    }

    /// True if no child is asked for it.
    pub const fn is_for_adults(self) -> bool {
        match self {
            Self::Interview
            | Self::Oath
            | Self::Classes
            | Self::Literacy
            | Self::Work
            | Self::SocialInsurance => true,
            Self::Income | Self::CleanRecord | Self::Domicile | Self::CommissionApproval => false,
        }
    }

    /// True if it is asked of the head of a household alone (art. 22 note 2).
    pub const fn is_for_heads(self) -> bool {
        matches!(self, Self::Work | Self::SocialInsurance)
    }

    /// True if somebody can be exempted from it (art. 22 note 3 and its like). Art. 24 knows nobody who becomes a special resident
    /// past the central commission.
    pub const fn is_open_to_exemption(self) -> bool {
        !matches!(self, Self::CommissionApproval)
    }
}

impl NotAsked {
    /// The article or reading it rests on.
    pub const fn source(self) -> &'static str {
        match self {
            Self::Refugee => "law:art. 35(2)",
            Self::FamilyPermit => "law:art. 25 note 3 (AM-26)",
            Self::Child => "law:art. 25 notes 1-2 (AM-17, AM-29)",
            Self::IranianFamily => "law:art. 21(d) (AM-53)",
            Self::NotHead => "law:art. 22 note 2",
        }
    }
}

/// A condition that the law states for a step about a kind of residence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConditionRule {
    /// Kind of residence.
    pub kind: ResidenceKind,
    /// For which steps it is asked.
    pub steps: &'static [ResidenceStep],
    /// What must be shown.
    pub condition: ResidenceCondition,
    /// Code of the edition that states it. An edition that states conditions for a kind and a step states all of them anew.
    pub edition: &'static str,
    /// The article that asks for it.
    pub source: &'static str,
}

use ResidenceCondition as C;
use ResidenceKind as K;

const GIVEN: &[ResidenceStep] = &[ResidenceStep::Issue, ResidenceStep::Convert];
const RENEWED: &[ResidenceStep] = &[ResidenceStep::Renew];

const fn row(
    kind: ResidenceKind,
    steps: &'static [ResidenceStep],
    condition: ResidenceCondition,
    source: &'static str,
) -> ConditionRule {
    ConditionRule {
        kind,
        steps,
        condition,
        edition: "1405-1",
        source,
    }
}

/// Rows, those of older editions first.
const RULES: [ConditionRule; 16] = [
    row(K::ThreeYear, GIVEN, C::Income, "law:art. 22(1)"),
    row(K::ThreeYear, GIVEN, C::CleanRecord, "law:art. 22(2)"),
    row(K::ThreeYear, GIVEN, C::Domicile, "law:art. 22(3)"),
    row(K::ThreeYear, GIVEN, C::Interview, "law:art. 22(4)"),
    row(K::ThreeYear, GIVEN, C::Oath, "law:art. 22(5)"),
    row(K::ThreeYear, GIVEN, C::Classes, "law:art. 22(6)"),
    row(K::ThreeYear, RENEWED, C::Work, "law:art. 22 note 2"),
    row(
        K::ThreeYear,
        RENEWED,
        C::SocialInsurance,
        "law:art. 22 note 2",
    ),
    // "Art. 22 and its notes": what stands there is asked again, and what was shown for the three years still shows it.
    row(K::SevenYear, GIVEN, C::Income, "law:art. 23, 22(1)"),
    row(K::SevenYear, GIVEN, C::CleanRecord, "law:art. 23, 22(2)"),
    row(K::SevenYear, GIVEN, C::Domicile, "law:art. 23, 22(3)"),
    row(K::SevenYear, GIVEN, C::Interview, "law:art. 23, 22(4)"),
    row(K::SevenYear, GIVEN, C::Oath, "law:art. 23, 22(5)"),
    row(K::SevenYear, GIVEN, C::Classes, "law:art. 23, 22(6)"),
    row(K::SevenYear, GIVEN, C::Literacy, "law:art. 23"),
    // Special residents skip what is asked for term residence (art. 24).
    row(K::Special, GIVEN, C::CommissionApproval, "law:art. 24"),
];

impl ConditionRule {
    /// Every rule, of every edition.
    pub const ALL: &'static [Self] = &RULES;

    /// What the law asks for on a day, in its own order. Nothing before the first edition that states conditions.
    pub fn asked(
        kind: ResidenceKind,
        step: ResidenceStep,
        day: Day,
    ) -> impl Iterator<Item = &'static Self> {
        let rules = move || {
            let of_step = move |rule: &&Self| rule.kind == kind && rule.steps.contains(&step);
            RULES.iter().filter(of_step)
        };
        let stated = rules().filter_map(Self::first_day);
        let newest = stated.filter(|from| *from <= day).max();
        rules().filter(move |rule| newest.is_some() && rule.first_day() == newest)
    }

    /// The first day on which it is asked for.
    fn first_day(&self) -> Option<Day> {
        Edition::from_code(self.edition).and_then(|edition| edition.from())
    }
}
