//! `sabt access`.

use comfy_table::{CellAlignment, Table};
use sabt_domain::access::{
    Decision, Field, FieldGroup, GrantRule, Matrix, Method, Need, Purpose, Role, Row,
};
use sabt_proto::event::v1::{Act, AdoptPolicy, act::Body};
use sabt_server::clock::Clock;
use serde_json::{Value, json};

use crate::args::{AccessAdoptArgs, AccessArgs, AccessCommand, AccessExplainArgs, AccessShowArgs};
use crate::cast;
use crate::commands::submit::receipt_json;
use crate::data;
use crate::error::CliError;
use crate::keys::Keys;
use crate::out::Out;
use crate::render;
use crate::session::Session;
use crate::sign::{Author, new_act_id};

/// What the adoption of a policy rests on.
const BASIS: &str = "design:4 governance records";

/// Does what the subcommand says.
///
/// # Errors
/// [`CliError`].
pub async fn run(args: &AccessArgs, out: &mut Out) -> Result<(), CliError> {
    match &args.command {
        AccessCommand::Show(args) => show(args, out),
        AccessCommand::Explain(args) => explain(args, out),
        AccessCommand::Adopt(args) => adopt(args, out).await,
    }
}

/// Shows a policy.
///
/// # Errors
/// [`CliError::Usage`] if this program does not know the edition.
pub fn show(args: &AccessShowArgs, out: &mut Out) -> Result<(), CliError> {
    let matrix = edition(args.edition.as_deref())?;
    if args.document {
        out.json(&json!({ "document": matrix.document() }))?;
        // The document ends its last line itself.
        return Ok(out.say(matrix.document().trim_end_matches('\n'))?);
    }
    out.json(&matrix_json(matrix))?;
    let replaces = matrix
        .replaces()
        .map(|edition| format!(", takes the place of {edition}"));
    out.say(format!(
        "Access policy {}{}",
        matrix.edition(),
        replaces.unwrap_or_default()
    ))?;
    out.say(format!("BLAKE3 {}", hex::encode(matrix.digest())))?;
    out.say("")?;
    for (place, rows) in matrix.rows().chunks(OVERVIEW_ROWS).enumerate() {
        if place != 0 {
            out.say("")?;
        }
        out.table(overview(place * OVERVIEW_ROWS + 1, rows), "")?;
    }
    for (row, number) in matrix.rows().iter().zip(1..) {
        out.say("")?;
        out.say(format!(
            "{number}  {} for {}",
            row.role.code(),
            row.purpose.code()
        ))?;
        if let Some(ground) = matrix.purpose(row.purpose) {
            out.prose(&format!("{} ({})", ground.means, ground.source), "   ")?;
        }
        out.prose(
            &format!("may: {}", codes(row.methods.iter().map(Method::code))),
            "   ",
        )?;
        if row.case_reference {
            out.say("   must name the case it serves")?;
        }
        out.prose(&format!("because: {}", row.source), "   ")?;
    }
    out.say("")?;
    out.prose(
        "What no row gives is closed. Claims to asylum are told to the asylum unit alone. No agency of another \
         State is given facts of protection, of health or of a removal, an address, or who has looked.",
        "",
    )?;
    Ok(())
}

/// Tells which rule decides.
///
/// # Errors
/// [`CliError::Usage`] if something is named that there is not.
pub fn explain(args: &AccessExplainArgs, out: &mut Out) -> Result<(), CliError> {
    let matrix = edition(args.edition.as_deref())?;
    let role = named("role", &args.role, Role::from_code, Role::ALL, Role::code)?;
    let purpose = named(
        "purpose",
        &args.purpose,
        Purpose::from_code,
        Purpose::ALL,
        Purpose::code,
    )?;
    let groups = groups(&args.field)?;
    let several = 1 < groups.len();
    if several {
        out.prose(
            &format!(
                "{} belongs to one of {} groups; which one depends on its value.",
                args.field,
                groups.len()
            ),
            "",
        )?;
        out.say("")?;
    }
    let mut answers = Vec::with_capacity(groups.len());
    for (at, group) in groups.iter().enumerate() {
        let told = Told::of(matrix.explain(role, purpose, *group), *group);
        if 0 < at {
            out.say("")?;
        }
        let word = if told.given { "given" } else { "withheld" };
        out.say(format!(
            "{word}: {} to {} for {}",
            group.code(),
            role.code(),
            purpose.code()
        ))?;
        out.prose(&told.text, "  ")?;
        out.say(format!("  rule: {}", told.rule))?;
        answers.push(json!({
            "field_group": group.code(), "given": told.given, "rule": told.rule, "text": told.text,
        }));
    }
    out.say("")?;
    out.say(format!("Policy {}", matrix.edition()))?;
    out.json(&json!({
        "policy_edition": matrix.edition(),
        "role": role.code(),
        "purpose": purpose.code(),
        "field": args.field,
        "answers": answers,
    }))?;
    Ok(())
}

/// Adopts a policy.
async fn adopt(args: &AccessAdoptArgs, out: &mut Out) -> Result<(), CliError> {
    let matrix = edition(Some(&args.edition))?;
    let clock = Clock::system();
    let session = Session::open(&args.connect, cast::GOVERNANCE).await?;
    let key = match &args.governance_key {
        Some(file) => Keys::read_author(file)?,
        None => Keys::of(&args.connect.dir).author(cast::GOVERNANCE.name)?,
    };
    let act = Act {
        act_id: new_act_id(&clock).to_vec(),
        office: cast::GOVERNANCE.agency.to_owned(),
        officer: cast::GOVERNANCE.officer.to_owned(),
        occurred_on: Some(data::today(&clock)),
        recorded_at: clock.now_micros(),
        legal_basis: BASIS.to_owned(),
        case_reference: String::new(),
        batch_id: Vec::new(),
        expected: Vec::new(),
        body: Some(Body::AdoptPolicy(AdoptPolicy {
            edition: matrix.edition().to_owned(),
            digest: matrix.digest().to_vec(),
        })),
    };
    let signed = Author::new(key, &session.registry)?.sign(&act)?;
    let receipt = session.submit(signed).await?;
    out.json(&json!({
        "edition": matrix.edition(),
        "digest": hex::encode(matrix.digest()),
        "receipt": receipt_json(&receipt)?,
    }))?;
    out.say(format!(
        "The registry decides under policy {} from record {} on; every disclosure names it.",
        matrix.edition(),
        receipt.position
    ))?;
    Ok(())
}

/// What an explanation comes to.
struct Told {
    given: bool,
    text: String,
    rule: String,
}

impl Told {
    fn of(decision: Decision<'_>, group: FieldGroup) -> Self {
        let row = |row: &Row| format!("row {} for {}", row.role.code(), row.purpose.code());
        match decision {
            Decision::Given(by) => {
                let mut text = format!("The row gives it. {}", by.source);
                if by.case_reference {
                    text.push_str(". The question must name the case it serves");
                }
                if group.is_firewalled() {
                    text.push_str(". Not to an agency of another State (design:7.4)");
                }
                text.push('.');
                text.push_str(&grants(by));
                Self {
                    given: true,
                    text,
                    rule: row(by),
                }
            }
            Decision::NotInRow(by) => Self {
                given: false,
                text: format!(
                    "The row does not give it, and what no row gives is closed. It gives: {}.",
                    codes(by.groups.iter().map(FieldGroup::code))
                ),
                rule: row(by),
            },
            Decision::NoRow => Self {
                given: false,
                text: "No row opens this purpose to the role: the question is refused.".to_owned(),
                rule: "design:7.1".to_owned(),
            },
            Decision::Barred(bar) => Self {
                given: false,
                text: format!("No policy can give it. {}", bar.text),
                rule: bar.rule.to_owned(),
            },
        }
    }
}

/// Which methods of a row open under a supervisor's grant alone, as a sentence; empty if none does.
fn grants(row: &Row) -> String {
    let needing = |rule| {
        let methods = row.methods.iter();
        codes(
            methods
                .filter(|method| row.role.grant_rule(*method) == rule)
                .map(Method::code),
        )
    };
    if row.purpose.is_emergency() {
        let methods = row.methods.iter().filter(|method| method.tells().is_some());
        return format!(
            " Only under a grant of the officer's own about one person, which alarms (design:7.1): {}.",
            codes(methods.map(Method::code))
        );
    }
    let needed = [
        (GrantRule::Needed, ""),
        (GrantRule::NeededForNamed, " that names the persons"),
    ];
    let sentences = needed
        .map(|(rule, whom)| (needing(rule), whom))
        .into_iter()
        .filter(|(methods, _)| !methods.is_empty())
        .map(|(methods, whom)| {
            format!(" Only under a supervisor's grant{whom} (design:7.1): {methods}.")
        });
    sentences.collect::<Vec<_>>().concat()
}

/// Rows of the matrix that stand side by side as columns on a page of a hundred characters.
const OVERVIEW_ROWS: usize = 12;

/// Groups by rows: which of these rows gives what. The first of them has this number.
fn overview(first: usize, rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.load_style(render::STYLE);
    let numbers = (first..first + rows.len()).map(|number| number.to_string());
    table.set_header(std::iter::once(String::new()).chain(numbers));
    for group in FieldGroup::ALL {
        let cells = rows.iter().map(|row| {
            let cell = if row.groups.contains(*group) {
                "yes"
            } else {
                "-"
            };
            cell.to_owned()
        });
        table.add_row(std::iter::once(group.code().to_owned()).chain(cells));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Center);
        // Twelve columns fit a page of a hundred characters only without the padding on the left.
        column.set_padding((0, 1));
    }
    table
}

fn matrix_json(matrix: &Matrix) -> Value {
    let rows = matrix.rows().iter().map(|row| {
        let needs = row.case_reference.then(|| Need::Case.code());
        json!({
            "role": row.role.code(),
            "purpose": row.purpose.code(),
            "methods": row.methods.iter().map(Method::code).collect::<Vec<_>>(),
            "field_groups": row.groups.iter().map(FieldGroup::code).collect::<Vec<_>>(),
            "needs": needs.into_iter().collect::<Vec<_>>(),
            "source": row.source,
        })
    });
    let purposes = Purpose::ALL.iter().filter_map(|purpose| {
        let ground = matrix.purpose(*purpose)?;
        Some(json!({
            "code": purpose.code(), "means": ground.means, "source": ground.source,
        }))
    });
    let groups = FieldGroup::ALL
        .iter()
        .filter_map(|group| Some(json!({ "code": group.code(), "means": matrix.group(*group)? })));
    json!({
        "edition": matrix.edition(),
        "replaces": matrix.replaces(),
        "digest": hex::encode(matrix.digest()),
        "purposes": purposes.collect::<Vec<_>>(),
        "field_groups": groups.collect::<Vec<_>>(),
        "rows": rows.collect::<Vec<_>>(),
    })
}

fn edition(name: Option<&str>) -> Result<&'static Matrix, CliError> {
    let Some(name) = name else {
        return Ok(Matrix::newest());
    };
    Matrix::from_edition(name).ok_or_else(|| {
        CliError::usage(
            format!("no edition {name:?} of the access policy is known"),
            format!(
                "one of {}",
                codes(Matrix::editions().iter().map(Matrix::edition))
            ),
        )
    })
}

/// The groups of a field, or the group named itself.
fn groups(name: &str) -> Result<Vec<FieldGroup>, CliError> {
    if let Some(group) = FieldGroup::from_code(&code(name)) {
        return Ok(vec![group]);
    }
    match Field::named(&name.to_lowercase()) {
        Some(field) => Ok(field.groups.to_vec()),
        None => Err(CliError::usage(
            format!("there is no field {name:?}"),
            format!(
                "a field of an answer, e.g. person.address, or a group: {}",
                codes(FieldGroup::ALL.iter().map(|group| group.code()))
            ),
        )),
    }
}

fn named<T: Copy>(
    what: &str,
    name: &str,
    from_code: impl Fn(&str) -> Option<T>,
    all: &[T],
    to_code: impl Fn(T) -> &'static str,
) -> Result<T, CliError> {
    from_code(&code(name)).ok_or_else(|| {
        CliError::usage(
            format!("there is no {what} {name:?}"),
            format!("one of {}", codes(all.iter().map(|known| to_code(*known)))),
        )
    })
}

/// A code as it may be typed.
fn code(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

fn codes<'code>(codes: impl Iterator<Item = &'code str>) -> String {
    codes.collect::<Vec<_>>().join(", ")
}
