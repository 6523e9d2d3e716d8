//! What offices record.

use sabt_proto::event::v1 as event;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::advance_case::Step;
use sabt_proto::event::v1::applicant::Who;
use sabt_proto::event::v1::paper_issue::Content;

use super::read::gaps;
use super::stage::{Stage, moment};
use crate::support::{self, jalali};

/// Body of appeal that refusals name.
const APPEAL_BODY: &str = "Administrative Justice Court";

impl Stage {
    /// What an office records on a day.
    pub(super) async fn on(&mut self, date: &str, text: &str) -> Option<()> {
        if let Some(request) = self.request(text) {
            let receipt = self.record(date, Body::RequestService(request)).await;
            if let Some(receipt) = receipt {
                self.case = Some(receipt.numbers[0].clone());
            }
            return Some(());
        }
        let body = if let Some([name]) = gaps("{} dies", text) {
            Body::RegisterDeath(support::death(&self.person(name)))
        } else if gaps::<0>("the last act is annulled", text).is_some() {
            support::annulment(&self.acts.pop()?)
        } else if gaps::<0>("the request is annulled", text).is_some()
            || gaps::<0>("the first act is annulled", text).is_some()
        {
            support::annulment(self.acts.first()?)
        } else if let Some(body) = self.of_site(text) {
            body
        } else if let Some(body) = self.of_residence(date, text) {
            body
        } else if let Some([name]) = gaps("{} is held", text) {
            let held = self
                .record(date, support::holding(&self.person(name), "H-1"))
                .await;
            if let Some(held) = held {
                self.holdings.insert(name.to_owned(), held.act_id);
            }
            return Some(());
        } else {
            let step = decision(date, text)
                .or_else(|| preparation(date, text))
                .or_else(|| self.paper(date, text))?;
            Body::AdvanceCase(event::AdvanceCase {
                case: self.case(),
                step: Some(step),
            })
        };
        self.record(date, body).await;
        Some(())
    }

    /// What is recorded of sites and of those who stay in them.
    fn of_site(&self, text: &str) -> Option<Body> {
        if let Some([name, site, ground]) =
            gaps("{} is admitted to the {} on the ground of {}", text)
        {
            let (ground, over_capacity_reason) = match ground.split_once(", because ") {
                Some((ground, reason)) => (ground, reason.trim_matches('"').to_owned()),
                None => (ground, String::new()),
            };
            let ground =
                event::AdmissionGround::from_str_name(&constant("ADMISSION_GROUND", ground));
            return Some(Body::RecordSiteAdmission(event::RecordSiteAdmission {
                person: self.person(name),
                site: self.site(site),
                ground: ground?.into(),
                over_capacity_reason,
            }));
        }
        if let Some([name, from, to]) = gaps("{} moves from the {} to the {}", text) {
            return Some(Body::RecordSiteTransfer(event::RecordSiteTransfer {
                person: self.person(name),
                from_site: self.site(from),
                to_site: self.site(to),
                over_capacity_reason: String::new(),
            }));
        }
        if let Some([name, site, how]) = gaps("{} leaves the {} by {}", text) {
            let reason = event::DischargeReason::from_str_name(&constant("DISCHARGE_REASON", how));
            return Some(Body::RecordSiteDischarge(event::RecordSiteDischarge {
                person: self.person(name),
                site: self.site(site),
                reason: reason?.into(),
            }));
        }
        if let Some([site, capacity]) = gaps("the {} has {} places from now on", text) {
            return Some(Body::ChangeSiteCapacity(event::ChangeSiteCapacity {
                site: self.site(site),
                capacity: capacity.parse().ok()?,
                reason: "as built".to_owned(),
            }));
        }
        if let Some([site]) = gaps("the {} ends", text) {
            let site = self.site(site);
            return Some(Body::CloseSite(event::CloseSite { site }));
        }
        let [name] = gaps("{} is released", text)?;
        Some(Body::EndHolding(event::EndHolding {
            person: self.person(name),
            holding_act_id: self.holdings.get(name)?.clone(),
            ending: event::HoldingEnding::Released.into(),
        }))
    }

    fn request(&self, text: &str) -> Option<event::RequestService> {
        let request = |service: &str, who, concerned| event::RequestService {
            service: service.to_owned(),
            applicant: Some(event::Applicant { who: Some(who) }),
            concerned,
            channel: event::RequestChannel::Counter.into(),
            ..event::RequestService::default()
        };
        if let Some([head, service, names]) = gaps("the household of {} asks for {} for {}", text) {
            let who = Who::Household(self.household(head));
            return Some(request(service, who, self.all(names)));
        }
        if let Some([name, service]) = gaps("the organisation \"{}\" asks for {}", text) {
            let who = Who::Organisation(event::Organisation {
                name: name.to_owned(),
                ..event::Organisation::default()
            });
            return Some(request(service, who, Vec::new()));
        }
        if let Some([plate, service]) = gaps("for the vehicle \"{}\" somebody asks for {}", text) {
            let who = Who::Vehicle(event::Vehicle {
                plate: plate.to_owned(),
                owner: String::new(),
            });
            return Some(request(service, who, Vec::new()));
        }
        let [name, service] = gaps("{} asks for {}", text)?;
        Some(support::request_service(service, &self.person(name)))
    }

    fn paper(&self, date: &str, text: &str) -> Option<Step> {
        if let Some([kind, number, names, until]) =
            gaps("the {} \"{}\" is issued to {}, valid until {}", text)
        {
            return Some(issue(date, kind, number, self.all(names), until));
        }
        if let Some([kind, number, until]) = gaps("the {} \"{}\" is issued, valid until {}", text) {
            return Some(issue(date, kind, number, Vec::new(), until));
        }
        if let Some([number]) = gaps("the paper \"{}\" is handed over", text) {
            return Some(Step::DocumentHandedOver(event::HandOver {
                paper_number: number.to_owned(),
                receiver: "the holder".to_owned(),
            }));
        }
        if let Some([number, until]) = gaps("the paper \"{}\" is extended until {}", text) {
            return Some(Step::PaperExtended(event::PaperExtension {
                paper_number: number.to_owned(),
                valid_until: Some(jalali(until)),
            }));
        }
        if let Some([number]) = gaps("the paper \"{}\" lapses unused", text) {
            let paper_number = number.to_owned();
            return Some(Step::PaperLapsed(event::PaperLapse { paper_number }));
        }
        if gaps::<0>("a report of the organisation is received", text).is_some() {
            return Some(Step::ReportReceived(event::ActivityReport {
                reference: "report".to_owned(),
                period: String::new(),
            }));
        }
        let [name, basis] = gaps("{} becomes Iranian by {}", text)?;
        let basis = constant("NATIONALITY_BASIS", basis);
        let national = sabt_domain::number::IranianNationalNumber::from_serial(123_456_789);
        Some(Step::NationalityGranted(event::NationalityGrant {
            person: self.person(name),
            basis: event::NationalityBasis::from_str_name(&basis)?.into(),
            certificate_number: "MFA-7".to_owned(),
            certificate_date: None,
            national_number: national.unwrap().to_string(),
        }))
    }
}

/// The name of a value of an enum, from plain words: `no objection` is `REPLY_CLASS_NO_OBJECTION`.
pub(super) fn constant(prefix: &str, words: &str) -> String {
    format!("{prefix}_{}", words.to_uppercase().replace([' ', '-'], "_"))
}

/// A decision, notice of it, an objection, the end.
fn decision(date: &str, text: &str) -> Option<Step> {
    if let Some([by, ground]) = gaps("the {} grants it because \"{}\"", text) {
        return Some(Step::ServiceGranted(event::ServiceGrant {
            decided_by: by.to_owned(),
            ground: ground.to_owned(),
            appeal_body: APPEAL_BODY.to_owned(),
            ..event::ServiceGrant::default()
        }));
    }
    if gaps::<0>("it is granted by nobody", text).is_some() {
        return Some(Step::ServiceGranted(event::ServiceGrant::default()));
    }
    if let Some([by]) = gaps("the {} grants it", text) {
        return Some(Step::ServiceGranted(event::ServiceGrant {
            decided_by: by.to_owned(),
            ..event::ServiceGrant::default()
        }));
    }
    if let Some([by, ground]) = gaps("the {} refuses it because \"{}\"", text) {
        return Some(Step::ServiceRefused(event::ServiceRefusal {
            decided_by: by.to_owned(),
            ground: ground.to_owned(),
            appeal_body: APPEAL_BODY.to_owned(),
        }));
    }
    if let Some([by]) = gaps("the {} refuses it without a ground", text) {
        return Some(Step::ServiceRefused(event::ServiceRefusal {
            decided_by: by.to_owned(),
            appeal_body: APPEAL_BODY.to_owned(),
            ..event::ServiceRefusal::default()
        }));
    }
    notice(date, text)
        .or_else(|| appeal(text))
        .or_else(|| closing(text))
}

/// What comes before a decision.
fn preparation(date: &str, text: &str) -> Option<Step> {
    if let Some([kind]) = gaps("evidence is shown: {}", text) {
        let kind = event::EvidenceKind::from_str_name(&constant("EVIDENCE_KIND", kind))?;
        return Some(Step::EvidenceAttached(event::Evidence {
            kind: kind.into(),
            checked_by: "K1001".to_owned(),
            original: true,
            ..event::Evidence::default()
        }));
    }
    if let Some([authority, question]) = gaps("the {} is asked \"{}\"", text) {
        return Some(Step::InquirySent(event::Inquiry {
            inquiry: authority.to_owned(),
            authority: authority.to_owned(),
            question: question.to_owned(),
            due_on: None,
        }));
    }
    if let Some([authority, class]) = gaps("the {} replies: {}", text) {
        let reply = event::ReplyClass::from_str_name(&constant("REPLY_CLASS", class))?;
        return Some(Step::InquiryReplyReceived(event::InquiryReply {
            inquiry: authority.to_owned(),
            reply: reply.into(),
            reference: "letter 7".to_owned(),
        }));
    }
    if let Some([kind, result]) = gaps("the {} is {}", text) {
        let kind = event::ProcedureKind::from_str_name(&constant("PROCEDURE_KIND", kind));
        let result = event::ProcedureResult::from_str_name(&constant("PROCEDURE_RESULT", result));
        if let (Some(kind), Some(result)) = (kind, result) {
            return Some(Step::ProcedureHeld(event::Procedure {
                kind: kind.into(),
                result: result.into(),
                reference: String::new(),
            }));
        }
    }
    fee(text).or_else(|| commission(date, text))
}

fn fee(text: &str) -> Option<Step> {
    let fee = |state: event::FeeState| event::Fee {
        state: state.into(),
        ..event::Fee::default()
    };
    let fee = if let Some([amount]) = gaps("a fee of {} rials is paid", text) {
        event::Fee {
            amount_rial: amount.parse().ok()?,
            receipt_number: "R-1".to_owned(),
            ..fee(event::FeeState::Paid)
        }
    } else if let Some([ground]) = gaps("the fee is waived because \"{}\"", text) {
        event::Fee {
            waiver_ground: ground.to_owned(),
            ..fee(event::FeeState::Waived)
        }
    } else if gaps::<0>("the fee is waived", text).is_some() {
        fee(event::FeeState::Waived)
    } else {
        gaps::<0>("no fee is due", text)?;
        fee(event::FeeState::NotDue)
    };
    Some(Step::FeeRecorded(fee))
}

/// The particulars go out at eight; an opinion comes in at ten.
fn commission(date: &str, text: &str) -> Option<Step> {
    let member = |word: &str| {
        let name = constant("COMMISSION_MEMBER", word);
        event::CommissionMember::from_str_name(&name)
    };
    if let Some([members]) = gaps("these members of the commission are asked: {}", text) {
        let members: Option<Vec<i32>> = members
            .split(", ")
            .map(|word| member(word).map(i32::from))
            .collect();
        return Some(Step::CommissionConsulted(event::Consultation {
            members: members?,
            sent_at: moment(date, 8),
        }));
    }
    let opinion = |word: &str, opinion: event::Opinion, reasons: &str| {
        Some(Step::OpinionRecorded(event::MemberOpinion {
            member: member(word)?.into(),
            opinion: opinion.into(),
            reasons: reasons.to_owned(),
            received_at: moment(date, 10),
        }))
    };
    if let Some([word, reasons]) = gaps("the member {} is against it because \"{}\"", text) {
        return opinion(word, event::Opinion::Unfavourable, reasons);
    }
    if let Some([word]) = gaps("the member {} is against it", text) {
        return opinion(word, event::Opinion::Unfavourable, "");
    }
    let [word] = gaps("the member {} is for it", text)?;
    opinion(word, event::Opinion::Favourable, "")
}

fn notice(date: &str, text: &str) -> Option<Step> {
    let electronic = event::NoticeManner::Electronic;
    let (sent, in_person) = (moment(date, 10), event::NoticeManner::InPerson);
    let (manner, sms_sent_at, placed_at, handed_at) = match text {
        "notice is sent by SMS and e-mail" => (electronic, sent, moment(date, 11), 0),
        "notice is sent by SMS alone" => (electronic, sent, 0, 0),
        "notice is handed over" => (in_person, 0, 0, sent),
        _ => return None,
    };
    Some(Step::DecisionServed(event::ServiceNotice {
        manner: manner.into(),
        sms_sent_at,
        placed_at,
        handed_at,
        language: "fa".to_owned(),
    }))
}

fn appeal(text: &str) -> Option<Step> {
    if gaps::<0>("the applicant appeals", text).is_some() {
        return Some(Step::AppealLodged(event::ServiceAppeal {
            body: APPEAL_BODY.to_owned(),
            ground: String::new(),
        }));
    }
    let [outcome] = gaps("the appeal is {}", text)?;
    let outcome = event::AppealOutcome::from_str_name(&constant("APPEAL_OUTCOME", outcome))?;
    Some(Step::AppealDecided(event::AppealDecision {
        outcome: outcome.into(),
        decided_by: APPEAL_BODY.to_owned(),
        ground: "the papers".to_owned(),
    }))
}

fn closing(text: &str) -> Option<Step> {
    let (text, declared) = match text.strip_suffix(" by declaration") {
        Some(text) => (text, "declaration 3"),
        None => (text, ""),
    };
    let [outcome] = gaps("the case is closed as {}", text)?;
    let outcome = event::CaseOutcome::from_str_name(&constant("CASE_OUTCOME", outcome))?;
    Some(Step::CaseClosed(event::CaseClosure {
        outcome: outcome.into(),
        declaration_reference: declared.to_owned(),
    }))
}

fn issue(date: &str, kind: &str, number: &str, holders: Vec<String>, until: &str) -> Step {
    let content = content(kind).unwrap_or_else(|| panic!("{kind} is no paper"));
    Step::PaperIssued(event::PaperIssue {
        holders,
        number: number.to_owned(),
        valid_from: Some(jalali(date)),
        valid_until: Some(jalali(until)),
        replaces: String::new(),
        content: Some(content),
    })
}

fn exit(kind: event::DepartureKind, declaration: &str) -> Content {
    Content::ExitPermit(event::ExitPermit {
        kind: kind.into(),
        border_point: "DOGHAROUN".to_owned(),
        declaration_reference: declaration.to_owned(),
    })
}

/// What a paper of this kind says in scenarios.
fn content(kind: &str) -> Option<Content> {
    let text = |text: &str| text.to_owned();
    Some(match kind {
        "movement pass" => Content::MovementPass(event::MovementPass {
            province: text("IR-23"),
            ground: String::new(),
        }),
        "travel pass" => Content::TravelPass(event::TravelPass {
            destination: text("Qom"),
        }),
        "exit permit of a voluntary return" => {
            exit(event::DepartureKind::VoluntaryReturn, "declaration 5")
        }
        "exit permit of a voluntary return without a declaration" => {
            exit(event::DepartureKind::VoluntaryReturn, "")
        }
        "exit permit" => exit(event::DepartureKind::StatusConversion, ""),
        "relocation permit" => Content::RelocationPermit(event::RelocationPermit {
            from_province: text("IR-23"),
            to_province: text("IR-25"),
        }),
        "study permit" => Content::StudyPermit(event::StudyPermit {
            institution: text("University of Tehran"),
            level: text("BSc"),
            year: text("1405"),
        }),
        "study confirmation" => Content::StudyConfirmation(event::StudyConfirmation {
            institution: text("a school"),
            level: text("3"),
            year: text("1405"),
        }),
        "schooling certificate" => Content::SchoolingCertificate(event::SchoolingCertificate {
            county: text("Tehran"),
            level: text("3"),
            year: text("1405"),
        }),
        "insurance booklet" => Content::InsuranceBooklet(event::InsuranceBooklet {
            entitlement: event::InsuranceEntitlement::Free.into(),
        }),
        "refugee identity card" => Content::RefugeeCard(event::RefugeeCard::default()),
        "property permit" => Content::PropertyPermit(event::PropertyPermit {
            property: text("7/12"),
        }),
        "project permit" => Content::ProjectPermit(event::ProjectPermit {
            title: text("Wells"),
            province: text("IR-08"),
            target_category: text("families"),
            target_number: 40,
            funder: String::new(),
        }),
        "activity permit" => Content::ActivityPermit(event::ActivityPermit {
            host_authority: text("directorate"),
            province: String::new(),
        }),
        "programme permit" => Content::ProgrammePermit(event::ProgrammePermit {
            title: text("Cup"),
            place: text("hall"),
            expected_number: 90,
        }),
        "vehicle release" => Content::VehicleRelease(event::VehicleRelease {
            impound_order: text("9"),
            ruling: text("10"),
        }),
        _ => return None,
    })
}
