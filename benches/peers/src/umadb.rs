//! UmaDB, started for this run on loopback without TLS, as its authors set it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use sabt_benches::callers::drive;
use sabt_benches::figures::{Figure, Figures};
use sabt_benches::{Outcome, bytes_on_disk, work};
use umadb_client::{AsyncUmaDbClient, UmaDbClient};
use umadb_dcb::{DcbEvent, DcbEventStoreAsync as _, DcbQuery, DcbQueryItem};

use crate::event::{BULK_EVENTS, event, subject};
use crate::plan::{CALLERS, Plan};
use crate::ready::until_ready;

/// How it is called in the table of figures.
pub const NAME: &str = "UmaDB";

/// Callers that share a connection, as those of Sabt do.
const CALLERS_PER_CONNECTION: usize = 8;

/// Events in one message of a reader.
const READ_BATCH: u32 = 1000;

/// A server made for this run. It ends when this is dropped.
pub struct Server {
    process: Child,
    directory: PathBuf,
    url: String,
}

impl Server {
    /// Starts a server.
    pub async fn start(program: &Path, directory: &Path) -> Outcome<Self> {
        std::fs::create_dir_all(directory)?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let process = Command::new(program)
            .args(["--listen", &address.to_string(), "--db-path"])
            .arg(directory.join("uma.db"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let server = Self {
            process,
            directory: directory.to_owned(),
            url: format!("http://{address}"),
        };
        until_ready(async || server.connect().await).await?;
        Ok(server)
    }

    async fn connect(&self) -> Outcome<AsyncUmaDbClient> {
        let client = UmaDbClient::new(self.url.clone()).batch_size(READ_BATCH);
        let client = client.connect_async().await?;
        client.head().await?;
        Ok(client)
    }

    async fn connections(&self, callers: usize) -> Outcome<Arc<Vec<AsyncUmaDbClient>>> {
        let mut clients = Vec::new();
        for _ in 0..callers.div_ceil(CALLERS_PER_CONNECTION) {
            clients.push(self.connect().await?);
        }
        Ok(Arc::new(clients))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Does all of the work that it can do.
pub async fn measure(server: &Server, plan: Plan, figures: &Figures) -> Outcome<()> {
    let mut next = 0;
    for callers in CALLERS {
        let clients = server.connections(callers).await?;
        let (first, count) = (next, plan.appended_by(callers));
        next += count;
        let seen = drive(callers, count, None, move |caller, number| {
            let clients = Arc::clone(&clients);
            async move {
                let client = &clients[caller % clients.len()];
                client
                    .append(vec![made(first + number)], None, None)
                    .await?;
                Ok(())
            }
        })
        .await?;
        figures.add(&Figure::of_callers(NAME, work::APPEND, callers, &seen))?;
    }
    let client = server.connect().await?;
    let begun = Instant::now();
    for first in (next..next + plan.in_bulk()).step_by(BULK_EVENTS) {
        let last = (first + BULK_EVENTS).min(next + plan.in_bulk());
        client
            .append((first..last).map(made).collect(), None, None)
            .await?;
    }
    let took = begun.elapsed();
    figures.add(&Figure::of_span(
        NAME,
        work::BULK,
        plan.in_bulk() as u64,
        took,
    ))?;
    questions(server, plan, figures).await?;
    let begun = Instant::now();
    let mut events = client.read(None, None, false, None).await?;
    let mut count = 0_u64;
    loop {
        let batch = events.next_batch().await?;
        if batch.is_empty() {
            break;
        }
        count += batch.len() as u64;
    }
    if count != plan.in_all() as u64 {
        return Err("not every event was read".into());
    }
    figures.add(&Figure::of_span(NAME, work::REPLAY, count, begun.elapsed()))?;
    let bytes = bytes_on_disk(&server.directory)?;
    let each = bytes as f64 / plan.in_all() as f64;
    figures.add(&Figure::amount(NAME, work::BYTES, each))
}

fn made(number: usize) -> DcbEvent {
    let event = event(number);
    DcbEvent::default()
        .event_type("PersonRegistered")
        .tags([event.subject])
        .data(event.payload)
}

async fn questions(server: &Server, plan: Plan, figures: &Figures) -> Outcome<()> {
    for callers in [1, 64] {
        let clients = server.connections(callers).await?;
        let all = plan.in_all();
        let seen = drive(
            callers,
            plan.asked_by(callers),
            None,
            move |caller, number| {
                let clients = Arc::clone(&clients);
                async move {
                    let key = subject(number.wrapping_mul(7919) % all);
                    let of = DcbQuery::new().item(DcbQueryItem::new().tags([key]));
                    let client = &clients[caller % clients.len()];
                    let mut found = client.read(Some(of), None, true, Some(1)).await?;
                    match found.next_batch().await?.len() {
                        1 => Ok(()),
                        _ => Err("the event was not found".into()),
                    }
                }
            },
        )
        .await?;
        figures.add(&Figure::of_callers(NAME, work::STATE, callers, &seen))?;
    }
    Ok(())
}
