//! A table as comma-separated values, with what its reader has to know in lines that begin with `#`.

use sabt_proto::api::v1 as api;

use super::days;
use crate::text::instant;

/// How a margin is called: no category has that code.
const ALL: &str = "ALL";

/// The table of a registry's answer. Nothing in it is quoted: codes are letters, digits, dashes, underscores and plus signs.
pub fn table(registry: &str, answer: &api::GetStatisticsResponse) -> String {
    let mut csv = String::new();
    let (what, days) = days(answer);
    let head = [
        ("registry", registry.to_owned()),
        ("table", answer.table.clone()),
        ("title", answer.title.clone()),
        ("definition", answer.definition.clone()),
        (what, days),
        (
            "cut-off",
            format!("position {}, {}", answer.cut_off, instant(answer.known_at)),
        ),
        ("method", answer.method.clone()),
        (
            "noise",
            format!(
                "no figure differs from the true one by more than {}",
                answer.deviation_max
            ),
        ),
    ];
    let mut line = |text: String| csv.push_str(&text);
    for (name, value) in head {
        line(format!("# {}: {value}\n", name.to_lowercase()));
    }
    for variable in &answer.variables {
        line(format!("# {}: {}\n", variable.code, variable.definition));
    }
    line(format!(
        "# {ALL} is a margin; a cell that is not listed is 0\n"
    ));
    for variable in &answer.variables {
        line(format!("{},", variable.code));
    }
    line("figure\n".to_owned());
    for cell in &answer.cells {
        for category in &cell.categories {
            let category = if category.is_empty() { ALL } else { category };
            line(format!("{category},"));
        }
        line(format!("{}\n", cell.figure));
    }
    csv
}
