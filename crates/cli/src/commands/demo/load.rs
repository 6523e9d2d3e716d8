//! Loading: many families at once, each in its order, as signed acts of many offices over mutual TLS. Campaigns and sites
//! are opened before; campaigns report what they reached afterwards.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use sabt_chain::authorship::AuthorSigningKey;
use sabt_domain::time::Timestamp;
use sabt_population::{
    AuthorRef, Expectation, PlannedAct, Population, Resolver, Scale, Seed, SubjectSort, author_key,
    offices,
};
use serde_json::json;
use tokio::task::JoinSet;

use super::samples::Samples;
use super::stage::Stage;
use crate::bulk::{Outcome, Pipe};
use crate::cast::{AUTHORS, REGISTRAR};
use crate::commands::submit;
use crate::error::CliError;
use crate::intake::Intake;
use crate::keys::Keys;
use crate::out::Out;
use crate::sign::Author;
use crate::{render, text};

/// Families loaded at once. Each has one act under way, so this is also the most that one group commit
/// gathers.
const FAMILIES_AT_ONCE: usize = 128;
/// Streams of each agency; results of one stream come in order, so a slow one holds back only its own.
const PIPES_PER_AGENCY: usize = 4;
/// The scene tells of this campaign, counted from 1: the thirteenth round is the first that is kept.
const CAMPAIGN_TOLD: usize = 3;
/// Surprises told in full.
const SURPRISES_TOLD: usize = 10;

/// What came of loading.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub(crate) submitted: u64,
    pub(crate) recorded: u64,
    pub(crate) persons: u64,
    /// Refusals by reason, and the first source of the rule.
    pub(crate) refused: BTreeMap<String, u64>,
    /// Whether each act said what the registry should answer.
    pub(crate) planned: bool,
    /// Acts answered otherwise than planned, or not sent because of one.
    pub(crate) surprises: u64,
    told: Vec<String>,
    pub(crate) span: Duration,
    pub(crate) samples: Samples,
    /// Number of the fifteenth round of Amayesh, or of the newest before it; `None` where no campaign was loaded.
    pub(crate) campaign: Option<String>,
    /// Whether there are sites.
    pub(crate) sites: bool,
}

impl Load {
    fn new(planned: bool, samples: Samples) -> Self {
        Self {
            submitted: 0,
            recorded: 0,
            persons: 0,
            refused: BTreeMap::new(),
            planned,
            surprises: 0,
            told: Vec::new(),
            span: Duration::ZERO,
            samples,
            campaign: None,
            sites: false,
        }
    }

    fn surprise(&mut self, text: String) {
        self.surprises += 1;
        if self.told.len() < SURPRISES_TOLD {
            self.told.push(text);
        }
    }

    fn merge(&mut self, other: Self) {
        self.submitted += other.submitted;
        self.recorded += other.recorded;
        self.persons += other.persons;
        for (reason, count) in other.refused {
            *self.refused.entry(reason).or_default() += count;
        }
        self.surprises += other.surprises;
        self.told.extend(other.told);
        self.told.truncate(SURPRISES_TOLD);
        self.samples.merge(other.samples);
    }

    pub(crate) fn refused_total(&self) -> u64 {
        self.refused.values().sum()
    }

    /// Acts decided in a second.
    pub(crate) fn rate(&self) -> u64 {
        text::rate(self.submitted, self.span)
    }

    /// Says how it went.
    pub(crate) fn tell(&self, out: &mut Out) -> Result<(), CliError> {
        out.json(&json!({
            "loaded": {
                "submitted": self.submitted, "recorded": self.recorded, "persons": self.persons,
                "refused": self.refused, "surprises": self.surprises, "told": self.told,
                "elapsed_ms": text::millis(self.span), "acts_per_second": self.rate(),
            },
        }))?;
        let as_planned = match (self.planned, self.surprises) {
            (true, 0) => " exactly as planned",
            _ => "",
        };
        let loaded = format!(
            "{} persons are loaded: {} signed acts in {}, {} acts/s; {} recorded, {} refused{as_planned}.",
            text::count(self.persons),
            text::count(self.submitted),
            text::duration(self.span),
            text::count(self.rate()),
            text::count(self.recorded),
            text::count(self.refused_total()),
        );
        out.prose(&loaded, "")?;
        for surprise in &self.told {
            let surprise = format!("unexpected: {surprise}");
            out.prose(&surprise, "  ")?;
        }
        Ok(())
    }

    /// Whether everything was answered as it should.
    pub(crate) fn verdict(&self) -> Result<(), CliError> {
        if self.surprises == 0 {
            return Ok(());
        }
        Err(CliError::Otherwise(if self.planned {
            format!(
                "{} acts were answered otherwise than planned",
                self.surprises
            )
        } else {
            format!(
                "{} of your acts were refused; the others stand",
                self.surprises
            )
        }))
    }
}

/// What all loaders share.
struct Loading {
    population: Mutex<Population>,
    pipes: BTreeMap<&'static str, Vec<Pipe>>,
    /// Numbers of campaigns, which families take part in, and of sites, in which they stay.
    of_all: Resolver,
    registry: String,
    seed: Seed,
    bar: ProgressBar,
}

/// Loads a synthetic population.
pub(crate) async fn population(stage: &mut Stage<'_>, persons: u32) -> Result<Load, CliError> {
    let today = Timestamp::from_micros(stage.clock.now_micros()).day_in_tehran();
    let population = Population::new(stage.seed, Scale { persons }).until(today);
    let bar = crate::progress::bar(u64::from(persons), "persons");
    let opening = population.opening();
    let mut loading = Loading {
        population: Mutex::new(population),
        pipes: pipes(stage).await?,
        of_all: Resolver::new(),
        registry: stage.registry.clone(),
        seed: stage.seed,
        bar: bar.clone(),
    };
    let samples = Samples::new(&stage.clock);
    let begun = Instant::now();
    let mut load = Load::new(true, samples.clone());
    let nothing = Resolver::new();
    loading.of_all = loading.of_nobody(&opening, nothing, &mut load).await?;
    let loading = Arc::new(loading);
    let mut loaders = JoinSet::new();
    for number in 0..FAMILIES_AT_ONCE {
        let loading = Arc::clone(&loading);
        let load = Load::new(true, samples.clone());
        loaders.spawn(loading.run(number, load));
    }
    while let Some(loaded) = loaders.join_next().await {
        let failed = |_| CliError::Otherwise("a loader has failed".to_owned());
        load.merge(loaded.map_err(failed)??);
    }
    // What campaigns reached is counted once everybody is in.
    let recorded_by = Timestamp::from_micros(stage.clock.now_micros());
    let closing = loading.locked().closing(Some(recorded_by));
    let known = loading.of_all.clone();
    loading.of_nobody(&closing, known, &mut load).await?;
    load.span = begun.elapsed();
    load.campaign = told_of(&loading.of_all);
    load.sites = of_sort(&loading.of_all, SubjectSort::Site).next().is_some();
    bar.finish_and_clear();
    Ok(load)
}

/// The campaign that a scene tells of: the fifteenth round is the one of which a coverage was published.
fn told_of(known: &Resolver) -> Option<String> {
    let rounds = of_sort(known, SubjectSort::Campaign).take(CAMPAIGN_TOLD);
    rounds.last().map(str::to_owned)
}

/// The numbers of subjects of a sort, in their order.
fn of_sort(known: &Resolver, sort: SubjectSort) -> impl Iterator<Item = &str> {
    let of_sort = known.known().filter(move |(local, _)| local.sort == sort);
    of_sort.map(|(_, number)| number)
}

async fn pipes(stage: &Stage<'_>) -> Result<BTreeMap<&'static str, Vec<Pipe>>, CliError> {
    let mut pipes = BTreeMap::new();
    for player in AUTHORS {
        let client = stage.client(player)?;
        let mut of_agency = Vec::with_capacity(PIPES_PER_AGENCY);
        for _ in 0..PIPES_PER_AGENCY {
            of_agency.push(Pipe::open(client.registry()).await?);
        }
        pipes.insert(player.agency, of_agency);
    }
    Ok(pipes)
}

impl Loading {
    /// Loads family after family until there are no more.
    async fn run(self: Arc<Self>, number: usize, mut load: Load) -> Result<Load, CliError> {
        let mut authors = BTreeMap::new();
        while let Some(family) = self.next_family() {
            let mut resolver = self.of_all.of_families();
            self.lane(number, &family, &mut resolver, &mut authors, &mut load)
                .await?;
        }
        Ok(load)
    }

    /// Loads acts about campaigns and sites, which no family is on yet, or any more; returns the numbers known then.
    async fn of_nobody(
        &self,
        acts: &[PlannedAct],
        mut resolver: Resolver,
        load: &mut Load,
    ) -> Result<Resolver, CliError> {
        let mut authors = BTreeMap::new();
        self.lane(0, acts, &mut resolver, &mut authors, load)
            .await?;
        Ok(resolver)
    }

    fn next_family(&self) -> Option<Vec<PlannedAct>> {
        self.locked().next_lane()
    }

    fn locked(&self) -> MutexGuard<'_, Population> {
        self.population
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads one lane, act after act: each may need the numbers that those before it were given.
    async fn lane(
        &self,
        number: usize,
        lane: &[PlannedAct],
        resolver: &mut Resolver,
        authors: &mut BTreeMap<AuthorRef, Author>,
        load: &mut Load,
    ) -> Result<(), CliError> {
        for (index, planned) in lane.iter().enumerate() {
            let Ok(act) = planned.resolve(resolver) else {
                load.surprise(format!(
                    "{} was not sent: an act before it failed",
                    name(planned)
                ));
                load.surprises += (lane.len() - index - 1) as u64;
                return Ok(());
            };
            if !authors.contains_key(&planned.author) {
                let key = AuthorSigningKey::from_seed(author_key(self.seed, &planned.author));
                let author = Author::new(key, &self.registry)?;
                authors.insert(planned.author.clone(), author);
            }
            let author = &authors[&planned.author];
            let signed = author.sign_with(&act, planned.nonce)?;
            let outcome = self
                .pipe(planned, number)?
                .send(signed)
                .await?
                .outcome()
                .await?;
            load.submitted += 1;
            if let Ok(receipt) = &outcome {
                load.recorded += 1;
                load.samples.notice(&act, receipt);
                if planned.is_accepted() && resolver.record(planned, &receipt.numbers).is_err() {
                    load.surprise(format!("{} was given other numbers", name(planned)));
                }
            }
            compare(load, planned, &outcome);
            let persons = new_persons(planned);
            load.persons += persons;
            self.bar.inc(persons);
        }
        Ok(())
    }

    fn pipe(&self, planned: &PlannedAct, number: usize) -> Result<&Pipe, CliError> {
        let of_agency = self.pipes.get(planned.author.agency.as_str());
        let pipe = of_agency.and_then(|pipes| pipes.get(number % PIPES_PER_AGENCY));
        pipe.ok_or_else(|| {
            CliError::Otherwise(format!("agency {} signs no acts", planned.author.agency))
        })
    }
}

/// Holds what the registry said against what it should say.
fn compare(load: &mut Load, planned: &PlannedAct, outcome: &Outcome) {
    if let Err(refused) = outcome {
        *load.refused.entry(refused.reason.clone()).or_default() += 1;
    }
    match (&planned.expect, outcome) {
        (Expectation::Accepted { .. }, Ok(_)) => {}
        (Expectation::Refused { reason }, Err(refused)) if reason.code() == refused.reason => {}
        (Expectation::Accepted { .. }, Err(refused)) => load.surprise(format!(
            "{} was refused, {} (rule {})",
            name(planned),
            refused.reason,
            refused.rule
        )),
        (Expectation::Refused { reason }, Ok(_)) => {
            load.surprise(format!(
                "{} was recorded, not refused as {}",
                name(planned),
                reason.code()
            ));
        }
        (Expectation::Refused { reason }, Err(refused)) => load.surprise(format!(
            "{} was refused as {}, not as {}",
            name(planned),
            refused.reason,
            reason.code()
        )),
    }
}

/// An act without anybody's data in it.
fn name(planned: &PlannedAct) -> String {
    let id = crate::sign::act_id_text(&planned.act.act_id);
    format!(
        "{} {id} of family {}",
        render::act_name(&planned.act),
        planned.lane.0
    )
}

fn new_persons(planned: &PlannedAct) -> u64 {
    match &planned.expect {
        Expectation::Accepted { numbers } => numbers
            .iter()
            .filter(|local| local.sort == SubjectSort::Person)
            .count() as u64,
        Expectation::Refused { .. } => 0,
    }
}

/// Loads acts of the user, each signed by a key of the agency whose office it names.
pub(crate) async fn acts(stage: &mut Stage<'_>, acts: &[Intake]) -> Result<Load, CliError> {
    let agency_of: BTreeMap<String, &str> = offices()
        .into_iter()
        .map(|office| (office.code, office.agency))
        .collect();
    let agency = |act: &Intake| {
        agency_of
            .get(&act.act.office)
            .copied()
            .unwrap_or(REGISTRAR.agency)
    };
    let mut load = Load::new(false, Samples::new(&stage.clock));
    let bar = crate::progress::bar(acts.len() as u64, "acts");
    let begun = Instant::now();
    // Acts of two agencies go over two connections; to keep their order, one waits for the other.
    for run in acts.chunk_by(|one, next| agency(one) == agency(next)) {
        let Some(first) = run.first() else { continue };
        let signing = AUTHORS
            .into_iter()
            .find(|player| player.agency == agency(first));
        let player = signing.unwrap_or(REGISTRAR);
        let author = Author::new(Keys::of(&stage.dir).author(player.name)?, &stage.registry)?;
        let pipe = Pipe::open(stage.client(player)?.registry()).await?;
        submit::submit(&pipe, run, |_act| Ok(&author), &mut |intake, outcome| {
            bar.inc(1);
            take(&mut load, intake, outcome);
            Ok(())
        })
        .await?;
    }
    load.span = begun.elapsed();
    bar.finish_and_clear();
    Ok(load)
}

fn take(load: &mut Load, intake: &Intake, outcome: Outcome) {
    use sabt_proto::event::v1::act::Body;

    load.submitted += 1;
    match outcome {
        Ok(receipt) => {
            load.recorded += 1;
            let registers = matches!(
                intake.act.body,
                Some(Body::RegisterPerson(_) | Body::RegisterBirth(_))
            );
            load.persons += u64::from(registers && !receipt.repeated);
            load.samples.notice(&intake.act, &receipt);
        }
        Err(refused) => {
            load.surprise(format!(
                "line {}: {}. {} (rule {}). {}",
                intake.line, refused.reason, refused.message, refused.rule, refused.remedy
            ));
            *load.refused.entry(refused.reason).or_default() += 1;
        }
    }
}
