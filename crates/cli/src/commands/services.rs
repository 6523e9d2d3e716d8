//! `sabt services`: the catalogue, read from the program itself.

use comfy_table::Table;
use sabt_domain::law::{Catalogue, Service, ServiceId, ServiceScope};
use serde_json::{Value, json};

use crate::args::{Language, ServicesArgs};
use crate::error::CliError;
use crate::out::Out;
use crate::render::table;
use crate::text::{isolate, words};

/// The catalogue of services, or one row of it.
///
/// # Errors
/// [`CliError`].
pub fn run(args: &ServicesArgs, out: &mut Out) -> Result<(), CliError> {
    let catalogue = Catalogue::newest();
    let Some(service) = &args.service else {
        if out.is_json() {
            for service in catalogue.services() {
                out.json(&as_json(service, catalogue))?;
            }
        }
        let in_scope = |service: &&Service| service.scope != ServiceScope::Out;
        let count = catalogue.services().iter().filter(in_scope).count();
        out.table(listed(catalogue, args.lang), "")?;
        out.say("")?;
        return Ok(out.say(format!(
            "Edition {}: {} services, {count} of them concern foreign nationals. `sabt services IDENTIFIER` shows one.",
            catalogue.edition,
            catalogue.services().len(),
        ))?);
    };
    let unknown = || {
        CliError::usage(
            format!("{service} is no service of the catalogue"),
            "`sabt services` lists them with their identifiers",
        )
    };
    let id: ServiceId = service.trim().parse().map_err(|_invalid| unknown())?;
    let service = catalogue.service(&id).ok_or_else(unknown)?;
    if out.is_json() {
        out.json(&as_json(service, catalogue))?;
    }
    Ok(out.table(one(service), "")?)
}

/// The catalogue as a table.
pub fn listed(catalogue: &Catalogue, lang: Language) -> Table {
    let mut out = table(["row", "service", "title", "for", "level"]);
    for service in catalogue.services() {
        let title = match lang {
            Language::Fa => isolate(&service.title_fa),
            Language::En => service.title_en.clone(),
        };
        let subjects = codes(service.subjects.iter().map(|subject| subject.code()));
        let whom = if service.scope == ServiceScope::Out {
            "not kept here".to_owned()
        } else {
            subjects
        };
        let level = service.level.code().to_lowercase();
        out.add_row([&service.row, service.id.as_str(), &title, &whom, &level]);
    }
    out
}

/// A row of the catalogue as a table.
pub fn one(service: &Service) -> Table {
    let mut out = table(["service", service.id.as_str()]);
    let level = service.level.code().to_lowercase();
    let parent = service.parent.as_ref().map(ServiceId::to_string);
    let papers = codes(service.papers.iter().map(|kind| kind.code()));
    let grants = if service.grants_nationality {
        "nationality"
    } else {
        ""
    };
    let adverse = if service.adverse {
        "takes something away: notice and appeal"
    } else {
        ""
    };
    for (key, value) in [
        ("title (fa)", isolate(&service.title_fa)),
        ("title (en)", service.title_en.clone()),
        ("row", service.row.clone()),
        ("level, unit", format!("{level}, {}", service.unit)),
        ("recipients", service.recipients.clone()),
        ("part of", parent.unwrap_or_default()),
        (
            "scope",
            format!(
                "{}: {}",
                service.scope.code().to_lowercase(),
                service.reason
            ),
        ),
        (
            "for",
            codes(service.subjects.iter().map(|subject| subject.code())),
        ),
        (
            "allows",
            codes(service.allows.iter().map(|step| step.code())),
        ),
        ("needs", codes(service.needs.iter().map(|step| step.code()))),
        ("papers", papers),
        ("grants", grants.to_owned()),
        ("adverse", adverse.to_owned()),
        ("kept under", words(service.group.code())),
        ("data", service.data.clone()),
        ("source", service.source.clone()),
    ] {
        if !value.is_empty() {
            out.add_row([key, &value]);
        }
    }
    out
}

fn codes<'a>(codes: impl Iterator<Item = &'a str>) -> String {
    let told: Vec<_> = codes.map(words).collect();
    told.join(", ")
}

fn as_json(service: &Service, catalogue: &Catalogue) -> Value {
    let all = |codes: Vec<&'static str>| codes;
    json!({
        "edition": catalogue.edition,
        "service": service.id.as_str(),
        "row": service.row,
        "title_fa": service.title_fa,
        "title_en": service.title_en,
        "level": service.level.code(),
        "unit": service.unit,
        "recipients": service.recipients,
        "scope": service.scope.code(),
        "reason": service.reason,
        "parent": service.parent.as_ref().map(ServiceId::as_str),
        "subjects": all(service.subjects.iter().map(|subject| subject.code()).collect()),
        "allows": all(service.allows.iter().map(|step| step.code()).collect()),
        "needs": all(service.needs.iter().map(|step| step.code()).collect()),
        "papers": all(service.papers.iter().map(|kind| kind.code()).collect()),
        "grants_nationality": service.grants_nationality,
        "adverse": service.adverse,
        "group": service.group.code(),
        "data": service.data,
        "source": service.source,
    })
}
