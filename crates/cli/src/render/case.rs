//! Service cases as tables.

use comfy_table::Table;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;
use sabt_proto::event::v1::applicant::Who;

use super::table;
use crate::json;
use crate::text::{date, date_short, instant, isolate, word, words};

/// A case, without its steps.
pub fn head(case: &api::ServiceCase) -> Table {
    let mut out = table(["case", &case.number]);
    let request = case.request.clone().unwrap_or_default();
    out.add_row(["service", &request.service]);
    out.add_row(["", &isolate(&case.title_fa)]);
    out.add_row(["", &case.title_en]);
    out.add_row(["state", &words(&case.state)]);
    let requested = format!("{}, {}", date(case.requested_on.as_ref()), case.office);
    out.add_row(["requested", &requested]);
    out.add_row(["applicant", &applicant(request.applicant.as_ref())]);
    for person in &request.concerned {
        out.add_row(["concerns", person]);
    }
    if case.served_at != 0 {
        out.add_row(["notice", &instant(case.served_at)]);
    }
    if case.state != "OPEN" {
        let effect = if case.in_effect { "yes" } else { "not now" };
        out.add_row(["in effect", effect]);
    }
    out
}

/// The steps of a case, oldest first.
pub fn steps(case: &api::ServiceCase) -> Table {
    let mut out = table(["on", "step", "rests on", "edition"]);
    for step in &case.steps {
        let advance = step.step.clone().unwrap_or_default();
        let member = json::member("sabt.event.v1.AdvanceCase", "step", &advance);
        let name = member.unwrap_or_default().replace('_', " ");
        out.add_row([
            date(step.on.as_ref()),
            name,
            isolate(&step.legal_basis),
            step.law_edition.clone(),
        ]);
    }
    out
}

/// Members of the commission who were asked.
pub fn opinions(case: &api::ServiceCase) -> Table {
    let mut out = table(["member", "opinion", "due"]);
    for opinion in &case.opinions {
        let member = word(opinion.member().as_str_name(), "COMMISSION_MEMBER_");
        out.add_row([member, words(&opinion.state), instant(opinion.due_at)]);
    }
    out
}

/// Papers of a case.
pub fn papers(case: &api::ServiceCase) -> Table {
    let mut out = table(["paper", "number", "from", "until", "handed over"]);
    for paper in &case.papers {
        let until = match (paper.lapsed, paper.valid_until.as_ref()) {
            (true, until) => format!("{} (lapsed)", date(until)),
            (false, None) => "no end".to_owned(),
            (false, until) => date(until),
        };
        out.add_row([
            word(paper.kind().as_str_name(), "DOCUMENT_KIND_"),
            isolate(&paper.number),
            date(paper.valid_from.as_ref()),
            until,
            if paper.handed_over { "yes" } else { "no" }.to_owned(),
        ]);
    }
    out
}

/// Cases of a person.
pub fn list(cases: &[api::CaseEntry]) -> Table {
    let mut out = table(["case", "service", "title", "requested", "state"]);
    for case in cases {
        out.add_row([
            case.number.clone(),
            case.service.clone(),
            isolate(&case.title_fa),
            date(case.requested_on.as_ref()),
            words(&case.state),
        ]);
    }
    out
}

/// The open cases of an office, with what each waits for.
pub fn work(cases: &[api::OfficeCase]) -> Table {
    let mut out = table(["case", "title", "state", "last step", "waits for"]);
    for case in cases {
        let step = if case.last_step.is_empty() {
            "request".to_owned()
        } else {
            words(&case.last_step)
        };
        let due: Vec<String> = case.due.iter().map(awaited).collect();
        let mut state = words(&case.state);
        if case.contested {
            state.push_str(" (contested)");
        }
        out.add_row([
            case.number.clone(),
            isolate(&case.title_en),
            state,
            format!("{step}, {}", date_short(case.last_step_on.as_ref())),
            due.join("; "),
        ]);
    }
    out
}

fn awaited(due: &api::CaseDue) -> String {
    let what = match due.kind.as_str() {
        "OPINION" => format!("opinion of {}", words(&due.of)),
        "REPLY" => format!("reply to inquiry {}", isolate(&due.of)),
        other => words(other),
    };
    let by = match &due.due_on {
        Some(day) => format!(" by {}", date_short(Some(day))),
        None if due.due_at == 0 => String::new(),
        None => format!(" by {}", instant(due.due_at)),
    };
    let overdue = if due.overdue { ", OVERDUE" } else { "" };
    format!("{what}{by}{overdue}")
}

fn applicant(applicant: Option<&event::Applicant>) -> String {
    match applicant.and_then(|applicant| applicant.who.as_ref()) {
        Some(Who::Person(number)) => number.clone(),
        Some(Who::Household(code)) => format!("household {code}"),
        Some(Who::Organisation(organisation)) => isolate(&organisation.name),
        Some(Who::Vehicle(vehicle)) => format!("vehicle {}", isolate(&vehicle.plate)),
        None => "unknown".to_owned(),
    }
}
