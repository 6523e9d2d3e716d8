use sabt_proto::api::v1 as api;
use sabt_proto::event::v1 as event;
use sabt_statistics::{METHOD, TABLES, Table, Variable, YARDSTICK};

use super::{Paper, golden};
use crate::args::{StatisticsArgs, StatisticsCommand};
use crate::commands::statistics;
use crate::statistics::{Grid, csv, shares, svg};

fn jalali(year: i32, month: u32, day: u32) -> event::Date {
    event::Date {
        calendar: event::Calendar::Jalali.into(),
        year,
        month,
        day,
    }
}

/// An answer with these figures.
fn answer(code: &str, cells: &[(&[&str], u64)]) -> api::GetStatisticsResponse {
    let table = Table::from_code(code).unwrap();
    let variable = |variable: &Variable| api::StatisticsVariable {
        code: variable.code().to_owned(),
        definition: variable.definition().to_owned(),
    };
    api::GetStatisticsResponse {
        info: None,
        table: table.code.to_owned(),
        title: table.title.to_owned(),
        definition: table.measure.definition().to_owned(),
        method: METHOD.to_owned(),
        known_at: 1_790_022_599_999_999,
        cut_off: 20_417,
        first_day: (!table.measure.is_stock()).then(|| jalali(1405, 5, 1)),
        last_day: Some(jalali(1405, 5, 31)),
        variables: table.variables.iter().map(variable).collect(),
        cells: cells
            .iter()
            .map(|(categories, figure)| api::StatisticsCell {
                categories: categories.iter().map(|one| (*one).to_owned()).collect(),
                figure: *figure,
            })
            .collect(),
        deviation_max: 10,
        ..api::GetStatisticsResponse::default()
    }
}

/// A round, with the percentages that a registry computes of these figures.
fn round() -> api::GetStatisticsResponse {
    let cells: &[(&[&str], u64)] = &[
        (&["260000000011", "", ""], 1_040),
        (&["260000000011", "", "TOOK_PART"], 1_005),
        (&["260000000011", "", "ABSENT"], 35),
        (&["260000000011", "IR-23", ""], 95),
        (&["260000000011", "IR-23", "TOOK_PART"], 90),
    ];
    let share = |province: &str, called, came, permille: Option<[u32; 3]>| api::StatisticsShare {
        categories: vec!["260000000011".to_owned(), province.to_owned()],
        called,
        came,
        permille: permille.map(|[told, ..]| told),
        lowest_permille: permille.map(|[_, lowest, _]| lowest),
        highest_permille: permille.map(|[.., highest]| highest),
    };
    api::GetStatisticsResponse {
        shares: vec![
            share("", 1_040, 1_005, Some([966, 947, 986])),
            share("IR-23", 95, 90, None),
        ],
        yardstick: YARDSTICK.to_owned(),
        ..answer("campaign-provinces", cells)
    }
}

#[test]
fn percentages_stand_beside_the_figures_they_follow_from() {
    let paper = Paper::default();
    paper.out(false).table(shares(&round()), "").unwrap();
    let csv = csv::table("registry.example/sabt", &round());
    golden("statistics-shares", &format!("{}\n{csv}", paper.text()));
}

fn population() -> api::GetStatisticsResponse {
    answer(
        "population-nationality",
        &[
            (&["", ""], 1_245),
            (&["", "FEMALE"], 600),
            (&["", "MALE"], 645),
            (&["AFG", ""], 980),
            (&["AFG", "FEMALE"], 475),
            (&["AFG", "MALE"], 500),
            (&["IRQ", ""], 170),
            (&["IRQ", "FEMALE"], 80),
            (&["IRQ", "MALE"], 90),
            (&["PAK", ""], 75),
            (&["PAK", "MALE"], 50),
            (&["UNKNOWN", ""], 15),
            (&["UNKNOWN", "FEMALE"], 5),
        ],
    )
}

fn printed(answer: &api::GetStatisticsResponse) -> String {
    let paper = Paper::default();
    let table = Grid::of(answer).table();
    paper
        .out(false)
        .table(table, "Every figure is zero.")
        .unwrap();
    paper.text()
}

#[test]
fn a_table_for_a_terminal() {
    golden("statistics-table", &printed(&population()));
    let nothing = answer("births", &[]);
    assert_eq!(printed(&nothing), "Every figure is zero.\n");
}

#[test]
fn a_table_as_csv_says_what_it_is() {
    golden(
        "statistics-csv",
        &csv::table("registry.example/sabt", &population()),
    );
    let deaths = answer("deaths", &[(&["", ""], 25), (&["80+", "MALE"], 10)]);
    let csv = csv::table("registry.example/sabt", &deaths);
    assert!(csv.contains("# period: 1405-05-01 Jalali to 1405-05-31 Jalali\n"));
    assert!(csv.ends_with("age-group,sex,figure\nALL,ALL,25\n80+,MALE,10\n"));
}

#[test]
fn a_plot_says_in_words_what_it_shows() {
    let plot = svg::plot("registry.example/sabt", &population());
    golden("statistics-svg", &plot);
    assert!(plot.contains("role=\"img\"") && plot.contains("<title id=\"title\">"));
    // A name with what XML gives a meaning stays a name.
    let plot = svg::plot("registry<&>.example", &population());
    assert!(plot.contains("registry&lt;&amp;&gt;.example"));
    // Ages stand in their order, others by size; more than forty are cut.
    let ages = answer("deaths", &[(&["70-74", ""], 20), (&["80+", ""], 40)]);
    let plot = svg::plot("r", &ages);
    assert!(plot.find("70-74").unwrap() < plot.find("80+").unwrap());
    let codes: Vec<String> = (0..45).map(|nth| format!("X{nth:02}")).collect();
    let many: Vec<[&str; 2]> = codes.iter().map(|code| [code.as_str(), ""]).collect();
    let cells: Vec<(&[&str], u64)> = (0..)
        .zip(&many)
        .map(|(nth, cell)| (&cell[..], 5 * nth + 5))
        .collect();
    let plot = svg::plot("r", &answer("population-nationality", &cells));
    assert!(plot.contains("5 smaller categories are not shown") && !plot.contains(">X04<"));
}

#[tokio::test]
async fn the_list_names_every_table() {
    let paper = Paper::default();
    let args = StatisticsArgs {
        command: StatisticsCommand::List,
    };
    statistics::run(&args, &mut paper.out(false)).await.unwrap();
    golden("statistics-list", &paper.text());
    let paper = Paper::default();
    statistics::run(&args, &mut paper.out(true)).await.unwrap();
    assert_eq!(paper.text().lines().count(), TABLES.len());
}
