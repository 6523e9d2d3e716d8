//! Acts that the registry must refuse, each for one reason.

mod family;
mod record;
mod residence;
mod site;

use sabt_domain::time::Day;
use sabt_proto::event::v1::{self as proto, PersonStatus, act::Body};

use super::Family;
use super::state::PersonIx;
use crate::institutions::Desk;

/// A mistake an office can make about a person. One that does not apply to the person makes no act.
type Mistake = fn(&mut Family, Day, PersonIx);

const MISTAKES: [Mistake; 33] = [
    Family::unknown_person,
    Family::future_date,
    Family::before_birth,
    Family::stale_version,
    Family::about_the_dead,
    Family::second_death,
    Family::same_passport_again,
    Family::office_of_another_key,
    Family::agency_without_the_role,
    Family::no_legal_basis,
    Family::unknown_target,
    Family::another_kind_in_correction,
    Family::annulment_of_a_lived_life,
    Family::marriage_without_licence,
    Family::second_husband,
    Family::divorce_without_marriage,
    Family::guardian_of_an_adult,
    Family::not_a_member,
    Family::member_of_two_households,
    Family::file_of_another_province,
    Family::receipt_without_transfer,
    Family::second_permit,
    Family::permit_number_again,
    Family::permit_too_long,
    Family::term_without_ground,
    Family::renewal_beyond_the_limit,
    Family::lapse_of_a_valid_permit,
    Family::conversion_without_consent,
    Family::revocation_without_notice,
    Family::transition_without_rule,
    Family::status_held_already,
    Family::document_never_recorded,
    Family::exit_at_no_border_point,
];

/// Those about sites, which a country may do without.
const MISTAKES_OF_SITES: [Mistake; 4] = [
    Family::camp_without_holding,
    Family::shelter_in_a_camp,
    Family::second_stay,
    Family::discharge_of_nobody,
];

/// Mistakes tried on one person before it is left at that: three in four apply to nearly everybody.
const ATTEMPTS: usize = 8;

impl Family {
    /// Now and then an office slips up, about somebody it knows.
    pub(super) fn perhaps_slip_up(&mut self) {
        if self.is_over() || !self.draw.permille(self.terms.mistakes.refused_per_mille) {
            return;
        }
        let ix = PersonIx(self.draw.index(self.people.len()));
        if self.person(ix).registered_by == [0; 16] {
            return;
        }
        let before = self.acts.len();
        if self.terms.sites && self.chance.permille(120) {
            let mistake = *self.chance.pick(&MISTAKES_OF_SITES);
            mistake(self, self.busy_until, ix);
        }
        for _ in 0..ATTEMPTS {
            if self.acts.len() > before {
                return;
            }
            let mistake = *self.draw.pick(&MISTAKES);
            mistake(self, self.busy_until, ix);
        }
    }

    fn desk_of(&self, ix: PersonIx) -> Desk {
        Desk::Registrar(self.person(ix).province)
    }
}

/// An act that nothing stands against but what the mistake puts there: anybody may be found to be of doubtful nationality.
fn doubtful_nationality(person: String) -> Body {
    Body::GrantStatus(proto::GrantStatus {
        person,
        status: PersonStatus::DoubtfulNationality.into(),
        decided_by: "BAFIA".to_owned(),
    })
}
