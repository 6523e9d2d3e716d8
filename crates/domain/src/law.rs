//! The law as data with dates: tables whose every row cites its source.
//!
//! The sources are the bill on the residence of foreign nationals (cited as `law:art. 22 note 2`, its time limits
//! as `TL-37`, its implied transitions as `ST-21`), the table of administrative services (`service:12012154113`),
//! the duties of the office (`duty:12`) and the organisation manual (`manual:2-4 item 4`). The bill is not in
//! force, and articles are cited as printed, also where their numbering seems displaced (AM-02); the registry takes its terms and limits as the best statement there is of what the offices will apply,
//! and a decision records the [`Edition`] of these tables under which it was taken.
//!
//! # Readings
//!
//! Where the sources are silent or contradict each other (`AM-...`), the tables take the reading that protects the
//! person, and say so where they take it:
//!
//! | ambiguity | reading taken | where |
//! |---|---|---|
//! | AM-04, AM-25 | visa and residence are separate records in either order; residence does not need a visa | [`transitions`] |
//! | AM-13, AM-16 | a change starts every clock that an article gives it, side by side; the earlier one is no reason to drop the other | [`TimeLimit`] TL-42, TL-46, TL-51 |
//! | AM-15 | what is to be reported is whatever kind of event there is, of both lists | [`crate::event::EventKind`] |
//! | AM-17 | an age is reached on the birthday; who is exactly eighteen may hold either scope of permit | [`permit_scopes`] |
//! | AM-18 | absence is counted in days within a rolling year, and warns; a person voids the card, not the system | [`TimeLimit`] TL-47 |
//! | AM-19 | six months before the end is a reminder, never a ground to refuse | [`TimeLimit`] TL-39 |
//! | AM-22 | a period whose start is not stated runs from service of notice | [`TimeLimit`] TL-19, TL-36 |
//! | AM-23 | days and months are calendar days and Jalali months; the last day counts in full | [`TimeLimit`] |
//! | AM-24 | the yearly interview is an event, never a gate | [`ConditionRule`] |
//! | AM-26 | refugees and holders of other grounds are eligible beside the groups of art. 21, families rest on the conditions of the head | [`ResidenceRule`], [`ConditionRule`] |
//! | AM-27, AM-28 | an extension or renewal whose number or length is not stated has no limit | [`ResidenceRule`] |
//! | AM-35 | the legal basis selects the clock of an appeal | [`ExpulsionGround`] |
//! | AM-37 | the request of art. 12 note 4 lies against every expulsion | [`TimeLimit`] TL-22 |
//! | AM-29, AM-53 | a child is not asked for what an adult does in person, and no registered marriage of the family of an Iranian woman | [`ConditionRule`] |
//! | AM-58 | "with the following conditions" is followed by none: none is invented | [`RightRule`] |
//! | AM-46, AM-52, AM-57, AM-61 | what a list does not name is unsettled, never refused; art. 32 gives work | [`RightRule`] |
//! | services.md section 7, question 3 | the first day of a 90-day pass does not count, and extensions are not limited | papers of a case |
//! | AM-41, AM-42, AM-52 | grounds on which somebody stays in a site: no claim among them, and nobody held without a holding | [`AdmissionGround`] |
//! | AM-51, AM-62 | asylum and statelessness have no procedure: the states are free | [`transitions`] |
//!
//! [`AdmissionGround`]: crate::fact::AdmissionGround

mod border;
mod condition;
mod edition;
mod expulsion;
mod kinds;
mod office_hours;
mod province;
mod residence;
mod rights;
mod service;
mod site;
mod status;
#[cfg(test)]
mod tests;
mod time_limit;

pub use border::{BorderKind, BorderPoint};
pub use condition::{ConditionRule, NotAsked, ResidenceCondition, ResidenceStep};
pub use edition::Edition;
pub use expulsion::ExpulsionGround;
pub use kinds::{DocumentKind, PersonStatus, ResidenceBasis, ResidenceKind};
pub use office_hours::{OFFICE_HOURS_SOURCE, OfficeHours};
pub use province::ProvinceCode;
pub use residence::{ResidenceRule, ScopeRule, permit_scopes};
pub use rights::{Entitlement, Right, RightCell, RightRule, RightsHolder};
pub use service::{
    CaseSubject, Catalogue, CatalogueError, CatalogueFault, InvalidServiceId, Requirement, Service,
    ServiceId, ServiceScope,
};
pub use status::{Origin, Transition, transition, transitions};
pub use time_limit::{Binds, Length, TimeLimit};
