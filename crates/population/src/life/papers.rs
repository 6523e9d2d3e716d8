//! Documents: their numbers and machine-readable zones, issue, loss, replacement; and journeys.

use sabt_domain::law::BorderPoint;
use sabt_domain::time::Day;
use sabt_proto::event::v1::{
    self as proto, DocumentKind, EntryKind, ExitKind, ReplacementReason, act::Body,
};

use super::state::{Course, Paper, PersonIx};
use super::{Family, Step};
use crate::institutions::{Desk, crossing};
use crate::when::{DayMath, jalali, stated_gregorian, stated_jalali};
use crate::zone;

/// Numbers set aside for the papers of one family: at most [`super::FAMILY_PERSONS_MAX`] people with a few hundred
/// papers each.
const SERIALS_PER_FAMILY: u64 = 1 << 16;
/// The same for passports, which have shorter numbers.
const PASSPORTS_PER_FAMILY: u64 = 1 << 9;
/// Passport numbers: a letter and eight digits.
const PASSPORT_NUMBERS: u64 = 26 * 100_000_000;
/// Numbers of other papers: twelve digits.
const SERIAL_NUMBERS: u64 = 1_000_000_000_000;
/// Prime, and prime to both moduli: spreads consecutive serials over the whole range without a repetition.
const SPREAD: u64 = 1_000_000_007;

/// Headcounts of people without papers, Jalali year and month (slips of 1396 and 1401).
const HEADCOUNTS: [(i32, u8); 2] = [(1396, 3), (1401, 2)];

impl Family {
    /// A number no other paper of the population has: a prefix and twelve digits.
    pub(super) fn serial(&mut self, prefix: &str) -> String {
        let serial = u64::from(self.lane.0) * SERIALS_PER_FAMILY + self.serials;
        self.serials += 1;
        let spread = u128::from(serial) * u128::from(SPREAD) % u128::from(SERIAL_NUMBERS);
        format!("{prefix}{spread:012}")
    }

    fn passport_number(&mut self) -> String {
        let serial = u64::from(self.lane.0) * PASSPORTS_PER_FAMILY + self.passports;
        self.passports += 1;
        let spread = u128::from(serial) * u128::from(SPREAD) % u128::from(PASSPORT_NUMBERS);
        let letter = u8::try_from(spread / 100_000_000).unwrap_or_default();
        format!("{}{:08}", char::from(b'A' + letter), spread % 100_000_000)
    }

    /// A passport in force on `day`, held from now on.
    pub(super) fn passport(&mut self, ix: PersonIx, day: Day) -> proto::Document {
        let issued = day.plus(-self.draw.between(5, 700));
        self.passport_issued(ix, issued)
    }

    /// A passport that ran out before `day`.
    pub(super) fn expired_passport(&mut self, ix: PersonIx, day: Day) -> proto::Document {
        let issued = day.plus(-self.draw.between(1900, 3000));
        self.passport_issued(ix, issued)
    }

    /// A passport of five years, issued on `issued`.
    pub(super) fn passport_issued(&mut self, ix: PersonIx, issued: Day) -> proto::Document {
        let number = self.passport_number();
        let person = self.person(ix);
        // Nobody has a passport before being born.
        let issued = issued.max(person.birth.plus(1));
        let until = issued.plus(5 * 365);
        let document = proto::Document {
            kind: DocumentKind::Passport.into(),
            issuer: person.country.to_owned(),
            number: number.clone(),
            issued_on: Some(stated_gregorian(issued)),
            valid_until: Some(stated_gregorian(until)),
            mrz: zone::passport_lines(person, &number, until),
        };
        let paper = Paper {
            kind: DocumentKind::Passport,
            issuer: person.country,
            number,
        };
        self.person_mut(ix).papers.push(paper);
        document
    }

    /// An identity document of the home country: a tazkira for Afghan nationals, an identity card for others.
    pub(super) fn tazkira(&mut self, ix: PersonIx, day: Day) -> proto::Document {
        let person = self.person(ix);
        let (country, birth) = (person.country, person.birth);
        let kind = if country == "AFG" {
            DocumentKind::Tazkira
        } else {
            DocumentKind::IdentityCard
        };
        let number = self.serial("");
        // Old tazkiras count volume, page and entry.
        let number = if kind == DocumentKind::Tazkira {
            format!("{}/{}/{}", &number[..5], &number[5..8], &number[8..])
        } else {
            number
        };
        let issued = day.plus(-self.draw.between(100, 2500)).max(birth.plus(30));
        self.person_mut(ix).papers.push(Paper {
            kind,
            issuer: country,
            number: number.clone(),
        });
        proto::Document {
            kind: kind.into(),
            issuer: country.to_owned(),
            number,
            issued_on: Some(stated_jalali(issued)),
            valid_until: None,
            mrz: Vec::new(),
        }
    }

    /// How the person's live document of a kind is named.
    pub(super) fn reference_of(
        &self,
        ix: PersonIx,
        kind: DocumentKind,
    ) -> Option<proto::DocumentReference> {
        self.person(ix).paper(kind).map(reference_to)
    }

    /// Issues an Iranian paper; it takes the place of the live one of its kind.
    pub(super) fn issue_paper(&mut self, day: Day, ix: PersonIx, kind: DocumentKind, basis: &str) {
        let replaces = self.reference_of(ix, kind);
        let number = self.serial(prefix(kind));
        let valid_until = if kind == DocumentKind::AmayeshCard {
            self.person(ix).permit.as_ref().map(|permit| permit.until)
        } else if matches!(
            kind,
            DocumentKind::ResidenceCard | DocumentKind::RefugeBooklet
        ) {
            Some(day.plus_jalali_years(5))
        } else {
            None
        };
        let body = Body::IssueDocument(proto::IssueDocument {
            person: self.reference(ix),
            document: Some(proto::Document {
                kind: kind.into(),
                issuer: "IRN".to_owned(),
                number: number.clone(),
                issued_on: Some(stated_jalali(day)),
                valid_until: valid_until.map(stated_jalali),
                mrz: Vec::new(),
            }),
            replaces,
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept(desk, day, basis, body);
        let papers = &mut self.person_mut(ix).papers;
        papers.retain(|paper| paper.kind != kind);
        papers.push(Paper {
            kind,
            issuer: "IRN",
            number,
        });
    }

    /// A paper is lost: the loss is reported, and a card gets a successor some days later.
    pub(super) fn lose(&mut self, day: Day, ix: PersonIx) {
        if !self.person(ix).is_here() || self.person(ix).papers.is_empty() {
            return;
        }
        let which = self.draw.index(self.person(ix).papers.len());
        let paper = self.person_mut(ix).papers.remove(which);
        let province = self.person(ix).province;
        let body = Body::ReportDocumentLost(proto::ReportDocumentLost {
            person: self.reference(ix),
            document: Some(reference_to(&paper)),
            stolen: self.draw.permille(200),
        });
        self.accept(Desk::Registrar(province), day, "service:12012154100", body);
        let later = day.plus(self.draw.between(1, 6));
        // A card of a round is made anew only while the permit it stands for is valid.
        let stands = paper.kind != DocumentKind::AmayeshCard
            || self.person(ix).valid_permit(later).is_some();
        if prefix(paper.kind) != OTHER_PREFIX && stands {
            self.issue_paper(later, ix, paper.kind, "service:12012154100");
            self.replace_permit(later, ix);
        }
    }

    /// Some permits get a new number when their card is replaced.
    fn replace_permit(&mut self, day: Day, ix: PersonIx) {
        if self.person(ix).valid_permit(day).is_none() || !self.draw.permille(400) {
            return;
        }
        let (person, new_number) = (self.reference(ix), self.serial("R"));
        let Some(permit) = &mut self.person_mut(ix).permit else {
            return;
        };
        let old_number = std::mem::replace(&mut permit.number, new_number.clone());
        let body = Body::ReplaceResidencePermit(proto::ReplaceResidencePermit {
            person,
            permit_number: old_number,
            new_permit_number: new_number,
            reason: ReplacementReason::Lost.into(),
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept(desk, day, "service:12012154100", body);
    }

    /// A journey abroad and back, as residents with a passport make it: out and in at the same crossing.
    pub(super) fn travel(&mut self, day: Day, ix: PersonIx) {
        let back = day.plus(self.draw.between(5, 60));
        let person = self.person(ix);
        let stays = person.valid_permit(back).is_some();
        if !person.is_here() || !stays || person.paper(DocumentKind::Passport).is_none() {
            return;
        }
        let crossing = crossing(person.country, &mut self.draw);
        let document = self.reference_of(ix, DocumentKind::Passport);
        let exit = Body::RecordExit(proto::RecordExit {
            person: self.reference(ix),
            border_point: crossing.code().to_owned(),
            kind: ExitKind::Travel.into(),
            document: document.clone(),
        });
        self.accept(Desk::Border(crossing), day, "law:art.15", exit);
        let person = self.person_mut(ix);
        person.in_iran = false;
        person.stay = None;
        self.plan(back, Step::Return(ix, crossing));
    }

    /// Back from a journey.
    pub(super) fn come_back(&mut self, day: Day, ix: PersonIx, crossing: BorderPoint) {
        if !self.person(ix).alive || self.person(ix).closed {
            return;
        }
        let entry = Body::RecordEntry(proto::RecordEntry {
            person: self.reference(ix),
            border_point: crossing.code().to_owned(),
            kind: EntryKind::Resident.into(),
            document: self.reference_of(ix, DocumentKind::Passport),
        });
        self.accept(Desk::Border(crossing), day, "law:art.10(1)", entry);
        self.person_mut(ix).in_iran = true;
    }

    /// Plans the headcounts that a person without papers will meet.
    pub(super) fn plan_headcounts(&mut self, day: Day, ix: PersonIx) {
        for (year, month) in HEADCOUNTS {
            let start = jalali(year, month, 1);
            if start > day && self.draw.permille(750) {
                let day = start.plus(self.draw.between(0, 80));
                self.plan(day, Step::Slip(ix));
            }
        }
    }

    /// A headcount slip; a person met without papers.
    pub(super) fn headcount_slip(&mut self, day: Day, ix: PersonIx) {
        if self.person(ix).is_here() && self.person(ix).course == Course::Irregular {
            self.issue_paper(day, ix, DocumentKind::HeadcountSlip, "duty:12");
        }
    }
}

pub(super) fn reference_to(paper: &Paper) -> proto::DocumentReference {
    proto::DocumentReference {
        kind: paper.kind.into(),
        issuer: paper.issuer.to_owned(),
        number: paper.number.clone(),
    }
}

/// Prefixes of the numbers of Iranian papers.
const PREFIXES: [(DocumentKind, &str); 5] = [
    (DocumentKind::AmayeshCard, "A"),
    (DocumentKind::HoviatCard, "H"),
    (DocumentKind::ResidenceCard, "K"),
    (DocumentKind::RefugeBooklet, "B"),
    (DocumentKind::HeadcountSlip, "S"),
];
const OTHER_PREFIX: &str = "D";

fn prefix(kind: DocumentKind) -> &'static str {
    PREFIXES
        .iter()
        .find(|row| row.0 == kind)
        .map_or(OTHER_PREFIX, |row| row.1)
}
