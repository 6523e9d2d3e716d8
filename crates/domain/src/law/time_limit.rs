//! Time limits (law.md section 12). A limit is data: what is due by when is derived from it, and never stored.

use crate::time::{Calendar, DateError, Day, Timestamp};

/// A length of time as the law states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Hours, by the clock.
    Hours(u16),
    /// Calendar days; working days and holidays are not ruled (AM-23).
    Days(u16),
    /// Months, counted in the Jalali calendar.
    Months(u16),
    /// Years, counted in the Jalali calendar.
    Years(u16),
    /// An age in completed years.
    Age(u16),
    /// A number of times.
    Times(u16),
    /// A number of members, bodies or degrees.
    Number(u16),
    /// No figure: a day, an event, or "at once".
    AsStated(u16),
}

/// Whom a row of the table binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binds {
    /// A running case about a person: a deadline is derived from it, or a decision asks for it.
    Case,
    /// An institution, whatever the cases: a yearly table, a regulation, a report.
    Institution,
    /// Nobody by a day: a number, a degree, a cut-off in the law itself.
    Rule,
}

/// One row of the table of time limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLimit {
    /// Identifier, e.g. `TL-22`.
    pub id: &'static str,
    /// Article, e.g. `law:art. 12 note 4`; where the bill is silent, the statute whose limit holds.
    pub source: &'static str,
    /// What is to be done, or what is limited.
    pub what: &'static str,
    /// What starts the clock.
    pub starts: &'static str,
    /// The length or number.
    pub length: Length,
    /// True if the clock is counted back from its event: due before, not after.
    pub before: bool,
    /// What the law says of a lapse; empty where it says nothing.
    pub on_lapse: &'static str,
    /// Whom it binds.
    pub binds: Binds,
}

macro_rules! time_limits {
    ($( $name:ident = $id:literal, $source:literal, $what:literal, $starts:literal, $length:ident($n:literal)
        $($before:ident)?, $lapse:literal $(, $binds:ident)?; )+) => {
        impl TimeLimit {
            $(
                #[doc = concat!($id, " (", $source, "): ", $what, ".")]
                pub const $name: Self = Self {
                    id: $id,
                    source: $source,
                    what: $what,
                    starts: $starts,
                    length: Length::$length($n),
                    before: time_limits!(@before $($before)?),
                    on_lapse: $lapse,
                    binds: time_limits!(@binds $($binds)?),
                };
            )+

            /// Every limit in the table, in the order of the identifiers.
            pub const ALL: &'static [Self] = &[$( Self::$name ),+];
        }
    };
    (@binds) => { Binds::Case };
    (@binds $binds:ident) => { Binds::$binds };
    (@before) => { false };
    (@before before) => { true };
}

time_limits! {
    UNACCOMPANIED_CHILD = "TL-01", "law:art. 1(13)",
        "age below which a child alone is an unaccompanied child", "birth", Age(18), "";
    COMMISSION_MEMBERS = "TL-02", "law:art. 1(17)",
        "chair of the commission and bodies with a seat in it", "-", Number(7),
        "", Rule;
    COUNCIL_MEMBERS = "TL-03", "law:art. 2, 2 note 1",
        "main members of the council; one observer without a vote beside them", "-", Number(25),
        "", Rule;
    COUNCIL_CONDITIONS = "TL-04", "law:art. 3(d)",
        "general and specific conditions for migrants", "year", Years(1),
        "", Institution;
    COUNCIL_QUOTAS = "TL-05", "law:art. 3(f)",
        "table of numbers of term migrants to accept", "year", Years(1),
        "", Institution;
    COUNCIL_INVESTMENT = "TL-06", "law:art. 3(h)",
        "sum of investment for art. 24", "year", Years(1),
        "", Institution;
    COUNCIL_DEPOSIT = "TL-07", "law:art. 3(j)",
        "sum of deposit for migrants of art. 20(4)", "year", Years(1),
        "", Institution;
    PHONE_IDENTITY_DECISION = "TL-08", "law:art. 3 note 2",
        "decision that makes the phone number the electronic identity", "enactment", Months(6),
        "", Institution;
    NOTICE_SERVED = "TL-09", "law:art. 3 note 3",
        "a notice counts as served from the sending of the SMS and the placing in the national e-mail", "sending and placing", AsStated(0),
        "starts clocks that run from service";
    REFERENCE_DATABASE = "TL-10", "law:art. 5",
        "building of the reference database", "promulgation", Months(6),
        "", Institution;
    MIGRATION_REPORT = "TL-11", "law:art. 5(11)",
        "report to the council on migration", "year", Years(1),
        "", Institution;
    IDENTITY_CARDS = "TL-12", "law:art. 6",
        "issue of identity cards with national identifier", "enactment", Months(6),
        "", Institution;
    REPORT_OF_STAY = "TL-13", "law:art. 7(5)",
        "report to the police of a stay without valid identity documents, by whoever gives lodging", "the stay", Hours(24),
        "", Rule;
    DOCUMENTS_CARRIED_AGE = "TL-14", "law:art. 8(4)",
        "age above which a person carries identity documents", "birth", Age(18),
        "sent to a care camp", Rule;
    UNLAWFUL_ENTRY_EXPULSION = "TL-15", "law:art. 8(5)",
        "expulsion after unlawful entry, at the first opportunity; nothing else is shortened by it", "unlawful entry or its finding", AsStated(0),
        "", Rule;
    VISA_STAY = "TL-16", "law:art. 8(6)",
        "departure of a visa holder, as the visa or its extension says", "entry", AsStated(0),
        "irregular migrant, art. 1(9); expulsion, art. 12(2)";
    TEMPORARY_CARD_REMAINDER = "TL-17", "law:art. 10(1)",
        "validity that must remain on a temporary card for passage without visa", "end of the card",
        Days(10) before, "a visa is needed (implied)";
    VISA_OFFENCE_DEGREE = "TL-18", "law:art. 11(b)",
        "degree of an offence, this or a heavier one, that revokes a visa (AM-44)", "-", Number(6),
        "", Rule;
    VISA_OBJECTION = "TL-19", "law:art. 11 note",
        "objection to revocation of a visa", "service of notice (AM-22)", Months(1),
        "right lost (implied)";
    EXPULSION_REGULATION = "TL-20", "law:art. 12 note 1",
        "regulation on expulsion", "promulgation", Months(6),
        "", Institution;
    EXPULSION_COSTS = "TL-21", "law:art. 12 note 2",
        "payment of the costs of expulsion", "expulsion", AsStated(0),
        "the entry ban goes on";
    EXPULSION_REQUEST = "TL-22", "law:art. 12 note 4",
        "request not to be expelled, once", "service of notice", Days(7), "right lost (implied)";
    PROTECTED_CHILD = "TL-23", "law:art. 13(1)",
        "age below which an unaccompanied child is not expelled", "birth", Age(18),
        "protection ends (implied)";
    PROTECTED_AGE = "TL-23a", "law:art. 13(1)",
        "age above which nobody is expelled", "birth", Age(80), "";
    ILLNESS_PROTECTION = "TL-24", "law:art. 13(1)",
        "protection of the sick until treatment has run its course", "finding of forensic medicine", AsStated(0),
        "protection ends (implied)";
    EMERGENCY_STAY = "TL-25", "law:art. 14(2)",
        "stay of an emergency entrant", "permission", Days(15), "";
    EMERGENCY_EXTENSION = "TL-26", "law:art. 14(2)",
        "extension of an emergency stay", "end of the first period", Days(30), "";
    HELD_CASE = "TL-27", "law:art. 16 note 1",
        "settlement of the case of a held person by the court", "start of holding", Months(1), "";
    PRISON_OFFENCE_DEGREE = "TL-28", "law:art. 16 note 1",
        "degree of an offence, this or a heavier one, for which a person is held in places of prisons", "-", Number(6),
        "", Rule;
    DETENTION_NOTICE = "TL-29", "law:art. 16 note 2",
        "notice to the foreign ministry of reasons and length of detention", "start of detention",
        Days(3), "";
    EXPULSION_SUSPENSION = "TL-30", "law:art. 18",
        "suspension of expulsion by a court", "court ruling", Years(1),
        "the police expel unless the court extends";
    DAMAGE_EXPULSION = "TL-31", "law:art. 18 note 2",
        "expulsion at once of whoever caused damage; no step follows from it here (AM-40)", "the damage", AsStated(0),
        "", Rule;
    TEMPORARY_RESIDENCE = "TL-32", "law:art. 19",
        "temporary residence", "first valid day", Years(1), "expulsion if nothing is done, art. 12(5)";
    TERM_RESIDENCE = "TL-33", "law:art. 19",
        "residence for a term is for more than a year", "first valid day", Years(1),
        "expulsion if nothing is done, art. 12(5)", Rule;
    OPINIONS = "TL-34", "law:art. 20(2)",
        "opinion of the members of the commission on an application", "receipt of the particulars",
        Hours(24), "";
    TEMPORARY_RENEWALS = "TL-35", "law:art. 20(5)",
        "extensions of temporary residence", "request", Times(1), "";
    RESIDENCE_OBJECTION = "TL-36", "law:art. 20 note 2",
        "objection to revocation of temporary residence", "service of notice (AM-22)", Days(3),
        "right lost (implied)";
    THREE_YEAR_RESIDENCE = "TL-37", "law:art. 22",
        "three-year residence", "first valid day", Years(3), "expulsion if nothing is done, art. 12(5)";
    SEVEN_YEAR_RESIDENCE = "TL-38", "law:art. 23",
        "seven-year residence", "first valid day", Years(7), "expulsion if nothing is done, art. 12(5)";
    RENEWAL_REQUEST = "TL-39", "law:art. 23 note 1",
        "request for renewal or for seven-year residence (AM-19: a reminder)", "end of the permit",
        Months(6) before, "";
    THREE_YEAR_RENEWALS = "TL-40", "law:art. 23 note 1",
        "renewals of three-year residence", "request", Times(1), "";
    INDIVIDUAL_PERMIT_AGE = "TL-41", "law:art. 25 note 1",
        "age from which a permit is individual", "birth", Age(18), "";
    NEW_HEAD = "TL-42", "law:art. 25 note 2",
        "naming a new head of household", "death or divorce of the head", Days(30), "";
    HEAD_AGE = "TL-43", "law:art. 25 note 2",
        "age from which a child may become head", "birth", Age(18), "";
    MIGRATION_CARD_AGE = "TL-44", "law:art. 25 note 3",
        "age above which a member has a migration card", "birth", Age(10), "";
    INDIVIDUAL_PERMIT_REQUEST = "TL-45", "law:art. 25 note 4",
        "request of a member of a family permit for an individual one", "end of age eighteen",
        Days(90) before, "";
    REPORT_OF_CHANGES = "TL-46", "law:art. 26(4)",
        "entry of changes of residence, work, death, birth, marriage, divorce", "the change",
        Hours(72), "loss of some privileges, art. 26(4); expulsion, art. 12(7)";
    ABSENCE = "TL-47", "law:art. 26(5)",
        "absence within a year (AM-18: rolling; warns)", "first day of absence", Months(3),
        "card void; start again; exceptions possible";
    SUSPENDED_SERVICES = "TL-48", "law:art. 26 note 2",
        "suspension of conflicting services until review ends", "accusation", AsStated(0),
        "expulsion if proven", Rule;
    OFFENDER_REQUEST = "TL-49", "law:art. 26 note 3",
        "request of an offender of degree six or lower, after the sentence, to stay", "end of sentence", Times(1),
        "";
    INTERVIEW_WINDOW = "TL-50", "law:art. 27",
        "last day of Ordibehesht for the interview of applicants for term residence, from its first on", "calendar", Number(15),
        "request rejected if no valid reason", Rule;
    MARRIAGE_PAPERS = "TL-51", "law:art. 28 note",
        "upload of marriage or divorce papers", "legal registration", Months(1), "";
    UNREGISTERED_MARRIAGES = "TL-52", "law:art. 29",
        "cut-off of unregistered marriages that are still open to proof", "enactment; promulgation", AsStated(0),
        "not accepted", Rule;
    HOUSING_REPORT = "TL-53", "law:art. 31 note 1",
        "report on housing and ownership", "year", Years(1),
        "", Institution;
    PROPERTY_OFFENCE_DEGREE = "TL-54", "law:art. 31 notes 2, 3, 7",
        "degree of the penalty for unlawful transfer, contract or missing entry", "-", Number(6),
        "", Rule;
    DATA_DUTY_FINE_DEGREE = "TL-55", "law:art. 32 note 1",
        "degree of the fine for data not entered the first time; the second time a permit is revoked", "-", Number(7),
        "fine, then revocation", Rule;
    UNPERMITTED_EMPLOYMENT = "TL-56", "law:art. 32 note 3",
        "no employment without permission", "enactment", AsStated(0),
        "expulsion cost, art. 12 note 3", Rule;
    CARE_CAMP = "TL-57", "law:art. 33(3)",
        "stay in a care camp, longer only with the commission's consent", "arrival", Months(1), "";
    GUEST_TOWN = "TL-58", "law:art. 34",
        "temporary residence of a victim in a guest town", "first valid day", Months(6), "";
    GUEST_TOWNS_SET_UP = "TL-59", "law:art. 34 note 1",
        "setting up of guest towns", "not stated", Years(1),
        "", Institution;
    GUEST_TOWN_RULES = "TL-60", "law:art. 34 note 4",
        "rules of guest towns", "entry into force", Months(6),
        "", Institution;
    REFUGEE_RESIDENCE = "TL-61", "law:art. 35(2)",
        "waiting time of a refugee before three-year residence", "refugee permit", Years(1), "";
    DISPUTE_ANSWER = "FOI-08", "statute:Publication and Free Access to Information Act 1388, art. 8",
        "answer to a person who contests a fact; the bill sets no limit (AM-63), so that the one for requests for \
         information to public bodies holds",
        "record of the dispute", Days(10), "the fact stays marked";
    LOOKUP_JUSTIFICATION = "LJ-01",
        "statute:Publication and Free Access to Information Act 1388, art. 8",
        "justification of a look-up that was drawn by lot; the bill sets no limit (AM-10), so that the one for answers of \
         public bodies holds",
        "record of the look-up", Days(10), "shown as overdue";
    EMERGENCY_JUSTIFICATION = "LJ-02", "law:art. 16 note 2",
        "justification of a record opened on an emergency grant; the bill sets no limit (AM-10), so that the one for telling \
         the reasons of a detention holds",
        "record of the look-up", Days(3), "shown as overdue";
    FORMER_REFUGEE_DEPARTURE = "TL-62", "law:art. 35(5)",
        "time of a former refugee to leave", "service of the revocation", Days(45),
        "irregular migrant (implied, art. 1(9))";
    STATELESS_REGULATION = "TL-63", "law:art. 36 note 1",
        "regulation on stateless persons", "enactment", Months(6),
        "", Institution;
    INTEGRATION_REGULATION = "TL-64", "law:art. 38",
        "regulation on integration", "enactment", Months(6),
        "", Institution;
    FEES_UPDATE = "TL-65", "law:art. 38 note 3",
        "update of fees", "year", Years(1),
        "", Institution;
    NATIONALITY_LAW_ENDS = "TL-66", "law:art. 40",
        "end of the nationality law of 1398, with exceptions", "entry into force", AsStated(0),
        "", Rule;
    OLDER_TEXTS_REPEALED = "TL-67", "law:art. 41",
        "repeal of four older texts", "entry into force", AsStated(0),
        "", Rule;
}

impl TimeLimit {
    /// The row with this identifier, if it is in the table.
    pub fn by_id(id: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|limit| limit.id == id)
    }

    /// The last day in time, for a clock that starts on `start`: seven days from the 1st end on the 8th, one month
    /// from the 31st of a month of 31 days on the last day of a shorter one; hours are rounded up to whole days,
    /// in favour of the person (AM-23). For limits counted back, the last day in time before `start`. `None` for
    /// ages, numbers, and what has no figure.
    ///
    /// # Errors
    /// [`DateError::Year`] if the result leaves the range of the calendar.
    pub fn due(&self, start: Day) -> Result<Option<Day>, DateError> {
        let signed = |n: u16| {
            if self.before {
                i32::from(n).saturating_neg()
            } else {
                i32::from(n)
            }
        };
        match self.length {
            Length::Hours(hours) => Ok(start.plus_days(signed(hours.div_ceil(24)))),
            Length::Days(days) => Ok(start.plus_days(signed(days))),
            Length::Months(months) => start
                .plus_months(Calendar::Jalali, signed(months))
                .map(Some),
            Length::Years(years) => start.plus_years(Calendar::Jalali, signed(years)).map(Some),
            Length::Age(_) | Length::Times(_) | Length::Number(_) | Length::AsStated(_) => Ok(None),
        }
    }

    /// The moment a clock of hours ends; for other lengths, the end of the last day in Tehran.
    ///
    /// # Errors
    /// [`DateError::Year`] if the result leaves the range of the calendar.
    pub fn due_at(&self, start: Timestamp) -> Result<Option<Timestamp>, DateError> {
        if let Length::Hours(hours) = self.length {
            let seconds = i64::from(hours).saturating_mul(3600);
            return Ok(start.plus_seconds(if self.before {
                seconds.saturating_neg()
            } else {
                seconds
            }));
        }
        let last = self.due(start.day_in_tehran())?;
        Ok(last
            .and_then(|day| day.plus_days(1))
            .map(Timestamp::start_of_day_in_tehran))
    }

    /// The number of years of an age, of times, of members or of a degree; `None` for a length of time.
    pub const fn number(&self) -> Option<u16> {
        match self.length {
            Length::Age(number) | Length::Times(number) | Length::Number(number) => Some(number),
            Length::Hours(_)
            | Length::Days(_)
            | Length::Months(_)
            | Length::Years(_)
            | Length::AsStated(_) => None,
        }
    }
}
