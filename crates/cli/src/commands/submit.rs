//! `sabt submit`.

use std::collections::VecDeque;

use comfy_table::Table;
use sabt_proto::api::v1 as api;
use sabt_server::clock::Clock;
use serde_json::{Value, json};

use crate::args::SubmitArgs;
use crate::bulk::{Outcome, Pending, Pipe, WINDOW};
use crate::cast;
use crate::error::CliError;
use crate::intake::{self, Intake};
use crate::json;
use crate::out::Out;
use crate::session::Session;
use crate::sign::{Author, act_id_text};
use crate::{progress, render, text};

/// Results shown in a table; of more only the refusals are, and the numbers are counted.
const ROWS_MAX: usize = 200;

/// Signs and submits acts.
///
/// # Errors
/// [`CliError`]; [`CliError::Otherwise`] if any act was refused.
pub async fn run(args: &SubmitArgs, out: &mut Out) -> Result<(), CliError> {
    let acts = intake::read(&args.file, &Clock::system())?;
    let session = Session::open(&args.connect, cast::REGISTRAR).await?;
    let author = session.author(args.author.as_deref())?;
    let total = acts.len();
    let mut results = Results::new(total);
    let bar = progress::bar(total as u64, "acts");
    let pipe = Pipe::open(session.client.registry()).await?;
    submit(&pipe, &acts, |_act| Ok(&author), &mut |act, outcome| {
        bar.inc(1);
        results.take(out, act, &outcome)
    })
    .await?;
    bar.finish_and_clear();
    results.conclude(out)
}

/// Submits acts over one stream, each signed by the author chosen for it, and hands over what the registry
/// says. The registry decides the acts of a stream in their order.
///
/// # Errors
/// [`CliError`] if the stream breaks, or from `author` or `take`.
pub async fn submit<'a>(
    pipe: &Pipe,
    acts: &[Intake],
    author: impl Fn(&Intake) -> Result<&'a Author, CliError>,
    take: &mut (impl FnMut(&Intake, Outcome) -> Result<(), CliError> + ?Sized),
) -> Result<(), CliError> {
    let mut under_way: VecDeque<(&Intake, Pending)> = VecDeque::with_capacity(WINDOW);
    for act in acts {
        if WINDOW <= under_way.len()
            && let Some((earlier, pending)) = under_way.pop_front()
        {
            take(earlier, pending.outcome().await?)?;
        }
        under_way.push_back((act, pipe.send(author(act)?.sign(&act.act)?).await?));
    }
    for (act, pending) in under_way {
        take(act, pending.outcome().await?)?;
    }
    Ok(())
}

/// What came of the acts so far.
struct Results {
    table: Table,
    brief: bool,
    recorded: u64,
    repeated: u64,
    refused: u64,
}

impl Results {
    fn new(total: usize) -> Self {
        let table = render::table(["line", "act", "position", "numbers given, or why refused"]);
        Self {
            table,
            brief: ROWS_MAX < total,
            recorded: 0,
            repeated: 0,
            refused: 0,
        }
    }

    fn take(&mut self, out: &mut Out, intake: &Intake, outcome: &Outcome) -> Result<(), CliError> {
        let id = act_id_text(&intake.act.act_id);
        if out.is_json() {
            out.json(&line(intake, &id, outcome)?)?;
        }
        match outcome {
            Ok(receipt) => {
                self.recorded += u64::from(!receipt.repeated);
                self.repeated += u64::from(receipt.repeated);
                if !self.brief {
                    let numbers = receipt.numbers.join(", ");
                    self.row(intake.line, id, &text::count(receipt.position), &numbers);
                }
            }
            Err(refused) => {
                self.refused += 1;
                if self.table.row_count() < ROWS_MAX {
                    self.row(intake.line, id, "refused", &refused.brief());
                }
            }
        }
        Ok(())
    }

    fn row(&mut self, line: usize, id: String, position: &str, text: &str) {
        let text = if text.is_empty() { "-" } else { text };
        self.table
            .add_row([line.to_string(), id, position.to_owned(), text.to_owned()]);
    }

    fn conclude(self, out: &mut Out) -> Result<(), CliError> {
        let Self {
            table,
            recorded,
            repeated,
            refused,
            ..
        } = self;
        out.table(table, "")?;
        let repeated = match repeated {
            0 => String::new(),
            count => format!(", {} had been recorded before", text::count(count)),
        };
        out.say(format!(
            "{} recorded{repeated}, {} refused.",
            text::count(recorded),
            text::count(refused)
        ))?;
        if refused == 0 {
            return Ok(());
        }
        Err(CliError::Otherwise(format!(
            "{refused} acts were refused; the others stand"
        )))
    }
}

fn line(intake: &Intake, id: &str, outcome: &Outcome) -> Result<Value, CliError> {
    Ok(match outcome {
        Ok(receipt) => json!({
            "line": intake.line, "act_id": id, "receipt": receipt_json(receipt)?,
        }),
        Err(refused) => json!({
            "line": intake.line, "act_id": id, "refusal": refused.to_json(),
        }),
    })
}

/// A receipt in JSON.
///
/// # Errors
/// Never, unless the contract's descriptors are damaged.
pub fn receipt_json(receipt: &api::Receipt) -> Result<Value, CliError> {
    Ok(json::to_value("sabt.api.v1.Receipt", receipt)?)
}
