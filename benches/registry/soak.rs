//! Hours under steady load: does anything grow, and is the ledger sound afterwards?
//!
//! Callers live through synthetic lives, each its own family: an act, a document verified, a record opened, and again. How
//! much the registry can do is measured first, with nobody waiting; then calls fall due at a share of that, or at the rate asked
//! for, whether or not the one before has been answered in time, and how long each took is counted from when it fell due. How
//! much it can do is measured again at the end: an empty registry is faster than one that merges its tables.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use sabt_benches::{Outcome, status_kib};
use sabt_chain::authorship::AuthorSigningKey;
use sabt_cli::cast::{AUTHORS, REGISTRAR};
use sabt_cli::client::Credentials;
use sabt_cli::sign::Author;
use sabt_domain::time::Timestamp;
use sabt_population::{AuthorRef, PlannedAct, Population, Resolver, Scale, Seed, author_key};
use sabt_proto::api::v1 as api;
use sabt_proto::api::v1::persons_client::PersonsClient;
use sabt_proto::api::v1::registry_client::RegistryClient;
use sabt_proto::event::v1::DocumentReference;
use sabt_proto::event::v1::act::Body;
use sabt_server::clock::Clock;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tonic::transport::Channel;

use super::child::Child;
use super::machine::channels;
use super::work::{self, Question};
use super::{REGISTRY, SEED, Settings};

/// Callers at once.
const CALLERS: usize = 64;

/// How long the registry is driven as fast as it goes, to learn how much that is.
const CAPACITY_SPAN: Duration = Duration::from_secs(30);

/// How long one caller has the registry to himself, before and after.
const ALONE_SPAN: Duration = Duration::from_secs(10);

/// Share of that at which it is driven afterwards, unless a rate is asked for.
const SHARE: f64 = 0.7;

/// How often it is looked at.
const WINDOW: Duration = Duration::from_mins(1);

/// Persons that are drawn: more than an hour on a fast machine registers.
const PERSONS: u32 = 2_000_000;

/// An act and two questions.
const CALLS_A_ROUND: u32 = 3;

/// Families that are drawn before a caller wants them.
const FAMILIES_AHEAD: usize = 4 * CALLERS;

/// How long each call of a window took.
#[derive(Default)]
struct Took {
    acts: Vec<Duration>,
    questions: Vec<Duration>,
}

/// What all callers share.
struct Soak {
    families: tokio::sync::Mutex<mpsc::Receiver<Vec<PlannedAct>>>,
    desks: BTreeMap<&'static str, Vec<Channel>>,
    took: Mutex<Took>,
    calls: AtomicUsize,
    refused: AtomicUsize,
    over: AtomicBool,
}

/// When a caller's calls fall due; without a pace, at once.
struct Pace {
    next: Instant,
    every: Option<Duration>,
}

impl Pace {
    /// Waits until the next call is due, and says when that was.
    async fn due(&mut self) -> Instant {
        let Some(every) = self.every else {
            return Instant::now();
        };
        let due = self.next;
        self.next += every;
        tokio::time::sleep_until(due.into()).await;
        due
    }
}

/// One caller: a family, and those of it that are known.
struct Caller {
    number: usize,
    lane: std::vec::IntoIter<PlannedAct>,
    resolver: Resolver,
    authors: BTreeMap<AuthorRef, Author>,
    known: Option<(String, DocumentReference)>,
    /// Registered by the last act: the views may lag by one group, so that they are asked about after the next one.
    fresh: Option<(String, DocumentReference)>,
}

/// What was seen in a window.
struct Look {
    minute: u64,
    rate: f64,
    acts: [f64; 2],
    questions: [f64; 2],
    memory_mib: u64,
    files: usize,
    events: u64,
    behind: u64,
}

impl Soak {
    async fn new(settings: &Settings, server: &Child) -> Outcome<Self> {
        let today = Timestamp::from_micros(Clock::system().now_micros()).day_in_tehran();
        let mut population = Population::new(Seed(SEED), Scale { persons: PERSONS })
            .until(today)
            .families_alone();
        // On a thread of its own: to draw a family takes longer than many answers, and callers would wait behind it.
        let (drawn, families) = mpsc::channel(FAMILIES_AHEAD);
        thread::spawn(move || {
            while let Some(family) = population.next_lane() {
                if drawn.blocking_send(family).is_err() {
                    break;
                }
            }
        });
        let mut desks = BTreeMap::new();
        for player in AUTHORS {
            let credentials = Credentials::from_directory(&settings.registry(), player.name)?;
            let of_agency = channels(&server.address, &credentials, CALLERS).await?;
            desks.insert(player.agency, of_agency);
        }
        Ok(Self {
            families: tokio::sync::Mutex::new(families),
            desks,
            took: Mutex::default(),
            calls: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        })
    }

    async fn next_family(&self) -> Outcome<Vec<PlannedAct>> {
        let mut families = self.families.lock().await;
        Ok(families.recv().await.ok_or("the population is used up")?)
    }

    /// Everybody, before their first act.
    async fn callers(&self) -> Outcome<Vec<Caller>> {
        let mut callers = Vec::with_capacity(CALLERS);
        for number in 0..CALLERS {
            callers.push(Caller {
                number,
                lane: self.next_family().await?.into_iter(),
                resolver: Resolver::new(),
                authors: BTreeMap::new(),
                known: None,
                fresh: None,
            });
        }
        Ok(callers)
    }

    fn channel(&self, agency: &str, caller: usize) -> Outcome<Channel> {
        let desk = self.desks.get(agency).ok_or("an agency without a desk")?;
        Ok(desk[caller % desk.len()].clone())
    }

    fn saw(&self, due: Instant, of: fn(&mut Took) -> &mut Vec<Duration>) {
        let mut took = locked(&self.took);
        of(&mut took).push(due.elapsed());
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    /// One caller until it is over.
    async fn live(&self, caller: &mut Caller, pace: &mut Pace) -> Outcome<()> {
        while !self.over.load(Ordering::Relaxed) {
            let due = pace.due().await;
            let known = caller.fresh.take();
            self.act(caller).await?;
            caller.known = known.or(caller.known.take());
            self.saw(due, |took| &mut took.acts);
            for question in [Question::Document, Question::Person] {
                let Some((person, document)) = caller.known.clone() else {
                    continue;
                };
                let due = pace.due().await;
                let client = PersonsClient::new(self.channel(REGISTRAR.agency, caller.number)?);
                work::ask(client, question, person, document).await?;
                self.saw(due, |took| &mut took.questions);
            }
        }
        Ok(())
    }

    /// The next act of a life. Lives hold acts that are to be refused: an answer like any other.
    async fn act(&self, caller: &mut Caller) -> Outcome<()> {
        let (planned, act) = loop {
            let Some(planned) = caller.lane.next() else {
                caller.lane = self.next_family().await?.into_iter();
                caller.resolver = Resolver::new();
                continue;
            };
            if let Ok(act) = planned.resolve(&caller.resolver) {
                break (planned, act);
            }
        };
        if !caller.authors.contains_key(&planned.author) {
            let key = AuthorSigningKey::from_seed(author_key(Seed(SEED), &planned.author));
            let author = Author::new(key, REGISTRY)?;
            caller.authors.insert(planned.author.clone(), author);
        }
        let signed = caller.authors[&planned.author].sign_with(&act, planned.nonce)?;
        let channel = self.channel(&planned.author.agency, caller.number)?;
        let request = api::SubmitActRequest {
            signed_act: Some(signed),
        };
        match RegistryClient::new(channel).submit_act(request).await {
            Ok(answer) => {
                let receipt = answer.into_inner().receipt.ok_or("no receipt")?;
                // An act that was to be refused and was not gives numbers that nobody waits for.
                if planned.is_accepted() {
                    caller.resolver.record(&planned, &receipt.numbers)?;
                }
                if let Some(Body::RegisterPerson(body)) = &act.body
                    && let Some(document) = body.documents.first()
                {
                    let person = receipt.numbers.into_iter().next();
                    caller.fresh = person.map(|person| (person, work::reference(document)));
                }
            }
            Err(status) if planned.is_accepted() => return Err(status.into()),
            Err(_) => {
                self.refused.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Callers at a pace for a span; `look` is called after every window.
async fn drive<L: AsyncFnMut(u64, usize, Took) -> Outcome<()>>(
    soak: &Arc<Soak>,
    callers: Vec<Caller>,
    per_second: Option<f64>,
    span: Duration,
    mut look: L,
) -> Outcome<Vec<Caller>> {
    soak.over.store(false, Ordering::Relaxed);
    drop(std::mem::take(&mut *locked(&soak.took)));
    let count = callers.len();
    #[expect(clippy::cast_precision_loss, reason = "a few callers")]
    let every = per_second.map(|rate| Duration::from_secs_f64(count as f64 / rate));
    let mut tasks = JoinSet::new();
    let begun = Instant::now();
    for (number, mut caller) in callers.into_iter().enumerate() {
        let soak = Arc::clone(soak);
        // Not all at one moment, and not all their acts at one.
        let shift = every.map_or(Duration::ZERO, |every| {
            CALLS_A_ROUND * every * u32::try_from(number).unwrap_or(0)
                / u32::try_from(count).unwrap_or(1)
        });
        let mut pace = Pace {
            next: begun + shift,
            every,
        };
        tasks.spawn(async move {
            soak.live(&mut caller, &mut pace).await?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(caller)
        });
    }
    let mut minute = 0;
    let mut seen = soak.calls.load(Ordering::Relaxed);
    while begun.elapsed() < span {
        let until = span.saturating_sub(begun.elapsed()).min(WINDOW);
        tokio::select! {
            () = tokio::time::sleep(until) => {}
            Some(ended) = tasks.join_next() => {
                return Err(match ended? {
                    Err(error) => error,
                    Ok(_) => "a caller stopped before it was over".into(),
                });
            }
        }
        minute += 1;
        let calls = soak.calls.load(Ordering::Relaxed);
        let took = std::mem::take(&mut *locked(&soak.took));
        look(minute, calls - seen, took).await?;
        seen = calls;
    }
    soak.over.store(true, Ordering::Relaxed);
    let mut callers = Vec::with_capacity(count);
    for ended in tasks.join_all().await {
        callers.push(ended?);
    }
    Ok(callers)
}

/// Median and 99th of 100, milliseconds.
fn quantiles(mut took: Vec<Duration>) -> [f64; 2] {
    took.sort_unstable();
    [50, 99].map(|share| {
        let at = took.get(took.len() * share / 100).copied();
        at.unwrap_or_default().as_secs_f64() * 1e3
    })
}

/// Open files of a process (proc(5)).
fn open_files(process: u32) -> Outcome<usize> {
    Ok(fs::read_dir(Path::new("/proc").join(process.to_string()).join("fd"))?.count())
}

/// Drives a served registry for so many minutes, and says what it saw.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub(crate) async fn soak(settings: &Settings, server: &Child, minutes: u64) -> Outcome<()> {
    let soak = Arc::new(Soak::new(settings, server).await?);
    let callers = soak.callers().await?;
    let (mut callers, young_capacity) = capacity(&soak, callers).await?;
    let rate = settings.rate.map_or(young_capacity * SHARE, f64::from);
    let young = alone(&soak, settings, server, &mut callers).await?;
    println!(
        "{CALLERS} callers come to {young_capacity:.0} calls a second, a third of them acts; at {rate:.0}, {:.0} % of that, for {minutes} minutes:\n",
        rate / young_capacity * 100.0
    );
    println!(
        "| minute | calls /s | acts ms (median, p99) | questions ms (median, p99) | memory MiB | open files | events | views behind |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let mut looks = Vec::new();
    let span = Duration::from_mins(minutes);
    let mut since = Instant::now();
    let mut callers = drive(
        &soak,
        callers,
        Some(rate),
        span,
        async |minute, calls, took| {
            let status = work::status(settings, server).await?;
            let look = Look {
                minute,
                rate: calls as f64 / since.elapsed().as_secs_f64(),
                acts: quantiles(took.acts),
                questions: quantiles(took.questions),
                memory_mib: status_kib(&server.process().to_string(), "VmRSS") / 1024,
                files: open_files(server.process())?,
                events: status.events,
                behind: status.events.saturating_sub(status.views_position),
            };
            since = Instant::now();
            look.print();
            looks.push(look);
            Ok(())
        },
    )
    .await?;
    println!(
        "\n{} acts were refused, as they were to be",
        soak.refused.load(Ordering::Relaxed)
    );
    grown(&looks);
    let old = alone(&soak, settings, server, &mut callers).await?;
    println!(
        "one caller alone, with {} and {} records: acts {:.2} and {:.2} ms median, {:.2} times; questions {:.2} and {:.2} ms, {:.2} times",
        young.records,
        old.records,
        young.acts,
        old.acts,
        old.acts / young.acts,
        young.questions,
        old.questions,
        old.questions / young.questions,
    );
    let (_, old_capacity) = capacity(&soak, callers).await?;
    println!(
        "{CALLERS} callers now come to {old_capacity:.0} calls a second: they were driven at {:.0} % of that",
        rate / old_capacity * 100.0
    );
    Ok(())
}

/// How many calls a second the callers come to when each makes the next as soon as it was answered.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
async fn capacity(soak: &Arc<Soak>, callers: Vec<Caller>) -> Outcome<(Vec<Caller>, f64)> {
    let (begun, before) = (Instant::now(), soak.calls.load(Ordering::Relaxed));
    let callers = drive(soak, callers, None, CAPACITY_SPAN, async |_, _, _| Ok(())).await?;
    let calls = soak.calls.load(Ordering::Relaxed) - before;
    Ok((callers, calls as f64 / begun.elapsed().as_secs_f64()))
}

/// What one caller saw who had the registry to himself.
struct Alone {
    /// Records of both ledgers.
    records: u64,
    /// Median of acts, milliseconds.
    acts: f64,
    /// Median of questions, milliseconds.
    questions: f64,
}

/// One of the callers goes on with nobody beside.
async fn alone(
    soak: &Arc<Soak>,
    settings: &Settings,
    server: &Child,
    callers: &mut Vec<Caller>,
) -> Outcome<Alone> {
    let status = work::status(settings, server).await?;
    let one = vec![callers.pop().ok_or("no callers")?];
    let mut medians = [0.0; 2];
    let one = drive(soak, one, None, ALONE_SPAN, async |_, _, took| {
        medians = [quantiles(took.acts)[0], quantiles(took.questions)[0]];
        Ok(())
    })
    .await?;
    callers.extend(one);
    Ok(Alone {
        records: status.events + status.disclosures,
        acts: medians[0],
        questions: medians[1],
    })
}

impl Look {
    fn print(&self) {
        println!(
            "| {} | {:.0} | {:.2}, {:.1} | {:.2}, {:.1} | {} | {} | {} | {} |",
            self.minute,
            self.rate,
            self.acts[0],
            self.acts[1],
            self.questions[0],
            self.questions[1],
            self.memory_mib,
            self.files,
            self.events,
            self.behind,
        );
    }
}

/// One figure of a look.
type Of = fn(&Look) -> f64;

/// The second quarter of the minutes beside the last one: what was warm by then should not have grown since.
fn grown(looks: &[Look]) {
    let quarter = looks.len() / 4;
    if quarter == 0 {
        return;
    }
    let second = &looks[quarter..2 * quarter];
    let last = &looks[looks.len() - quarter..];
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let mean = |looks: &[Look], of: Of| looks.iter().map(of).sum::<f64>() / looks.len() as f64;
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let figures: [(&str, Of); 6] = [
        ("median of acts, ms", |look| look.acts[0]),
        ("p99 of acts, ms", |look| look.acts[1]),
        ("median of questions, ms", |look| look.questions[0]),
        ("p99 of questions, ms", |look| look.questions[1]),
        ("memory, MiB", |look| look.memory_mib as f64),
        ("open files", |look| look.files as f64),
    ];
    for (what, of) in figures {
        let (before, after) = (mean(second, of), mean(last, of));
        println!(
            "{what}: {before:.2} in the second quarter, {after:.2} in the last, {:.2} times",
            after / before
        );
    }
}
