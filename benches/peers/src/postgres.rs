//! PostgreSQL with a table of events, plain and with what is usually built by hand: a hash chain by trigger and a table of
//! the present state. The cluster is made for this run on loopback, without TLS, with what a careful operator sets.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use futures_util::TryStreamExt as _;
use sabt_benches::callers::drive;
use sabt_benches::figures::{Figure, Figures};
use sabt_benches::{Outcome, work};
use sha2::{Digest as _, Sha256};
use tokio_postgres::{Client, NoTls, Statement};

use crate::event::{BULK_EVENTS, event, subject};
use crate::plan::{CALLERS, Plan};
use crate::ready::until_ready;

/// Which table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A table of events with an index by subject.
    Plain,
    /// Events chained by hash, and a table of the present state.
    Chain,
}

impl Kind {
    /// How it is called in the table of figures.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "PostgreSQL plain",
            Self::Chain => "PostgreSQL chain",
        }
    }

    const fn schema(self) -> &'static str {
        match self {
            Self::Plain => PLAIN,
            Self::Chain => CHAIN,
        }
    }

    const fn state(self) -> &'static str {
        match self {
            Self::Plain => {
                "select payload from events where subject = $1 order by position desc limit 1"
            }
            Self::Chain => "select payload from state where subject = $1",
        }
    }
}

const PLAIN: &str = "
create table events (
    position bigserial primary key,
    subject text not null,
    recorded_at timestamptz not null default now(),
    payload bytea not null
);
create index on events (subject, position);
";

const CHAIN: &str = "
create table head (single boolean primary key default true, position bigint not null, hash bytea not null);
insert into head (position, hash) values (0, '');
create table events (
    position bigint primary key,
    subject text not null,
    recorded_at timestamptz not null default now(),
    payload bytea not null,
    hash bytea not null
);
create index on events (subject, position);
create table state (subject text primary key, position bigint not null, payload bytea not null);
create function chain() returns trigger language plpgsql as $$
declare previous record;
begin
    select position, hash into previous from head for update;
    new.position := previous.position + 1;
    new.hash := sha256(previous.hash || convert_to(new.subject, 'UTF8') || new.payload);
    update head set position = new.position, hash = new.hash;
    insert into state values (new.subject, new.position, new.payload)
        on conflict (subject) do update set position = excluded.position, payload = excluded.payload;
    return new;
end $$;
create trigger chain before insert on events for each row execute function chain();
";

const INSERT: &str = "insert into events (subject, payload) values ($1, $2)";
const INSERT_MANY: &str =
    "insert into events (subject, payload) select * from unnest($1::text[], $2::bytea[])";

/// A cluster made for this run. It ends when this is dropped.
pub struct Cluster {
    process: Child,
    directory: PathBuf,
    port: u16,
}

impl Cluster {
    /// Makes and starts a cluster.
    pub async fn start(directory: &Path) -> Outcome<Self> {
        let directory = directory.to_owned();
        std::fs::create_dir_all(&directory)?;
        if is_root()? {
            // PostgreSQL serves nobody as root; its Debian package brings a user of its own.
            command("chown", &["postgres", &directory.to_string_lossy()])?;
        }
        let data = directory.join("data");
        let data = data.to_string_lossy();
        let initdb = program("initdb");
        let made = as_user(&initdb)?
            .args([
                "-D", &data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale", "C",
            ])
            .stdout(Stdio::null())
            .status()?;
        if !made.success() {
            let directory = directory.display();
            return Err(format!(
                "initdb failed; the user postgres must be able to reach {directory}"
            )
            .into());
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let process = as_user(&program("postgres"))?
            .args(["-D", &data, "-p", &port.to_string(), "-k", ""])
            .args([
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "max_connections=400",
            ])
            .args(["-c", "shared_buffers=1GB", "-c", "max_wal_size=8GB"])
            .args(["-c", "fsync=on", "-c", "synchronous_commit=on"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let cluster = Self {
            process,
            directory,
            port,
        };
        until_ready(async || cluster.connect().await).await?;
        Ok(cluster)
    }

    async fn connect(&self) -> Outcome<Client> {
        let port = self.port;
        let settings = format!("host=127.0.0.1 port={port} user=bench dbname=postgres");
        let (client, connection) = tokio_postgres::connect(&settings, NoTls).await?;
        tokio::spawn(async move {
            // It ends with its client.
            drop(connection.await);
        });
        Ok(client)
    }

    /// Bytes of the cluster that are no log: what a checkpoint leaves.
    async fn bytes(&self, client: &Client, tables: &str) -> Outcome<u64> {
        client.batch_execute("checkpoint").await?;
        let query = format!(
            "select coalesce(sum(pg_total_relation_size(c)), 0)::bigint from unnest({tables}::regclass[]) c"
        );
        let bytes: i64 = client.query_one(&query, &[]).await?.get(0);
        Ok(u64::try_from(bytes)?)
    }

    /// Ends the cluster, and takes away what it wrote.
    pub fn stop(mut self) -> Outcome<()> {
        self.end();
        std::fs::remove_dir_all(&self.directory)?;
        Ok(())
    }

    fn end(&mut self) {
        if matches!(self.process.try_wait(), Ok(Some(_ended))) {
            return;
        }
        // A fast shutdown: sessions are ended, what is committed stands.
        drop(command("kill", &["-INT", &self.process.id().to_string()]));
        drop(self.process.wait());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.end();
    }
}

/// A client with its statements.
struct Session {
    client: Client,
    insert: Statement,
    state: Statement,
}

/// Does all of the work with one kind of table.
pub async fn measure(cluster: &Cluster, kind: Kind, plan: Plan, figures: &Figures) -> Outcome<()> {
    let name = kind.name();
    let client = cluster.connect().await?;
    client
        .batch_execute("drop schema public cascade; create schema public")
        .await?;
    client.batch_execute(kind.schema()).await?;
    let mut next = 0;
    for callers in CALLERS {
        let sessions = sessions(cluster, kind, callers).await?;
        let (first, count) = (next, plan.appended_by(callers));
        next += count;
        let seen = drive(callers, count, None, move |caller, number| {
            let sessions = Arc::clone(&sessions);
            async move {
                let event = event(first + number);
                let session = &sessions[caller];
                let values: [&(dyn tokio_postgres::types::ToSql + Sync); 2] =
                    [&event.subject, &event.payload];
                session.client.execute(&session.insert, &values).await?;
                Ok(())
            }
        })
        .await?;
        figures.add(&Figure::of_callers(name, work::APPEND, callers, &seen))?;
    }
    let begun = Instant::now();
    let many = client.prepare(INSERT_MANY).await?;
    for first in (next..next + plan.in_bulk()).step_by(BULK_EVENTS) {
        let last = (first + BULK_EVENTS).min(next + plan.in_bulk());
        let (subjects, payloads): (Vec<_>, Vec<_>) = (first..last)
            .map(event)
            .map(|event| (event.subject, event.payload))
            .unzip();
        client.execute(&many, &[&subjects, &payloads]).await?;
    }
    let took = begun.elapsed();
    figures.add(&Figure::of_span(
        name,
        work::BULK,
        plan.in_bulk() as u64,
        took,
    ))?;
    client.batch_execute("vacuum analyze").await?;
    questions(cluster, kind, plan, figures).await?;
    read(&client, kind, plan, figures).await?;
    disk(cluster, &client, kind, plan, figures).await
}

async fn sessions(cluster: &Cluster, kind: Kind, count: usize) -> Outcome<Arc<Vec<Session>>> {
    let mut sessions = Vec::with_capacity(count);
    for _ in 0..count {
        let client = cluster.connect().await?;
        let insert = client.prepare(INSERT).await?;
        let state = client.prepare(kind.state()).await?;
        sessions.push(Session {
            client,
            insert,
            state,
        });
    }
    Ok(Arc::new(sessions))
}

async fn questions(cluster: &Cluster, kind: Kind, plan: Plan, figures: &Figures) -> Outcome<()> {
    for callers in [1, 64] {
        let sessions = sessions(cluster, kind, callers).await?;
        let all = plan.in_all();
        let seen = drive(
            callers,
            plan.asked_by(callers),
            None,
            move |caller, number| {
                let sessions = Arc::clone(&sessions);
                async move {
                    let key = subject(number.wrapping_mul(7919) % all);
                    let session = &sessions[caller];
                    session.client.query_one(&session.state, &[&key]).await?;
                    Ok(())
                }
            },
        )
        .await?;
        let figure = Figure::of_callers(kind.name(), work::STATE, callers, &seen);
        figures.add(&figure)?;
    }
    Ok(())
}

/// Reads every event in order, and where there is a chain once more to verify it.
async fn read(client: &Client, kind: Kind, plan: Plan, figures: &Figures) -> Outcome<()> {
    let begun = Instant::now();
    let query = "select position, subject, payload from events order by position";
    let none: [i64; 0] = [];
    let mut rows = std::pin::pin!(client.query_raw(query, none).await?);
    let mut count = 0_u64;
    while let Some(row) = rows.try_next().await? {
        let payload: &[u8] = row.get(2);
        count += u64::from(!payload.is_empty());
    }
    let took = begun.elapsed();
    if count != plan.in_all() as u64 {
        return Err("not every event was read".into());
    }
    figures.add(&Figure::of_span(kind.name(), work::REPLAY, count, took))?;
    if kind == Kind::Plain {
        return Ok(());
    }
    let begun = Instant::now();
    let query = "select subject, payload, hash from events order by position";
    let mut rows = std::pin::pin!(client.query_raw(query, none).await?);
    let mut previous = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let (subject, payload, hash): (&str, &[u8], &[u8]) = (row.get(0), row.get(1), row.get(2));
        let mut link = Sha256::new();
        link.update(&previous);
        link.update(subject);
        link.update(payload);
        if link.finalize().as_slice() != hash {
            return Err("the chain is broken".into());
        }
        hash.clone_into(&mut previous);
    }
    let figure = Figure::of_span(kind.name(), work::VERIFY, count, begun.elapsed());
    figures.add(&Figure {
        callers: 1,
        ..figure
    })
}

async fn disk(
    cluster: &Cluster,
    client: &Client,
    kind: Kind,
    plan: Plan,
    figures: &Figures,
) -> Outcome<()> {
    let name = kind.name();
    let events = cluster.bytes(client, "array['events']").await?;
    let each = |bytes: u64| bytes as f64 / plan.in_all() as f64;
    figures.add(&Figure::amount(name, work::BYTES, each(events)))?;
    if kind == Kind::Chain {
        let all = cluster.bytes(client, "array['events', 'state']").await?;
        figures.add(&Figure::amount(name, work::BYTES_ALL, each(all)))?;
    }
    Ok(())
}

/// A program of PostgreSQL: Debian keeps those that serve beside their version.
fn program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut found: Vec<PathBuf> = versions
        .filter_map(Result::ok)
        .map(|version| version.path().join("bin").join(name))
        .filter(|path| path.exists())
        .collect();
    found.sort();
    found.pop().unwrap_or_else(|| name.into())
}

fn is_root() -> Outcome<bool> {
    let output = Command::new("id").arg("-u").output()?;
    Ok(output.stdout == b"0\n")
}

/// The program, as somebody whom PostgreSQL serves.
fn as_user(program: &Path) -> Outcome<Command> {
    if !is_root()? {
        return Ok(Command::new(program));
    }
    let mut command = Command::new("setpriv");
    command
        .args([
            "--reuid",
            "postgres",
            "--regid",
            "postgres",
            "--init-groups",
            "--",
        ])
        .arg(program)
        // It may not be allowed to enter where this program was started.
        .current_dir("/");
    Ok(command)
}

fn command(program: &str, arguments: &[&str]) -> Outcome<()> {
    let status = Command::new(program).args(arguments).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{program} failed: {status}").into())
    }
}
