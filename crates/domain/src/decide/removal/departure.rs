//! Departures that are no expulsion. Voluntary return, departure to a third country, exit and expulsion are four different
//! things (duties 15, 16, 25), and none of them is recorded as another.

use super::super::Decided;
use super::super::residence::check_border_point;
use super::super::scene::Scene;
use crate::act::{RecordThirdCountryDeparture, RecordVoluntaryReturn};
use crate::event::EventBody;
use crate::person::Holding;
use crate::refusal::{Reason, Refusal};

const RETURN_RULE: &str = "law:art. 17, duty:16";
const THIRD_COUNTRY_RULE: &str = "duty:16";

/// A return is voluntary by its own evidence: somebody interviewed the person, in a language, gave information, and the person
/// signed a declaration. Whether the person was held is said, and has to be true: a declaration given in custody is worth
/// less, and is not to look like one given at liberty.
pub(in crate::decide) fn voluntary_return(
    scene: &Scene<'_>,
    body: &RecordVoluntaryReturn,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    check_border_point(&body.border_point)?;
    let evidence = [
        &body.interviewed_by,
        &body.language,
        &body.information_reference,
        &body.declaration_reference,
    ];
    if evidence.iter().any(|part| part.trim().is_empty()) {
        return Err(Refusal::new(Reason::ConsentMissing, RETURN_RULE)
            .with_message("What shows that the return is voluntary is not complete.")
            .with_remedy(
                "State who interviewed the person, in which language, what information was given, and the declaration.",
            ));
    }
    let held = person.removal.holdings.iter().any(Holding::is_open);
    if held && !body.declared_while_held {
        return Err(Refusal::new(Reason::ConsentMissing, RETURN_RULE)
            .with_message("The person is held, and the act does not say so.")
            .with_remedy("Say that the person declared it while held, or end the holding first."));
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::VoluntaryReturnRecorded(body.clone()),
    )])
}

/// A third country is none whose nationality the person has.
pub(in crate::decide) fn third_country(
    scene: &Scene<'_>,
    body: &RecordThirdCountryDeparture,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    check_border_point(&body.border_point)?;
    let mut nationalities = person.particulars.nationalities.iter();
    if nationalities.any(|nationality| nationality.country == Some(body.destination)) {
        return Err(Refusal::new(Reason::NotEligible, THIRD_COUNTRY_RULE)
            .with_message("The destination is a country whose nationality the person has.")
            .with_remedy("Record a voluntary return, or the exit."));
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::ThirdCountryDepartureRecorded(body.clone()),
    )])
}
