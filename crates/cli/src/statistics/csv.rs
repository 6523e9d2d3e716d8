//! A table as comma-separated values, with what its reader has to know in lines that begin with `#`.

use sabt_proto::api::v1 as api;

use super::{days, percent};
use crate::text::instant;

/// How a margin is called: no category has that code.
const ALL: &str = "ALL";
/// The category of those who came.
const CAME: &str = "TOOK_PART";

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
    if !answer.yardstick.is_empty() {
        line(format!(
            "# per_cent: of those called, computed from the figures; {}\n",
            answer.yardstick
        ));
    }
    line(format!(
        "# {ALL} is a margin; a cell that is not listed is 0\n"
    ));
    for variable in &answer.variables {
        line(format!("{},", variable.code));
    }
    let with_shares = !answer.shares.is_empty();
    line(
        if with_shares {
            "figure,per_cent\n"
        } else {
            "figure\n"
        }
        .to_owned(),
    );
    for cell in &answer.cells {
        for category in &cell.categories {
            let category = if category.is_empty() { ALL } else { category };
            line(format!("{category},"));
        }
        line(cell.figure.to_string());
        if with_shares {
            line(format!(",{}", part(answer, cell)));
        }
        line("\n".to_owned());
    }
    csv
}

/// The percentage beside the figure of those who came; empty beside others, and where there is none.
fn part(answer: &api::GetStatisticsResponse, cell: &api::StatisticsCell) -> String {
    let Some((participation, categories)) = cell.categories.split_last() else {
        return String::new();
    };
    let mut shares = answer.shares.iter();
    let share = shares.find(|share| participation == CAME && share.categories == categories);
    let permille = share.and_then(|share| share.permille);
    permille.map_or_else(String::new, percent)
}
