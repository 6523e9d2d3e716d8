//! Households: formed, split, moved, transferred, departed.

use sabt_domain::time::Day;
use sabt_proto::event::v1::{
    self as proto, DocumentKind, HeadChangeGround, MemberRemovalReason, PersonStatus,
    ResidenceBasis, ResidenceKind, VoidReason, act::Body,
};

use super::departure::WayOut;
use super::permit::last_day_of_term;
use super::state::{Course, Home, HomeIx, Paper, PersonIx, Spouse};
use super::{Family, Step};
use crate::institutions::{Desk, crossing};
use crate::tables::{PROVINCES, Sex};
use crate::when::DayMath;

impl Family {
    /// Forms a household in a town of the head's province.
    pub(super) fn form_household(
        &mut self,
        day: Day,
        head: PersonIx,
        others: &[PersonIx],
        town: usize,
    ) -> HomeIx {
        let province = self.person(head).province;
        let address = self.address_in(province, town);
        let body = Body::FormHousehold(proto::FormHousehold {
            head: self.reference(head),
            members: others
                .iter()
                .map(|&other| self.member(other, head))
                .collect(),
            address: Some(address),
        });
        let new = self.next_home_ref();
        self.accept_new(
            Desk::Registrar(province),
            day,
            "service:10032154107",
            body,
            new,
        );
        let mut members = vec![head];
        members.extend_from_slice(others);
        self.open_home(head, members, province, town)
    }

    fn open_home(
        &mut self,
        head: PersonIx,
        members: Vec<PersonIx>,
        province: usize,
        town: usize,
    ) -> HomeIx {
        let reference = self.next_home_ref().to_string();
        let home = HomeIx(self.homes.len());
        for &member in &members {
            self.leave_home(member);
            self.person_mut(member).home = Some(home);
        }
        self.homes.push(Home {
            reference,
            head: Some(head),
            members,
            province,
            town,
        });
        home
    }

    /// Takes a member out of the household they are in; a head leaves it headless.
    pub(super) fn leave_home(&mut self, ix: PersonIx) {
        if let Some(home) = self.person_mut(ix).home.take() {
            let home = &mut self.homes[home.0];
            home.members.retain(|member| *member != ix);
            if home.head == Some(ix) {
                home.head = None;
            }
        }
    }

    /// `ix` joins a household that has a head: added, or moved from another one.
    pub(super) fn join_household(&mut self, day: Day, ix: PersonIx, home: HomeIx) {
        let Some(head) = self.homes[home.0].head else {
            return;
        };
        let member = Some(self.member(ix, head));
        let to = self.homes[home.0].reference.clone();
        let body = match self.person(ix).home {
            Some(from) => Body::MoveHouseholdMember(proto::MoveHouseholdMember {
                from_household: self.homes[from.0].reference.clone(),
                to_household: to,
                member,
            }),
            None => Body::AddHouseholdMember(proto::AddHouseholdMember {
                household: to,
                member,
            }),
        };
        let province = self.homes[home.0].province;
        self.accept(Desk::Registrar(province), day, "service:10032154107", body);
        self.leave_home(ix);
        self.person_mut(ix).home = Some(home);
        self.homes[home.0].members.push(ix);
    }

    /// Removes a member from their household.
    pub(super) fn remove_member(&mut self, day: Day, ix: PersonIx, reason: MemberRemovalReason) {
        let Some(home) = self.person(ix).home else {
            return;
        };
        let body = Body::RemoveHouseholdMember(proto::RemoveHouseholdMember {
            household: self.homes[home.0].reference.clone(),
            person: self.reference(ix),
            reason: reason.into(),
        });
        let province = self.homes[home.0].province;
        self.accept(Desk::Registrar(province), day, "service:10032154107", body);
        self.leave_home(ix);
    }

    /// `ix`, with spouse and children, leaves the household of the parents and heads a new one.
    pub(super) fn split(&mut self, day: Day, ix: PersonIx) {
        let Some(home) = self.person(ix).home.filter(|_| self.person(ix).is_here()) else {
            return;
        };
        if self.homes[home.0].head == Some(ix) || self.person(ix).age(day) < 18 {
            return;
        }
        let leaving: Vec<PersonIx> = self
            .members(home)
            .into_iter()
            .filter(|&member| member != ix && self.is_own_family(ix, member))
            .collect();
        if leaving.len() + 1 >= self.homes[home.0].members.len() {
            // Nobody would stay: then there is nothing to split.
            return;
        }
        let province = self.homes[home.0].province;
        let town = self.draw.index(PROVINCES[province].towns.len());
        let body = Body::SplitHousehold(proto::SplitHousehold {
            household: self.homes[home.0].reference.clone(),
            new_head: self.reference(ix),
            leaving: leaving
                .iter()
                .map(|&member| self.member(member, ix))
                .collect(),
            address: Some(self.address_in(province, town)),
        });
        let new = self.next_home_ref();
        self.accept_new(
            Desk::Registrar(province),
            day,
            "service:10032154107",
            body,
            new,
        );
        let mut members = vec![ix];
        members.extend(leaving);
        self.open_home(ix, members, province, town);
    }

    /// Spouse, or child without a family of their own.
    fn is_own_family(&self, head: PersonIx, member: PersonIx) -> bool {
        let person = self.person(member);
        let is_child = person.mother == Some(head) || person.father == Some(head);
        person.spouse == Spouse::Person(head) || is_child && person.spouse == Spouse::None
    }

    /// The household moves within its province.
    pub(super) fn move_house(&mut self, day: Day, home: HomeIx) {
        if !self.is_inhabited(home) {
            return;
        }
        let province = self.homes[home.0].province;
        let town = self.draw.index(PROVINCES[province].towns.len());
        let moved = self.change_address(day, home, town);
        if let Some(head) = self.homes[home.0].head {
            self.perhaps_annul_and_reinstate(day, head, moved);
        }
    }

    fn change_address(&mut self, day: Day, home: HomeIx, town: usize) -> [u8; 16] {
        let province = self.homes[home.0].province;
        self.homes[home.0].town = town;
        let body = Body::ChangeAddress(proto::ChangeAddress {
            subject: self.homes[home.0].reference.clone(),
            address: Some(self.address_in(province, town)),
        });
        self.accept(Desk::Registrar(province), day, "law:art.26(4)", body)
    }

    /// The household goes to another province: each file is sent, each is received there (services row 22), then
    /// the address changes.
    pub(super) fn transfer(&mut self, day: Day, home: HomeIx) {
        if !self.is_inhabited(home)
            || self
                .members(home)
                .iter()
                .any(|&m| !self.person(m).is_here())
        {
            return;
        }
        let from = self.homes[home.0].province;
        let to = self.draw.index(PROVINCES.len());
        if to == from || PROVINCES[to].weights[0] < 5 {
            return;
        }
        let members = self.members(home);
        for &member in &members {
            let body = Body::SendFileTransfer(proto::SendFileTransfer {
                person: self.reference(member),
                from_province: PROVINCES[from].code.to_owned(),
                to_province: PROVINCES[to].code.to_owned(),
            });
            self.accept(Desk::Registrar(from), day, "service:12012154113", body);
        }
        let arrival = day.plus(self.draw.between(6, 30));
        for &member in &members {
            let body = Body::ReceiveFileTransfer(proto::ReceiveFileTransfer {
                person: self.reference(member),
                province: PROVINCES[to].code.to_owned(),
            });
            self.accept(Desk::Registrar(to), arrival, "service:12012154113", body);
            self.person_mut(member).province = to;
        }
        self.homes[home.0].province = to;
        let town = self.draw.index(PROVINCES[to].towns.len());
        self.change_address(arrival, home, town);
    }

    /// A household that lost its head names another: a spouse, else the eldest adult (art. 25 note 2). Where there is
    /// nobody, it stays without a head (AM-54).
    pub(super) fn name_head(&mut self, day: Day, home: HomeIx) {
        if self.homes[home.0].head.is_some() {
            return;
        }
        let heir = self
            .members(home)
            .into_iter()
            .filter(|&member| self.person(member).is_here() && self.person(member).age(day) >= 18)
            .min_by_key(|&member| self.person(member).birth);
        let Some(heir) = heir else {
            return;
        };
        let others: Vec<PersonIx> = self
            .members(home)
            .into_iter()
            .filter(|&member| member != heir)
            .collect();
        let body = Body::ChangeHouseholdHead(proto::ChangeHouseholdHead {
            household: self.homes[home.0].reference.clone(),
            new_head: self.reference(heir),
            ground: HeadChangeGround::Death.into(),
            relations: others
                .iter()
                .map(|&other| self.member(other, heir))
                .collect(),
        });
        let province = self.homes[home.0].province;
        self.accept(Desk::Registrar(province), day, "law:art.25 note 2", body);
        self.homes[home.0].head = Some(heir);
    }

    /// A household with Amayesh cards changes to passports (services row 17): passports for all, and
    /// residence converted with the consent of each, which voids the cards.
    pub(super) fn convert(&mut self, day: Day, home: HomeIx) {
        let members = self.members(home);
        let all_ready = members.iter().all(|&member| {
            let person = self.person(member);
            person.is_here()
                && person.course == Course::Amayesh
                && person.valid_permit(day).is_some()
        });
        if members.is_empty() || !all_ready {
            return;
        }
        for &member in &members {
            self.issue_passport(day, member);
            let until = last_day_of_term(day, 1);
            let (kind, basis) = (ResidenceKind::Temporary, ResidenceBasis::General);
            self.convert_permit(day, member, kind, basis, until, "service:12012154108");
            // The conversion itself voids the card.
            self.person_mut(member)
                .papers
                .retain(|paper| paper.kind != DocumentKind::AmayeshCard);
            self.change_status(day, member, PersonStatus::Migrant, "service:12012154108");
            self.person_mut(member).course = Course::Passport;
            self.plan(until.plus(-20), Step::Renew(member));
        }
    }

    pub(super) fn issue_passport(&mut self, day: Day, ix: PersonIx) {
        let document = self.passport(ix, day);
        let body = Body::IssueDocument(proto::IssueDocument {
            person: self.reference(ix),
            document: Some(document),
            replaces: None,
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept(desk, day, "service:12012154108", body);
    }

    fn void_paper(&mut self, day: Day, ix: PersonIx, kind: DocumentKind, reason: VoidReason) {
        let Some(document) = self.reference_of(ix, kind) else {
            return;
        };
        let body = Body::VoidDocument(proto::VoidDocument {
            person: self.reference(ix),
            document: Some(document),
            reason: reason.into(),
        });
        let desk = Desk::Registrar(self.person(ix).province);
        self.accept(desk, day, "service:12012154115", body);
        self.person_mut(ix)
            .papers
            .retain(|paper: &Paper| paper.kind != kind);
    }

    /// Leaves the country for good: the whole household if `ix` heads it, otherwise `ix` alone. A third of those who came
    /// without a passport return with help, after an interview; a few go on to a third country.
    pub(super) fn depart(&mut self, day: Day, ix: PersonIx) {
        if !self.person(ix).is_here() {
            return;
        }
        let leaving: Vec<PersonIx> = match self.person(ix).home {
            Some(home) if self.homes[home.0].head == Some(ix) => self
                .members(home)
                .into_iter()
                .filter(|&m| self.person(m).is_here())
                .collect(),
            Some(_) | None => vec![ix],
        };
        let crossing = crossing(self.person(ix).country, &mut self.draw);
        let way = self.way_out(day, ix);
        let day = match way {
            WayOut::Return => self.wait_to_leave(day, &leaving),
            WayOut::Exit | WayOut::Third(_) => day,
        };
        // The head leaves the household last, so that it has a head as long as it has members.
        for &member in leaving.iter().rev() {
            self.remove_member(day, member, MemberRemovalReason::Departure);
            self.void_paper(
                day,
                member,
                DocumentKind::AmayeshCard,
                VoidReason::Departure,
            );
            self.record_departure(day, member, crossing, way);
            let person = self.person_mut(member);
            person.in_iran = false;
            person.closed = true;
            person.stay = None;
        }
    }

    fn is_inhabited(&self, home: HomeIx) -> bool {
        let home = &self.homes[home.0];
        home.head.is_some_and(|head| self.person(head).is_here())
    }

    /// An unmarried woman or man of the family whom `ix` could marry: grown up, in the same province, of another branch.
    pub(super) fn match_in_family(&self, day: Day, ix: PersonIx) -> Option<PersonIx> {
        let person = self.person(ix);
        let wanted = match person.sex {
            Sex::Female => Sex::Male,
            Sex::Male => Sex::Female,
        };
        (0..self.people.len()).map(PersonIx).find(|&other| {
            let them = self.person(other);
            let same_parents = them.mother.is_some() && them.mother == person.mother
                || them.father.is_some() && them.father == person.father;
            let is_parent = [person.mother, person.father].contains(&Some(other))
                || [them.mother, them.father].contains(&Some(ix));
            let heads = them
                .home
                .is_some_and(|home| self.homes[home.0].head == Some(other));
            them.is_here()
                && them.sex == wanted
                && them.spouse == Spouse::None
                && them.province == person.province
                && (18..45).contains(&them.age(day))
                // Cousins marry, brothers and sisters, parents and children do not; whoever knows no parents is left out.
                && them.father.is_some()
                && person.father.is_some()
                && !same_parents
                && !is_parent
                && !heads
        })
    }
}
