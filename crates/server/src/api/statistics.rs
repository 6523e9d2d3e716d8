//! Statistics: a table of the closed list, at a cut-off, about a day. It tells of nobody, so that nobody stands in its
//! disclosure.

use std::sync::Arc;

use sabt_domain::access::{FieldGroup, Method, Permit};
use sabt_domain::codec::Value as _;
use sabt_domain::life::At;
use sabt_domain::refusal::Refusal;
use sabt_domain::time::{Calendar, Day, Timestamp};
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::{self as event, DisclosureVerb};
use sabt_statistics::{
    DEVIATION_MAX, Edition, METHOD, Part, PublishedTable, Share, TABLES, Table, YARDSTICK,
};
use tonic::{Request, Response, Status};

use super::ask::{Found, ask_at_length};
use super::persons::refuse;
use super::reading;
use crate::limits::STATISTICS_WAIT;
use crate::registry::Registry;
use crate::statistics::{Asked, in_preparation};

/// `sabt.api.v1.Statistics`.
pub(crate) struct StatisticsService(pub(crate) Arc<Registry>);

#[tonic::async_trait]
impl api::statistics_server::Statistics for StatisticsService {
    async fn get_statistics(
        &self,
        request: Request<api::GetStatisticsRequest>,
    ) -> Result<Response<api::GetStatisticsResponse>, Status> {
        ask_at_length(
            &self.0,
            Method::GetStatistics,
            request,
            |registry, permit, question, at| Box::pin(statistics(registry, permit, question, at)),
        )
        .await
    }
}

async fn statistics(
    registry: &Arc<Registry>,
    permit: &Permit,
    question: &api::GetStatisticsRequest,
    at: &At,
) -> Result<Found<api::GetStatisticsResponse>, Refusal> {
    let table = Table::from_code(&question.table).ok_or_else(unknown_table)?;
    let asked = Asked {
        at: *at,
        cut_off: question.cut_off,
        now: Timestamp::from_micros(registry.clock().now_micros()),
    };
    let (desk, views) = registry.statistics();
    let permit = permit.clone();
    // What is counted when the caller has gone is kept for whoever asks again.
    let counting = reading(move || desk.edition(views, &permit, &asked).map_err(refuse));
    let edition = tokio::time::timeout(STATISTICS_WAIT, counting)
        .await
        .map_err(|_elapsed| in_preparation())??;
    Ok(Found {
        position: edition.release.cut_off.position,
        answer: told(table, &edition),
        verb: DisclosureVerb::Opened,
        subjects: Vec::new(),
        groups: vec![FieldGroup::Aggregates],
        each: Vec::new(),
    })
}

fn unknown_table() -> Refusal {
    let codes: Vec<&str> = TABLES.iter().map(|table| table.code).collect();
    Refusal::field("table", format!("is none of {}", codes.join(", ")))
}

fn told(table: &Table, edition: &Edition) -> api::GetStatisticsResponse {
    let release = edition.release;
    let published = edition.table(table);
    let shares = published.map(PublishedTable::shares).unwrap_or_default();
    let shares: Vec<_> = shares.iter().map(share).collect();
    let cells = published.map(|published| published.cells.as_slice());
    let cells = cells.unwrap_or_default().iter();
    let variables = table.variables.iter();
    api::GetStatisticsResponse {
        info: None,
        table: table.code.to_owned(),
        title: table.title.to_owned(),
        definition: table.measure.definition().to_owned(),
        method: METHOD.to_owned(),
        known_at: release.cut_off.known_at.micros(),
        cut_off: release.cut_off.position,
        // A stock is a state of its last day.
        first_day: release
            .period
            .first
            .filter(|_| !table.measure.is_stock())
            .and_then(date),
        last_day: date(release.period.last),
        variables: variables
            .map(|variable| api::StatisticsVariable {
                code: variable.code().to_owned(),
                definition: variable.definition().to_owned(),
            })
            .collect(),
        cells: cells
            .map(|cell| api::StatisticsCell {
                categories: cell
                    .categories
                    .iter()
                    .map(|category| category.code().to_owned())
                    .collect(),
                figure: cell.figure,
            })
            .collect(),
        deviation_max: u32::try_from(DEVIATION_MAX).unwrap_or(u32::MAX),
        yardstick: if shares.is_empty() { "" } else { YARDSTICK }.to_owned(),
        shares,
    }
}

fn share(share: &Share) -> api::StatisticsShare {
    let permille = |of: fn(&Part) -> u64| {
        let part = share.part.as_ref().map(of);
        part.and_then(|permille| u32::try_from(permille).ok())
    };
    api::StatisticsShare {
        categories: share
            .categories
            .iter()
            .map(|category| category.code().to_owned())
            .collect(),
        called: share.called,
        came: share.came,
        permille: permille(|part| part.permille),
        lowest_permille: permille(|part| part.lowest),
        highest_permille: permille(|part| part.highest),
    }
}

/// The day in the calendar by which months close.
fn date(day: Day) -> Option<event::Date> {
    let date = day.date_in(Calendar::Jalali).ok()?;
    Some(date.to_message())
}
