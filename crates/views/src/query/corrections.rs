use std::collections::BTreeSet;

use sabt_chain::Position;
use sabt_domain::access::{FieldGroup, Method, Permit, Purpose, Told};
use sabt_domain::act::SubjectId;
use sabt_domain::deferral::Deferral;
use sabt_domain::event::Event;
use sabt_domain::fact::AgencyCode;
use sabt_domain::governance::Enrolment;
use sabt_domain::life::{At, Life};
use sabt_domain::refusal::{Reason, Refusal};
use sabt_domain::time::Timestamp;
use sabt_proto::event::v1::Disclosure;

use super::contest::Disputes;
use super::disclosures::{DisclosureEntry, open};
use super::family::{Relative, relatives};
use super::person::{self, PersonView};
use super::{Answer, Contested, QueryError, Question};
use crate::blind::Blind;
use crate::corrections::{Answered, Correction, corrections};
use crate::cut;
use crate::error::ViewsError;
use crate::keys::{NoticePlace, Recipience, recipient_prefix};
use crate::store::{Table, visit_prefix};
use crate::value::{self, HistoryRow};
use crate::views::Views;

/// Notices listed at once. With a record of some 4 KiB each an answer stays below 1 MiB; who has acknowledged these asks
/// for the next.
pub const CORRECTIONS_LISTED_MAX: usize = 200;

/// Open notices that are looked at for one list of who has not acknowledged. At some 50 us each a list stays below a
/// second.
pub const OPEN_CORRECTIONS_MAX: usize = 10_000;

/// Disclosures opened for one notice, the first ones and the last. An agency that asked about somebody more often is told
/// of these.
const DISCLOSURES_OPENED_MAX: usize = 64;

/// What was corrected after it was told to the asker's agency for the permit's purpose, oldest correction first.
#[derive(Clone)]
pub struct Corrections {
    /// At most [`CORRECTIONS_LISTED_MAX`].
    pub notices: Vec<Notice>,
    /// True if there are more.
    pub more: bool,
}

/// Something was corrected that a recipient had been told.
#[derive(Clone)]
pub struct Notice {
    /// Position in the events ledger of the record that corrected it.
    pub correction: Position,
    /// When the registry received that record.
    pub recorded_at: Timestamp,
    /// Whom it is about; `None` where the recipient was told a verdict only, which does not tell whose it was.
    pub subject: Option<SubjectId>,
    /// The subject, for the disclosure of this notice.
    pub about: SubjectId,
    /// Groups under which the recipient was told what changed, as far as the permit gives them today.
    pub groups: BTreeSet<FieldGroup>,
    /// Positions in the disclosures ledger of the first and the last answer that told it.
    pub disclosures: (Position, Position),
    /// The record as it reads now, of these groups and nothing else. `None` where the asker opens records under a grant
    /// alone and has none, and for households.
    pub person: Option<PersonView>,
    /// The family, under the same conditions.
    pub relatives: Vec<Relative>,
    /// The record that corrected it, where these groups cover it.
    pub event: Option<Told<Event>>,
    /// The deferral under which all answers that told it are still withheld from their subject, if they are: then the
    /// delivery of the correction is withheld as long.
    pub withheld_as: Option<Box<Disclosure>>,
}

/// Who has not acknowledged what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCorrections {
    /// By agency and purpose, in the order of the enrolment.
    pub recipients: Vec<OpenRecipient>,
    /// Every open notice, only with [`FieldGroup::Disclosures`]: it tells which agency was told something.
    pub notices: Vec<OpenNotice>,
    /// Notices that are not told because every answer behind them is still withheld from its subject.
    pub withheld: u64,
    /// True if there are more than [`OPEN_CORRECTIONS_MAX`].
    pub more: bool,
}

/// An agency that has not acknowledged corrections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRecipient {
    /// The agency.
    pub agency: AgencyCode,
    /// For which purpose it had been told.
    pub purpose: Purpose,
    /// How many corrections wait.
    pub open: u64,
    /// Since when the oldest of them waits.
    pub since: Timestamp,
}

/// A correction that a recipient has not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenNotice {
    /// The recipient.
    pub agency: AgencyCode,
    /// For which purpose it had been told.
    pub purpose: Purpose,
    /// Position in the events ledger of the record that corrected it.
    pub correction: Position,
    /// When the registry received that record.
    pub recorded_at: Timestamp,
    /// Positions in the disclosures ledger of the first and the last answer that told it.
    pub disclosures: (Position, Position),
}

impl Views {
    /// What was corrected after the asker's agency had been told it for this purpose, and is not acknowledged.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn corrections(
        &self,
        permit: &Permit,
        enrolment: &Enrolment,
        at: &At,
    ) -> Result<Answer<Corrections>, QueryError> {
        let question = Question::begin(self, permit, Method::ListCorrections)?;
        let recipient = question.recipient();
        let (places, mut more) = question.places(&recipient, OPEN_CORRECTIONS_MAX)?;
        let mut notices = Vec::new();
        let mut contested = Vec::new();
        for place in places {
            more |= notices.len() == CORRECTIONS_LISTED_MAX;
            if notices.len() == CORRECTIONS_LISTED_MAX {
                break;
            }
            if let Some((notice, marks)) = question.notice(&recipient, place, enrolment, at)? {
                notices.push(notice);
                contested.extend(marks);
            }
        }
        let about = notices.iter().map(|notice| notice.about.clone()).collect();
        let answer = question.answer(about, Corrections { notices, more })?;
        Ok(answer.marked(contested))
    }

    /// The notice of this correction that awaits the asker's agency for this purpose, to be acknowledged.
    ///
    /// # Errors
    /// [`Reason::UnknownRecord`] if none does.
    pub fn correction(
        &self,
        permit: &Permit,
        correction: Position,
        enrolment: &Enrolment,
        at: &At,
    ) -> Result<Answer<Notice>, QueryError> {
        let question = Question::begin(self, permit, Method::AcknowledgeCorrection)?;
        let recipient = question.recipient();
        let places = question.places_of(&recipient, correction.get())?;
        for place in places {
            if let Some((notice, _)) = question.notice(&recipient, place, enrolment, at)? {
                return question.answer(vec![notice.about.clone()], notice);
            }
        }
        Err(Refusal::new(Reason::UnknownRecord, "design:7.7")
            .with_message("No correction at this position awaits your agency for this purpose.")
            .with_remedy("Name a position that the list of corrections tells; one that is acknowledged is not told again.")
            .into())
    }

    /// Who has not acknowledged which correction, and since when.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn open_corrections(
        &self,
        permit: &Permit,
        enrolment: &Enrolment,
        at: &At,
    ) -> Result<Answer<OpenCorrections>, QueryError> {
        let question = Question::begin(self, permit, Method::ListOpenCorrections)?;
        let mut found = OpenCorrections {
            recipients: Vec::new(),
            notices: Vec::new(),
            withheld: 0,
            more: false,
        };
        let mut left = OPEN_CORRECTIONS_MAX;
        for agency in enrolment.agencies_ever() {
            for purpose in Purpose::ALL {
                question.open_of(agency, *purpose, enrolment, at, &mut left, &mut found)?;
            }
        }
        found.more = left == 0;
        if !question.allows(FieldGroup::Disclosures) {
            found.notices.clear();
        }
        question.answer(Vec::new(), found)
    }
}

impl Question<'_> {
    fn recipient(&self) -> Blind {
        let (asker, purpose) = (self.permit.asker(), self.permit.purpose());
        let blinder = self.reader.keys().blinder();
        blinder.recipient(&asker.agency, purpose.code())
    }

    /// Where the open notices of a recipient stand, at most so many, oldest correction first.
    fn places(
        &self,
        recipient: &Blind,
        limit: usize,
    ) -> Result<(Vec<NoticePlace>, bool), ViewsError> {
        let mut places = Vec::new();
        let mut more = false;
        visit_prefix(self.reader.snapshot(), Table::Notices, recipient, |entry| {
            let damaged = ViewsError::Damaged {
                table: Table::Notices,
            };
            more = places.len() == limit;
            if !more {
                places.push(NoticePlace::of(&entry.key).ok_or(damaged)?);
            }
            Ok::<_, ViewsError>(!more)
        })?;
        Ok((places, more))
    }

    /// The open notices of a recipient about one correction; a record corrects one subject, so there is one at most.
    fn places_of(
        &self,
        recipient: &Blind,
        correction: u64,
    ) -> Result<Vec<NoticePlace>, ViewsError> {
        let mut prefix = recipient.to_vec();
        prefix.extend_from_slice(&crate::keys::position_key(correction));
        let found = self
            .reader
            .snapshot()
            .scan_prefix(Table::Notices, &prefix, &[], 1)?;
        Ok(found
            .iter()
            .filter_map(|entry| NoticePlace::of(&entry.key))
            .collect())
    }

    /// Positions of the disclosures that told a recipient what was corrected.
    fn disclosures_behind(
        &self,
        recipient: &Blind,
        place: NoticePlace,
    ) -> Result<Vec<u64>, ViewsError> {
        let prefix = recipient_prefix(place.subject, place.correction, recipient);
        let mut positions = Vec::new();
        visit_prefix(
            self.reader.snapshot(),
            Table::Corrections,
            &prefix,
            |entry| {
                let recipience = Recipience::of(&entry.key);
                let told = recipience.filter(|one| one.kind == Recipience::TOLD);
                positions.extend(told.map(|told| told.disclosure));
                Ok::<_, ViewsError>(true)
            },
        )?;
        Ok(positions)
    }

    /// The first and the last of them, opened.
    fn opened(&self, positions: &[u64]) -> Result<Vec<DisclosureEntry>, ViewsError> {
        let half = DISCLOSURES_OPENED_MAX / 2;
        let skipped = half..positions.len().saturating_sub(half).max(half);
        let chosen = positions
            .iter()
            .enumerate()
            .filter(|(index, _)| !skipped.contains(index));
        let mut entries = Vec::new();
        for (_, position) in chosen {
            entries.extend(open(&self.reader, Position::new(*position))?);
        }
        Ok(entries)
    }

    fn notice(
        &self,
        recipient: &Blind,
        place: NoticePlace,
        enrolment: &Enrolment,
        at: &At,
    ) -> Result<Option<(Notice, Vec<Contested>)>, QueryError> {
        let positions = self.disclosures_behind(recipient, place)?;
        let (Some(first), Some(last)) = (positions.first(), positions.last()) else {
            return Ok(None);
        };
        let life = self.reader.life(place.subject)?;
        let all = corrections(&life);
        let correction = all.iter().find(|one| one.position == place.correction);
        let origin = self.reader.origin(place.subject)?;
        let (Some(correction), Some(origin)) = (correction, origin) else {
            return Ok(None);
        };
        let entries = self.opened(&positions)?;
        let outdated = self.outdated(correction, &entries, |group| self.permit.is_blind_to(group));
        if outdated.is_empty() {
            // What was corrected is kept from another State, which was therefore told nothing of it.
            return Ok(None);
        }
        let groups: BTreeSet<_> = outdated
            .into_iter()
            .filter(|group| self.allows(*group))
            .collect();
        let permit = self.permit.narrowed(&groups);
        let named = groups.iter().any(|group| *group != FieldGroup::Verdict);
        let mut notice = Notice {
            correction: Position::new(place.correction),
            recorded_at: self.recorded_at(place)?,
            subject: named.then(|| origin.subject.clone()),
            about: origin.subject,
            groups,
            disclosures: (Position::new(*first), Position::new(*last)),
            person: None,
            relatives: Vec::new(),
            event: None,
            withheld_as: withheld_as(entries, enrolment, at.known_at).map(Box::new),
        };
        let marks = self.tell(&mut notice, &permit, &life, at);
        Ok(Some((notice, marks)))
    }

    /// Puts the corrected content into a notice, as far as the permit gives it, and marks what of it is contested.
    fn tell(&self, notice: &mut Notice, permit: &Permit, life: &Life, at: &At) -> Vec<Contested> {
        let opens = if let SubjectId::Person(number) = &notice.about {
            let opened = self.permit.require_about(Method::GetPerson, *number);
            opened.is_ok()
        } else {
            self.permit.allows_method(Method::GetHousehold)
        };
        // A feed would deliver the same; everybody else who opens records under a grant alone asks anew under one.
        if !(opens || self.permit.allows_method(Method::Follow)) {
            return Vec::new();
        }
        let corrected = life
            .records()
            .iter()
            .find(|recorded| recorded.position == notice.correction.get());
        notice.event = corrected.and_then(|recorded| cut::event(permit, life, &recorded.event));
        if let Some(folded) = life.person(at) {
            if permit.allows(FieldGroup::Family) {
                notice.relatives = relatives(&folded, at.as_of);
            }
            notice.person = Some(person::view(permit, folded, 0, at.as_of));
        }
        let told: Vec<_> = notice.groups.iter().copied().collect();
        let disputes = Disputes::of(life, at.known_at);
        disputes.map_or_else(Vec::new, |disputes| disputes.marks(permit, &told))
    }

    /// Groups under which a recipient was told what changed.
    fn outdated(
        &self,
        correction: &Correction,
        entries: &[DisclosureEntry],
        is_blind_to: impl Fn(FieldGroup) -> bool,
    ) -> BTreeSet<FieldGroup> {
        let blinder = self.reader.keys().blinder();
        entries
            .iter()
            .filter_map(|entry| Answered::of(blinder, &entry.disclosure))
            .flat_map(|answered| answered.outdated_by(correction, &is_blind_to))
            .collect()
    }

    fn recorded_at(&self, place: NoticePlace) -> Result<Timestamp, ViewsError> {
        let key = crate::keys::life_key(place.subject, place.correction);
        let table = Table::History;
        let row = self.reader.snapshot().get(table, &key)?;
        let row: HistoryRow = value::decode(table, &row.ok_or(ViewsError::Damaged { table })?)?;
        Ok(Timestamp::from_micros(row.recorded_at))
    }

    /// Adds what one recipient has not acknowledged.
    fn open_of(
        &self,
        agency: &AgencyCode,
        purpose: Purpose,
        enrolment: &Enrolment,
        at: &At,
        left: &mut usize,
        found: &mut OpenCorrections,
    ) -> Result<(), QueryError> {
        let blinder = self.reader.keys().blinder();
        let recipient = blinder.recipient(agency.as_str(), purpose.code());
        let (places, _more) = self.places(&recipient, *left)?;
        *left = left.saturating_sub(places.len());
        let (mut open, mut since) = (0, None);
        for place in places {
            let positions = self.disclosures_behind(&recipient, place)?;
            let (Some(first), Some(last)) = (positions.first(), positions.last()) else {
                continue;
            };
            let disclosures = (Position::new(*first), Position::new(*last));
            if withheld_as(self.opened(&positions)?, enrolment, at.known_at).is_some() {
                found.withheld += 1;
                continue;
            }
            let recorded_at = self.recorded_at(place)?;
            open += 1;
            since = since.or(Some(recorded_at));
            found.notices.push(OpenNotice {
                agency: agency.clone(),
                purpose,
                correction: Position::new(place.correction),
                recorded_at,
                disclosures,
            });
        }
        found.recipients.extend(since.map(|since| OpenRecipient {
            agency: agency.clone(),
            purpose,
            open,
            since,
        }));
        Ok(())
    }
}

/// The disclosure that is withheld longest, if all of them are still withheld from their subject.
fn withheld_as(
    entries: Vec<DisclosureEntry>,
    enrolment: &Enrolment,
    now: Timestamp,
) -> Option<Disclosure> {
    let end = |entry: &DisclosureEntry| {
        let orders = enrolment.extensions(entry.position.get());
        let extended: Deferral = entry.deferral()?.with(orders, now);
        extended.withholds(now).then(|| extended.until())
    };
    let ends: Option<Vec<Timestamp>> = entries.iter().map(end).collect();
    let ends = ends?;
    let longest = entries.into_iter().zip(ends).max_by_key(|(_, end)| *end);
    longest.map(|(entry, end)| Disclosure {
        embargo_until: end.micros(),
        ..entry.disclosure
    })
}
