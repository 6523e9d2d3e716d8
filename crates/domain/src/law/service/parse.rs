//! Reading a catalogue, strictly: every line means something, and every row says all of what it must.

use std::collections::{BTreeMap, BTreeSet};

use super::{CaseSubject, Catalogue, Requirement, Service, ServiceId, ServiceScope};
use crate::access::FieldGroup;
use crate::fact::IssuingLevel;
use crate::law::DocumentKind;
use crate::time::{Calendar, Day, PartialDate};

/// Bytes of a catalogue: a thousand services of 512 bytes, and then some.
const CATALOGUE_BYTES_MAX: usize = 1024 * 1024;

/// What is wrong in the text of a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueFault {
    /// The text is longer than a catalogue may be.
    #[error("the catalogue is longer than {CATALOGUE_BYTES_MAX} bytes")]
    TooLong,
    /// The first line does not name an edition.
    #[error("the text does not begin with `sabt services` and the name of the edition")]
    NotACatalogue,
    /// The second line does not name a day.
    #[error("the second line does not say from which Jalali day the edition is in force")]
    NoDay,
    /// A line says nothing known.
    #[error("`{0}` is not a statement of a catalogue")]
    UnknownStatement(String),
    /// A key stands twice in a row, or a service in the catalogue.
    #[error("`{0}` stands twice")]
    Twice(String),
    /// A value is not one of those its key knows.
    #[error("`{value}` is not a value of `{key}`")]
    UnknownValue {
        /// The key.
        key: &'static str,
        /// What stands there.
        value: String,
    },
    /// A row lacks what it must say.
    #[error("the service does not say its `{0}`")]
    Missing(&'static str),
    /// Level and unit of the row are not those of its identifier.
    #[error("the level is not the one that the identifier states")]
    LevelOfIdentifier,
    /// A step is needed that is not allowed.
    #[error("`{0}` is needed and not allowed")]
    NeedNotAllowed(&'static str),
}

/// What is wrong in the text of a catalogue, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct CatalogueError {
    /// 1-based line.
    pub line: usize,
    /// What is wrong.
    #[source]
    pub fault: CatalogueFault,
}

/// Keys of a row.
const KEYS: [&str; 18] = [
    "row",
    "fa",
    "en",
    "level",
    "unit",
    "recipients",
    "scope",
    "reason",
    "parent",
    "subject",
    "allows",
    "needs",
    "papers",
    "grants",
    "adverse",
    "deceased",
    "group",
    "data",
];

/// The key that every row ends with.
const SOURCE: &str = "source";

/// A row as its lines stand.
struct Draft<'text> {
    line: usize,
    id: ServiceId,
    values: BTreeMap<&'text str, &'text str>,
}

pub(super) fn catalogue(text: &str) -> Result<Catalogue, CatalogueError> {
    let at = |line, fault| CatalogueError { line, fault };
    if CATALOGUE_BYTES_MAX < text.len() {
        return Err(at(1, CatalogueFault::TooLong));
    }
    let mut lines = text.lines().zip(1..);
    let title = lines.next().map_or("", |(line, _)| line);
    let edition = title
        .strip_prefix("sabt services ")
        .filter(|name| !name.trim().is_empty())
        .ok_or_else(|| at(1, CatalogueFault::NotACatalogue))?;
    let from = lines
        .next()
        .and_then(|(line, _)| day(line.strip_prefix("from ")?))
        .ok_or_else(|| at(2, CatalogueFault::NoDay))?;
    let mut services: Vec<Service> = Vec::new();
    for draft in drafts(lines)? {
        let line = draft.line;
        let service = draft.service().map_err(|fault| at(line, fault))?;
        if services.iter().any(|known| known.id == service.id) {
            let fault = CatalogueFault::Twice(service.id.to_string());
            return Err(at(line, fault));
        }
        services.push(service);
    }
    Ok(Catalogue {
        edition: edition.to_owned(),
        from,
        services,
    })
}

fn day(text: &str) -> Option<Day> {
    let date = PartialDate::parse(text, Calendar::Jalali).ok()?;
    date.is_complete().then(|| date.earliest())
}

fn drafts<'text>(
    lines: impl Iterator<Item = (&'text str, usize)>,
) -> Result<Vec<Draft<'text>>, CatalogueError> {
    let mut drafts: Vec<Draft<'text>> = Vec::new();
    for (text, line) in lines {
        let at = |fault| CatalogueError { line, fault };
        if text.trim().is_empty() || text.starts_with('#') {
            continue;
        }
        if let Some(id) = text.strip_prefix("service ") {
            let id = id.parse().map_err(|_invalid| {
                let value = id.to_owned();
                at(CatalogueFault::UnknownValue {
                    key: "service",
                    value,
                })
            })?;
            drafts.push(Draft {
                line,
                id,
                values: BTreeMap::new(),
            });
            continue;
        }
        let unknown = || at(CatalogueFault::UnknownStatement(text.to_owned()));
        let (key, value) = text
            .strip_prefix("  ")
            .and_then(|rest| rest.split_once(' '))
            .ok_or_else(unknown)?;
        let draft = drafts.last_mut().ok_or_else(unknown)?;
        if !KEYS.contains(&key) && key != SOURCE {
            return Err(unknown());
        }
        if draft.values.insert(key, value.trim()).is_some() {
            return Err(at(CatalogueFault::Twice(key.to_owned())));
        }
    }
    Ok(drafts)
}

impl Draft<'_> {
    fn service(&self) -> Result<Service, CatalogueFault> {
        let scope = self.one("scope", ServiceScope::from_code)?;
        let service = Service {
            id: self.id.clone(),
            row: self.text("row"),
            title_fa: self.needed("fa")?,
            title_en: self.needed("en")?,
            level: self.one("level", IssuingLevel::from_code)?,
            unit: self.needed("unit")?,
            recipients: self.needed("recipients")?,
            scope,
            reason: self.needed("reason")?,
            parent: self.parent()?,
            subjects: self.set("subject", CaseSubject::from_code)?,
            allows: self.set("allows", Requirement::from_code)?,
            needs: self.set("needs", Requirement::from_code)?,
            papers: self.set("papers", DocumentKind::from_code)?,
            grants_nationality: self.flag("grants", "NATIONALITY")?,
            adverse: self.flag("adverse", "YES")?,
            for_deceased: self.flag("deceased", "YES")?,
            group: self.group(scope)?,
            data: self.text("data"),
            source: self.needed(SOURCE)?,
        };
        self.check(&service)?;
        Ok(service)
    }

    fn check(&self, service: &Service) -> Result<(), CatalogueFault> {
        if service.scope != ServiceScope::Out {
            if service.subjects.is_empty() {
                return Err(CatalogueFault::Missing("subject"));
            }
            self.needed("data")?;
        }
        if let Some(need) = service.needs.iter().find(|need| !service.allows(**need)) {
            return Err(CatalogueFault::NeedNotAllowed(need.code()));
        }
        // The fifth digit is the level in every printed row; the subject group before it says nothing of the scope.
        let stated = match self.id.as_str().as_bytes() {
            [_, _, _, _, b'1', ..] => Some(IssuingLevel::Central),
            [_, _, _, _, b'2', ..] => Some(IssuingLevel::Provincial),
            _ => None,
        };
        if stated.is_some_and(|stated| stated != service.level) {
            return Err(CatalogueFault::LevelOfIdentifier);
        }
        Ok(())
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.values
            .get(key)
            .copied()
            .filter(|text| !text.is_empty())
    }

    fn text(&self, key: &str) -> String {
        self.value(key).unwrap_or_default().to_owned()
    }

    fn needed(&self, key: &'static str) -> Result<String, CatalogueFault> {
        let value = self.value(key).ok_or(CatalogueFault::Missing(key))?;
        Ok(value.to_owned())
    }

    fn one<T>(
        &self,
        key: &'static str,
        from_code: impl Fn(&str) -> Option<T>,
    ) -> Result<T, CatalogueFault> {
        let value = self.value(key).ok_or(CatalogueFault::Missing(key))?;
        from_code(value).ok_or_else(|| unknown(key, value))
    }

    fn set<T: Ord>(
        &self,
        key: &'static str,
        from_code: impl Fn(&str) -> Option<T>,
    ) -> Result<BTreeSet<T>, CatalogueFault> {
        let mut set = BTreeSet::new();
        for code in self.value(key).unwrap_or_default().split_whitespace() {
            let item = from_code(code).ok_or_else(|| unknown(key, code))?;
            if !set.insert(item) {
                return Err(CatalogueFault::Twice(code.to_owned()));
            }
        }
        Ok(set)
    }

    fn flag(&self, key: &'static str, set: &str) -> Result<bool, CatalogueFault> {
        match self.value(key) {
            None => Ok(false),
            Some(value) if value == set => Ok(true),
            Some(value) => Err(unknown(key, value)),
        }
    }

    fn parent(&self) -> Result<Option<ServiceId>, CatalogueFault> {
        let Some(parent) = self.value("parent") else {
            return Ok(None);
        };
        let parsed = parent.parse::<ServiceId>();
        parsed
            .map(Some)
            .map_err(|_invalid| unknown("parent", parent))
    }

    /// Cases are kept under one of three groups; a service outside the scope has none to keep.
    fn group(&self, scope: ServiceScope) -> Result<FieldGroup, CatalogueFault> {
        if scope == ServiceScope::Out {
            return Ok(FieldGroup::ServiceCases);
        }
        self.one("group", |code| {
            FieldGroup::from_code(code).filter(|group| {
                matches!(
                    group,
                    FieldGroup::ServiceCases | FieldGroup::Schooling | FieldGroup::Protection
                )
            })
        })
    }
}

fn unknown(key: &'static str, value: &str) -> CatalogueFault {
    CatalogueFault::UnknownValue {
        key,
        value: value.to_owned(),
    }
}
