//! `sabt conditions`.

use comfy_table::Table;
use sabt_domain::fact::PermitScope;
use sabt_domain::law::{ResidenceBasis, ResidenceKind, ResidenceStep};
use sabt_proto::api::v1 as api;

use crate::args::ConditionsArgs;
use crate::cast;
use crate::commands::query;
use crate::error::CliError;
use crate::out::Out;
use crate::purpose::{Asked, purpose};
use crate::session::Session;
use crate::when::at;
use crate::{render, text};

/// Which conditions of a kind of residence are shown for a person?
///
/// # Errors
/// [`CliError`].
pub async fn run(args: &ConditionsArgs, out: &mut Out) -> Result<(), CliError> {
    let asked = &args.person;
    let mut request = api::GetResidenceConditionsRequest {
        at: Some(at(&asked.at)?),
        person: asked.number.clone(),
        ..asked_for(args)?
    };
    let session = Session::open(&asked.connect, cast::REGISTRAR).await?;
    request.purpose = Some(purpose(&asked.purpose, &session.caller, Asked::Data)?);
    let mut persons = session.client.persons();
    let answer = persons.get_residence_conditions(request).await?;
    let answer = answer.into_inner();
    query::emit(out, "sabt.api.v1.GetResidenceConditionsResponse", &answer)?;
    out.table(table(&answer), "The law states no condition for this.")?;
    out.say(format!("Edition {} of the law.", answer.law_edition))?;
    query::contested(out, &answer.contested)?;
    query::info(out, answer.info.as_ref())
}

/// What is asked about, without person, purpose and time.
///
/// # Errors
/// [`CliError::Usage`] for a name that is none.
pub(crate) fn asked_for(
    args: &ConditionsArgs,
) -> Result<api::GetResidenceConditionsRequest, CliError> {
    let kind = named(
        "kind of residence",
        &args.kind,
        ResidenceKind::ALL,
        ResidenceKind::code,
    )?;
    let basis = named(
        "ground",
        &args.basis,
        ResidenceBasis::ALL,
        ResidenceBasis::code,
    )?;
    let scope = named("scope", &args.scope, PermitScope::ALL, PermitScope::code)?;
    let step = named("step", &args.step, ResidenceStep::ALL, ResidenceStep::code)?;
    let step = match step {
        ResidenceStep::Issue => api::ResidenceStep::Issue,
        ResidenceStep::Convert => api::ResidenceStep::Convert,
        ResidenceStep::Renew => api::ResidenceStep::Renew,
    };
    Ok(api::GetResidenceConditionsRequest {
        kind: kind.to_proto().into(),
        basis: basis.to_proto().into(),
        scope: scope.to_proto().into(),
        step: step.into(),
        ..api::GetResidenceConditionsRequest::default()
    })
}

/// The value of this name, as it is written on the command line or in the contract.
fn named<T: Copy>(
    what: &str,
    name: &str,
    all: &[T],
    code: impl Fn(T) -> &'static str,
) -> Result<T, CliError> {
    let wanted = name.to_uppercase().replace('-', "_");
    let mut values = all.iter().copied();
    values.find(|value| code(*value) == wanted).ok_or_else(|| {
        let known = all.iter().map(|value| code(*value));
        let known: Vec<_> = known
            .map(|code| code.to_lowercase().replace('_', "-"))
            .collect();
        CliError::usage(
            format!("there is no {what} called {name}"),
            format!("use one of: {}", known.join(", ")),
        )
    })
}

/// The conditions, one a row.
pub(crate) fn table(answer: &api::GetResidenceConditionsResponse) -> Table {
    let mut table = render::table(["condition", "article", "state", "by", "since", "reference"]);
    for one in &answer.conditions {
        let condition = one.condition().as_str_name();
        let by = match (one.position, one.not_asked.as_str()) {
            (Some(position), _) => format!("{}, {position}", text::words(&one.shown_by)),
            (None, "") => text::words(&one.shown_by),
            (None, ground) => format!("{}, {}", text::words(ground), one.reading),
        };
        let since = one.since.as_ref();
        let since = since
            .map(|since| text::date(Some(since)))
            .unwrap_or_default();
        table.add_row([
            text::word(condition, "RESIDENCE_CONDITION_"),
            one.source.clone(),
            text::words(&one.state),
            by,
            since,
            one.reference.clone(),
        ]);
    }
    table
}
