//! Stays of removal, in the compartment of the asylum unit. Everything here is derived from a [`crate::life::Life`].
//!
//! # Why a stay is no event of the person's life
//!
//! Whoever asks for asylum must not be removed while the claim is examined (AM-43), and nobody but the asylum unit may
//! learn that there is a claim (design 7.3). A marker in the person's life would be signed by the unit's key, name its
//! office, count in the person's version and stand in the person's history: each of that tells of the unit. So a stay is a
//! subject of its own, with its own number and key, as a claim is, and nothing of it stands in the person's life. Lodging
//! a claim by itself changes nothing outside the compartment; placing a stay is an act of its own.
//!
//! What shows outside is one thing only: an order of expulsion is *barred*. That is what protections of art. 13, refuge and
//! every other lawful basis look like as well ([`crate::person::Obstacle::Barred`]), so that whoever is told of a bar is
//! not told which.
//!
//! That a bar stands where the record shows none would still tell of the unit if only the unit could place one. Therefore
//! the finding of art. 13(2), a strong suspicion of execution or torment on return, which the commission makes about
//! anybody, with or without a claim, is recorded in the same way and nowhere else: a registrar places it, and cannot read
//! it again, amend it, or see whether there are others. It is no marker on the record, because what somebody has to fear
//! at home is for as few to know as a claim is.
//!
//! A stay is lifted by the asylum unit alone, whoever placed it: a registrar who could try to lift it could learn of it.
//! Stays stand beside each other, and none is refused because another one stands.

use crate::event::EventBody;
use crate::fact::{StayGround, redacted};
use crate::life::Effective;
use crate::number::{ClaimNumber, PersonNumber};
use crate::time::{Day, PartialDate};

/// A stay of removal on some day.
#[derive(Clone, PartialEq, Eq)]
pub struct StayOfRemoval {
    /// Its number.
    pub number: ClaimNumber,
    /// Who may not be removed.
    pub person: PersonNumber,
    /// Why.
    pub ground: StayGround,
    /// Body that decided.
    pub decided_by: String,
    /// The finding or case it rests on.
    pub reference: String,
    /// Since when.
    pub placed_on: PartialDate,
    /// Until when; `None`: it stands.
    pub lifted_on: Option<PartialDate>,
}

redacted!(StayOfRemoval);

impl StayOfRemoval {
    /// True if it stands on a day. In doubt it was placed early and lifted late.
    pub fn stands(&self, day: Day) -> bool {
        self.placed_on.earliest() <= day
            && self.lifted_on.is_none_or(|lifted| day < lifted.latest())
    }

    /// Folds events in valid order into a stay, and gives the events that were passed over.
    pub(crate) fn fold<'life>(
        events: &[Effective<'life>],
    ) -> (Option<Self>, Vec<Effective<'life>>) {
        let mut stay: Option<Self> = None;
        let mut passed_over = Vec::new();
        for effective in events {
            let on = effective.event.occurred_on;
            let applied = match (&mut stay, &effective.event.body) {
                (none @ None, EventBody::StayOfRemovalPlaced(placed)) => {
                    *none = Some(Self {
                        number: placed.number,
                        person: placed.person,
                        ground: placed.ground,
                        decided_by: placed.decided_by.clone(),
                        reference: placed.reference.clone(),
                        placed_on: on,
                        lifted_on: None,
                    });
                    true
                }
                (Some(stay), EventBody::StayOfRemovalLifted(_)) if stay.lifted_on.is_none() => {
                    stay.lifted_on = Some(on);
                    true
                }
                _ => false,
            };
            if !applied {
                passed_over.push(*effective);
            }
        }
        (stay, passed_over)
    }
}
