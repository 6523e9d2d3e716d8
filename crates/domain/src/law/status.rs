//! Transitions between the statuses of persons. The bill lists none; law.md section 2 reads them out of its
//! articles (`ST-...`). Only transitions between the statuses of [`PersonStatus`] are here: those that give or
//! take a permit, a card or a place are rules of residence, documents and sites.

use super::PersonStatus;
use PersonStatus as S;

/// Where a transition begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The person holds no status: a first grant.
    None,
    /// Any status, or none.
    Any,
    /// This status.
    Status(PersonStatus),
}

/// One way from a status to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Identifier in law.md section 2, e.g. `ST-21`; empty where the row rests on the source alone.
    pub id: &'static str,
    /// Where it begins.
    pub from: Origin,
    /// Where it leads.
    pub to: PersonStatus,
    /// True if it takes a protection or a lawful stay away: then the act needs decider, ground, service of notice
    /// and body of appeal.
    pub adverse: bool,
    /// Article or service it rests on.
    pub source: &'static str,
}

const fn grant(id: &'static str, to: PersonStatus, source: &'static str) -> Transition {
    Transition {
        id,
        from: Origin::None,
        to,
        adverse: false,
        source,
    }
}

const fn change(
    id: &'static str,
    from: PersonStatus,
    to: PersonStatus,
    source: &'static str,
) -> Transition {
    Transition {
        id,
        from: Origin::Status(from),
        to,
        adverse: false,
        source,
    }
}

const fn adverse(
    id: &'static str,
    from: PersonStatus,
    to: PersonStatus,
    source: &'static str,
) -> Transition {
    Transition {
        id,
        from: Origin::Status(from),
        to,
        adverse: true,
        source,
    }
}

const TRANSITIONS: [Transition; 30] = [
    // First grants.
    grant("ST-01", S::VisaHolder, "law:art. 1(4), 7(2)"),
    grant("ST-03", S::VisaFreeEntrant, "law:art. 10"),
    grant("ST-04", S::EmergencyEntrant, "law:art. 14"),
    grant("ST-23", S::Displaced, "law:art. 1(8), 33"),
    grant("ST-24", S::IrregularMigrant, "law:art. 1(9), 8(5)"),
    grant(
        "",
        S::Stateless,
        "law:art. 1(10), 36 (AM-62: a claim with a status)",
    ),
    grant("", S::DoubtfulNationality, "law:art. 36 note 2"),
    // Groups admitted together hold refuge without an individual request.
    grant("", S::Refugee, "service:12011076105"),
    // Residence may be accepted before any visa (art. 20(3), AM-25), and of persons who need none (AM-04).
    grant("ST-06", S::Migrant, "law:art. 1(5), 20 (AM-04, AM-25)"),
    // Asking for asylum is open to everybody, whatever the status (AM-43, AM-51).
    Transition {
        id: "ST-16",
        from: Origin::Any,
        to: S::AsylumSeeker,
        adverse: false,
        source: "law:art. 1(6), 35(1)",
    },
    // Visa and residence. A refugee who is given residence (art. 35(2)) stays a refugee: residence is a permit
    // beside the status, and the bill does not say that it ends refuge.
    change(
        "ST-05",
        S::EmergencyEntrant,
        S::VisaHolder,
        "law:art. 14(6)",
    ),
    change("ST-06", S::VisaHolder, S::Migrant, "law:art. 1(5), 19, 20"),
    change(
        "ST-06",
        S::VisaFreeEntrant,
        S::Migrant,
        "law:art. 10(2), 19, 20 (AM-04)",
    ),
    change("ST-06", S::Displaced, S::Migrant, "law:art. 19, 20 (AM-04)"),
    change(
        "ST-06",
        S::IrregularMigrant,
        S::Migrant,
        "law:art. 26 note 3, 19, 20 (AM-04)",
    ),
    change(
        "ST-06",
        S::FormerRefugee,
        S::Migrant,
        "law:art. 19, 20 (AM-04)",
    ),
    change(
        "ST-45",
        S::DoubtfulNationality,
        S::Migrant,
        "law:art. 36 note 2",
    ),
    change("ST-01", S::IrregularMigrant, S::VisaHolder, "law:art. 1(4)"),
    change("ST-01", S::VisaFreeEntrant, S::VisaHolder, "law:art. 1(4)"),
    // Asylum. No deciding body and no procedure are named (AM-51).
    change("ST-17", S::AsylumSeeker, S::Refugee, "law:art. 1(7), 35"),
    // Both end a claim, so both need notice and a body of appeal, although the bill names none (AM-51).
    adverse("ST-19", S::AsylumSeeker, S::Displaced, "law:art. 1(8)"),
    adverse(
        "ST-20",
        S::AsylumSeeker,
        S::IrregularMigrant,
        "law:art. 1(9), 35 note 1 (ST-18)",
    ),
    adverse("ST-21", S::Refugee, S::FormerRefugee, "law:art. 35(5)"),
    // A former refugee whose time to leave has run out; also revocation for false information (art. 35(6)), which
    // goes through the same status so that nobody is without time to leave.
    adverse(
        "ST-22",
        S::FormerRefugee,
        S::IrregularMigrant,
        "law:art. 1(9), 35(5)-(6) (TL-62)",
    ),
    change("", S::FormerRefugee, S::Refugee, "service:12012154115"),
    change("", S::Displaced, S::Refugee, "law:art. 1(7), 35"),
    // Overstaying.
    adverse(
        "ST-25",
        S::VisaHolder,
        S::IrregularMigrant,
        "law:art. 1(9), 8(6)",
    ),
    adverse(
        "ST-25",
        S::VisaFreeEntrant,
        S::IrregularMigrant,
        "law:art. 1(9)",
    ),
    adverse(
        "ST-25",
        S::EmergencyEntrant,
        S::IrregularMigrant,
        "law:art. 1(9), 14(2)",
    ),
    adverse(
        "ST-31",
        S::Migrant,
        S::IrregularMigrant,
        "law:art. 1(9), 12(5)-(6)",
    ),
];

/// Every transition.
pub const fn transitions() -> &'static [Transition] {
    &TRANSITIONS
}

/// The transition from a status (or from none) to another, if there is one.
pub fn transition(from: Option<PersonStatus>, to: PersonStatus) -> Option<&'static Transition> {
    TRANSITIONS.iter().find(|transition| {
        transition.to == to
            && from != Some(to)
            && match transition.from {
                Origin::None => from.is_none(),
                Origin::Any => true,
                Origin::Status(status) => from == Some(status),
            }
    })
}

impl PersonStatus {
    /// True if nobody can be both at once. Whoever may be in the country on any ground is no irregular migrant (art. 1(9)), and
    /// refuge that has ceased is not held (art. 35(5)): one becomes the other by a transition. All other statuses may stand
    /// beside each other.
    pub const fn contradicts(self, other: Self) -> bool {
        const fn one_way(one: S, other: S) -> bool {
            let irregular = matches!(one, S::IrregularMigrant)
                && matches!(
                    other,
                    S::VisaHolder
                        | S::Migrant
                        | S::Refugee
                        | S::FormerRefugee
                        | S::Displaced
                        | S::EmergencyEntrant
                        | S::VisaFreeEntrant
                );
            irregular || matches!((one, other), (S::Refugee, S::FormerRefugee))
        }
        one_way(self, other) || one_way(other, self)
    }
}
